//! RFC 9110 §15.5.9, §15.5.14, §15.6.4: requests that exceed their limits. They are answered below the
//! observer, so that these answers have the headers of all others, are counted, and name the client's own
//! address in the log.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use tracing::field::display;

use super::Limits;
use super::bodies::{Begun, Over};
use super::observe::Observer;
use crate::web::forwarded::ClientAddress;
use crate::web::headers;

/// What is before the routes. It is one layer, because each layer copies every request and its answer.
struct Gate {
    limits: Limits,
    observer: Option<Observer>,
}

/// Bounds all routes of a router; the observer sees what is refused as well.
pub(super) fn within(limits: &Limits, observer: Option<Observer>, router: Router) -> Router {
    router.layer(from_fn_with_state(Arc::new(Gate { limits: limits.clone(), observer }), pass))
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    match &gate.observer {
        Some(observer) => observer.watch(request, |request| bounded(&gate.limits, request, next)).await,
        None => bounded(&gate.limits, request, next).await,
    }
}

async fn bounded(limits: &Limits, mut request: Request, next: Next) -> Response {
    let address = request.extensions().get().map(|ClientAddress(address): &ClientAddress| display(*address));
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits.max_body as u64) {
        tracing::info!(address, length, "request body too large");
        let most = limits.max_body;
        let why = format!("a request's body may have {most} bytes at most\n");
        return refused(StatusCode::PAYLOAD_TOO_LARGE, why).await;
    }
    // It is kept until the answer is there.
    let begun = request.extensions_mut().remove::<Arc<Begun>>();
    let over = async {
        match &begun {
            Some(begun) => begun.over(limits.body_timeout).await,
            None => std::future::pending().await,
        }
    };
    let (status, why) = tokio::select! {
        response = next.run(request) => return response,
        why = over => {
            match why {
                Over::Time => {
                    tracing::info!(address, "request body timed out");
                    (StatusCode::REQUEST_TIMEOUT, "the request's body did not end in time\n")
                }
                Over::Room => {
                    tracing::info!(address, "request dropped: body memory full");
                    (StatusCode::SERVICE_UNAVAILABLE, "the service is busy; send the request again\n")
                }
            }
        }
        () = tokio::time::sleep(limits.request_timeout) => {
            tracing::warn!(address, "request timed out");
            (StatusCode::SERVICE_UNAVAILABLE, "the service is busy; try again in a moment\n")
        }
    };
    refused(status, why.to_owned()).await
}

async fn refused(status: StatusCode, why: String) -> Response {
    headers::every((status, why).into_response()).await
}
