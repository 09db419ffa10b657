use serde::Serialize;

use super::{Frame, Href, Page};

/// Says that nothing has changed, to somebody who was asked whether to sign out and does not want to.
#[derive(Debug, Clone, Serialize)]
pub struct StayedPage {
    /// What all pages share.
    pub frame: Frame,
    /// Where the application begins, or lives.
    pub back: Option<Href>,
}

impl Page for StayedPage {
    const TEMPLATE: &'static str = "stayed.html";

    fn sample() -> Self {
        Self { frame: Frame::sample_without_client(), back: None }
    }

    fn variants() -> Vec<Self> {
        vec![
            Self::sample(),
            Self { frame: Frame::sample(), back: Href::registered("https://notes.example.org/") },
            Self { frame: Frame::sample_unchecked_on_the_way(), back: Href::web("https://notes.example.org/") },
        ]
    }
}
