//! RFC 9112, RFC 9113: one connection, whichever version of HTTP it speaks, and what it may cost.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_LENGTH;
use http::{Request, StatusCode};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::Limits;
use crate::web::forwarded::Peer;

/// What all connections share.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
}

/// How long a peer that was told to go may take, beyond the requests it has under way.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves a connection to its end, or until told to stop and its last answer is out.
pub(super) async fn serve(
    stream: TcpStream,
    peer: Peer,
    shared: &Arc<Shared>,
    mut told: watch::Receiver<bool>,
) {
    // An answer is written at once; waiting to fill a packet only adds delay.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = &shared.tls else { return http(stream, peer, shared, told).await };
    let handshake = tokio::time::timeout(shared.limits.header_timeout, tls.accept(stream));
    let stream = tokio::select! {
        _ = told.wait_for(|stop| *stop) => return,
        shaken = handshake => match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%error, peer = %peer.0, "no TLS connection came about"),
            Err(_) => return tracing::debug!(peer = %peer.0, "the TLS handshake took too long"),
        },
    };
    http(stream, peer, shared, told).await;
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    shared: &Arc<Shared>,
    mut told: watch::Receiver<bool>,
) {
    let limits = &shared.limits;
    let activity = Arc::new(Activity::new());
    let service = {
        let (shared, activity) = (shared.clone(), activity.clone());
        service_fn(move |request| {
            let under_way = UnderWay::begin(&activity);
            let shared = shared.clone();
            async move {
                let response = answer(&shared, peer, request).await;
                drop(under_way);
                Ok::<_, Infallible>(response)
            }
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Slow and idle peers of either version are seen to below, so neither needs a timer of its own.
    builder.http1().header_read_timeout(None).max_buf_size(limits.max_header.max(8192)).max_headers(100);
    let max_header = u32::try_from(limits.max_header).unwrap_or(u32::MAX);
    builder.http2().max_header_list_size(max_header).max_concurrent_streams(100);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));

    let (mut stopping, mut leaving) = (false, false);
    let mut look_again = Instant::now() + limits.header_timeout.min(limits.idle_timeout);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, peer = %peer.0, "a connection broke off");
                }
                return;
            }
            _ = told.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep_until(look_again) => match activity.idle_until(limits) {
                Some(until) if until > Instant::now() => look_again = until,
                None => look_again = Instant::now() + limits.idle_timeout,
                // One that never asked for anything is owed no farewell.
                Some(_) if leaving || !activity.has_asked() => return,
                Some(_) => {
                    leaving = true;
                    look_again = Instant::now() + FAREWELL;
                    connection.as_mut().graceful_shutdown();
                }
            },
        }
    }
}

async fn answer(shared: &Shared, peer: Peer, request: Request<Incoming>) -> Response {
    let limits = &shared.limits;
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits.max_body as u64) {
        tracing::info!(peer = %peer.0, length, "a request with too long a body was refused");
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let mut request = request.map(|body| Body::new(Limited::new(body, limits.max_body)));
    request.extensions_mut().insert(peer);
    match tokio::time::timeout(limits.request_timeout, shared.router.clone().oneshot(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            tracing::warn!(peer = %peer.0, "a request took too long and was given up");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// When a connection last did something.
struct Activity {
    began: Instant,
    under_way: AtomicUsize,
    /// Milliseconds from `began` to the end of the last request; 0 before the first.
    last: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Self { began: Instant::now(), under_way: AtomicUsize::new(0), last: AtomicU64::new(0) }
    }

    fn has_asked(&self) -> bool {
        self.last.load(Ordering::Acquire) > 0
    }

    /// Until when the peer may go on doing nothing; `None` while a request is under way.
    fn idle_until(&self, limits: &Limits) -> Option<Instant> {
        if self.under_way.load(Ordering::Acquire) > 0 {
            return None;
        }
        Some(match self.last.load(Ordering::Acquire) {
            0 => self.began + limits.header_timeout,
            last => self.began + Duration::from_millis(last) + limits.idle_timeout,
        })
    }
}

/// A request that is being answered.
struct UnderWay(Arc<Activity>);

impl UnderWay {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.under_way.fetch_add(1, Ordering::AcqRel);
        Self(activity.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let passed = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last.store(passed.max(1), Ordering::Release);
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}
