//! RFC 7518 §4.1, §5.1, RFC 8037 §3.2: how a content encryption key is managed, and how content is encrypted
//! with it.

use crate::alg::KeyType;
use crate::error::{Error, excerpt};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// How the content encryption key reaches the recipient: the `alg` of a JWE.
///
/// `RSA1_5` is left out because its padding is an oracle, `PBES2` because a token could choose how long it
/// takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyManagementAlg {
    /// RSAES-OAEP with SHA-1 inside, which that padding does not weaken.
    RsaOaep,
    /// RSAES-OAEP with SHA-256 inside.
    RsaOaep256,
    /// AES key wrap with a 128-bit secret.
    A128Kw,
    /// AES key wrap with a 192-bit secret.
    A192Kw,
    /// AES key wrap with a 256-bit secret.
    A256Kw,
    /// The shared secret is the content encryption key itself.
    Dir,
    /// AES GCM key wrap with a 128-bit secret.
    A128GcmKw,
    /// AES GCM key wrap with a 192-bit secret.
    A192GcmKw,
    /// AES GCM key wrap with a 256-bit secret.
    A256GcmKw,
    /// Ephemeral-static Diffie-Hellman; what is agreed on is the content encryption key.
    EcdhEs,
    /// The same; what is agreed on wraps the content encryption key by A128KW.
    EcdhEsA128Kw,
    /// The same with A192KW.
    EcdhEsA192Kw,
    /// The same with A256KW.
    EcdhEsA256Kw,
}

/// How content is encrypted and authenticated: the `enc` of a JWE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContentEncryption {
    /// AES-128 in CBC mode, then HMAC SHA-256.
    A128CbcHs256,
    /// AES-192 in CBC mode, then HMAC SHA-384.
    A192CbcHs384,
    /// AES-256 in CBC mode, then HMAC SHA-512.
    A256CbcHs512,
    /// AES-128 in Galois/Counter mode.
    A128Gcm,
    /// AES-192 in Galois/Counter mode.
    A192Gcm,
    /// AES-256 in Galois/Counter mode.
    A256Gcm,
}

/// What an algorithm does with the recipient's key, with the bytes that a wrapping key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Management {
    Rsa,
    Wrap(usize),
    GcmWrap(usize),
    Direct,
    Agree,
    AgreeAndWrap(usize),
}

impl KeyManagementAlg {
    /// Every algorithm, in the order in which metadata lists them.
    pub const ALL: [Self; 13] = [
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA256Kw,
        Self::A128Kw,
        Self::A192Kw,
        Self::A256Kw,
        Self::A128GcmKw,
        Self::A192GcmKw,
        Self::A256GcmKw,
        Self::Dir,
    ];

    /// The `alg` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::A128Kw => "A128KW",
            Self::A192Kw => "A192KW",
            Self::A256Kw => "A256KW",
            Self::Dir => "dir",
            Self::A128GcmKw => "A128GCMKW",
            Self::A192GcmKw => "A192GCMKW",
            Self::A256GcmKw => "A256GCMKW",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA192Kw => "ECDH-ES+A192KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }

    /// Whether both sides hold the same secret.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self.management(), Management::Wrap(_) | Management::GcmWrap(_) | Management::Direct)
    }

    /// Whether a key of this type can serve. How long a shared secret must be is another matter: see
    /// [`KeyManagementAlg::secret_len`].
    #[must_use]
    pub const fn fits(self, key_type: KeyType) -> bool {
        match self.management() {
            Management::Rsa => matches!(key_type, KeyType::Rsa),
            Management::Wrap(_) | Management::GcmWrap(_) | Management::Direct => {
                matches!(key_type, KeyType::Oct)
            }
            Management::Agree | Management::AgreeAndWrap(_) => {
                matches!(key_type, KeyType::Ec(_) | KeyType::X25519)
            }
        }
    }

    /// How many bytes a shared secret must have for this algorithm; none where the key is no shared secret.
    #[must_use]
    pub const fn secret_len(self, enc: ContentEncryption) -> Option<usize> {
        match self.management() {
            Management::Wrap(length) | Management::GcmWrap(length) => Some(length),
            Management::Direct => Some(enc.key_len()),
            Management::Rsa | Management::Agree | Management::AgreeAndWrap(_) => None,
        }
    }

    pub(crate) const fn management(self) -> Management {
        match self {
            Self::RsaOaep | Self::RsaOaep256 => Management::Rsa,
            Self::A128Kw => Management::Wrap(16),
            Self::A192Kw => Management::Wrap(24),
            Self::A256Kw => Management::Wrap(32),
            Self::Dir => Management::Direct,
            Self::A128GcmKw => Management::GcmWrap(16),
            Self::A192GcmKw => Management::GcmWrap(24),
            Self::A256GcmKw => Management::GcmWrap(32),
            Self::EcdhEs => Management::Agree,
            Self::EcdhEsA128Kw => Management::AgreeAndWrap(16),
            Self::EcdhEsA192Kw => Management::AgreeAndWrap(24),
            Self::EcdhEsA256Kw => Management::AgreeAndWrap(32),
        }
    }
}

