use serde::Serialize;

use super::{Frame, Page};

/// Says that nothing has changed, to somebody who was asked whether to sign out and does not want to.
#[derive(Debug, Clone, Serialize)]
pub struct StayedPage {
    /// What all pages share.
    pub frame: Frame,
}

impl Page for StayedPage {
    const TEMPLATE: &'static str = "stayed.html";

    fn sample() -> Self {
        Self { frame: Frame::sample_without_client() }
    }
}
