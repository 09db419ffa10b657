//! RFC 9112, RFC 9113: one connection, whichever version of HTTP it uses, and its limits.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use http_body_util::Limited;
use hyper::body::Body as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use signet_core::rule;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::Limits;
use super::bodies::Bodies;
use super::room::{Place, Room};
use crate::web::forwarded::Peer;

/// What all connections share.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) room: Arc<Room>,
    pub(super) bodies: Arc<Bodies>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
}

/// Requests of one HTTP/2 connection at one time (RFC 9113 §5.1.2).
const STREAMS: u32 = 32;
const WINDOW: u32 = 65_535;

/// How long a peer that was asked to go may take, beyond the requests it has under way.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long a peer that has sent part of a request, and no more for long, may hold up the end of the process.
const LAST_CALL: Duration = Duration::from_secs(1);

/// Serves a connection to its end, or until asked to stop and its last answer is out.
pub(super) async fn serve(
    stream: TcpStream,
    peer: Peer,
    place: &Place,
    shared: &Arc<Shared>,
    mut told: watch::Receiver<bool>,
) {
    // An answer is written at once; waiting to fill a packet only adds delay.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = &shared.tls else { return http(stream, peer, place, shared, told).await };
    let handshake = tokio::time::timeout(shared.limits.header_timeout, tls.accept(stream));
    let stream = tokio::select! {
        _ = told.wait_for(|stop| *stop) => return,
        () = place.needed() => return,
        shaken = handshake => match shaken {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return tracing::debug!(%error, address = %peer.0.ip(), "TLS handshake failed"),
            Err(_) => return tracing::debug!(address = %peer.0.ip(), "TLS handshake timed out"),
        },
    };
    http(stream, peer, place, shared, told).await;
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    place: &Place,
    shared: &Arc<Shared>,
    mut told: watch::Receiver<bool>,
) {
    let limits = &shared.limits;
    let activity = &place.activity;
    let service = {
        let (shared, activity) = (shared.clone(), activity.clone());
        service_fn(move |request| {
            let under_way = UnderWay::begin(&activity);
            let shared = shared.clone();
            async move {
                let response = answer(&shared, peer, request, &under_way).await;
                drop(under_way);
                Ok::<_, Infallible>(response)
            }
        })
    };
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Slow and idle peers of either version are seen to below, so neither needs a timer of its own.
    builder.http1().header_read_timeout(None).max_buf_size(limits.max_header.max(8192)).max_headers(100);
    let max_header = u32::try_from(limits.max_header).unwrap_or(u32::MAX);
    // What a peer may send ahead is no more than one body; more comes as fast as it is read.
    builder
        .http2()
        .max_header_list_size(max_header)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));

    let (mut stopping, mut leaving) = (false, false);
    let mut look_again = Instant::now() + limits.header_timeout.min(limits.idle_timeout);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    log_failed(&*error, peer);
                }
                return;
            }
            _ = told.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                look_again = Instant::now() + LAST_CALL;
                connection.as_mut().graceful_shutdown();
            }
            () = place.needed(), if !leaving => {
                if !activity.is_busy() {
                    return tracing::debug!(
                        address = %peer.0.ip(),
                        "connection closed to make room for others: idle, or waiting for the rest of a request"
                    );
                }
                leaving = true;
                look_again = Instant::now() + FAREWELL;
                connection.as_mut().graceful_shutdown();
            }
            () = tokio::time::sleep_until(look_again), if stopping => match activity.idle_since() {
                Some(since) if since + FAREWELL <= Instant::now() => {
                    return tracing::debug!(address = %peer.0.ip(), "connection closed: its request is incomplete");
                }
                _ => look_again = Instant::now() + LAST_CALL,
            },
            () = tokio::time::sleep_until(look_again), if !stopping => match activity.idle_until(limits) {
                Some(until) if until > Instant::now() => look_again = until,
                None => look_again = Instant::now() + limits.idle_timeout,
                // One that never asked for anything is owed no farewell.
                Some(_) if !activity.has_asked() => {
                    return tracing::debug!(address = %peer.0.ip(), "request headers timed out");
                }
                Some(_) if leaving => {
                    return tracing::debug!(address = %peer.0.ip(), "connection closed: its request is incomplete");
                }
                Some(_) => {
                    leaving = true;
                    look_again = Instant::now() + FAREWELL;
                    connection.as_mut().graceful_shutdown();
                }
            },
        }
    }
}

/// RFC 6585 §5: headers that are too large are answered before there is a request.
fn log_failed(error: &(dyn std::error::Error + 'static), peer: Peer) {
    let address = peer.0.ip();
    if error.downcast_ref().is_some_and(hyper::Error::is_parse_too_large) {
        tracing::info!(code = "invalid_request", rule = rule::HEADERS.id, %address, "request headers too large");
    } else {
        tracing::debug!(%error, %address, "connection failed");
    }
}

async fn answer(shared: &Shared, peer: Peer, request: Request<Incoming>, under_way: &UnderWay) -> Response {
    let begun = (!request.body().is_end_stream()).then(|| Arc::new(shared.bodies.begin()));
    let mut request = request.map(|body| {
        let body = Limited::new(body, shared.limits.max_body);
        match &begun {
            Some(begun) => Body::new(begun.counting(body, Reading::begin(&under_way.0))),
            None => Body::new(body),
        }
    });
    if let Some(begun) = begun {
        request.extensions_mut().insert(begun);
    }
    request.extensions_mut().insert(peer);
    match shared.router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// When a connection last did something.
#[derive(Debug)]
pub(super) struct Activity {
    began: Instant,
    under_way: AtomicUsize,
    /// Those of them whose bodies have not ended: nothing is done for them but to wait.
    reading: AtomicUsize,
    /// Milliseconds from `began` to the beginning of the last request.
    asked: AtomicU64,
    /// Milliseconds from `began` to the end of the last request; 0 before the first.
    last: AtomicU64,
    /// Told when the connection has nothing to do any more, and so could make room for others.
    freed: Arc<Notify>,
}

impl Activity {
    pub(super) fn new(freed: Arc<Notify>) -> Self {
        Self {
            freed,
            began: Instant::now(),
            under_way: AtomicUsize::new(0),
            reading: AtomicUsize::new(0),
            asked: AtomicU64::new(0),
            last: AtomicU64::new(0),
        }
    }

    /// Whether something is being answered. A request that is not complete is the peer's to finish.
    fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::Acquire) > self.reading.load(Ordering::Acquire)
    }

    /// Since when the peer has been waited for; `None` while it is answered. One that has not asked yet has
    /// done nothing, and one that sends a body byte by byte no more than who sends none.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let waits = self.under_way.load(Ordering::Acquire) > 0;
        let since = if waits { &self.asked } else { &self.last };
        (!self.is_busy()).then(|| self.began + Duration::from_millis(since.load(Ordering::Acquire)))
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

    fn passed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A request that has begun and is not answered.
pub(super) struct UnderWay(Arc<Activity>);

impl UnderWay {
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        activity.asked.store(activity.passed(), Ordering::Release);
        activity.under_way.fetch_add(1, Ordering::AcqRel);
        Self(activity.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.last.store(self.0.passed().max(1), Ordering::Release);
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        if !self.0.is_busy() {
            self.0.freed.notify_waiters();
        }
    }
}

/// A request whose body has not ended.
#[derive(Debug)]
pub(super) struct Reading(Arc<Activity>);

impl Reading {
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        activity.reading.fetch_add(1, Ordering::AcqRel);
        Self(activity.clone())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.reading.fetch_sub(1, Ordering::AcqRel);
    }
}
