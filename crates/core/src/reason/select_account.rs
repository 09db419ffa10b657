//! OpenID Connect Core §3.1.2.1: reasons to ask a user to choose an account.

use super::{Row, Situation};
use crate::error::ErrorCode;
use crate::prompt::{Ask, Prompt, Reason, Why};

const fn row(why: Why, description: &'static str, holds: fn(&Situation<'_, '_>) -> bool) -> Row {
    Row {
        reason: Reason {
            why,
            ask: Ask::SelectAccount,
            error: ErrorCode::AccountSelectionRequired,
            description,
        },
        holds,
    }
}

pub(super) const REASONS: &[Row] = &[
    row(Why::PromptSelectAccount, "the user must choose an account", |s| {
        s.asked.prompt.contains(&Prompt::SelectAccount) && !chosen(s)
    }),
    // They were to make an account, and said that they have one: it need not be the one that is signed in
    // here.
    row(Why::HasAccount, "the user says that they have an account", |s| {
        s.present.sign_up == Some(false) && !chosen(s)
    }),
];

/// Who asked for a page in another language, or is shown again what they typed, need not be who has signed in
/// in another tab meanwhile. It cannot meet `prompt=none`, which has no pages.
pub(super) const LAST: &[Row] = &[Row {
    reason: Reason {
        why: Why::ShownAgain,
        ask: Ask::SelectAccount,
        error: ErrorCode::InteractionRequired,
        description: "the user only opened a page again",
    },
    holds: |s: &Situation<'_, '_>| s.present.shown_again,
}];

fn chosen(s: &Situation<'_, '_>) -> bool {
    s.present.account_selected || s.present.authenticated_now
}
