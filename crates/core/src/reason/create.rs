//! Initiating User Registration via OpenID Connect 1.0 §4.1: reasons to offer a user a new account first.

use super::{Row, Situation};
use crate::error::ErrorCode;
use crate::prompt::{Ask, Prompt, Reason, Why};

const fn row(why: Why, description: &'static str, holds: fn(&Situation<'_, '_>) -> bool) -> Row {
    // Neither can meet `prompt=none`: `create` cannot be combined with it, and a link is followed on a page.
    Row {
        reason: Reason { why, ask: Ask::CreateAccount, error: ErrorCode::InteractionRequired, description },
        holds,
    }
}

pub(super) const REASONS: &[Row] = &[
    row(Why::PromptCreate, "the user is to create an account", |s| {
        s.asked.prompt.contains(&Prompt::Create) && s.present.sign_up.is_none() && may_ask(s)
    }),
    row(Why::SignUpChosen, "the user wants to create an account", |s| {
        s.present.sign_up == Some(true) && may_ask(s)
    }),
];

fn may_ask(s: &Situation<'_, '_>) -> bool {
    s.env.settings.sign_up && !s.present.authenticated_now
}
