//! RFC 7468 §10, RFC 5958 §2, RFC 8017 appendix A.1.2, RFC 5915 §3, RFC 8410 §7: private keys as stored by
//! other programs.

use super::Jwk;
use crate::backend;
use crate::error::Error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

impl Jwk {
    /// Takes the first private key of a PEM text: PKCS #8, or the older forms for RSA (PKCS #1) and EC (SEC
    /// 1). It has neither `kid` nor `alg` nor `use`: set what you want to say.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        if Self::is_encrypted_pem(text) {
            return Err(Error::InvalidKey(
                "the PEM key is encrypted: decrypt it first, as openssl pkey does",
            ));
        }
        let read = |label| block(text, label);
        if let Some(der) = read("PRIVATE KEY") {
            return Self::from_pkcs8(&der?);
        }
        let found = match (read("RSA PRIVATE KEY"), read("EC PRIVATE KEY")) {
            (Some(der), _) => backend::rsa_from_pkcs1(&der?),
            (None, Some(der)) => backend::ec_from_sec1(&der?),
            (None, None) => return Err(Error::InvalidKey("there is no private key in the PEM text")),
        };
        found.map(Self::bare)
    }

    /// RFC 5958 §3, RFC 1421 §4.6.1.1: whether a PEM text has a private key that only a passphrase opens.
    pub fn is_encrypted_pem(text: &str) -> bool {
        text.contains("-----BEGIN ENCRYPTED") || text.contains("Proc-Type: 4,ENCRYPTED")
    }

    /// Takes a private key in the DER form of PKCS #8: RSA, EC, Ed25519 or X25519.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, Error> {
        backend::from_pkcs8(der).map(Self::bare)
    }
}

fn block(text: &str, label: &str) -> Option<Result<Zeroizing<Vec<u8>>, Error>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
    let der = STANDARD.decode(body.as_bytes());
    Some(der.map(Zeroizing::new).map_err(|_| Error::InvalidKey("the PEM key is not base64")))
}
