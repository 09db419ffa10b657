//! Answers as HTTP: redirects, pages, JSON, errors.

use std::time::Instant;

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use serde_json::json;
use signet_core::client_auth::ClientAuth;
use signet_core::endpoint::{self, Scheme};
use signet_core::error::{Error, ErrorCode, wire_text};
use signet_core::incoming::Incoming;
use signet_core::initiate_login;
use signet_core::record::Client;
use signet_core::reply::{Contents, Reply};
use signet_core::rule;
use signet_core::uri;

use super::cookies::Name;
use super::frame::{self, frame, locale};
use super::leaving::{Leaving, Page};
use super::request::{self, Received};
use super::{Reach, Web, csrf, headers};
use crate::pages::{ErrorKind, ErrorPage, Href, Rendered};

/// 303, so that a form's fields are never sent on (RFC 9700 §4.12).
pub(super) fn redirect(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    headers::put(&mut response, LOCATION, location);
    headers::no_store(&mut response);
    response
}

/// Adds a cookie.
pub(super) fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// A rendered page; a broken override was replaced by the built-in page and is logged.
pub(super) fn page(status: StatusCode, rendered: Rendered, reach: &Reach) -> Response {
    if let Some(problem) = &rendered.problem {
        tracing::error!(%problem, "page template failed; the built-in page was shown");
    }
    let mut response = (status, rendered.html).into_response();
    headers::page(&mut response, reach);
    response
}

/// What the browser has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Followed a link or redirect of the application.
    Link,
    /// Sent a form of ours, or followed a redirect that answered one.
    Form,
}

/// How an answer leaves.
pub(super) struct Way {
    /// What the browser has just done.
    pub(super) after: After,
    /// The languages that were chosen or asked for, should the answer need a page.
    pub(super) spoken: Option<String>,
}

/// An answer that goes through the browser.
pub(super) fn to_browser(web: &Web, received: &Received, reply: Reply, way: &Way) -> Response {
    let (client, spoken) = (reply.client.as_deref(), way.spoken.as_deref());
    let leaving = Leaving { web, received, client, spoken };
    match reply.body {
        Contents::Redirect(location) if way.after == After::Form => leaving.after_form(&location),
        Contents::Redirect(location) => redirect(&location),
        Contents::Form { action, fields, framed_by } => {
            leaving.by(Page::Posts { action, fields, framed_by }, way.after == After::Form)
        }
        Contents::Refuse(error) => error_page(web, received, &error),
        Contents::Json(_) | Contents::Jwt(..) | Contents::Empty | Contents::Interact(_) => {
            error_page(web, received, &Error::server("a direct answer was about to go to a browser"))
        }
    }
}

/// Which client a direct request says it is from, for the log: by its path, else by what it presents. Anybody
/// may say anything, at any length.
fn claimed(incoming: &Incoming, named: Option<&str>) -> Option<String> {
    let claimed = || ClientAuth::claimed(incoming).map(|client| client.0);
    named.map(str::to_owned).or_else(claimed).map(clipped)
}

fn clipped(name: String) -> String {
    const LONGEST: usize = 200;
    if name.len() > LONGEST { name.chars().take(LONGEST).chain("…".chars()).collect() } else { name }
}

