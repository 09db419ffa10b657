//! RFC 7515–7517, 7520, 7638, 8037: the examples of the specifications, as data under `vectors/`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "integration tests are test code")]

use serde_json::Value;
use signet_jose::alg::{Curve, KeyType};
use signet_jose::{
    DecryptionKey, Error, HmacKey, Jwk, JwkSet, SigningAlg, SigningKey, VerifyingKey, jwe, jws,
};

const LIMIT: usize = 8 * 1024;

fn data(file: &str) -> Value {
    let text = match file {
        "others" => include_str!("vectors/others.json"),
        "rfc7515" => include_str!("vectors/rfc7515.json"),
        "rfc7516" => include_str!("vectors/rfc7516.json"),
        "rfc7517" => include_str!("vectors/rfc7517.json"),
        "rfc7520" => include_str!("vectors/rfc7520.json"),
        "rfc7638" => include_str!("vectors/rfc7638.json"),
        "rfc8037" => include_str!("vectors/rfc8037.json"),
        other => panic!("no vectors named {other}"),
    };
    serde_json::from_str(text).unwrap()
}

fn jwk(value: &Value) -> Jwk {
    Jwk::from_json(value.to_string().as_bytes()).unwrap()
}

/// Verifies the example with its key; where signatures are reproducible, makes the same one again.
fn signed_example(example: &Value) {
    let text = |name: &str| example[name].as_str().unwrap();
    let (section, compact) = (text("section"), text("compact"));
    let alg: SigningAlg = text("alg").parse().unwrap();
    let jwk = jwk(&example["jwk"]);
    let token = jws::decode(compact, LIMIT).unwrap();
    assert_eq!(token.alg(), alg, "{section}");
    let (input, signature) = compact.rsplit_once('.').unwrap();

    let payload = if alg.is_symmetric() {
        token.verify_hmac(&HmacKey::from_jwk(&jwk, alg).unwrap()).unwrap().payload()
    } else {
        let signer = SigningKey::from_jwk(&jwk).unwrap().with_alg(alg).unwrap();
        let made = base64url(&signer.sign(input.as_bytes()).unwrap());
        assert_eq!(made == signature, example["reproducible"].as_bool().unwrap(), "{section}");
        token.verify(&VerifyingKey::from_jwk(&jwk, alg).unwrap()).unwrap().payload()
    };
    assert_eq!(payload, text("payload").as_bytes(), "{section}");
}

