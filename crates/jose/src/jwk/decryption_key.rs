//! RFC 7516 §5.2: the recipient's private key, parsed once and kept for decrypting.

use super::meant::{Meant, Side};
use super::{EncryptionKey, Jwk, Material, RsaSize, client_secret, thumbprint};
use crate::alg::KeyType;
use crate::backend::{Group, PrivateAgreement, PrivateOaep};
use crate::error::Error;
use crate::jwe::{ContentEncryption, KeyManagementAlg};
use crate::secret::SecretBytes;
use std::fmt;
use std::sync::Arc;

/// A private key, or a shared secret, that decrypts. Cloning shares the key.
#[derive(Clone)]
pub struct DecryptionKey {
    key: Arc<Recipient>,
    meant: Meant,
    kid: Option<Arc<str>>,
}

pub(crate) enum Recipient {
    Rsa(PrivateOaep),
    Agreement(PrivateAgreement),
    Secret(SecretBytes),
}

/// Keys of one party, among which a token finds the one it was made for.
#[derive(Debug, Clone, Default)]
pub struct DecryptionKeys {
    keys: Vec<DecryptionKey>,
}

impl DecryptionKey {
    /// A new key of this type, good for every algorithm of it; RSA gets 2048 bits. Its `kid` is its
    /// thumbprint.
    pub fn generate(key_type: KeyType) -> Result<Self, Error> {
        Self::generate_sized(key_type, RsaSize::default())
    }

    /// A new key, RSA of the given size (other types have one size only).
    pub fn generate_sized(key_type: KeyType, size: RsaSize) -> Result<Self, Error> {
        let key = match (key_type, Group::of(key_type)) {
            (KeyType::Rsa, _) => Recipient::Rsa(PrivateOaep::generate(size)?),
            (_, Some(group)) => Recipient::Agreement(PrivateAgreement::generate(group)?),
            _ => return Err(Error::InvalidKey("keys of this type are not made for encryption")),
        };
        Self::new(key, Meant::Anything, None)
    }

    /// Takes a private JWK, or a secret, whose `use`, `key_ops` and `alg` allow decryption. Without `kid` the
    /// thumbprint serves; a secret without `kid` has none.
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, Error> {
        let meant = Meant::of(jwk, Side::Recipient)?;
        let key = match jwk.material() {
            material @ Material::Rsa(_) => Recipient::Rsa(PrivateOaep::new(material)?),
            material @ (Material::Ec(_) | Material::Okp(_)) => {
                Recipient::Agreement(PrivateAgreement::new(material)?)
            }
            Material::Oct(secret) => Recipient::Secret(SecretBytes::new(secret.expose().to_vec())),
        };
        Self::new(key, meant, jwk.kid.as_deref())
    }

    /// OpenID Connect Core §10.2: the key that `alg` and `enc` make of a client secret.
    pub fn from_client_secret(
        secret: &[u8],
        alg: KeyManagementAlg,
        enc: ContentEncryption,
    ) -> Result<Self, Error> {
        let key = Recipient::Secret(client_secret::derive(secret, alg, enc)?);
        Self::new(key, Meant::Management(alg), None)
    }

    fn new(key: Recipient, meant: Meant, kid: Option<&str>) -> Result<Self, Error> {
        let kid = match kid {
            Some(kid) => Some(kid.into()),
            None => key.public()?.map(|public| thumbprint::of(&public).into()),
        };
        Ok(Self { key: Arc::new(key), meant, kid })
    }

    /// The same key for one algorithm alone, which its JWK will name. The `kid` stays.
    pub fn with_alg(&self, alg: KeyManagementAlg) -> Result<Self, Error> {
        match alg.fits(self.key_type()) {
            true => Ok(Self { meant: Meant::Management(alg), ..self.clone() }),
            false => Err(Error::EncryptionKeyMismatch(alg)),
        }
    }

    /// The same key under another `kid`.
    #[must_use]
    pub fn with_kid(&self, kid: &str) -> Self {
        Self { kid: Some(kid.into()), ..self.clone() }
    }

    /// The `kid` by which tokens name this key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The type of the key.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match self.key.as_ref() {
            Recipient::Rsa(_) => KeyType::Rsa,
            Recipient::Agreement(key) => key.key_type(),
            Recipient::Secret(_) => KeyType::Oct,
        }
    }

    /// Whether type, `alg` and, for a secret, length allow this.
    #[must_use]
    pub fn allows(&self, alg: KeyManagementAlg, enc: ContentEncryption) -> bool {
        let long_enough = match (self.key.as_ref(), alg.secret_len(enc)) {
            (Recipient::Secret(secret), Some(length)) => secret.expose().len() == length,
            _ => true,
        };
        alg.fits(self.key_type()) && self.meant.allows(alg, enc) && long_enough
    }

    /// The algorithms this key serves, in the order of [`KeyManagementAlg::ALL`]: what metadata may promise.
    /// A secret serves some only with some content encryptions.
    pub fn algs(&self) -> impl Iterator<Item = KeyManagementAlg> + '_ {
        KeyManagementAlg::ALL
            .into_iter()
            .filter(|alg| ContentEncryption::ALL.into_iter().any(|enc| self.allows(*alg, enc)))
    }

    /// The JWK to publish, with `kid`, `use` and, where the key is for one alone, `alg`. A shared secret has
    /// none.
    pub fn public_jwk(&self) -> Result<Jwk, Error> {
        let public = self.key.public()?.ok_or(Error::InvalidKey("a shared secret has no public part"))?;
        Ok(self.jwk(public))
    }

    /// The JWK to keep, private part included: [`DecryptionKey::from_jwk`] takes it back.
    pub fn to_jwk(&self) -> Result<Jwk, Error> {
        Ok(self.jwk(match self.key.as_ref() {
            Recipient::Rsa(key) => key.private()?,
            Recipient::Agreement(key) => key.private()?,
            Recipient::Secret(secret) => Material::Oct(SecretBytes::new(secret.expose().to_vec())),
        }))
    }

    /// The key that encrypts what this one decrypts.
    pub fn encryption_key(&self) -> Result<EncryptionKey, Error> {
        EncryptionKey::from_jwk(&self.to_jwk()?)
    }

    pub(crate) fn recipient(&self) -> &Recipient {
        &self.key
    }

    fn jwk(&self, material: Material) -> Jwk {
        Jwk::new(material, self.kid.as_deref(), self.meant.name(), "enc")
    }
}

impl Recipient {
    fn public(&self) -> Result<Option<Material>, Error> {
        match self {
            Self::Rsa(key) => key.public().map(Some),
            Self::Agreement(key) => key.public().map(Some),
            Self::Secret(_) => Ok(None),
        }
    }
}

impl DecryptionKeys {
    /// Every key.
    #[must_use]
    pub fn keys(&self) -> &[DecryptionKey] {
        &self.keys
    }
}

impl FromIterator<DecryptionKey> for DecryptionKeys {
    fn from_iter<I: IntoIterator<Item = DecryptionKey>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey")
            .field("key_type", &self.key_type())
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
