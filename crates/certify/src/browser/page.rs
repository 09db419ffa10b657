//! A page as a person uses it: fill in, press, follow.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use url::Url;

use super::navigation::Navigation;
use super::{Browser, Landed, encode};
use crate::Error;
use crate::csp::FormAction;
use crate::html::{Control, Document, Form};

/// One tab's page. Keep a clone to come back to it, as the back button does.
#[derive(Clone)]
pub struct Page {
    /// The address bar.
    pub url: Url,
    /// The response's status.
    pub status: StatusCode,
    /// The response's header.
    pub headers: HeaderMap,
    /// The response's body as it came.
    pub body: Bytes,
    /// The page taken apart; empty where the response was not HTML.
    pub document: Document,
    browser: Browser,
    problem: Option<String>,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page {} {:?} at {}", self.status, self.document.title, self.url)
    }
}

impl Page {
    pub(super) fn new(browser: Browser, url: Url, response: Response<Bytes>, document: Document) -> Self {
        let (parts, body) = response.into_parts();
        Self { url, status: parts.status, headers: parts.headers, body, document, browser, problem: None }
    }

    /// The words on the page.
    pub fn text(&self) -> &str {
        &self.document.text
    }

    /// The page's language.
    pub fn lang(&self) -> Option<&str> {
        self.document.lang.as_deref()
    }

    /// The error code of an error page (`data-error` on `<main>`).
    pub fn error(&self) -> Option<&str> {
        self.document.error.as_deref()
    }

    /// Whether an element with this id is on the page.
    pub fn has(&self, id: &str) -> bool {
        self.document.ids.iter().any(|known| known == id)
    }

    /// The control a person calls so, by id or name.
    pub fn control(&self, name: &str) -> Option<&Control> {
        self.document.control(name)
    }

    /// Types into a field, by id or name; a missing field is reported when the form is sent.
    pub fn fill(self, name: &str, value: &str) -> Self {
        self.change(name, |control| value.clone_into(&mut control.value))
    }

    /// Sets a check box or chooses a radio button, by id or name.
    pub fn tick(self, name: &str, on: bool) -> Self {
        let Some(group) =
            self.control(name).filter(|control| control.kind == "radio").and_then(|c| c.name.clone())
        else {
            return self.change(name, |control| control.checked = on);
        };
        let mut page = self;
        for control in page.document.forms.iter_mut().flat_map(|form| &mut form.controls) {
            control.checked &= control.kind != "radio" || control.name.as_ref() != Some(&group);
        }
        page.change(name, |control| control.checked = on)
    }

    /// Presses a button, by id or name.
    pub async fn submit(&self, button: &str) -> Result<Landed, Error> {
        if let Some(problem) = &self.problem {
            return Err(self.unexpected(problem));
        }
        let pressed = self.document.forms.iter().find_map(|form| {
            let control = form.control(button).filter(|control| control.submits() && !control.disabled)?;
            Some((form, control))
        });
        let Some((form, control)) = pressed else {
            return Err(self.unexpected(&format!("a button {button:?}")));
        };
        self.send(form, Some(control)).await
    }

    /// Follows the link with this id, or presses the button that looks like one.
    pub async fn click(&self, id: &str) -> Result<Landed, Error> {
        let link = self.document.links.iter().find(|link| link.id.as_deref() == Some(id));
        let Some(link) = link else { return self.submit(id).await };
        self.go(Navigation::get(self.url.join(&link.href)?)).await
    }

    /// Loads the same address again.
    pub async fn reload(&self) -> Result<Landed, Error> {
        self.browser.get(self.url.as_str()).await
    }

    /// The form that a `form_post` response would send by itself: to another origin, by POST.
    pub fn posts_away(&self) -> Option<(Url, Vec<(String, String)>)> {
        self.document.forms.iter().filter(|form| form.method == "post").find_map(|form| {
            let target = self.url.join(&form.action).ok().filter(|url| url.origin() != self.url.origin())?;
            Some((target, form.fields(None)))
        })
    }

    /// An error that says what was expected and what this page is instead.
    pub(crate) fn unexpected(&self, expected: &str) -> Error {
        let error = self.error().map(|code| format!(" (error {code})")).unwrap_or_default();
        let words: String = if self.document.alert.is_empty() { self.text() } else { &self.document.alert }
            .chars()
            .take(200)
            .collect();
        let (status, url) = (self.status, &self.url);
        let message = format!("expected {expected}, but the page is {status} at {url}{error}: {words}");
        Error::new(message).after(|| self.browser.wire.tail())
    }

    fn change(mut self, name: &str, change: impl Fn(&mut Control)) -> Self {
        match self.document.control_mut(name) {
            None => {
                self.problem.get_or_insert(format!("a field {name:?}"));
            }
            Some(control) => {
                change(control);
                if control.kind == "password" {
                    self.browser.remember_password(&control.value);
                }
            }
        }
        self
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    async fn send(&self, form: &Form, button: Option<&Control>) -> Result<Landed, Error> {
        let action = button.and_then(|button| button.action.as_ref()).unwrap_or(&form.action);
        let method = button.and_then(|button| button.method.as_ref()).unwrap_or(&form.method);
        let mut target = if action.is_empty() { self.url.clone() } else { self.url.join(action)? };
        target.set_fragment(None);
        let fields = form.fields(button);
        if method == "post" {
            return self
                .go(Navigation::post(target, fields).within(FormAction::of(&self.url, &self.headers)))
                .await;
        }
        target.set_query(Some(&encode(&fields)));
        self.go(Navigation::get(target).within(FormAction::of(&self.url, &self.headers))).await
    }

    async fn go(&self, going: Navigation) -> Result<Landed, Error> {
        let going = going.from(self.url.clone()).under(self.header(header::REFERRER_POLICY));
        if self.browser.is_home(&going.url) { self.browser.navigate(going).await } else { Ok(going.left()) }
    }
}
