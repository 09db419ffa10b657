//! RFC 9112 §9.5, RFC 9113 §10.5: limits for peers that send too much, too slowly, or nothing.

use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use signet_core::settings::registration::Mode;

use super::*;

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

/// What the server refuses by itself is no less of an answer: where it says so, and what it holds, are those
/// of all others.
#[tokio::test]
async fn a_refusal_of_the_server_has_the_headers_of_every_answer() {
    let never = post(async |_: bytes::Bytes| std::future::pending::<()>().await);
    let limits = |body, request| Limits {
        body_timeout: Duration::from_millis(body),
        request_timeout: Duration::from_millis(request),
        ..Limits::default()
    };
    for (limits, rest, status) in [
        (limits(10_000, 30_000), "content-length: 70000\r\n\r\n", "413"),
        (limits(20, 30_000), "content-length: 10\r\n\r\n01234", "408"),
        (limits(10_000, 20), "content-length: 2\r\n\r\n01", "503"),
    ] {
        let hsts = Some("max-age=31536000".to_owned());
        let options = Options { limits, hsts, ..local() };
        let metrics = Metrics::new(&SystemClock);
        let observer = Observer::new(&options, metrics.clone());
        let server = start_with(options, observer, hello().route("/never", never.clone())).await;
        let head = "POST /never HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
        let answer = raw(server.address, &format!("{head}{rest}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        for header in [
            "x-content-type-options: nosniff\r\n",
            "cross-origin-resource-policy: same-origin\r\n",
            "strict-transport-security: max-age=31536000\r\n",
            "x-request-id: ",
        ] {
            assert!(answer.contains(header), "{header}: {answer}");
        }
        assert!(metrics.text().unwrap().contains(&format!("status=\"{status}\"")), "{status}");
    }
}

/// A script of another origin learns why it was refused where it may call at all.
#[tokio::test]
async fn a_refusal_of_the_server_can_be_read_where_its_route_can() {
    let builder = crate::Provider::builder("https://op.example/op").signing_algs(vec!["ES256".to_owned()]);
    let builder = builder.settings(|settings| settings.registration.mode = Mode::Open);
    let provider = builder.build().await.unwrap();
    let options = Options {
        limits: Limits { body_timeout: Duration::from_millis(20), ..Limits::default() },
        ..local()
    };
    let observer = crate::serve::observer(&provider, &options);
    let server = start_with(options, observer, provider.site()).await;
    for (path, opened) in [
        ("/op/token", true),
        ("/op/userinfo", true),
        ("/op/register", true),
        ("/op/register/x", true),
        ("/op/authorize", false),
        ("/op/introspect", false),
        ("/token", false),
    ] {
        let kind = if path.contains("register") { "json" } else { "x-www-form-urlencoded" };
        let method = if path.contains("register/") { "PUT" } else { "POST" };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: https://app.example\r\n\
             content-type: application/{kind}\r\n"
        );
        for (rest, status) in
            [("content-length: 70000\r\n\r\n", "413"), ("content-length: 10\r\n\r\n01234", "408")]
        {
            let answer = raw(server.address, &format!("{head}{rest}")).await;
            if status == "413" || opened {
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
            }
            for header in [
                "access-control-allow-origin: https://app.example\r\n",
                "access-control-allow-credentials: true\r\n",
                "vary: Origin\r\n",
            ] {
                assert_eq!(answer.contains(header), opened, "{path} {header}: {answer}");
            }
        }
    }
}

/// RFC 6749 §5.2: programs parse what they get as an error of OAuth.
#[tokio::test]
async fn a_refusal_of_the_server_is_json_for_programs() {
    let never = post(async |_: bytes::Bytes| std::future::pending::<()>().await);
    let limits = |body, request| Limits {
        body_timeout: Duration::from_millis(body),
        request_timeout: Duration::from_millis(request),
        ..Limits::default()
    };
    for (limits, rest, status, code) in [
        (limits(10_000, 30_000), "content-length: 70000\r\n\r\n", "413", "invalid_request"),
        (limits(20, 30_000), "content-length: 10\r\n\r\n01234", "408", "invalid_request"),
        (limits(10_000, 20), "content-length: 2\r\n\r\n01", "503", "temporarily_unavailable"),
    ] {
        let server = start(Options { limits, ..local() }, hello().route("/never", never.clone())).await;
        let ask = async |accept: &str| {
            let head = "POST /never HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
            raw(server.address, &format!("{head}accept: {accept}\r\n{rest}")).await
        };
        let answer = ask("*/*").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        for said in ["content-type: application/json\r\n", "cache-control: no-store\r\n"] {
            assert!(answer.contains(said), "{said}: {answer}");
        }
        assert!(answer.contains(&format!("{{\"error\":\"{code}\",\"error_description\":\"")), "{answer}");
        assert!(ask("text/html").await.contains("content-type: text/plain"), "{status}");
    }
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

/// What a test says on its thread.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn headers_that_do_not_end_in_time_are_a_line_of_the_log() {
    let said = Said::default();
    let writer = said.clone();
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG);
    let log = log.with_ansi(false).with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(log);
    let limits = Limits { header_timeout: Duration::from_millis(20), ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    raw(server.address, "GET / HTTP/1.1\r\nhost:").await;
    let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("DEBUG") && said.contains("request headers timed out address=127.0.0.1"), "{said}");
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
    // 80 bodies of 20 000 bytes want eight times the room: those that began first have to go, and no honest
    // one.
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

/// Sends the beginning of a request, and stays.
async fn begin(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn requests_that_are_not_finished_keep_nobody_out() {
    let limits = Limits { connections: 3, ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello()).await;
    for beginning in [
        "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\na",
        "POST /echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n2\r\na",
        "POST /echo HTTP/1.1\r\nhost: local",
    ] {
        let mut unfinished = Vec::new();
        for _ in 0..6 {
            unfinished.push(begin(server.address, beginning).await);
        }
        let honest =
            "POST /echo HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfour";
        for _ in 0..6 {
            assert!(raw(server.address, honest).await.ends_with("four"));
        }
        // Those that began first have gone.
        let mut rest = Vec::new();
        let _end = unfinished[0].read_to_end(&mut rest).await;
        assert!(rest.is_empty());
    }
}

/// What is being answered is not broken off, however long it takes.
#[tokio::test]
async fn a_request_that_is_complete_makes_room_for_nobody() {
    let (arrived, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (there, may) = (arrived.clone(), go_on.clone());
    let slow = post(async move |body: bytes::Bytes| {
        there.notify_one();
        may.notified().await;
        body
    });
    let limits = Limits { connections: 2, ..Limits::default() };
    let server = start(Options { limits, ..local() }, hello().route("/slow", slow)).await;
    let request =
        "POST /slow HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 4\r\n\r\nfour";
    let address = server.address;
    let asking = tokio::spawn(async move { raw(address, request).await });
    arrived.notified().await;
    for _ in 0..6 {
        assert!(raw(server.address, &format!("{GET}\r\n")).await.ends_with("127.0.0.1"));
    }
    go_on.notify_one();
    assert!(asking.await.unwrap().ends_with("four"));
}
