//! RFC 7518 §3–5, RFC 8037 §3: the only place that calls the crypto library. Above it, keys are [`Material`]
//! and bytes.

mod agreement;
mod content;
mod crt;
mod der;
mod key_wrap;
mod oaep;
mod private;
mod public;

pub(crate) use agreement::{Group, PrivateAgreement, PublicAgreement};
pub(crate) use content::{Protected, Sealed, gcm_open, gcm_seal, open, random, seal};
pub(crate) use crt::Crt;
pub(crate) use der::{ec_from_sec1, from_pkcs8, rsa_from_pkcs1};
pub(crate) use key_wrap::{WRAPPING, unwrap, wrap};
pub(crate) use oaep::{PrivateOaep, PublicOaep};
pub(crate) use private::PrivateKey;
pub(crate) use public::PublicKey;

use crate::alg::{Hash, SigningAlg};
use crate::error::Error;
use aws_lc_rs::{digest, hmac};

/// The digest of `data`.
pub(crate) fn digest(hash: Hash, data: &[u8]) -> digest::Digest {
    let algorithm = match hash {
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    };
    digest::digest(algorithm, data)
}

fn hmac_algorithm(hash: Hash) -> hmac::Algorithm {
    match hash {
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    }
}

/// RFC 7518 §3.2: an HMAC key ready for use.
pub(crate) struct Mac(hmac::Key);

impl Mac {
    pub(crate) fn new(alg: SigningAlg, secret: &[u8]) -> Result<Self, Error> {
        match alg.is_symmetric() {
            true => Ok(Self(hmac::Key::new(hmac_algorithm(alg.hash()), secret))),
            false => Err(Error::KeyMismatch(alg)),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, message)
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), Error> {
        hmac::verify(&self.0, message, tag).map_err(|_| Error::InvalidSignature)
    }
}

/// Bytes as the examples of the RFCs write them.
#[cfg(test)]
fn hex(text: &serde_json::Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
