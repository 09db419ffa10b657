use serde::Serialize;

use super::{Frame, Page};

/// OAuth 2.0 Form Post Response Mode §2: carries the answer to the application.
///
/// The page's own `Content-Security-Policy` must not have `form-action`: browsers hold every hop behind
/// `action` to it.
#[derive(Debug, Clone, Serialize)]
pub struct FormPostPage {
    /// What all pages share; its `action` and `csrf` are not used here.
    pub frame: Frame,
    /// The verified redirect URI, exactly as registered.
    pub action: String,
    /// `host` or `host:port` of it, for people where no application is known.
    pub site: Option<String>,
    /// The answer, in order.
    pub parameters: Vec<Parameter>,
}

/// One parameter of the answer.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: String,
    /// Its value, unescaped.
    pub value: String,
}

impl Page for FormPostPage {
    const TEMPLATE: &'static str = "form_post.html";

    fn sample() -> Self {
        let parameter =
            |name: &str, value: &str| Parameter { name: name.to_owned(), value: value.to_owned() };
        Self {
            frame: Frame::sample(),
            action: "https://notes.example.org/cb?from=signet&mode=post".to_owned(),
            site: Some("notes.example.org".to_owned()),
            parameters: vec![
                parameter("code", "SplxlOBeZQQYbYS6WxSbIA"),
                parameter("state", "a\"><script>b"),
                parameter("iss", "https://id.example.org"),
            ],
        }
    }

    fn variants() -> Vec<Self> {
        let unnamed = || Self { frame: Frame::sample_without_client(), ..Self::sample() };
        vec![Self::sample(), unnamed(), Self { site: None, ..unnamed() }]
    }
}
