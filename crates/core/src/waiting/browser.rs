//! OpenID Connect Core §3.1.2.3: a pending authorization request, encrypted in the page's URL.
//!
//! It is kept nowhere: the key is one that all nodes share, and requests of people whom nobody knows cost no
//! storage.

use super::{Ended, Stage, Stale};
use crate::authorization::Source;
use crate::change::Change;
use crate::check::CHECKS;
use crate::env::Env;
use crate::error::Error;
use crate::id::{ClientId, InteractionId, SessionId};
use crate::lookup::{Facts, JtiSeen};
use crate::params::{LONGEST_CARRIED, LONGEST_QUERY, Params};
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// What a sealed address begins with, as handles do.
const PREFIX: &str = "sgi_";
/// Names and values of the known parameters together; with it the longest address is below 12 KiB.
pub const LONGEST: usize = LONGEST_CARRIED;
/// Nothing we sealed is longer.
const LONGEST_ADDRESS: usize = LONGEST_QUERY;
/// Seconds after its end for which an old page still starts its request again.
const RESTARTS: u64 = 86_400;
/// Whose ids the marks of answered requests are.
const ANSWERED: &str = "signet answered request";
/// Whose ids the marks of requests are at which an account was made.
const ACCOUNT_MADE: &str = "signet account made";
/// Parameters that are read besides those that a check is named after.
const UNCHECKED: &[&str] =
    &["client_id", "redirect_uri", "code_challenge_method", "claims_locales", "login_hint", "ui_locales"];

/// A waiting authorization request, with what the person has answered so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// Its id: of all that is answered under it, one answer counts.
    pub id: InteractionId,
    /// Of the cookie of the browser that asked; no other browser may go on with it.
    pub browser: TokenHash,
    /// Who asks.
    pub client: ClientId,
    /// What is asked: the request's known parameters, or those of its request object.
    pub params: Vec<(String, String)>,
    /// How they came; judged once, so that a page that is answered later needs neither the object nor the
    /// client's keys again.
    pub source: Source,
    /// When the request object ends, where it was one that has an end: after it the request is not started
    /// again.
    pub object_until: Option<Timestamp>,
    /// When it began.
    pub started_at: Timestamp,
    /// From when on the page starts the request again instead of going on.
    pub expires_at: Timestamp,
    /// The methods by which the person has proved who they are within this request, where the stage says that
    /// they signed in within it.
    pub proven: Vec<String>,
    /// How far they have come with a sign-in method, or which one they chose.
    pub step: Option<Step>,
    /// Whether the person wants to make an account (`true`), or said that they have one.
    pub sign_up: Option<bool>,
    /// How far they have come.
    pub stage: Stage,
}

/// A step of a sign-in method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which method.
    pub method: String,
    /// What it has to know there; nobody else can read it.
    pub state: String,
}

/// A page's address that was opened: only this server can have made it.
#[derive(Debug)]
pub struct Sealed {
    pub(super) address: String,
    pub(super) record: Interaction,
}

/// Opens a page's address; none for anything that this server did not seal.
pub fn unseal(env: &Env<'_>, address: &str) -> Option<Sealed> {
    let body = address.strip_prefix(PREFIX).filter(|_| address.len() <= LONGEST_ADDRESS)?;
    let bytes = env.jose.unseal(&key(env), body).ok()?;
    Some(Sealed { address: address.to_owned(), record: Interaction::decode(&bytes)? })
}

impl Sealed {
    /// Whether it was answered before.
    pub fn lookup(&self) -> JtiSeen {
        JtiSeen { issuer: ANSWERED.to_owned(), jti: self.record.id.to_string() }
    }

    /// Whether the person goes on with it at this instant and in this browser.
    pub(super) fn judge(
        &self,
        env: &Env<'_>,
        facts: &Facts,
        browser: Option<TokenHash>,
    ) -> Result<(), Stale> {
        let record = &self.record;
        let over = record.expires_at.plus(RESTARTS);
        let ended = match (facts.seen(&self.lookup()), record.expires_at.expired_at(env.now)) {
            (true, _) => Ended::Answered,
            (_, true) => Ended::Expired,
            _ if browser != Some(record.browser) => Ended::OtherBrowser,
            _ => return Ok(()),
        };
        Err(if env.now >= over {
            Stale::Unknown(record.client.clone())
        } else {
            Stale::Restart(Box::new(record.clone()), ended)
        })
    }
}

