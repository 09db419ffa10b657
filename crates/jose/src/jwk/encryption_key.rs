//! RFC 7516 §5.1: the recipient's public key, parsed once and kept for encrypting.

use super::meant::{Meant, Side};
use super::{Jwk, Material, Okp, OkpCurve, client_secret};
use crate::alg::KeyType;
use crate::backend::{PublicAgreement, PublicOaep};
use crate::error::Error;
use crate::jwe::{ContentEncryption, KeyManagementAlg};
use crate::secret::SecretBytes;
use std::fmt;
use std::sync::Arc;

/// A public key, or a shared secret, that encrypts to the owner of the other half. Cloning shares the key.
#[derive(Clone)]
pub struct EncryptionKey {
    key: Arc<Sender>,
    key_type: KeyType,
    meant: Meant,
    kid: Option<Arc<str>>,
}

pub(crate) enum Sender {
    Rsa(PublicOaep),
    Agreement(PublicAgreement),
    Secret(SecretBytes),
}

impl EncryptionKey {
    /// Takes the public part of a JWK, or a secret, whose `use`, `key_ops` and `alg` allow encryption.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, Error> {
        let meant = Meant::of(jwk, Side::Sender)?;
        let key = match jwk.material() {
            Material::Rsa(key) => Sender::Rsa(PublicOaep::new(key)?),
            Material::Okp(Okp { crv: OkpCurve::Ed25519, .. }) => {
                return Err(Error::InvalidKey("an Ed25519 key signs and does not encrypt"));
            }
            material @ (Material::Ec(_) | Material::Okp(_)) => {
                Sender::Agreement(PublicAgreement::new(material)?)
            }
            Material::Oct(secret) => Sender::Secret(SecretBytes::new(secret.expose().to_vec())),
        };
        let kid = jwk.kid.as_deref().map(Into::into);
        Ok(Self { key: Arc::new(key), key_type: jwk.key_type(), meant, kid })
    }

    /// OpenID Connect Core §10.2: the key that `alg` and `enc` make of a client secret. It has no `kid`.
    pub fn from_client_secret(
        secret: &[u8],
        alg: KeyManagementAlg,
        enc: ContentEncryption,
    ) -> Result<Self, Error> {
        let key = Sender::Secret(client_secret::derive(secret, alg, enc)?);
        Ok(Self { key: Arc::new(key), key_type: KeyType::Oct, meant: Meant::Management(alg), kid: None })
    }

    /// The type of the key.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The `kid` of the JWK this came from; it is written into every header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether type, `alg` and, for a secret, length allow this.
    #[must_use]
    pub fn allows(&self, alg: KeyManagementAlg, enc: ContentEncryption) -> bool {
        let long_enough = match (self.key.as_ref(), alg.secret_len(enc)) {
            (Sender::Secret(secret), Some(length)) => secret.expose().len() == length,
            _ => true,
        };
        alg.fits(self.key_type) && self.meant.allows(alg, enc) && long_enough
    }

    /// Whether the type fits and `alg` is absent or this one: all that can be judged without `enc`.
    pub(super) fn may(&self, alg: KeyManagementAlg) -> bool {
        alg.fits(self.key_type) && (self.meant == Meant::Anything || self.meant.is_exactly(alg))
    }

    pub(super) fn is_meant_for(&self, alg: KeyManagementAlg) -> bool {
        self.meant.is_exactly(alg)
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.key
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("key_type", &self.key_type)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
