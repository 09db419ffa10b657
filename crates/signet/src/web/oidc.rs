//! The protocol endpoints over HTTP: read, ask the engine, answer.

use axum::body::Body;
use axum::response::Response;
use http::Request;
use signet_core::endpoint::{Door, Endpoint};
use signet_core::error::Error;
use signet_core::incoming::Incoming;
use signet_core::params::Params;
use signet_core::reply::{Contents, Reply};
use signet_core::waiting::{Ended, Interaction, is_read};

use super::Web;
use super::cookies::Name;
use super::reply::{After, Way};
use super::request::{self, Received};
use super::{csrf, reply};
use crate::engine::{Form, Visitor};

/// RFC 6749 §4.1.1, by GET.
pub(super) async fn authorization_get(web: Web, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let params = received.query_of(is_read).map(|params| web.asking().opened_authorization(&params));
    authorize(&web, &received, params).await
}

/// OpenID Connect Core §3.1.2.1, by POST.
///
/// A form of another site comes without our Lax cookies. So that a person who is signed in is not asked
/// again, the request then goes round by GET, with which they are sent; what names a person is encrypted
/// there. What is too long for an address is answered here.
pub(super) async fn authorization_post(web: Web, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let params = request::form_of(&received, body, is_read).await;
    let unknown = web.cookies.read(&received.headers, Name::Session).is_none();
    let carried = params.as_ref().ok().filter(|params| unknown && params.carried(is_read).is_some());
    let sealed = carried.map(|params| web.asking().sealed_authorization(params)).transpose();
    let sealed = match sealed {
        Ok(sealed) => sealed,
        Err(error) => return reply::error_page(&web, &received, &error),
    };
    match sealed.and_then(|params| params.carried(is_read)) {
        Some(query) => {
            let settings = web.asking().settings();
            let address = settings.endpoint("authorization");
            reply::redirect(&format!("{address}?{query}"))
        }
        None => authorize(&web, &received, params).await,
    }
}

async fn authorize(web: &Web, received: &Received, params: Result<Params, Error>) -> Response {
    let visitor = received.visitor(web);
    let browser = Marker::of(web, &visitor);
    let spoken = params.as_ref().ok().and_then(|params| params.get("ui_locales").map(str::to_owned));
    let outcome = match params {
        Ok(params) => web.asking().authorization(params, &visitor, &browser.value).await,
        Err(error) => Err(error),
    };
    begun(web, received, outcome, &browser, &Way { after: After::Link, spoken }, |_, _| String::new())
}

/// Starts a request again whose page had ended. `query` makes the query of the new page from the end of its
/// address and the marker of its browser.
pub(super) async fn restart(
    web: &Web,
    received: &Received,
    record: &Interaction,
    ended: Ended,
    form: &Form,
    query: impl FnOnce(&str, &str) -> String,
) -> Response {
    let visitor = received.visitor(web);
    let browser = Marker::of(web, &visitor);
    let outcome = web.asking().restart(record, ended, form, &visitor, &browser.value).await;
    let asked = record.params.iter().find(|(name, _)| name == "ui_locales").map(|(_, tags)| tags.as_str());
    let spoken = received.query_params().ok().and_then(|query| query.get("ui_locales").map(str::to_owned));
    let way = Way { after: After::Form, spoken: spoken.or(asked.map(str::to_owned)) };
    begun(web, received, outcome, &browser, &way, query)
}

/// What the browser has in its cookie, or will have.
struct Marker {
    value: String,
    fresh: bool,
}

impl Marker {
    fn of(web: &Web, visitor: &Visitor) -> Self {
        match &visitor.browser {
            Some(value) => Self { value: value.clone(), fresh: false },
            None => Self { value: csrf::marker(&*web.provider.inner.rng), fresh: true },
        }
    }
}

fn begun(
    web: &Web,
    received: &Received,
    outcome: Result<Reply, Error>,
    browser: &Marker,
    way: &Way,
    query: impl FnOnce(&str, &str) -> String,
) -> Response {
    match outcome {
        Ok(Reply { body: Contents::Interact(interact), .. }) => {
            let address = &interact.address;
            let query = query(address, &browser.value);
            let mut response = reply::redirect(&format!("{}{query}", web.interaction(address)));
            let address = received.address.as_deref();
            let client = interact.client.client_id.as_str();
            tracing::info!(reason = interact.reason.why.as_str(), client, address, "interaction required");
            if browser.fresh {
                reply::set_cookie(
                    &mut response,
                    &web.cookies.write(Name::Browser, &browser.value, csrf::MARKER_LIFETIME),
                );
            }
            response
        }
        Ok(answer) => reply::to_browser(web, received, answer, way),
        Err(error) => reply::error_page(web, received, &error),
    }
}

/// A request of a client itself, as the row of its endpoint has it read.
pub(super) async fn exchange(endpoint: &dyn Endpoint, web: Web, request: Request<Body>) -> Response {
    let (incoming, read) = direct(&web, request).await;
    if !endpoint.is_on(web.asking().settings()) {
        return reply::plain_not_found();
    }
    let answer = match (read, endpoint.door()) {
        (Err(error), _) => Err(web.asking().unread(endpoint, &incoming, error).await),
        (Ok(()), Door::Client(client)) => web.asking().of_client(endpoint.name(), client, &incoming).await,
        (Ok(()), Door::Bearer(parse)) => web.asking().of_bearer(endpoint.name(), parse, &incoming).await,
        (Ok(()), Door::Own(_)) => Err(Error::server("this endpoint has a handler of its own")),
    };
    reply::direct(&web, endpoint.door().scheme(), &incoming, None, answer)
}

/// A direct request, whose refusal names who asked although it could not be read. Parameters in the address
/// are not read: they would end up in logs.
async fn direct(web: &Web, request: Request<Body>) -> (Incoming, Result<(), Error>) {
    let (received, body) = request::split(request);
    let params = request::form(&received, body).await;
    let (mut incoming, read) = received.incoming(web);
    let read = match params {
        Ok(params) => {
            incoming.params = params;
            read
        }
        Err(error) => Err(error),
    };
    (incoming, read)
}
