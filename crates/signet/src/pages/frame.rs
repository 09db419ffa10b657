use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};
use serde::{Serialize, Serializer};
use signet_core::uri;
use url::Url;

/// What all pages share: who asks, who runs this place, and where the answer goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Frame {
    /// Who runs the provider.
    pub operator: Operator,
    /// The application that asks; people must always see it, so leave it out only where none is known.
    pub client: Option<Client>,
    /// The same page in the other languages, see [`Pages::language_links`](super::Pages::language_links).
    pub languages: Vec<LanguageLink>,
    /// Where the page's form goes, relative to the current address; empty for the current address itself.
    pub action: String,
    /// The value of the hidden field `csrf`; empty where a page has nothing to protect.
    pub csrf: String,
    /// Why the page is shown once more, where the person did not ask for that.
    pub again: Option<Again>,
    /// The page has a form `typed` with something to type or choose: another language is chosen by a button
    /// of it, so that what was typed and chosen is kept.
    pub keeps_typed: bool,
}

/// Why a page is shown once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Again {
    /// What happened.
    pub why: Why,
    /// The person had sent a form, which was not used.
    pub unused: bool,
}

/// What happened to a page that is shown once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was open for too long.
    Expired,
    /// It was answered before, perhaps in another tab.
    Answered,
    /// It was begun in another browser, or its cookie is gone.
    OtherBrowser,
    /// Somebody signed in or out here after it was shown.
    AccountChanged,
    /// Who was signed in when it was shown is signed out.
    SignedOut,
    /// What it says is not what it said when it was answered.
    DataChanged,
}

impl Why {
    /// All of them; the texts of pages are `again-` and one of these.
    #[cfg(test)]
    pub(super) const ALL: [Self; 6] = [
        Self::Expired,
        Self::Answered,
        Self::OtherBrowser,
        Self::AccountChanged,
        Self::SignedOut,
        Self::DataChanged,
    ];
}

impl Frame {
    pub(super) const SAMPLE_CSRF: &'static str = "c2FtcGxlLWNzcmY";

    /// What pages begin with as they usually look, for previews and tests.
    pub fn sample() -> Self {
        Self {
            operator: Operator { name: "id.example.org".to_owned(), ..Operator::default() },
            client: Some(Client {
                name: "Meadow Notes".to_owned(),
                site: Some("notes.example.org".to_owned()),
                policy_uri: Href::web("https://notes.example.org/privacy"),
                tos_uri: Href::web("https://notes.example.org/terms"),
                ..Client::default()
            }),
            languages: [("de", "Deutsch"), ("fr", "Français"), ("nl", "Nederlands")]
                .map(|(tag, name)| LanguageLink {
                    tag: tag.to_owned(),
                    name: name.to_owned(),
                    href: format!("?ui_locales={tag}"),
                })
                .into(),
            action: String::new(),
            csrf: Self::SAMPLE_CSRF.to_owned(),
            again: None,
            keeps_typed: false,
        }
    }

    /// The frame of a page that is shown once more.
    pub(super) fn sample_again(why: Why, unused: bool) -> Self {
        Self { again: Some(Again { why, unused }), ..Self::sample() }
    }

    /// The frame of a page of an application that registered itself.
    pub(super) fn sample_unchecked() -> Self {
        let mut frame = Self::sample();
        if let Some(client) = &mut frame.client {
            client.unchecked = true;
            client.leads = Leads::Answer;
        }
        frame
    }

    /// The same, where the person can go on to the application.
    pub(super) fn sample_unchecked_on_the_way() -> Self {
        let mut frame = Self::sample_unchecked();
        if let Some(client) = &mut frame.client {
            client.leads = Leads::Person;
        }
        frame
    }

    /// The frame of a page of an application that registered itself, and is on the person's device.
    pub(super) fn sample_unchecked_on_a_device(lives: Lives, leads: Leads) -> Self {
        let mut frame = Self::sample_unchecked();
        if let Some(client) = &mut frame.client {
            client.site = (lives == Lives::Scheme).then(|| "org.example.notes:".to_owned());
            client.home = (lives == Lives::Scheme).then(|| "notes.example.org".to_owned());
            client.document = client.home.is_some();
            (client.lives, client.leads) = (lives, leads);
        }
        frame
    }

    /// The frame of a page that no application asked for.
    pub(super) fn sample_without_client() -> Self {
        Self { client: None, ..Self::sample() }
    }
}

/// A text of the operator's. In templates it renders as its text; the filter `spoken` also marks its
/// language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its language, where it is known not to be the page's.
    pub lang: Option<String>,
}

impl Text {
    /// A text, and its language where that is not the page's.
    pub fn of((text, lang): (&str, Option<&str>)) -> Self {
        Self { text: text.to_owned(), lang: lang.map(str::to_owned) }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_object(self.clone()).serialize(serializer)
    }
}

