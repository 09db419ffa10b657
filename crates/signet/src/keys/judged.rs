//! RFC 7518 §6, RFC 8037 §2: whether the public key of somebody else is one.

use serde_json::{Map, Value};
use signet_jose::alg::SigningAlg;
use signet_jose::{EncryptionKey, Error, Jwk, JwkSet, VerifyingKey};

/// Whether a JWK holds a key that verifies or encrypts, whatever it says that it is for; else why not: a
/// point that is not on its curve, a modulus that is too short. With the name of an algorithm: whether its
/// type, `use`, `key_ops` and `alg` allow that.
pub fn judge(key: &Value, alg: Option<&str>) -> Result<(), String> {
    alg.map_or_else(|| is_key(key), |alg| serves(key, alg).map_err(|error| error.to_string()))
}

fn serves(key: &Value, alg: &str) -> Result<(), Error> {
    let jwk = Jwk::from_members(key.as_object().cloned().unwrap_or_default())?;
    match alg.parse::<SigningAlg>() {
        Ok(alg) => VerifyingKey::from_jwk(&jwk, alg).map(drop),
        Err(_) => JwkSet::new(vec![jwk]).verifying_keys().encryption_key(alg.parse()?, None).map(drop),
    }
}

fn is_key(key: &Value) -> Result<(), String> {
    // What a key is meant for is judged where it is used.
    let material = |name: &str| !["use", "key_ops", "alg"].contains(&name);
    let members = key.as_object().into_iter().flatten().filter(|(name, _)| material(name));
    let members: Map<String, Value> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    let jwk = Jwk::from_members(members).map_err(|error| error.to_string())?;
    let mut why = None;
    for alg in SigningAlg::ALL {
        match VerifyingKey::from_jwk(&jwk, alg) {
            Ok(_) => return Ok(()),
            Err(Error::KeyMismatch(_)) => {}
            Err(error) => why = Some(error),
        }
    }
    EncryptionKey::from_jwk(&jwk).map(drop).map_err(|error| why.unwrap_or(error).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use signet_jose::SigningKey;

    use super::*;

    #[test]
    fn a_key_is_a_point_of_its_curve_or_a_modulus_of_sufficient_length() {
        let made = |alg: SigningAlg| {
            let key = SigningKey::generate(alg).unwrap();
            serde_json::to_value(key.public_jwk().unwrap()).unwrap()
        };
        for alg in [SigningAlg::Es256, SigningAlg::Es384, SigningAlg::Es512, SigningAlg::EdDsa] {
            assert_eq!(judge(&made(alg), None), Ok(()), "{alg}");
        }
        let x25519 =
            json!({"kty": "OKP", "crv": "X25519", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"});
        assert_eq!(judge(&x25519, None), Ok(()));
        let mut meant = made(SigningAlg::Es256);
        meant["alg"] = json!("ES256K");
        meant["use"] = json!("tea");
        assert_eq!(judge(&meant, None), Ok(()));
        let mut off = made(SigningAlg::Es256);
        off["y"] = off["x"].clone();
        for wrong in [
            off,
            json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
            json!({"kty": "OKP", "crv": "X25519", "x": "AAAA"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        ] {
            assert!(judge(&wrong, None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_serves_what_its_type_and_members_allow() {
        let made = |alg: SigningAlg, members: Value| {
            let key = SigningKey::generate(alg).unwrap();
            let mut jwk = serde_json::to_value(key.public_jwk().unwrap()).unwrap();
            for name in ["use", "alg", "key_ops"] {
                jwk.as_object_mut().unwrap().remove(name);
            }
            jwk.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            jwk
        };
        let serves = |key: &Value, algs: &[&str]| {
            let all = ["RS256", "PS256", "ES256", "ES384", "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"];
            for alg in all {
                assert_eq!(judge(key, Some(alg)).is_ok(), algs.contains(&alg), "{key} {alg}");
            }
        };
        serves(&made(SigningAlg::Rs256, json!({})), &["RS256", "PS256", "RSA-OAEP", "RSA-OAEP-256"]);
        serves(&made(SigningAlg::Rs256, json!({"use": "sig"})), &["RS256", "PS256"]);
        serves(&made(SigningAlg::Rs256, json!({"alg": "RS256"})), &["RS256"]);
        serves(&made(SigningAlg::Rs256, json!({"use": "enc"})), &["RSA-OAEP", "RSA-OAEP-256"]);
        serves(&made(SigningAlg::Rs256, json!({"alg": "RSA-OAEP"})), &["RSA-OAEP"]);
        serves(&made(SigningAlg::Es256, json!({})), &["ES256", "ECDH-ES"]);
        serves(&made(SigningAlg::Es256, json!({"key_ops": ["verify"]})), &["ES256"]);
        serves(&made(SigningAlg::Es256, json!({"use": "tea"})), &[]);
    }
}
