//! RFC 7591 §3, RFC 7592 §2: registration over HTTP: JSON in, JSON out.

use axum::body::Body;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, Limited};
use signet_core::client::MAX_BODY;
use signet_core::endpoint::registration::Registration;
use signet_core::endpoint::{Endpoint as _, Scheme};
use signet_core::error::Error;
use signet_core::incoming::Method;
use signet_core::rule;

use super::request::{self, Named, Received};
use super::{House, Web, reply};

/// A reload may switch registration on and off; the routes stay.
pub(super) async fn while_on(web: Web, request: Request<Body>, next: Next) -> Response {
    // The handler sees its own request; here is only asked whether there is one.
    if !Registration.is_on(&web.provider.state().config.settings) {
        return reply::not_found(web, request).await;
    }
    next.run(request).await
}

/// RFC 7591 §3.1: a client registers.
pub(super) async fn register(web: Web, request: Request<Body>) -> Response {
    exchange(web, None, request).await
}

/// RFC 7592 §2: what clients do with their registration.
pub(super) fn below() -> MethodRouter<House> {
    get(manage).put(manage).delete(manage)
}

async fn manage(web: Web, Named(client): Named, request: Request<Body>) -> Response {
    exchange(web, Some(&client), request).await
}

async fn exchange(web: Web, client: Option<&str>, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let (incoming, read) = received.incoming(&web);
    let body = match (read, incoming.method) {
        (Err(error), _) => Err(error),
        (Ok(()), Method::Get | Method::Delete) => Ok(Bytes::new()),
        (Ok(()), Method::Post | Method::Put) => metadata(&received, body).await,
    };
    let answer = match body {
        Ok(body) => web.asking().registration(client, &incoming, &body).await,
        Err(error) => Err(error),
    };
    reply::direct(&web, Scheme::Registration, &incoming, client, answer)
}

async fn metadata(received: &Received, body: Body) -> Result<Bytes, Error> {
    let content_type =
        received.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let error = Error::invalid_request("send the metadata as Content-Type: application/json");
        return Err(error.at(&rule::REGISTRATION));
    }
    let bytes = Limited::new(body, MAX_BODY).collect().await.map_err(|error| {
        Error::invalid_request("the body is longer than 64 KiB or broke off")
            .because(error.to_string())
            .at(&rule::REGISTRATION)
    })?;
    Ok(bytes.to_bytes())
}
