//! RFC 7517 §5: a set of keys, as it is published and as it is used.

use super::{Jwk, VerifyingKey};
use crate::alg::SigningAlg;
use crate::error::Error;
use crate::json::{self, Unique};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Keys as JSON. Members of the set other than `keys` are not kept. Serialising writes private parts too: publish
/// what [`JwkSet::public`] returns.
#[derive(Debug, Default, Serialize)]
pub struct JwkSet {
    /// The keys that can be used.
    pub keys: Vec<Jwk>,
    #[serde(skip)]
    ignored: Vec<Error>,
}

/// Public keys, each parsed once and bound to one algorithm.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<VerifyingKey>,
}

impl JwkSet {
    /// A set of these keys.
    #[must_use]
    pub fn new(keys: Vec<Jwk>) -> Self {
        Self { keys, ignored: Vec::new() }
    }

    /// Parses a set. As RFC 7517 §5 advises, a key that is malformed or of an unknown type is left out, not fatal.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::from_members(json::object(text, NOT_A_SET)?)
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

    /// Why keys were left out at parsing, one reason each: for whoever must explain a missing key.
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

    /// Parses every key for each algorithm it may verify; those unfit (weak, for encryption, secret) are left out.
    #[must_use]
    pub fn verifying_keys(&self) -> KeySet {
        self.keys
            .iter()
            .flat_map(|jwk| {
                SigningAlg::ALL.into_iter().filter_map(|alg| VerifyingKey::from_jwk(jwk, alg).ok())
            })
            .collect()
    }
}

impl KeySet {
    /// Every key, for one algorithm each.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.keys
    }
}

impl FromIterator<VerifyingKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
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
