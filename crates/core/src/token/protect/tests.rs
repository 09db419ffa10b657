use super::*;
use crate::lookup::KeysOfClient;
use crate::testing::{self, NamedKey, SECRET, World, opened, sealed};
use serde_json::{Value, json};

const PAYLOAD: &[u8] = br#"{"sub":"diana"}"#;
const KEYS: NamedKey = NamedKey("k-1");

fn registered(alg: Option<&str>, encryption: Option<&str>) -> Client {
    let mut client = testing::client("web");
    let (alg, encryption) = (alg.map(str::to_owned), encryption.map(str::to_owned));
    (client.id_token_signed_response_alg, client.userinfo_signed_response_alg) = (alg.clone(), alg.clone());
    client.introspection_signed_response_alg = alg;
    client.id_token_encrypted_response_alg.clone_from(&encryption);
    client.userinfo_encrypted_response_alg.clone_from(&encryption);
    client.introspection_encrypted_response_alg = encryption;
    client
}

fn made(kind: &Kind, client: &Client, direct: bool) -> Result<String, Error> {
    protect(&World::new().env(), kind, &To { client, keys: Some(&KEYS), direct }, PAYLOAD)
}

fn refused(kind: &Kind, client: &Client, keys: Option<&dyn ClientKeys>) -> String {
    let error = protect(&World::new().env(), kind, &To { client, keys, direct: true }, PAYLOAD).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnauthorizedClient, "{error}");
    error.description.into_owned()
}

/// Header, what is inside, and whose it is.
fn unsealed(jwe: &str) -> (Value, String, String) {
    let parts: Vec<String> = jwe
        .split('.')
        .map(|part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    (serde_json::from_str(&parts[0]).unwrap(), parts[3].clone(), parts[4].clone())
}

#[test]
fn our_key_signs_unless_the_client_registered_otherwise() {
    for (kind, typ) in [(&ID_TOKEN, "JWT"), (&INTROSPECTION, "token-introspection+jwt")] {
        let (header, payload) = opened(&made(kind, &registered(None, None), false).unwrap());
        assert_eq!((header, payload), (json!({"alg": "RS256", "typ": typ}), json!({"sub": "diana"})));
    }
    for kind in KINDS {
        let (header, _) = opened(&made(kind, &registered(Some("ES256"), None), false).unwrap());
        assert_eq!(header["alg"], "ES256", "{kind:?}");
        assert!(refused(kind, &registered(Some("PS512"), None), None).contains("no key here"));
    }
    // UserInfo is JSON by default, so there is nothing to make.
    assert!(!USERINFO.is_registered(&registered(None, None)));
    assert_eq!(made(&USERINFO, &registered(None, None), true).unwrap_err().code, ErrorCode::ServerError);
}

/// A client is told what it can change; that no key is there is not its fault.
#[test]
fn a_key_of_ours_that_is_not_there_is_our_fault() {
    let mut world = World::new();
    world.settings.default_signing_alg = "PS512".into();
    for kind in [&ID_TOKEN, &INTROSPECTION] {
        let to = To { client: &registered(None, None), keys: None, direct: true };
        let error = protect(&world.env(), kind, &to, PAYLOAD).unwrap_err();
        assert_eq!(error.code, ErrorCode::ServerError, "{error}");
    }
}

#[test]
fn the_secret_signs_where_it_is_known() {
    for kind in KINDS {
        let jws = made(kind, &registered(Some("HS256"), None), false).unwrap();
        World::new().env().jose.verify_mac(&jws, SECRET.as_bytes(), "HS256").unwrap();
        assert_eq!(opened(&jws).0, json!({"alg": "HS256", "typ": kind.typ}));
        let mut hashed = registered(Some("HS256"), None);
        hashed.client_secret = None;
        let told = refused(kind, &hashed, None);
        let member = format!("{}_signed_response_alg", kind.name);
        assert!(told.contains(&member) && told.contains("no client_secret"), "{told}");
        hashed.client_secret_hash = Some("00".repeat(32));
        assert!(refused(kind, &hashed, None).contains("register the secret itself"));
    }
}

#[test]
fn only_the_token_endpoint_gives_unsigned_id_tokens() {
    let client = registered(Some(NONE), None);
    let token = made(&ID_TOKEN, &client, true).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(signature, "");
    assert_eq!(opened(signed), (json!({"alg": "none", "typ": "JWT"}), json!({"sub": "diana"})));
    let error = made(&ID_TOKEN, &client, false).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnauthorizedClient);
    assert!(error.description.contains("use response_type code"), "{error}");
    for kind in [&USERINFO, &INTROSPECTION] {
        assert!(refused(kind, &client, None).contains("signed by none"), "{kind:?}");
    }
}

