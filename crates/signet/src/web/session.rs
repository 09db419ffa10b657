//! OpenID Connect RP-Initiated Logout §2: sign-out over HTTP.

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use serde_json::json;
use signet_core::endpoint::end_session::SEALED;
use signet_core::error::Error;
use signet_core::id::UserId;
use signet_core::params::Params;
use signet_core::record::{Client, User};
use signet_core::rule;

use super::cookies::Name;
use super::frame::{self, frame, locale};
use super::leaving::Leaving;
use super::request::{self, Received};
use super::{Reach, Web, csrf, reply};
use crate::engine::SignedOut;
use crate::pages::{Again, Href, Person, SignOutConfirmPage, SignedOutPage, StayedPage, Why};

/// By GET: asks first, unless the hint proves that it is about this very session.
pub(super) async fn end_session_get(web: Web, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let params = match received.query_params() {
        Ok(params) => params,
        Err(error) => return refused(&web, &received, &error),
    };
    if params.get("stay").is_some() && takes_pages(&web, &received) {
        match web.asking().signed_in(&received.visitor(&web)).await {
            Ok(Some(_)) => return stayed(&web, &received, &params).await,
            // They were signed out elsewhere meanwhile.
            Ok(None) => {}
            Err(error) => return refused(&web, &received, &error),
        }
    }
    sign_out(&web, &received, &params, Answer::None).await
}

/// The person was asked, and does not want to sign out.
async fn stayed(web: &Web, received: &Received, params: &Params) -> Response {
    let client = match web.asking().signs_out(params, received.address.as_deref()).await {
        Ok(client) => client,
        Err(error) => return refused(web, received, &error),
    };
    let pages = web.pages();
    let locale = locale(web, params.get("ui_locales"), &received.headers);
    let mut frame = frame(web, web.asking().settings(), client.as_deref(), &locale, String::new());
    frame::keep_query(&mut frame, params);
    let back = client.as_deref().and_then(|client| reply::way_back(web, client));
    frame::leads_to(&mut frame, client.as_deref(), back.as_ref().map(Href::as_str));
    reply::page(StatusCode::OK, pages.render(&locale, &StayedPage { frame, back }), &Reach::default())
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
pub(super) async fn end_session_post(web: Web, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let form = match request::form(&received, body).await {
        Ok(form) => form,
        Err(error) => return refused(&web, &received, &error),
    };
    if form.get("decision") != Some("sign-out") {
        if !takes_pages(&web, &received) {
            return sign_out(&web, &received, &form, Answer::None).await;
        }
        // A client's form: go round by GET, so that the page's address holds the request, sealed, and Lax
        // cookies come along.
        let settings = web.asking().settings();
        let address = settings.endpoint("end_session");
        let sealed = match web.asking().sealed_sign_out(&form, received.address.as_deref()).await {
            Ok(sealed) => (SEALED.to_owned(), sealed),
            Err(error) => return refused(&web, &received, &error),
        };
        let on = Params::from_pairs(std::iter::once(sealed).chain(frame::spoken(&form)).collect());
        return reply::redirect(&format!("{address}?{}", on.encode()));
    }
    let marker = web.cookies.read(&received.headers, Name::Browser).unwrap_or_default();
    let present = match web.asking().signed_in(&received.visitor(&web)).await {
        Ok(present) => present,
        Err(error) => return refused(&web, &received, &error),
    };
    let shown = csrf::of_account(marker, present.as_ref());
    let confirmed = !marker.is_empty() && csrf::matches(Some(&shown), form.get("csrf"));
    let answer = if confirmed { Answer::Yes } else { Answer::OfAnother };
    match received.query_params() {
        Ok(params) => sign_out(&web, &received, &params, answer).await,
        Err(error) => refused(&web, &received, &error),
    }
}

/// Whether there is a person to be shown a page: a request with the cookie of a session comes from their
/// browser, whatever it says of pages, unless it wants JSON.
fn takes_pages(web: &Web, received: &Received) -> bool {
    let signed_in = || web.cookies.read(&received.headers, Name::Session).is_some();
    received.takes_pages() || !received.wants_json() && signed_in()
}

async fn sign_out(web: &Web, received: &Received, params: &Params, answer: Answer) -> Response {
    let visitor = received.visitor(web);
    let pages = takes_pages(web, received) || answer != Answer::None && !received.wants_json();
    let forget = |mut response: Response| {
        reply::set_cookie(&mut response, &web.cookies.write(Name::Session, "", 0));
        response
    };
    let outcome = web.asking().sign_out(params, &visitor, pages, answer == Answer::Yes).await;
    let why = if matches!(outcome, Ok(SignedOut::Confirm { .. })) { CONFIRM } else { NOTHING_ENDED };
    match outcome {
        Ok(SignedOut::Confirm { client, account, user, to }) if pages => {
            let (client, account) = (client.as_deref(), account.as_ref());
            let asking = Asking { client, account, user: user.as_deref(), to: to.as_deref() };
            confirm(web, received, params, &asking, answer)
        }
        Ok(SignedOut::Done { ended, redirect, back, client }) => forget(match redirect {
            Some(address) if answer == Answer::Yes => {
                let (client, spoken) = (client.as_deref(), params.get("ui_locales"));
                Leaving { web, received, client, spoken }.after_form(&address)
            }
            Some(address) => reply::redirect(&address),
            // Reloading what it leads to sends nothing again.
            None if answer == Answer::Yes && received.takes_pages() => {
                let address = web.asking().settings().endpoint("end_session");
                let query = received.query.iter().map(|query| format!("?{query}"));
                reply::redirect(&std::iter::once(address).chain(query).collect::<String>())
            }
            None if pages => {
                let nobody = !ended && without_cookies(web, received);
                signed_out(web, received, params, client.as_deref(), back.as_deref(), nobody)
            }
            None => reply::plain(StatusCode::OK, &json!({"signed_out": true})),
        }),
        // A browser shows the person that they are signed out; one that keeps no cookies, that nobody was. A
        // server that calls has to learn that nothing was ended.
        Ok(SignedOut::Nobody { back, client }) if pages => {
            let nobody = without_cookies(web, received);
            forget(signed_out(web, received, params, client.as_deref(), back.as_deref(), nobody))
        }
        Ok(SignedOut::Confirm { client, .. } | SignedOut::Nobody { client, .. }) => {
            let error = Error::invalid_request(why).at(&rule::END_SESSION);
            let error = client.iter().fold(error, |error, client| error.about(client));
            refused(web, received, &error)
        }
        Err(error) => refused(web, received, &error),
    }
}

/// Whether the browser sent none of the cookies that come with every sign-in page: it may have been kept from
/// that, and somebody be signed in all the same.
fn without_cookies(web: &Web, received: &Received) -> bool {
    let names = [Name::Session, Name::Browser, Name::Known];
    web.cookies.read_each(&received.headers, names).iter().all(Option::is_none)
}

/// An error, with a way to sign out that needs no application.
fn refused(web: &Web, received: &Received, error: &Error) -> Response {
    let settings = web.asking().settings();
    let spoken = frame::spoken(&received.query_params().unwrap_or_default());
    let address =
        format!("{}{}", settings.endpoint("end_session"), request::query(spoken.into_iter().collect()));
    reply::sign_out_refused(web, received, error, &address)
}

const NOTHING_ENDED: &str = "nobody was signed out: the request has neither the cookie of a session nor an id_token_hint that can be \
    read and proves a session of this client; send the ID token of the sign-in that is to end";
const CONFIRM: &str = "nobody was signed out: the user has to confirm it; send their browser here, without Accept: application/json, or add the \
    id_token_hint of this very sign-in";

/// Who asks whom, and where that would lead.
struct Asking<'a> {
    client: Option<&'a Client>,
    account: Option<&'a UserId>,
    user: Option<&'a User>,
    to: Option<&'a str>,
}

