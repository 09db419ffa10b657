//! Tokens: round trips with every algorithm, tampering, confusion of algorithms and keys, and arbitrary
//! input.

#![expect(clippy::unwrap_used, reason = "integration tests are test code")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;
use signet_jose::jwt::Claims;
use signet_jose::{Error, HmacKey, JwkSet, KeySet, SigningAlg, SigningKey, jws};
use std::sync::LazyLock;

const LIMIT: usize = 64 * 1024;

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let rsa = SigningKey::generate(SigningAlg::Rs256).unwrap();
    let make = |alg| rsa.with_alg(alg).or_else(|_| SigningKey::generate(alg));
    SigningAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric()).map(|alg| make(alg).unwrap()).collect()
});

static SECRETS: LazyLock<Vec<HmacKey>> = LazyLock::new(|| {
    let symmetric = SigningAlg::ALL.into_iter().filter(|alg| alg.is_symmetric());
    symmetric.map(|alg| HmacKey::new(alg, &[7; 64]).unwrap()).collect()
});

fn key(alg: SigningAlg) -> &'static SigningKey {
    KEYS.iter().find(|key| key.alg() == alg).unwrap()
}

fn key_set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> KeySet {
    keys.into_iter().map(|key| key.verifying_key().unwrap()).collect()
}

/// A token with a header of the test's own, signed all the same.
fn sign_with_header(key: &SigningKey, header: &serde_json::Value, payload: &[u8]) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Every way to accept `token` that any of the keys offers.
fn accepted_by_anyone(token: &str) -> bool {
    let Ok(decoded) = jws::decode(token, LIMIT) else { return false };
    KEYS.iter().any(|key| decoded.verify(&key.verifying_key().unwrap()).is_ok())
        || SECRETS.iter().any(|key| decoded.verify_hmac(key).is_ok())
        || decoded.verify_with(&key_set(KEYS.iter()), &SigningAlg::ALL).is_ok()
}

