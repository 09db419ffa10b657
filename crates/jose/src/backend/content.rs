//! RFC 7518 §5: authenticated encryption of content.

use super::Hash;
use crate::error::Error;
use crate::jwe::ContentEncryption;
use crate::secret::SecretBytes;
use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    self, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroize;

/// Ciphertext and tag.
pub(crate) struct Sealed {
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

/// What protects content, as it travels.
#[derive(Clone, Copy)]
pub(crate) struct Protected<'a> {
    pub(crate) iv: &'a [u8],
    pub(crate) aad: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8],
}

/// Bytes that nobody can guess: keys and initialization vectors.
pub(crate) fn random(length: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length];
    rand::fill(&mut bytes).map_err(|_| Error::Crypto)?;
    Ok(bytes)
}

/// Encrypts with a key of the right length and an initialization vector that was never used with it.
pub(crate) fn seal(
    enc: ContentEncryption,
    key: &SecretBytes,
    iv: &[u8],
    aad: &[u8],
    content: &[u8],
) -> Result<Sealed, Error> {
    match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A192Gcm | ContentEncryption::A256Gcm => {
            gcm_seal(key, iv, aad, content)
        }
        ContentEncryption::A128CbcHs256
        | ContentEncryption::A192CbcHs384
        | ContentEncryption::A256CbcHs512 => cbc_seal(enc, key, iv, aad, content),
    }
}

/// Decrypts what [`seal`] made and nothing else.
pub(crate) fn open(
    enc: ContentEncryption,
    key: &SecretBytes,
    protected: Protected<'_>,
) -> Result<Vec<u8>, Error> {
    match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A192Gcm | ContentEncryption::A256Gcm => {
            gcm_open(key, protected)
        }
        ContentEncryption::A128CbcHs256
        | ContentEncryption::A192CbcHs384
        | ContentEncryption::A256CbcHs512 => cbc_open(enc, key, protected),
    }
}

/// RFC 7518 §5.3, and §4.7 for keys as content. The length of the key says which AES it is.
pub(crate) fn gcm_seal(key: &SecretBytes, iv: &[u8], aad: &[u8], content: &[u8]) -> Result<Sealed, Error> {
    let nonce = Nonce::try_assume_unique_for_key(iv).map_err(|_| Error::Crypto)?;
    let mut ciphertext = content.to_vec();
    let tag = gcm(key)?
        .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut ciphertext)
        .map_err(|_| Error::Crypto)?;
    Ok(Sealed { ciphertext, tag: tag.as_ref().to_vec() })
}

/// RFC 7518 §5.3, and §4.7 for keys as content: the tag has all its 128 bits.
pub(crate) fn gcm_open(key: &SecretBytes, protected: Protected<'_>) -> Result<Vec<u8>, Error> {
    let nonce = Nonce::try_assume_unique_for_key(protected.iv).map_err(|_| Error::DecryptionFailed)?;
    if protected.tag.len() != aead::MAX_TAG_LEN {
        return Err(Error::DecryptionFailed);
    }
    let mut content = protected.ciphertext.to_vec();
    gcm(key)?
        .open_in_place_separate_tag(nonce, Aad::from(protected.aad), protected.tag, &mut content)
        .map_err(|_| Error::DecryptionFailed)?;
    Ok(content)
}

fn gcm(key: &SecretBytes) -> Result<LessSafeKey, Error> {
    let algorithm = match key.expose().len() {
        16 => &aead::AES_128_GCM,
        24 => &aead::AES_192_GCM,
        _ => &aead::AES_256_GCM,
    };
    UnboundKey::new(algorithm, key.expose()).map(LessSafeKey::new).map_err(|_| Error::Crypto)
}

/// RFC 7518 §5.2.2.1.
fn cbc_seal(
    enc: ContentEncryption,
    key: &SecretBytes,
    iv: &[u8],
    aad: &[u8],
    content: &[u8],
) -> Result<Sealed, Error> {
    let CbcKeys { mac, cipher } = CbcKeys::of(enc, key)?;
    let context = FixedLength::try_from(iv).map(EncryptionContext::Iv128).map_err(|_| Error::Crypto)?;
    // Room for the padding, so that no copy of the content is left behind.
    let mut ciphertext = Vec::with_capacity(content.len() + cipher.algorithm().block_len());
    ciphertext.extend_from_slice(content);
    PaddedBlockEncryptingKey::cbc_pkcs7(cipher)
        .and_then(|key| key.less_safe_encrypt(&mut ciphertext, context))
        .map_err(|_| Error::Crypto)?;
    let tag = mac.tag(iv, aad, &ciphertext).as_ref().get(..enc.tag_len()).map(<[u8]>::to_vec);
    Ok(Sealed { tag: tag.ok_or(Error::Crypto)?, ciphertext })
}

