//! OpenID Connect Core §3.1.2.3, RFC 9470 §4: reasons to ask a user to sign in.

use std::cell::LazyCell;

use super::{Row, Situation};
use crate::error::ErrorCode;
use crate::prompt::{Ask, Prompt, Reason, Why};
use crate::record::client::SubjectType;
use crate::settings::authentication::Context;
use crate::subject;

const fn row(why: Why, description: &'static str, holds: fn(&Situation<'_, '_>) -> bool) -> Row {
    Row { reason: Reason { why, ask: Ask::Login, error: ErrorCode::LoginRequired, description }, holds }
}

pub(super) const REASONS: &[Row] = &[
    row(Why::NoSession, "nobody is signed in in this browser", |s| s.present.session.is_none()),
    row(Why::PromptLogin, "the user must sign in again", |s| {
        s.asked.prompt.contains(&Prompt::Login) && !is_proven_anew(s)
    }),
    row(Why::MaxAge, "the last sign-in is older than max_age allows", |s| {
        let Some((session, max_age)) = s.present.session.as_ref().zip(s.asked.max_age) else { return false };
        !s.present.authenticated_now && s.env.now.since(session.auth_time()) >= max_age
    }),
    row(Why::AnotherPerson, "the user who is signed in is not the one that the request names", |s| {
        let Some((session, user)) = s.present.session.as_ref().zip(s.present.user.as_ref()) else {
            return false;
        };
        // Most requests name nobody: then it is not made.
        let sub = LazyCell::new(|| subject::sub(s.env, s.client, user, session.root));
        let hinted = s.asked.hinted_sub.as_ref().is_some_and(|hinted| *hinted != *sub);
        // An ephemeral subject of an earlier sign-in can belong to the person who has just shown who they
        // are.
        let ephemeral = s.env.settings.subjects.type_for(s.client) == SubjectType::Ephemeral;
        let hinted = hinted && !(ephemeral && s.present.authenticated_now);
        let claimed = s.asked.claims.as_ref().is_some_and(|claims| !claims.allows_sub(&sub));
        hinted || claimed
    }),
    row(Why::SignInExpired, "the last sign-in is too old to count here", |s| {
        s.present.reached(s.env).is_none() && expired(s).is_some()
    }),
    row(Why::Acr, "the user must sign in again to reach an authentication context that was requested", |s| {
        let contexts = &s.env.settings.authentication;
        !s.asked.acr.is_met(contexts, s.present.reached(s.env)) && stronger(s).is_some()
    }),
];

/// Whether the person has shown within this request who they are, and not only a second factor.
fn is_proven_anew(s: &Situation<'_, '_>) -> bool {
    let identifying = s.env.methods.offered(None);
    s.present.proven_now.iter().any(|done| identifying.iter().any(|method| method.name == done))
}

/// The method to ask by, for this reason; `chosen` is the one that the person is at.
pub(super) fn method(s: &Situation<'_, '_>, why: Why, chosen: Option<&str>) -> Option<&'static str> {
    let methods = s.env.methods;
    let identifying = methods.offered(None);
    let mut usable = methods.offered(s.present.user.as_deref()).into_iter().chain(identifying.clone());
    if let Some(chosen) = usable.find(|method| Some(method.name) == chosen) {
        return Some(chosen.name);
    }
    let missing = match why {
        Why::SignInExpired => expired(s),
        Why::Acr => stronger(s),
        _ => None,
    };
    let contexts = &s.env.settings.authentication;
    let wanted = || s.asked.acr.targets(contexts).next().into_iter().flat_map(|context| &context.amr);
    let by = |amr: &String| identifying.iter().find(|method| method.amr.contains(&amr.as_str()));
    missing.or_else(|| wanted().find_map(by).or(identifying.first()).map(|method| method.name))
}

/// By what a sign-in that reaches nothing comes to reach something.
fn expired(s: &Situation<'_, '_>) -> Option<&'static str> {
    missing(s, s.env.settings.authentication.iter())
}

/// By what a sign-in comes to reach what is asked for.
fn stronger(s: &Situation<'_, '_>) -> Option<&'static str> {
    missing(s, s.asked.acr.targets(&s.env.settings.authentication))
}

