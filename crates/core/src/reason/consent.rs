//! OpenID Connect Core §3.1.2.4, §11; RFC 8252 §8.6: reasons to ask a user for consent.

use super::{Row, Situation};
use crate::error::ErrorCode;
use crate::prompt::{Ask, Prompt, Reason, Why};

const fn row(why: Why, description: &'static str, holds: fn(&Situation<'_, '_>) -> bool) -> Row {
    Row { reason: Reason { why, ask: Ask::Consent, error: ErrorCode::ConsentRequired, description }, holds }
}

pub(super) const REASONS: &[Row] = &[
    row(Why::PromptConsent, "the user must consent again", |s| {
        s.asked.prompt.contains(&Prompt::Consent)
            && s.present.consented_now.is_none()
            && !s.client.skip_consent
    }),
    row(Why::ConsentMissing, "the user has not yet consented to what is requested", |s| {
        if s.client.skip_consent {
            return false;
        }
        let Some(consent) = s.present.consent.as_ref().filter(|c| c.is_live(s.env.now)) else {
            return true;
        };
        !consent.scope.covers(&s.asked.scope)
            || !consent.claims.cover(s.asked.names(s.env, s.client, s.present.user.as_deref()))
    }),
    row(Why::NativeClient, "requests of a public client on the user's device are always shown", |s| {
        s.destination.is_anyones()
            && !s.client.skip_consent
            && s.present.consented_now.is_none()
            && !s.present.authenticated_now
    }),
];
