//! A web server of somebody else, on this machine and with TLS: what Signet fetches there.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The server; it ends with the test's runtime, and its certificate's file with it.
pub(crate) struct Elsewhere {
    port: u16,
    /// Who vouches for it.
    pub(crate) authority: PathBuf,
    documents: Documents,
    asked: Arc<AtomicU32>,
}

type Documents = Arc<Mutex<BTreeMap<String, String>>>;

impl Elsewhere {
    pub(crate) async fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let authority = std::env::temp_dir().join(format!("signet-it-{}-{number}.pem", std::process::id()));
        std::fs::write(&authority, issued.cert.pem()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
        let config = config.with_single_cert(vec![issued.cert.der().clone()], key).unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (documents, asked) = (Documents::default(), Arc::new(AtomicU32::new(0)));
        let (shelf, counted) = (documents.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(answer(stream, tls.clone(), shelf.clone()));
            }
        });
        Self { port, authority, documents, asked }
    }

    /// The address of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// Host and port, as pages show them.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What is at a path from now on.
    pub(crate) fn put(&self, path: &str, document: &Value) {
        self.documents.lock().unwrap().insert(path.to_owned(), document.to_string());
    }

    /// The same as it is, without JSON.
    pub(crate) fn put_text(&self, path: &str, text: &str) {
        self.documents.lock().unwrap().insert(path.to_owned(), text.to_owned());
    }

    /// How often anything was asked for.
    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.authority);
    }
}

async fn answer(stream: TcpStream, tls: TlsAcceptor, documents: Documents) {
    let Ok(mut stream) = tls.accept(stream).await else { return };
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read_exact(&mut byte).await.is_err() {
            return;
        }
        request.extend(byte);
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let found = documents.lock().unwrap().get(path).cloned();
    let (status, body) = found.map_or(("404 Not Found", String::new()), |body| ("200 OK", body));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let _gone = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _closed = stream.shutdown().await;
}
