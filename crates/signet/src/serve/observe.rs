//! What is known of each request: its name, whence it comes, how it ended. Routes are logged by their
//! pattern, so that no line ever holds a query, a handle, a token or a cookie.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderMap, HeaderValue};
use tracing::Instrument as _;
use tracing::field::display;

use super::Options;
use crate::clock::SystemRng;
use crate::network::Network;
use crate::provider::Provider;
use crate::routes;
use crate::web::cors::{self, Allowed};
use crate::web::forwarded::{self, ClientAddress};
use crate::web::metrics::Metrics;
use crate::web::request_id::{self, RequestId, RequestIds};

/// Watches requests go by; clones watch together.
#[derive(Clone)]
pub struct Observer {
    watched: Arc<Watched>,
    provider: Option<Provider>,
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.watched.fmt(f)
    }
}

#[derive(Debug)]
struct Watched {
    ids: RequestIds,
    proxies: Vec<Network>,
    hsts: Option<HeaderValue>,
    metrics: Metrics,
    /// A header that was not believed has been logged.
    warned: AtomicBool,
    /// So has one that could not be read.
    warned_of_unread: AtomicBool,
}

impl Watched {
    /// Who asks, proxies left out.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let (client, is_read) = forwarded::client_address(peer, headers, &self.proxies);
        self.unbelieved(peer, headers);
        if !is_read {
            self.unread(peer);
        }
        client
    }

    /// A proxy that nobody named makes all people seem to come from one address. Strangers can write such a
    /// header too, so it is said once.
    fn unbelieved(&self, peer: IpAddr, headers: &HeaderMap) {
        if !forwarded::is_passed_on(headers)
            || forwarded::is_trusted(peer.to_canonical(), &self.proxies)
            || self.warned.swap(true, Ordering::Relaxed)
        {
            return;
        }
        tracing::warn!(
            address = %peer,
            "forwarding header ignored: not from a trusted proxy; if this is yours, add its address to `proxy.trusted`, or all users seem to come \
             from one address"
        );
    }

    /// The same of a trusted proxy that does not say for whom it speaks. Said once as well: it may pass on
    /// what strangers write.
    fn unread(&self, peer: IpAddr) {
        if !self.warned_of_unread.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                address = %peer,
                "forwarding header of a trusted proxy ignored: it holds something other than an address, or `Forwarded` and `X-Forwarded-For` \
                 disagree; have the proxy write the address of the client, or all users seem to come from the proxy"
            );
        }
    }
}

/// The name of a path that is not ours; it could hold anything.
const NO_ROUTE: &str = "none";

impl Observer {
    /// Counts into these metrics.
    pub fn new(options: &Options, metrics: Metrics) -> Self {
        let watched = Watched {
            ids: RequestIds::new(&SystemRng),
            proxies: options.proxies.clone(),
            hsts: options.hsts.as_deref().and_then(|value| HeaderValue::from_str(value).ok()),
            metrics,
            warned: AtomicBool::new(false),
            warned_of_unread: AtomicBool::new(false),
        };
        Self { watched: Arc::new(watched), provider: None }
    }

    /// Knows whose routes these are, and so who may read what is answered there.
    #[must_use]
    pub fn of(mut self, provider: &Provider) -> Self {
        self.provider = Some(provider.clone());
        self
    }

    /// Who may read an answer that the routes do not make.
    pub(super) fn allowed(&self, route: &str, origin: Option<&HeaderValue>) -> Option<Allowed> {
        cors::before(self.provider.as_ref()?, route, origin)
    }

    /// Watches all routes of a router. Where [`Server::observed`](super::Server::observed) watches too, that
    /// one counts and this one does nothing.
    pub fn over(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, watch))
    }
}

async fn watch(State(observer): State<Observer>, request: Request, next: Next) -> Response {
    observer.watch(request, |request| next.run(request)).await
}

impl Observer {
    /// Watches one request, and what is made of it.
    pub(super) async fn watch<F: Future<Output = Response>>(
        &self,
        mut request: Request,
        answer: impl FnOnce(Request) -> F,
    ) -> Response {
        if request.extensions_mut().insert(Seen).is_some() {
            return answer(request).await;
        }
        let watched = &self.watched;
        let peer = forwarded::peer(request.extensions());
        let client = peer.map(|peer| watched.client(peer, request.headers()));
        let given = peer
            .filter(|peer| forwarded::is_trusted(*peer, &watched.proxies))
            .and_then(|_| RequestId::given(request.headers()));
        let id = given.unwrap_or_else(|| watched.ids.next());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let method = request.method().clone();

        // At the highest level, so that the name is there whatever the log is set to.
        let span = tracing::error_span!("request", request_id = id.0);
        let name = HeaderValue::from_str(&id.0);
        let extensions = request.extensions_mut();
        if let Some(client) = client {
            extensions.insert(client);
        }
        extensions.insert(id);

        let answering = watched.metrics.answering();
        let began = Instant::now();
        let mut response = answer(request).instrument(span.clone()).await;
        let took = began.elapsed();
        drop(answering);

        let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
        let status = response.status();
        watched.metrics.answered(route, status, took);
        span.in_scope(|| {
            let (status, ms) = (status.as_u16(), (took.as_secs_f64() * 1e6).round() / 1e3);
            let address = client.map(|client| display(client.0));
            if routes::is_routine(route) {
                tracing::debug!(%method, route, status, ms, address, "answered");
            } else {
                tracing::info!(%method, route, status, ms, address, "answered");
            }
        });
        if let Some(hsts) = &watched.hsts {
            response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        if let Ok(name) = name {
            response.headers_mut().insert(request_id::HEADER, name);
        }
        response
    }
}

/// A request that is watched: an observer further in leaves it alone, so that it is counted once.
#[derive(Clone, Copy, Debug)]
struct Seen;

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;
    use crate::clock::SystemClock;
    use crate::web::metrics;

    /// README's form has `over`, and the book's has `Server::observed`.
    #[tokio::test]
    async fn a_request_that_two_observers_see_is_counted_once() {
        let counted = Metrics::new(&SystemClock);
        let observer = Observer::new(&Options::local(Vec::new()), counted.clone());
        let router = Router::new().route("/here", get(async || "here"));
        let router = observer.clone().over(observer.over(router));
        router.oneshot(http::Request::get("/here").body(Body::empty()).unwrap()).await.unwrap();
        let shown =
            metrics::router(counted).oneshot(http::Request::get("/metrics").body(Body::empty()).unwrap());
        let text = shown.await.unwrap().into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(text.to_vec()).unwrap();
        let line = text.lines().find(|line| line.contains("requests_total{") && line.contains("/here"));
        assert!(line.is_some_and(|line| line.ends_with(" 1")), "{text}");
    }
}
