//! RFC 7517 §4: a JSON Web Key.

mod client_secret;
mod decryption_key;
mod encryption_key;
mod hmac_key;
mod material;
mod meant;
mod pem;
mod set;
mod signing_key;
mod thumbprint;
mod verifying_key;

pub(crate) use decryption_key::Recipient;
pub use decryption_key::{DecryptionKey, DecryptionKeys};
pub use encryption_key::EncryptionKey;
pub(crate) use encryption_key::Sender;
pub use hmac_key::HmacKey;
pub(crate) use material::{Ec, Material, Okp, OkpCurve, Rsa, RsaPrivate};
pub use set::{JwkSet, KeySet};
pub use signing_key::{RsaSize, SigningKey};
pub use verifying_key::VerifyingKey;

use crate::alg::{KeyType, SigningAlg};
use crate::error::Error;
use material::Members;
use serde::de::{Deserializer, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use signet_json::Unique;
use std::fmt;
use zeroize::Zeroizing;

/// Members outside the key types that are safe to publish: certificates, and the lifetime some providers add.
const PUBLIC_EXTRAS: [&str; 7] = ["x5u", "x5c", "x5t", "x5t#S256", "iat", "nbf", "exp"];

/// A key as JSON: public, private or a shared secret.
///
/// Private parts are wiped when dropped and never printed. Serialising writes them, so publish only what
/// [`Jwk::public`] returns.
pub struct Jwk {
    /// `kid`: which of several keys this is.
    pub kid: Option<String>,
    /// `alg`: the algorithm this key is meant for; may be one that signs or one that encrypts.
    pub alg: Option<String>,
    /// `use`: `sig`, `enc`, or something private.
    pub public_key_use: Option<String>,
    /// `key_ops`: what the key may do.
    pub key_ops: Option<Vec<String>>,
    /// Every member without a meaning here, kept as it came.
    pub extra: Map<String, Value>,
    material: Material,
}

/// What a key is about to be used for, as `key_ops` words it.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Sign,
    Verify,
}

impl Jwk {
    /// Whether using it takes several times the work that keys in use take: an RSA key of more than 4096
    /// bits, or with an exponent of more than four bytes. For keys of those whom nobody has looked at.
    #[must_use]
    pub fn is_costly(&self) -> bool {
        let length = |number: &[u8]| number.iter().skip_while(|byte| **byte == 0).count();
        matches!(&self.material, Material::Rsa(key) if length(&key.n) > 512 || length(&key.e) > 4)
    }

