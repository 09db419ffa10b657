//! RFC 9112, RFC 9113: the HTTP server around a provider. It bounds what a connection may cost and ends
//! without breaking a request off.

mod bodies;
mod bounded;
mod connection;

mod listen;

mod observe;
mod room;
mod server;
mod signal;
#[cfg(test)]
mod tests;
mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;

use crate::network::Network;
use crate::provider::Provider;
use crate::web::{headers, health, metrics};

pub use crate::background::Background;
pub use listen::{hindrance, is_ours, judge as judge_listen, localhost};
pub use observe::Observer;
pub use server::Server;
pub use signal::{Hangups, told_to_stop};
pub use tls::{Certificate, CertificateFacts, TlsFiles, TlsPart};

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// The option or key that names them, for what is said when they cannot be had.
    pub named: &'static str,
    /// HTTPS by ourselves.
    pub tls: Option<TlsFiles>,
    /// The host by which clients reach it, which the certificate must name; none where only a proxy does.
    pub host: Option<String>,
    /// Proxies whose forwarding headers are believed.
    pub proxies: Vec<Network>,
    /// Where `/metrics` is served.
    pub metrics: Metrics,
    /// The value of `Strict-Transport-Security`.
    pub hsts: Option<String>,
    /// Plain HTTP is meant, though the address is not this machine alone.
    pub plain_http: bool,
    /// What is worth a line in the log once requests are answered.
    pub warnings: Vec<String>,
    /// Every line on standard error is JSON.
    pub json: bool,
    /// What one peer may cost.
    pub limits: Limits,
}

/// Where `/metrics` is served, and `/health` with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metrics {
    /// Nowhere; `/health` is served with everything else.
    Off,
    /// With everything else.
    Here,
    /// At an address of their own, and `/metrics` only if so wished.
    At(SocketAddr, bool),
}

/// What one peer may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at one time, in all.
    pub connections: usize,
    /// Connections at one time of one network: an IPv4 address or an IPv6 /64. Proxies and this machine have
    /// all of them.
    pub connections_per_network: usize,
    /// From the connection to the end of its first request's headers, TLS handshake apart.
    pub header_timeout: Duration,
    /// A connection without a request under way is closed after it.
    pub idle_timeout: Duration,
    /// From a request's headers to its answer.
    pub request_timeout: Duration,
    /// Bytes of a request's headers.
    pub max_header: usize,
    /// Bytes of a request's body.
    pub max_body: usize,
    /// From a request's headers to the end of its body.
    pub body_timeout: Duration,
    /// Bytes of all bodies together that have begun and not ended.
    pub bodies: usize,
    /// How long requests under way may take to finish when we are asked to stop.
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_network: 1000,
            header_timeout: Duration::from_secs(10),
            // Longer than proxies usually keep an idle connection, so that they never send a request into one
            // that we close.
            idle_timeout: Duration::from_secs(75),
            request_timeout: Duration::from_secs(30),
            max_header: 32 * 1024,
            max_body: 64 * 1024,
            body_timeout: Duration::from_secs(10),
            bodies: 64 * 1024 * 1024,
            shutdown_timeout: Duration::from_secs(20),
        }
    }
}

impl Options {
    /// Plain HTTP for this machine, with safe limits.
    pub fn local(listen: Vec<SocketAddr>) -> Self {
        Self {
            listen,
            named: "Options::listen",
            tls: None,
            host: None,
            proxies: Vec::new(),
            metrics: Metrics::Here,
            hsts: None,
            plain_http: false,
            warnings: Vec::new(),
            json: false,
            limits: Limits::default(),
        }
    }
}

/// Why nothing can be served.
#[derive(Debug)]
pub enum Error {
    /// The address cannot be had.
    Listen {
        /// Which.
        address: SocketAddr,
        /// The option or key that names it.
        named: &'static str,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Passwords would cross a network in clear.
    PlainHttp(SocketAddr),
    /// A certificate or key file.
    Tls {
        /// Of which of the two.
        part: TlsPart,
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system's signals.
    Signal(std::io::Error),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Listen { address, named, reason } if reason.kind() == std::io::ErrorKind::AddrInUse => {
                write!(f, "{address} is taken by another program; choose another port with `{named}`")
            }
            Error::Listen { address, named, reason }
                if reason.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                write!(
                    f,
                    "this account may not listen on {address}; choose a port from 1024 on with `{named}`, or give the service \
                     CAP_NET_BIND_SERVICE"
                )
            }
            Error::Listen { address, named, reason } => {
                write!(f, "{address} cannot be listened on ({reason}); choose another address with `{named}`")
            }
            Error::PlainHttp(address) => write!(
                f,
                "{address} is not this machine alone, and passwords must not cross a network in clear: set `tls`, \
                 or listen on 127.0.0.1, or name the proxy that speaks TLS for Signet in `proxy.trusted`"
            ),
            Error::Tls { file, reason, .. } => write!(f, "{}: {reason}", file.display()),
            Error::Signal(reason) => write!(f, "the system's signals cannot be watched: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

/// Who watches a server of this provider.
pub fn observer(provider: &Provider, options: &Options) -> Observer {
    Observer::new(options, provider.metrics().clone()).of(provider)
}

/// Everything that a server of this provider answers.
pub fn routes(provider: &Provider, options: &Options) -> Router {
    match options.metrics {
        Metrics::Off => provider.site(),
        Metrics::Here => provider.site().merge(metrics(provider)),
        Metrics::At(..) => provider.endpoints(true),
    }
}

/// What is served to those who watch over us, where they have an address of their own.
pub fn watch_routes(provider: &Provider, options: &Options) -> Router {
    let health = health::router(provider.store().clone(), provider.signs());
    let health = health.layer(axum::middleware::map_response(headers::every));
    match options.metrics {
        Metrics::At(_, true) => health.merge(metrics(provider)),
        _ => health,
    }
}

fn metrics(provider: &Provider) -> Router {
    metrics::router(provider.metrics().clone()).layer(axum::middleware::map_response(headers::every))
}
