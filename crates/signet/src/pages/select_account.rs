use serde::Serialize;

use super::{Frame, Page, Person};

/// Asks which of the signed-in accounts to go on with. Fields: `csrf`, and `account` (the id of one) or
/// `decision=other`.
#[derive(Debug, Clone, Serialize)]
pub struct SelectAccountPage {
    /// What all pages share.
    pub frame: Frame,
    /// The accounts, the one used last first.
    pub accounts: Vec<Account>,
}

/// An account that is signed in here.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// What the field `account` says if this one is chosen.
    pub id: String,
    /// Whose it is.
    pub person: Person,
}

impl Page for SelectAccountPage {
    const TEMPLATE: &'static str = "select_account.html";

    fn sample() -> Self {
        let address = "diana.krall-of-nanaimo@accounting.example-corporation.example";
        let work = Person { name: "Diana Krall, at work".to_owned(), username: Some(address.to_owned()) };
        Self {
            frame: Frame::sample(),
            accounts: vec![
                Account { id: "1".to_owned(), person: Person::sample() },
                Account { id: "2".to_owned(), person: work },
            ],
        }
    }

    fn variants() -> Vec<Self> {
        vec![Self::sample(), Self { frame: Frame::sample_unchecked(), ..Self::sample() }]
    }
}