impl Object for Text {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, field: &Value) -> Option<Value> {
        match field.as_str()? {
            "text" => Some(Value::from(self.text.as_str())),
            "lang" => Some(Value::from(self.lang.as_deref())),
            _ => None,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.text.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Who runs the provider, as people know it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Operator {
    /// The name of the place people have their account at; the host of the issuer unless configured.
    pub name: String,
    /// The host of the issuer, where the name does not already say it.
    pub site: Option<String>,
    /// Where people who cannot sign in get help.
    pub help_uri: Option<Href>,
    /// The privacy policy.
    pub policy_uri: Option<Href>,
    /// The terms of service.
    pub tos_uri: Option<Href>,
}

impl Operator {
    /// Who has pages of their own.
    pub(super) fn sample_with_links() -> Self {
        Self {
            help_uri: Href::web("https://id.example.org/help"),
            policy_uri: Href::web("https://id.example.org/privacy"),
            tos_uri: Href::web("https://id.example.org/terms"),
            ..Frame::sample().operator
        }
    }
}

/// The application that asks, from its registered metadata (OpenID Connect Registration §2).
#[derive(Debug, Clone, Default, Serialize)]
pub struct Client {
    /// Its `client_name` in the person's language, or its `client_id`; where it registered itself without a
    /// name, that it has none.
    pub name: String,
    /// The language of the name, where it is known not to be the page's.
    pub lang: Option<String>,
    /// The host it lives at, taken from a verified redirect URI or its `client_uri`; or the scheme of the
    /// redirect URI where that is the application's own. What it is, `lives` says.
    pub site: Option<String>,
    /// Where the page, or what it answers, goes, if the application registered itself.
    pub lives: Lives,
    /// The host of its metadata document, which is who it is, where it has one at another place than `site`.
    pub home: Option<String>,
    /// `logo_uri`.
    pub logo_uri: Option<Href>,
    /// `client_uri`.
    pub client_uri: Option<Href>,
    /// `policy_uri`.
    pub policy_uri: Option<Href>,
    /// `tos_uri`.
    pub tos_uri: Option<Href>,
    /// It registered itself, or is known by its metadata document, so that nobody has looked at it.
    pub unchecked: bool,
    /// It is known by its metadata document.
    pub document: bool,
    /// What goes from the page to where it lives.
    pub leads: Leads,
}

/// What a place is where an application lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lives {
    /// A site, or none that is known.
    #[default]
    Site,
    /// A program on the person's device (RFC 8252 §7.3); it has no `site`.
    Device,
    /// The application on the person's device that has the scheme `site` (RFC 8252 §7.1).
    Scheme,
}

/// What goes from a page to where the application lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leads {
    /// Nothing.
    #[default]
    Nothing,
    /// What the person allows on it.
    Answer,
    /// The person, by a link or once they have answered.
    Person,
}

/// The same page in another language.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageLink {
    /// The language tag.
    pub tag: String,
    /// What its speakers call it.
    pub name: String,
    /// Where it is.
    pub href: String,
}

/// A further link with a text of the operator's own.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// What it says.
    pub label: String,
    /// Where it leads; an address of ours or of the operator's, never a client's.
    pub href: String,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Person {
    /// What they are called: the claim `name`, or the user name.
    pub name: String,
    /// The name they sign in with, where it differs.
    pub username: Option<String>,
}

impl Person {
    /// Somebody, for previews and tests.
    pub fn sample() -> Self {
        Self { name: "Diana Krall".to_owned(), username: Some("diana".to_owned()) }
    }
}

/// An absolute address from a client's metadata that is safe to put into a link: it cannot run script here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Href(String);

impl Href {
    /// An `https` or `http` address, such as a policy or a logo.
    pub fn web(uri: &str) -> Option<Self> {
        let url = Url::parse(uri).ok()?;
        matches!(url.scheme(), "https" | "http").then(|| Self(uri.to_owned()))
    }

    /// A registered address to return to; native applications have schemes of their own (RFC 8252 §7.1).
    pub fn registered(uri: &str) -> Option<Self> {
        let url = Url::parse(uri).ok()?;
        (!uri::is_never_for_answers(&url)).then(|| Self(uri.to_owned()))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_web_only() {
        assert_eq!(
            Href::web("https://a.example/x?y=1").map(|h| h.0),
            Some("https://a.example/x?y=1".to_owned())
        );
        assert!(Href::web("http://localhost:8081/").is_some());
        for bad in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "/x",
            "app:/x",
            "",
        ] {
            assert_eq!(Href::web(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn returns_to_applications_but_never_runs_script() {
        assert!(Href::registered("com.example.app:/callback").is_some());
        assert!(Href::registered("https://a.example/").is_some());
        for bad in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "/x",
            "",
        ] {
            assert_eq!(Href::registered(bad), None, "{bad:?}");
        }
    }
}
