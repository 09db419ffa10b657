//! Keys that other programs keep: PEM in its forms, and JWKs that leave things open.

#![expect(clippy::unwrap_used, reason = "integration tests are test code")]

use serde_json::{Value, json};
use signet_jose::alg::KeyType;
use signet_jose::jwk::RsaSize;
use signet_jose::{DecryptionKey, Error, Jwk, SigningAlg, SigningKey};
use std::sync::LazyLock;

static RSA: LazyLock<Value> = LazyLock::new(|| {
    let key = SigningKey::generate(SigningAlg::Rs256).unwrap();
    serde_json::to_value(key.to_jwk().unwrap()).unwrap()
});

/// A JWK without the members named.
fn without(jwk: &Value, names: &[&str]) -> Result<Jwk, Error> {
    let mut jwk = jwk.clone();
    for name in names {
        jwk.as_object_mut().unwrap().remove(*name).unwrap();
    }
    Jwk::from_json(jwk.to_string().as_bytes())
}

fn examples() -> Vec<Value> {
    let data: Value = serde_json::from_str(include_str!("vectors/pem.json")).unwrap();
    data.as_array().unwrap().clone()
}

#[test]
fn the_keys_of_the_specifications_come_out_of_every_form_of_pem() {
    let examples = examples();
    assert_eq!(examples.len(), 10);
    for example in &examples {
        let pem = example["pem"].as_str().unwrap();
        let windows = pem.replace('\n', "\r\n");
        let among_others =
            format!("-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n{pem}");
        for text in [pem, &windows, &among_others] {
            let jwk = serde_json::to_value(Jwk::from_pem(text).unwrap()).unwrap();
            assert_eq!(jwk, example["jwk"], "{} {}", example["key"], example["form"]);
        }
    }
}

#[test]
fn an_imported_key_signs_or_decrypts() {
    for example in examples() {
        let jwk = Jwk::from_pem(example["pem"].as_str().unwrap()).unwrap();
        match jwk.key_type() {
            KeyType::X25519 => assert!(DecryptionKey::from_jwk(&jwk).is_ok()),
            _ => {
                let key = SigningKey::from_jwk(&jwk).unwrap();
                let signature = key.sign(b"message").unwrap();
                assert_eq!(key.verifying_key().unwrap().verify(b"message", &signature), Ok(()));
            }
        }
    }
}

#[test]
fn what_is_no_private_key_is_refused() {
    let pem = examples()[0]["pem"].as_str().unwrap().to_owned();
    let public = pem.replace("PRIVATE", "PUBLIC");
    let encrypted = pem.replace("PRIVATE", "ENCRYPTED PRIVATE");
    let legacy = pem.replace("-----\nM", "-----\nProc-Type: 4,ENCRYPTED\n\nM");
    let broken = pem.replace("-----\nM", "-----\n*");
    let middle = pem.len() / 2;
    let cut = format!("{}\n-----END PRIVATE KEY-----\n", &pem[..middle - middle % 65]);
    for text in ["", "x", "-----BEGIN PRIVATE KEY-----", &public, &encrypted, &legacy, &broken, &cut] {
        assert!(matches!(Jwk::from_pem(text), Err(Error::InvalidKey(_))), "{text}");
    }
    for closed in [&encrypted, &legacy] {
        assert!(Jwk::from_pem(closed).unwrap_err().to_string().contains("decrypt it first"));
    }
    // What is written next to a key says nothing about it.
    Jwk::from_pem(&format!("It was ENCRYPTED once.\n{pem}")).unwrap();
}

#[test]
fn der_that_was_cut_short_is_refused() {
    use base64::Engine;
    for example in examples().iter().filter(|example| example["form"] == "PKCS #8") {
        let body: String =
            example["pem"].as_str().unwrap().lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
        assert!(Jwk::from_pkcs8(&der).is_ok());
        for length in 0..der.len() - 1 {
            assert!(Jwk::from_pkcs8(&der[..length]).is_err(), "{} {length}", example["key"]);
        }
    }
}

