//! OpenID Connect Core §3.1.2.3: reasons to ask a person to prove who they are.

use super::{Ask, Prompt, Reason, Situation};
use crate::error::ErrorCode;
use crate::subject;

const fn reason(
    name: &'static str,
    description: &'static str,
    holds: fn(&Situation<'_, '_>) -> bool,
) -> Reason {
    Reason { name, ask: Ask::Login, error: ErrorCode::LoginRequired, description, holds }
}

pub(super) const REASONS: &[Reason] = &[
    reason("no_session", "nobody is signed in in this browser", |s| s.present.session.is_none()),
    reason("prompt_login", "the person must sign in again", |s| {
        s.asked.prompt.contains(&Prompt::Login) && !s.present.authenticated_now
    }),
    reason("max_age", "the last sign-in is older than max_age allows", |s| {
        let Some((session, max_age)) = s.present.session.as_ref().zip(s.asked.max_age) else { return false };
        !s.present.authenticated_now && s.env.now.since(session.auth_time) >= max_age
    }),
    reason("another_person", "the person who is signed in is not the one that the request names", |s| {
        let Some(session) = &s.present.session else { return false };
        let sub = subject::sub(s.env.settings, &session.user, s.client);
        let hinted = s.asked.hinted_sub.as_ref().is_some_and(|hinted| *hinted != sub);
        let claimed = s.asked.claims.as_ref().is_some_and(|claims| !claims.allows_sub(&sub));
        hinted || claimed
    }),
];
