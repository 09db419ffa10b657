//! OpenID Connect Core §3.1.2.1; Initiating User Registration §4: the values of `prompt`, what a user can be
//! asked, and why.

use crate::error::ErrorCode;
use crate::params::Params;
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

/// OpenID Connect Core §3.1.2.1: whether nobody is to be asked, as the request says before it is judged.
pub(crate) fn is_silent(params: &Params) -> bool {
    params.get("prompt").is_some_and(|words| words.split(' ').any(|word| word == "none"))
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

/// Why a person is asked something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// `prompt=create`.
    PromptCreate,
    /// They chose to make an account.
    SignUpChosen,
    /// Nobody is signed in.
    NoSession,
    /// `prompt=login`.
    PromptLogin,
    /// The sign-in is older than `max_age`.
    MaxAge,
    /// Somebody else is signed in than the request names.
    AnotherPerson,
    /// The sign-in reaches no authentication context any more.
    SignInExpired,
    /// The authentication context that was asked for is not reached.
    Acr,
    /// `prompt=select_account`.
    PromptSelectAccount,
    /// They were to make an account, and have one.
    HasAccount,
    /// `prompt=consent`.
    PromptConsent,
    /// They have not agreed to this yet.
    ConsentMissing,
    /// What is answered on the device without a secret is always shown, as any program could request it.
    NativeClient,
    /// Everything is answered, but by another page than this one, which was only shown again.
    ShownAgain,
}

impl Why {
    /// For the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::PromptCreate => "prompt_create",
            Why::SignUpChosen => "sign_up_chosen",
            Why::NoSession => "no_session",
            Why::PromptLogin => "prompt_login",
            Why::MaxAge => "max_age",
            Why::AnotherPerson => "another_person",
            Why::SignInExpired => "sign_in_expired",
            Why::Acr => "acr",
            Why::PromptSelectAccount => "prompt_select_account",
            Why::HasAccount => "has_account",
            Why::PromptConsent => "prompt_consent",
            Why::ConsentMissing => "consent_missing",
            Why::NativeClient => "native_client",
            Why::ShownAgain => "shown_again",
        }
    }
}

/// What a person is asked, and why.
#[derive(Debug)]
pub struct Reason {
    /// Why.
    pub why: Why,
    /// What has to be asked.
    pub ask: Ask,
    /// What `prompt=none` answers instead.
    pub error: ErrorCode,
    /// The same, for the client's developer.
    pub description: &'static str,
}
