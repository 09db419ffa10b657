//! OpenID Connect Core §3.1.2.3, RFC 9470 §4: reasons to ask a user to sign in.

use std::cell::LazyCell;

use super::{Row, Situation};
use crate::error::ErrorCode;
use crate::prompt::{Ask, Prompt, Reason, Why};
use crate::record::client::SubjectType;
use crate::subject;

const fn row(why: Why, description: &'static str, holds: fn(&Situation<'_, '_>) -> bool) -> Row {
    Row { reason: Reason { why, ask: Ask::Login, error: ErrorCode::LoginRequired, description }, holds }
}

pub(super) const REASONS: &[Row] = &[
    row(Why::NoSession, "nobody is signed in in this browser", |s| s.present.session.is_none()),
    row(Why::PromptLogin, "the person must sign in again", |s| {
        s.asked.prompt.contains(&Prompt::Login) && !s.present.authenticated_now
    }),
    row(Why::MaxAge, "the last sign-in is older than max_age allows", |s| {
        let Some((session, max_age)) = s.present.session.as_ref().zip(s.asked.max_age) else { return false };
        !s.present.authenticated_now && s.env.now.since(session.auth_time) >= max_age
    }),
    row(Why::AnotherPerson, "the person who is signed in is not the one that the request names", |s| {
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
        signed_in_before(s) && s.present.reached(s.env).is_none()
    }),
    row(
        Why::Acr,
        "the person must sign in again to reach an authentication context that was asked for",
        |s| {
            signed_in_before(s)
                && !s.asked.acr.is_met(&s.env.settings.authentication, s.present.reached(s.env))
        },
    ),
];

fn signed_in_before(s: &Situation<'_, '_>) -> bool {
    s.present.session.is_some() && !s.present.authenticated_now
}
