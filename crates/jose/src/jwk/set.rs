//! RFC 7517 §5: a set of keys, as it is published and as it is used.

use super::{DecryptionKey, DecryptionKeys, EncryptionKey, Jwk, KeyType, VerifyingKey};
use crate::alg::SigningAlg;
use crate::error::Error;
use crate::jwe::KeyManagementAlg;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use signet_json::Unique;

/// Keys as JSON. Members of the set other than `keys` are not kept. Serialising writes private parts too:
/// publish what [`JwkSet::public`] returns.
#[derive(Debug, Default, Serialize)]
pub struct JwkSet {
    /// The keys that can be used.
    pub keys: Vec<Jwk>,
    #[serde(skip)]
    ignored: Vec<Error>,
}

/// Public keys of one party, each parsed once: those that verify, bound to one algorithm, and those that
/// encrypt.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<VerifyingKey>,
    encryption: Vec<EncryptionKey>,
}

impl JwkSet {
    /// A set of these keys.
    #[must_use]
    pub fn new(keys: Vec<Jwk>) -> Self {
        Self { keys, ignored: Vec::new() }
    }

    /// Parses a set. As RFC 7517 §5 advises, a key that is malformed or of an unknown type is left out, not
    /// fatal.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::from_members(signet_json::object(text).map_err(|_| Error::Malformed(NOT_A_SET))?)
    }

    fn from_members(mut members: Map<String, Value>) -> Result<Self, Error> {
        let Some(Value::Array(keys)) = members.get_mut("keys").map(Value::take) else {
            return Err(Error::Malformed(NOT_A_SET));
        };
        let mut set = Self::default();
        for key in keys {
            let parsed = match key {
                Value::Object(members) => Jwk::from_members(members),
                _ => Err(Error::InvalidKey("a JWK must be a JSON object")),
            };
            match parsed {
                Ok(jwk) => set.keys.push(jwk),
                Err(error) => set.ignored.push(error),
            }
        }
        Ok(set)
    }

    /// Why keys were left out at parsing, one reason each: for anyone who must explain a missing key.
    #[must_use]
    pub fn ignored(&self) -> &[Error] {
        &self.ignored
    }

    /// The key with this `kid`.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        self.keys.iter().find(|jwk| jwk.kid.as_deref() == Some(kid))
    }

    /// What may be published: public parts only, shared secrets left out.
    #[must_use]
    pub fn public(&self) -> Self {
        Self::new(self.keys.iter().filter_map(Jwk::public).collect())
    }

    /// Parses every public key for each algorithm it may verify, and for encryption; what is unfit for the
    /// one (weak, of another type, meant for something else) may still be fit for the other. Shared secrets
    /// are left out.
    #[must_use]
    pub fn verifying_keys(&self) -> KeySet {
        let verifying = self.keys.iter().flat_map(|jwk| {
            SigningAlg::ALL.into_iter().filter_map(|alg| VerifyingKey::from_jwk(jwk, alg).ok())
        });
        let public = self.keys.iter().filter(|jwk| jwk.key_type() != KeyType::Oct);
        KeySet {
            keys: verifying.collect(),
            encryption: public.filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok()).collect(),
        }
    }

    /// Parses every private key and shared secret that may decrypt; all others are left out.
    #[must_use]
    pub fn decryption_keys(&self) -> DecryptionKeys {
        self.keys.iter().filter_map(|jwk| DecryptionKey::from_jwk(jwk).ok()).collect()
    }
}

impl KeySet {
    /// Every key that verifies, for one algorithm each.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }

    /// Every key that encrypts.
    #[must_use]
    pub fn encryption_keys(&self) -> &[EncryptionKey] {
        &self.encryption
    }

    /// The key to encrypt with by this algorithm: of those with this `kid`, if one is given, or else of all.
    /// One whose `alg` says so is preferred to one that leaves it open.
    pub fn encryption_key(&self, alg: KeyManagementAlg, kid: Option<&str>) -> Result<&EncryptionKey, Error> {
        let fitting =
            || self.encryption.iter().filter(|key| key.may(alg) && (kid.is_none() || key.kid() == kid));
        fitting().find(|key| key.is_meant_for(alg)).or_else(|| fitting().next()).ok_or(Error::NoMatchingKey)
    }
}

impl FromIterator<VerifyingKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect(), encryption: Vec::new() }
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Unique::deserialize(deserializer)? {
            Unique(Value::Object(members)) => Self::from_members(members).map_err(D::Error::custom),
            _ => Err(D::Error::custom(NOT_A_SET)),
        }
    }
}

const NOT_A_SET: &str = "a JWK Set must be a JSON object with unique member names and an array keys";
