//! Keys: what is made reads back, what is unfit is refused, and nothing secret is printed.

#![expect(clippy::unwrap_used, reason = "integration tests are test code")]

use serde_json::{Value, json};
use signet_jose::jwk::RsaSize;
use signet_jose::{Error, HmacKey, Jwk, JwkSet, KeySet, SigningAlg, SigningKey, VerifyingKey, jws};
use std::sync::LazyLock;

const LIMIT: usize = 8 * 1024;

/// One key per type; RSA keys are slow to make.
static RSA: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(SigningAlg::Rs256).unwrap());

fn key(alg: SigningAlg) -> SigningKey {
    match RSA.with_alg(alg) {
        Ok(key) => key,
        Err(_) => SigningKey::generate(alg).unwrap(),
    }
}

fn asymmetric() -> impl Iterator<Item = SigningAlg> {
    SigningAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric())
}

fn parse(value: &Value) -> Result<Jwk, Error> {
    Jwk::from_json(value.to_string().as_bytes())
}

/// The private JWK of a new key with some members changed; `null` takes one away.
fn altered(alg: SigningAlg, changes: &Value) -> Result<Jwk, Error> {
    let mut members = serde_json::to_value(key(alg).to_jwk().unwrap()).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => members.as_object_mut().unwrap().remove(name),
            value => members.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    parse(&members)
}

#[test]
fn a_kept_key_is_the_same_key() {
    for alg in asymmetric() {
        let made = key(alg);
        let text = serde_json::to_string(&made.to_jwk().unwrap()).unwrap();
        let kept = SigningKey::from_jwk(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!((kept.alg(), kept.kid()), (alg, made.kid()));
        assert_eq!(serde_json::to_string(&kept.to_jwk().unwrap()).unwrap(), text, "{alg}");
        let signature = kept.sign(b"message").unwrap();
        assert_eq!(made.verifying_key().unwrap().verify(b"message", &signature), Ok(()), "{alg}");
    }
}

#[test]
fn a_published_key_has_no_private_member() {
    let private = ["d", "p", "q", "dp", "dq", "qi", "k", "oth", "key_ops"];
    for alg in asymmetric() {
        let jwk = serde_json::to_value(key(alg).public_jwk().unwrap()).unwrap();
        assert!(private.iter().all(|name| jwk.get(name).is_none()), "{jwk}");
        assert_eq!((&jwk["alg"], &jwk["use"]), (&json!(alg.as_str()), &json!("sig")));
    }
    let with_extras =
        altered(SigningAlg::Es256, &json!({"secret_extension": "x", "key_ops": ["sign"], "exp": 1}));
    let jwk = serde_json::to_value(with_extras.unwrap().public().unwrap()).unwrap();
    assert_eq!((jwk.get("secret_extension"), jwk.get("key_ops")), (None, None));
    assert_eq!(jwk["exp"], 1);
}

#[test]
fn the_kid_is_the_thumbprint_unless_there_is_another() {
    let key = key(SigningAlg::Es256);
    assert_eq!(key.kid(), key.public_jwk().unwrap().thumbprint());
    assert_eq!(key.with_kid("other").public_jwk().unwrap().kid.as_deref(), Some("other"));
    let named = SigningKey::from_jwk(&altered(SigningAlg::Es256, &json!({"kid": "mine"})).unwrap()).unwrap();
    assert_eq!(named.kid(), "mine");
}

#[test]
fn without_alg_the_key_type_decides() {
    for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::Es384, SigningAlg::Es512, SigningAlg::EdDsa]
    {
        let jwk = altered(alg, &json!({"alg": null})).unwrap();
        assert_eq!(SigningKey::from_jwk(&jwk).unwrap().alg(), alg);
    }
}

#[test]
fn another_algorithm_needs_a_key_of_its_type() {
    for own in asymmetric() {
        let key = key(own);
        for alg in SigningAlg::ALL {
            match key.with_alg(alg) {
                Ok(same) => {
                    assert_eq!((alg.key_type(), same.alg(), same.kid()), (own.key_type(), alg, key.kid()))
                }
                Err(error) => {
                    assert_ne!(alg.key_type(), own.key_type());
                    assert_eq!(error, Error::KeyMismatch(alg));
                }
            }
        }
    }
}

#[test]
fn larger_rsa_keys_are_as_large_as_asked() {
    for (size, bytes) in [(RsaSize::Bits3072, 384), (RsaSize::Bits4096, 512)] {
        let key = SigningKey::generate_sized(SigningAlg::Ps256, size).unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.len(), bytes);
        assert_eq!(key.verifying_key().unwrap().verify(b"message", &signature), Ok(()));
    }
}

