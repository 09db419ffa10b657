//! RFC 8017 appendix A.1: reading the numbers of an RSA key out of the DER that the crypto library exports.

use crate::jwk::{Material, Rsa, RsaPrivate};
use crate::secret::SecretBytes;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// The `N` integers that follow each other at the start of a sequence.
fn integers<const N: usize>(mut body: &[u8]) -> Option<[&[u8]; N]> {
    let mut numbers: [&[u8]; N] = [&[]; N];
    for number in &mut numbers {
        let value = take(INTEGER, &mut body)?;
        // DER puts a zero before a number whose first bit is set; JOSE writes none.
        *number = value.strip_prefix(&[0]).unwrap_or(value);
    }
    Some(numbers)
}

/// `n, e` of an `RSAPublicKey`.
pub(crate) fn rsa_public(mut der: &[u8]) -> Option<[&[u8]; 2]> {
    integers(take(SEQUENCE, &mut der)?)
}

/// `version, n, e, d, p, q, dP, dQ, qInv` of the `RSAPrivateKey` inside a PKCS #8 `PrivateKeyInfo`.
fn rsa_private(mut pkcs8: &[u8]) -> Option<[&[u8]; 9]> {
    let mut info = take(SEQUENCE, &mut pkcs8)?;
    take(INTEGER, &mut info)?;
    take(SEQUENCE, &mut info)?;
    let mut key = take(OCTET_STRING, &mut info)?;
    integers(take(SEQUENCE, &mut key)?)
}

/// A private RSA key out of a PKCS #8 `PrivateKeyInfo`.
pub(crate) fn rsa_material(pkcs8: &[u8]) -> Option<Material> {
    let [_, n, e, d, p, q, dp, dq, qi] = rsa_private(pkcs8)?;
    let secret = |bytes: &[u8]| SecretBytes::new(bytes.to_vec());
    let private = RsaPrivate {
        d: secret(d),
        p: secret(p),
        q: secret(q),
        dp: secret(dp),
        dq: secret(dq),
        qi: secret(qi),
    };
    Some(Material::Rsa(Rsa { n: n.to_vec(), e: e.to_vec(), private: Some(private) }))
}

/// Takes one element off the front of `input` and gives its content, if it has this tag.
fn take<'a>(tag: u8, input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (&found, rest) = input.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81 | 0x82 => {
            let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            rest = after;
            bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte))
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    *input = after;
    (found == tag).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_without_their_sign_octet() {
        let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x03];
        assert_eq!(rsa_public(&der), Some([&[0x80][..], &[3]]));
    }

    #[test]
    fn reads_long_lengths() {
        let mut der = vec![0x30, 0x82, 0x01, 0x08, 0x02, 0x82, 0x01, 0x01];
        der.extend([1; 257]);
        der.extend([0x02, 0x01, 0x03]);
        assert_eq!(rsa_public(&der), Some([&[1; 257][..], &[3]]));
    }

    #[test]
    fn refuses_what_is_cut_short_or_of_another_type() {
        let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x03];
        for length in 0..der.len() {
            assert_eq!(rsa_public(&der[..length]), None, "{length}");
        }
        let set = [0x31, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x03];
        assert_eq!(rsa_public(&set), None);
        assert_eq!(rsa_public(&[0x30, 0x80, 0x00]), None);
        assert_eq!(rsa_private(&der), None);
    }
}
