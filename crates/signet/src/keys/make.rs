//! RFC 7518 §6, RFC 8037 §2: generates keys, on separate threads because an RSA key takes a while.

use signet_core::time::Timestamp;
use signet_jose::alg::{Curve, KeyType};
use signet_jose::jwk::RsaSize;
use signet_jose::{DecryptionKey, KeyManagementAlg, SigningAlg, SigningKey};

use super::KeyError;
use super::key::{Key, Order};

/// Makes all that is ordered, side by side.
pub(super) async fn make(orders: Vec<Order>, now: Timestamp) -> Result<Vec<Key>, KeyError> {
    let work: Vec<_> =
        orders.into_iter().map(|order| tokio::task::spawn_blocking(move || key(&order, now))).collect();
    let mut made = Vec::new();
    for task in work {
        made.push(task.await.map_err(|error| KeyError::Key(format!("a key cannot be made: {error}")))??);
    }
    Ok(made)
}

/// The algorithm of this name, and the type of key that we make for others to encrypt to by it: P-256 is what
/// every library has.
pub(super) fn encryption_alg(name: &str) -> Result<(KeyManagementAlg, KeyType), KeyError> {
    let alg: KeyManagementAlg = name.parse()?;
    let usual = [KeyType::Rsa, KeyType::Ec(Curve::P256)].into_iter().find(|key_type| alg.fits(*key_type));
    let none = || KeyError::Key(format!("{name} is for shared secrets: there are no keys for it"));
    Ok((alg, usual.ok_or_else(none)?))
}

fn key(order: &Order, now: Timestamp) -> Result<Key, KeyError> {
    let named = order.slot.alg.as_ref().and_then(|alg| alg.parse().ok());
    let mut jwk = match order.slot.key_type {
        KeyType::Rsa => {
            SigningKey::generate_sized(named.unwrap_or(SigningAlg::Rs256), size(order.size)?)?.to_jwk()?
        }
        KeyType::Ec(Curve::P256) => SigningKey::generate(SigningAlg::Es256)?.to_jwk()?,
        KeyType::Ec(Curve::P384) => SigningKey::generate(SigningAlg::Es384)?.to_jwk()?,
        KeyType::Ec(Curve::P521) => SigningKey::generate(SigningAlg::Es512)?.to_jwk()?,
        KeyType::Ed25519 => SigningKey::generate(SigningAlg::EdDsa)?.to_jwk()?,
        key_type @ KeyType::X25519 => DecryptionKey::generate(key_type)?.to_jwk()?,
        KeyType::Oct => return Err(KeyError::Key("shared secrets are not made here".into())),
    };
    jwk.alg.clone_from(&order.slot.alg);
    jwk.public_key_use = Some(order.slot.purpose.as_str().to_owned());
    if let Some(kid) = &order.kid {
        jwk.kid = Some(kid.clone());
    }
    Ok(Key::new(jwk, now, order.active_at))
}

/// RFC 7518 §3.3 and §4.3 want 2048 bits at least.
pub(super) fn size(bits: usize) -> Result<RsaSize, KeyError> {
    Ok(match bits {
        0 | 2048 => RsaSize::Bits2048,
        3072 => RsaSize::Bits3072,
        4096 => RsaSize::Bits4096,
        // The successor of a key of another size is not weaker.
        2049.. => RsaSize::Bits4096,
        _ => return Err(KeyError::Key(format!("an RSA key of {bits} bits is too weak: 2048 is the least"))),
    })
}
