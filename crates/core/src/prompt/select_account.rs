//! OpenID Connect Core §3.1.2.1: reasons to ask which account to go on with.

use super::{Ask, Prompt, Reason};
use crate::error::ErrorCode;

pub(super) const REASONS: &[Reason] = &[Reason {
    name: "prompt_select_account",
    ask: Ask::SelectAccount,
    error: ErrorCode::AccountSelectionRequired,
    description: "the person must choose an account",
    holds: |s| {
        s.asked.prompt.contains(&Prompt::SelectAccount)
            && !s.present.account_selected
            && !s.present.authenticated_now
    },
}];
