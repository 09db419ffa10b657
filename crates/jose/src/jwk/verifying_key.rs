//! RFC 7515 §5.2: a public key, parsed once and kept for verifying.

use super::{Jwk, Operation};
use crate::alg::SigningAlg;
use crate::backend::PublicKey;
use crate::error::Error;
use std::fmt;
use std::sync::Arc;

/// A public key bound to one algorithm, so that no token can choose another. Cloning shares the key.
#[derive(Clone)]
pub struct VerifyingKey {
    key: Arc<PublicKey>,
    alg: SigningAlg,
    kid: Option<Arc<str>>,
}

impl VerifyingKey {
    /// Takes the public part of a JWK whose type, `use`, `key_ops` and `alg` allow `alg`. A shared secret
    /// never does.
    pub fn from_jwk(jwk: &Jwk, alg: SigningAlg) -> Result<Self, Error> {
        if !jwk.allows(Operation::Verify, alg) {
            return Err(Error::KeyMismatch(alg));
        }
        let key = Arc::new(PublicKey::new(jwk.material(), alg)?);
        Ok(Self { key, alg, kid: jwk.kid.as_deref().map(Into::into) })
    }

    /// The only algorithm this key verifies.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The `kid` of the JWK this came from.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Verifies bytes as they are; [`crate::jws::Unverified::verify`] takes a whole token.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.key.verify(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}
