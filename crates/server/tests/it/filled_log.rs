//! docs/security.md: what a stranger can write into the log by a request, whatever it contains.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use crate::lost_log::Serving;

/// Bytes of a request in the log.
const MOST: usize = 1500;

const FORM: &str = "application/x-www-form-urlencoded";

struct Log {
    file: PathBuf,
    server: Serving,
    marks: usize,
}

impl Log {
    fn new() -> Self {
        let name = format!("filled-log-{}", std::process::id());
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let server = Serving::with("filled", fs::File::create(&file).unwrap(), |port, _| {
            format!(
                "issuer = 'http://localhost:{port}'\nlisten = '127.0.0.1:{port}'\nstore = 'memory:'\nkeys.signing = ['ES256']\n\
                 registration = {{ mode = 'open', per_address = 1000 }}\n\
                 [[clients]]\nclient_id = 'rp'\nclient_secret = 'rp-secret-0123456789abcdef0123456789'\n\
                 redirect_uris = ['http://127.0.0.1:9999/cb']\n"
            )
        });
        Self { file, server, marks: 0 }
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: &str) -> String {
        let mut stream = self.server.connect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nAccept: text/html\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.server.port,
            body.len(),
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// All lines so far; those of one more request, which are there as well, come last.
    fn read(&mut self) -> String {
        self.marks += 1;
        let mark = format!("mark-{:04}", self.marks);
        self.send("GET", &format!("/authorize?client_id={mark}"), FORM, "");
        loop {
            let text = fs::read_to_string(&self.file).unwrap();
            let is_whole = text.ends_with('\n');
            if is_whole && text.split_once(&mark).is_some_and(|(_, after)| after.contains("\"answered\"")) {
                return text;
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let _removed = fs::remove_file(&self.file);
    }
}

#[test]
fn a_request_writes_few_bytes_whatever_it_contains() {
    let mut log = Log::new();
    let control = "%01".repeat(2000);
    let (long, longer) = ("N".repeat(600), "N".repeat(6000));
    let url = format!("https://app.example/{}", "y".repeat(1900));
    let hint = "id_token_hint=eyJhbGciOiJSUzI1NiJ9.e30.aaaa";
    let asked = "/authorize?client_id=rp&response_type=code&scope=openid&redirect_uri=";
    let callback = "http%3A%2F%2F127.0.0.1%3A9999%2Fcb";
    let odd: String = (0..40).map(|at| format!(",\"{}{at}\":1", "\\u0001".repeat(200))).collect();
    let registered = format!("{{\"redirect_uris\":[\"https://app.example/cb\"]{odd}}}");
    let refused = format!("{{\"redirect_uris\":[\"http://app.example/{}\"]}}", "\\\"".repeat(900));
    let named = format!(
        "{{\"redirect_uris\":[\"https://x.example/cb\"],\"client_name\":\"{}\"}}",
        "\\u0001".repeat(500)
    );
    let requests = [
        ("GET", "/nothing".to_owned(), FORM, String::new()),
        ("GET", format!("/end_session?client_id={control}&{hint}"), FORM, String::new()),
        (
            "GET",
            format!("/end_session?client_id={url}&{hint}&post_logout_redirect_uri={control}"),
            FORM,
            String::new(),
        ),
        ("POST", "/end_session".to_owned(), FORM, format!("client_id={control}&{hint}")),
        ("GET", format!("/authorize?client_id={control}"), FORM, String::new()),
        ("GET", format!("/authorize?client_id={url}&response_type=code"), FORM, String::new()),
        ("GET", format!("{asked}{url}"), FORM, String::new()),
        ("GET", format!("{asked}{callback}&{hint}"), FORM, String::new()),
        ("GET", format!("{asked}{callback}&scope={control}"), FORM, String::new()),
        ("GET", format!("{asked}{callback}&resource={url}&{hint}"), FORM, String::new()),
        ("GET", format!("{asked}{callback}&response_mode={control}"), FORM, String::new()),
        ("GET", format!("{asked}{callback}&prompt={control}&{hint}"), FORM, String::new()),
        ("POST", "/token".to_owned(), FORM, format!("grant_type=x&client_id={control}")),
        ("POST", "/token".to_owned(), FORM, format!("grant_type={control}&client_id={url}&client_secret=x")),
        ("POST", "/revoke".to_owned(), FORM, format!("client_id={control}&token=x")),
        ("POST", "/register".to_owned(), "application/json", registered),
        ("POST", "/register".to_owned(), "application/json", refused),
        ("POST", "/register".to_owned(), "application/json", named),
        ("GET", format!("/{}", "n".repeat(6000)), FORM, String::new()),
        (longer.as_str(), format!("/authorize?{}", "n".repeat(2000)), FORM, String::new()),
        (long.as_str(), format!("/interaction/{}", "n".repeat(2000)), FORM, String::new()),
    ];
    let before = log.read().len();
    let usual = log.read().len() - before;
    for (method, path, kind, body) in &requests {
        let before = log.read().len();
        log.send(method, path, kind, body);
        let text = log.read();
        let bytes = text.len() - before - usual;
        let what = format!("{method:.9} {path:.60} {body:.60}");
        println!("{bytes:5} bytes: {what}");
        assert!(bytes <= MOST, "{bytes} bytes: {what}\n{}", &text[before..]);
        for line in text[before..].lines() {
            let read: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(read["message"].is_string() && read["span"]["request_id"].is_string(), "{line}");
        }
    }
}