impl ContentEncryption {
    /// Every encryption, in the order in which metadata lists them.
    pub const ALL: [Self; 6] = [
        Self::A128CbcHs256,
        Self::A192CbcHs384,
        Self::A256CbcHs512,
        Self::A128Gcm,
        Self::A192Gcm,
        Self::A256Gcm,
    ];

    /// The `enc` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
            Self::A128Gcm => "A128GCM",
            Self::A192Gcm => "A192GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    /// Bytes of the content encryption key. CBC with HMAC takes two keys, one after the other.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }

    /// Bytes of the initialization vector.
    pub(crate) const fn iv_len(self) -> usize {
        match self {
            Self::A128CbcHs256 | Self::A192CbcHs384 | Self::A256CbcHs512 => 16,
            Self::A128Gcm | Self::A192Gcm | Self::A256Gcm => 12,
        }
    }

    /// Bytes of the authentication tag.
    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::A128CbcHs256 | Self::A128Gcm | Self::A192Gcm | Self::A256Gcm => 16,
            Self::A192CbcHs384 => 24,
            Self::A256CbcHs512 => 32,
        }
    }
}

impl FromStr for KeyManagementAlg {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|alg| alg.as_str() == name);
        found.ok_or_else(|| Error::UnsupportedEncryption(excerpt(name)))
    }
}

impl FromStr for ContentEncryption {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|enc| enc.as_str() == name);
        found.ok_or_else(|| Error::UnsupportedEncryption(excerpt(name)))
    }
}

impl fmt::Display for KeyManagementAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for KeyManagementAlg {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for ContentEncryption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for KeyManagementAlg {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for ContentEncryption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for alg in KeyManagementAlg::ALL {
            assert_eq!(alg.as_str().parse(), Ok(alg));
            let json = serde_json::to_string(&alg).unwrap();
            assert_eq!(json, format!("\"{alg}\""));
            assert_eq!(serde_json::from_str::<KeyManagementAlg>(&json).unwrap(), alg);
        }
        for enc in ContentEncryption::ALL {
            assert_eq!(enc.as_str().parse(), Ok(enc));
            let json = serde_json::to_string(&enc).unwrap();
            assert_eq!(json, format!("\"{enc}\""));
            assert_eq!(serde_json::from_str::<ContentEncryption>(&json).unwrap(), enc);
        }
    }

    #[test]
    fn what_is_unsafe_or_unknown_has_no_name_here() {
        for name in ["RSA1_5", "PBES2-HS256+A128KW", "none", "DIR", "RS256", "A128GCM", ""] {
            assert_eq!(
                name.parse::<KeyManagementAlg>(),
                Err(Error::UnsupportedEncryption(name.to_owned())),
                "{name}"
            );
        }
        for name in ["A128CBC", "a128gcm", "A128KW", ""] {
            assert_eq!(name.parse::<ContentEncryption>(), Err(Error::UnsupportedEncryption(name.to_owned())));
        }
    }

    #[test]
    fn each_algorithm_has_its_types_of_keys() {
        for alg in KeyManagementAlg::ALL {
            let secret = alg.secret_len(ContentEncryption::A256CbcHs512);
            assert_eq!((alg.fits(KeyType::Oct), secret.is_some()), (alg.is_symmetric(), alg.is_symmetric()));
            assert_eq!(alg.fits(KeyType::X25519), alg.as_str().starts_with("ECDH-ES"), "{alg}");
            assert_eq!(alg.fits(KeyType::Rsa), alg.as_str().starts_with("RSA"), "{alg}");
            assert!(!alg.fits(KeyType::Ed25519));
        }
        assert_eq!(KeyManagementAlg::Dir.secret_len(ContentEncryption::A192CbcHs384), Some(48));
        assert_eq!(KeyManagementAlg::A192GcmKw.secret_len(ContentEncryption::A128Gcm), Some(24));
    }
}