    /// Parses one JSON object; duplicate members are refused.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        Self::from_members(signet_json::object(text).map_err(|_| Error::Malformed(NOT_A_KEY))?)
    }

    /// Takes the members of an object that is already parsed.
    pub fn from_members(members: Map<String, Value>) -> Result<Self, Error> {
        let mut kty = None;
        let (mut kid, mut alg, mut public_key_use, mut key_ops) = (None, None, None, None);
        let mut key = Members::default();
        let mut extra = Map::new();
        // Key members are moved to where they are wiped before anything can be refused.
        for (name, value) in members {
            match (name.as_str(), value) {
                (known, Value::String(text)) if Members::NAMES.contains(&known) => {
                    key.insert(name, Zeroizing::new(text));
                }
                ("kty", value) => kty = Some(value),
                ("kid", value) => kid = Some(value),
                ("alg", value) => alg = Some(value),
                ("use", value) => public_key_use = Some(value),
                ("key_ops", value) => key_ops = Some(value),
                (_, value) => {
                    extra.insert(name, value);
                }
            }
        }
        if Members::NAMES.iter().any(|name| extra.contains_key(*name)) {
            return Err(Error::InvalidKey("the members of a key must be strings"));
        }
        if extra.contains_key("oth") {
            return Err(Error::UnsupportedKey("RSA with more than two primes".to_owned()));
        }
        let kty = string(kty)?.ok_or(Error::InvalidKey("a JWK needs kty"))?;
        Ok(Self {
            kid: string(kid)?,
            alg: string(alg)?,
            public_key_use: string(public_key_use)?,
            key_ops: key_ops.map(strings).transpose()?,
            extra,
            material: key.into_material(&kty)?,
        })
    }

    /// The key type, with its curve.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.material.key_type()
    }

    /// The `kty` value.
    #[must_use]
    pub fn kty(&self) -> &'static str {
        self.material.kty()
    }

    /// Whether this holds anything that must stay secret.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.material.is_private()
    }

    /// The part that may be published; a shared secret has none. Unknown members are left out, for who knows
    /// whether they are secret, and so is `key_ops`, which speaks of the private part.
    #[must_use]
    pub fn public(&self) -> Option<Self> {
        let known = |name: &&str| self.extra.get(*name).map(|value| ((*name).to_owned(), value.clone()));
        Some(Self {
            kid: self.kid.clone(),
            alg: self.alg.clone(),
            public_key_use: self.public_key_use.clone(),
            key_ops: if self.is_private() { None } else { self.key_ops.clone() },
            extra: PUBLIC_EXTRAS.iter().filter_map(known).collect(),
            material: self.material.public()?,
        })
    }

    /// RFC 7638 §3, RFC 8037 appendix A.3: SHA-256 thumbprint, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        thumbprint::of(&self.material)
    }

    pub(crate) fn new(
        material: Material,
        kid: Option<&str>,
        alg: Option<&str>,
        public_key_use: &str,
    ) -> Self {
        Self {
            kid: kid.map(str::to_owned),
            alg: alg.map(str::to_owned),
            public_key_use: Some(public_key_use.to_owned()),
            ..Self::bare(material)
        }
    }

    /// The members that make up the key and nothing else.
    pub(crate) fn bare(material: Material) -> Self {
        Self { kid: None, alg: None, public_key_use: None, key_ops: None, extra: Map::new(), material }
    }

    pub(crate) fn material(&self) -> &Material {
        &self.material
    }

    /// RFC 7517 §4.2–4.4: whether type, `use`, `key_ops` and `alg` all allow this.
    pub(crate) fn allows(&self, operation: Operation, alg: SigningAlg) -> bool {
        let name = match operation {
            Operation::Sign => "sign",
            Operation::Verify => "verify",
        };
        self.key_type() == alg.key_type()
            && self.public_key_use.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == name))
            && self
                .alg
                .as_deref()
                .is_none_or(|meant| meant.parse::<SigningAlg>().is_ok_and(|meant| meant.same_as(alg)))
    }
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwk")
            .field("kty", &self.kty())
            .field("kid", &self.kid)
            .field("alg", &self.alg)
            .field("private", &self.is_private())
            .finish_non_exhaustive()
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kty", self.kty())?;
        for (name, value) in [("use", &self.public_key_use), ("alg", &self.alg), ("kid", &self.kid)] {
            if let Some(text) = value {
                map.serialize_entry(name, text)?;
            }
        }
        if let Some(ops) = &self.key_ops {
            map.serialize_entry("key_ops", ops)?;
        }
        self.material.serialize_members(&mut map)?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

const NOT_A_KEY: &str = "a JWK must be a JSON object with unique member names";

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Unique::deserialize(deserializer)? {
            Unique(Value::Object(members)) => Self::from_members(members).map_err(D::Error::custom),
            _ => Err(D::Error::custom(NOT_A_KEY)),
        }
    }
}

fn string(value: Option<Value>) -> Result<Option<String>, Error> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::InvalidKey("kty, kid, alg and use of a JWK must be strings")),
    }
}

fn strings(value: Value) -> Result<Vec<String>, Error> {
    serde_json::from_value(value)
        .map_err(|_| Error::InvalidKey("key_ops of a JWK must be an array of strings"))
}