/// What is kept of a request while it waits: the parameters that anything reads.
pub(crate) fn known(params: &Params) -> Vec<(String, String)> {
    known_pairs(params).cloned().collect()
}

fn known_pairs(params: &Params) -> impl Iterator<Item = &(String, String)> {
    params.pairs().iter().filter(|(name, value)| is_known(name) && !value.is_empty())
}

fn is_known(name: &str) -> bool {
    UNCHECKED.contains(&name) || CHECKS.iter().any(|check| check.name == name)
}

/// Whether anything reads this parameter of an authorization request, if only to refuse it.
pub fn is_read(name: &str) -> bool {
    is_known(name) || matches!(name, "request" | "request_uri" | "registration")
}

/// Refuses what would make an address that browsers and proxies do not carry.
pub(crate) fn fits(params: &Params) -> Result<(), Error> {
    let size: usize = known_pairs(params).map(|(name, value)| name.len() + value.len()).sum();
    if size > LONGEST {
        return Err(Error::invalid_request(
            "the parameters are longer than 8 KiB together; ask for fewer claims, or shorten the longest of them",
        ));
    }
    Ok(())
}

impl Interaction {
    /// The page's address.
    pub fn seal(&self, env: &Env<'_>) -> Result<String, Error> {
        let sealed = env.jose.seal(&key(env), &self.encode());
        let body =
            sealed.map_err(|error| Error::server(format!("sealing a waiting request: {}", error.0)))?;
        Ok(format!("{PREFIX}{body}"))
    }

    /// What a sign-in method has to know at the step that the person has come to; nothing at the first.
    pub fn state_of(&self, method: Option<&str>) -> &str {
        let step = self.step.as_ref().filter(|step| Some(step.method.as_str()) == method);
        step.map_or("", |step| &step.state)
    }

    /// The write that answers the request; it succeeds once, for however many pages there are of it.
    pub(super) fn answered(&self) -> Change {
        // An expired page is not answered any more: the mark need not outlive it.
        Change::SeeJti { issuer: ANSWERED.to_owned(), jti: self.id.to_string(), expires_at: self.expires_at }
    }

    /// The mark of an account that was made at this page, and of the session that began with it. The page of
    /// somebody else, who came after the one that signed in last, is another.
    pub(super) fn account_mark(&self, session: Option<SessionId>) -> JtiSeen {
        let text = |id: SessionId| id.to_string();
        let (page, made) = (self.stage.root().map(text), session.map(text));
        let parts = [self.id.to_string(), page.unwrap_or_default(), made.unwrap_or_default()];
        JtiSeen { issuer: ACCOUNT_MADE.to_owned(), jti: parts.join(" ") }
    }
}

