//! The pages of the demo application: the provider's kit, with templates and texts of its own.

use serde::Serialize;
use signet::pages::{Client, Frame, Further, Page, Person};

/// What they add to the kit.
pub(super) const FURTHER: Further = Further {
    templates: &[
        ("demo_home.html", include_str!("templates/demo_home.html")),
        ("demo_result.html", include_str!("templates/demo_result.html")),
        ("demo_error.html", include_str!("templates/demo_error.html")),
    ],
    texts: TEXTS,
};

const TEXTS: &[(&str, &str)] = &[
    ("en", include_str!("locales/en.ftl")),
    ("de", include_str!("locales/de.ftl")),
    ("fr", include_str!("locales/fr.ftl")),
    ("nl", include_str!("locales/nl.ftl")),
];

/// The demo application before anybody signed in. Its form starts the sign-in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DemoHomePage {
    /// What all pages share; `client` is the demo application itself.
    pub(super) frame: Frame,
    /// The user to try it with.
    pub(super) user: Option<DemoUser>,
}

/// The demo user as printed at start.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DemoUser {
    /// The name to type.
    pub(super) username: String,
    /// The password to type.
    pub(super) password: String,
}

/// What the demo application learned from a sign-in. Fields of both forms: `csrf`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DemoResultPage {
    /// What all pages share; `client` is the demo application itself.
    pub(super) frame: Frame,
    /// Who signed in.
    pub(super) person: Person,
    /// The claims of the userinfo endpoint, in order.
    pub(super) claims: Vec<Claim>,
    /// The header of the ID token as indented JSON.
    pub(super) id_token_header: String,
    /// The payload of the ID token as indented JSON.
    pub(super) id_token_payload: String,
    /// What is known of the other tokens.
    pub(super) tokens: TokenFacts,
    /// Where the refresh form goes; nothing without a refresh token.
    pub(super) refresh_action: Option<String>,
    /// Where the sign-out form goes.
    pub(super) sign_out_action: String,
}

/// One claim about the person.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Claim {
    /// Its name on the wire.
    pub(super) name: String,
    /// Its value; JSON where it is not a string.
    pub(super) value: String,
}

/// What the demo application knows of its tokens without showing them.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct TokenFacts {
    /// How the access token is made, such as `JWT (RFC 9068)`.
    pub(super) access_token: String,
    /// `expires_in`.
    pub(super) expires_in: u64,
    /// The granted scope.
    pub(super) scope: String,
    /// Whether there is a refresh token.
    pub(super) refresh_token: bool,
    /// How often the tokens were refreshed since the sign-in.
    pub(super) refreshes: u32,
}

/// A sign-in that failed in the demo application.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DemoErrorPage {
    /// What all pages share; its `action` starts another try.
    pub(super) frame: Frame,
    /// The error code in the answer.
    pub(super) code: String,
    /// The `error_description` in the answer, or what the application itself found wrong.
    pub(super) detail: Option<String>,
}

fn frame() -> Frame {
    let client = Client {
        name: "Demo application".to_owned(),
        site: Some("localhost:8081".to_owned()),
        ..Client::default()
    };
    let mut frame = Frame { client: Some(client), ..Frame::sample() };
    "localhost:8080".clone_into(&mut frame.operator.name);
    frame
}

impl Page for DemoHomePage {
    const TEMPLATE: &'static str = "demo_home.html";

    fn sample() -> Self {
        let user = DemoUser { username: "diana".to_owned(), password: "krall".to_owned() };
        Self { frame: Frame { action: "/login".to_owned(), ..frame() }, user: Some(user) }
    }

    fn variants() -> Vec<Self> {
        vec![Self::sample(), Self { user: None, ..Self::sample() }]
    }
}

impl Page for DemoResultPage {
    const TEMPLATE: &'static str = "demo_result.html";

