//! docs/serving.md: a log that nobody reads, that is closed or on a full disk costs lines, never an answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A server and its folder; both go with the test, also with one that fails.
pub(super) struct Serving {
    child: Child,
    pub(super) port: u16,
    pub(super) folder: PathBuf,
}

impl Serving {
    pub(super) fn logging_to(name: &str, log: impl Into<Stdio>) -> Self {
        let usual = |port| {
            format!(
                "issuer = 'http://localhost:{port}'\nlisten = '127.0.0.1:{port}'\nstore = 'memory:'\nkeys.signing = ['ES256']\n"
            )
        };
        Self::with(name, log, |port, _| usual(port))
    }

    /// With the configuration that `config` writes into a folder, for a port that takes plain HTTP.
    pub(super) fn with(name: &str, log: impl Into<Stdio>, config: impl FnOnce(u16, &Path) -> String) -> Self {
        let folder = format!("serving-{name}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        // The log cannot say which port it became.
        let port = free_port();
        std::fs::write(folder.join("signet.toml"), config(port, &folder)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command.args(["serve", "--config"]).arg(folder.join("signet.toml")).stderr(log);
        Self { child: command.spawn().unwrap(), port, folder }
    }

    /// Waits until it listens.
    pub(super) fn connect(&mut self) -> TcpStream {
        let stream = loop {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                break stream;
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "the server ended by itself");
            std::thread::yield_now();
        };
        // Only for a server that never answers, so that the test fails instead of waiting.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    pub(super) fn get(&mut self, path: &str) -> String {
        let mut stream = self.connect();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Requests that each have a line in the log.
    fn answers(&mut self, requests: usize) {
        for number in 0..requests {
            let answer = self.get(&format!("/authorize?client_id={number}"));
            assert!(answer.starts_with("HTTP/1.1 400"), "{number}: {answer}");
        }
    }

    /// Another configuration in the place of its own.
    pub(super) fn write(&self, config: &str) {
        std::fs::write(self.folder.join("signet.toml"), config).unwrap();
    }

    /// Makes it read its configuration again.
    pub(super) fn hang_up(&self) {
        self.signal("-HUP");
    }

    pub(super) fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(super) fn terminated(mut self) -> ExitStatus {
        self.terminate();
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Most often it is dead and waited for already.
        let (_killed, _gone) = (self.child.kill(), self.child.wait());
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn the_first_line_says_where_requests_are_answered_whatever_the_start_has_to_say() {
    let (reader, log) = std::io::pipe().unwrap();
    // Its keys are new, and it has something to warn of.
    let server = Serving::logging_to("first", log);
    let mut first = String::new();
    BufReader::new(reader).read_line(&mut first).unwrap();
    assert!(first.contains(&format!("listening on http://127.0.0.1:{}", server.port)), "{first}");
    assert!(server.terminated().success());
}

pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_log_whose_reader_has_gone_costs_no_answer() {
    let (reader, log) = std::io::pipe().unwrap();
    drop(reader);
    let mut server = Serving::logging_to("closed", log);
    server.answers(3);
    let metrics = server.get("/metrics");
    let lost = metrics.lines().find_map(|line| line.strip_prefix("signet_log_lines_lost_total "));
    assert!(lost.unwrap().parse::<u64>().unwrap() >= 3, "{metrics}");
    assert!(server.terminated().success());
}

#[test]
fn a_log_on_a_full_disk_costs_no_answer() {
    let log = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut server = Serving::logging_to("full", log);
    server.answers(3);
    assert!(server.terminated().success());
}

#[test]
fn a_log_that_nobody_reads_costs_no_answer_and_the_server_still_ends() {
    let (mut reader, log) = std::io::pipe().unwrap();
    let mut server = Serving::logging_to("unread", log);
    server.answers(500);
    assert!(server.terminated().success());
    // The log was longer than what the pipe has room for.
    let mut read = String::new();
    reader.read_to_string(&mut read).unwrap();
    assert!(read.contains("listening on ") && read.matches("\"answered\"").count() < 500, "{read}");
}
