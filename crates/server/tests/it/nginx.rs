//! docs/serving.md: the block for nginx, tried with nginx itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A process that ends with the test, also with one that fails: told to, so that it ends whatever it has
/// started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        if !told.is_ok_and(|status| status.success()) {
            let _gone = self.0.kill();
        }
        let _waited = self.0.wait();
    }
}

fn nginx() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("nginx")).find(|file| file.is_file()).unwrap()
}

/// The block of the book, for a port of this machine and without TLS.
fn block(port: u16, upstream: u16) -> String {
    let book = include_str!("../../../../docs/serving.md");
    let block = book.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap();
    let block = block.replace("listen 443 ssl;\n", &format!("listen 127.0.0.1:{port};\n"));
    let block =
        block.replace("http2 on;\n", "\n").replace("127.0.0.1:8080", &format!("127.0.0.1:{upstream}"));
    assert!(block.contains(&format!("listen 127.0.0.1:{port};")) && block.contains(&format!(":{upstream};")));
    block
}

fn serve(folder: &Path) -> (Running, u16) {
    let config = "issuer = 'https://login.example.org'\nlisten = '127.0.0.1:0'\nstore = 'memory:'\nkeys.signing = ['ES256']\n\
                  proxy.trusted = ['127.0.0.1']\n[[clients]]\nclient_id = 'web'\nclient_secret = '0123456789abcdef'\n\
                  redirect_uris = ['https://app.example.org/cb']\n";
    std::fs::write(folder.join("signet.toml"), config).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_signet"))
        .args(["serve", "--config"])
        .arg(folder.join("signet.toml"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let ready = lines.find(|line| line.contains("listening on")).unwrap();
    // Anyone who writes to a pipe that nobody reads waits for ever.
    std::thread::spawn(move || lines.count());
    let port = ready.rsplit(':').next().unwrap().trim_end_matches(|c: char| !c.is_ascii_digit());
    (Running(child), port.parse().unwrap())
}

/// Status, headers and body of an answer that came through the proxy.
fn get(port: u16, path: &str, cookie: &str) -> (String, String) {
    let mut stream = loop {
        // Until nginx listens.
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            break stream;
        }
        std::thread::yield_now();
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: login.example.org\r\nAccept: text/html\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut named = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value)
}

#[test]
#[ignore = "needs nginx, which `./test kill` installs"]
fn the_block_of_the_book_carries_the_longest_sealed_address() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("nginx-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (_signet, upstream) = serve(&folder);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let own = "daemon off; master_process off; pid nginx.pid; error_log stderr; events {}\nhttp {\naccess_log off; client_body_temp_path body; \
               proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n";
    std::fs::write(folder.join("nginx.conf"), format!("{own}{}}}\n", block(port, upstream))).unwrap();
    let proxy = Command::new(nginx()).arg("-p").arg(&folder).args(["-c", "nginx.conf"]).spawn().unwrap();
    let _proxy = Running(proxy);

    let ask = format!(
        "/authorize?client_id=web&response_type=code&scope=openid&redirect_uri=https://app.example.org/cb&state={}",
        "0123456789abcdef".repeat(500)
    );
    let (head, _) = get(port, &ask, "");
    assert!(head.starts_with("HTTP/1.1 303"), "{head}");
    let address = header(&head, "location").unwrap().to_owned();
    assert!(address.len() > 10_500, "{}", address.len());
    let cookie = header(&head, "set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
    let (head, page) =
        get(port, address.strip_prefix("https://login.example.org").unwrap_or(&address), cookie);
    assert!(head.starts_with("HTTP/1.1 200") && page.contains("id=\"username\""), "{head}");
    for closed in ["/metrics", "/health/ready"] {
        assert!(get(port, closed, "").0.starts_with("HTTP/1.1 404"), "{closed}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