/// An answer to a client's own request. `named`: the client that the path names.
pub(super) fn direct(
    web: &Web,
    scheme: Scheme,
    incoming: &Incoming,
    named: Option<&str>,
    answer: Result<Reply, Error>,
) -> Response {
    let error = match answer {
        Ok(Reply { body: Contents::Refuse(error), .. }) | Err(error) => error,
        Ok(reply) => match written(reply) {
            Some(response) => return response,
            None => Error::server("a browser's answer was about to go to a client"),
        },
    };
    let proven = error.client.as_ref().filter(|client| !client.is_public());
    let who = Who {
        client: claimed(incoming, named),
        proven: Some(proven.is_some()),
        address: incoming.address.as_deref(),
        reference: None,
    };
    log(web, &error, &who);
    let refusal = endpoint::refusal(scheme, web.asking().settings(), &error);
    written(refusal).unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// An answer that does not go through a browser.
fn written(reply: Reply) -> Option<Response> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply.body {
        Contents::Json(value) => as_json(status, &value),
        Contents::Jwt(token, media_type) => {
            let mut response = (status, token).into_response();
            headers::fixed(&mut response, CONTENT_TYPE, media_type);
            response
        }
        Contents::Empty => status.into_response(),
        Contents::Redirect(_) | Contents::Form { .. } | Contents::Interact(_) | Contents::Refuse(_) => {
            return None;
        }
    };
    for (name, value) in reply.headers {
        headers::put(&mut response, HeaderName::from_static(name), &value);
    }
    headers::no_store(&mut response);
    Some(response)
}

/// An answer to a program.
pub(crate) fn plain(status: StatusCode, value: &serde_json::Value) -> Response {
    let mut response = as_json(status, value);
    headers::no_store(&mut response);
    response
}

fn as_json(status: StatusCode, value: &serde_json::Value) -> Response {
    // Its keys are strings, so that writing it cannot fail.
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = (status, body).into_response();
    headers::fixed(&mut response, CONTENT_TYPE, "application/json");
    response
}

/// A refusal: to a browser as a page, which explains it to the person and tells the application's makers what
/// to change; to anything else as JSON.
pub(super) fn error_page(web: &Web, received: &Received, error: &Error) -> Response {
    refused(web, received, error, None)
}

/// The same of a sign-out request: the person can sign out all the same, by this address.
pub(super) fn sign_out_refused(web: &Web, received: &Received, error: &Error, sign_out: &str) -> Response {
    refused(web, received, error, Some(sign_out))
}

fn refused(web: &Web, received: &Received, error: &Error, sign_out: Option<&str>) -> Response {
    let (status, kind) = kind(error);
    let query = received.query_params().unwrap_or_default();
    let named =
        error.client.as_ref().map(|client| client.client_id.0.as_str()).or_else(|| query.get("client_id"));
    log(
        web,
        error,
        &Who {
            client: named.map(str::to_owned).map(clipped),
            proven: None,
            address: received.address.as_deref(),
            reference: Some(received.reference()),
        },
    );
    let told = Told {
        rule: error.rule.map(|rule| rule.id),
        detail: Some(&error.description),
        client: error.client.as_deref(),
        sign_out,
        ..Told::new(kind, error.code.as_str())
    };
    let mut response = explain(web, received, status, &told);
    if let Some(seconds) = error.retry_after {
        headers::put(&mut response, RETRY_AFTER, &seconds.to_string());
    }
    response
}

/// As what it is shown to people.
fn kind(error: &Error) -> (StatusCode, ErrorKind) {
    match error.code {
        ErrorCode::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Server),
        ErrorCode::TemporarilyUnavailable if error.retry_after.is_some() => {
            (StatusCode::TOO_MANY_REQUESTS, ErrorKind::Busy)
        }
        ErrorCode::TemporarilyUnavailable if error.crowded => {
            (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Busy)
        }
        // What is stored, or a directory of people, cannot be reached: nobody else is the cause.
        ErrorCode::TemporarilyUnavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Server),
        ErrorCode::InvalidClient => (StatusCode::BAD_REQUEST, ErrorKind::UnknownApplication),
        _ => (StatusCode::BAD_REQUEST, ErrorKind::Link),
    }
}

/// There is no such sign-in page for this browser; where it is known who asked, the way leads back there.
pub(super) fn gone(web: &Web, received: &Received, client: Option<&Client>) -> Response {
    let address = received.address.as_deref();
    tracing::info!(
        address,
        reference = received.reference(),
        "sign-in page unknown, or opened in another browser"
    );
    let told = Told { client, ..Told::new(ErrorKind::Expired, "expired") };
    explain(web, received, StatusCode::GONE, &told)
}

