//! Sockets to accept connections on.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use super::{Error, Options};

/// RFC 9700 §2.6: without TLS only where nobody can listen in, or behind a proxy that speaks it for us.
pub fn judge(options: &Options) -> Result<(), Error> {
    let closed = options.tls.is_some() || !options.proxies.is_empty() || options.plain_http;
    match options.listen.iter().find(|address| !closed && !address.ip().to_canonical().is_loopback()) {
        Some(address) => Err(Error::PlainHttp(*address)),
        None => Ok(()),
    }
}

/// Whether an address is one of this machine, so that it can be listened on at all.
pub fn is_ours(address: SocketAddr) -> Result<(), String> {
    match std::net::TcpListener::bind(SocketAddr::new(address.ip(), 0)) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => {
            Err(format!("{} is not an address of this machine", address.ip()))
        }
        _ => Ok(()),
    }
}

/// Why an address could not be listened on at this moment, by this account. Nothing listens there meanwhile:
/// a client that connected would be turned away a moment later.
pub fn hindrance(address: SocketAddr, named: &'static str) -> Option<Error> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)
    };
    bound().err().map(|reason| Error::Listen { address, named, reason })
}

/// Binds every address.
pub(super) async fn bind(options: &Options) -> Result<Vec<TcpListener>, Error> {
    judge(options)?;
    let mut listeners = Vec::new();
    for &address in &options.listen {
        let listener = TcpListener::bind(address).await.map_err(|reason| Error::Listen {
            address,
            named: options.named,
            reason,
        })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Both loopback addresses of a port, as browsers may try either for `localhost`; the second only where there
/// is IPv6.
pub async fn localhost(port: u16) -> Vec<SocketAddr> {
    let four = SocketAddr::from(([127, 0, 0, 1], port));
    let six = SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port));
    let has_six = TcpListener::bind(SocketAddr::new(six.ip(), 0)).await.is_ok();
    if has_six { vec![four, six] } else { vec![four] }
}
