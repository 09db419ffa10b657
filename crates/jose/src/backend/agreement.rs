//! RFC 7518 §4.6, RFC 8037 §3.2: Diffie-Hellman over the NIST curves and X25519.

use super::public::uncompressed_point;
use crate::alg::{Curve, KeyType};
use crate::error::Error;
use crate::jwk::{Ec, Material, Okp, OkpCurve};
use crate::secret::SecretBytes;
use aws_lc_rs::agreement::{self, ParsedPublicKey, UnparsedPublicKey};
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin, EcPrivateKeyBin};

/// A private key that agrees on secrets.
pub(crate) struct PrivateAgreement {
    key: agreement::PrivateKey,
    group: Group,
}

/// A public key: a point that lies on its curve.
pub(crate) struct PublicAgreement {
    key: ParsedPublicKey,
    group: Group,
}

/// Where points lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Nist(Curve),
    X25519,
}

impl Group {
    /// The group that keys of this type lie in, if they agree on secrets.
    pub(crate) fn of(key_type: KeyType) -> Option<Self> {
        match key_type {
            KeyType::Ec(curve) => Some(Self::Nist(curve)),
            KeyType::X25519 => Some(Self::X25519),
            KeyType::Rsa | KeyType::Ed25519 | KeyType::Oct => None,
        }
    }

    fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Self::Nist(Curve::P256) => &agreement::ECDH_P256,
            Self::Nist(Curve::P384) => &agreement::ECDH_P384,
            Self::Nist(Curve::P521) => &agreement::ECDH_P521,
            Self::X25519 => &agreement::X25519,
        }
    }
}

impl PrivateAgreement {
    pub(crate) fn generate(group: Group) -> Result<Self, Error> {
        let key = agreement::PrivateKey::generate(group.algorithm()).map_err(|_| Error::Crypto)?;
        Ok(Self { key, group })
    }

    /// Checks that the private and the public members belong together.
    pub(crate) fn new(material: &Material) -> Result<Self, Error> {
        const APART: Error = Error::InvalidKey("d does not belong to the public members of the key");
        let (group, d, public) = match material {
            Material::Ec(key) => (Group::Nist(key.crv), &key.d, uncompressed_point(key)),
            Material::Okp(Okp { crv: OkpCurve::X25519, x, d }) => (Group::X25519, d, x.clone()),
            _ => return Err(Error::InvalidKey("keys of this type do not agree on secrets")),
        };
        let d = d.as_ref().ok_or(Error::InvalidKey("the key has no private part"))?;
        let made = Self::from_private(group, d)?;
        let own = made.key.compute_public_key().map_err(|_| Error::Crypto)?;
        if own.as_ref() == public { Ok(made) } else { Err(APART) }
    }

    /// Takes the private part alone, of the full length of the group.
    pub(crate) fn from_private(group: Group, d: &SecretBytes) -> Result<Self, Error> {
        let key = agreement::PrivateKey::from_private_key(group.algorithm(), d.expose())
            .map_err(|_| Error::InvalidKey("d is no private key of this curve"))?;
        Ok(Self { key, group })
    }

    pub(crate) fn key_type(&self) -> KeyType {
        match self.group {
            Group::Nist(curve) => KeyType::Ec(curve),
            Group::X25519 => KeyType::X25519,
        }
    }

    /// The secret that both sides arrive at; a point on another curve is refused.
    pub(crate) fn agree(&self, peer: &PublicAgreement) -> Result<SecretBytes, Error> {
        agreement::agree(&self.key, peer.key.clone(), Error::DecryptionFailed, |secret| {
            Ok(SecretBytes::new(secret.to_vec()))
        })
    }

    /// The public half as JWK members.
    pub(crate) fn public(&self) -> Result<Material, Error> {
        self.material(None)
    }

    /// Both halves as JWK members, for keeping.
    pub(crate) fn private(&self) -> Result<Material, Error> {
        let d = match self.group {
            Group::Nist(_) => {
                let d: EcPrivateKeyBin<'_> = self.key.as_be_bytes().map_err(|_| Error::Crypto)?;
                d.as_ref().to_vec()
            }
            Group::X25519 => {
                let d: Curve25519SeedBin<'_> = self.key.as_be_bytes().map_err(|_| Error::Crypto)?;
                d.as_ref().to_vec()
            }
        };
        self.material(Some(SecretBytes::new(d)))
    }

    fn material(&self, d: Option<SecretBytes>) -> Result<Material, Error> {
        let public = self.key.compute_public_key().map_err(|_| Error::Crypto)?;
        match self.group {
            Group::Nist(crv) => {
                let point = public.as_ref().strip_prefix(&[0x04]).ok_or(Error::Crypto)?;
                let (x, y) = point.split_at_checked(crv.size()).ok_or(Error::Crypto)?;
                Ok(Material::Ec(Ec { crv, x: x.to_vec(), y: y.to_vec(), d }))
            }
            Group::X25519 => Ok(Material::Okp(Okp { crv: OkpCurve::X25519, x: public.as_ref().to_vec(), d })),
        }
    }
}

impl PublicAgreement {
    /// The public part of `material`. A point off the curve is refused here, before any secret meets it.
    pub(crate) fn new(material: &Material) -> Result<Self, Error> {
        let (group, point) = match material {
            Material::Ec(key) => (Group::Nist(key.crv), uncompressed_point(key)),
            Material::Okp(Okp { crv: OkpCurve::X25519, x, .. }) => (Group::X25519, x.clone()),
            _ => return Err(Error::InvalidKey("keys of this type do not agree on secrets")),
        };
        let key = UnparsedPublicKey::new(group.algorithm(), point)
            .try_into()
            .map_err(|_| Error::InvalidKey("the public key is not a point on its curve"))?;
        Ok(Self { key, group })
    }

    pub(crate) fn group(&self) -> Group {
        self.group
    }
}
