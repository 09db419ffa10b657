//! RFC 5958 §2, RFC 8017 appendix A.1, RFC 5915 §3, RFC 8410 §7: private keys in DER, as exported by the
//! crypto library and kept by other programs.

use super::Crt;
use super::agreement::{Group, PrivateAgreement};
use super::private::PrivateKey;
use crate::alg::Curve;
use crate::error::Error;
use crate::jwk::{Material, Okp, OkpCurve, Rsa, RsaPrivate};
use crate::secret::SecretBytes;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const FIRST_CONTEXT: u8 = 0xa0;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];

const NOT_DER: Error = Error::InvalidKey("the private key is not well-formed DER");

/// A private key out of a PKCS #8 `PrivateKeyInfo`.
pub(crate) fn from_pkcs8(mut der: &[u8]) -> Result<Material, Error> {
    let mut info = take(SEQUENCE, &mut der).ok_or(NOT_DER)?;
    take(INTEGER, &mut info).ok_or(NOT_DER)?;
    let mut algorithm = take(SEQUENCE, &mut info).ok_or(NOT_DER)?;
    let name = take(OBJECT, &mut algorithm).ok_or(NOT_DER)?;
    let mut key = take(OCTET_STRING, &mut info).ok_or(NOT_DER)?;
    match name {
        RSA => rsa_from_pkcs1(key),
        EC => ec(key, take(OBJECT, &mut algorithm)),
        ED25519 => {
            let seed = take(OCTET_STRING, &mut key).ok_or(NOT_DER)?;
            let x = PrivateKey::ed25519_public(seed)?;
            let d = Some(SecretBytes::new(seed.to_vec()));
            Ok(Material::Okp(Okp { crv: OkpCurve::Ed25519, x, d }))
        }
        X25519 => {
            let d = SecretBytes::new(take(OCTET_STRING, &mut key).ok_or(NOT_DER)?.to_vec());
            PrivateAgreement::from_private(Group::X25519, &d)?.private()
        }
        _ => Err(Error::UnsupportedKey("only RSA, EC, Ed25519 and X25519 keys can be imported".to_owned())),
    }
}

/// An RSA key out of PKCS #1's `RSAPrivateKey`: two primes only.
pub(crate) fn rsa_from_pkcs1(mut der: &[u8]) -> Result<Material, Error> {
    let [version, n, e, d, p, q, dp, dq, qi] = take(SEQUENCE, &mut der).and_then(integers).ok_or(NOT_DER)?;
    if !version.is_empty() {
        return Err(Error::UnsupportedKey("RSA with more than two primes".to_owned()));
    }
    let secret = |bytes: &[u8]| SecretBytes::new(bytes.to_vec());
    let crt = Crt { dp: secret(dp), dq: secret(dq), qi: secret(qi) };
    let private = RsaPrivate { d: secret(d), p: secret(p), q: secret(q), crt: Some(crt) };
    Ok(Material::Rsa(Rsa { n: n.to_vec(), e: e.to_vec(), private: Some(private) }))
}

/// An EC key out of SEC 1's `ECPrivateKey`, which must name its curve.
pub(crate) fn ec_from_sec1(der: &[u8]) -> Result<Material, Error> {
    ec(der, None)
}

/// `n, e` of an `RSAPublicKey`.
pub(crate) fn rsa_public(mut der: &[u8]) -> Option<[&[u8]; 2]> {
    integers(take(SEQUENCE, &mut der)?)
}

fn ec(mut der: &[u8], curve: Option<&[u8]>) -> Result<Material, Error> {
    let mut key = take(SEQUENCE, &mut der).ok_or(NOT_DER)?;
    take(INTEGER, &mut key).ok_or(NOT_DER)?;
    let d = take(OCTET_STRING, &mut key).ok_or(NOT_DER)?;
    let own = || take(FIRST_CONTEXT, &mut key).and_then(|mut parameters| take(OBJECT, &mut parameters));
    let curve = match curve.or_else(own) {
        Some([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]) => Curve::P256,
        Some([0x2b, 0x81, 0x04, 0x00, 0x22]) => Curve::P384,
        Some([0x2b, 0x81, 0x04, 0x00, 0x23]) => Curve::P521,
        Some(_) => return Err(Error::UnsupportedKey("only P-256, P-384 and P-521 are supported".to_owned())),
        None => return Err(Error::InvalidKey("the EC key does not name its curve")),
    };
    PrivateAgreement::from_private(Group::Nist(curve), &SecretBytes::new(d.to_vec()))?.private()
}

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
        assert_eq!(from_pkcs8(&der).err(), Some(NOT_DER));
        assert_eq!(rsa_from_pkcs1(&der).err(), Some(NOT_DER));
        assert_eq!(ec_from_sec1(&der).err(), Some(NOT_DER));
    }
}
