//! OpenID Connect Core §10.2: an encryption key derived from the octets of a client secret.

use crate::alg::Hash;
use crate::backend;
use crate::error::Error;
use crate::jwe::{ContentEncryption, KeyManagementAlg};
use crate::secret::SecretBytes;

/// The left part, as long as needed, of the shortest SHA-2 hash that is long enough.
pub(super) fn derive(
    secret: &[u8],
    alg: KeyManagementAlg,
    enc: ContentEncryption,
) -> Result<SecretBytes, Error> {
    let length = alg.secret_len(enc).ok_or(Error::EncryptionKeyMismatch(alg))?;
    if secret.is_empty() {
        return Err(Error::InvalidKey("an empty secret makes no key"));
    }
    let hash = match length {
        ..=32 => Hash::Sha256,
        33..=48 => Hash::Sha384,
        _ => Hash::Sha512,
    };
    let digest = backend::digest(hash, secret);
    digest.as_ref().get(..length).map(|key| SecretBytes::new(key.to_vec())).ok_or(Error::Crypto)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_shortest_that_is_long_enough() {
        use ContentEncryption::{A128CbcHs256, A128Gcm, A192CbcHs384, A192Gcm, A256CbcHs512};
        let key = |alg, enc| derive(b"secret", alg, enc).unwrap().expose().to_vec();
        let digest = |hash| backend::digest(hash, b"secret").as_ref().to_vec();
        let dir = KeyManagementAlg::Dir;
        assert_eq!(key(dir, A256CbcHs512), digest(Hash::Sha512));
        assert_eq!(key(dir, A192CbcHs384), digest(Hash::Sha384));
        assert_eq!(key(dir, A128CbcHs256), digest(Hash::Sha256));
        assert_eq!(key(dir, A192Gcm), digest(Hash::Sha256)[..24]);
        assert_eq!(key(KeyManagementAlg::A128Kw, A256CbcHs512), digest(Hash::Sha256)[..16]);
        assert_eq!(key(KeyManagementAlg::A256GcmKw, A128Gcm), digest(Hash::Sha256));
    }

    #[test]
    fn neither_an_empty_secret_nor_an_algorithm_of_key_pairs_makes_a_key() {
        let enc = ContentEncryption::A128Gcm;
        assert!(matches!(derive(b"", KeyManagementAlg::Dir, enc), Err(Error::InvalidKey(_))));
        for alg in [KeyManagementAlg::RsaOaep, KeyManagementAlg::EcdhEsA128Kw] {
            assert_eq!(derive(b"secret", alg, enc).err(), Some(Error::EncryptionKeyMismatch(alg)));
        }
    }
}
