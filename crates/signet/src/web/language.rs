//! OpenID Connect Core §3.1.2.1 `ui_locales`: the language that a person chooses on a page is kept for the
//! next ones, whichever application asks.

use axum::body::Body;
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{Method, Request};
use signet_core::params::Params;

use super::cookies::Name;
use super::{Web, reply, request};

/// Seconds for which a choice is kept.
const LIFETIME: u64 = 365 * 86_400;

/// Sets the cookie with the page that a language link or button of ours leads to. An application asks by the
/// same parameter: that is its wish for one request, and its link is on no page of ours.
pub(super) async fn keep(web: Web, request: Request<Body>, next: Next) -> Response {
    let chosen = chosen(&web, &request);
    let mut response = next.run(request).await;
    let is_page =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(tag) = chosen.filter(|_| is_page) {
        reply::set_cookie(&mut response, &web.cookies.write(Name::Language, &tag, LIFETIME));
    }
    response
}

/// The language that somebody has just chosen, and had not before.
fn chosen(web: &Web, asked: &Request<Body>) -> Option<String> {
    let query = asked.uri().query().filter(|query| query.contains("ui_locales="))?;
    if asked.method() != Method::GET || !request::is_led_by_us(asked.headers()) {
        return None;
    }
    let params = Params::parse(query).ok()?;
    let wish = params.get("ui_locales").filter(|tag| web.pages().speaks(tag))?;
    let tag = web.pages().negotiate(Some(wish), None).tag().to_owned();
    let kept = web.cookies.read(asked.headers(), Name::Language);
    (kept != Some(&*tag)).then_some(tag)
}
