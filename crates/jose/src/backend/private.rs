//! Private keys, parsed once and kept.

use super::crt::{self, Crt};
use super::{der, public::uncompressed_point};
use crate::alg::{Curve, KeyType, SigningAlg};
use crate::error::Error;
use crate::jwk::{Ec, Material, Okp, OkpCurve, Rsa, RsaPrivate, RsaSize};
use crate::secret::SecretBytes;
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    RsaPublicKeyComponents,
};

/// Bytes of the largest RSA key that the library takes.
const RSA_LARGEST: usize = 1024;

pub(crate) enum PrivateKey {
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// A new key of the type `alg` needs.
    pub(crate) fn generate(alg: SigningAlg, size: RsaSize) -> Result<Self, Error> {
        Ok(match alg.key_type() {
            KeyType::Rsa => {
                let size = match size {
                    RsaSize::Bits2048 => KeySize::Rsa2048,
                    RsaSize::Bits3072 => KeySize::Rsa3072,
                    RsaSize::Bits4096 => KeySize::Rsa4096,
                };
                Self::Rsa(RsaKeyPair::generate(size).map_err(|_| Error::Crypto)?)
            }
            KeyType::Ec(curve) => {
                Self::Ec(curve, EcdsaKeyPair::generate(ecdsa(curve)).map_err(|_| Error::Crypto)?)
            }
            KeyType::Ed25519 => Self::Ed25519(Ed25519KeyPair::generate().map_err(|_| Error::Crypto)?),
            KeyType::X25519 | KeyType::Oct => return Err(Error::KeyMismatch(alg)),
        })
    }

    /// Checks that the private and the public members belong together.
    pub(crate) fn new(material: &Material) -> Result<Self, Error> {
        const PUBLIC_ONLY: Error = Error::InvalidKey("the key has no private part");
        match material {
            Material::Rsa(key) => {
                const APART: Error =
                    Error::InvalidKey("the members of the RSA private key do not belong together");
                let RsaPrivate { d, p, q, crt } = key.private.as_ref().ok_or(PUBLIC_ONLY)?;
                key.check_strength()?;
                let derived = match crt {
                    None if [d, p, q].iter().any(|part| part.expose().len() > RSA_LARGEST) => {
                        return Err(APART);
                    }
                    None => Some(crt::derive(d.expose(), p.expose(), q.expose()).ok_or(APART)?),
                    Some(_) => None,
                };
                let Crt { dp, dq, qi } = crt.as_ref().or(derived.as_ref()).ok_or(APART)?;
                RsaKeyPair::from_components(&KeyPairComponents {
                    public_key: RsaPublicKeyComponents { n: key.n.as_slice(), e: key.e.as_slice() },
                    d: d.expose(),
                    p: p.expose(),
                    q: q.expose(),
                    dP: dp.expose(),
                    dQ: dq.expose(),
                    qInv: qi.expose(),
                })
                .map(Self::Rsa)
                .map_err(|_| APART)
            }
            Material::Ec(key) => {
                let d = key.d.as_ref().ok_or(PUBLIC_ONLY)?;
                EcdsaKeyPair::from_private_key_and_public_key(
                    ecdsa(key.crv),
                    d.expose(),
                    &uncompressed_point(key),
                )
                .map(|pair| Self::Ec(key.crv, pair))
                .map_err(|_| Error::InvalidKey("d, x and y of the EC key do not belong together"))
            }
            Material::Okp(Okp { crv: OkpCurve::X25519, .. }) => {
                Err(Error::InvalidKey("an X25519 key agrees on keys and does not sign"))
            }
            Material::Okp(key) => {
                let d = key.d.as_ref().ok_or(PUBLIC_ONLY)?;
                Ed25519KeyPair::from_seed_and_public_key(d.expose(), &key.x)
                    .map(Self::Ed25519)
                    .map_err(|_| Error::InvalidKey("d and x of the Ed25519 key do not belong together"))
            }
            Material::Oct(_) => Err(Error::InvalidKey("a shared secret is no private key: use HmacKey")),
        }
    }

    /// Whether this key can make `alg` signatures.
    pub(crate) fn fits(&self, alg: SigningAlg) -> bool {
        match (self, alg.key_type()) {
            (Self::Rsa(_), KeyType::Rsa) | (Self::Ed25519(_), KeyType::Ed25519) => true,
            (Self::Ec(curve, _), KeyType::Ec(needed)) => *curve == needed,
            _ => false,
        }
    }

