//! RFC 7518 §3.2: a shared secret as an HMAC key; OpenID Connect Core §10.1 uses the octets of the client
//! secret.

use super::{Jwk, Material, Operation};
use crate::alg::SigningAlg;
use crate::backend::Mac;
use crate::error::Error;
use std::fmt;
use std::sync::Arc;

/// A shared secret bound to one HMAC algorithm. Cloning shares the key.
#[derive(Clone)]
pub struct HmacKey {
    key: Arc<Mac>,
    alg: SigningAlg,
    kid: Option<Arc<str>>,
}

impl HmacKey {
    /// Takes the octets of a secret, which must be at least as long as the hash: longer secrets for HS384 and
    /// HS512.
    pub fn new(alg: SigningAlg, secret: &[u8]) -> Result<Self, Error> {
        let key = Arc::new(Mac::new(alg, secret)?);
        let (bits, minimum) = (secret.len().saturating_mul(8), alg.hash().bits());
        if bits < minimum {
            return Err(Error::WeakKey { bits, minimum });
        }
        Ok(Self { key, alg, kid: None })
    }

    /// Takes a JWK of type `oct` whose `use`, `key_ops` and `alg` allow `alg`.
    pub fn from_jwk(jwk: &Jwk, alg: SigningAlg) -> Result<Self, Error> {
        match jwk.material() {
            Material::Oct(secret)
                if jwk.allows(Operation::Sign, alg) || jwk.allows(Operation::Verify, alg) =>
            {
                let key = Self::new(alg, secret.expose())?;
                Ok(Self { kid: jwk.kid.as_deref().map(Into::into), ..key })
            }
            _ => Err(Error::KeyMismatch(alg)),
        }
    }

    /// The only algorithm this key serves.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The `kid` of the JWK this came from.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    pub(crate) fn mac(&self) -> &Mac {
        &self.key
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacKey").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}
