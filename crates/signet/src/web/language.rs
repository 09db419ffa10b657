//! OpenID Connect Core §3.1.2.1 `ui_locales`: the language that a person chooses on a page is kept for the
//! next ones, whichever application asks.

use axum::body::Body;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, Request};
use signet_core::params::Params;

use super::cookies::Name;
use super::{Web, reply, request};

/// Seconds for which a choice is kept.
const LIFETIME: u64 = 365 * 86_400;

/// By which the address of a language link says that somebody followed it.
pub(super) const CHOSEN: &str = "chosen";

/// Sets the cookie where a language link of ours is followed, and goes on to the page, whose address only has
/// the language: to open that again, such as by the back button, chooses nothing. An application asks by the
/// same parameter: that is its wish for one request, and its link is on no page of ours.
pub(super) async fn keep(web: Web, request: Request<Body>, next: Next) -> Response {
    let Some(query) = followed(&request) else { return next.run(request).await };
    let pairs = query.pairs().iter().filter(|(name, _)| name != CHOSEN).cloned().collect();
    let location = format!("?{}", Params::from_pairs(pairs).encode());
    let tag = query.get("ui_locales").filter(|_| request::is_led_by_us(request.headers()));
    chosen(&web, request.headers(), tag.unwrap_or_default(), &location)
}

/// Goes on to the page in the language that somebody has just chosen, and keeps that.
pub(super) fn chosen(web: &Web, headers: &HeaderMap, tag: &str, location: &str) -> Response {
    let mut response = reply::redirect(location);
    if web.pages().speaks(tag) {
        let locale = web.pages().negotiate(Some(tag), None);
        if web.cookies.read(headers, Name::Language) != Some(locale.tag()) {
            reply::set_cookie(&mut response, &web.cookies.write(Name::Language, locale.tag(), LIFETIME));
        }
    }
    response
}

/// The query of a language link.
fn followed(asked: &Request<Body>) -> Option<Params> {
    let query = asked.uri().query().filter(|query| query.contains(CHOSEN))?;
    let params = Params::parse(query).ok().filter(|_| asked.method() == Method::GET)?;
    params.get(CHOSEN)?;
    Some(params)
}
