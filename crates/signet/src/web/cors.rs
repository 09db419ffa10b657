//! WHATWG Fetch, "HTTP-CORS protocol": browser applications of other origins call discovery, JWKS, token,
//! userinfo, revocation and registration.
//!
//! These never read a cookie: it is taken off before anything sees the request. So an answer gives away
//! nothing that the caller did not bring along, also to libraries that send `credentials: "include"`.
//! Pages (authorization, interaction, sign-out) are never opened to other origins.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, COOKIE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::provider::Provider;
use crate::routes::{self, Opening};

impl Opening {
    fn methods(self) -> &'static str {
        match self {
            Self::Document => "GET",
            Self::Call => "GET, POST",
            Self::Registration => "GET, POST, PUT, DELETE",
        }
    }

    fn headers(self) -> &'static str {
        match self {
            Self::Document => "Content-Type",
            Self::Call => "Authorization, Content-Type, DPoP",
            Self::Registration => "Authorization, Content-Type",
        }
    }
}

/// A route that is opened, and whose configuration says to whom.
#[derive(Clone)]
pub(super) struct Opened {
    provider: Provider,
    opening: Opening,
}

impl Opened {
    pub(super) fn new(provider: &Provider, opening: Opening) -> Self {
        Self { provider: provider.clone(), opening }
    }
}

/// Answers preflights, and tells browsers who may read the answers of the route.
pub(super) async fn open(State(opened): State<Opened>, mut request: Request, next: Next) -> Response {
    let Opened { provider, opening } = opened;
    let allowed = Allowed::of(&provider, opening, request.headers().get(ORIGIN));
    let wanted = wanted(request.headers(), opening.headers());
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    request.headers_mut().remove(COOKIE);
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let to = response.headers_mut();
    let opened = allowed.origin.is_some();
    allowed.tell(to);
    if is_preflight && opened {
        to.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(opening.methods()));
        to.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        to.append(VARY, HeaderValue::from(ACCESS_CONTROL_REQUEST_HEADERS));
        to.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
    response
}

/// Who may read what is answered at a route before anything there sees the request: its refusal because it
/// is too long, or late.
#[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "the server loop refuses requests"))]
pub(crate) fn before(provider: &Provider, route: &str, origin: Option<&HeaderValue>) -> Option<Allowed> {
    let opening = {
        let settings = &provider.state().config.settings;
        routes::opening(&settings.issuer, &settings.paths, route)?
    };
    Some(Allowed::of(provider, opening, origin))
}

/// Names that a preflight may ask for at one time, and their length together.
const MOST_NAMES: usize = 64;
const LONGEST_NAMES: usize = 4096;

/// The headers that a request may have: ours, and those that it asks for. Tracing and error reporting add
/// headers of their own to every request of an application; these endpoints read none of them, so that
/// allowing them gives nothing away.
fn wanted(headers: &HeaderMap, ours: &'static str) -> HeaderValue {
    let asked = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().map(|value| value.to_str().ok());
    let asked: Vec<&str> = asked.flatten().flat_map(|value| value.split(',')).map(str::trim).collect();
    let bounded =
        asked.len() <= MOST_NAMES && asked.iter().map(|name| name.len()).sum::<usize>() <= LONGEST_NAMES;
    let mut all = ours.to_owned();
    for name in asked.into_iter().filter(|_| bounded).filter_map(|name| HeaderName::try_from(name).ok()) {
        if !all.split(", ").any(|known| known.eq_ignore_ascii_case(name.as_str())) {
            all.push_str(", ");
            all.push_str(name.as_str());
        }
    }
    HeaderValue::try_from(all).unwrap_or_else(|_| HeaderValue::from_static(ours))
}

/// Who may read the answer.
pub(crate) struct Allowed {
    origin: Option<HeaderValue>,
    /// Requests may be made with `credentials: "include"`.
    credentials: bool,
    /// The answer differs between origins.
    varies: bool,
}

impl Allowed {
    fn of(provider: &Provider, opening: Opening, asked: Option<&HeaderValue>) -> Self {
        Self::among(&provider.state().config.settings.allowed_origins, opening, asked)
    }

    /// `*` is not for requests with credentials, so that an origin is repeated where a document is not all
    /// that there is. `null` is the name of every sandbox, and of no one.
    fn among(origins: &[String], opening: Opening, asked: Option<&HeaderValue>) -> Self {
        let calls = opening != Opening::Document;
        let named = asked.filter(|asked| *asked != "null");
        if origins.iter().any(|origin| origin == "*") {
            let repeated = named.filter(|_| calls).cloned();
            let credentials = repeated.is_some();
            let origin = repeated.unwrap_or(HeaderValue::from_static("*"));
            return Self { origin: Some(origin), credentials, varies: calls };
        }
        let is_known =
            |asked: &&HeaderValue| origins.iter().any(|origin| origin.as_bytes() == asked.as_bytes());
        let origin = named.filter(is_known).cloned();
        Self { credentials: calls && origin.is_some(), origin, varies: true }
    }

    /// Writes it into an answer.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            // What applications cannot read otherwise: why a token was refused, the nonce to try again with
            // (RFC 9449 §8), and when to come again.
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, X-Request-Id, Retry-After"),
            );
        }
    }
}

#[cfg(test)]
mod tests;