#[test]
fn every_algorithm_round_trips() {
    for key in KEYS.iter() {
        let token = jws::sign(key, Some("at+jwt"), br#"{"sub":"diana"}"#).unwrap();
        let decoded = jws::decode(&token, token.len()).unwrap();
        let verified = decoded.verify(&key.verifying_key().unwrap()).unwrap();
        assert_eq!((verified.alg(), verified.header().kid()), (key.alg(), Some(key.kid())));
        assert!(verified.header().is_typ("at+jwt"));
        assert_eq!(Claims::parse(verified.payload()).unwrap().text("sub"), Ok(Some("diana")));
    }
    for key in SECRETS.iter() {
        let token = jws::sign_hmac(key, None, b"payload");
        let decoded = jws::decode(&token, token.len()).unwrap();
        let verified = decoded.verify_hmac(key).unwrap();
        assert_eq!((verified.alg(), verified.payload()), (key.alg(), &b"payload"[..]));
        assert_eq!((verified.header().kid(), verified.header().typ()), (None, None));
    }
}

#[test]
fn signatures_have_the_length_that_rfc_7518_gives_them() {
    for (alg, length) in [
        (SigningAlg::Ps384, 256),
        (SigningAlg::Es256, 64),
        (SigningAlg::Es384, 96),
        (SigningAlg::Es512, 132),
        (SigningAlg::EdDsa, 64),
    ] {
        assert_eq!(key(alg).sign(b"message").unwrap().len(), length, "{alg}");
    }
}

#[test]
fn names_that_need_escaping_survive() {
    let kid = "a\"b\\c\u{1}\nä";
    let key = key(SigningAlg::Es256).with_kid(kid);
    let token = jws::sign(&key, Some("x\"y"), b"{}").unwrap();
    let decoded = jws::decode(&token, LIMIT).unwrap();
    assert_eq!((decoded.header().kid(), decoded.header().typ()), (Some(kid), Some("x\"y")));
    assert!(decoded.verify_with(&key_set([&key]), &[SigningAlg::Es256]).is_ok());
}

#[test]
fn no_character_of_a_token_can_be_changed() {
    for alg in [SigningAlg::Es256, SigningAlg::EdDsa] {
        let key = key(alg);
        let verifying = key.verifying_key().unwrap();
        let token = jws::sign(key, Some("JWT"), br#"{"sub":"diana"}"#).unwrap();
        for position in 0..token.len() {
            for replacement in [b'A', b'B', b'_', b'.', b'='] {
                let mut changed = token.clone().into_bytes();
                if changed[position] == replacement {
                    continue;
                }
                changed[position] = replacement;
                let changed = String::from_utf8(changed).unwrap();
                let refused =
                    jws::decode(&changed, LIMIT).and_then(|decoded| decoded.verify(&verifying).map(|_| ()));
                assert!(refused.is_err(), "{alg} at {position}");
            }
        }
    }
}

#[test]
fn each_part_is_covered_with_every_algorithm() {
    let tamper = |token: &str, part: usize| {
        let mut parts: Vec<Vec<u8>> =
            token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        // A bit inside a string of the header, a byte of the payload, the middle of the signature.
        let middle = parts[part].len() / 2;
        parts[part][middle] ^= 1;
        parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join(".")
    };
    let tokens = KEYS.iter().map(|key| jws::sign(key, None, br#"{"sub":"diana"}"#).unwrap());
    for token in tokens.chain(SECRETS.iter().map(|key| jws::sign_hmac(key, None, br#"{"sub":"diana"}"#))) {
        assert!(accepted_by_anyone(&token));
        for part in 0..3 {
            assert!(!accepted_by_anyone(&tamper(&token, part)), "{token} part {part}");
        }
        assert!(!accepted_by_anyone(&token[..token.rfind('.').unwrap() + 1]));
        assert!(!accepted_by_anyone(&format!("{token}AAAA")));
    }
}

#[test]
fn another_key_of_the_same_type_is_refused() {
    for alg in [SigningAlg::Es256, SigningAlg::Es384, SigningAlg::Es512, SigningAlg::EdDsa] {
        let token = jws::sign(key(alg), None, b"{}").unwrap();
        let stranger = SigningKey::generate(alg).unwrap().verifying_key().unwrap();
        let decoded = jws::decode(&token, LIMIT).unwrap();
        assert_eq!(decoded.verify(&stranger).unwrap_err(), Error::InvalidSignature);
    }
}

#[test]
fn a_key_verifies_its_own_algorithm_only() {
    for signer in KEYS.iter() {
        let token = jws::sign(signer, None, b"{}").unwrap();
        let decoded = jws::decode(&token, LIMIT).unwrap();
        for other in KEYS.iter().filter(|other| other.alg() != signer.alg()) {
            let refused = decoded.verify(&other.verifying_key().unwrap()).unwrap_err();
            assert_eq!(refused, Error::AlgorithmNotAllowed(signer.alg()));
            // Not even when the header lies about the algorithm.
            let lying = sign_with_header(signer, &json!({"alg": other.alg()}), b"{}");
            let decoded = jws::decode(&lying, LIMIT).unwrap();
            assert!(
                decoded.verify(&other.verifying_key().unwrap()).is_err(),
                "{} as {}",
                signer.alg(),
                other.alg()
            );
        }
    }
}

#[test]
fn a_public_key_is_never_taken_for_a_secret() {
    let victim = key(SigningAlg::Rs256);
    let public = victim.public_jwk().unwrap();
    let known_bytes = serde_json::to_vec(&public).unwrap();
    let forged = jws::sign_hmac(&HmacKey::new(SigningAlg::Hs256, &known_bytes).unwrap(), None, b"{}");
    let decoded = jws::decode(&forged, LIMIT).unwrap();
    assert_eq!(
        decoded.verify(&victim.verifying_key().unwrap()).unwrap_err(),
        Error::AlgorithmNotAllowed(SigningAlg::Hs256)
    );
    let keys = JwkSet::new(vec![public]).verifying_keys();
    assert_eq!(decoded.verify_with(&keys, &SigningAlg::ALL).unwrap_err(), Error::NoMatchingKey);
}

#[test]
fn a_secret_in_a_key_set_verifies_nothing() {
    let text =
        json!({"keys": [{"kty": "oct", "k": URL_SAFE_NO_PAD.encode([7; 64]), "kid": "s"}]}).to_string();
    let keys = JwkSet::from_json(text.as_bytes()).unwrap().verifying_keys();
    assert!(keys.keys().is_empty());
    let token = jws::sign_hmac(&SECRETS[0], None, b"{}");
    let decoded = jws::decode(&token, LIMIT).unwrap();
    assert_eq!(decoded.verify_with(&keys, &SigningAlg::ALL).unwrap_err(), Error::NoMatchingKey);
}

#[test]
fn only_allowed_algorithms_verify() {
    let keys = key_set(KEYS.iter());
    let token = jws::sign(key(SigningAlg::Ps256), None, b"{}").unwrap();
    let decoded = jws::decode(&token, LIMIT).unwrap();
    assert!(decoded.verify_with(&keys, &[SigningAlg::Rs256, SigningAlg::Ps256]).is_ok());
    for allowed in [&[][..], &[SigningAlg::Rs256, SigningAlg::Es256]] {
        let refused = decoded.verify_with(&keys, allowed).unwrap_err();
        assert_eq!(refused, Error::AlgorithmNotAllowed(SigningAlg::Ps256));
    }
}

#[test]
fn keys_are_chosen_by_kid_and_without_one_by_algorithm() {
    let [first, second] =
        ["first", "second"].map(|kid| SigningKey::generate(SigningAlg::Es256).unwrap().with_kid(kid));
    let keys = key_set([&first, &second, key(SigningAlg::EdDsa)]);
    let outcome = |header: serde_json::Value| {
        let token = sign_with_header(&second, &header, b"{}");
        jws::decode(&token, LIMIT)
            .unwrap()
            .verify_with(&keys, &SigningAlg::ALL)
            .map(|verified| verified.alg())
    };
    assert_eq!(outcome(json!({"alg": "ES256", "kid": "second"})), Ok(SigningAlg::Es256));
    assert_eq!(outcome(json!({"alg": "ES256"})), Ok(SigningAlg::Es256));
    assert_eq!(outcome(json!({"alg": "ES256", "kid": "first"})), Err(Error::InvalidSignature));
    assert_eq!(outcome(json!({"alg": "ES256", "kid": "third"})), Err(Error::NoMatchingKey));
    assert_eq!(outcome(json!({"alg": "ES384"})), Err(Error::NoMatchingKey));
    // The kid of a key for another algorithm does not help.
    let eddsa = key(SigningAlg::EdDsa).kid();
    assert_eq!(outcome(json!({"alg": "ES256", "kid": eddsa})), Err(Error::NoMatchingKey));
}

/// RFC 7517 §4.5: `kid` is optional there too.
#[test]
fn keys_without_a_kid_are_tried_where_none_has_that_of_the_token() {
    let signers = ["a", "b", "c"].map(|kid| SigningKey::generate(SigningAlg::Es256).unwrap().with_kid(kid));
    let [a, b, _] = &signers;
    let set = |nameless: &[&SigningKey], named: &[&SigningKey]| {
        let public = |key: &SigningKey| key.public_jwk().unwrap();
        let bare = nameless.iter().map(|key| {
            let mut jwk = public(key);
            jwk.kid = None;
            jwk
        });
        JwkSet::new(bare.chain(named.iter().map(|key| public(key))).collect()).verifying_keys()
    };
    let verifies = |keys: &KeySet, kid: &str| {
        let token = sign_with_header(b, &json!({"alg": "ES256", "kid": kid}), b"{}");
        jws::decode(&token, LIMIT).unwrap().verify_with(keys, &[SigningAlg::Es256]).map(|_| ())
    };
    assert_eq!(verifies(&set(&[b], &[a]), "b"), Ok(()));
    assert_eq!(verifies(&set(&[a, b], &[]), "b"), Ok(()));
    // A key of that name goes before those without one.
    assert_eq!(verifies(&set(&[b], &[a]), "a"), Err(Error::InvalidSignature));
    assert_eq!(verifies(&set(&[], &[a]), "b"), Err(Error::NoMatchingKey));
    let mut crowd = vec![a; 8];
    crowd.push(b);
    assert_eq!(verifies(&set(&crowd, &[]), "b"), Err(Error::InvalidSignature));
}

#[test]
fn a_set_serves_a_key_without_alg_for_every_algorithm_of_its_type() {
    let mut jwk = key(SigningAlg::Rs256).public_jwk().unwrap();
    jwk.alg = None;
    let keys = JwkSet::new(vec![jwk]).verifying_keys();
    for alg in [SigningAlg::Rs256, SigningAlg::Rs384, SigningAlg::Ps256, SigningAlg::Ps512] {
        let token = jws::sign(key(alg), None, b"{}").unwrap();
        let decoded = jws::decode(&token, LIMIT).unwrap();
        assert!(decoded.verify_with(&keys, &[alg]).is_ok(), "{alg}");
    }
    assert_eq!(keys.keys().len(), 6);
}

#[test]
fn a_published_set_verifies_every_algorithm() {
    let published = JwkSet::new(KEYS.iter().map(|key| key.public_jwk().unwrap()).collect());
    let text = serde_json::to_vec(&published).unwrap();
    let keys = JwkSet::from_json(&text).unwrap().verifying_keys();
    for key in KEYS.iter() {
        let token = jws::sign(key, None, b"{}").unwrap();
        let decoded = jws::decode(&token, LIMIT).unwrap();
        assert!(decoded.verify_with(&keys, &[key.alg()]).is_ok(), "{}", key.alg());
    }
}

#[test]
fn a_token_cannot_have_a_whole_crowd_of_keys_tried() {
    let signer = key(SigningAlg::EdDsa);
    let token = sign_with_header(signer, &json!({"alg": "EdDSA"}), b"{}");
    let decoded = jws::decode(&token, LIMIT).unwrap();
    let strangers: Vec<_> = (0..8).map(|_| SigningKey::generate(SigningAlg::EdDsa).unwrap()).collect();
    let last_of = |others: &[SigningKey]| key_set(others.iter().chain([signer]));
    assert!(decoded.verify_with(&last_of(&strangers[1..]), &[SigningAlg::EdDsa]).is_ok());
    let refused = decoded.verify_with(&last_of(&strangers), &[SigningAlg::EdDsa]).unwrap_err();
    assert_eq!(refused, Error::InvalidSignature);
}

#[test]
fn keys_in_the_header_are_not_believed() {
    let attacker = SigningKey::generate(SigningAlg::Es256).unwrap();
    let header = json!({
        "alg": "ES256",
        "jwk": attacker.public_jwk().unwrap(),
        "jku": "https://attacker.example/jwks.json",
        "x5u": "https://attacker.example/cert.pem",
    });
    let token = sign_with_header(&attacker, &header, b"{}");
    let decoded = jws::decode(&token, LIMIT).unwrap();
    let refused = decoded.verify_with(&key_set(KEYS.iter()), &SigningAlg::ALL).unwrap_err();
    assert_eq!(refused, Error::InvalidSignature);
    // Anyone who wants such a key, as DPoP does, must take it out and say so.
    let jwk: signet_jose::Jwk =
        serde_json::from_value(decoded.header().member("jwk").unwrap().clone()).unwrap();
    assert_eq!(jwk.thumbprint(), attacker.kid());
}

#[test]
fn a_signed_header_with_something_critical_is_refused_before_its_signature_counts() {
    let key = key(SigningAlg::Es256);
    let token = sign_with_header(key, &json!({"alg": "ES256", "crit": ["b64"], "b64": false}), b"{}");
    assert_eq!(jws::decode(&token, LIMIT).unwrap_err(), Error::Critical("b64".to_owned()));
}

#[test]
fn ecdsa_signatures_have_one_encoding() {
    // DER signatures are what other protocols use: JOSE takes fixed length only.
    let der = [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01];
    let verifying = key(SigningAlg::Es256).verifying_key().unwrap();
    for signature in [&der[..], &[0; 64], &[0; 63], &[0; 65], &[]] {
        assert_eq!(verifying.verify(b"message", signature), Err(Error::InvalidSignature));
    }
}

proptest! {
    #[test]
    fn decoding_never_panics(text in any::<String>()) {
        let _ = jws::decode(&text, LIMIT);
        let _ = jws::decode_unsecured(&text, LIMIT);
        prop_assert!(!accepted_by_anyone(&text));
    }

    #[test]
    fn decoding_never_panics_on_what_looks_like_a_token(
        header in r#"\{("(alg|kid|typ|crit|b64)":("RS256"|"none"|"ES256"|1|null|\["b64"\]|\[\]),?){0,4}\}"#,
        payload in proptest::collection::vec(any::<u8>(), 0..40),
        signature in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let parts = [header.as_bytes(), &payload, &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        let text = parts.join(".");
        prop_assert!(!accepted_by_anyone(&text));
        if let Ok(token) = jws::decode(&text, LIMIT) {
            prop_assert_eq!(token.payload(), payload.as_slice());
        }
    }

    #[test]
    fn keys_and_claims_of_any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = signet_jose::Jwk::from_json(&bytes);
        let _ = JwkSet::from_json(&bytes);
        let _ = Claims::parse(&bytes);
    }

    #[test]
    fn any_payload_round_trips(payload in proptest::collection::vec(any::<u8>(), 0..300), kid in any::<String>()) {
        let key = key(SigningAlg::EdDsa).with_kid(&kid);
        let token = jws::sign(&key, None, &payload).unwrap();
        let decoded = jws::decode(&token, token.len()).unwrap();
        let verified = decoded.verify(&key.verifying_key().unwrap()).unwrap();
        prop_assert_eq!(verified.payload(), payload.as_slice());
        prop_assert_eq!(verified.header().kid(), Some(kid.as_str()));
    }
}