/// The page took the person to the application, and does so no more.
pub(super) fn answered(web: &Web, received: &Received, client: Option<&Client>) -> Response {
    let (address, reference) = (received.address.as_deref(), received.reference());
    tracing::info!(address, reference, "page of an answer opened again");
    let told = Told { client, ..Told::new(ErrorKind::Answered, "answered") };
    explain(web, received, StatusCode::GONE, &told)
}

/// The browser keeps no cookies, which a sign-in needs: said once, where redirects would have no end. Its
/// link starts again, with a cookie that comes with this page.
pub(super) fn without_cookies(web: &Web, received: &Received, again: &str) -> Response {
    tracing::info!(
        address = received.address.as_deref(),
        reference = received.reference(),
        "sign-in page opened without cookies"
    );
    let again = uri::origin_of(&web.asking().settings().issuer).map(|origin| format!("{origin}{again}"));
    let told = Told { again: again.as_deref(), ..Told::new(ErrorKind::Cookies, "cookies") };
    let mut response = explain(web, received, StatusCode::BAD_REQUEST, &told);
    let marker = csrf::marker(&*web.provider.inner.rng);
    set_cookie(&mut response, &web.cookies.write(Name::Browser, &marker, csrf::MARKER_LIFETIME));
    response
}

/// The page is for somebody who is signed in, and nobody is.
pub(super) fn sign_in_needed(web: &Web, received: &Received) -> Response {
    let (address, reference) = (received.address.as_deref(), received.reference());
    tracing::info!(
        address,
        path = clipped(received.path.clone()),
        reference,
        "nobody is signed in for this page"
    );
    let told = Told::new(ErrorKind::SignInNeeded, "login_required");
    explain(web, received, StatusCode::FORBIDDEN, &told)
}

/// Anything that is not a route.
pub(super) async fn not_found(web: Web, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let told = Told::new(ErrorKind::NotFound, "not_found");
    explain(&web, &received, StatusCode::NOT_FOUND, &told)
}

/// A route, but not this method. An address may hold what no log may: the route stands for it there.
pub(super) async fn method_not_allowed(web: Web, request: Request<Body>) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = route.as_ref().map_or("", MatchedPath::as_str);
    let (received, _) = request::split(request);
    let words = format!("{method} is not accepted at this address; the Allow header lists what is");
    let (error, incoming) = (Error::invalid_request(words).at(&rule::METHOD), received.incoming(&web).0);
    let error = web.asking().not_allowed(&received.path, &incoming, error).await;
    let (rule, code) = (rule::METHOD.id, error.code.as_str());
    let (address, reference) = (received.address.as_deref(), received.reference());
    web.provider.inner.metrics.refused(code);
    tracing::info!(code, rule, address, method = method.as_str(), path, reference, "method not allowed");
    let told =
        Told { rule: Some(rule), detail: Some(&error.description), ..Told::new(ErrorKind::NotAPage, code) };
    explain(&web, &received, StatusCode::METHOD_NOT_ALLOWED, &told)
}

/// For static files.
pub(super) fn plain_not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// What an error page says.
struct Told<'a> {
    kind: ErrorKind,
    code: &'a str,
    rule: Option<&'static str>,
    detail: Option<&'a str>,
    client: Option<&'a Client>,
    /// Where the person can start again.
    again: Option<&'a str>,
    /// Where they can sign out.
    sign_out: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn new(kind: ErrorKind, code: &'a str) -> Self {
        Self { kind, code, rule: None, detail: None, client: None, again: None, sign_out: None }
    }
}

/// Characters of what a page says to the application's makers, who may have sent much of it themselves.
const LONGEST_DETAIL: usize = 1000;

