use serde::Serialize;

use super::{Frame, Page};

/// Takes the person to the application after a form of ours: by its `Refresh` header, or by its link.
#[derive(Debug, Clone, Serialize)]
pub struct MovingOnPage {
    /// What all pages share; its `action` and `csrf` are not used here.
    pub frame: Frame,
    /// `host` or `host:port` of where it leads, or the scheme of an application on the device, for people
    /// where no application is known.
    pub site: Option<String>,
    /// Where it leads: a verified address, with the answer.
    pub to: String,
    /// It opens an application on the device, and this page stays behind.
    pub opens: bool,
}

impl Page for MovingOnPage {
    const TEMPLATE: &'static str = "moving_on.html";

    fn sample() -> Self {
        Self {
            frame: Frame { languages: Vec::new(), ..Frame::sample() },
            site: Some("notes.example.org".to_owned()),
            to: "https://notes.example.org/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=a%22%3E%3Cscript%3Eb"
                .to_owned(),
            opens: false,
        }
    }

    fn variants() -> Vec<Self> {
        let unnamed = || Self { frame: Frame::sample_without_client(), ..Self::sample() };
        let opens = |page| Self {
            to: "org.example.notes:/cb?code=SplxlOBeZQQYbYS6WxSbIA".to_owned(),
            opens: true,
            ..page
        };
        vec![Self::sample(), unnamed(), Self { site: None, ..unnamed() }, opens(Self::sample())]
    }
}
