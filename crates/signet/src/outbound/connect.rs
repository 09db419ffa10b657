//! From a URL to a connection, over addresses that were judged before they are connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::OutboundOptions;
use super::address::{is_local_name, is_public};
use super::error::OutboundError;
use crate::network::Network;
use crate::place::{self, unread, unread_pem};

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 4;

type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Names → addresses; the system's in production.
pub(super) type Resolver = Arc<dyn Fn(String) -> Resolved + Send + Sync>;

/// Makes connections.
pub(super) struct Connector {
    pub(super) resolver: Resolver,
    pub(super) allow_private: bool,
    networks: Vec<Network>,
    hosts: Vec<String>,
    tls: TlsConnector,
}

/// A connection, with TLS or without.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connector {
    /// Trusts Mozilla's authorities and the extra ones. They are built in, so that the same certificates are
    /// good everywhere, in an image without any files of the system's too.
    pub(super) fn new(options: &OutboundOptions) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
        for file in &options.extra_ca {
            add(&mut roots, file).map_err(|why| format!("{}: {why}", file.display()))?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            resolver: Arc::new(|name| Box::pin(system(name))),
            allow_private: options.allow_private_addresses,
            networks: options.networks.clone(),
            hosts: options.hosts.clone(),
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// Connects to one of the host's addresses. Each name is resolved once, and only what that yielded is
    /// connected to.
    pub(super) async fn connect(&self, url: &Url) -> Result<Stream, OutboundError> {
        let named = url.host_str().is_some_and(|host| self.hosts.iter().any(|known| known == host));
        let allow_private = self.allow_private || named;
        if let Some(why) = never(allow_private, &self.networks, url) {
            return Err(why);
        }
        let secure = url.scheme() == "https";
        let host = url.host().ok_or(OutboundError::Address("it has no host"))?;
        let port = url.port_or_known_default().ok_or(OutboundError::Address("it has no port"))?;
        let (addresses, name) = match host {
            Host::Ipv4(four) => (vec![IpAddr::V4(four)], ServerName::from(IpAddr::V4(four))),
            Host::Ipv6(six) => (vec![IpAddr::V6(six)], ServerName::from(IpAddr::V6(six))),
            Host::Domain(name) => {
                let server = ServerName::try_from(name.to_owned());
                let server = server.map_err(|_| OutboundError::Address("its host is no name"))?;
                let found = (self.resolver)(name.to_owned()).await;
                (found.map_err(|error| OutboundError::Name(error.to_string()))?, server)
            }
        };
        let known = !addresses.is_empty();
        let in_network = |address| self.networks.iter().any(|network| network.contains(address));
        let usable: Vec<IpAddr> = addresses
            .into_iter()
            .filter(|address| allow_private || is_public(*address) || in_network(*address))
            .collect();
        if usable.is_empty() {
            return Err(if known {
                OutboundError::Private
            } else {
                OutboundError::Name("it has no address".into())
            });
        }
        let stream = dial(usable, port).await?;
        if !secure {
            return Ok(Stream::Plain(stream));
        }
        let stream =
            self.tls.connect(name, stream).await.map_err(|error| OutboundError::Tls(error.to_string()))?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}

/// Why an address is never connected to, as far as that can be told without asking for names.
pub(super) fn never(allow_private: bool, networks: &[Network], url: &Url) -> Option<OutboundError> {
    if url.scheme() != "https" && !(url.scheme() == "http" && allow_private) {
        return Some(OutboundError::Address("only https addresses are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(OutboundError::Address("it holds a user or password"));
    }
    let known =
        |address: IpAddr| is_public(address) || networks.iter().any(|network| network.contains(address));
    let good = match url.host()? {
        Host::Ipv4(four) => known(four.into()),
        Host::Ipv6(six) => known(six.into()),
        Host::Domain(name) => !networks.is_empty() || !is_local_name(name),
    };
    (!allow_private && !good).then_some(OutboundError::Private)
}

async fn dial(addresses: Vec<IpAddr>, port: u16) -> Result<TcpStream, OutboundError> {
    let mut why = String::new();
    for address in addresses.into_iter().take(MOST_ADDRESSES) {
        match TcpStream::connect(SocketAddr::new(address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => why = error.to_string(),
        }
    }
    Err(OutboundError::Unreachable(why))
}

async fn system(name: String) -> io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    let text = place::pem(file).map_err(|error| unread(file, &error))?;
    let certificates = CertificateDer::pem_slice_iter(text.expose().as_bytes());
    let mut found = false;
    for certificate in certificates {
        roots.add(certificate.map_err(unread_pem)?).map_err(|error| error.to_string())?;
        found = true;
    }
    if found { Ok(()) } else { Err("it holds no certificate in PEM form".into()) }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
