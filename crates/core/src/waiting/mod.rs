//! OpenID Connect Core §3.1.2.3, §3.1.2.4: a user's input for a pending authorization request.

mod browser;
mod stage;
mod wire;

use std::sync::Arc;

use crate::change::Change;
use crate::claims::Names;
use crate::env::Env;
use crate::error::Error;
use crate::handle::{Handle, Kind};
use crate::id::{ClientId, SessionId};
use crate::logout::{self, Ending};
use crate::lookup::{Facts, JtiSeen, SessionFound};
use crate::params::Params;
use crate::record::session::renewed;
use crate::record::{Agreed, Client, Consent, Proven, Session, User};
use crate::scope::Scope;
use crate::secret::TokenHash;
use crate::time::Timestamp;

pub use browser::{Interaction, LONGEST, Sealed, Step, is_read, unseal};
pub(crate) use browser::{fits, known};
pub use stage::{Account, By, Stage, Unfit};

/// An interaction that its own browser goes on with.
#[derive(Debug)]
pub struct Waiting {
    /// Its state, with this request's answers.
    pub record: Interaction,
    address: String,
    changed: bool,
}

/// Why a page cannot be gone on with.
#[derive(Debug)]
pub enum Stale {
    /// It ended long ago; by whom it was asked.
    Unknown(ClientId),
    /// It has ended, or another browser began it: the original request can be started again, as if its link
    /// had been followed anew.
    Restart(Box<Interaction>, Ended),
}

/// Why a request starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was open for too long.
    Expired,
    /// It was answered before.
    Answered,
    /// Another browser began it, or this one has lost its cookie.
    OtherBrowser,
}

/// A sign-in that a login method has verified.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// Who.
    pub user: Arc<User>,
    /// By which method.
    pub method: String,
    /// What its proof says (RFC 8176).
    pub amr: Vec<String>,
    /// The browser's name, as it told it.
    pub agent: Option<String>,
    /// The address it came from.
    pub address: Option<String>,
}

/// What a person allows an application.
#[derive(Debug)]
pub struct Yes<'a> {
    /// The application.
    pub client: &'a Client,
    /// The address to which the browser takes the answer, if it takes it anywhere: the page named it.
    pub returns_to: Option<&'a str>,
    /// What they allow.
    pub allowed: Scope,
    /// Optional scopes that they left out.
    pub left_out: Scope,
    /// The claims that the page named.
    pub claims: Names,
}

impl Waiting {
    /// Goes on with a page, if this browser began it, and it has neither ended nor been answered.
    pub fn open(
        env: &Env<'_>,
        sealed: &Sealed,
        facts: &Facts,
        browser: Option<TokenHash>,
    ) -> Result<Self, Stale> {
        sealed.judge(env, facts, browser)?;
        Ok(Self { record: sealed.record.clone(), address: sealed.address.clone(), changed: false })
    }

    /// What the request asks.
    pub fn params(&self) -> Params {
        Params::from_pairs(self.record.params.clone())
    }

    /// The write that answers the request; it succeeds once.
    pub fn finish(&self) -> Change {
        self.record.answered()
    }

    /// The address of the page that goes on: a new one when anything was answered since this one was made.
    pub fn address(&self, env: &Env<'_>) -> Result<String, Error> {
        if self.changed { self.record.seal(env) } else { Ok(self.address.clone()) }
    }

