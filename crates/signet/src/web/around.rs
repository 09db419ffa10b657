//! What is around every handler: whence a request comes, what becomes of a panic, and the headers of every
//! answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::forwarded::{self, ClientAddress};
use super::headers;

/// Whether it was said that requests come from nowhere.
#[derive(Clone, Debug, Default)]
pub(super) struct Warned(Arc<AtomicBool>);

/// Where nobody looked at the address before, the other end of the connection is the client. Without any,
/// nothing is counted by network: all people would wait for each other.
pub(super) async fn around(State(warned): State<Warned>, mut request: Request, next: Next) -> Response {
    let extensions = request.extensions_mut();
    if extensions.get::<ClientAddress>().is_none() {
        match forwarded::peer(extensions) {
            Some(peer) => {
                extensions.insert(ClientAddress(peer.to_canonical()));
            }
            None => warned.warn(),
        }
    }
    headers::every(answered(request, next).await).await
}

impl Warned {
    fn warn(&self) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "requests have no client address, so nothing is limited by network; serve the application with \
                 `into_make_service_with_connect_info::<SocketAddr>()`, or with `signet::serve::Server`"
            );
        }
    }
}

/// A panic, perhaps of a directory or sign-in method of the application's, ends its own request only.
async fn answered(request: Request, next: Next) -> Response {
    let mut answer = Box::pin(next.run(request));
    let polled = std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(response)) => Poll::Ready(Ok(response)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    });
    match polled.await {
        Ok(response) => response,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref().map(String::as_str)).unwrap_or_default();
            tracing::error!(panic = text, "a request ended by a panic");
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here. Try again later.\n")
                .into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use axum::extract::ConnectInfo;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use axum::{Extension, Router};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::super::forwarded::Peer;
    use super::*;

    async fn asked(change: impl FnOnce(&mut Request)) -> (StatusCode, String) {
        let told = async |address: Option<Extension<ClientAddress>>| {
            address.map(|Extension(ClientAddress(address))| address.to_string()).unwrap_or_default()
        };
        let panics = async || -> &'static str { panic!("a directory of the application") };
        let router = Router::new()
            .route("/", get(told))
            .route("/panics", get(panics))
            .layer(from_fn_with_state(Warned::default(), around));
        let mut request = http::Request::get("/").body(axum::body::Body::empty()).unwrap();
        change(&mut request);
        let response = router.oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        assert!(parts.headers.contains_key(http::header::X_CONTENT_TYPE_OPTIONS));
        (parts.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_address_is_that_of_whichever_server_there_is() {
        let peer: SocketAddr = "[::ffff:192.0.2.7]:4711".parse().unwrap();
        let found = async |change: &dyn Fn(&mut Request)| asked(change).await.1;
        let axums = |request: &mut Request| {
            request.extensions_mut().insert(ConnectInfo(peer));
        };
        assert_eq!(found(&axums).await, "192.0.2.7");
        let own = |request: &mut Request| {
            request.extensions_mut().insert(Peer(peer));
        };
        assert_eq!(found(&own).await, "192.0.2.7");
        let proxied = |request: &mut Request| {
            let known: IpAddr = "203.0.113.9".parse().unwrap();
            request.extensions_mut().insert(ClientAddress(known));
            request.extensions_mut().insert(ConnectInfo(peer));
        };
        assert_eq!(found(&proxied).await, "203.0.113.9", "an observer knows of proxies");
        assert_eq!(found(&|_| ()).await, "", "nobody is taken for somebody else");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let (status, words) = asked(|request| *request.uri_mut() = "/panics".parse().unwrap()).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!words.contains("directory"), "{words}");
    }
}
