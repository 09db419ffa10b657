use serde::Serialize;

use super::{Frame, Href, Page, Person};

/// Asks whether the application may have what it wants. Fields: `csrf`, `decision` (`allow` or `deny`), and
/// `optional` once for each optional scope that was left ticked.
#[derive(Debug, Clone, Serialize)]
pub struct ConsentPage {
    /// What all pages share.
    pub frame: Frame,
    /// Who is asked.
    pub person: Person,
    /// Where somebody else can sign in, relative to the current address.
    pub not_you: Option<String>,
    /// What is asked for, in the order to show it.
    pub asks: Vec<Ask>,
    /// The application registered itself, so that nobody has looked at it.
    pub unchecked: bool,
}

/// One thing that an application asks for.
#[derive(Debug, Clone, Serialize)]
pub struct Ask {
    scope: String,
    described: bool,
    title: Option<String>,
    values: Vec<String>,
    optional: bool,
    ticked: bool,
}

impl Ask {
    /// The scopes whose meaning OpenID Connect Core §5.4 and §11 fix, and which are therefore translated.
    const STANDARD: [&'static str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

    /// A needed scope. One without a meaning of its own shows its name until [`Ask::titled`] describes it.
    pub fn scope(scope: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            described: Self::STANDARD.contains(&scope),
            title: None,
            values: Vec::new(),
            optional: false,
            ticked: false,
        }
    }

    /// Says what a scope of the operator's own means, in the person's language.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }

    /// Shows a value that the application would see, such as the e-mail address.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.values.push(value.to_owned());
        self
    }

    /// Lets the person leave it out; `ticked` says whether it is in unless they do.
    #[must_use]
    pub fn optional(mut self, ticked: bool) -> Self {
        self.optional = true;
        self.ticked = ticked;
        self
    }
}

impl Page for ConsentPage {
    const TEMPLATE: &'static str = "consent.html";

    fn sample() -> Self {
        Self {
            frame: Frame::sample(),
            person: Person::sample(),
            not_you: Some("?switch=1".to_owned()),
            asks: vec![
                Ask::scope("profile"),
                Ask::scope("email").value("diana@example.org"),
                Ask::scope("offline_access").optional(true),
            ],
            unchecked: false,
        }
    }

    fn variants() -> Vec<Self> {
        let mut logo = Self::sample();
        if let Some(client) = &mut logo.frame.client {
            client.logo_uri = Href::web("https://notes.example.org/logo.png");
            client.client_uri = Href::web("https://notes.example.org/");
        }
        logo.not_you = None;
        logo.asks = vec![
            Ask::scope("openid"),
            Ask::scope("profile").value("Diana Krall"),
            Ask::scope("address").value("1 Meadow Lane").value("Nanaimo"),
            Ask::scope("phone").value("+1 250 555 0100"),
            Ask::scope("calendar.read").titled("Read your calendar").optional(false),
            Ask::scope("https://api.example.org/notes.write"),
        ];
        let unchecked = Self { unchecked: true, ..Self::sample() };
        vec![Self::sample(), logo, unchecked]
    }
}
