use serde::Serialize;

use super::{Frame, Leads, Lives, Page, Person};

/// OpenID Connect RP-Initiated Logout §2: asks whether to sign out. Fields: `csrf`, `decision=sign-out`.
#[derive(Debug, Clone, Serialize)]
pub struct SignOutConfirmPage {
    /// What all pages share.
    pub frame: Frame,
    /// Who would be signed out, where that is known.
    pub person: Option<Person>,
    /// Where to stay signed in, relative to the current address.
    pub stay: String,
}

impl Page for SignOutConfirmPage {
    const TEMPLATE: &'static str = "sign_out_confirm.html";

    fn sample() -> Self {
        Self {
            frame: Frame::sample(),
            person: Some(Person::sample()),
            stay: "?stay=1".to_owned(),
        }
    }

    fn variants() -> Vec<Self> {
        let on_a_device = |lives| Self {
            frame: Frame::sample_unchecked_on_a_device(lives, Leads::Person),
            ..Self::sample()
        };
        vec![
            Self::sample(),
            Self { frame: Frame::sample_without_client(), person: None, ..Self::sample() },
            Self { frame: Frame::sample_unchecked_on_the_way(), ..Self::sample() },
            on_a_device(Lives::Device),
            on_a_device(Lives::Scheme),
        ]
    }
}
