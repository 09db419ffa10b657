use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Certificate, Error, Limits, Observer, Options, Server};
use crate::clock::SystemClock;
use crate::config::{Network, TlsFiles};
use crate::web::forwarded::ClientAddress;
use crate::web::metrics::Metrics;

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn local() -> Options {
    Options::local(vec![LOCAL])
}

struct Running {
    address: SocketAddr,
    certificate: Option<Certificate>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Error>>,
}

async fn start(options: Options, router: Router) -> Running {
    let server = Server::bind(&options).await.unwrap();
    let address = server.url().rsplit_once('/').unwrap().1.parse().unwrap();
    let certificate = server.certificate();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Observer::new(&options, Metrics::new(&SystemClock)).over(router);
    let ended = tokio::spawn(server.run(router, async {
        let _dropped = stopped.await;
    }));
    Running { address, certificate, stop, ended }
}

fn hello() -> Router {
    Router::new()
        .route(
            "/",
            get(async |Extension(ClientAddress(client)): Extension<ClientAddress>| client.to_string()),
        )
        .route("/echo", post(async |body: bytes::Bytes| body))
}

/// Writes what is given and reads to the end of the connection.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset after the answer is as good as an end.
    let _end = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";

#[tokio::test]
async fn http_1_carries_address_and_name() {
    let server = start(local(), hello()).await;
    let answer =
        raw(server.address, &format!("{GET}x-forwarded-for: 192.0.2.1\r\nx-request-id: mine\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
    assert!(answer.contains("x-request-id: ") && !answer.contains("mine"), "{answer}");
}

#[tokio::test]
async fn a_trusted_proxy_is_believed() {
    let options = Options { proxies: vec![Network::parse("127.0.0.0/8").unwrap()], ..local() };
    let server = start(options, hello()).await;
    let answer =
        raw(server.address, &format!("{GET}forwarded: for=192.0.2.1\r\nx-request-id: mine\r\n\r\n")).await;
    assert!(answer.ends_with("192.0.2.1"), "{answer}");
    assert!(answer.contains("x-request-id: mine\r\n"), "{answer}");
}

#[tokio::test]
async fn http_2_by_prior_knowledge() {
    let server = start(local(), hello()).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://localhost/").body(Full::<bytes::Bytes>::default()).unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "127.0.0.1");
}

#[tokio::test]
async fn bodies_and_headers_are_bounded() {
    let options =
        Options { limits: Limits { max_body: 10, max_header: 8192, ..Limits::default() }, ..local() };
    let server = start(options, hello()).await;
    let head = "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
    let status = async |rest: &str| {
        let answer = raw(server.address, &format!("{head}{rest}")).await;
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status("content-length: 10\r\n\r\n0123456789").await, "200");
    assert_eq!(status("content-length: 11\r\n\r\n01234567890").await, "413");
    assert_eq!(status("transfer-encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n").await, "413");
    assert_eq!(status(&format!("x: {}\r\n\r\n", "y".repeat(9000))).await, "431");
}

#[tokio::test]
async fn a_silent_peer_is_closed() {
    let limits = Limits { header_timeout: Duration::from_millis(20), ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    for beginning in ["", "GET / HTTP/1.1\r\nhost:", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let answer = raw(server.address, beginning).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let limits = Limits { idle_timeout: Duration::from_millis(20), ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    let answer = raw(server.address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
}

/// Asks and keeps the connection.
async fn ask_and_stay(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"127.0.0.1") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        answer.extend(byte);
    }
    stream
}

#[tokio::test]
async fn idle_connections_keep_nobody_out() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(ask_and_stay(server.address).await);
    }
    let silent = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..10 {
        assert!(raw(server.address, &format!("{GET}\r\n")).await.ends_with("127.0.0.1"));
    }
    // The first had been idle for longest.
    let mut rest = Vec::new();
    let _end = idle[0].read_to_end(&mut rest).await;
    assert!(rest.is_empty());
    drop(silent);
}

/// A body that begins and does not end.
struct Unfinished(Option<bytes::Bytes>);

impl hyper::body::Body for Unfinished {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(hyper::body::Frame::data(bytes)))))
    }
}

