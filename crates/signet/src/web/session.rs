//! OpenID Connect RP-Initiated Logout §2: signing out, over HTTP.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{Request, StatusCode};
use signet_core::error::Error;
use signet_core::params::Params;
use signet_core::record::{Client, User};

use super::cookies::Name;
use super::frame::{self, frame, locale};
use super::request::{self, Received};
use super::{Reach, Web, csrf, reply};
use crate::engine::SignedOut;
use crate::pages::{Href, Person, SignOutConfirmPage, SignedOutPage};

/// By GET: asks first, unless the hint proves that it is about this very session.
pub(super) async fn end_session_get(State(web): State<Web>, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    match received.query_params() {
        Ok(params) => sign_out(&web, &received, &params, Answer::None).await,
        Err(error) => reply::error_page(&web, &received, &error),
    }
}

/// What the person has said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// They were not asked yet.
    None,
    /// To sign out the account that the page showed.
    Yes,
    /// The same, of a page for another account than is signed in now, or of no page of ours.
    OfAnother,
}

/// By POST: a client's request, or the person's "yes" on our page, which keeps the request in its address.
pub(super) async fn end_session_post(State(web): State<Web>, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let form = match request::form(&received, body).await {
        Ok(form) => form,
        Err(error) => return reply::error_page(&web, &received, &error),
    };
    if form.get("decision") != Some("sign-out") {
        // A client's form: go round by GET, so that the page's address holds the request and Lax cookies come along.
        let state = web.provider.state();
        let address = state.config.settings.url(&state.config.settings.paths.end_session);
        return reply::redirect(&format!("{address}?{}", form.encode()));
    }
    let marker = web.cookies.read(&received.headers, Name::Browser).unwrap_or_default();
    let shown = csrf::of_sign_in(marker, web.cookies.read(&received.headers, Name::Session));
    let confirmed = !marker.is_empty() && csrf::matches(Some(&shown), form.get("csrf"));
    let answer = if confirmed { Answer::Yes } else { Answer::OfAnother };
    match received.query_params() {
        Ok(params) => sign_out(&web, &received, &params, answer).await,
        Err(error) => reply::error_page(&web, &received, &error),
    }
}

async fn sign_out(web: &Web, received: &Received, params: &Params, answer: Answer) -> Response {
    let visitor = received.visitor(web);
    match web.provider.sign_out(params, &visitor, answer == Answer::Yes).await {
        Ok(SignedOut::Confirm { client, user }) => {
            confirm(web, received, params, client.as_deref(), user.as_deref(), answer)
        }
        Ok(SignedOut::Done { redirect, back, client }) => {
            let mut response = match redirect {
                Some(address) if answer == Answer::Yes => reply::leave(web, received, &address),
                Some(address) => reply::redirect(&address),
                None => signed_out(web, received, params, client.as_deref(), back.as_deref()),
            };
            reply::set_cookie(&mut response, &web.cookies.write(Name::Session, "", 0));
            response
        }
        // A browser shows the person that they are signed out. A server that calls has to learn that nothing was ended.
        Ok(SignedOut::Nobody { client }) if received.takes_pages() => {
            let mut response = signed_out(web, received, params, client.as_deref(), None);
            reply::set_cookie(&mut response, &web.cookies.write(Name::Session, "", 0));
            response
        }
        Ok(SignedOut::Nobody { client }) => {
            let error = Error::invalid_request(
                "nobody was signed out: the request has neither the cookie of a session nor an id_token_hint that can be read",
            );
            let error = client.iter().fold(error, |error, client| error.about(client));
            reply::error_page(web, received, &error)
        }
        Err(error) => reply::error_page(web, received, &error),
    }
}

fn confirm(
    web: &Web,
    received: &Received,
    params: &Params,
    client: Option<&Client>,
    user: Option<&User>,
    answer: Answer,
) -> Response {
    let state = web.provider.state();
    let pages = web.provider.inner.pages.load();
    let locale = locale(&pages, params.get("ui_locales"), &received.headers);
    let known = web.cookies.read(&received.headers, Name::Browser);
    let marker = known.map_or_else(|| csrf::marker(&*web.provider.inner.rng), str::to_owned);
    let shown = csrf::of_sign_in(&marker, web.cookies.read(&received.headers, Name::Session));
    let mut frame = frame(web, &state.config.settings, client, &locale, csrf::token(&shown));
    frame.changed = answer == Answer::OfAnother && user.is_some();
    frame::keep_query(&mut frame, params);
    let person = user.map(|user| Person { name: user.display_name().to_owned(), username: None });
    let reach = params.get("post_logout_redirect_uri").map(Reach::answering).unwrap_or_default();
    let back = client.and_then(|client| client.client_uri.as_deref()).and_then(Href::registered);
    let rendered = pages.render(&locale, &SignOutConfirmPage { frame, person, back });
    let mut response = reply::page(StatusCode::OK, rendered, &reach);
    if known.is_none() {
        reply::set_cookie(&mut response, &web.cookies.write(Name::Browser, &marker, csrf::MARKER_LIFETIME));
    }
    response
}

fn signed_out(
    web: &Web,
    received: &Received,
    params: &Params,
    client: Option<&Client>,
    back: Option<&str>,
) -> Response {
    let state = web.provider.state();
    let pages = web.provider.inner.pages.load();
    let locale = locale(&pages, params.get("ui_locales"), &received.headers);
    let frame = frame(web, &state.config.settings, client, &locale, String::new());
    let home = || client.and_then(|client| client.client_uri.as_deref()).and_then(Href::registered);
    let back = back.and_then(Href::registered).or_else(home);
    let rendered = pages.render(&locale, &SignedOutPage { frame, back });
    reply::page(StatusCode::OK, rendered, &Reach::default())
}
