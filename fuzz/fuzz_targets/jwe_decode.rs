//! RFC 7516 §5.2: any text taken for an encrypted token is refused, or was made for one of our keys; and a
//! refusal after decoding never says why.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signet_jose::{DecryptionKey, DecryptionKeys, Error, Jwk, jwe};
use std::sync::LazyLock;

const LIMIT: usize = 8 * 1024;

/// The keys of the examples of RFC 7520 and 8037: one of each type.
static KEYS: LazyLock<DecryptionKeys> = LazyLock::new(|| {
    let files = [
        include_str!("../../crates/jose/tests/vectors/rfc7520.json"),
        include_str!("../../crates/jose/tests/vectors/rfc8037.json"),
    ];
    let keys = files.iter().flat_map(|file| {
        let data: Value = serde_json::from_str(file).expect("vectors are JSON");
        let examples = data["encrypted"].as_array().expect("examples").clone();
        examples.into_iter().map(|example| {
            let jwk = Jwk::from_json(example["jwk"].to_string().as_bytes()).expect("a key");
            DecryptionKey::from_jwk(&jwk).expect("a key that decrypts")
        })
    });
    keys.collect()
});

fuzz_target!(|text: &str| {
    let Ok(token) = jwe::decode(text, LIMIT) else { return };
    assert!(text.len() <= LIMIT);
    assert!(jwe::is_encrypted(text));
    for key in KEYS.keys() {
        match token.decrypt(key) {
            Ok(content) => assert!(content.len() < text.len()),
            Err(Error::DecryptionFailed) => assert!(key.allows(token.alg(), token.enc())),
            Err(error) => assert_eq!(error, Error::EncryptionKeyMismatch(token.alg())),
        }
    }
    match token.decrypt_with(&KEYS) {
        Ok(content) => assert!(content.len() < text.len()),
        Err(error) => assert!(matches!(error, Error::DecryptionFailed | Error::NoMatchingKey)),
    }
    let _ = token.decrypt_with_client_secret(b"a client secret of thirty-two by");
});
