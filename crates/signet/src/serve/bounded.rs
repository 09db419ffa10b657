//! RFC 9110 §15.5.9, §15.5.14, §15.6.4: requests that exceed their limits. They are answered below the
//! observer, so that these answers have the headers of all others, are counted, and name the client's own
//! address in the log.

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, ORIGIN};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use signet_core::rule::{self, Rule};
use tracing::field::display;

use super::Limits;
use super::bodies::{Begun, Over};
use super::observe::Observer;
use crate::web::cors::Allowed;
use crate::web::forwarded::ClientAddress;
use crate::web::{headers, plain, takes_pages};

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
        Some(observer) => observer.watch(request, |request| bounded(&gate, request, next)).await,
        None => bounded(&gate, request, next).await,
    }
}

/// Why a request is not passed on.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    rule: &'static Rule,
    why: String,
}

impl Refusal {
    fn too_large(limits: &Limits) -> Self {
        let why = format!("a request's body may have {} bytes at most", limits.max_body);
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, code: "invalid_request", rule: &rule::BODY, why }
    }

    fn late() -> Self {
        let why = "the request's body did not end in time".to_owned();
        Self { status: StatusCode::REQUEST_TIMEOUT, code: "invalid_request", rule: &rule::BODY, why }
    }

    fn busy(why: &str) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self { status, code: "temporarily_unavailable", rule: &rule::BUSY, why: why.to_owned() }
    }

    async fn answered(self, asked: &Asked<'_>) -> Response {
        let Self { status, code, why, .. } = self;
        // Words for a browser; for a program the error that all endpoints answer with.
        let mut response = if asked.takes_pages {
            (status, format!("{why}\n")).into_response()
        } else {
            plain(status, &json!({ "error": code, "error_description": why }))
        };
        if let Some(allowed) = asked.allowed() {
            allowed.tell(response.headers_mut());
        }
        headers::every(response).await
    }
}

/// What a refusal needs of a request that the routes have by then.
struct Asked<'a> {
    takes_pages: bool,
    route: Option<MatchedPath>,
    origin: Option<HeaderValue>,
    observer: Option<&'a Observer>,
}

impl<'a> Asked<'a> {
    fn of(request: &Request, observer: Option<&'a Observer>) -> Self {
        Self {
            takes_pages: takes_pages(request.headers()),
            route: request.extensions().get().cloned(),
            origin: request.headers().get(ORIGIN).cloned(),
            observer,
        }
    }

    fn allowed(&self) -> Option<Allowed> {
        self.observer?.allowed(self.route.as_ref()?.as_str(), self.origin.as_ref())
    }
}

async fn bounded(gate: &Gate, mut request: Request, next: Next) -> Response {
    let limits = &gate.limits;
    let address = request.extensions().get().map(|ClientAddress(address): &ClientAddress| display(*address));
    let asked = Asked::of(&request, gate.observer.as_ref());
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits.max_body as u64) {
        let refusal = Refusal::too_large(limits);
        tracing::info!(
            code = refusal.code,
            rule = refusal.rule.id,
            address,
            length,
            "request body too large"
        );
        return refusal.answered(&asked).await;
    }
    // It is kept until the answer is there.
    let begun = request.extensions_mut().remove::<Arc<Begun>>();
    let over = async {
        match &begun {
            Some(begun) => begun.over(limits.body_timeout).await,
            None => std::future::pending().await,
        }
    };
    let refusal = tokio::select! {
        response = next.run(request) => return response,
        why = over => match why {
            Over::Time => {
                let refusal = Refusal::late();
                tracing::info!(code = refusal.code, rule = refusal.rule.id, address, "request body timed out");
                refusal
            }
            Over::Room => {
                let refusal = Refusal::busy("the service is busy; send the request again");
                tracing::info!(
                    code = refusal.code,
                    rule = refusal.rule.id,
                    address,
                    "request dropped: body memory full"
                );
                refusal
            }
        },
        () = tokio::time::sleep(limits.request_timeout) => {
            let refusal = Refusal::busy("the service is busy; try again in a moment");
            tracing::warn!(code = refusal.code, rule = refusal.rule.id, address, "request timed out");
            refusal
        }
    };
    refusal.answered(&asked).await
}
