//! RFC 9112: `signet serve` as a process of its own, and HTTP/1.1 to it over real sockets.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use signet_certify::{Answer, Error, Transport};
use tokio::net::TcpStream;

use super::{CLIENT, ISSUER, PASSWORD, REDIRECT_URI, SECRET, USERNAME};

/// The folder of one installation: configuration and database.
pub(super) struct Place(PathBuf);

impl Place {
    /// The port is the system's choice at every start, so the issuer, which may not change, names another
    /// address. A second use of a refresh token is never forgiven, and no code expires before it is judged.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("kill-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let config = format!(
            r#"
            issuer = "{ISSUER}"
            listen = "127.0.0.1:0"
            store = "sqlite:signet.db"
            data_dir = "."
            log.level = "error"
            proxy.trusted = []
            keys.signing = ["ES256"]
            lifetimes = {{ code = "10m", refresh_grace = 0 }}
            login = {{ workers = 1, argon2 = {{ memory_kib = 8, iterations = 1, parallelism = 1 }} }}

            [[clients]]
            client_id = "{CLIENT}"
            client_secret = "{SECRET}"
            redirect_uris = ["{REDIRECT_URI}"]
            id_token_signed_response_alg = "ES256"
            skip_consent = true
            refresh_without_offline_access = true

            [[users]]
            username = "{USERNAME}"
            password = "{PASSWORD}"
            "#
        );
        std::fs::write(folder.join("signet.toml"), config).unwrap();
        Self(folder)
    }

    fn config(&self) -> PathBuf {
        self.0.join("signet.toml")
    }

    /// The database as it lies on the disk; for a time when no process has it open.
    pub(super) fn snapshot(&self) -> Vec<(PathBuf, Vec<u8>)> {
        self.database().map(|file| (file.clone(), std::fs::read(file).unwrap())).collect()
    }

    /// Makes the database forget everything since the snapshot.
    pub(super) fn put_back(&self, snapshot: &[(PathBuf, Vec<u8>)]) {
        self.database().for_each(|file| std::fs::remove_file(file).unwrap());
        snapshot.iter().for_each(|(file, bytes)| std::fs::write(file, bytes).unwrap());
    }

    /// With its log, but without the index of the log, which belongs to the machine's memory and is made
    /// anew.
    fn database(&self) -> impl Iterator<Item = PathBuf> {
        let files = ["signet.db", "signet.db-wal"].map(|name| self.0.join(name));
        files.into_iter().filter(|file| file.exists())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // After a failure the database is evidence.
        if !std::thread::panicking() {
            let _removed = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// A running `signet serve`.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
    complaints: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts the release binary where `./test` names it, else the one that was built with this test.
    pub(super) fn start(place: &Place) -> Self {
        let program =
            std::env::var_os("SIGNET").unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_signet")));
        Self::run(Path::new(&program), &place.config())
    }

    fn run(program: &Path, config: &Path) -> Self {
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(config).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let Some(address) = first.trim_end().strip_prefix("listening on http://") else {
            let (_killed, _gone) = (child.kill(), child.wait());
            let mut rest = String::new();
            said.read_to_string(&mut rest).unwrap();
            panic!("{} did not start: {first}{rest}", program.display());
        };
        let address = address.parse().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut rest = String::new();
            said.read_to_string(&mut rest).unwrap();
            rest
        });
        Self { child, address, complaints: Some(complaints) }
    }

    pub(super) fn link(&self) -> Link {
        Link { address: self.address, idle: Mutex::default() }
    }

    /// SIGKILL: the process gets no chance to finish anything.
    pub(super) fn kill(&mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "the server ended by itself");
        self.child.kill().unwrap();
    }

    /// The dead process's errors; there should be none.
    pub(super) fn bury(mut self) -> String {
        self.child.wait().unwrap();
        self.complaints.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Most often it is dead and waited for already.
        let (_killed, _gone) = (self.child.kill(), self.child.wait());
    }
}

/// Connections to one server, kept alive and used again.
pub(super) struct Link {
    address: SocketAddr,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Link {
    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, Error> {
        let idle = self.idle.lock().unwrap().pop();
        if let Some(mut sender) = idle
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let stream = TcpStream::connect(self.address).await.map_err(Error::transport)?;
        stream.set_nodelay(true).map_err(Error::transport)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(Error::transport)?;
        tokio::spawn(async move {
            // Its end reaches anyone who waits for an answer.
            let _ended = connection.await;
        });
        Ok(sender)
    }
}

impl Transport for Link {
    fn send(&self, request: http::Request<Bytes>) -> Answer<'_> {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            parts.uri = path.parse().map_err(Error::transport)?;
            let mut sender = self.connection().await?;
            let request = http::Request::from_parts(parts, Full::new(body));
            let (parts, body) = sender.send_request(request).await.map_err(Error::transport)?.into_parts();
            let body = body.collect().await.map_err(Error::transport)?.to_bytes();
            self.idle.lock().unwrap().push(sender);
            Ok(http::Response::from_parts(parts, body))
        })
    }
}
