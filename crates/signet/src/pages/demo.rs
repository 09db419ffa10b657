use serde::Serialize;

use super::{Client, Frame, Page, Person};

/// The demo application before anybody signed in. Its form starts the sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct DemoHomePage {
    /// What all pages share; `client` is the demo application itself.
    pub frame: Frame,
    /// The user to try it with.
    pub user: Option<DemoUser>,
}

/// The demo user as printed at start.
#[derive(Debug, Clone, Serialize)]
pub struct DemoUser {
    /// The name to type.
    pub username: String,
    /// The password to type.
    pub password: String,
}

/// What the demo application learned from a sign-in. Fields of both forms: `csrf`.
#[derive(Debug, Clone, Serialize)]
pub struct DemoResultPage {
    /// What all pages share; `client` is the demo application itself.
    pub frame: Frame,
    /// Who signed in.
    pub person: Person,
    /// The claims of the userinfo endpoint, in order.
    pub claims: Vec<Claim>,
    /// The header of the ID token as indented JSON.
    pub id_token_header: String,
    /// The payload of the ID token as indented JSON.
    pub id_token_payload: String,
    /// What is known of the other tokens.
    pub tokens: TokenFacts,
    /// Where the refresh form goes; nothing without a refresh token.
    pub refresh_action: Option<String>,
    /// Where the sign-out form goes.
    pub sign_out_action: String,
}

/// One claim about the person.
#[derive(Debug, Clone, Serialize)]
pub struct Claim {
    /// Its name on the wire.
    pub name: String,
    /// Its value; JSON where it is not a string.
    pub value: String,
}

/// What the demo application knows of its tokens without showing them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TokenFacts {
    /// How the access token is made, such as `JWT (RFC 9068)`.
    pub access_token: String,
    /// `expires_in`.
    pub expires_in: u64,
    /// The granted scope.
    pub scope: String,
    /// Whether there is a refresh token.
    pub refresh_token: bool,
    /// How often the tokens were refreshed since the sign-in.
    pub refreshes: u32,
}

/// A sign-in that failed in the demo application.
#[derive(Debug, Clone, Serialize)]
pub struct DemoErrorPage {
    /// What all pages share; its `action` starts another try.
    pub frame: Frame,
    /// The error code in the answer.
    pub code: String,
    /// The `error_description` in the answer, or what the application itself found wrong.
    pub detail: Option<String>,
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
