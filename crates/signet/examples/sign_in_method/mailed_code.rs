//! Sign-in by a code that is sent to a person's e-mail address: a method of two steps.

use std::borrow::Cow;

use signet_core::record::User;
use signet_core::secret::constant_time_eq;
use signet_core::time::Timestamp;
use signet_login::{Answer, Login, Method, Page, Sent, Whom};

/// Seconds for which a code can be used.
const LIFETIME: u64 = 600;

/// The method; `send` gets an address and a code, and must not wait.
pub(crate) struct MailedCode<F> {
    pub(crate) send: F,
}

impl<F: Fn(&str, &str) + Send + Sync> Method for MailedCode<F> {
    fn name(&self) -> &'static str {
        "mailed_code"
    }

    fn label(&self) -> &'static str {
        "Sign in with a code by e-mail"
    }

    fn amr(&self) -> &'static [&'static str] {
        &["otp"]
    }

    fn template(&self) -> Option<&'static str> {
        Some(include_str!("mailed_code.html"))
    }

    fn offered(&self, person: &User) -> bool {
        address(person).is_some()
    }

    fn begin(&self, state: &str, _person: Option<&User>) -> Page {
        Page { step: if state.is_empty() { "name" } else { "code" }, ..Page::default() }
    }

    fn whom<'a>(&self, sent: &Sent<'a>) -> Option<Whom<'a>> {
        let (name, field) = match State::read(sent.state) {
            Some(state) => (state.name, "code"),
            None => (sent.fields.text("username"), "username"),
        };
        sent.fields.get(field).map(|_| Whom::Named(Cow::Borrowed(name)))
    }

    fn answer(&self, sent: &Sent<'_>, person: Option<&User>) -> Answer {
        let Some(state) = State::read(sent.state) else {
            let code = format!("{:06}", u128::from_be_bytes(sent.chance) % 1_000_000);
            // Nobody learns whether there is such a person: the next page is the same.
            if let Some(address) = person.and_then(address) {
                (self.send)(address, &code);
            }
            let until = sent.now.plus(LIFETIME).0;
            return Answer::Next(format!("{until} {code} {}", sent.fields.text("username")));
        };
        let typed = sent.fields.text("code");
        if state.until.expired_at(sent.now) {
            Answer::Retry("the code has expired")
        } else if constant_time_eq(typed.as_bytes(), state.code.as_bytes()) && person.is_some() {
            Answer::Proof(Login::vouched_by(self), None)
        } else {
            Answer::Retry("wrong code")
        }
    }
}

/// What the second step knows of the first; it travels sealed in the page's address.
struct State<'a> {
    until: Timestamp,
    code: &'a str,
    name: &'a str,
}

impl<'a> State<'a> {
    fn read(state: &'a str) -> Option<Self> {
        let mut parts = state.splitn(3, ' ');
        let until = Timestamp(parts.next()?.parse().ok()?);
        Some(Self { until, code: parts.next()?, name: parts.next()? })
    }
}

fn address(person: &User) -> Option<&str> {
    let is_theirs = person.claims.get("email_verified").is_some_and(|verified| verified == true);
    person.claims.get("email")?.as_str().filter(|_| is_theirs)
}
