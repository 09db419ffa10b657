//! RFC 8446, RFC 9325 §3, §4: TLS 1.3 and 1.2 with AEAD suites only, and a certificate that can be replaced
//! while serving.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::verify_server_cert_signed_by_trust_anchor as verify_chain;
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem};
use tokio_rustls::rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::rustls::{CertificateError, InconsistentKeys, RootCertStore};

use sha2::{Digest as _, Sha256};
use signet_core::time::Timestamp;
use signet_jose::Jwk;

use super::Error;
use crate::place::{self, unread, unread_pem};

/// PEM files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and its chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Which of the two files something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsPart {
    /// The certificate and its chain.
    Cert,
    /// The private key.
    Key,
}

/// What a certificate is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The hosts that it names.
    pub names: String,
    /// When it ends.
    pub not_after: Option<Timestamp>,
    /// The SHA-256 of it, in hexadecimal.
    pub fingerprint: String,
    /// How many certificates are sent: it, and those of its chain.
    pub sent: usize,
}

/// Two weeks before a certificate ends, one that is renewed by itself has been renewed.
const SOON: u64 = 14 * 86_400;
/// The last second of the year 9999, after which no certificate is valid (RFC 5280 §4.1.2.5).
const END_OF_TIME: u64 = 253_402_300_799;

/// The certificate in use; clones share it.
#[derive(Clone, Debug)]
pub struct Certificate(Arc<Current>);

#[derive(Debug)]
struct Current {
    files: TlsFiles,
    crypto: Arc<CryptoProvider>,
    key: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads the files.
    pub fn load(files: TlsFiles) -> Result<Self, Error> {
        // rustls has no suite but AEAD ones with forward secrecy.
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let key = ArcSwap::from_pointee(read(&files, &crypto)?);
        Ok(Self(Arc::new(Current { files, crypto, key })))
    }

    /// Reads the files again; connections that are there keep what they have. Whether what is sent is another
    /// certificate or chain than before; on an error everything stays as it was.
    pub fn reload(&self) -> Result<bool, Error> {
        let new = read(&self.0.files, &self.0.crypto)?;
        let is_another = self.0.key.load().cert != new.cert;
        self.0.key.store(Arc::new(new));
        Ok(is_another)
    }

    /// What it is, to be told from another.
    pub fn facts(&self) -> CertificateFacts {
        let served = self.0.key.load();
        let Some((leaf, chain)) = served.cert.split_first() else { return CertificateFacts::default() };
        let (fingerprint, sent) = (hex(&Sha256::digest(leaf)), served.cert.len());
        let Ok(leaf) = ParsedCertificate::try_from(leaf) else { return CertificateFacts::default() };
        // webpki tells what it read only where it refuses: a name that nobody has, at the end of time.
        let nobody = ServerName::try_from("nobody.invalid").ok();
        let names = match nobody.and_then(|name| verify_server_name(&leaf, &name).err()) {
            Some(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                presented,
                ..
            })) => presented.iter().map(|name| bare(name)).collect::<Vec<_>>().join(", "),
            _ => String::new(),
        };
        let end = UnixTime::since_unix_epoch(Duration::from_secs(END_OF_TIME));
        let algs = self.0.crypto.signature_verification_algorithms.all;
        let not_after = match verify_chain(&leaf, &RootCertStore::empty(), chain, end, algs) {
            Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
                not_after, ..
            })) => Some(Timestamp(not_after.as_secs())),
            _ => None,
        };
        CertificateFacts { names, not_after, fingerprint, sent }
    }

    /// Why clients that reach the server by this name would refuse the certificate today (RFC 5280 §4.1.2.5,
    /// RFC 9525 §6); who issued it is for them to judge.
    pub fn doubts(&self, host: Option<&str>, at: Timestamp) -> Vec<String> {
        let served = self.0.key.load();
        let Some((leaf, chain)) = served.cert.split_first() else { return Vec::new() };
        let Ok(leaf) = ParsedCertificate::try_from(leaf) else { return Vec::new() };
        let name = host.and_then(|host| ServerName::try_from(host.to_owned()).ok());
        let misnamed = name.and_then(|name| verify_server_name(&leaf, &name).err());
        let now = UnixTime::since_unix_epoch(Duration::from_secs(at.0));
        let algs = self.0.crypto.signature_verification_algorithms.all;
        // Validity is judged before anything that depends on an authority.
        let out_of_time = verify_chain(&leaf, &RootCertStore::empty(), chain, now, algs).err();
        let ends = self.facts().not_after;
        let soon = ends.filter(|end| (1..=SOON).contains(&end.since(at))).map(|end| {
            let [year, month, day] = end.date();
            format!("the certificate ends on {year:04}-{month:02}-{day:02}: renew it, then send SIGHUP")
        });
        let doubts = [misnamed, out_of_time].into_iter().flatten().filter_map(|error| doubt(&error));
        doubts.chain(soon).collect()
    }

    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, Error> {
        let config =
            ServerConfig::builder_with_provider(self.0.crypto.clone()).with_safe_default_protocol_versions();
        let config =
            config.map_err(|reason| broken(TlsPart::Cert, &self.0.files.cert, reason.to_string()))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(self.0.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key.load_full())
    }
}