/// For nothing but these addresses, though made from the key of all handles.
fn key(env: &Env<'_>) -> [u8; 32] {
    env.secrets.handle_key.mac(&[b"signet waiting request 2"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, World};

    fn waiting() -> Interaction {
        Interaction {
            id: InteractionId(7),
            browser: TokenHash::of(b"browser"),
            client: "web".into(),
            params: vec![("client_id".into(), "web".into()), ("state".into(), "\u{1}\u{2}".into())],
            source: Source::Plain,
            object_until: None,
            started_at: NOW,
            expires_at: NOW.plus(3600),
            proven: Vec::new(),
            step: None,
            sign_up: None,
            stage: Stage::Asked { declined: None },
        }
    }

    fn judged(world: &World, facts: &Facts, browser: Option<&[u8]>) -> Result<Interaction, Stale> {
        let sealed = unseal(&world.env(), &waiting().seal(&world.env()).unwrap()).unwrap();
        sealed.judge(&world.env(), facts, browser.map(TokenHash::of)).map(|()| sealed.record)
    }

    #[test]
    fn a_page_goes_on_in_its_own_browser_until_it_ends_or_was_answered() {
        let mut world = World::new();
        let none = Facts::default();
        assert_eq!(judged(&world, &none, Some(b"browser")).unwrap(), waiting());
        let restarts = |outcome: Result<_, _>| match outcome {
            Err(Stale::Restart(record, why)) if *record == waiting() => Some(why),
            _ => None,
        };
        assert_eq!(restarts(judged(&world, &none, Some(b"another"))), Some(Ended::OtherBrowser));
        assert_eq!(restarts(judged(&world, &none, None)), Some(Ended::OtherBrowser));
        let sealed = unseal(&world.env(), &waiting().seal(&world.env()).unwrap()).unwrap();
        let answered = Facts::default().with(sealed.lookup(), true);
        assert_eq!(restarts(judged(&world, &answered, Some(b"browser"))), Some(Ended::Answered));
        world.now = NOW.plus(3600);
        assert_eq!(restarts(judged(&world, &none, Some(b"browser"))), Some(Ended::Expired));
        world.now = NOW.plus(3600 + RESTARTS);
        assert!(
            matches!(judged(&world, &none, Some(b"browser")), Err(Stale::Unknown(client)) if client.as_str() == "web")
        );
    }

    #[test]
    fn no_other_key_and_no_changed_address_opens_a_page() {
        let world = World::new();
        let address = waiting().seal(&world.env()).unwrap();
        let mut other = World::new();
        other.secrets.handle_key = crate::secret::MacKey::new(b"another");
        assert!(unseal(&other.env(), &address).is_none());
        for wrong in
            ["", "sgi_", "sgi_x", &address.replacen("sgi_", "sgc_", 1), &address[..address.len() - 1]]
        {
            assert!(unseal(&world.env(), wrong).is_none(), "{wrong}");
        }
        assert!(unseal(&world.env(), &format!("sgi_{}", "A".repeat(LONGEST_ADDRESS))).is_none());
    }

    #[test]
    fn only_known_parameters_are_kept_and_they_have_a_bound() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let params = Params::from_pairs(vec![pair("state", "s"), pair("junk", "j"), pair("nonce", "")]);
        assert_eq!(known(&params), [pair("state", "s")]);
        let long = |name: &str, size| Params::from_pairs(vec![pair(name, &"x".repeat(size))]);
        assert!(fits(&long("junk", 30_000)).is_ok());
        assert!(fits(&long("claims", LONGEST - 6)).is_ok());
        assert!(fits(&long("claims", LONGEST - 5)).unwrap_err().description.contains("8 KiB"));
    }

    /// What any check, the callback or a page reads must be among what is kept.
    #[test]
    fn all_that_is_read_is_kept() {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let mut files: Vec<_> =
            std::fs::read_dir(format!("{source}/check")).unwrap().collect::<Result<_, _>>().unwrap();
        files.retain(|file| file.path().extension().is_some_and(|kind| kind == "rs"));
        let mut paths: Vec<_> = files.into_iter().map(|file| file.path()).collect();
        paths.extend(
            [
                "authorization/callback.rs",
                "claims/request.rs",
                "resource.rs",
                "../../signet/src/web/interaction.rs",
            ]
            .map(|file| std::path::Path::new(source).join(file)),
        );
        let mut read = 0;
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            for call in ["params.get(\"", "params.require(\"", "params.all(\""] {
                for rest in text.split(call).skip(1) {
                    let name = rest.split('"').next().unwrap();
                    let here = path.ends_with("interaction.rs");
                    // On pages, fields of forms are read by the same verb; requests' parameters are read from
                    // `shown`.
                    if here && !text.contains(&format!("shown.params.get(\"{name}\")")) {
                        continue;
                    }
                    let kept = known(&Params::from_pairs(vec![(name.to_owned(), "x".to_owned())]));
                    assert!(
                        !kept.is_empty() || name == "registration",
                        "{name} is read in {}",
                        path.display()
                    );
                    read += 1;
                }
            }
        }
        assert!(read > 12, "{read}");
    }
}