#[test]
fn nothing_secret_is_printed() {
    for alg in asymmetric() {
        let key = key(alg);
        let jwk = key.to_jwk().unwrap();
        let d = serde_json::to_value(&jwk).unwrap()["d"].as_str().unwrap().to_owned();
        let printed = format!("{key:?} {jwk:?} {:?}", JwkSet::new(vec![key.to_jwk().unwrap()]));
        assert!(!printed.contains(&d) && printed.contains(key.kid()), "{printed}");
    }
    let secret = parse(&json!({"kty": "oct", "k": "AyM1".repeat(11)})).unwrap();
    let hmac = HmacKey::from_jwk(&secret, SigningAlg::Hs256).unwrap();
    assert!(!format!("{secret:?} {hmac:?}").contains("AyM1"));
}

#[test]
fn weak_keys_are_refused() {
    let weak = |bits, minimum| Some(Error::WeakKey { bits, minimum });
    let n = |bytes: usize, first: u8| {
        use base64::Engine;
        let mut n = vec![0xff; bytes];
        n[0] = first;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(n)
    };
    for (n, bits) in [(n(128, 0xff), 1024), (n(256, 0x7f), 2047)] {
        let jwk = parse(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap();
        assert_eq!(VerifyingKey::from_jwk(&jwk, SigningAlg::Rs256).err(), weak(bits, 2048));
    }
    for (alg, bytes) in [(SigningAlg::Hs256, 32), (SigningAlg::Hs384, 48), (SigningAlg::Hs512, 64)] {
        assert_eq!(HmacKey::new(alg, &vec![1; bytes - 1]).err(), weak(bytes * 8 - 8, bytes * 8));
        assert!(HmacKey::new(alg, &vec![1; bytes]).is_ok());
    }
}

#[test]
fn an_rsa_exponent_that_lets_anyone_sign_is_refused() {
    let public = serde_json::to_value(RSA.public_jwk().unwrap()).unwrap();
    for e in ["AQ", "Ag", "AAE", "AA", ""] {
        let mut jwk = public.clone();
        jwk["e"] = json!(e);
        let jwk = parse(&jwk).unwrap();
        assert!(
            matches!(VerifyingKey::from_jwk(&jwk, SigningAlg::Rs256), Err(Error::InvalidKey(_))),
            "{e:?}"
        );
    }
}

#[test]
fn members_that_do_not_belong_together_are_refused() {
    let other = serde_json::to_value(key(SigningAlg::Es256).to_jwk().unwrap()).unwrap();
    for (alg, changes) in [
        (SigningAlg::Es256, json!({"d": other["d"]})),
        (SigningAlg::Es256, json!({"x": other["x"]})),
        (SigningAlg::EdDsa, json!({"x": other["x"]})),
        (SigningAlg::Rs256, json!({"p": other["d"]})),
        (SigningAlg::Rs256, json!({"e": "Aw"})),
    ] {
        let jwk = altered(alg, &changes).unwrap();
        assert!(matches!(SigningKey::from_jwk(&jwk), Err(Error::InvalidKey(_))), "{alg} {changes}");
    }
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let mut public = serde_json::to_value(key(SigningAlg::Es256).public_jwk().unwrap()).unwrap();
    public["y"] = public["x"].clone();
    let jwk = parse(&public).unwrap();
    assert!(matches!(VerifyingKey::from_jwk(&jwk, SigningAlg::Es256), Err(Error::InvalidKey(_))));
}

#[test]
fn malformed_keys_are_refused_at_parsing() {
    let es256 = |changes: Value| altered(SigningAlg::Es256, &changes).unwrap_err();
    let invalid = |error: Error| matches!(error, Error::InvalidKey(_) | Error::Malformed(_));
    for changes in [
        json!({"kty": null}),
        json!({"kty": 1}),
        json!({"crv": null}),
        json!({"x": null}),
        json!({"x": "AQAB"}),
        json!({"y": "AQAB"}),
        json!({"d": "AQAB"}),
        json!({"d": 7}),
        json!({"y": "not base64url"}),
        json!({"kid": 7}),
        json!({"key_ops": "sign"}),
    ] {
        assert!(invalid(es256(changes.clone())), "{changes}");
    }
    for changes in
        [json!({"x": "AQAB"}), json!({"d": "AQAB"}), json!({"d": "A".repeat(59), "x": "A".repeat(59)})]
    {
        assert!(invalid(altered(SigningAlg::EdDsa, &changes).unwrap_err()), "{changes}");
    }
    for member in ["p", "q", "dp", "dq", "qi", "n", "e"] {
        assert!(invalid(altered(SigningAlg::Rs256, &json!({member: null})).unwrap_err()), "{member}");
    }
    assert!(Jwk::from_json(br#"{"kty":"oct","k":"AA","k":"AQ"}"#).is_err());
    assert!(serde_json::from_str::<Jwk>(r#"{"kty":"oct","k":"AA","k":"AQ"}"#).is_err());
    for changes in [json!({"kty": "AKP"}), json!({"crv": "secp256k1"})] {
        assert!(matches!(es256(changes), Error::UnsupportedKey(_)));
    }
    assert!(matches!(altered(SigningAlg::Rs256, &json!({"oth": []})), Err(Error::UnsupportedKey(_))));
}

#[test]
fn a_leading_zero_octet_changes_nothing() {
    let public = serde_json::to_value(RSA.public_jwk().unwrap()).unwrap();
    let mut padded = public.clone();
    padded["e"] = json!("AAEAAQ");
    assert_eq!(parse(&padded).unwrap().thumbprint(), parse(&public).unwrap().thumbprint());
}

#[test]
fn a_key_serves_only_what_its_members_allow() {
    let allowed =
        |changes: Value, alg| VerifyingKey::from_jwk(&altered(SigningAlg::Rs256, &changes).unwrap(), alg);
    assert!(allowed(json!({"alg": null}), SigningAlg::Ps512).is_ok());
    assert!(allowed(json!({"alg": null, "use": null, "key_ops": ["verify"]}), SigningAlg::Rs384).is_ok());
    for (changes, alg) in [
        (json!({}), SigningAlg::Ps256),
        (json!({"alg": "RSA-OAEP"}), SigningAlg::Rs256),
        (json!({"use": "enc"}), SigningAlg::Rs256),
        (json!({"key_ops": ["encrypt"]}), SigningAlg::Rs256),
        (json!({"alg": null}), SigningAlg::Es256),
    ] {
        assert_eq!(allowed(changes, alg).err(), Some(Error::KeyMismatch(alg)));
    }
    let unable = altered(SigningAlg::Rs256, &json!({"key_ops": ["verify"]})).unwrap();
    assert_eq!(SigningKey::from_jwk(&unable).err(), Some(Error::KeyMismatch(SigningAlg::Rs256)));
}

#[test]
fn keys_and_secrets_never_stand_in_for_each_other() {
    let secret = parse(&json!({"kty": "oct", "k": "A".repeat(86)})).unwrap();
    assert!(SigningKey::from_jwk(&secret).is_err());
    for alg in SigningAlg::ALL {
        if alg.is_symmetric() {
            assert_eq!(SigningKey::generate(alg).err(), Some(Error::KeyMismatch(alg)));
            assert_eq!(RSA.with_alg(alg).err(), Some(Error::KeyMismatch(alg)));
            assert_eq!(
                HmacKey::from_jwk(&RSA.public_jwk().unwrap(), alg).err(),
                Some(Error::KeyMismatch(alg))
            );
        } else {
            assert_eq!(HmacKey::new(alg, &[1; 64]).err(), Some(Error::KeyMismatch(alg)));
            assert_eq!(HmacKey::from_jwk(&secret, alg).err(), Some(Error::KeyMismatch(alg)));
        }
        assert_eq!(VerifyingKey::from_jwk(&secret, alg).err(), Some(Error::KeyMismatch(alg)));
    }
}

#[test]
fn a_set_keeps_what_it_can_use_and_says_what_it_cannot() {
    let good = serde_json::to_value(RSA.public_jwk().unwrap()).unwrap();
    let text =
        json!({"keys": [good, {"kty": "AKP"}, 7, {"kty": "OKP", "crv": "X25519", "x": "AA"}], "other": 1});
    let set = JwkSet::from_json(text.to_string().as_bytes()).unwrap();
    assert_eq!(set.keys.len(), 1);
    assert_eq!(set.ignored().len(), 3);
    assert!(set.find(RSA.kid()).is_some() && set.find("other").is_none());
    assert_eq!(serde_json::to_value(&set).unwrap(), json!({"keys": [good]}));
    for text in ["{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(JwkSet::from_json(text.as_bytes()).is_err(), "{text}");
        assert!(serde_json::from_str::<JwkSet>(text).is_err(), "{text}");
    }
}

#[test]
fn keys_are_shared_between_threads() {
    let key = key(SigningAlg::Es256);
    let keys: KeySet = [key.verifying_key().unwrap()].into_iter().collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let token = jws::sign(&key, None, b"{}").unwrap();
                let token = jws::decode(&token, LIMIT).unwrap();
                assert!(token.verify_with(&keys, &[SigningAlg::Es256]).is_ok());
            });
        }
    });
}