/// RFC 7518 §5.2.2.2: nothing is decrypted, and no padding looked at, before the tag has proved right.
fn cbc_open(enc: ContentEncryption, key: &SecretBytes, protected: Protected<'_>) -> Result<Vec<u8>, Error> {
    let Protected { iv, aad, ciphertext, tag } = protected;
    let CbcKeys { mac, cipher } = CbcKeys::of(enc, key)?;
    let expected = mac.tag(iv, aad, ciphertext);
    let expected = expected.as_ref().get(..enc.tag_len()).ok_or(Error::Crypto)?;
    verify_slices_are_equal(expected, tag).map_err(|_| Error::DecryptionFailed)?;

    let context =
        FixedLength::try_from(iv).map(DecryptionContext::Iv128).map_err(|_| Error::DecryptionFailed)?;
    let mut buffer = ciphertext.to_vec();
    let length = PaddedBlockDecryptingKey::cbc_pkcs7(cipher)
        .and_then(|key| key.decrypt(&mut buffer, context).map(|content| content.len()))
        .map_err(|_| Error::DecryptionFailed);
    match length {
        Ok(length) => {
            buffer.truncate(length);
            Ok(buffer)
        }
        Err(error) => {
            buffer.zeroize();
            Err(error)
        }
    }
}

/// RFC 7518 §5.2.2: the first half authenticates, the second half encrypts.
struct CbcKeys {
    mac: CbcMac,
    cipher: UnboundCipherKey,
}

struct CbcMac(hmac::Key);

impl CbcKeys {
    fn of(enc: ContentEncryption, key: &SecretBytes) -> Result<Self, Error> {
        let (algorithm, cipher) = match enc {
            ContentEncryption::A192CbcHs384 => (Hash::Sha384, &cipher::AES_192),
            ContentEncryption::A256CbcHs512 => (Hash::Sha512, &cipher::AES_256),
            _ => (Hash::Sha256, &cipher::AES_128),
        };
        let halves = key.expose().split_at_checked(enc.key_len() / 2).ok_or(Error::Crypto)?;
        Ok(Self {
            mac: CbcMac(hmac::Key::new(super::hmac_algorithm(algorithm), halves.0)),
            cipher: UnboundCipherKey::new(cipher, halves.1).map_err(|_| Error::Crypto)?,
        })
    }
}

impl CbcMac {
    fn tag(&self, iv: &[u8], aad: &[u8], ciphertext: &[u8]) -> hmac::Tag {
        let bits = (aad.len() as u64).saturating_mul(8);
        let mut context = hmac::Context::with_key(&self.0);
        for part in [aad, iv, ciphertext, &bits.to_be_bytes()] {
            context.update(part);
        }
        context.sign()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    #[test]
    fn rfc_7518_appendix_b() {
        let data: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/rfc7518.json")).unwrap();
        let shared = &data["B"];
        let (iv, aad, content) = (hex(&shared["iv"]), hex(&shared["aad"]), hex(&shared["plaintext"]));
        let cases = shared["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let enc: ContentEncryption = case["enc"].as_str().unwrap().parse().unwrap();
            let key = SecretBytes::new(hex(&case["key"]));
            let sealed = seal(enc, &key, &iv, &aad, &content).unwrap();
            assert_eq!(sealed.ciphertext, hex(&case["ciphertext"]), "{enc}");
            assert_eq!(sealed.tag, hex(&case["tag"]), "{enc}");
            let protected =
                Protected { iv: &iv, aad: &aad, ciphertext: &sealed.ciphertext, tag: &sealed.tag };
            assert_eq!(open(enc, &key, protected), Ok(content.clone()));
        }
    }

    #[test]
    fn a_part_that_is_changed_cut_or_lengthened_is_refused() {
        for enc in ContentEncryption::ALL {
            let key = SecretBytes::new(vec![7; enc.key_len()]);
            let (iv, aad) = (vec![1; enc.iv_len()], b"header".to_vec());
            let Sealed { ciphertext, tag } = seal(enc, &key, &iv, &aad, b"content").unwrap();
            let parts = [iv, aad, ciphertext, tag];
            let opened = |parts: &[Vec<u8>; 4]| {
                let [iv, aad, ciphertext, tag] = parts;
                open(enc, &key, Protected { iv, aad, ciphertext, tag })
            };
            assert_eq!(opened(&parts), Ok(b"content".to_vec()), "{enc}");
            for part in 0..4 {
                let changes: [fn(&mut Vec<u8>); 4] = [
                    |part| part[0] ^= 1,
                    |part| part.push(0),
                    |part| part.truncate(part.len() - 1),
                    Vec::clear,
                ];
                for change in changes {
                    let mut parts = parts.clone();
                    change(&mut parts[part]);
                    assert_eq!(opened(&parts), Err(Error::DecryptionFailed), "{enc} {part}");
                }
            }
        }
    }
}