#[test]
fn what_is_signed_is_then_encrypted() {
    for (alg, holder) in [("RSA-OAEP", "k-1"), ("ECDH-ES", "k-1"), ("A128KW", SECRET), ("dir", SECRET)] {
        for kind in KINDS {
            let jwe = made(kind, &registered(Some("ES256"), Some(alg)), false).unwrap();
            let (header, inner, whose) = unsealed(&jwe);
            assert_eq!(
                header,
                json!({"alg": alg, "enc": "A128CBC-HS256", "typ": kind.typ, "cty": "JWT"}),
                "{kind:?}"
            );
            assert_eq!(opened(&inner).0, json!({"alg": "ES256", "typ": kind.typ}));
            assert_eq!(whose, holder);
        }
    }
}

#[test]
fn the_client_chooses_the_content_encryption() {
    let mut client = registered(None, Some("dir"));
    client.id_token_encrypted_response_enc = Some("A256GCM".into());
    let (header, ..) = unsealed(&made(&ID_TOKEN, &client, true).unwrap());
    assert_eq!(header["enc"], "A256GCM");
    client.id_token_encrypted_response_enc = Some("A512GCM".into());
    let told = refused(&ID_TOKEN, &client, None);
    assert!(told.contains("id_token_encrypted_response_enc") && told.contains("A256GCM"), "{told}");
}

#[test]
fn userinfo_may_be_encrypted_without_being_signed() {
    let jwe = made(&USERINFO, &registered(None, Some("RSA-OAEP")), true).unwrap();
    let how = Encryption { alg: "RSA-OAEP", enc: DEFAULT_ENC, typ: Some("JWT"), cty: None };
    assert_eq!(jwe, sealed(how, PAYLOAD, b"k-1"));
    // An ID token and an introspection answer are signed all the same.
    for kind in [&ID_TOKEN, &INTROSPECTION] {
        let (header, inner, _) = unsealed(&made(kind, &registered(None, Some("RSA-OAEP")), true).unwrap());
        assert_eq!((&header["cty"], &opened(&inner).0["alg"]), (&json!("JWT"), &json!("RS256")));
    }
}

#[test]
fn an_unsigned_id_token_may_be_encrypted() {
    let (header, inner, _) = unsealed(&made(&ID_TOKEN, &registered(Some(NONE), Some("dir")), true).unwrap());
    assert_eq!(header["cty"], "JWT");
    assert!(inner.ends_with('.'));
}

#[test]
fn without_what_encryption_needs_nothing_is_handed_out() {
    for kind in KINDS {
        let member = format!("{}_encrypted_response_alg", kind.name);
        let asymmetric = registered(Some("ES256"), Some("RSA-OAEP"));
        let told = refused(kind, &asymmetric, None);
        assert!(told.contains(&member) && told.contains("register jwks or jwks_uri"), "{told}");
        let told = refused(kind, &asymmetric, Some(&NoKey));
        assert!(told.contains("none of its keys"), "{told}");
        let unknown = registered(Some("ES256"), Some("RSA1_5"));
        let told = refused(kind, &unknown, Some(&KEYS));
        assert!(told.contains(&member) && told.contains("RSA-OAEP, ECDH-ES"), "{told}");
        let mut secretless = registered(Some("ES256"), Some("A128KW"));
        secretless.client_secret = None;
        assert!(refused(kind, &secretless, Some(&KEYS)).contains("no client_secret"));
    }
}

#[test]
fn keys_are_read_only_where_they_are_needed() {
    let none = Facts::default();
    let due = KeysOfClient { client: "web".into(), kid: None };
    let held = Facts::default().with(due.clone(), testing::keys("k-1"));
    for kind in KINDS {
        let encrypted = registered(None, Some("ECDH-ES"));
        assert_eq!(wanted_keys(&encrypted, kind, &none), Some(due.clone()));
        assert_eq!(wanted_keys(&encrypted, kind, &held), None);
        for without in
            [registered(None, None), registered(None, Some("dir")), registered(None, Some("A128GCMKW"))]
        {
            assert_eq!(wanted_keys(&without, kind, &none), None);
        }
    }
}

#[test]
fn what_may_be_registered_is_what_can_be_made() {
    let world = World::new();
    let jose = world.env().jose;
    assert_eq!(ID_TOKEN.signing_algs(jose), ["RS256", "ES256", "HS256", "none"]);
    for kind in [&USERINFO, &INTROSPECTION] {
        assert_eq!(kind.signing_algs(jose), ["RS256", "ES256", "HS256"]);
    }
    for kind in KINDS {
        for alg in kind.signing_algs(jose) {
            made(kind, &registered(Some(alg), None), true).unwrap();
        }
        for alg in jose.encrypting_algs() {
            made(kind, &registered(None, Some(alg)), true).unwrap();
        }
    }
}

/// Keys of which none fits.
#[derive(Debug)]
struct NoKey;

impl ClientKeys for NoKey {
    fn verify(&self, _: &str, _: &str) -> Result<(), JoseError> {
        Err(JoseError("no key fits".into()))
    }

    fn encrypt(&self, _: Encryption<'_>, _: &[u8]) -> Result<String, JoseError> {
        Err(JoseError("no key fits".into()))
    }
}
