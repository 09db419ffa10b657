//! How an answer leaves through the browser: by a page that posts it, by one that moves on, or by a redirect.
//! After a form, such a page is fetched (`answer`).

use axum::response::Response;
use http::StatusCode;
use http::header::REFRESH;
use serde::{Deserialize, Serialize};
use signet_core::record::Client;

use super::frame::{self, frame, locale};
use super::headers::{self, FormEnds, Referrer};
use super::request::Received;
use super::{Reach, Web, answer, reply};
use crate::pages::{FormPostPage, Frame, Locale, MovingOnPage, Parameter};

/// An answer that is on its way.
pub(super) struct Leaving<'a> {
    pub(super) web: &'a Web,
    pub(super) received: &'a Received,
    /// The application to which it goes.
    pub(super) client: Option<&'a Client>,
    /// The languages that were chosen or asked for.
    pub(super) spoken: Option<&'a str>,
}

/// A page that takes an answer to the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Page {
    /// It moves on by itself, or by a link.
    #[serde(rename = "m")]
    MovesOn {
        /// The verified address, with the answer.
        #[serde(rename = "t")]
        to: String,
    },
    /// OAuth 2.0 Form Post Response Mode §2: the browser posts it.
    #[serde(rename = "p")]
    Posts {
        /// The verified redirect URI.
        #[serde(rename = "a")]
        action: String,
        /// Names and values.
        #[serde(rename = "f")]
        fields: Vec<(String, String)>,
        /// Whose pages may show this one in a frame.
        #[serde(rename = "o")]
        framed_by: Vec<String>,
    },
}

impl Leaving<'_> {
    /// Shows it; `form`: after a form of ours.
    pub(super) fn by(&self, page: Page, form: bool) -> Response {
        let address = || answer::address(self, &page).filter(|_| self.received.takes_pages());
        match form.then(address).flatten() {
            Some(address) => reply::redirect(&address),
            None => self.show(page),
        }
    }

    /// The page itself.
    pub(super) fn show(&self, page: Page) -> Response {
        match page {
            Page::MovesOn { to } => self.moving_on(to),
            Page::Posts { action, fields, framed_by } => self.posting(action, fields, framed_by),
        }
    }

    fn posting(&self, action: String, fields: Vec<(String, String)>, framed_by: Vec<String>) -> Response {
        let locale = self.locale();
        let (form, referrer) = (FormEnds::Anywhere, Referrer::Origin);
        let reach = Reach { form, script: true, referrer, framed_by };
        let parameters = fields.into_iter().map(|(name, value)| Parameter { name, value }).collect();
        let (frame, site) = (self.frame(&action, &locale), frame::host(&action));
        let content = FormPostPage { frame, site, action, parameters };
        reply::page(StatusCode::OK, self.web.pages().render(&locale, &content), &reach)
    }

    /// Sends the browser away after a form of ours. A redirect would be held to that form's `form-action`,
    /// and so would every hop that the application adds behind its callback; a page that moves on by itself
    /// begins a navigation of its own, without a script, and with a link where browsers do not move on.
    /// Whatever asks for no page (a program that follows redirects) gets the redirect.
    ///
    /// A private scheme opens an application on the device, and the page stays behind. A phone gets the
    /// redirect: it closes the window of the application that had opened it, and may open no application but
    /// in the course of what the person has just done.
    pub(super) fn after_form(&self, location: &str) -> Response {
        let opens = !headers::is_web(location);
        if !self.received.takes_pages() || opens && self.received.is_from_phone() {
            return reply::redirect(location);
        }
        self.by(Page::MovesOn { to: location.to_owned() }, true)
    }

    fn moving_on(&self, to: String) -> Response {
        let locale = self.locale();
        let (frame, site) = (self.frame(&to, &locale), frame::host_or_scheme(&to));
        let (refresh, opens) = (format!("0; url={to}"), !headers::is_web(&to));
        let reach = Reach { referrer: Referrer::Never, ..Reach::default() };
        let rendered = self.web.pages().render(&locale, &MovingOnPage { frame, site, to, opens });
        let mut response = reply::page(StatusCode::OK, rendered, &reach);
        headers::put(&mut response, REFRESH, &refresh);
        response
    }

    fn locale(&self) -> Locale {
        locale(self.web, self.spoken, &self.received.headers)
    }

    /// The page is there for an instant: nothing more is fetched for it. The answer is on this page only: a
    /// person who followed a link of the application, or to another language, would leave it behind.
    fn frame(&self, address: &str, locale: &Locale) -> Frame {
        let settings = self.web.asking().settings();
        let mut frame = frame(self.web, settings, self.client, locale, String::new());
        frame.languages.clear();
        if let Some(client) = self.client {
            frame::answer_to(&mut frame, client, Some(address));
        }
        if let Some(shown) = &mut frame.client {
            (shown.logo_uri, shown.client_uri) = (None, None);
            (shown.policy_uri, shown.tos_uri) = (None, None);
            // It says where the answer goes and nothing else.
            shown.home = None;
        }
        frame
    }
}