    /// A person has proved who they are: a new session, with a new id, takes the old one's place (OWASP
    /// session fixation). What the same person proved before by other methods is not forgotten.
    pub fn signed_in(
        &mut self,
        env: &Env<'_>,
        facts: &mut Facts,
        authentication: Authentication,
    ) -> (Vec<Change>, Handle) {
        let id = env.ids.next();
        let handle = Handle::mint(env, Kind::Session, id);
        let mut changes = Vec::new();
        let before = facts.session().map(|found| &found.session);
        let same_person = before.filter(|s| s.user == authentication.user.id && s.is_live(env.now));
        let root = same_person.map_or(SessionId(id), |session| session.root);
        let created_at = same_person.map_or(env.now, |session| session.created_at);
        if let Some(before) = before {
            let end = match same_person {
                Some(session) => vec![Change::ReplaceSession(session.id)],
                None => logout::end(Ending::Session(before)),
            };
            changes.extend(end);
        }
        // What was read of somebody else is not their consent.
        let own = facts.session().filter(|found| found.session.user == authentication.user.id);
        let consent = own.and_then(|found| found.consent.clone());
        let Authentication { user, method, amr, agent, address } = authentication;
        let within =
            same_person.is_some_and(|session| self.record.stage.by(session.root) == Some(By::SignIn));
        self.record.proven.retain(|other| within && *other != method);
        self.record.proven.push(method.clone());
        let proofs = same_person.map_or(&[][..], |session| &session.proofs);
        let session = Session {
            id: SessionId(id),
            hash: handle.hash(),
            root,
            user: user.id.clone(),
            proofs: renewed(proofs, Proven { method, amr, at: env.now }),
            created_at,
            expires_at: env.now.plus(env.settings.lifetimes.session),
            agent,
            address,
        };
        // A lock, a new password or a removal that came meanwhile wins.
        changes.extend(Change::require_user(&user));
        changes.push(Change::InsertSession(session.clone()));
        self.record.stage.sign_in(&session);
        facts.sign_in(&self.record.client, SessionFound { session, user: Some(user), consent });
        self.record.step = None;
        self.changed = true;
        (changes, handle)
    }

    /// A person chooses a sign-in method, or has come to a further step of one.
    pub fn step_taken(&mut self, method: &str, state: String) {
        self.record.step = Some(Step { method: method.to_owned(), state });
        self.changed = true;
    }

    /// A person goes on with the account that is signed in.
    pub fn account_chosen(&mut self, env: &Env<'_>, facts: &Facts) -> Result<(), Unfit> {
        self.record.stage.choose(&facts.signed_in(env.now).ok_or(Unfit::NobodyThere)?.session)?;
        self.changed = true;
        Ok(())
    }

    /// A person wants another account than the one that is signed in.
    pub fn account_declined(&mut self, facts: &Facts) -> Result<(), Unfit> {
        self.record.stage.decline(&facts.session().ok_or(Unfit::NobodyThere)?.session);
        self.changed = true;
        Ok(())
    }

    /// A person wants to make an account, or says that they have one.
    pub fn account_wanted(&mut self, new: bool) {
        self.record.sign_up = Some(new);
        self.changed = true;
    }

    /// A person has made an account, and is signed in with it. The writes succeed once for the form, however
    /// often and wherever it is sent.
    pub fn signed_up(
        &mut self,
        env: &Env<'_>,
        facts: &mut Facts,
        authentication: Authentication,
    ) -> (Vec<Change>, Handle) {
        let page = self.record.clone();
        let (mut changes, handle) = self.signed_in(env, facts, authentication);
        let mark = |session| {
            let JtiSeen { issuer, jti } = page.account_mark(session);
            Change::SeeJti { issuer, jti, expires_at: page.expires_at }
        };
        changes.extend([None, self.record.stage.root()].map(mark));
        // Should the sign-in end before the request does, they have an account to sign in with.
        self.record.sign_up = Some(false);
        (changes, handle)
    }

    /// Whether an account was made at this page; and signed in by this session, where there is one.
    pub fn account_made(&self, session: Option<SessionId>) -> JtiSeen {
        self.record.account_mark(session)
    }

    /// An account was made at this page before: where this browser is signed in to it, the page goes on.
    pub fn has_made_account(&mut self, session: Option<SessionId>) {
        self.record.sign_up = Some(false);
        if let Some(session) = session {
            self.record.stage.has_signed_in(session);
        }
    }