#[tokio::test]
async fn unfinished_bodies_keep_nobody_out() {
    let limits = Limits { bodies: 200_000, ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    let mut unfinished = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let (client, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..20 {
            let body = Unfinished(Some(vec![b'a'; 20_000].into()));
            let request = http::Request::post("http://localhost/echo").body(body).unwrap();
            let mut client = client.clone();
            unfinished.spawn(async move { client.send_request(request).await.unwrap().status() });
        }
    }
    // 80 bodies of 20 000 bytes want eight times the room: those that began first have to go, and no honest one.
    for _ in 0..70 {
        assert_eq!(unfinished.join_next().await.unwrap().unwrap(), http::StatusCode::SERVICE_UNAVAILABLE);
    }
    let body = "b".repeat(60_000);
    let post = "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 60000\r\n\r\n";
    assert!(raw(server.address, &format!("{post}{body}")).await.ends_with(&body));
}

#[tokio::test]
async fn a_body_has_its_time() {
    let limits = Limits { body_timeout: Duration::from_millis(20), ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    let post = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n01234";
    assert!(raw(server.address, post).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn stopping_finishes_the_request_under_way() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (there, may) = (arrived.clone(), go_on.clone());
    let slow = get(async move || {
        there.notify_one();
        may.notified().await;
        "finished"
    });
    let server = start(local(), Router::new().route("/", slow)).await;
    let asking =
        tokio::spawn(async move { raw(server.address, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await });
    let idle = TcpStream::connect(server.address).await.unwrap();
    arrived.notified().await;
    server.stop.send(()).unwrap();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    assert!(asking.await.unwrap().ends_with("finished"));
    server.ended.await.unwrap().unwrap();
    drop(idle);
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let never = get(async || std::future::pending::<()>().await);
    let limits = Limits { shutdown_timeout: Duration::from_millis(20), ..Limits::default() };
    let server = start(Options { limits, ..local() }, Router::new().route("/", never)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    server.stop.send(()).unwrap();
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn plain_http_stays_on_this_machine() {
    let anywhere = Options::local(vec!["0.0.0.0:0".parse().unwrap()]);
    let refused = Server::bind(&anywhere).await.unwrap_err();
    assert!(matches!(refused, Error::PlainHttp(_)), "{refused}");
    let behind_a_proxy = Options { proxies: vec![Network::parse("10.0.0.1").unwrap()], ..anywhere };
    Server::bind(&behind_a_proxy).await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let first = Server::bind(&local()).await.unwrap();
    let address = first.url().rsplit_once('/').unwrap().1;
    let error = Server::bind(&Options::local(vec![address.parse().unwrap()])).await.unwrap_err().to_string();
    assert!(error.contains(address) && error.contains("--port"), "{error}");
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("signet-serve-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { cert: self.0.join("cert.pem"), key: self.0.join("key.pem") }
    }

    fn issue(&self) -> CertificateDer<'static> {
        let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(self.files().cert, issued.cert.pem()).unwrap();
        std::fs::write(self.files().key, issued.signing_key.serialize_pem()).unwrap();
        issued.cert.der().clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is in the system's own temporary folder.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let crypto = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(crypto).with_protocol_versions(versions).unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

#[tokio::test]
async fn tls_in_both_versions_and_both_protocols() {
    let folder = Folder::new("versions");
    let trusted = folder.issue();
    let server = start(Options { tls: Some(folder.files()), ..local() }, hello()).await;

    let stream = connect(server.address, &trusted, &[&version::TLS12], &["http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_2));
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request =
        http::Request::get("/").header("host", "localhost").body(Full::<bytes::Bytes>::default()).unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "127.0.0.1");

    let stream = connect(server.address, &trusted, &[&version::TLS13], &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("https://localhost/").body(Full::<bytes::Bytes>::default()).unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
}

#[tokio::test]
async fn a_certificate_is_replaced_while_serving_unless_it_is_broken() {
    let folder = Folder::new("reload");
    let old = folder.issue();
    let server = start(Options { tls: Some(folder.files()), ..local() }, hello()).await;
    let certificate = server.certificate.unwrap();
    let reached = async |trusted| connect(server.address, trusted, &[&version::TLS13], &[]).await.is_ok();
    assert!(reached(&old).await);

    let new = folder.issue();
    assert!(reached(&old).await);
    certificate.reload().unwrap();
    assert!(reached(&new).await && !reached(&old).await);

    let key = std::fs::read(folder.files().key).unwrap();
    folder.issue();
    std::fs::write(folder.files().key, key).unwrap();
    let error = certificate.reload().unwrap_err().to_string();
    assert!(error.contains("key.pem") && error.contains("cert.pem"), "{error}");
    std::fs::write(folder.files().cert, "nothing").unwrap();
    assert!(certificate.reload().unwrap_err().to_string().contains("cert.pem"));
    std::fs::remove_file(folder.files().key).unwrap();
    assert!(certificate.reload().is_err());
    assert!(reached(&new).await);
}

#[tokio::test]
async fn an_https_host_is_remembered() {
    let loaded = |text: &str| {
        let base = std::path::Path::new("");
        let source = crate::config::Source { text, format: crate::config::Format::Toml, base, file: None };
        crate::config::Config::load_text(source, &std::collections::BTreeMap::new()).unwrap()
    };
    let said = |text: &str| Options::configured(&loaded(text)).hsts;
    let https = "issuer = 'https://login.example.org'\n";
    assert_eq!(said(https).as_deref(), Some("max-age=31536000"));
    let longer = "[hsts]\nmax_age = '730d'\ninclude_subdomains = true\n";
    assert_eq!(said(&format!("{https}{longer}")).as_deref(), Some("max-age=63072000; includeSubDomains"));
    assert_eq!(said(&format!("{https}[hsts]\nenabled = false\n")), None);
    assert_eq!(said("issuer = 'http://127.0.0.1:9400'"), None);
    assert_eq!(said("issuer = 'https://localhost'"), None);

    let options = Options { hsts: said(https), ..local() };
    let server = start(options, hello()).await;
    let answer = raw(server.address, &format!("{GET}\r\n")).await;
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
}

#[tokio::test]
async fn health_and_metrics_may_have_an_address_of_their_own() {
    let provider = crate::Provider::builder("http://127.0.0.1:9400").signing_algs(vec!["ES256".to_owned()]);
    let provider = provider.build().await.unwrap();
    let status = async |router: Router, path: &str| {
        let request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        tower::ServiceExt::oneshot(router, request).await.unwrap().status().as_u16()
    };
    let here = local();
    let apart = Options { metrics: super::Metrics::At(LOCAL, true), ..local() };
    let unmeasured = Options { metrics: super::Metrics::At(LOCAL, false), ..local() };
    for path in ["/metrics", "/health/live", "/health/ready"] {
        assert_eq!(status(super::routes(&provider, &here), path).await, 200, "{path}");
        assert_eq!(status(super::routes(&provider, &apart), path).await, 404, "{path}");
        assert_eq!(status(super::watch_routes(&provider, &apart), path).await, 200, "{path}");
    }
    assert_eq!(status(super::watch_routes(&provider, &unmeasured), "/metrics").await, 404);
    assert_eq!(status(super::watch_routes(&provider, &apart), "/token").await, 404);
}
