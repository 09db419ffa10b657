use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::error::OutboundError;
use super::{Fetch as _, Fetched, Limits, Outbound, OutboundOptions};
use crate::network::Network;

/// A server on this machine that gives one answer, as it stands, and then says nothing more.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn plain(answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), None).await
    }

    async fn start(answer: Vec<u8>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (port, connections) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (answer, tls) = (answer.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => talk(stream, &answer).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                talk(stream, &answer).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, connections }
    }

    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/jwks?v=1", self.port)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read_exact(&mut byte).await.is_err() {
            return;
        }
        request.extend(byte);
    }
    let request = String::from_utf8(request).unwrap();
    assert!(request.starts_with("GET /jwks?v=1 HTTP/1.1\r\nhost: "), "{request}");
    let _gone = stream.write_all(answer).await;
    // The connection stays open: what ends an answer is its length, and what ends waiting is the client's
    // patience.
    let _closed = stream.read(&mut [0]).await;
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn anywhere() -> Outbound {
    Outbound::new(&OutboundOptions { allow_private_addresses: true, ..OutboundOptions::default() }).unwrap()
}

fn public_only() -> Outbound {
    Outbound::new(&OutboundOptions::default()).unwrap()
}

/// Every name is at these addresses; tells how often one was asked for.
fn resolving(outbound: &mut Outbound, addresses: &[IpAddr]) -> Arc<AtomicUsize> {
    let (addresses, asked) = (addresses.to_vec(), Arc::new(AtomicUsize::new(0)));
    let counted = asked.clone();
    outbound.connector.resolver = Arc::new(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    });
    asked
}

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn a_document_is_fetched_with_its_age() {
    for (headers, max_age) in [
        ("", None),
        ("cache-control: public, max-age=120\r\n", Some(120)),
        ("Cache-Control: MAX-AGE=\"7\"\r\n", Some(7)),
        ("cache-control: max-age=120\r\ncache-control: no-cache\r\n", Some(0)),
        ("cache-control: max-age=soon\r\n", None),
    ] {
        let server = Server::plain(ok(headers, "{}")).await;
        let Fetched { body, max_age: told } = anywhere().get(&server.url("127.0.0.1")).await.unwrap();
        assert_eq!((&body[..], told), (&b"{}"[..], max_age), "{headers}");
    }
}

#[tokio::test]
async fn nothing_on_this_machine_is_connected_to() {
    let server = Server::plain(ok("", "{}")).await;
    for host in
        ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "keys.example"]
    {
        let mut outbound = public_only();
        resolving(&mut outbound, &[HERE, "::1".parse().unwrap(), "10.0.0.1".parse().unwrap()]);
        let url = format!("https://{host}:{}/jwks?v=1", server.port);
        assert_eq!(outbound.get(&url).await.unwrap_err(), OutboundError::Private, "{host}");
    }
    assert_eq!(server.connections(), 0);
}

/// `outbound.allow`: a network by https alone, a host by http too, and nothing near them.
#[tokio::test]
async fn what_the_operator_names_may_be_fetched_from_and_nothing_else() {
    let server = Server::plain(ok("", "{}")).await;
    let allowing = |networks: &[&str], hosts: &[&str]| {
        let networks = networks.iter().map(|text| Network::parse(text).unwrap()).collect();
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let options = OutboundOptions { networks, hosts, ..OutboundOptions::default() };
        let mut outbound = Outbound::new(&options).unwrap();
        resolving(&mut outbound, &[HERE]);
        outbound
    };
    let named = allowing(&[], &["keys.internal"]);
    assert_eq!(&named.get(&server.url("keys.internal")).await.unwrap().body[..], b"{}");
    for other in ["keys.example", "other.keys.internal", "127.0.0.1"] {
        let https = server.url(other).replace("http:", "https:");
        assert_eq!(named.get(&https).await.unwrap_err(), OutboundError::Private, "{other}");
        assert!(matches!(named.get(&server.url(other)).await, Err(OutboundError::Address(_))), "{other}");
    }
    let here = allowing(&["127.0.0.0/8"], &[]);
    assert!(
        matches!(here.get(&server.url("127.0.0.1")).await, Err(OutboundError::Address(_))),
        "never in clear"
    );
    let before = server.connections();
    let https = server.url("keys.internal").replace("http:", "https:");
    assert!(!matches!(here.get(&https).await, Err(OutboundError::Private | OutboundError::Address(_))));
    assert_eq!(server.connections(), before + 1);
    let elsewhere = allowing(&["10.0.0.0/8"], &[]);
    assert_eq!(elsewhere.get(&https).await.unwrap_err(), OutboundError::Private);
    assert_eq!(server.connections(), before + 1);
}