fn confirm(web: &Web, received: &Received, params: &Params, asking: &Asking<'_>, answer: Answer) -> Response {
    let Asking { client, account, user, to } = *asking;
    let pages = web.pages();
    let locale = locale(web, params.get("ui_locales"), &received.headers);
    let known = web.cookies.read(&received.headers, Name::Browser);
    let marker = known.map_or_else(|| csrf::marker(&*web.provider.inner.rng), str::to_owned);
    let shown = csrf::of_account(&marker, account);
    let mut frame = frame(web, web.asking().settings(), client, &locale, csrf::token(&shown));
    let changed = answer == Answer::OfAnother && user.is_some();
    frame.again = changed.then_some(Again { why: Why::AccountChanged, unused: false });
    frame::keep_query(&mut frame, params);
    let person = user.map(|user| Person { name: user.display_name().to_owned(), username: None });
    let reach = to.map(Reach::answering).unwrap_or_default();
    frame::leads_to(&mut frame, client, to);
    let stay = frame::kept_query(params, &[("stay", "1")]);
    let rendered = pages.render(&locale, &SignOutConfirmPage { frame, person, stay });
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
    nobody: bool,
) -> Response {
    let pages = web.pages();
    let locale = locale(web, params.get("ui_locales"), &received.headers);
    let mut frame = frame(web, web.asking().settings(), client, &locale, String::new());
    // The way back is found anew, by what the request says.
    frame::keep_query(&mut frame, params);
    let back = back.and_then(Href::registered).or_else(|| client.and_then(reply::home));
    frame::leads_to(&mut frame, client, back.as_ref().map(Href::as_str));
    let rendered = pages.render(&locale, &SignedOutPage { frame, back, nobody });
    reply::page(StatusCode::OK, rendered, &Reach::default())
}