#[test]
fn more_than_two_primes_are_refused() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let pem = examples().into_iter().find(|example| example["form"] == "PKCS #1").unwrap();
    let pem = pem["pem"].as_str().unwrap().to_owned();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut der = STANDARD.decode(body).unwrap();
    // The version comes first in the sequence.
    assert_eq!(der[4..7], [0x02, 0x01, 0x00]);
    der[6] = 1;
    let pem =
        format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", STANDARD.encode(der));
    assert!(matches!(Jwk::from_pem(&pem), Err(Error::UnsupportedKey(_))));
}

#[test]
fn an_rsa_key_without_alg_signs_by_the_algorithm_that_is_asked_for() {
    let open = without(&RSA, &["alg"]).unwrap();
    for alg in SigningAlg::ALL {
        match SigningKey::from_jwk_as(&open, alg) {
            Ok(key) => {
                assert_eq!((key.alg(), key.kid()), (alg, RSA["kid"].as_str().unwrap()));
                let signature = key.sign(b"message").unwrap();
                assert_eq!(key.verifying_key().unwrap().verify(b"message", &signature), Ok(()));
            }
            Err(error) => {
                assert_ne!(alg.key_type(), KeyType::Rsa);
                assert_eq!(error, Error::KeyMismatch(alg));
            }
        }
    }
    let bound = without(&RSA, &[]).unwrap();
    assert!(SigningKey::from_jwk_as(&bound, SigningAlg::Rs256).is_ok());
    assert_eq!(
        SigningKey::from_jwk_as(&bound, SigningAlg::Ps256).err(),
        Some(Error::KeyMismatch(SigningAlg::Ps256))
    );
}

#[test]
fn both_names_of_ed25519_take_the_same_key() {
    for (written, other) in
        [(SigningAlg::EdDsa, SigningAlg::Ed25519), (SigningAlg::Ed25519, SigningAlg::EdDsa)]
    {
        let jwk = SigningKey::generate(written).unwrap().to_jwk().unwrap();
        assert_eq!(jwk.alg.as_deref(), Some(written.as_str()));
        assert_eq!(SigningKey::from_jwk(&jwk).unwrap().alg(), written);
        assert_eq!(SigningKey::from_jwk_as(&jwk, other).unwrap().alg(), other);
    }
}

#[test]
fn the_numbers_that_some_libraries_leave_out_are_made_again() {
    for size in [RsaSize::Bits2048, RsaSize::Bits3072, RsaSize::Bits4096] {
        let whole = SigningKey::generate_sized(SigningAlg::Rs256, size).unwrap();
        let written = serde_json::to_value(whole.to_jwk().unwrap()).unwrap();
        let short = without(&written, &["dp", "dq", "qi"]).unwrap();
        let kept = serde_json::to_value(SigningKey::from_jwk(&short).unwrap().to_jwk().unwrap()).unwrap();
        assert_eq!(kept, written);
        let encrypting = without(&written, &["dp", "dq", "qi", "use", "alg"]).unwrap();
        assert!(DecryptionKey::from_jwk(&encrypting).is_ok());
    }
    for missing in [&["dp"][..], &["dq", "qi"], &["p", "dp", "dq", "qi"], &["p", "q", "dp", "dq", "qi"]] {
        assert!(matches!(without(&RSA, missing), Err(Error::InvalidKey(_))), "{missing:?}");
    }
}

#[test]
fn three_numbers_that_do_not_belong_together_are_refused() {
    let huge = "_".repeat(8000);
    for (name, value) in
        [("d", &RSA["p"]), ("p", &RSA["q"]), ("q", &RSA["d"]), ("p", &json!("AQ")), ("p", &json!(huge))]
    {
        let mut jwk = RSA.clone();
        jwk[name] = value.clone();
        let jwk = without(&jwk, &["dp", "dq", "qi"]).unwrap();
        assert!(matches!(SigningKey::from_jwk(&jwk), Err(Error::InvalidKey(_))), "{name} {value}");
    }
}
