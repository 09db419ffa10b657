use serde::Serialize;
use signet_login::sign_up::Fault;

use super::{Frame, Operator, Page, Person, Span};

/// Asks for what a new account is made of. Fields: `csrf`, `username`, `password`, `name`, `email`; the
/// button says `decision=sign-up`, and that of somebody who has an account `account=mine`.
#[derive(Debug, Clone, Serialize)]
pub struct SignUpPage {
    /// What all pages share.
    pub frame: Frame,
    /// Who is signed in already.
    pub person: Option<Person>,
    /// What was typed before, or asked for by `login_hint`.
    pub username: String,
    /// What was typed before.
    pub name: String,
    /// What was typed before, or asked for by `login_hint`.
    pub email: String,
    /// What was wrong with what was typed.
    pub faults: Vec<Fault>,
    /// How long until the next try, after too many accounts from one address.
    pub wait: Option<Span>,
}

impl Page for SignUpPage {
    const TEMPLATE: &'static str = "sign_up.html";

    fn sample() -> Self {
        Self {
            frame: Frame { keeps_typed: true, ..Frame::sample() },
            person: None,
            username: String::new(),
            name: String::new(),
            email: String::new(),
            faults: Vec::new(),
            wait: None,
        }
    }

    fn variants() -> Vec<Self> {
        let typed = || Self {
            username: "nina".to_owned(),
            name: "Nina Simone".to_owned(),
            email: "nina@example.org".to_owned(),
            ..Self::sample()
        };
        let after = |faults: &[Fault]| Self { faults: faults.to_vec(), ..typed() };
        let operator = Operator::sample_with_links();
        vec![
            Self::sample(),
            Self { frame: Frame { operator, ..Self::sample().frame }, ..Self::sample() },
            after(&[Fault::UsernameTaken]),
            after(&[Fault::UsernameReserved, Fault::EmailTaken]),
            after(&[Fault::PasswordCommon]),
            after(&[
                Fault::UsernameMalformed,
                Fault::PasswordShort,
                Fault::NameMalformed,
                Fault::EmailMalformed,
            ]),
            after(&[Fault::PasswordLong]),
            after(&[Fault::PasswordMalformed]),
            Self { wait: Some(Span::of(30)), person: Some(Person::sample()), ..typed() },
            Self { wait: Some(Span::of(300)), frame: Frame { client: None, ..Self::sample().frame }, ..typed() },
        ]
    }
}
