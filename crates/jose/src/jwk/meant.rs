//! RFC 7517 §4.2–4.4: the declared purpose of an encryption key.

use super::{Jwk, Material};
use crate::error::{Error, excerpt};
use crate::jwe::{ContentEncryption, KeyManagementAlg, Management};

/// What the `alg` of a JWK binds it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    Anything,
    Management(KeyManagementAlg),
    /// A shared secret may name the content encryption that it serves directly, as in RFC 7520 §5.6.
    Content(ContentEncryption),
}

/// Which side of a JWE a key is on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Sender,
    Recipient,
}

impl Meant {
    /// Refuses a JWK whose `use`, `key_ops` or `alg` is for something else.
    pub(super) fn of(jwk: &Jwk, side: Side) -> Result<Self, Error> {
        const UNFIT: Error = Error::InvalidKey("use, key_ops or alg of the key are not for encryption");
        if jwk.public_key_use.as_deref().is_some_and(|purpose| purpose != "enc") {
            return Err(UNFIT);
        }
        let agrees = matches!(jwk.material(), Material::Ec(_) | Material::Okp(_));
        let operations: &[&str] = match side {
            _ if agrees => &["deriveKey", "deriveBits"],
            Side::Sender => &["encrypt", "wrapKey"],
            Side::Recipient => &["decrypt", "unwrapKey"],
        };
        if let Some(ops) = &jwk.key_ops {
            // Web Cryptography exports the public half of an ECDH key with an empty list.
            let silent = agrees && side == Side::Sender && ops.is_empty();
            if !silent && !ops.iter().any(|op| operations.contains(&op.as_str())) {
                return Err(UNFIT);
            }
        }
        let Some(name) = jwk.alg.as_deref() else { return Ok(Self::Anything) };
        let found = match (name.parse(), name.parse()) {
            (Ok(alg), _) => Self::Management(alg),
            (_, Ok(enc)) => Self::Content(enc),
            _ => return Err(Error::UnsupportedEncryption(excerpt(name))),
        };
        match found {
            Self::Management(alg) if !alg.fits(jwk.key_type()) => Err(Error::EncryptionKeyMismatch(alg)),
            Self::Content(_) if !matches!(jwk.material(), Material::Oct(_)) => Err(UNFIT),
            fitting => Ok(fitting),
        }
    }

    pub(super) fn allows(self, alg: KeyManagementAlg, enc: ContentEncryption) -> bool {
        match self {
            Self::Anything => true,
            Self::Management(meant) => meant == alg,
            Self::Content(meant) => alg.management() == Management::Direct && meant == enc,
        }
    }

    /// Whether the key was made for exactly this.
    pub(super) fn is_exactly(self, alg: KeyManagementAlg) -> bool {
        self == Self::Management(alg)
    }

    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Anything => None,
            Self::Management(alg) => Some(alg.as_str()),
            Self::Content(enc) => Some(enc.as_str()),
        }
    }
}
