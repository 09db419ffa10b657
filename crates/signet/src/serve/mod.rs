//! RFC 9112, RFC 9113: the HTTP server around a provider. It bounds what a connection may cost and ends without breaking a request off.

mod background;
mod bodies;
mod connection;
mod listen;
pub mod log;
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

use crate::config::{Loaded, Network, Seconds, TlsFiles};
use crate::provider::Provider;
use crate::web::metrics;

pub use background::Background;
pub(crate) use listen::{judge as judge_listen, localhost};
pub use observe::Observer;
pub use server::Server;
pub use signal::{Hangups, told_to_stop};
pub use tls::Certificate;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// HTTPS by ourselves.
    pub tls: Option<TlsFiles>,
    /// Proxies whose forwarding headers are believed.
    pub proxies: Vec<Network>,
    /// Origins that may call from a browser; `*` is any.
    pub origins: Vec<String>,
    /// Whether `/metrics` is served.
    pub metrics: bool,
    /// What one peer may cost.
    pub limits: Limits,
}

/// What one peer may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at one time, in all.
    pub connections: usize,
    /// Connections at one time of one network: an IPv4 address or an IPv6 /64. Proxies and this machine have all of them.
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
    /// How long requests under way may take to finish when we are told to stop.
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_network: 1000,
            header_timeout: Duration::from_secs(10),
            // Longer than proxies usually keep an idle connection, so that they never send a request into one that we close.
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
            tls: None,
            proxies: Vec::new(),
            origins: vec!["*".to_owned()],
            metrics: true,
            limits: Limits::default(),
        }
    }

    /// As the configuration says.
    pub fn configured(config: &Loaded) -> Self {
        let seconds = |Seconds(seconds)| Duration::from_secs(seconds);
        Self {
            listen: vec![config.listen],
            tls: config.tls.clone(),
            proxies: config.proxies.clone(),
            origins: config.cors.clone(),
            metrics: config.metrics.enabled,
            limits: Limits {
                connections: config.server.max_connections,
                connections_per_network: config.server.max_connections_per_network,
                header_timeout: seconds(config.server.header_timeout),
                max_body: config.server.max_body,
                shutdown_timeout: seconds(config.server.shutdown_timeout),
                ..Limits::default()
            },
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
        /// What the system said.
        reason: std::io::Error,
    },
    /// Passwords would cross a network in clear.
    PlainHttp(SocketAddr),
    /// A certificate or key file.
    Tls {
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
            Error::Listen { address, reason } if reason.kind() == std::io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "{address} is taken by another program; choose another port with `listen` or `--port`"
                )
            }
            Error::Listen { address, reason } if reason.kind() == std::io::ErrorKind::PermissionDenied => {
                write!(
                    f,
                    "this account may not listen on {address}; choose a port from 1024 on with `listen`"
                )
            }
            Error::Listen { address, reason } => write!(f, "{address} cannot be listened on: {reason}"),
            Error::PlainHttp(address) => write!(
                f,
                "{address} is not this machine alone, and passwords must not cross a network in clear: set `tls`, \
                 or listen on 127.0.0.1, or name the proxy that speaks TLS for Signet in `proxy.trusted`"
            ),
            Error::Tls { file, reason } => write!(f, "{}: {reason}", file.display()),
            Error::Signal(reason) => write!(f, "the system's signals cannot be watched: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

/// Serves a provider until SIGINT or SIGTERM. On SIGHUP the certificate is read again and `reload` is called; what it returns as an
/// error is logged, and everything stays as it was.
pub async fn run<R, F>(provider: Provider, options: Options, mut reload: R) -> Result<(), Error>
where
    R: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<(), String>> + Send,
{
    let stop = told_to_stop()?;
    let mut hangups = Hangups::watch()?;
    let server = Server::bind(&options).await?;
    let certificate = server.certificate();
    let _background = Background::start(&provider);
    let reloading = async move {
        loop {
            hangups.next().await;
            if let Some(Err(error)) = certificate.as_ref().map(|certificate| certificate.reload()) {
                tracing::error!(%error, "the certificate was not reloaded; the old one stays");
            }
            match reload().await {
                Ok(()) => tracing::info!("the configuration was reloaded"),
                Err(error) => tracing::error!(error, "the configuration was not reloaded; the old one stays"),
            }
        }
    };
    let routes = routes(&provider, &options);
    announce(server.url());
    tokio::select! {
        ended = server.run(routes, stop) => ended,
        never = reloading => never,
    }
}

/// Everything that a server of this provider answers, watched.
pub fn routes(provider: &Provider, options: &Options) -> Router {
    let router = provider.router();
    let router =
        if options.metrics { router.merge(metrics::router(provider.metrics().clone())) } else { router };
    Observer::new(options, provider.metrics().clone()).over(router)
}

/// Says that requests are now answered; programs that start us wait for this line.
#[expect(clippy::print_stderr, reason = "a line for whoever started the program, whatever the log is set to")]
pub(crate) fn announce(url: &str) {
    eprintln!("listening on {url}");
}