    pub(crate) fn signature_len(&self) -> usize {
        match self {
            Self::Rsa(pair) => pair.public_modulus_len(),
            Self::Ec(curve, _) => 2 * curve.size(),
            Self::Ed25519(_) => 64,
        }
    }

    /// Signs for an `alg` that fits: the code that binds the two has asked.
    pub(crate) fn sign(&self, alg: SigningAlg, message: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; self.signature_len()];
                pair.sign(rsa_encoding(alg)?, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| Error::Crypto)?;
                Ok(signature)
            }
            Self::Ec(_, pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| Error::Crypto)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(pair) => {
                let signature = pair.try_sign(message).map_err(|_| Error::Crypto)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// The public key that belongs to a seed.
    pub(crate) fn ed25519_public(seed: &[u8]) -> Result<Vec<u8>, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| Error::InvalidKey("an Ed25519 private key has 32 bytes"))?;
        Ok(pair.public_key().as_ref().to_vec())
    }

    /// RFC 5208 §5: an RSA key in the form that all of the library's RSA keys can be made of.
    pub(crate) fn rsa_pkcs8(&self) -> Result<Pkcs8V1Der<'static>, Error> {
        match self {
            Self::Rsa(pair) => pair.as_der().map_err(|_| Error::Crypto),
            Self::Ec(..) | Self::Ed25519(_) => Err(Error::Crypto),
        }
    }

    /// The public half as JWK members.
    pub(crate) fn public(&self) -> Result<Material, Error> {
        match self {
            Self::Rsa(pair) => {
                let [n, e] = der::rsa_public(pair.public_key().as_ref()).ok_or(Error::Crypto)?;
                Ok(Material::Rsa(Rsa { n: n.to_vec(), e: e.to_vec(), private: None }))
            }
            Self::Ec(curve, pair) => ec(*curve, pair, None),
            Self::Ed25519(pair) => Ok(Material::Okp(Okp {
                crv: OkpCurve::Ed25519,
                x: pair.public_key().as_ref().to_vec(),
                d: None,
            })),
        }
    }

    /// Both halves as JWK members, for keeping.
    pub(crate) fn private(&self) -> Result<Material, Error> {
        match self {
            Self::Rsa(_) => der::from_pkcs8(self.rsa_pkcs8()?.as_ref()),
            Self::Ec(curve, pair) => {
                let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| Error::Crypto)?;
                ec(*curve, pair, Some(SecretBytes::new(d.as_ref().to_vec())))
            }
            Self::Ed25519(pair) => {
                let seed = pair.seed().map_err(|_| Error::Crypto)?;
                let d: Curve25519SeedBin<'_> = seed.as_be_bytes().map_err(|_| Error::Crypto)?;
                let d = SecretBytes::new(d.as_ref().to_vec());
                Ok(Material::Okp(Okp {
                    crv: OkpCurve::Ed25519,
                    x: pair.public_key().as_ref().to_vec(),
                    d: Some(d),
                }))
            }
        }
    }
}

fn ec(crv: Curve, pair: &EcdsaKeyPair, d: Option<SecretBytes>) -> Result<Material, Error> {
    let point = pair.public_key().as_ref().strip_prefix(&[0x04]).ok_or(Error::Crypto)?;
    let (x, y) = point.split_at_checked(crv.size()).ok_or(Error::Crypto)?;
    Ok(Material::Ec(Ec { crv, x: x.to_vec(), y: y.to_vec(), d }))
}

fn ecdsa(curve: Curve) -> &'static EcdsaSigningAlgorithm {
    match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &ECDSA_P521_SHA512_FIXED_SIGNING,
    }
}

fn rsa_encoding(alg: SigningAlg) -> Result<&'static dyn RsaEncoding, Error> {
    Ok(match alg {
        SigningAlg::Rs256 => &RSA_PKCS1_SHA256,
        SigningAlg::Rs384 => &RSA_PKCS1_SHA384,
        SigningAlg::Rs512 => &RSA_PKCS1_SHA512,
        SigningAlg::Ps256 => &RSA_PSS_SHA256,
        SigningAlg::Ps384 => &RSA_PSS_SHA384,
        SigningAlg::Ps512 => &RSA_PSS_SHA512,
        other => return Err(Error::KeyMismatch(other)),
    })
}
