//! RFC 6749 §3.1, §3.2: requests, read within limits.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, ORIGIN, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Limited};
use signet_core::error::Error;
use signet_core::incoming::{AUTHORIZATION, Headers, Incoming, Method};
use signet_core::params::{MAX_TOTAL, Params};
use signet_core::rule;
use signet_core::uri;

use super::Web;
use super::cookies::Name;
use super::forwarded::ClientAddress;
use super::request_id::RequestId;
use crate::engine::Visitor;

/// Headers and extensions of a request, and its parameters.
pub(super) struct Received {
    pub(super) method: http::Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) query: Option<String>,
    pub(super) address: Option<String>,
    pub(super) id: Option<RequestId>,
}

/// Splits a request into what handlers need and its body.
pub(super) fn split(request: Request<Body>) -> (Received, Body) {
    let (mut parts, body) = request.into_parts();
    let address = parts.extensions.get::<ClientAddress>().map(|ClientAddress(address)| address.to_string());
    let id = parts.extensions.remove::<RequestId>();
    let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().map(str::to_owned));
    let received = Received { method: parts.method, path, headers: parts.headers, query, address, id };
    (received, body)
}

/// What is in a path where a route has a name. What is no text is the empty name, which nothing has.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(name)| name).unwrap_or_default()))
    }
}

/// RFC 9110 §12.5.1: whether a request asks for a page, as browsers do and programs do not. Every refusal
/// that a browser could meet goes by it.
pub(crate) fn takes_pages(headers: &HeaderMap) -> bool {
    accepts(headers, |kind| kind.eq_ignore_ascii_case("text/html"))
}

fn accepts(headers: &HeaderMap, wanted: impl Fn(&str) -> bool) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_wanted = parts.next().is_some_and(&wanted);
        is_wanted && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// W3C Fetch Metadata, `Sec-Fetch-Site`: whether the browser says that a link or form on a page of this
/// origin led here.
pub(super) fn is_led_by_us(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"same-origin")
}

impl Received {
    /// What error pages and the log call this request.
    pub(super) fn reference(&self) -> &str {
        self.id.as_ref().map_or("", |id| &id.0)
    }

    pub(super) fn takes_pages(&self) -> bool {
        takes_pages(&self.headers)
    }

    /// Whether it asks for JSON, and for no page.
    pub(super) fn wants_json(&self) -> bool {
        let is_json = |kind: &str| kind.to_ascii_lowercase().ends_with("json");
        !self.takes_pages() && accepts(&self.headers, is_json)
    }

    /// Fetch Standard, "append a request Origin header": whether the browser says that a page of this origin
    /// sent the form.
    pub(super) fn is_from(&self, issuer: &str) -> bool {
        let origin = self.headers.get(ORIGIN).and_then(|value| value.to_str().ok());
        origin.is_some() && origin == uri::origin_of(issuer).as_deref()
    }

    /// W3C Fetch Metadata, `Sec-Fetch-Site`: whether the request may follow from a page of this origin; older
    /// browsers do not say.
    pub(super) fn follows_us(&self) -> bool {
        self.headers.get("sec-fetch-site").is_none_or(|site| site.as_bytes() == b"same-origin")
    }

    /// W3C User-Agent Client Hints, `Sec-CH-UA-Mobile`; of browsers that do not send it, what they call
    /// themselves.
    pub(super) fn is_from_phone(&self) -> bool {
        let says = |name: HeaderName, word: &str| {
            let value = self.headers.get(name).and_then(|value| value.to_str().ok());
            value.is_some_and(|value| value.contains(word))
        };
        let hint = HeaderName::from_static("sec-ch-ua-mobile");
        says(hint, "?1") || ["Mobile", "Android"].iter().any(|word| says(USER_AGENT, word))
    }

    /// The parameters of the query.
    pub(super) fn query_params(&self) -> Result<Params, Error> {
        Params::parse(self.query.as_deref().unwrap_or_default())
    }

    /// The same, of which only these names are read: the others may hold anything.
    pub(super) fn query_of(&self, is_read: fn(&str) -> bool) -> Result<Params, Error> {
        Params::parse_known(self.query.as_deref().unwrap_or_default(), is_read)
    }

    /// Who is at the browser.
    pub(super) fn visitor(&self, web: &Web) -> Visitor {
        let names = [Name::Session, Name::Browser, Name::Known];
        let [session, browser, known] = web.cookies.read_each(&self.headers, names);
        Visitor {
            session: session.map(str::to_owned),
            browser: browser.map(str::to_owned),
            known: known.map(str::to_owned),
            agent: self
                .headers
                .get(USER_AGENT)
                .and_then(|v| v.to_str().ok())
                .map(|v| v.chars().take(200).collect()),
            address: self.address.clone(),
            request: self.id.as_ref().map(|id| id.0.clone()),
        }
    }

    /// A direct request, still without its form. What of it cannot be read refuses it.
    pub(super) fn incoming(&self, web: &Web) -> (Incoming, Result<(), Error>) {
        let mut read = Ok(());
        let mut headers = Headers::default();
        for name in Headers::NAMES {
            for value in self.headers.get_all(name) {
                match value.to_str() {
                    Ok(value) => headers.add(name, value.to_owned()),
                    // An `Accept` that cannot be read names nothing that there is.
                    Err(_) if name == AUTHORIZATION => {
                        read = Err(Error::invalid_request(
                            "the Authorization header holds a character that is not visible ASCII",
                        )
                        .at(&rule::PARAMETERS));
                    }
                    Err(_) => {}
                }
            }
        }
        let method = match self.method {
            http::Method::POST => Method::Post,
            http::Method::PUT => Method::Put,
            http::Method::DELETE => Method::Delete,
            _ => Method::Get,
        };
        let url = [&*web.origin, &self.path].concat();
        let (address, request) = (self.address.clone(), self.id.as_ref().map(|id| id.0.clone()));
        (Incoming { method, url, params: Params::default(), headers, address, request }, read)
    }
}

/// `?` and the pairs, or nothing where there are none.
pub(super) fn query(pairs: Vec<(String, String)>) -> String {
    if pairs.is_empty() { String::new() } else { format!("?{}", Params::from_pairs(pairs).encode()) }
}

/// Reads a form body; anything that is not one is refused with a word on what it should be.
pub(super) async fn form(received: &Received, body: Body) -> Result<Params, Error> {
    form_of(received, body, |_| true).await
}

/// The same, of which only these names are read: the others may hold anything.
pub(super) async fn form_of(
    received: &Received,
    body: Body,
    is_read: fn(&str) -> bool,
) -> Result<Params, Error> {
    let content_type =
        received.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let bytes = Limited::new(body, MAX_TOTAL)
        .collect()
        .await
        .map_err(|error| {
            Error::invalid_request("the body is longer than 64 KiB or broke off")
                .because(error.to_string())
                .at(&rule::PARAMETERS)
        })?
        .to_bytes();
    if bytes.is_empty() {
        return Ok(Params::default());
    }
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Error::invalid_request(
            "send the parameters as Content-Type: application/x-www-form-urlencoded",
        )
        .at(&rule::PARAMETERS));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Error::invalid_request("the body is not valid UTF-8 text").at(&rule::PARAMETERS))?;
    Params::parse_known(text, is_read)
}