/// The first method that is missing for a context all of which the person can reach, by what they have not
/// yet done within this request.
fn missing<'c>(
    s: &Situation<'_, '_>,
    mut contexts: impl Iterator<Item = &'c Context>,
) -> Option<&'static str> {
    let sign_in = s.present.sign_in(s.env)?;
    let mut usable = s.env.methods.offered(s.present.user.as_deref());
    usable.retain(|method| s.present.proven_now.iter().all(|done| done != method.name));
    let by = |amr: &str| usable.iter().find(|method| method.amr.contains(&amr)).map(|method| method.name);
    contexts.find_map(|context| {
        let all: Option<Vec<&'static str>> = sign_in.missing(context).map(by).collect();
        all?.first().copied()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::acr::Wish;
    use crate::authorization::callback::Callback;
    use crate::authorization::{Asked, Present};
    use crate::id::SessionId;
    use crate::params::Params;
    use crate::reason;
    use crate::record::{Proven, Session};
    use crate::secret::TokenHash;
    use crate::testing::{NOW, REDIRECT_URI, World, client, user};

    fn context(acr: &str, amr: &[&str]) -> Context {
        let amr = amr.iter().map(|value| (*value).to_owned()).collect();
        Context { name: acr.into(), acr: acr.into(), amr, ..Context::password() }
    }

    /// Somebody who has proved this much, so long ago; `now` is what they did within this request.
    fn present(has_code: bool, proofs: &[(&str, &str, u64)], now: &[&str]) -> Present {
        let mut diana = user("diana");
        if has_code {
            diana.claims.insert("phone_number".into(), "+46".into());
        }
        let proof = |(method, amr, age): &(&str, &str, u64)| Proven {
            method: (*method).to_owned(),
            amr: vec![(*amr).to_owned()],
            at: NOW.minus(*age),
        };
        let session = Session {
            id: SessionId(1),
            hash: TokenHash::of(b"cookie"),
            root: SessionId(1),
            user: diana.id.clone(),
            proofs: proofs.iter().map(proof).collect(),
            created_at: NOW,
            expires_at: NOW.plus(3600),
            agent: None,
            address: None,
        };
        Present {
            session: Some(session),
            user: Some(Arc::new(diana)),
            authenticated_now: !now.is_empty(),
            proven_now: now.iter().map(|method| (*method).to_owned()).collect(),
            ..Present::default()
        }
    }

    fn callback(world: &World) -> Callback {
        let pairs = [("redirect_uri", REDIRECT_URI), ("response_type", "code")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let params = Params::from_pairs(pairs.to_vec());
        Callback::verify(&world.env(), &Arc::new(client("web")), &params).unwrap()
    }

    /// Why and by which method somebody is asked to sign in; nobody is asked for consent here.
    fn asked(
        world: &World,
        wish: &str,
        chosen: Option<&str>,
        present: &Present,
    ) -> Option<(Why, &'static str)> {
        let mut client = client("web");
        client.skip_consent = true;
        let callback = callback(world);
        let acr = Wish::voluntary(wish.split_whitespace().map(str::to_owned));
        let (env, asked) = (world.env(), Asked { acr, ..Asked::default() });
        let situation =
            Situation { env: &env, client: &client, asked: &asked, destination: &callback, present };
        let reason = reason::first(&situation)?;
        Some((reason.why, reason::method(&situation, reason, chosen).unwrap()))
    }

    #[test]
    fn what_is_missing_for_a_context_is_asked_for_once() {
        let mut world = World::new();
        world.settings.authentication = vec![context("low", &["pwd"]), context("top", &["pwd", "otp"])];
        let (password, code) = (("password", "pwd", 60), ("code", "otp", 60));
        type Asked = Option<(Why, &'static str)>;
        let table: [(&str, Present, Asked); 9] = [
            ("top", Present::default(), Some((Why::NoSession, "password"))),
            ("top", present(true, &[password], &["password"]), Some((Why::Acr, "code"))),
            ("top", present(true, &[password], &[]), Some((Why::Acr, "code"))),
            ("top", present(true, &[password, code], &["code"]), None),
            ("top", present(true, &[code], &["code"]), Some((Why::SignInExpired, "password"))),
            // Nobody is sent round in circles, nor asked for what they do not have.
            ("top", present(true, &[password], &["password", "code"]), None),
            ("top", present(false, &[password], &[]), None),
            ("top low", present(false, &[password], &[]), None),
            ("low", present(true, &[password], &[]), None),
        ];
        for (wish, present, expected) in table {
            assert_eq!(asked(&world, wish, None, &present), expected, "{wish} {present:?}");
        }
    }

    #[test]
    fn where_one_factor_is_never_enough_the_second_follows_the_first() {
        let mut world = World::new();
        let top = context("top", &["pwd", "otp"]);
        world.settings.authentication = vec![Context { lifetime: Some(600), ..top }];
        let both =
            |password, code| present(true, &[("password", "pwd", password), ("code", "otp", code)], &[]);
        assert_eq!(asked(&world, "", None, &both(60, 60)), None);
        assert_eq!(asked(&world, "", None, &both(600, 60)), Some((Why::SignInExpired, "password")));
        assert_eq!(asked(&world, "", None, &both(60, 600)), Some((Why::SignInExpired, "code")));
        let first = present(true, &[("password", "pwd", 0)], &["password"]);
        assert_eq!(asked(&world, "", None, &first), Some((Why::SignInExpired, "code")));
    }

    #[test]
    fn a_second_factor_alone_is_no_new_sign_in() {
        let world = World::new();
        let (env, client) = (world.env(), client("web"));
        let callback = callback(&world);
        let asked = Asked { prompt: vec![Prompt::Login], ..Asked::default() };
        let why = |present: &Present| {
            let destination = &callback;
            let situation = Situation { env: &env, client: &client, asked: &asked, destination, present };
            reason::first(&situation).map(|reason| reason.why)
        };
        let proofs = [("password", "pwd", 60), ("code", "otp", 0)];
        assert_eq!(why(&present(true, &proofs, &["code"])), Some(Why::PromptLogin));
        assert_ne!(why(&present(true, &proofs, &["code", "password"])), Some(Why::PromptLogin));
    }

    #[test]
    fn a_person_stays_at_the_method_that_they_chose_if_they_can_use_it() {
        let mut world = World::new();
        world.settings.authentication = vec![context("low", &["pwd"]), context("top", &["pwd", "otp"])];
        let known = present(true, &[("password", "pwd", 60)], &[]);
        assert_eq!(asked(&world, "top", Some("password"), &known), Some((Why::Acr, "password")));
        assert_eq!(asked(&world, "top", Some("unknown"), &known), Some((Why::Acr, "code")));
        let nobody = asked(&world, "", Some("code"), &Present::default());
        assert_eq!(nobody, Some((Why::NoSession, "password")));
    }
}
