//! Keys for encryption: what is made reads back, what is meant for something else is refused, sets give the
//! right one.

#![expect(clippy::unwrap_used, reason = "integration tests are test code")]

use serde_json::{Value, json};
use signet_jose::alg::{Curve, KeyType};
use signet_jose::jwk::RsaSize;
use signet_jose::{
    ContentEncryption, DecryptionKey, EncryptionKey, Error, Jwk, JwkSet, KeyManagementAlg, KeySet,
    SigningAlg, SigningKey,
};
use std::sync::LazyLock;

static RSA: LazyLock<DecryptionKey> = LazyLock::new(|| DecryptionKey::generate(KeyType::Rsa).unwrap());

const ENC: ContentEncryption = ContentEncryption::A256Gcm;
const P256: KeyType = KeyType::Ec(Curve::P256);

fn pairs() -> [DecryptionKey; 5] {
    let generate = |key_type| DecryptionKey::generate(key_type).unwrap();
    [
        RSA.clone(),
        generate(P256),
        generate(KeyType::Ec(Curve::P384)),
        generate(KeyType::Ec(Curve::P521)),
        generate(KeyType::X25519),
    ]
}

fn parse(value: &Value) -> Jwk {
    Jwk::from_json(value.to_string().as_bytes()).unwrap()
}

