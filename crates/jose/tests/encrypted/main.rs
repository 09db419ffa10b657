//! Encrypted tokens: every algorithm with every content encryption, the choice of the key, forgery, and
//! arbitrary input.

#![expect(clippy::unwrap_used, reason = "integration tests are test code")]

mod forged;
mod malformed;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use signet_jose::alg::{Curve, KeyType};
use signet_jose::jwe::{self, Extra};
use signet_jose::{
    ContentEncryption, DecryptionKey, DecryptionKeys, EncryptionKey, Error, Jwk, KeyManagementAlg,
};
use std::sync::LazyLock;

const LIMIT: usize = 64 * 1024;

/// One private key of each type that encrypts; RSA keys are slow to make.
static KEYS: LazyLock<Vec<DecryptionKey>> = LazyLock::new(|| {
    let types = [
        KeyType::Rsa,
        KeyType::Ec(Curve::P256),
        KeyType::Ec(Curve::P384),
        KeyType::Ec(Curve::P521),
        KeyType::X25519,
    ];
    types.into_iter().map(|key_type| DecryptionKey::generate(key_type).unwrap()).collect()
});

/// Every key that can serve: one secret of the right length, or the key pairs of the right types.
fn keys(alg: KeyManagementAlg, enc: ContentEncryption) -> Vec<DecryptionKey> {
    match alg.secret_len(enc) {
        Some(length) => vec![secret(length)],
        None => KEYS.iter().filter(|key| key.allows(alg, enc)).cloned().collect(),
    }
}

fn secret(length: usize) -> DecryptionKey {
    DecryptionKey::from_jwk(&jwk(&json!({"kty": "oct", "kid": "s", "k": base64url(&vec![9; length])})))
        .unwrap()
}

fn jwk(value: &Value) -> Jwk {
    Jwk::from_json(value.to_string().as_bytes()).unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn encrypt(key: &DecryptionKey, alg: KeyManagementAlg, enc: ContentEncryption, payload: &[u8]) -> String {
    jwe::encrypt(&key.encryption_key().unwrap(), alg, enc, Extra::default(), payload).unwrap()
}

fn decrypt(token: &str, key: &DecryptionKey) -> Result<Vec<u8>, Error> {
    jwe::decode(token, LIMIT)?.decrypt(key)
}

fn every_pair() -> impl Iterator<Item = (KeyManagementAlg, ContentEncryption)> {
    KeyManagementAlg::ALL
        .into_iter()
        .flat_map(|alg| ContentEncryption::ALL.into_iter().map(move |enc| (alg, enc)))
}

/// The token with its header changed by the test; what else is in it stays.
fn with_header(token: &str, change: impl Fn(&mut serde_json::Map<String, Value>)) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap();
    let mut header: Value = serde_json::from_slice(&header).unwrap();
    change(header.as_object_mut().unwrap());
    format!("{}.{rest}", base64url(header.to_string().as_bytes()))
}

#[test]
fn every_algorithm_with_every_content_encryption_round_trips() {
    let mut tried = 0;
    for (alg, enc) in every_pair() {
        for key in keys(alg, enc) {
            for payload in [&b""[..], b"x", br#"{"sub":"diana"}"#, &[7; 1000]] {
                let token = encrypt(&key, alg, enc, payload);
                let decoded = jwe::decode(&token, token.len()).unwrap();
                assert_eq!((decoded.alg(), decoded.enc(), decoded.kid()), (alg, enc, key.kid()));
                assert_eq!(decoded.decrypt(&key).as_deref(), Ok(payload), "{alg} {enc}");
            }
            tried += 1;
        }
    }
    // Two with RSA, seven with secrets, four with each of the four curves.
    assert_eq!(tried, (2 + 7 + 4 * 4) * ContentEncryption::ALL.len());
}

#[test]
fn no_two_tokens_are_alike() {
    for (alg, enc) in every_pair() {
        for key in keys(alg, enc) {
            let (one, two) = (encrypt(&key, alg, enc, b"same"), encrypt(&key, alg, enc, b"same"));
            let (one, two): (Vec<&str>, Vec<&str>) = (one.split('.').collect(), two.split('.').collect());
            assert!((2..5).all(|part| one[part] != two[part]), "{alg} {enc}");
            assert_eq!(one[1] == two[1], one[1].is_empty(), "{alg} {enc}");
            let fresh_header = alg.as_str().starts_with("ECDH") || alg.as_str().ends_with("GCMKW");
            assert_eq!(one[0] != two[0], fresh_header, "{alg} {enc}");
        }
    }
}

#[test]
fn the_header_says_what_the_caller_says() {
    let key = KEYS[1].with_kid("a\"b").encryption_key().unwrap();
    let (alg, enc) = (KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm);
    let extra = Extra { typ: Some("JWT"), cty: Some("x\\y") };
    let token = jwe::encrypt(&key, alg, enc, extra, b"{}").unwrap();
    let decoded = jwe::decode(&token, LIMIT).unwrap();
    assert_eq!((decoded.typ(), decoded.cty(), decoded.kid()), (Some("JWT"), Some("x\\y"), Some("a\"b")));
    let epk = decoded.header().member("epk").unwrap().as_object().unwrap();
    assert_eq!(epk.keys().collect::<Vec<_>>(), ["kty", "crv", "x", "y"]);
}

