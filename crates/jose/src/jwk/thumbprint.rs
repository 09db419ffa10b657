//! RFC 7638 §3, RFC 8037 §2: the name of a key, derived from the key alone.

use super::material::{Ec, Material, Okp, Rsa};
use crate::alg::Hash;
use crate::{b64, backend};
use zeroize::Zeroizing;

/// Hashes the required members, in the order of their names. None of them needs escaping: base64url and fixed
/// names.
pub(super) fn of(material: &Material) -> String {
    let text = Zeroizing::new(match material {
        Material::Rsa(Rsa { n, e, .. }) => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64::encode(e), b64::encode(n))
        }
        Material::Ec(Ec { crv, x, y, .. }) => {
            let (crv, x, y) = (crv.as_str(), b64::encode(x), b64::encode(y));
            format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
        }
        Material::Okp(Okp { crv, x, .. }) => {
            format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, crv.as_str(), b64::encode(x))
        }
        Material::Oct(k) => {
            let k = Zeroizing::new(b64::encode(k.expose()));
            format!(r#"{{"k":"{}","kty":"oct"}}"#, k.as_str())
        }
    });
    b64::encode(backend::digest(Hash::Sha256, text.as_bytes()))
}
