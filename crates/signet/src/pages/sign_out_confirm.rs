use serde::Serialize;

use super::{Frame, Href, Page, Person};

/// OpenID Connect RP-Initiated Logout §2: asks whether to sign out. Fields: `csrf`, `decision=sign-out`.
#[derive(Debug, Clone, Serialize)]
pub struct SignOutConfirmPage {
    /// What all pages share.
    pub frame: Frame,
    /// Who would be signed out, where that is known.
    pub person: Option<Person>,
    /// A verified address to go back to without signing out.
    pub back: Option<Href>,
    /// Where to stay signed in if there is no such address, relative to the current one.
    pub stay: String,
}

impl Page for SignOutConfirmPage {
    const TEMPLATE: &'static str = "sign_out_confirm.html";

    fn sample() -> Self {
        Self {
            frame: Frame::sample(),
            person: Some(Person::sample()),
            back: Href::registered("https://notes.example.org/"),
            stay: "?stay=1".to_owned(),
        }
    }

    fn variants() -> Vec<Self> {
        vec![
            Self::sample(),
            Self { frame: Frame::sample_without_client(), person: None, back: None, ..Self::sample() },
            Self { back: None, ..Self::sample() },
        ]
    }
}
