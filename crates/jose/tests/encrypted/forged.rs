//! RFC 7516 §11.5: whatever was changed or never fitted is one and the same refusal.

use super::*;

#[test]
fn a_change_in_any_part_is_one_and_the_same_refusal() {
    for (alg, enc) in every_pair() {
        for key in keys(alg, enc) {
            let token = encrypt(&key, alg, enc, b"content");
            let parts: Vec<&str> = token.split('.').collect();
            for part in 1..5 {
                let mut bytes = URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
                for at in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
                    let Some(byte) = bytes.get_mut(at) else { continue };
                    *byte ^= 1;
                    let changed = base64url(&bytes);
                    bytes[at] ^= 1;
                    let mut parts = parts.clone();
                    parts[part] = &changed;
                    let outcome = decrypt(&parts.join("."), &key);
                    assert_eq!(outcome, Err(Error::DecryptionFailed), "{alg} {enc} {part} {at}");
                }
            }
            let renamed = with_header(&token, |header| {
                header.insert("x".to_owned(), json!(1));
            });
            assert_eq!(decrypt(&renamed, &key), Err(Error::DecryptionFailed), "{alg} {enc} header");
        }
    }
}

#[test]
fn the_parameters_of_the_header_are_protected_like_the_rest() {
    let enc = ContentEncryption::A128Gcm;
    for alg in [KeyManagementAlg::A192GcmKw, KeyManagementAlg::EcdhEs, KeyManagementAlg::EcdhEsA128Kw] {
        for key in keys(alg, enc) {
            let token = encrypt(&key, alg, enc, b"content");
            let other = encrypt(&key, alg, enc, b"content");
            let other = URL_SAFE_NO_PAD.decode(other.split_once('.').unwrap().0).unwrap();
            let other: Value = serde_json::from_slice(&other).unwrap();
            let names: &[&str] =
                if alg == KeyManagementAlg::A192GcmKw { &["iv", "tag"] } else { &["epk", "apu", "apv"] };
            for name in names {
                let value = other.get(*name).cloned().unwrap_or_else(|| json!("QWxpY2U"));
                let changed = with_header(&token, |header| {
                    header.insert((*name).to_owned(), value.clone());
                });
                assert_eq!(decrypt(&changed, &key), Err(Error::DecryptionFailed), "{alg} {name}");
            }
        }
    }
}

#[test]
fn the_wrong_key_of_the_right_type_is_refused_like_a_forgery() {
    for (alg, enc) in every_pair() {
        for key in keys(alg, enc) {
            let wrong = match alg.secret_len(enc) {
                Some(length) => DecryptionKey::from_client_secret(b"other", alg, enc)
                    .inspect(|key| assert_eq!(key.to_jwk().unwrap().thumbprint().len(), 43, "{length}")),
                None if key.key_type() == KeyType::Rsa => continue,
                None => DecryptionKey::generate(key.key_type()),
            };
            let token = encrypt(&key, alg, enc, b"content");
            assert_eq!(decrypt(&token, &wrong.unwrap()), Err(Error::DecryptionFailed), "{alg} {enc}");
        }
    }
    let wrong = DecryptionKey::generate(KeyType::Rsa).unwrap();
    for alg in [KeyManagementAlg::RsaOaep, KeyManagementAlg::RsaOaep256] {
        for enc in ContentEncryption::ALL {
            let token = encrypt(&KEYS[0], alg, enc, b"content");
            assert_eq!(decrypt(&token, &wrong), Err(Error::DecryptionFailed), "{alg} {enc}");
        }
    }
}

#[test]
fn a_content_key_of_the_wrong_length_is_refused_like_a_forgery() {
    // The sender wraps 16 bytes; the changed header says that there must be 32.
    let enc = ContentEncryption::A128Gcm;
    for alg in KeyManagementAlg::ALL.into_iter().filter(|alg| *alg != KeyManagementAlg::Dir) {
        for key in keys(alg, enc) {
            let changed = with_header(&encrypt(&key, alg, enc, b"content"), |header| {
                header.insert("enc".to_owned(), json!("A256GCM"));
            });
            assert_eq!(decrypt(&changed, &key), Err(Error::DecryptionFailed), "{alg}");
        }
    }
}

#[test]
fn a_point_that_makes_any_secret_zero_is_refused() {
    let token = encrypt(&KEYS[4], KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, b"content");
    // RFC 7748 §6.1: points of small order.
    let mut one = [0; 32];
    one[0] = 1;
    for x in [[0; 32], one] {
        let small = json!({"kty": "OKP", "crv": "X25519", "x": base64url(&x)});
        let changed = with_header(&token, |header| {
            header.insert("epk".to_owned(), small.clone());
        });
        assert_eq!(decrypt(&changed, &KEYS[4]), Err(Error::DecryptionFailed));
        let sender = EncryptionKey::from_jwk(&jwk(&small)).unwrap();
        let (alg, enc) = (KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm);
        let refused = jwe::encrypt(&sender, alg, enc, Extra::default(), b"");
        assert!(matches!(refused, Err(Error::InvalidKey(_))));
    }
}

#[test]
fn an_ephemeral_key_on_another_curve_is_refused() {
    let token = encrypt(&KEYS[1], KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm, b"content");
    for other in [&KEYS[2], &KEYS[3], &KEYS[4]] {
        assert_eq!(decrypt(&token, other), Err(Error::DecryptionFailed));
    }
}

#[test]
fn parameters_of_other_algorithms_mean_nothing() {
    let (alg, enc) = (KeyManagementAlg::A128Kw, ContentEncryption::A128CbcHs256);
    let token = encrypt(&secret(16), alg, enc, b"content");
    let changed = with_header(&token, |header| {
        for name in ["epk", "apu", "apv", "iv", "tag", "p2c"] {
            header.insert(name.to_owned(), json!([1]));
        }
    });
    // They are not looked at; that they were added is found out all the same.
    assert_eq!(decrypt(&changed, &secret(16)), Err(Error::DecryptionFailed));
}
