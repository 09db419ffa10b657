//! RFC 8446, RFC 9325 §3, §4: TLS 1.3 and 1.2 with AEAD suites only, and a certificate that can be replaced
//! while serving.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::Error;
use crate::place::{regular, unreadable};

/// PEM files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and its chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

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

    /// Reads the files again; connections that are there keep what they have. On an error everything stays as
    /// it was.
    pub fn reload(&self) -> Result<(), Error> {
        self.0.key.store(Arc::new(read(&self.0.files, &self.0.crypto)?));
        Ok(())
    }

    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, Error> {
        let config =
            ServerConfig::builder_with_provider(self.0.crypto.clone()).with_safe_default_protocol_versions();
        let config = config.map_err(|reason| broken(&self.0.files.cert, reason.to_string()))?;
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

fn read(files: &TlsFiles, crypto: &CryptoProvider) -> Result<CertifiedKey, Error> {
    for file in [&files.cert, &files.key] {
        regular(file).map_err(|error| broken(file, format!("cannot be read: {error}")))?;
    }
    let chain = CertificateDer::pem_file_iter(&files.cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| broken(&files.cert, said(&files.cert, error)))?;
    if chain.is_empty() {
        return Err(broken(
            &files.cert,
            "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)".to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| broken(&files.key, said(&files.key, error)))?;
    CertifiedKey::from_der(chain, key, crypto)
        .map_err(|error| broken(&files.key, format!("does not go with {}: {error}", files.cert.display())))
}

fn said(file: &Path, error: pem::Error) -> String {
    match error {
        pem::Error::Io(error) => match unreadable(file, &error) {
            Some(advice) => format!("cannot be read: {error}; {advice}"),
            None => format!("cannot be read: {error}"),
        },
        pem::Error::NoItemsFound => "holds nothing of the kind in PEM form (-----BEGIN …)".to_owned(),
        other => format!("is no PEM file: {other}"),
    }
}

fn broken(file: &Path, reason: String) -> Error {
    Error::Tls { file: file.to_owned(), reason }
}