    fn sample() -> Self {
        let claim = |name: &str, value: &str| Claim { name: name.to_owned(), value: value.to_owned() };
        Self {
            frame: frame(),
            person: Person::sample(),
            claims: vec![
                claim("sub", "248289761001"),
                claim("name", "Diana Krall"),
                claim("email", "diana@example.org"),
                claim("email_verified", "true"),
                claim("address", r#"{"locality":"Nanaimo","country":"Canada"}"#),
            ],
            id_token_header: "{\n  \"alg\": \"RS256\",\n  \"kid\": \"2026-11-a\"\n}".to_owned(),
            id_token_payload: "{\n  \"iss\": \"http://localhost:8080\",\n  \"sub\": \"248289761001\",\n  \
                               \"aud\": \"demo\",\n  \"exp\": 1795269300,\n  \"iat\": 1795265700,\n  \
                               \"auth_time\": 1795265690,\n  \"nonce\": \"n-0S6_WzA2Mj\",\n  \
                               \"acr\": \"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport\",\n  \
                               \"amr\": [\"pwd\"],\n  \"sid\": \"08a5019c-17e1-4977-8f42-65a12843ea02\"\n}"
                .to_owned(),
            tokens: TokenFacts {
                access_token: "JWT (RFC 9068)".to_owned(),
                expires_in: 3600,
                scope: "openid profile email offline_access".to_owned(),
                refresh_token: true,
                refreshes: 1,
            },
            refresh_action: Some("/refresh".to_owned()),
            sign_out_action: "/logout".to_owned(),
        }
    }

    fn variants() -> Vec<Self> {
        let tokens = TokenFacts { refresh_token: false, refreshes: 0, ..Self::sample().tokens };
        vec![Self::sample(), Self { tokens, refresh_action: None, claims: Vec::new(), ..Self::sample() }]
    }
}

impl Page for DemoErrorPage {
    const TEMPLATE: &'static str = "demo_error.html";

    fn sample() -> Self {
        Self {
            frame: Frame { action: "/login".to_owned(), ..frame() },
            code: "access_denied".to_owned(),
            detail: Some("the user denied the request".to_owned()),
        }
    }

    fn variants() -> Vec<Self> {
        vec![Self::sample(), Self { code: "invalid_grant".to_owned(), detail: None, ..Self::sample() }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signet::pages::Pages;

    fn shown<P: Page>(pages: &Pages, lang: &str) -> Vec<(String, String)> {
        let locale = pages.negotiate(Some(lang), None);
        (1..)
            .zip(P::variants())
            .map(|(number, page)| {
                let rendered = pages.render(&locale, &page);
                assert_eq!(rendered.problem, None, "{lang} {}", P::TEMPLATE);
                let hash = |html: String, etag: &str| html.replace(etag.trim_matches('"'), "HASH");
                let html = pages.assets().iter().fold(rendered.html, |html, asset| hash(html, &asset.etag));
                (format!("{}-{number}", P::TEMPLATE.trim_end_matches(".html")), html)
            })
            .collect()
    }

    fn all(lang: &str) -> Vec<(String, String)> {
        let pages = Pages::with_further(&FURTHER).unwrap();
        let mut all = shown::<DemoHomePage>(&pages, lang);
        all.extend(shown::<DemoResultPage>(&pages, lang));
        all.extend(shown::<DemoErrorPage>(&pages, lang));
        all
    }

    #[test]
    fn each_page_in_each_state_looks_as_agreed() {
        for (name, html) in all("en") {
            insta::assert_snapshot!(name, html);
        }
    }

    #[test]
    fn each_page_has_its_controls_in_every_language() {
        for lang in ["en", "de", "fr", "nl"] {
            let all = all(lang);
            for (name, ids) in [
                ("demo_home-1", &["sign-in"][..]),
                ("demo_result-1", &["refresh", "sign-out"]),
                ("demo_error-1", &["sign-in"]),
            ] {
                let (_, html) = all.iter().find(|(shown, _)| shown == name).unwrap();
                for id in ids {
                    assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{lang} {name} {id}");
                }
            }
        }
    }

    #[test]
    fn every_language_has_every_text_and_each_text_is_used() {
        let keys = |source: &'static str| {
            let lines = source.lines().filter(|line| line.starts_with("demo-"));
            lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key).collect::<Vec<_>>()
        };
        let english = keys(TEXTS[0].1);
        for (lang, source) in TEXTS {
            assert_eq!(keys(source), english, "{lang}");
        }
        for key in english {
            let call = format!("t(\"{key}\"");
            assert!(FURTHER.templates.iter().any(|(_, source)| source.contains(&call)), "{key}");
        }
    }
}
