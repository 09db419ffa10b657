use serde::Serialize;

use super::{Frame, Href, Page};

/// Says that the person is signed out.
#[derive(Debug, Clone, Serialize)]
pub struct SignedOutPage {
    /// What all pages share.
    pub frame: Frame,
    /// The verified `post_logout_redirect_uri`, or where the application lives.
    pub back: Option<Href>,
    /// The browser sent no cookie of a session, and nothing was ended.
    pub nobody: bool,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "signed_out.html";

    fn sample() -> Self {
        Self { frame: Frame::sample(), back: Href::registered("https://notes.example.org/"), nobody: false }
    }

    fn variants() -> Vec<Self> {
        vec![
            Self::sample(),
            Self { frame: Frame::sample_without_client(), back: None, nobody: false },
            Self { nobody: true, ..Self::sample() },
            Self { frame: Frame::sample_unchecked_on_the_way(), ..Self::sample() },
        ]
    }
}