/// The application can start the sign-in anew; where it said nowhere how, its home page has to do.
pub(super) fn way_back(web: &Web, client: &Client) -> Option<Href> {
    let start = initiate_login::address(client, &web.asking().settings().issuer);
    start.as_deref().and_then(|uri| own(client, uri)).or_else(|| home(client))
}

/// Its home page.
pub(super) fn home(client: &Client) -> Option<Href> {
    own(client, client.client_uri.as_deref()?)
}

fn own(client: &Client, uri: &str) -> Option<Href> {
    Href::web(uri).filter(|_| frame::is_own(client, uri))
}

/// The one place that decides who gets a page.
fn explain(web: &Web, received: &Received, status: StatusCode, told: &Told<'_>) -> Response {
    if !received.takes_pages() {
        let mut body = json!({"error": told.code});
        if let (Some(detail), Some(body)) = (told.detail, body.as_object_mut()) {
            body.insert("error_description".to_owned(), wire_text(detail).into());
        }
        return plain(status, &body);
    }
    let pages = web.pages();
    let query = received.query_params().unwrap_or_default();
    let locale = locale(web, query.get("ui_locales"), &received.headers);
    let mut frame = frame(web, web.asking().settings(), told.client, &locale, String::new());
    frame::keep_query(&mut frame, &query);
    let back = told.client.and_then(|client| way_back(web, client));
    frame::leads_to(&mut frame, told.client, back.as_ref().map(Href::as_str));
    let content = ErrorPage {
        back,
        frame,
        kind: told.kind,
        code: told.code.to_owned(),
        rule: told.rule,
        detail: told.detail.map(|detail| detail.chars().take(LONGEST_DETAIL).collect()),
        reference: received.reference().to_owned(),
        again: told.again.and_then(Href::web),
        sign_out: told.sign_out.and_then(Href::web),
    };
    page(status, pages.render(&locale, &content), &Reach::default())
}

/// Of whom the log speaks.
struct Who<'a> {
    /// As it says, or as is known.
    client: Option<String>,
    /// Whether it has shown that it is this client, where clients do.
    proven: Option<bool>,
    address: Option<&'a str>,
    /// What the page calls the request.
    reference: Option<&'a str>,
}

/// Every refusal that is answered here comes by: it is counted, and said in the log.
fn log(web: &Web, error: &Error, who: &Who<'_>) {
    let (code, detail, seconds) = (error.code.as_str(), error.detail.as_deref(), error.retry_after);
    web.provider.inner.metrics.refused(code);
    let rule = error.rule.map(|rule| rule.id);
    let Who { client, proven, address, reference } = who;
    let client = client.as_deref();
    // A description may repeat a parameter's name: as it goes on the wire, it cannot break into a line of its
    // own.
    let description = error.wire_description();
    if error.code.status() >= 500 && error.retry_after.is_none() {
        // A full disk fails every request: one line says so, and then one a minute.
        let outage = error.code == ErrorCode::TemporarilyUnavailable;
        let more = if outage { web.outage.note(Instant::now()) } else { Some(0) };
        match more {
            Some(0) => tracing::error!(code, client, proven, address, detail, reference, "{description}"),
            Some(more) => {
                tracing::error!(code, client, proven, address, detail, reference, more, "{description}");
            }
            None => tracing::debug!(code, client, proven, address, detail, reference, "{description}"),
        }
    } else {
        tracing::info!(code, rule, client, proven, address, detail, seconds, reference, "{description}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lock or a full disk is nobody else's sign-in.
    #[test]
    fn only_a_crowd_is_called_one() {
        let failed = || Error::new(ErrorCode::TemporarilyUnavailable, "wait");
        assert_eq!(kind(&failed()), (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Server));
        assert_eq!(kind(&failed().in_a_crowd()), (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Busy));
        assert_eq!(kind(&failed().after(7)), (StatusCode::TOO_MANY_REQUESTS, ErrorKind::Busy));
    }
}
