//! RFC 7518 §4.3, RFC 8017 §7.1: RSAES-OAEP.

use super::{PrivateKey, der};
use crate::error::Error;
use crate::jwe::KeyManagementAlg;
use crate::jwk::{Material, Rsa, RsaSize};
use crate::secret::SecretBytes;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey, PublicKeyComponents,
};
use zeroize::Zeroizing;

/// A private RSA key that decrypts.
pub(crate) struct PrivateOaep {
    key: OaepPrivateDecryptingKey,
    source: PrivateDecryptingKey,
}

/// A public RSA key that encrypts.
pub(crate) struct PublicOaep(OaepPublicEncryptingKey);

impl PrivateOaep {
    pub(crate) fn generate(size: RsaSize) -> Result<Self, Error> {
        let size = match size {
            RsaSize::Bits2048 => KeySize::Rsa2048,
            RsaSize::Bits3072 => KeySize::Rsa3072,
            RsaSize::Bits4096 => KeySize::Rsa4096,
        };
        Self::of(PrivateDecryptingKey::generate(size).map_err(|_| Error::Crypto)?)
    }

    /// Checks that the private and the public members belong together, as for a key that signs.
    pub(crate) fn new(material: &Material) -> Result<Self, Error> {
        let pkcs8 = PrivateKey::new(material)?.rsa_pkcs8()?;
        Self::of(PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).map_err(|_| Error::Crypto)?)
    }

    fn of(source: PrivateDecryptingKey) -> Result<Self, Error> {
        let key = OaepPrivateDecryptingKey::new(source.clone()).map_err(|_| Error::Crypto)?;
        Ok(Self { key, source })
    }

    pub(crate) fn decrypt(&self, alg: KeyManagementAlg, ciphertext: &[u8]) -> Result<SecretBytes, Error> {
        let mut buffer = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let key = self
            .key
            .decrypt(algorithm(alg), ciphertext, &mut buffer, None)
            .map_err(|_| Error::DecryptionFailed)?;
        Ok(SecretBytes::new(key.to_vec()))
    }

    /// The public half as JWK members.
    pub(crate) fn public(&self) -> Result<Material, Error> {
        self.private()?.public().ok_or(Error::Crypto)
    }

    /// Both halves as JWK members, for keeping.
    pub(crate) fn private(&self) -> Result<Material, Error> {
        let pkcs8: Pkcs8V1Der<'_> = self.source.as_der().map_err(|_| Error::Crypto)?;
        der::from_pkcs8(pkcs8.as_ref())
    }
}

impl PublicOaep {
    pub(crate) fn new(key: &Rsa) -> Result<Self, Error> {
        const INVALID: Error = Error::InvalidKey("n and e are not an RSA public key");
        key.check_strength()?;
        let components = PublicKeyComponents { n: &key.n, e: &key.e };
        let key: PublicEncryptingKey = components.try_into().map_err(|_| INVALID)?;
        OaepPublicEncryptingKey::new(key).map(Self).map_err(|_| INVALID)
    }

    pub(crate) fn encrypt(&self, alg: KeyManagementAlg, key: &SecretBytes) -> Result<Vec<u8>, Error> {
        let mut ciphertext = vec![0; self.0.ciphertext_size()];
        let length = self
            .0
            .encrypt(algorithm(alg), key.expose(), &mut ciphertext, None)
            .map_err(|_| Error::Crypto)?
            .len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }
}

fn algorithm(alg: KeyManagementAlg) -> &'static OaepAlgorithm {
    match alg {
        KeyManagementAlg::RsaOaep256 => &OAEP_SHA256_MGF1SHA256,
        _ => &OAEP_SHA1_MGF1SHA1,
    }
}
