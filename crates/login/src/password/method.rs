//! RFC 8176 `pwd`: a name and a password on one page.

use std::borrow::Cow;

use signet_core::record::User;

use crate::method::{Answer, Done, FollowUp, Method, Sent, Whom, Work};

/// Sign-in by name and password. Fields: `username`, `password`.
#[derive(Clone, Copy, Debug)]
pub struct ByPassword;

impl Method for ByPassword {
    fn name(&self) -> &'static str {
        "password"
    }

    fn amr(&self) -> &'static [&'static str] {
        &["pwd"]
    }

    fn offered(&self, person: &User) -> bool {
        person.password.is_some() || person.id.in_directory().is_some()
    }

    fn compares(&self) -> bool {
        true
    }

    fn whom<'a>(&self, sent: &Sent<'a>) -> Option<Whom<'a>> {
        sent.fields.get("password").map(|_| Whom::Named(Cow::Borrowed(sent.fields.text("username"))))
    }

    fn answer(&self, sent: &Sent<'_>, _person: Option<&User>) -> Answer {
        match sent.fields.get("password") {
            // Nobody's password is looked at too, which takes as long.
            Some(password) => Answer::Work(Work::Verify(password.duplicate())),
            None => Answer::Retry("no password was sent"),
        }
    }

    fn after(&self, sent: &Sent<'_>, person: Option<&User>, done: Done) -> Answer {
        let Done::Verified(checked) = done;
        match checked.login {
            Some(login) => {
                let password = sent.fields.get("password").filter(|_| checked.needs_rehash);
                Answer::Proof(login, password.map(|password| FollowUp::Rehash(password.duplicate())))
            }
            None if person.is_some_and(|person| !self.offered(person)) => {
                Answer::Retry("the account has no password")
            }
            None if checked.unusable.is_some() => {
                Answer::Retry("the stored password hash cannot be verified")
            }
            None => Answer::Retry("wrong password"),
        }
    }
}
