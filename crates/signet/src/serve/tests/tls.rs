//! RFC 8446, RFC 5246: HTTPS by Signet itself.

use std::path::PathBuf;

use base64::Engine as _;
use hyper::client::conn::http1;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;
use crate::serve::{Certificate, TlsFiles};

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

/// RFC 7468 §2: what an editor or a form adds is not of a key.
#[test]
fn pem_with_a_mark_and_indented_lines_is_read_and_an_encrypted_key_is_named() {
    let folder = Folder::new("pem");
    folder.issue();
    let files = folder.files();
    for file in [&files.cert, &files.key] {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().map(|line| format!("  {line}\r\n"));
        std::fs::write(file, format!("\u{feff}{}", lines.collect::<String>())).unwrap();
    }
    assert!(Certificate::load(files.clone()).is_ok());
    for text in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\nMIIB\n-----END RSA PRIVATE KEY-----\n",
    ] {
        std::fs::write(&files.key, text).unwrap();
        let error = Certificate::load(files.clone()).unwrap_err().to_string();
        assert!(
            error.contains("is encrypted: `openssl pkey -in ") && error.contains("key.pem -out CLEAR`"),
            "{error}"
        );
    }
}

/// RFC 8446 §4.4.2: clients read all that is sent.
#[test]
fn a_chain_is_read_to_its_end_and_what_is_damaged_is_named() {
    let folder = Folder::new("chain");
    folder.issue();
    let files = folder.files();
    let leaf = std::fs::read_to_string(&files.cert).unwrap();
    let authority = rcgen::generate_simple_self_signed(vec!["authority.example".to_owned()]).unwrap().cert;
    let write = |chain: &[&str]| std::fs::write(&files.cert, chain.concat()).unwrap();
    write(&[&leaf, &authority.pem()]);
    let certificate = Certificate::load(files.clone()).unwrap();
    assert_eq!(certificate.facts().sent, 2);
    // Half of it, in PEM that is whole.
    let half = authority.der().get(..authority.der().len() / 2).unwrap();
    let half = base64::engine::general_purpose::STANDARD.encode(half);
    let half = format!("-----BEGIN CERTIFICATE-----\n{half}\n-----END CERTIFICATE-----\n");
    write(&[&leaf, &authority.pem(), &half]);
    for error in [certificate.reload().unwrap_err(), Certificate::load(files.clone()).unwrap_err()] {
        let error = error.to_string();
        assert!(error.contains("cert.pem") && error.contains("its certificate 3 of 3 is damaged"), "{error}");
    }
    assert_eq!(certificate.facts().sent, 2, "the old one stays");
    // An authority of a kind that we do not know; clients may.
    let mut strange = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999], vec![5, 0]);
    extension.set_criticality(true);
    strange.custom_extensions.push(extension);
    let strange = strange.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem();
    write(&[&leaf, &strange]);
    assert!(Certificate::load(files.clone()).is_ok());
    // A file that was cut short.
    let (cut, _) = leaf.rsplit_once("-----END").unwrap();
    write(&[cut]);
    let error = certificate.reload().unwrap_err().to_string();
    assert!(error.contains("the line -----END CERTIFICATE----- is missing"), "{error}");
    // What is sent is another one where only the chain is.
    write(&[&leaf, &authority.pem()]);
    assert!(!certificate.reload().unwrap());
    write(&[&leaf]);
    assert!(certificate.reload().unwrap());
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

#[test]
fn a_certificate_tells_what_it_is_and_that_it_ends_soon() {
    const DAY: u64 = 86_400;
    let folder = Folder::new("facts");
    folder.issue();
    let certificate = Certificate::load(folder.files()).unwrap();
    let facts = certificate.facts();
    assert_eq!((facts.names.as_str(), facts.fingerprint.len()), ("localhost", 64));
    let end = facts.not_after.unwrap();
    let doubts = |at| certificate.doubts(Some("localhost"), at).join("\n");
    assert_eq!(doubts(end.minus(15 * DAY)), "");
    assert!(
        doubts(end.minus(13 * DAY)).contains("the certificate ends on"),
        "{}",
        doubts(end.minus(13 * DAY))
    );
    assert!(doubts(end.plus(1)).contains("expired on") && !doubts(end.plus(1)).contains("ends on"));
    folder.issue();
    certificate.reload().unwrap();
    assert_ne!(certificate.facts().fingerprint, facts.fingerprint);
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
