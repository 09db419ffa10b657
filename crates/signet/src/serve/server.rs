//! Accepts connections until told to stop, then lets those that are there finish.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::{self, Shared};
use super::tls::Certificate;
use super::{Error, Limits, Options, listen};
use crate::web::forwarded::Peer;

/// Listening, but not answering yet.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<TcpListener>,
    certificate: Option<Certificate>,
    url: String,
    limits: Limits,
}

impl Server {
    /// Takes the addresses and reads the certificate.
    pub async fn bind(options: &Options) -> Result<Self, Error> {
        let certificate = options.tls.clone().map(Certificate::load).transpose()?;
        let listeners = listen::bind(options).await?;
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let address = listeners.first().and_then(|listener| listener.local_addr().ok());
        let url = address.map(|address| format!("{scheme}://{address}")).unwrap_or_default();
        Ok(Self { listeners, certificate, url, limits: options.limits.clone() })
    }

    /// Where it listens: the first address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to reload.
    pub fn certificate(&self) -> Option<Certificate> {
        self.certificate.clone()
    }

    /// Answers with the router until `stop` ends. Then no connection is accepted any more, requests under way are finished within the
    /// time that is set for it, and all connections are closed.
    pub async fn run(self, router: Router, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let tls = self.certificate.as_ref().map(Certificate::acceptor).transpose()?;
        let shared = Arc::new(Shared { router, tls, limits: self.limits.clone() });
        let (tell, told) = watch::channel(false);
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            accepting.spawn(accept(listener, shared.clone(), told.clone()));
        }
        stop.await;
        tracing::info!(url = self.url, "told to stop; requests under way are finished");
        tell.send_replace(true);
        let finished = tokio::time::timeout(self.limits.shutdown_timeout, async {
            while accepting.join_next().await.is_some() {}
        });
        if finished.await.is_err() {
            tracing::warn!("some requests were broken off: they did not finish in time");
        }
        Ok(())
    }
}

/// Ends when all its connections have; dropping it closes them.
async fn accept(listener: TcpListener, shared: Arc<Shared>, mut told: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(shared.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, peer, permit) = tokio::select! {
            _ = told.wait_for(|stop| *stop) => break,
            next = next(&listener, &room) => next,
        };
        let (shared, told) = (shared.clone(), told.clone());
        connections.spawn(async move {
            connection::serve(stream, peer, &shared, told).await;
            drop(permit);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, Peer, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a permit in the end.
    let permit = room.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, Peer(peer), permit),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Most likely no file descriptors are left; some come free as connections end.
                tracing::error!(%error, "no connection can be accepted; trying again");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// The peer went away before it was accepted.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
