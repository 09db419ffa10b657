//! OpenID Connect Core §3.1.2.3, §3.1.2.4; Initiating User Registration §4: whether a person must be asked,
//! what, and why. The first named reason wins.

mod consent;
mod create;
mod login;
mod select_account;

use crate::endpoint::authorization::{Asked, Present};
use crate::env::Env;
use crate::error::ErrorCode;
use crate::record::Client;
use crate::settings::Settings;

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
    /// Make an account.
    Create,
}

/// The words; what is offered of them, [`Prompt::offered`] tells.
pub const PROMPTS: &[(&str, Prompt)] = &[
    ("none", Prompt::None),
    ("login", Prompt::Login),
    ("consent", Prompt::Consent),
    ("select_account", Prompt::SelectAccount),
    ("create", Prompt::Create),
];

impl Prompt {
    /// By wire name, if it is offered.
    pub fn find(settings: &Settings, word: &str) -> Option<Prompt> {
        Self::offered(settings).find(|(name, _)| *name == word).map(|(_, prompt)| prompt)
    }

    /// The words that are taken, for discovery: to make an account, people must be allowed to.
    pub fn offered(settings: &Settings) -> impl Iterator<Item = (&'static str, Prompt)> {
        let sign_up = settings.sign_up;
        PROMPTS.iter().copied().filter(move |(_, prompt)| *prompt != Prompt::Create || sign_up)
    }

    /// Where it is defined.
    pub fn spec(self) -> &'static str {
        match self {
            Prompt::Create => "Initiating User Registration via OpenID Connect 1.0 section 4.1",
            _ => "OpenID Connect Core 1.0 section 3.1.2.1",
        }
    }
}

/// What a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// For what a new account is made of.
    CreateAccount,
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

/// The first reason to ask something, in the order new account, login, account, consent.
pub fn first_reason(situation: &Situation<'_, '_>) -> Option<&'static Reason> {
    [create::REASONS, login::REASONS, select_account::REASONS, consent::REASONS]
        .into_iter()
        .flatten()
        .find(|reason| (reason.holds)(situation))
}
