//! How an answer leaves through the browser: by a page that posts it, by one that moves on, or by a redirect.

use axum::response::Response;
use http::StatusCode;
use http::header::REFRESH;
use signet_core::record::Client;

use super::frame::{self, frame, locale};
use super::headers::{self, FormEnds, Referrer};
use super::request::Received;
use super::{Reach, Web, reply};
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

impl Leaving<'_> {
    /// OAuth 2.0 Form Post Response Mode §2: the browser posts it. `framed_by`: whose pages may show this one
    /// in a frame.
    pub(super) fn by_form(
        &self,
        action: String,
        fields: Vec<(String, String)>,
        framed_by: Vec<String>,
    ) -> Response {
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
        let locale = self.locale();
        let (frame, site) = (self.frame(location, &locale), frame::host_or_scheme(location));
        let content = MovingOnPage { frame, site, to: location.to_owned(), opens };
        let reach = Reach { referrer: Referrer::Never, ..Reach::default() };
        let rendered = self.web.pages().render(&locale, &content);
        let mut response = reply::page(StatusCode::OK, rendered, &reach);
        headers::put(&mut response, REFRESH, &format!("0; url={location}"));
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
