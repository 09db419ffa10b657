use serde::Serialize;

use super::{Frame, Href, Page};

/// Says what went wrong where no application can get the error; the caller sets the HTTP status.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// What all pages share; with the application only where it is verified.
    pub frame: Frame,
    /// What to tell the person.
    pub kind: ErrorKind,
    /// The wire code, such as `invalid_request`; also `data-error` on the page.
    pub code: String,
    /// The rule that refused, as `docs/rules.md` lists it; also `data-rule` on the page.
    pub rule: Option<&'static str>,
    /// What is wrong, for the application's developers.
    pub detail: Option<String>,
    /// Finds the matching entry in the log.
    pub reference: String,
    /// A verified address of the application.
    pub back: Option<Href>,
    /// Where the person can start again.
    pub again: Option<Href>,
    /// Where the person can sign out, though the request to sign out is refused.
    pub sign_out: Option<Href>,
}

/// What went wrong, as far as the person is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request that brought the person here cannot be answered safely.
    Link,
    /// No application is registered under the name it used.
    UnknownApplication,
    /// The page or the link has served its time.
    Expired,
    /// The page took the person to the application before.
    Answered,
    /// The browser keeps no cookies.
    Cookies,
    /// The page is only for somebody who is signed in.
    SignInNeeded,
    /// More was sent than is accepted.
    TooLarge,
    /// Nothing is at this address.
    NotFound,
    /// The address is for programs, or for forms of ours.
    NotAPage,
    /// Our fault.
    Server,
    /// Too much to do just now.
    Busy,
}

impl ErrorKind {
    const ALL: [(Self, &'static str); 11] = [
        (Self::Link, "invalid_request"),
        (Self::UnknownApplication, "invalid_client"),
        (Self::Expired, "expired"),
        (Self::Answered, "answered"),
        (Self::Cookies, "cookies"),
        (Self::SignInNeeded, "login_required"),
        (Self::TooLarge, "too_large"),
        (Self::NotFound, "not_found"),
        (Self::NotAPage, "invalid_request"),
        (Self::Server, "server_error"),
        (Self::Busy, "temporarily_unavailable"),
    ];
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";

    fn sample() -> Self {
        Self {
            frame: Frame::sample(),
            kind: ErrorKind::Link,
            code: "invalid_request".to_owned(),
            rule: Some("authorization.redirect_uri"),
            detail: Some("redirect_uri is not registered for client meadow".to_owned()),
            reference: "7F3K-29QD-XM".to_owned(),
            back: Href::registered("https://notes.example.org/"),
            again: None,
            sign_out: None,
        }
    }

    fn variants() -> Vec<Self> {
        let others = ErrorKind::ALL.into_iter().skip(1).map(|(kind, code)| Self {
            frame: Frame::sample_without_client(),
            kind,
            code: code.to_owned(),
            rule: None,
            detail: None,
            back: None,
            again: (kind == ErrorKind::Cookies)
                .then(|| Href::registered("https://op.example/again"))
                .flatten(),
            ..Self::sample()
        });
        let sign_out = Self {
            rule: Some("end_session"),
            detail: Some("post_logout_redirect_uri is not registered for client meadow".to_owned()),
            sign_out: Href::registered("https://op.example/end_session"),
            ..Self::sample()
        };
        let unchecked = Self { frame: Frame::sample_unchecked_on_the_way(), ..Self::sample() };
        std::iter::once(Self::sample()).chain(others).chain([sign_out, unchecked]).collect()
    }
}