/// What there is to say about a certificate that clients refuse.
fn doubt(error: &rustls::Error) -> Option<String> {
    let rustls::Error::InvalidCertificate(error) = error else { return None };
    match error {
        CertificateError::NotValidForNameContext { expected, presented } => {
            let named: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let named = if named.is_empty() {
                "names no host".to_owned()
            } else {
                format!("names {}", named.join(", "))
            };
            Some(format!(
                "the certificate {named}, and not {}: clients refuse the connection",
                expected.to_str()
            ))
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            Some(format!("the certificate expired on {}: clients refuse the connection", day(*not_after)))
        }
        CertificateError::NotValidYetContext { not_before, .. } => Some(format!(
            "the certificate is not valid before {}: clients refuse the connection until then",
            day(*not_before)
        )),
        _ => None,
    }
}

/// webpki writes DnsName("login.example.org").
fn bare(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

fn day(time: UnixTime) -> String {
    let [year, month, day] = Timestamp(time.as_secs()).date();
    format!("{year:04}-{month:02}-{day:02}")
}

fn read(files: &TlsFiles, crypto: &CryptoProvider) -> Result<CertifiedKey, Error> {
    let chain = chain(&files.cert).map_err(|reason| broken(TlsPart::Cert, &files.cert, reason))?;
    let of_key = |reason: String| broken(TlsPart::Key, &files.key, reason);
    let text = place::pem(&files.key).map_err(|error| of_key(unread(&files.key, &error)))?;
    if Jwk::is_encrypted_pem(text.expose()) {
        let file = files.key.display();
        return Err(of_key(format!("is encrypted: `openssl pkey -in {file} -out CLEAR` decrypts it")));
    }
    let key = PrivateKeyDer::from_pem_slice(text.expose().as_bytes())
        .map_err(|error| of_key(said("private key in PEM form (-----BEGIN PRIVATE KEY-----)", error)))?;
    CertifiedKey::from_der(chain, key, crypto).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            of_key(format!("is not the key of {}", files.cert.display()))
        }
        error => of_key(format!(
            "holds no private key that can be used: {error}; an RSA key has 2048 bits at least, an elliptic one is of P-256, P-384, P-521 or Ed25519"
        )),
    })
}

/// The certificates, each of which clients must be able to read, and the first by X.509 version 3.
fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    const KIND: &str = "certificate in PEM form (-----BEGIN CERTIFICATE-----)";
    let text = place::pem(file).map_err(|error| unread(file, &error))?;
    let mut chain = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(text.expose().as_bytes()) {
        chain.push(certificate.map_err(|error| said(KIND, error))?);
    }
    let (leaf, authorities) = chain.split_first().ok_or_else(|| format!("holds no {KIND}"))?;
    ParsedCertificate::try_from(leaf).map_err(|error| {
        format!(
            "its first certificate cannot be used: {error}; it must be X.509 version 3, with the host in subjectAltName"
        )
    })?;
    for (number, authority) in (2..).zip(authorities) {
        legible(authority).map_err(|error| {
            let all = chain.len();
            format!(
                "its certificate {number} of {all} is damaged ({error}), so that clients refuse the connection; copy the chain from the issuer again"
            )
        })?;
    }
    Ok(chain)
}

/// A certificate of an authority has to be one, of any version. What it demands clients may know, though we
/// do not, which rustls says only in words.
fn legible(authority: &CertificateDer<'static>) -> Result<(), String> {
    match RootCertStore::empty().add(authority.clone()).map_err(|error| error.to_string()) {
        Err(error) if !error.contains("UnsupportedCriticalExtension") => Err(error),
        _ => Ok(()),
    }
}

fn said(kind: &str, error: pem::Error) -> String {
    match error {
        pem::Error::NoItemsFound => format!("holds no {kind}"),
        other => format!("is no PEM file: {}", unread_pem(other)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn broken(part: TlsPart, file: &Path, reason: String) -> Error {
    Error::Tls { part, file: file.to_owned(), reason }
}
