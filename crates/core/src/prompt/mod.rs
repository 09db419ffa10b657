//! OpenID Connect Core §3.1.2.3, §3.1.2.4: whether a person must be asked, what, and why. The first named reason wins.

mod consent;
mod login;
mod select_account;

use crate::endpoint::authorization::{Asked, Present};
use crate::env::Env;
use crate::error::ErrorCode;
use crate::record::Client;

/// A word of the `prompt` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Ask nothing.
    None,
    /// Prove again who you are.
    Login,
    /// Agree again.
    Consent,
    /// Choose the account.
    SelectAccount,
}

/// The words, for discovery.
pub const PROMPTS: &[(&str, Prompt)] = &[
    ("none", Prompt::None),
    ("login", Prompt::Login),
    ("consent", Prompt::Consent),
    ("select_account", Prompt::SelectAccount),
];

impl Prompt {
    /// By wire name.
    pub fn find(word: &str) -> Option<Prompt> {
        PROMPTS.iter().find(|(name, _)| *name == word).map(|(_, prompt)| *prompt)
    }
}

/// What a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To prove who they are.
    Login,
    /// Which account to go on with.
    SelectAccount,
    /// Whether the client may have this.
    Consent,
}

/// Why a person is asked.
pub struct Reason {
    /// For the log and for explanations.
    pub name: &'static str,
    /// What has to be asked.
    pub ask: Ask,
    /// What `prompt=none` answers instead.
    pub error: ErrorCode,
    /// The same, for the client's developer.
    pub description: &'static str,
    holds: fn(&Situation<'_, '_>) -> bool,
}

impl std::fmt::Debug for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What reasons look at.
pub struct Situation<'a, 'e> {
    /// Settings and the instant.
    pub env: &'a Env<'e>,
    /// Who asks.
    pub client: &'a Client,
    /// What was asked.
    pub asked: &'a Asked,
    /// Who is there, and what was done within this request.
    pub present: &'a Present,
}

/// The first reason to ask something, in the order login, account, consent.
pub fn first_reason(situation: &Situation<'_, '_>) -> Option<&'static Reason> {
    [login::REASONS, select_account::REASONS, consent::REASONS]
        .into_iter()
        .flatten()
        .find(|reason| (reason.holds)(situation))
}
