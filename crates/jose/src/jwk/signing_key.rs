//! RFC 7515 §5.1: a private key, parsed once and kept for signing.

use super::{Jwk, Material, Operation, VerifyingKey};
use crate::alg::{Curve, KeyType, SigningAlg};
use crate::backend::PrivateKey;
use crate::error::Error;
use std::fmt;
use std::sync::Arc;

/// How large a new RSA key is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaSize {
    /// The least that RFC 7518 allows, and four times faster than 4096.
    #[default]
    Bits2048,
    /// About 128 bits of strength.
    Bits3072,
    /// For those who must.
    Bits4096,
}

/// A private key bound to one algorithm and one `kid`. Cloning shares the key.
#[derive(Clone)]
pub struct SigningKey {
    key: Arc<PrivateKey>,
    alg: SigningAlg,
    kid: Arc<str>,
}

impl SigningKey {
    /// A new key; RSA gets 2048 bits. Its `kid` is its thumbprint.
    pub fn generate(alg: SigningAlg) -> Result<Self, Error> {
        Self::generate_sized(alg, RsaSize::default())
    }

    /// A new key, RSA of the given size (other types have one size only).
    pub fn generate_sized(alg: SigningAlg, size: RsaSize) -> Result<Self, Error> {
        Self::new(PrivateKey::generate(alg, size)?, alg, None)
    }

    /// Takes a private JWK. Without `alg` the type decides: RS256, EdDSA, or the ECDSA of the curve; without
    /// `kid` the thumbprint serves.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, Error> {
        let alg = match (&jwk.alg, jwk.key_type()) {
            (Some(name), _) => name.parse()?,
            (None, KeyType::Rsa) => SigningAlg::Rs256,
            (None, KeyType::Ec(Curve::P256)) => SigningAlg::Es256,
            (None, KeyType::Ec(Curve::P384)) => SigningAlg::Es384,
            (None, KeyType::Ec(Curve::P521)) => SigningAlg::Es512,
            (None, KeyType::Ed25519) => SigningAlg::EdDsa,
            (None, KeyType::X25519) => {
                return Err(Error::InvalidKey("an X25519 key agrees on keys and does not sign"));
            }
            (None, KeyType::Oct) => {
                return Err(Error::InvalidKey("a shared secret is no private key: use HmacKey"));
            }
        };
        Self::from_jwk_as(jwk, alg)
    }

    /// Takes a private JWK for this algorithm, which its type, `use`, `key_ops` and `alg` must allow: for
    /// keys that leave the choice open, as an RSA key without `alg` does.
    pub fn from_jwk_as(jwk: &Jwk, alg: SigningAlg) -> Result<Self, Error> {
        if !jwk.allows(Operation::Sign, alg) {
            return Err(Error::KeyMismatch(alg));
        }
        Self::new(PrivateKey::new(jwk.material())?, alg, jwk.kid.as_deref())
    }

    fn new(key: PrivateKey, alg: SigningAlg, kid: Option<&str>) -> Result<Self, Error> {
        if !key.fits(alg) {
            return Err(Error::KeyMismatch(alg));
        }
        let kid = match kid {
            Some(kid) => kid.into(),
            None => super::thumbprint::of(&key.public()?).into(),
        };
        Ok(Self { key: Arc::new(key), alg, kid })
    }

    /// The same key for another algorithm of its type (RSA serves six). The `kid` stays: give one of the two
    /// another with [`SigningKey::with_kid`] where both are published.
    pub fn with_alg(&self, alg: SigningAlg) -> Result<Self, Error> {
        match self.key.fits(alg) {
            true => Ok(Self { alg, ..self.clone() }),
            false => Err(Error::KeyMismatch(alg)),
        }
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(&self, kid: &str) -> Self {
        Self { kid: kid.into(), ..self.clone() }
    }

    /// The algorithm this key signs with.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The `kid` written into every header.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Signs bytes as they are; [`crate::jws::sign`] makes a whole token.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key.sign(self.alg, message)
    }

    /// Bytes in each signature of this key.
    pub(crate) fn signature_len(&self) -> usize {
        self.key.signature_len()
    }

    /// The JWK to publish, with `kid`, `alg` and `use`.
    pub fn public_jwk(&self) -> Result<Jwk, Error> {
        Ok(self.jwk(self.key.public()?))
    }

    /// The JWK to keep, private part included: [`SigningKey::from_jwk`] takes it back.
    pub fn to_jwk(&self) -> Result<Jwk, Error> {
        Ok(self.jwk(self.key.private()?))
    }

    fn jwk(&self, material: Material) -> Jwk {
        Jwk::new(material, Some(&self.kid), Some(self.alg.as_str()), "sig")
    }

    /// The key that verifies what this one signs.
    pub fn verifying_key(&self) -> Result<VerifyingKey, Error> {
        VerifyingKey::from_jwk(&self.public_jwk()?, self.alg)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}