/// Decrypts the example with its key, by itself and as one of a set.
fn encrypted_example(example: &Value) {
    let text = |name: &str| example[name].as_str().unwrap();
    let token = jwe::decode(text("compact"), LIMIT).unwrap();
    assert_eq!((token.alg().as_str(), token.enc().as_str()), (text("alg"), text("enc")));
    let key = DecryptionKey::from_jwk(&jwk(&example["jwk"])).unwrap();
    let decrypted = token.decrypt(&key).unwrap();
    assert_eq!(String::from_utf8(decrypted).unwrap(), text("plaintext"), "{}", text("section"));
    let set = JwkSet::new(vec![jwk(&example["jwk"])]).decryption_keys();
    assert_eq!(token.decrypt_with(&set).unwrap(), text("plaintext").as_bytes());
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn rfc_7515_appendix_a() {
    let data = data("rfc7515");
    let examples = data["signed"].as_array().unwrap();
    assert_eq!(examples.len(), 4);
    examples.iter().for_each(signed_example);

    let unsecured = &data["unsecured"];
    let compact = unsecured["compact"].as_str().unwrap();
    assert_eq!(jws::decode(compact, LIMIT).unwrap_err(), Error::Unsecured);
    let read = jws::decode_unsecured(compact, LIMIT).unwrap();
    assert_eq!(read.payload, unsecured["payload"].as_str().unwrap().as_bytes());
    assert_eq!(jws::encode_unsecured(None, &read.payload), compact);
}

#[test]
fn rfc_7516_appendix_a() {
    let data = data("rfc7516");
    let examples = data["encrypted"].as_array().unwrap();
    assert_eq!(examples.len(), 2);
    examples.iter().for_each(encrypted_example);
}

#[test]
fn rfc_7520_section_5() {
    let data = data("rfc7520");
    let examples = data["encrypted"].as_array().unwrap();
    assert_eq!(examples.len(), 6);
    examples.iter().for_each(encrypted_example);
}

/// What the specifications have no example of, made once by another library: other hashes and sizes, `apu`
/// and `apv`.
#[test]
fn tokens_of_another_library() {
    let data = data("others");
    let examples = data["encrypted"].as_array().unwrap();
    assert_eq!(examples.len(), 6);
    examples.iter().for_each(encrypted_example);
}

#[test]
fn rfc_7520_section_6() {
    let data = data("rfc7520");
    let (encrypted, signed) = (&data["nested"]["encrypted"], &data["nested"]["signed"]);
    encrypted_example(encrypted);
    assert_eq!(encrypted["plaintext"], signed["compact"]);
    assert_eq!(jwe::decode(encrypted["compact"].as_str().unwrap(), LIMIT).unwrap().cty(), Some("JWT"));
    signed_example(signed);
}

#[test]
fn rfc_7520_section_4() {
    let data = data("rfc7520");
    let examples = data["signed"].as_array().unwrap();
    assert_eq!(examples.len(), 4);
    examples.iter().for_each(signed_example);
}

#[test]
fn rfc_7520_tokens_come_out_byte_for_byte() {
    for example in data("rfc7520")["signed"].as_array().unwrap() {
        if !example["reproducible"].as_bool().unwrap() {
            continue;
        }
        let jwk = jwk(&example["jwk"]);
        let payload = example["payload"].as_str().unwrap().as_bytes();
        let token = match jwk.key_type() {
            KeyType::Oct => {
                jws::sign_hmac(&HmacKey::from_jwk(&jwk, SigningAlg::Hs256).unwrap(), None, payload)
            }
            _ => jws::sign(&SigningKey::from_jwk(&jwk).unwrap(), None, payload).unwrap(),
        };
        assert_eq!(token, example["compact"].as_str().unwrap());
    }
}

#[test]
fn rfc_7517_appendices() {
    let data = data("rfc7517");
    let set = |section: &str| JwkSet::from_json(data[section].to_string().as_bytes()).unwrap();

    let public = set("A.1");
    let private = set("A.2");
    let types = [KeyType::Ec(Curve::P256), KeyType::Rsa];
    assert_eq!(public.keys.iter().map(Jwk::key_type).collect::<Vec<_>>(), types);
    assert_eq!(private.keys.iter().map(Jwk::key_type).collect::<Vec<_>>(), types);
    for (public, private) in public.keys.iter().zip(&private.keys) {
        assert!(!public.is_private() && private.is_private());
        assert_eq!(public.thumbprint(), private.thumbprint());
        let derived = private.public().unwrap();
        assert_eq!(serde_json::to_value(&derived).unwrap(), serde_json::to_value(public).unwrap());
    }

    let secrets = set("A.3");
    assert!(secrets.keys.iter().all(|key| key.key_type() == KeyType::Oct && key.public().is_none()));
    assert!(secrets.public().keys.is_empty());

    let certified = jwk(&data["B"]);
    assert_eq!(certified.extra.keys().collect::<Vec<_>>(), ["x5c"]);
    assert!(VerifyingKey::from_jwk(&certified, SigningAlg::Ps256).is_ok());

    // A key for encryption neither signs nor verifies.
    let encryption = jwk(&data["C.1"]);
    assert_eq!(SigningKey::from_jwk(&encryption).unwrap_err(), Error::KeyMismatch(SigningAlg::Rs256));
    assert!(VerifyingKey::from_jwk(&encryption, SigningAlg::Rs256).is_err());
}

#[test]
fn every_example_key_is_written_as_it_was_read() {
    let data = data("rfc7517");
    let sets = ["A.1", "A.2", "A.3"].iter().flat_map(|section| data[section]["keys"].as_array().unwrap());
    for key in sets.chain([&data["B"], &data["C.1"]]) {
        assert_eq!(&serde_json::to_value(jwk(key)).unwrap(), key);
    }
}

#[test]
fn rfc_7638_section_3_1() {
    let data = data("rfc7638");
    let jwk = jwk(&data["jwk"]);
    assert_eq!(jwk.thumbprint(), data["thumbprint"].as_str().unwrap());
}

#[test]
fn rfc_8037_appendix_a() {
    let data = data("rfc8037");
    let public = jwk(&data["A.2"]);
    assert_eq!(public.thumbprint(), data["A.3"].as_str().unwrap());
    let example = &data["signed"][0];
    signed_example(example);
    let derived = jwk(&example["jwk"]).public().unwrap();
    assert_eq!(serde_json::to_value(derived).unwrap(), data["A.2"]);

    encrypted_example(&data["encrypted"][0]);
}
