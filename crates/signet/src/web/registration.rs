//! RFC 7591 §3, RFC 7592 §2: registration over HTTP: JSON in, JSON out.

use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use signet_core::decision::Reply;
use signet_core::endpoint::{self, Scheme};
use signet_core::error::{Error, ErrorCode};
use signet_core::incoming::Incoming;
use signet_core::params::Params;
use signet_core::registration::MAX_BODY;
use signet_core::rule;
use signet_core::settings::registration::Mode;
use signet_login::throttle::Cause;

use super::reply::Asker;
use super::request::{self, Named, Received};
use super::{Web, headers, reply};
use crate::engine::Registered;

/// A reload may switch registration on and off; the routes stay.
pub(super) async fn while_on(State(web): State<Web>, request: Request<Body>, next: Next) -> Response {
    if web.provider.state().config.settings.registration.mode == Mode::Off {
        return reply::not_found(State(web), request).await;
    }
    next.run(request).await
}

/// RFC 7591 §3.1: a client registers.
pub(super) async fn register(State(web): State<Web>, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let outcome = match with_body(&received, body).await {
        Ok((incoming, body)) => web.provider.register(&incoming, &body, received.address.as_deref()).await,
        Err(error) => Err(error),
    };
    let asker = Asker::of(&received);
    match outcome {
        Ok(Registered::Wait(seconds)) => {
            let throttled = Cause::Registration.name();
            tracing::info!(
                address = received.address,
                throttled,
                seconds,
                "registration throttled: too many from its network"
            );
            let words =
                format!("too many registrations come from this address; try again in {seconds} seconds");
            let error = Error::new(ErrorCode::TemporarilyUnavailable, words);
            let body = endpoint::body(&error).unwrap_or_default().to_string();
            let mut response = (StatusCode::TOO_MANY_REQUESTS, body).into_response();
            headers::fixed(&mut response, CONTENT_TYPE, "application/json");
            headers::put(&mut response, RETRY_AFTER, &seconds.to_string());
            headers::no_store(&mut response);
            response
        }
        Ok(Registered::Done(answer)) => with_status(&web, StatusCode::CREATED, &asker, Ok(answer)),
        Err(error) => with_status(&web, StatusCode::CREATED, &asker, Err(error)),
    }
}

/// RFC 7592 §2.1, §2.3: the client reads its registration, or goes; neither has a body.
pub(super) async fn read_or_delete(
    State(web): State<Web>,
    Named(client): Named,
    request: Request<Body>,
) -> Response {
    let goes = request.method() == Method::DELETE;
    let (received, _) = request::split(request);
    let address = received.address.as_deref();
    let answer = match received.incoming(Params::default()) {
        Ok(incoming) if goes => web.provider.delete_registration(&client, &incoming, address).await,
        Ok(incoming) => web.provider.read_registration(&client, &incoming).await,
        Err(error) => Err(error),
    };
    let asker = Asker { client: Some(client), ..Asker::of(&received) };
    with_status(&web, if goes { StatusCode::NO_CONTENT } else { StatusCode::OK }, &asker, answer)
}

/// RFC 7592 §2.2: the client replaces its registration.
pub(super) async fn update(State(web): State<Web>, Named(client): Named, request: Request<Body>) -> Response {
    let (received, body) = request::split(request);
    let answer = match with_body(&received, body).await {
        Ok((incoming, body)) => {
            web.provider.update_registration(&client, &incoming, &body, received.address.as_deref()).await
        }
        Err(error) => Err(error),
    };
    let asker = Asker { client: Some(client), ..Asker::of(&received) };
    with_status(&web, StatusCode::OK, &asker, answer)
}

fn with_status(web: &Web, status: StatusCode, asker: &Asker, answer: Result<Reply, Error>) -> Response {
    let done = matches!(answer, Ok(Reply::Json(_) | Reply::Empty));
    let mut response = reply::direct(web, Scheme::Registration, asker, answer);
    if done {
        *response.status_mut() = status;
    }
    response
}

async fn with_body(received: &Received, body: Body) -> Result<(Incoming, Bytes), Error> {
    let incoming = received.incoming(Params::default())?;
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
    Ok((incoming, bytes.to_bytes()))
}
