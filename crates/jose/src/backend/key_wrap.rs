//! RFC 3394 §2.2: AES key wrap. The crypto library has it for two of the three key sizes that JOSE knows, so
//! that here it stands once for all three, over the library's AES.

use crate::error::Error;
use crate::secret::SecretBytes;
use aws_lc_rs::cipher::{
    self, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

/// Bytes by which a wrapped key is longer than the key.
pub(crate) const WRAPPING: usize = INITIAL.len();

/// RFC 3394 §2.2.3.1.
const INITIAL: [u8; 8] = [0xa6; 8];

/// RFC 3394 §2.2.1: wraps a key of at least two blocks of eight bytes.
pub(crate) fn wrap(kek: &SecretBytes, key: &SecretBytes) -> Result<Vec<u8>, Error> {
    let cipher = EncryptingKey::ecb(aes(kek)?).map_err(|_| Error::Crypto)?;
    let mut check = INITIAL;
    let mut blocks = blocks(key.expose()).ok_or(Error::Crypto)?;
    for (round, index) in steps(blocks.len()) {
        let block = blocks.get_mut(index).ok_or(Error::Crypto)?;
        let mut both = join(&check, block);
        cipher.less_safe_encrypt(both.as_mut_slice(), EncryptionContext::None).map_err(|_| Error::Crypto)?;
        (check, *block) = split(&both);
        check = (u64::from_be_bytes(check) ^ round).to_be_bytes();
    }
    Ok([&[check], blocks.as_slice()].concat().concat())
}

/// RFC 3394 §2.2.2: gives the key back, if it was wrapped by this one.
pub(crate) fn unwrap(kek: &SecretBytes, wrapped: &[u8]) -> Result<SecretBytes, Error> {
    let cipher = DecryptingKey::ecb(aes(kek)?).map_err(|_| Error::Crypto)?;
    let (&check, wrapped) = wrapped.split_first_chunk::<8>().ok_or(Error::DecryptionFailed)?;
    let mut check = check;
    let mut blocks = blocks(wrapped).ok_or(Error::DecryptionFailed)?;
    for (round, index) in steps(blocks.len()).rev() {
        let block = blocks.get_mut(index).ok_or(Error::Crypto)?;
        check = (u64::from_be_bytes(check) ^ round).to_be_bytes();
        let mut both = join(&check, block);
        cipher.decrypt(both.as_mut_slice(), DecryptionContext::None).map_err(|_| Error::Crypto)?;
        (check, *block) = split(&both);
    }
    verify_slices_are_equal(&check, &INITIAL).map_err(|_| Error::DecryptionFailed)?;
    Ok(SecretBytes::new(blocks.concat()))
}

fn aes(kek: &SecretBytes) -> Result<UnboundCipherKey, Error> {
    let algorithm = match kek.expose().len() {
        16 => &cipher::AES_128,
        24 => &cipher::AES_192,
        _ => &cipher::AES_256,
    };
    UnboundCipherKey::new(algorithm, kek.expose()).map_err(|_| Error::Crypto)
}

fn blocks(bytes: &[u8]) -> Option<Zeroizing<Vec<[u8; 8]>>> {
    let (blocks, rest) = bytes.as_chunks::<8>();
    (blocks.len() >= 2 && rest.is_empty()).then(|| Zeroizing::new(blocks.to_vec()))
}

/// The number of each step, with the block that it works on: six times over all blocks.
fn steps(blocks: usize) -> impl DoubleEndedIterator<Item = (u64, usize)> {
    (0..6 * blocks).map(move |step| (step as u64 + 1, step % blocks))
}

fn join(check: &[u8; 8], block: &[u8; 8]) -> Zeroizing<[u8; 16]> {
    let wide = u128::from(u64::from_be_bytes(*check)) << 64 | u128::from(u64::from_be_bytes(*block));
    Zeroizing::new(wide.to_be_bytes())
}

fn split(both: &[u8; 16]) -> ([u8; 8], [u8; 8]) {
    let wide = u128::from_be_bytes(*both);
    (((wide >> 64) as u64).to_be_bytes(), (wide as u64).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    #[test]
    fn rfc_3394_section_4() {
        let data: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/rfc3394.json")).unwrap();
        let cases = data.as_array().unwrap();
        assert_eq!(cases.len(), 6);
        for case in cases {
            let kek = SecretBytes::new(hex(&case["kek"]));
            let key = hex(&case["key"]);
            let wrapped = wrap(&kek, &SecretBytes::new(key.clone())).unwrap();
            assert_eq!(wrapped, hex(&case["wrapped"]), "{}", case["section"]);
            assert_eq!(unwrap(&kek, &wrapped).unwrap().expose(), key, "{}", case["section"]);
        }
    }

    #[test]
    fn what_was_not_wrapped_by_this_key_is_refused() {
        let kek = SecretBytes::new(vec![1; 24]);
        let wrapped = wrap(&kek, &SecretBytes::new(vec![2; 32])).unwrap();
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 0x80;
            assert_eq!(unwrap(&kek, &changed).err(), Some(Error::DecryptionFailed), "{at}");
        }
        for length in 0..wrapped.len() {
            assert_eq!(unwrap(&kek, &wrapped[..length]).err(), Some(Error::DecryptionFailed), "{length}");
        }
        assert!(unwrap(&SecretBytes::new(vec![3; 24]), &wrapped).is_err());
    }
}
