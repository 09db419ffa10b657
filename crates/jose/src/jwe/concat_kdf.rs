//! RFC 7518 §4.6.2: the Concat key derivation function, with SHA-256.

use crate::alg::Hash;
use crate::backend;
use crate::secret::SecretBytes;
use zeroize::Zeroizing;

/// Derives a key of `length` bytes from the secret that was agreed on. `id` names what the key is for; `apu`
/// and `apv` are what the header tells about the parties, empty where it tells nothing.
pub(super) fn derive(secret: &SecretBytes, id: &str, apu: &[u8], apv: &[u8], length: usize) -> SecretBytes {
    let mut key = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(32)));
    for round in 1_u32.. {
        if key.len() >= length {
            break;
        }
        let mut input = Zeroizing::new(Vec::with_capacity(256));
        input.extend_from_slice(&round.to_be_bytes());
        input.extend_from_slice(secret.expose());
        for part in [id.as_bytes(), apu, apv] {
            input.extend_from_slice(&number(part.len()));
            input.extend_from_slice(part);
        }
        input.extend_from_slice(&number(length.saturating_mul(8)));
        key.extend_from_slice(backend::digest(Hash::Sha256, &input).as_ref());
    }
    SecretBytes::new(key.get(..length).unwrap_or_default().to_vec())
}

/// As 32 bits. Nothing here is longer: a token has a bound.
fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{PrivateAgreement, PublicAgreement};
    use crate::{Jwk, b64};
    use serde_json::Value;

    #[test]
    fn rfc_7518_appendix_c() {
        let data: Value = serde_json::from_str(include_str!("../../tests/vectors/rfc7518.json")).unwrap();
        let example = &data["C"];
        let jwk = |name: &str| Jwk::from_json(example[name].to_string().as_bytes()).unwrap();
        let text = |name: &str| example[name].as_str().unwrap();
        let (alice, bob) = (jwk("alice"), jwk("bob"));
        for (own, peer) in [(&alice, &bob), (&bob, &alice)] {
            let own = PrivateAgreement::new(own.material()).unwrap();
            let secret = own.agree(&PublicAgreement::new(peer.material()).unwrap()).unwrap();
            assert_eq!(b64::encode(secret.expose()), text("z"));
            let party = |name: &str| b64::decode(text(name), "party").unwrap();
            let key = derive(&secret, text("id"), &party("apu"), &party("apv"), 16);
            assert_eq!(b64::encode(key.expose()), text("derived"));
        }
    }

    #[test]
    fn rfc_8037_appendix_a_6() {
        let data: Value = serde_json::from_str(include_str!("../../tests/vectors/rfc8037.json")).unwrap();
        let example = &data["A.6"];
        let jwk = |name: &str| Jwk::from_json(example[name].to_string().as_bytes()).unwrap();
        let bob = PublicAgreement::new(jwk("bob").material()).unwrap();
        let ephemeral = PrivateAgreement::new(jwk("ephemeral").material()).unwrap();
        assert_eq!(b64::encode(ephemeral.agree(&bob).unwrap().expose()), example["z"].as_str().unwrap());
    }

    #[test]
    fn every_part_counts_and_long_keys_begin_otherwise_than_short_ones() {
        let secret = SecretBytes::new(vec![1; 32]);
        let derived = |id: &str, apu: &[u8], apv: &[u8], length| {
            derive(&secret, id, apu, apv, length).expose().to_vec()
        };
        let keys = [
            derived("A128GCM", b"", b"", 16),
            derived("A128KW", b"", b"", 16),
            derived("A128GCM", b"x", b"", 16),
            derived("A128GCM", b"", b"x", 16),
            derived("A128GCM", b"", b"", 32),
            derived("A128GCM", b"", b"", 64),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(at + 1).all(|other| other[..16] != key[..16]), "{at}");
        }
        assert_eq!(keys.map(|key| key.len()), [16, 16, 16, 16, 32, 64]);
    }
}
