//! Why a token or key was refused, in words that a client's developer can act on.

use crate::alg::SigningAlg;
use crate::jwe::KeyManagementAlg;
use std::fmt;

/// Everything this crate can refuse. No text holds key material or more than a few bytes of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The token is longer than the caller allows.
    TooLarge {
        /// The caller's limit in bytes.
        limit: usize,
    },
    /// The text is not what the RFC says it must be; the words say where.
    Malformed(&'static str),
    /// `alg` names no algorithm known here.
    UnknownAlgorithm(String),
    /// `alg` is `none` where a signature is required.
    Unsecured,
    /// `alg` or `enc` of a JWE names nothing that is supported here.
    UnsupportedEncryption(String),
    /// The algorithm is known, but not one the caller accepts here.
    AlgorithmNotAllowed(SigningAlg),
    /// RFC 7515 §4.1.11: a header parameter that must be understood is not.
    Critical(String),
    /// The key's type, curve, `use`, `key_ops` or `alg` forbids this algorithm.
    KeyMismatch(SigningAlg),
    /// The key's type, curve, `use`, `key_ops` or `alg` forbids this way to manage keys.
    EncryptionKeyMismatch(KeyManagementAlg),
    /// The key is shorter than RFC 7518 allows.
    WeakKey {
        /// Bits the key has.
        bits: usize,
        /// Bits it needs.
        minimum: usize,
    },
    /// The key's members do not make a valid key; the words say which.
    InvalidKey(&'static str),
    /// A key type or curve that is not supported.
    UnsupportedKey(String),
    /// The key set holds no key for this token.
    NoMatchingKey,
    /// The signature does not belong to this content and key.
    InvalidSignature,
    /// The token does not decrypt with this key. There is one reason only, whichever step failed: anything
    /// else would tell an attacker how far a forged token came.
    DecryptionFailed,
    /// The crypto back-end could not do its work.
    Crypto,
    /// A required claim is absent.
    MissingClaim(&'static str),
    /// A claim is of the wrong JSON type or out of range.
    MalformedClaim(&'static str),
    /// The claims do not fit the type they were asked for; the text is the deserialiser's.
    Claims(String),
    /// `iss` is not the expected issuer.
    WrongIssuer,
    /// `aud` names none of the accepted audiences.
    WrongAudience,
    /// `exp` has passed.
    Expired,
    /// `nbf` is still to come.
    NotYetValid,
    /// `iat` lies in the future.
    IssuedInFuture,
    /// `iat` is longer ago than the caller allows.
    TooOld,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(f, "the token is longer than {limit} bytes"),
            Self::Malformed(what) => f.write_str(what),
            Self::UnknownAlgorithm(name) => write!(f, "unknown signature algorithm {name:?}"),
            Self::Unsecured => {
                f.write_str("the token is unsecured (alg is none), but a signature is required")
            }
            Self::UnsupportedEncryption(name) => write!(f, "encryption algorithm {name:?} is not supported"),
            Self::AlgorithmNotAllowed(alg) => write!(f, "signature algorithm {alg} is not accepted here"),
            Self::Critical(name) => write!(f, "critical header parameter {name:?} is not understood"),
            Self::KeyMismatch(alg) => write!(f, "this key cannot be used with {alg}"),
            Self::EncryptionKeyMismatch(alg) => write!(f, "this key cannot be used with {alg}"),
            Self::WeakKey { bits, minimum } => {
                write!(f, "the key has {bits} bits, but needs at least {minimum}")
            }
            Self::InvalidKey(what) => f.write_str(what),
            Self::UnsupportedKey(what) => write!(f, "unsupported key: {what}"),
            Self::NoMatchingKey => f.write_str("no key in the set fits the token's kid and alg"),
            Self::InvalidSignature => f.write_str("the signature is not valid"),
            Self::DecryptionFailed => f.write_str("the token cannot be decrypted with this key"),
            Self::Crypto => f.write_str("the cryptographic back-end failed"),
            Self::MissingClaim(name) => write!(f, "claim {name} is missing"),
            Self::MalformedClaim(name) => write!(f, "claim {name} is malformed"),
            Self::Claims(why) => write!(f, "the claims are not as expected: {why}"),
            Self::WrongIssuer => f.write_str("claim iss is not the expected issuer"),
            Self::WrongAudience => f.write_str("claim aud does not name an accepted audience"),
            Self::Expired => f.write_str("the token has expired (exp)"),
            Self::NotYetValid => f.write_str("the token is not valid yet (nbf)"),
            Self::IssuedInFuture => f.write_str("the token was issued in the future (iat)"),
            Self::TooOld => f.write_str("the token was issued too long ago (iat)"),
        }
    }
}

impl std::error::Error for Error {}

/// Cuts a name taken from outside, so that an error never carries a large part of a hostile token into a log.
pub(crate) fn excerpt(name: &str) -> String {
    name.chars().take(40).collect()
}
