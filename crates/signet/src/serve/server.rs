//! Accepts connections until asked to stop, then lets those that are there finish.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::bodies::Bodies;
use super::connection::{self, Shared};
use super::room::Room;
use super::tls::Certificate;
use super::{Error, Limits, Observer, Options, bounded, listen};
use crate::network::Network;
use crate::web::forwarded::Peer;

/// Listening, but not answering yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    certificate: Option<Certificate>,
    url: String,
    limits: Limits,
    proxies: Vec<Network>,
    observer: Option<Observer>,
}

impl Server {
    /// Takes the addresses and reads the certificate.
    pub async fn bind(options: &Options) -> Result<Self, Error> {
        let certificate = options.tls.clone().map(Certificate::load).transpose()?;
        let listeners = listen::bind(options).await?;
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let address = listeners.first().and_then(|listener| listener.local_addr().ok());
        let url = address.map(|address| format!("{scheme}://{address}")).unwrap_or_default();
        Ok(Self {
            listeners,
            certificate,
            url,
            limits: options.limits.clone(),
            proxies: options.proxies.clone(),
            observer: None,
        })
    }

    /// Where it listens: the first address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to reload.
    pub fn certificate(&self) -> Option<Certificate> {
        self.certificate.clone()
    }

    /// Watches every request, those too that the server refuses by itself.
    #[must_use]
    pub fn observed(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Answers with the router until `stop` ends. Then no connection is accepted any more, requests under way
    /// are finished within the time that is set for it, and all connections are closed.
    pub async fn run(self, router: Router, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let tls = self.certificate.as_ref().map(Certificate::acceptor).transpose()?;
        let limits = &self.limits;
        let router = bounded::within(limits, self.observer, router);
        let connections = within_descriptors(limits.connections);
        let room =
            Room::new(connections, limits.connections_per_network.min(connections), self.proxies.clone());
        let bodies = Bodies::new(limits.bodies);
        let shared =
            Shared { router, room: Arc::new(room), bodies: Arc::new(bodies), tls, limits: limits.clone() };
        let shared = Arc::new(shared);
        let (tell, told) = watch::channel(false);
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            accepting.spawn(accept(listener, shared.clone(), told.clone()));
        }
        stop.await;
        tracing::info!(url = self.url, "shutting down; finishing requests in flight");
        tell.send_replace(true);
        let finished = tokio::time::timeout(self.limits.shutdown_timeout, async {
            while accepting.join_next().await.is_some() {}
        });
        if finished.await.is_err() {
            tracing::warn!("shutdown timed out; some requests were aborted");
        }
        Ok(())
    }
}

/// Ends when all its connections have; dropping it closes them.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut told: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, peer) = tokio::select! {
            _ = told.wait_for(|stop| *stop) => break,
            next = next(&listener, &shared.room) => next,
        };
        let Some(place) = shared.room.enter(peer.0.ip()) else {
            tracing::debug!(address = %peer.0.ip(), "connection refused: too many busy connections from its network");
            continue;
        };
        let (shared, told) = (shared.clone(), told.clone());
        connections.spawn(async move { connection::serve(stream, peer, &place, &shared, told).await });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn next(listener: &TcpListener, room: &Room) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // It is there; it waits here where all others are busy, and nobody else is taken on.
                room.has_room().await;
                return (stream, Peer(peer));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Most likely no file descriptors are left; idle connections have some.
                tracing::error!(%error, "failed to accept a connection; retrying");
                room.relieve();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// What the store, the log and requests of Signet's own need besides connections.
const OTHER_DESCRIPTORS: usize = 128;

/// Connections for which the system grants file descriptors. With fewer than that, idle ones must go before
/// descriptors run out.
fn within_descriptors(wanted: usize) -> usize {
    let granted = std::fs::read_to_string("/proc/self/limits").ok().and_then(|limits| {
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
        line.split_whitespace().next()?.parse::<usize>().ok()
    });
    let room = granted.map_or(wanted, |granted| granted.saturating_sub(OTHER_DESCRIPTORS).max(granted / 2));
    if room < wanted {
        tracing::warn!(
            wanted,
            possible = room,
            "the limit of open files (ulimit -n, LimitNOFILE) is too low for server.max_connections"
        );
    }
    room.min(wanted)
}

/// The peer went away before it was accepted.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
