//! RFC 7516 §5.2, steps 1–8: what is refused for its form alone, before any key is touched.

use super::*;

#[test]
fn what_is_not_understood_or_not_wanted_is_refused_before_any_key_is_touched() {
    let token = encrypt(&KEYS[1], KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, b"content");
    let refused = |changes: Value| {
        let changed = with_header(&token, |header| {
            for (name, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => header.remove(name),
                    value => header.insert(name.clone(), value.clone()),
                };
            }
        });
        jwe::decode(&changed, LIMIT).unwrap_err()
    };
    let unsupported = |name: &str| Error::UnsupportedEncryption(name.to_owned());
    for alg in ["RSA1_5", "PBES2-HS256+A128KW", "none", "ES256"] {
        assert_eq!(refused(json!({"alg": alg})), unsupported(alg));
    }
    assert_eq!(refused(json!({"enc": "A128CBC"})), unsupported("A128CBC"));
    assert_eq!(refused(json!({"crit": ["exp"], "exp": 1})), Error::Critical("exp".to_owned()));
    for changes in [
        json!({"alg": null}),
        json!({"alg": 1}),
        json!({"enc": null}),
        json!({"enc": 1}),
        json!({"zip": "DEF"}),
        json!({"crit": []}),
        json!({"epk": null}),
        json!({"epk": "x"}),
        json!({"apu": 1}),
        json!({"apv": "not base64url"}),
        json!({"alg": "A128KW"}),
        json!({"alg": "A128GCMKW", "iv": "AAAAAAAAAAAAAAAA"}),
        json!({"alg": "A128GCMKW", "iv": "AAAA", "tag": "AAAAAAAAAAAAAAAAAAAAAA"}),
        json!({"enc": "A128CBC-HS256"}),
    ] {
        assert!(matches!(refused(changes.clone()), Error::Malformed(_)), "{changes}");
    }
    let epk = serde_json::to_value(KEYS[1].to_jwk().unwrap()).unwrap();
    assert!(matches!(refused(json!({"epk": epk})), Error::Malformed(_)), "a private epk");
    let mut off = serde_json::to_value(KEYS[1].public_jwk().unwrap()).unwrap();
    off["y"] = off["x"].clone();
    assert!(matches!(refused(json!({"epk": off})), Error::InvalidKey(_)), "a point off the curve");
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
    assert!(matches!(refused(json!({"epk": rsa})), Error::InvalidKey(_)));
}

#[test]
fn gcm_key_wrap_has_an_iv_and_a_tag_of_full_length() {
    let token = encrypt(&secret(16), KeyManagementAlg::A128GcmKw, ContentEncryption::A128Gcm, b"content");
    for (name, value) in [("iv", "AAAA"), ("tag", "AAAAAAAAAAAAAAAA"), ("iv", ""), ("tag", "")] {
        let changed = with_header(&token, |header| {
            header.insert(name.to_owned(), json!(value));
        });
        assert!(matches!(decrypt(&changed, &secret(16)), Err(Error::Malformed(_))), "{name} {value}");
    }
}

#[test]
fn texts_of_another_shape_are_refused() {
    let token = encrypt(&secret(16), KeyManagementAlg::Dir, ContentEncryption::A128Gcm, b"content");
    let limit = token.len() - 1;
    assert_eq!(jwe::decode(&token, limit).unwrap_err(), Error::TooLarge { limit });
    assert!(jwe::is_encrypted(&token) && !jwe::is_encrypted("a.b.c") && !jwe::is_encrypted("a.b.c.d.e.f"));
    let five = Err(Error::Malformed("an encrypted token has exactly five parts"));
    for text in ["", ".", "a.b.c", "....."] {
        assert_eq!(jwe::decode(text, LIMIT).map(|_| ()), five, "{text:?}");
    }
    for text in ["....", &token.replacen("..", ".AA.", 1), &format!("{token}="), &token.replace('.', ". ")] {
        assert!(matches!(jwe::decode(text, LIMIT), Err(Error::Malformed(_))), "{text}");
    }
    let doubled = base64url(br#"{"alg":"dir","alg":"dir","enc":"A128GCM"}"#);
    let rest = token.split_once('.').unwrap().1;
    assert!(matches!(jwe::decode(&format!("{doubled}.{rest}"), LIMIT), Err(Error::Malformed(_))));
}
