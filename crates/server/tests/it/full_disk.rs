//! docs/storage.md: a server that is started on a disk without a free byte waits for room.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A server with a disk of 9 MiB of its own, which something else has filled.
struct Starting {
    child: Child,
    folder: PathBuf,
}

impl Starting {
    /// Nothing where this account may not mount a file system.
    fn on_a_full_disk(test: &str) -> Option<Self> {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("disk")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "issuer = 'http://localhost:{port}'\nlisten = '127.0.0.1:{port}'\nstore = 'sqlite:disk/signet.db'\n\
             keys.signing = ['ES256']\n"
        );
        std::fs::write(folder.join("signet.toml"), config).unwrap();
        let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
        let mounting = |way: &[&str], then: &str| {
            let mut command = Command::new("unshare");
            command.args(way).args(["--mount", "sh", "-c"]);
            command.arg(format!("mount -t tmpfs -o size=9m none disk && {then}"));
            command.arg(env!("CARGO_BIN_EXE_signet")).current_dir(&folder).stderr(Stdio::piped());
            command
        };
        let may = |way: &&[&str]| mounting(way, "true").output().is_ok_and(|output| output.status.success());
        let way = ways.into_iter().find(may)?;
        let then = "{ cat /dev/zero > disk/other 2> /dev/null; exec \"$0\" serve --config signet.toml; }";
        let child = mounting(way, then).spawn().unwrap();
        Some(Self { child, folder })
    }

    fn make_room(&self) {
        // The disk as the server sees it.
        let root = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        let other = self.folder.join("disk/other");
        std::fs::remove_file(root.join(other.strip_prefix("/").unwrap())).unwrap();
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let (_killed, _gone) = (self.child.kill(), self.child.wait());
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

const SKIPPED: &str = "skipped: this account may not mount a file system of its own";

/// The words that a server logs.
struct Log(Lines<BufReader<ChildStderr>>);

impl Log {
    fn of(server: &mut Starting) -> Self {
        Self(BufReader::new(server.child.stderr.take().unwrap()).lines())
    }

    /// All until a line with these words; it ends where the server does.
    fn until(&mut self, words: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(words) {
            seen += &self.0.next().unwrap_or_else(|| panic!("no {words:?} in {seen}")).unwrap();
        }
        seen
    }
}

#[test]
fn a_server_that_starts_on_a_full_disk_waits_until_there_is_room() {
    let Some(mut server) = Starting::on_a_full_disk("full-disk") else {
        eprintln!("{SKIPPED}");
        return;
    };
    let mut log = Log::of(&mut server);
    let said = log.until("waiting until there is room");
    assert!(said.contains("is full: free at least 6 MiB") && !said.contains("listening on"), "{said}");
    server.make_room();
    log.until("listening on ");
}

/// The first process of a container gets no signal that it does not watch.
#[test]
fn a_server_that_waits_for_room_stops_when_it_is_asked_to() {
    let Some(mut server) = Starting::on_a_full_disk("full-disk-stop") else {
        eprintln!("{SKIPPED}");
        return;
    };
    let mut log = Log::of(&mut server);
    log.until("waiting until there is room");
    for signal in ["-HUP", "-TERM"] {
        let sent = Command::new("kill").args([signal, &server.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
    log.until("shutting down before the start was complete");
    assert!(server.child.wait().unwrap().success());
}
