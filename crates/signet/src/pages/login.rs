use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use signet_login::USUAL;

use super::{Frame, Link, Operator, Page, Person, Span, Text, Why};

/// The page of a sign-in method. Fields: `csrf`, `method`, and those of the method: a password's page has
/// `username` and `password`.
#[derive(Debug, Clone, Serialize)]
pub struct LoginPage {
    /// What all pages share.
    pub frame: Frame,
    /// The method whose page it is; its form sends the name along.
    pub method: &'static str,
    /// Which step of the method.
    pub step: &'static str,
    /// What the method shows at this step.
    pub shown: BTreeMap<&'static str, String>,
    /// The name to start with: `login_hint`, or what was typed before.
    pub username: String,
    /// What happened, if this is not the first look at the page.
    pub notice: Option<Notice>,
    /// Who is signed in, and is to prove it again, to prove more, or is not the one that is expected.
    pub person: Option<Person>,
    /// Where somebody else can sign in, relative to the current address.
    pub not_you: Option<String>,
    /// Ways out for somebody who cannot sign in, such as a page for a new password.
    pub links: Vec<Link>,
    /// There is a button that goes back to the application: `decision=deny`.
    pub deny: bool,
    /// People sign in by their e-mail address too.
    pub by_email: bool,
    /// There is a button for somebody without an account, who makes one: `account=new`.
    pub sign_up: bool,
}

/// What happened before the page was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// Unknown name or wrong password: one message for both, so that nobody can probe for names.
    WrongCredentials {
        /// How often one may try before a wait, where it is near enough to say.
        tries_left: Option<u32>,
    },
    /// Too many tries; made by [`Notice::wait`].
    Wait {
        /// How long until the next one.
        seconds: u64,
        /// The same for people.
        span: Span,
        /// It is long enough to say what helps meanwhile.
        long: bool,
        /// They came from the same network: nothing is said of this person.
        network: bool,
    },
    /// The password was not looked at: too many others are signing in.
    Busy,
    /// The account may not sign in at all; say so only to somebody who knows its password.
    AccountLocked,
    /// Somebody is signed in, and the application wants it proved again (`prompt=login`, `max_age`).
    SignInAgain,
    /// Somebody is signed in, and the application expects somebody else (`id_token_hint`, `sub` in `claims`).
    AnotherPerson {
        /// They have just signed in.
        now: bool,
    },
    /// Somebody is signed in, and the application asks for a stronger sign-in (`acr_values`, RFC 9470).
    Stronger {
        /// What the operator calls it.
        label: Option<Text>,
    },
}

impl Notice {
    /// Seconds after which waiting is not the best advice.
    const LONG: u64 = 600;

    /// So many seconds to wait; `network`: because of others in the network.
    pub fn wait(seconds: u64, network: bool) -> Self {
        Self::Wait { seconds, span: Span::of(seconds), long: seconds >= Self::LONG, network }
    }
}

/// The template of any other method.
pub(super) fn template_of(method: &str) -> String {
    format!("sign_in_{method}.html")
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "login.html";

    fn template(&self) -> Cow<'static, str> {
        if self.method == USUAL.name() { Self::TEMPLATE.into() } else { template_of(self.method).into() }
    }

    fn sample() -> Self {
        Self {
            frame: Frame { keeps_typed: true, ..Frame::sample() },
            method: USUAL.name(),
            step: "",
            shown: BTreeMap::new(),
            username: String::new(),
            notice: None,
            person: None,
            not_you: None,
            links: Vec::new(),
            deny: false,
            by_email: false,
            sign_up: false,
        }
    }

    fn variants() -> Vec<Self> {
        let after = |notice| Self { username: "diana".to_owned(), notice: Some(notice), ..Self::sample() };
        let known = |page: Self| Self {
            person: Some(Person::sample()),
            not_you: Some("?switch=1".to_owned()),
            ..page
        };
        let another = |page: Self, now| Self {
            notice: Some(Notice::AnotherPerson { now }),
            person: Some(Person::sample()),
            deny: true,
            ..page
        };
        let again = |why, unused| {
            let frame = Frame { keeps_typed: true, ..Frame::sample_again(why, unused) };
            Self { frame, ..Self::sample() }
        };
        vec![
            Self::sample(),
            Self {
                links: vec![Link { label: "Get a new password".to_owned(), href: "/password".to_owned() }],
                ..after(Notice::WrongCredentials { tries_left: Some(3) })
            },
            after(Notice::WrongCredentials { tries_left: None }),
            after(Notice::wait(30, false)),
            after(Notice::wait(300, false)),
            after(Notice::AccountLocked),
            Self { username: "diana".to_owned(), ..again(Why::Expired, true) },
            Self { frame: Frame { client: None, ..Self::sample().frame }, ..after(Notice::SignInAgain) },
            Self { sign_up: true, ..Self::sample() },
            known(after(Notice::SignInAgain)),
            known(after(Notice::WrongCredentials { tries_left: None })),
            known(after(Notice::Stronger { label: None })),
            known(after(Notice::Stronger { label: Some(Text::of(("Password, typed now", None))) })),
            another(Self::sample(), false),
            again(Why::Answered, false),
            again(Why::OtherBrowser, false),
            again(Why::SignedOut, false),
            after(Notice::Busy),
            another(Self { username: "otto".to_owned(), ..Self::sample() }, true),
            Self { by_email: true, ..Self::sample() },
            Self { frame: Frame { keeps_typed: true, ..Frame::sample_unchecked() }, ..Self::sample() },
            after(Notice::wait(30, true)),
            after(Notice::wait(300, true)),
            after(Notice::wait(51_840, false)),
            after(Notice::wait(259_200, true)),
            Self {
                frame: Frame { operator: Operator::sample_with_links(), ..Self::sample().frame },
                ..after(Notice::wait(51_840, false))
            },
        ]
    }
}
