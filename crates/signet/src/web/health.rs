//! Whether this process lives, and whether it can do its work: for load balancers and supervisors.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use signet_store::Store;

/// A store that has not answered by then is not healthy, and whoever asks should not wait longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/health/live` and `/health/ready`.
pub fn router(store: Arc<dyn Store>) -> Router {
    Router::new()
        .route("/health/live", get(async || text(StatusCode::OK, "alive\n")))
        .route("/health/ready", get(ready))
        .with_state(store)
}

async fn ready(State(store): State<Arc<dyn Store>>) -> Response {
    match tokio::time::timeout(PATIENCE, store.health()).await {
        Ok(Ok(())) => text(StatusCode::OK, "ready\n"),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready: the store cannot make a commit");
            text(StatusCode::SERVICE_UNAVAILABLE, "the store is not available\n")
        }
        Err(_) => {
            tracing::error!("not ready: the store does not answer");
            text(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
        }
    }
}

fn text(status: StatusCode, text: &'static str) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
