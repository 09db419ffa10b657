//! Who made a request object, and who may read it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{OBJECT_URI, Sent, sent};
use crate::authorization::Source;
use crate::env::Encryption;
use crate::record::Client;
use crate::secret::Secret;
use crate::testing::{self, NOW, SECRET};
use crate::time::Timestamp;

#[test]
fn an_unsigned_one_is_taken_where_nothing_speaks_against_it() {
    assert_eq!(sent().unsigned().by_value().accepted().source, Source::Unsigned);
    let named = sent().unsigned().client(|client| client.request_object_signing_alg = Some("none".into()));
    assert_eq!(named.by_value().accepted().source, Source::Unsigned);
    for (why, request) in [
        ("must sign", sent().unsigned().strict()),
        ("must sign", sent().unsigned().client(|client| client.fapi = true)),
        ("alg none", sent().unsigned().world(|world| world.settings.request_objects.unsigned = false)),
        (
            "by ES256",
            sent().unsigned().client(|client| client.request_object_signing_alg = Some("ES256".into())),
        ),
        ("empty signature", sent().signed_by("none", "k-1")),
        ("empty signature", sent().signed_by("ES256", "")),
        ("extension", sent().unsigned().header("crit", json!(["exp"]))),
        ("extension", sent().unsigned().header("b64", false)),
    ] {
        let told = request.by_value().invalid();
        assert!(told.contains(why), "{why}: {told}");
    }
}

#[test]
fn the_signature_is_the_clients() {
    assert_eq!(sent().signed_by("HS256", SECRET).by_value().accepted().source, Source::Signed);
    let rotated = |end: Timestamp| {
        sent().signed_by("HS256", SECRET).client(move |client| {
            client.client_secret_previous = client.client_secret.replace(Secret::new("the-new-one".into()));
            client.client_secret_previous_expires_at = end;
        })
    };
    assert_eq!(rotated(NOW.plus(1)).by_value().accepted().source, Source::Signed);
    assert!(rotated(NOW).by_value().invalid().contains("none of the client's"));
    let registered = |alg: &'static str| {
        move |client: &mut Client| client.request_object_signing_alg = Some(alg.to_owned())
    };
    assert_eq!(sent().client(registered("ES256")).by_value().accepted().source, Source::Signed);
    for (why, request) in [
        ("none of the client's", sent().signed_by("ES256", "k-2")),
        ("none of the client's", sent().signed_by("HS256", "another")),
        ("no keys", sent().client(|client| client.jwks = None)),
        ("none in force", sent().signed_by("HS256", SECRET).client(|client| client.client_secret = None)),
        (
            "none in force",
            sent().signed_by("HS256", "").client(|client| client.client_secret_expires_at = NOW),
        ),
        ("by RS256", sent().client(registered("RS256"))),
        ("by none", sent().client(registered("none"))),
        ("not supported", sent().signed_by("ES999", "k-1")),
        ("FAPI", sent().signed_by("RS256", "k-1").client(|client| client.fapi = true)),
        ("FAPI", sent().signed_by("HS256", SECRET).client(|client| client.fapi = true)),
        ("another purpose", sent().header("typ", "client-authentication+jwt")),
        ("another purpose", sent().header("typ", "application/at+JWT")),
        ("typ must be text", sent().header("typ", 1)),
        ("kid must be text", sent().header("kid", 1)),
        ("alg", sent().header("alg", Value::Null)),
    ] {
        let told = match request.signature.as_str() {
            "" => request.signed_by("HS256", SECRET).by_value().invalid(),
            _ => request.by_value().invalid(),
        };
        assert!(told.contains(why), "{why}: {told}");
    }
    for typ in ["JWT", "oauth-authz-req+jwt", "application/OAUTH-AUTHZ-REQ+JWT"] {
        sent().header("typ", typ).by_value().accepted();
    }
}

#[test]
fn what_is_no_jwt_is_refused() {
    for token in [
        "x",
        "a.b",
        "a.b.c.d",
        "e30.e30.x",
        "e30.e30.e30.e30.e30.e30",
        "=.e30.x",
        "W10.e30.x",
        "e30.W10.x",
        "{}",
    ] {
        sent().outer("request", token).invalid();
    }
    let mut long = sent().outer("request_uri", OBJECT_URI);
    long.there = Some(format!("e30.{}.x", "A".repeat(64 * 1024)));
    assert!(long.invalid().contains("64 KiB"));
    let mut twice = sent().outer("request_uri", OBJECT_URI);
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    twice.there = Some(format!("{}.{}.", part(r#"{"alg":"none"}"#), part(r#"{"state":"a","state":"b"}"#)));
    assert!(twice.invalid().contains("payload"), "a claim that comes twice");
}

#[test]
fn an_encrypted_one_is_opened_once() {
    assert_eq!(sent().encrypted("RSA-OAEP", "A256GCM").by_value().accepted().source, Source::Signed);
    assert_eq!(sent().unsigned().encrypted("dir", "A256GCM").by_value().accepted().source, Source::Unsigned);
    let how = Encryption { alg: "A128KW", enc: "A256GCM", typ: None, cty: None };
    let with_secret = testing::sealed(how, sent().token().as_bytes(), SECRET.as_bytes());
    sent().outer("request", &with_secret).accepted();
    // OpenID Connect Core §6.1: encrypted and not signed.
    let bare = |sent: Sent| {
        let token = testing::sealed(how, sent.claims.to_string().as_bytes(), b"op");
        sent.outer("request", &token)
    };
    assert_eq!(bare(sent()).accepted().source, Source::Unsigned);
    assert!(bare(sent().strict()).invalid().contains("must sign"));
    let foreign = testing::sealed(how, sent().token().as_bytes(), b"another provider");
    assert!(sent().outer("request", &foreign).invalid().contains("cannot be decrypted"));
    let twice = testing::sealed(how, sent().encrypted("dir", "A256GCM").token().as_bytes(), b"op");
    assert!(sent().outer("request", &twice).invalid().contains("encrypted must be"));
    let binary = testing::sealed(how, &[0xff], b"op");
    assert!(sent().outer("request", &binary).invalid().contains("not text"));
    // What it registered says what it may use, not what it must (OpenID Connect Registration §2).
    let registered = |client: &mut Client| {
        client.request_object_encryption_alg = Some("RSA-OAEP".into());
        client.request_object_encryption_enc = Some("A256GCM".into());
    };
    sent().client(registered).by_value().accepted();
    for (alg, enc) in [("RSA-OAEP", "A256GCM"), ("dir", "A256GCM"), ("RSA-OAEP", "A128CBC-HS256")] {
        sent().client(registered).encrypted(alg, enc).by_value().accepted();
    }
}
