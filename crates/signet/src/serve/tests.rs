mod bounds;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::{Certificate, Error, Limits, Observer, Options, Server};
use crate::clock::SystemClock;
use crate::network::Network;
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
    let observer = Observer::new(&options, Metrics::new(&SystemClock));
    start_with(options, observer, router).await
}

async fn start_with(options: Options, observer: Observer, router: Router) -> Running {
    let server = Server::bind(&options).await.unwrap();
    let address = server.url().rsplit_once('/').unwrap().1.parse().unwrap();
    let certificate = server.certificate();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = server.observed(observer);
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

/// A stranger who never ends a header or a body delays nobody's restart.
#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_the_rest_of_a_request() {
    let server = start(local(), hello()).await;
    let mut open = Vec::new();
    for part in ["GET / HTT", "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nhalf"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(part.as_bytes()).await.unwrap();
        open.push(stream);
    }
    // An answer on a third connection: the others have been accepted by then.
    raw(server.address, &format!("{GET}\r\n")).await;
    let before = tokio::time::Instant::now();
    server.stop.send(()).unwrap();
    server.ended.await.unwrap().unwrap();
    let longest = Limits::default().shutdown_timeout / 2;
    assert!(before.elapsed() < longest, "{:?}", before.elapsed());
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
    assert!(error.contains(address) && error.contains("Options::listen"), "{error}");
}

#[tokio::test]
async fn an_https_host_is_remembered() {
    let options = Options { hsts: Some("max-age=31536000".to_owned()), ..local() };
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