#[tokio::test]
async fn a_local_name_is_not_even_looked_up() {
    let mut outbound = public_only();
    let asked = resolving(&mut outbound, &["1.1.1.1".parse().unwrap()]);
    for host in ["localhost", "metadata.google.internal", "intranet", "printer.local."] {
        assert_eq!(
            outbound.get(&format!("https://{host}/")).await.unwrap_err(),
            OutboundError::Private,
            "{host}"
        );
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_only_that_answer_counts() {
    let server = Server::plain(ok("", "{}")).await;
    let mut outbound = anywhere();
    let asked = resolving(&mut outbound, &[HERE]);
    outbound.get(&server.url("keys.example")).await.unwrap();
    assert_eq!((asked.load(Ordering::SeqCst), server.connections()), (1, 1));
    resolving(&mut outbound, &[]);
    assert!(matches!(outbound.get(&server.url("keys.example")).await.unwrap_err(), OutboundError::Name(_)));
}

#[tokio::test]
async fn only_web_addresses_are_fetched_and_only_by_tls() {
    for (url, why) in [
        ("http://example.org/jwks", "https"),
        ("file:///etc/passwd", "https"),
        ("ftp://example.org/", "https"),
        ("https://user:password@example.org/", "user"),
        ("jwks.json", "web address"),
    ] {
        let error = public_only().get(url).await.unwrap_err();
        assert!(matches!(&error, OutboundError::Address(told) if told.contains(why)), "{url}: {error}");
    }
}

#[tokio::test]
async fn redirects_and_errors_are_not_followed() {
    let elsewhere = Server::plain(ok("", "{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let location = elsewhere.url("127.0.0.1");
        let answer =
            format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::plain(answer).await;
        assert_eq!(
            anywhere().get(&server.url("127.0.0.1")).await.unwrap_err(),
            OutboundError::Redirect(status)
        );
    }
    assert_eq!(elsewhere.connections(), 0);
    for status in [204, 404, 500] {
        let server = Server::plain(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(
            anywhere().get(&server.url("127.0.0.1")).await.unwrap_err(),
            OutboundError::Status(status)
        );
    }
    let server = Server::plain("SSH-2.0-OpenSSH_9.9\r\n\r\n").await;
    assert!(matches!(anywhere().get(&server.url("127.0.0.1")).await.unwrap_err(), OutboundError::Broken(_)));
}

#[tokio::test]
async fn long_answers_are_cut_off() {
    let limit = Limits::default().body;
    let fits = Server::plain(ok("", &"x".repeat(limit))).await;
    assert_eq!(anywhere().get(&fits.url("127.0.0.1")).await.unwrap().body.len(), limit);
    let announced = Server::plain(ok("", &"x".repeat(limit + 1))).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000)).repeat(5);
    let unannounced =
        Server::plain(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}")).await;
    for server in [announced, unannounced] {
        assert_eq!(
            anywhere().get(&server.url("127.0.0.1")).await.unwrap_err(),
            OutboundError::TooLarge(limit)
        );
    }
    let header = Server::plain(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(64 * 1024))).await;
    assert!(matches!(anywhere().get(&header.url("127.0.0.1")).await.unwrap_err(), OutboundError::Broken(_)));
}

#[tokio::test]
async fn patience_has_an_end() {
    let mut outbound = anywhere();
    outbound.limits.total = Duration::from_millis(50);
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{"] {
        let silent = Server::plain(answer).await;
        assert_eq!(
            outbound.get(&silent.url("127.0.0.1")).await.unwrap_err(),
            OutboundError::Slow,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn nobody_there_is_told() {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = anywhere().get(&format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(error, OutboundError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn tls_holds_the_host_to_its_name() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["keys.example".to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    let server = Server::start(ok("", "{}").into_bytes(), Some(TlsAcceptor::from(Arc::new(config)))).await;
    let authority = File::new("ca.pem", &cert.pem());
    let url = |host: &str| format!("https://{host}:{}/jwks?v=1", server.port);

    let options = OutboundOptions {
        allow_private_addresses: true,
        extra_ca: vec![authority.0.clone()],
        ..OutboundOptions::default()
    };
    let mut trusting = Outbound::new(&options).unwrap();
    resolving(&mut trusting, &[HERE]);
    assert_eq!(trusting.get(&url("keys.example")).await.unwrap().body, "{}");
    for host in ["other.example", "127.0.0.1"] {
        assert!(matches!(trusting.get(&url(host)).await.unwrap_err(), OutboundError::Tls(_)), "{host}");
    }
    let mut doubting = anywhere();
    resolving(&mut doubting, &[HERE]);
    assert!(matches!(doubting.get(&url("keys.example")).await.unwrap_err(), OutboundError::Tls(_)));
}

#[test]
fn a_broken_authority_is_named() {
    let why = |path: PathBuf| {
        let options = OutboundOptions { extra_ca: vec![path], ..OutboundOptions::default() };
        Outbound::new(&options).err().unwrap()
    };
    assert!(why("/nowhere/ca.pem".into()).starts_with("/nowhere/ca.pem: "));
    let empty = File::new("empty.pem", "nothing here");
    assert!(why(empty.0.clone()).contains("no certificate"));
}

/// A file that goes with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("signet-outbound-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}