    /// A person allows what the client asks, but for what they left out; both are remembered,
    /// together with what they said before.
    pub fn consented(
        &mut self,
        env: &Env<'_>,
        facts: &mut Facts,
        yes: Yes<'_>,
    ) -> Result<Vec<Change>, Unfit> {
        let Yes { client, returns_to, allowed, left_out, claims } = yes;
        let found = facts.signed_in(env.now).ok_or(Unfit::NobodyThere)?;
        let session = &found.session;
        let all = found.consent.as_ref();
        let here = all.and_then(|c| c.at(client, returns_to)).filter(|c| c.is_live(env.now));
        let before = here.as_ref();
        let lifetime = env.settings.lifetimes.consent;
        let agreed = Agreed {
            scope: before
                .map_or_else(Scope::default, |c| c.scope.filtered(|word| !left_out.contains(word)))
                .union(&allowed),
            left_out: before
                .map_or_else(Scope::default, |c| c.left_out.filtered(|word| !allowed.contains(word)))
                .union(&left_out),
            claims: before.map_or_else(|| claims.clone(), |c| c.claims.and(&claims)),
            given_at: env.now,
            expires_at: if lifetime == 0 { Timestamp::NEVER } else { env.now.plus(lifetime) },
        };
        let consent = Consent::given(session.user.clone(), client, returns_to, agreed, all);
        let mut changes = vec![Change::RequireSession(session.id)];
        self.record.stage.consent(session, left_out)?;
        self.changed = true;
        changes.extend(Change::require_client(client));
        changes.push(Change::PutConsent(consent.clone()));
        if let Some(found) = facts.session_mut() {
            found.consent = Some(consent);
        }
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorization::Source;
    use crate::id::InteractionId;
    use crate::testing::{NOW, World, user};

    fn waiting() -> Waiting {
        let record = Interaction {
            id: InteractionId(7),
            browser: TokenHash::of(b"browser"),
            client: "web".into(),
            params: Vec::new(),
            source: Source::Plain,
            object_until: None,
            started_at: NOW,
            expires_at: NOW.plus(3600),
            sign_up: None,
            proven: Vec::new(),
            step: None,
            stage: Stage::Asked { declined: None },
        };
        Waiting { record, address: String::new(), changed: false }
    }

    fn sign_in(waiting: &mut Waiting, world: &World, facts: &mut Facts, who: &str, method: &str) -> Session {
        let authentication = Authentication {
            user: Arc::new(user(who)),
            method: method.to_owned(),
            amr: vec![format!("amr of {method}")],
            agent: None,
            address: None,
        };
        waiting.signed_in(&world.env(), facts, authentication);
        facts.session().unwrap().session.clone()
    }

    fn methods(session: &Session) -> Vec<&str> {
        session.proofs.iter().map(|proof| proof.method.as_str()).collect()
    }

    #[test]
    fn a_second_factor_does_not_forget_the_first() {
        let (mut world, mut facts, mut first) = (World::new(), Facts::default(), waiting());
        let one = sign_in(&mut first, &world, &mut facts, "diana", "password");
        world.now = NOW.plus(60);
        let two = sign_in(&mut first, &world, &mut facts, "diana", "code");
        assert_eq!(
            (two.root, two.auth_time(), methods(&two)),
            (one.root, world.now, vec!["password", "code"])
        );
        assert_eq!(first.record.proven, ["password", "code"]);
        // The next request renews one of them; only that was done within it.
        let mut next = waiting();
        let three = sign_in(&mut next, &world, &mut facts, "diana", "password");
        assert_eq!(
            (methods(&three), &next.record.proven[..]),
            (vec!["code", "password"], &["password".into()][..])
        );
    }

    #[test]
    fn what_one_person_proved_is_no_proof_of_another() {
        let (mut world, mut facts, mut waiting) = (World::new(), Facts::default(), waiting());
        sign_in(&mut waiting, &world, &mut facts, "diana", "password");
        let ella = sign_in(&mut waiting, &world, &mut facts, "ella", "code");
        assert_eq!((methods(&ella), &waiting.record.proven[..]), (vec!["code"], &["code".into()][..]));
        // Nor is what they proved in a session that has ended.
        world.now = ella.expires_at;
        let again = sign_in(&mut waiting, &world, &mut facts, "ella", "password");
        assert_eq!((methods(&again), again.root), (vec!["password"], again.id));
    }
}