#[test]
fn a_key_of_another_type_or_length_is_never_used() {
    let all: Vec<DecryptionKey> = KEYS.iter().cloned().chain([16, 24, 32, 48, 64].map(secret)).collect();
    for (alg, enc) in every_pair() {
        for key in keys(alg, enc) {
            let token = encrypt(&key, alg, enc, b"content");
            for other in all.iter().filter(|other| !other.allows(alg, enc)) {
                assert_eq!(decrypt(&token, other), Err(Error::EncryptionKeyMismatch(alg)));
                let sender = other.encryption_key().unwrap();
                let refused = jwe::encrypt(&sender, alg, enc, Extra::default(), b"");
                assert_eq!(refused, Err(Error::EncryptionKeyMismatch(alg)));
            }
        }
    }
}

#[test]
fn a_key_that_is_meant_for_one_algorithm_is_not_used_for_another() {
    let bound = KEYS[0].with_alg(KeyManagementAlg::RsaOaep).unwrap();
    let (other, enc) = (KeyManagementAlg::RsaOaep256, ContentEncryption::A128Gcm);
    let refused = jwe::encrypt(&bound.encryption_key().unwrap(), other, enc, Extra::default(), b"content");
    assert_eq!(refused, Err(Error::EncryptionKeyMismatch(other)));
    let token = encrypt(&KEYS[0], other, enc, b"content");
    assert_eq!(decrypt(&token, &bound), Err(Error::EncryptionKeyMismatch(other)));
}

#[test]
fn a_client_secret_is_a_key_for_every_symmetric_algorithm() {
    let client_secret = "pässword-of-the-client".as_bytes();
    for (alg, enc) in every_pair().filter(|(alg, _)| alg.is_symmetric()) {
        let key = EncryptionKey::from_client_secret(client_secret, alg, enc).unwrap();
        let token = jwe::encrypt(&key, alg, enc, Extra::default(), b"content").unwrap();
        let decoded = jwe::decode(&token, LIMIT).unwrap();
        assert_eq!(decoded.kid(), None);
        assert_eq!(decoded.decrypt_with_client_secret(client_secret), Ok(b"content".to_vec()));
        assert_eq!(decoded.decrypt_with_client_secret(b"another"), Err(Error::DecryptionFailed));
    }
    let (alg, enc) = (KeyManagementAlg::RsaOaep, ContentEncryption::A128Gcm);
    let token = encrypt(&KEYS[0], alg, enc, b"content");
    let refused = jwe::decode(&token, LIMIT).unwrap().decrypt_with_client_secret(client_secret);
    assert_eq!(refused, Err(Error::EncryptionKeyMismatch(alg)));
}

#[test]
fn a_set_finds_the_key_by_kid_or_else_by_trying() {
    let (alg, enc) = (KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm);
    let make = |kid: &str| DecryptionKey::generate(KeyType::Ec(Curve::P256)).unwrap().with_kid(kid);
    let (one, two, same) = (make("one"), make("two"), make("two"));
    // Keys of other kinds and curves are no tries.
    let others = KEYS.iter().filter(|key| key.key_type() != KeyType::Ec(Curve::P256)).cloned();
    let set: DecryptionKeys = others.chain([one.clone(), two.clone(), same.clone()]).collect();
    let opened = |token: &str, set: &DecryptionKeys| jwe::decode(token, LIMIT).unwrap().decrypt_with(set);
    for key in [&one, &two, &same] {
        let token = encrypt(key, alg, enc, b"content");
        assert_eq!(opened(&token, &set), Ok(b"content".to_vec()));
    }
    // A kid that we never had: one of those that fit is the right one all the same. Two are tried, as each
    // costs an operation with a private key.
    let renamed =
        |key: &DecryptionKey| opened(&encrypt(&key.with_kid("unknown"), alg, enc, b"content"), &set);
    for key in [&one, &two] {
        assert_eq!(renamed(key), Ok(b"content".to_vec()));
    }
    assert_eq!(renamed(&same), Err(Error::DecryptionFailed));
    // A kid of ours that belongs to another key.
    let misled = encrypt(&one.with_kid("two"), alg, enc, b"content");
    assert_eq!(opened(&misled, &set), Err(Error::DecryptionFailed));

    let token = encrypt(&one, alg, enc, b"content");
    assert_eq!(opened(&token, &DecryptionKeys::default()), Err(Error::NoMatchingKey));
    let rsa: DecryptionKeys = [KEYS[0].clone()].into_iter().collect();
    assert_eq!(opened(&token, &rsa), Err(Error::NoMatchingKey));
    let many: DecryptionKeys =
        (0..2).map(|_| make("x")).chain([one.clone()]).map(|key| key.with_kid("same")).collect();
    let late = encrypt(&one.with_kid("same"), alg, enc, b"content");
    assert_eq!(opened(&late, &many), Err(Error::DecryptionFailed), "only so many keys are tried");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_comes_back(payload in prop::collection::vec(any::<u8>(), 0..300), pair in 0_usize..78) {
        let (alg, enc) = every_pair().nth(pair).unwrap();
        if !alg.as_str().starts_with("RSA") {
            for key in keys(alg, enc) {
                prop_assert_eq!(decrypt(&encrypt(&key, alg, enc, &payload), &key), Ok(payload.clone()));
            }
        }
    }

    #[test]
    fn no_other_text_is_accepted(at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_.-]{0,3}", pair in 0_usize..78) {
        let (alg, enc) = every_pair().nth(pair).unwrap();
        for key in keys(alg, enc) {
            let token = encrypt(&key, alg, enc, b"content");
            let at = at.index(token.len());
            let changed = format!("{}{with}{}", &token[..at], &token[at + 1..]);
            prop_assert!(changed == token || decrypt(&changed, &key).is_err());
        }
    }

    #[test]
    fn any_text_is_refused(text in "\\PC*") {
        prop_assert!(decrypt(&text, &secret(16)).is_err());
    }
}