/// A JWK with some members changed; `null` takes one away.
fn altered(jwk: Jwk, changes: &Value) -> Jwk {
    let mut members = serde_json::to_value(jwk).unwrap();
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
    for made in pairs() {
        let alg = made.algs().next().unwrap();
        for made in [made.clone(), made.with_alg(alg).unwrap().with_kid("mine")] {
            let text = serde_json::to_string(&made.to_jwk().unwrap()).unwrap();
            let kept = DecryptionKey::from_jwk(&serde_json::from_str(&text).unwrap()).unwrap();
            assert_eq!((kept.kid(), kept.key_type()), (made.kid(), made.key_type()));
            assert_eq!(serde_json::to_string(&kept.to_jwk().unwrap()).unwrap(), text);
            assert_eq!(kept.algs().collect::<Vec<_>>(), made.algs().collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_published_key_says_what_it_is_for_and_nothing_secret() {
    for key in pairs() {
        let jwk = key.public_jwk().unwrap();
        assert_eq!(key.kid(), Some(jwk.thumbprint().as_str()));
        let jwk = serde_json::to_value(jwk).unwrap();
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|name| jwk.get(name).is_none()), "{jwk}");
        assert_eq!((&jwk["use"], jwk.get("alg")), (&json!("enc"), None));
        let alg = key.algs().last().unwrap();
        let bound = serde_json::to_value(key.with_alg(alg).unwrap().public_jwk().unwrap()).unwrap();
        assert_eq!(bound["alg"], alg.as_str());
        let d = serde_json::to_value(key.to_jwk().unwrap()).unwrap()["d"].as_str().unwrap().to_owned();
        let printed = format!("{key:?} {:?}", key.encryption_key().unwrap());
        assert!(printed.contains(key.kid().unwrap()) && !printed.contains(&d), "{printed}");
    }
}

#[test]
fn each_type_serves_its_algorithms() {
    let names = |key: &DecryptionKey| key.algs().map(KeyManagementAlg::as_str).collect::<Vec<_>>();
    let [rsa, curves @ ..] = pairs();
    assert_eq!(names(&rsa), ["RSA-OAEP", "RSA-OAEP-256"]);
    for key in &curves {
        assert_eq!(names(key), ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"]);
    }
    let bound = curves[0].with_alg(KeyManagementAlg::EcdhEsA128Kw).unwrap();
    assert_eq!(names(&bound), ["ECDH-ES+A128KW"]);
    assert!(rsa.with_alg(KeyManagementAlg::EcdhEs).is_err());
    for key_type in [KeyType::Ed25519, KeyType::Oct] {
        assert!(matches!(DecryptionKey::generate(key_type), Err(Error::InvalidKey(_))));
    }
    let large = DecryptionKey::generate_sized(KeyType::Rsa, RsaSize::Bits3072).unwrap();
    let n = serde_json::to_value(large.public_jwk().unwrap()).unwrap()["n"].as_str().unwrap().len();
    assert_eq!(n, 512);
}

#[test]
fn a_shared_secret_has_neither_public_part_nor_name() {
    let jwk = parse(&json!({"kty": "oct", "k": "A".repeat(43)}));
    let key = DecryptionKey::from_jwk(&jwk).unwrap();
    assert_eq!(key.kid(), None);
    assert!(key.public_jwk().is_err());
    assert_eq!(key.to_jwk().unwrap().thumbprint(), jwk.thumbprint());
    // 32 bytes: A256KW and A256GCMKW, and two content encryptions directly.
    let algs: Vec<&str> = key.algs().map(KeyManagementAlg::as_str).collect();
    assert_eq!(algs, ["A256KW", "A256GCMKW", "dir"]);
    assert!(key.allows(KeyManagementAlg::Dir, ContentEncryption::A128CbcHs256));
    assert!(!key.allows(KeyManagementAlg::Dir, ContentEncryption::A128Gcm));
    let named = DecryptionKey::from_jwk(&altered(jwk, &json!({"alg": "A256GCM", "kid": "k"}))).unwrap();
    assert!(named.allows(KeyManagementAlg::Dir, ENC) && !named.allows(KeyManagementAlg::A256Kw, ENC));
    assert!(!named.allows(KeyManagementAlg::Dir, ContentEncryption::A128CbcHs256));
    assert_eq!(named.kid(), Some("k"));
}

#[test]
fn a_key_serves_only_what_its_members_allow() {
    let [rsa, ec, ..] = pairs();
    let sender = |key: &DecryptionKey, changes: Value| {
        EncryptionKey::from_jwk(&altered(key.public_jwk().unwrap(), &changes)).is_ok()
    };
    let recipient = |key: &DecryptionKey, changes: Value| {
        DecryptionKey::from_jwk(&altered(key.to_jwk().unwrap(), &changes)).is_ok()
    };
    for (key, operation, inverse) in [(&rsa, "encrypt", "decrypt"), (&rsa, "wrapKey", "unwrapKey")] {
        assert!(sender(key, json!({"use": null, "key_ops": [operation]})));
        assert!(!sender(key, json!({"use": null, "key_ops": [inverse]})));
        assert!(recipient(key, json!({"use": null, "key_ops": [inverse]})));
        assert!(!recipient(key, json!({"use": null, "key_ops": [operation]})));
    }
    for operation in ["deriveKey", "deriveBits"] {
        assert!(
            sender(&ec, json!({"key_ops": [operation]})) && recipient(&ec, json!({"key_ops": [operation]}))
        );
    }
    // Web Cryptography exports the public half so.
    assert!(sender(&ec, json!({"key_ops": []})) && !recipient(&ec, json!({"key_ops": []})));
    assert!(!sender(&rsa, json!({"key_ops": []})));
    for changes in [
        json!({"use": "sig"}),
        json!({"use": "private-purpose"}),
        json!({"alg": "RS256"}),
        json!({"alg": "RSA1_5"}),
        json!({"alg": "ECDH-ES"}),
        json!({"alg": "A256GCM"}),
        json!({"key_ops": ["sign", "verify"]}),
    ] {
        assert!(!sender(&rsa, changes.clone()) && !recipient(&rsa, changes.clone()), "{changes}");
    }
    assert!(DecryptionKey::from_jwk(&rsa.public_jwk().unwrap()).is_err());
    let ed25519 = SigningKey::generate(SigningAlg::Ed25519).unwrap().to_jwk().unwrap();
    let open = altered(ed25519, &json!({"use": null, "alg": null}));
    assert!(EncryptionKey::from_jwk(&open).is_err() && DecryptionKey::from_jwk(&open).is_err());
}

#[test]
fn unfit_keys_are_refused() {
    let [_, ec, p384, _, x25519] = pairs();
    let refused = |jwk: &Jwk| {
        assert!(EncryptionKey::from_jwk(jwk).is_err() || jwk.is_private());
        DecryptionKey::from_jwk(jwk).unwrap_err()
    };
    let members = |key: &DecryptionKey| serde_json::to_value(key.to_jwk().unwrap()).unwrap();
    for (key, other) in
        [(&ec, pairs()[1].clone()), (&p384, pairs()[2].clone()), (&x25519, pairs()[4].clone())]
    {
        let apart = altered(key.to_jwk().unwrap(), &json!({"d": members(&other)["d"]}));
        assert!(matches!(refused(&apart), Error::InvalidKey(_)));
    }
    let zero = altered(ec.to_jwk().unwrap(), &json!({"d": "A".repeat(43)}));
    assert!(matches!(refused(&zero), Error::InvalidKey(_)));
    let off = altered(ec.public_jwk().unwrap(), &json!({"y": members(&ec)["x"]}));
    assert!(matches!(EncryptionKey::from_jwk(&off), Err(Error::InvalidKey(_))));
    let weak = parse(&json!({"kty": "RSA", "n": "_".repeat(172), "e": "AQAB"}));
    assert!(matches!(EncryptionKey::from_jwk(&weak), Err(Error::WeakKey { minimum: 2048, .. })));
    let even = altered(RSA.public_jwk().unwrap(), &json!({"e": "Ag"}));
    assert!(matches!(EncryptionKey::from_jwk(&even), Err(Error::InvalidKey(_))));
}

#[test]
fn keys_that_encrypt_and_keys_that_sign_keep_apart() {
    let signing = SigningKey::generate(SigningAlg::Es256).unwrap();
    let open = SigningKey::generate(SigningAlg::Es384).unwrap();
    let open = altered(open.to_jwk().unwrap(), &json!({"use": null, "alg": null, "kid": "both"}));
    let set = JwkSet::new(vec![
        signing.to_jwk().unwrap(),
        RSA.to_jwk().unwrap(),
        open,
        pairs()[4].to_jwk().unwrap(),
        parse(&json!({"kty": "oct", "k": "A".repeat(43)})),
        parse(&json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc"})),
    ]);
    for keys in [set.verifying_keys(), set.public().verifying_keys()] {
        let verifying: Vec<_> = keys.keys().iter().map(|key| (key.alg(), key.kid())).collect();
        assert_eq!(verifying, [(SigningAlg::Es256, Some(signing.kid())), (SigningAlg::Es384, Some("both"))]);
        let encrypting: Vec<_> = keys.encryption_keys().iter().map(EncryptionKey::key_type).collect();
        assert_eq!(encrypting, [KeyType::Rsa, KeyType::Ec(Curve::P384), KeyType::X25519]);
    }
    let decrypting: Vec<_> = set.decryption_keys().keys().iter().map(DecryptionKey::key_type).collect();
    assert_eq!(decrypting, [KeyType::Rsa, KeyType::Ec(Curve::P384), KeyType::X25519, KeyType::Oct]);
    assert!(matches!(SigningKey::from_jwk(&pairs()[4].to_jwk().unwrap()), Err(Error::InvalidKey(_))));
    assert!(SigningKey::from_jwk_as(&RSA.to_jwk().unwrap(), SigningAlg::Ps256).is_err());
}

#[test]
fn a_set_gives_the_key_that_fits_best() {
    let rsa =
        |kid: &str, alg: Option<&str>| altered(RSA.public_jwk().unwrap(), &json!({"kid": kid, "alg": alg}));
    let ec = pairs()[1].with_kid("ec").public_jwk().unwrap();
    let set = JwkSet::new(vec![
        rsa("open", None),
        rsa("oaep", Some("RSA-OAEP")),
        rsa("256", Some("RSA-OAEP-256")),
        ec,
    ]);
    let keys: KeySet = set.verifying_keys();
    let found = |alg, kid| keys.encryption_key(alg, kid).map(|key| key.kid().unwrap());
    use KeyManagementAlg::{A128Kw, Dir, EcdhEs, EcdhEsA256Kw, RsaOaep, RsaOaep256};
    assert_eq!(found(RsaOaep, None), Ok("oaep"));
    assert_eq!(found(RsaOaep256, None), Ok("256"));
    assert_eq!(found(RsaOaep256, Some("open")), Ok("open"));
    assert_eq!((found(EcdhEs, None), found(EcdhEsA256Kw, Some("ec"))), (Ok("ec"), Ok("ec")));
    for (alg, kid) in
        [(RsaOaep, Some("256")), (RsaOaep, Some("ec")), (RsaOaep, Some("x")), (A128Kw, None), (Dir, None)]
    {
        assert_eq!(found(alg, kid), Err(Error::NoMatchingKey), "{alg} {kid:?}");
    }
}
