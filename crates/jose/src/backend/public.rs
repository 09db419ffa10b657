//! Public keys, parsed once and bound to their algorithm.

use crate::alg::{Curve, KeyType, SigningAlg};
use crate::error::Error;
use crate::jwk::{Ec, Material, Okp, OkpCurve, Rsa};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

pub(crate) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// The public part of `material`, for `alg` alone.
    pub(crate) fn new(material: &Material, alg: SigningAlg) -> Result<Self, Error> {
        let parsed = match material {
            Material::Rsa(key) => rsa(key, alg)?,
            Material::Ec(key) => {
                let algorithm: &'static dyn VerificationAlgorithm = match (key.crv, alg) {
                    (Curve::P256, SigningAlg::Es256) => &ECDSA_P256_SHA256_FIXED,
                    (Curve::P384, SigningAlg::Es384) => &ECDSA_P384_SHA384_FIXED,
                    (Curve::P521, SigningAlg::Es512) => &ECDSA_P521_SHA512_FIXED,
                    _ => return Err(Error::KeyMismatch(alg)),
                };
                UnparsedPublicKey::new(algorithm, uncompressed_point(key))
                    .parse()
                    .map_err(|_| Error::InvalidKey("x and y are not a point on the curve"))?
            }
            Material::Okp(Okp { crv, x, .. }) => {
                if *crv != OkpCurve::Ed25519 || alg.key_type() != KeyType::Ed25519 {
                    return Err(Error::KeyMismatch(alg));
                }
                UnparsedPublicKey::new(&ED25519, x)
                    .parse()
                    .map_err(|_| Error::InvalidKey("x is not an Ed25519 public key"))?
            }
            Material::Oct(_) => return Err(Error::KeyMismatch(alg)),
        };
        Ok(Self(parsed))
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.0.verify_sig(message, signature).map_err(|_| Error::InvalidSignature)
    }
}

fn rsa(key: &Rsa, alg: SigningAlg) -> Result<ParsedPublicKey, Error> {
    let parameters: &'static RsaParameters = match alg {
        SigningAlg::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        SigningAlg::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        SigningAlg::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        SigningAlg::Ps256 => &RSA_PSS_2048_8192_SHA256,
        SigningAlg::Ps384 => &RSA_PSS_2048_8192_SHA384,
        SigningAlg::Ps512 => &RSA_PSS_2048_8192_SHA512,
        other => return Err(Error::KeyMismatch(other)),
    };
    key.check_strength()?;
    RsaPublicKeyComponents { n: &key.n, e: &key.e }
        .to_parsed_public_key(parameters)
        .map_err(|_| Error::InvalidKey("n and e are not an RSA public key"))
}

/// SEC 1 §2.3.3: the form in which the library takes points.
pub(super) fn uncompressed_point(key: &Ec) -> Vec<u8> {
    [&[0x04], key.x.as_slice(), key.y.as_slice()].concat()
}
