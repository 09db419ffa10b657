//! RFC 7591 §2.3: software statements, and what is wrong with them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{open, parts, register, register_with, with};
use crate::endpoint::Step;
use crate::endpoint::registration::Register;
use crate::error::ErrorCode;
use crate::incoming::Incoming;
use crate::lookup::{Facts, KeysOfIssuer};
use crate::testing::{NOW, NamedKey};

fn statement(header: &Value, claims: &Value, key: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(&header.to_string()), part(&claims.to_string()), part(key))
}

fn signed(claims: &Value) -> Value {
    with(json!({
        "client_name": "Plain",
        "software_statement": statement(&json!({"alg": "ES256", "kid": "k-1"}), claims, "k-1"),
    }))
}

fn trusted() -> Facts {
    let mut facts = Facts::default();
    for issuer in ["https://r.example", "i"] {
        for kid in [Some("k-1"), None] {
            let asked = KeysOfIssuer { issuer: issuer.into(), kid: kid.map(str::to_owned) };
            facts.answer(asked, Some(Arc::new(NamedKey("k-1"))));
        }
    }
    facts
}

#[test]
fn what_is_vouched_for_goes_before() {
    let claims = json!({"iss": "https://r.example", "aud": ["https://other.example", "https://op.example"], "exp": NOW.0 + 1, "client_name": "Vouched", "software_id": "s-1", "jti": "x"});
    let metadata = signed(&claims);
    let world = open();
    let request =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).unwrap();
    let wanted = KeysOfIssuer { issuer: "https://r.example".into(), kid: Some("k-1".into()) };
    assert_eq!(request.lookup(), [wanted.into()]);
    let (told, client) = parts(register_with(&world, &metadata, &trusted()).unwrap());
    assert_eq!((&told["client_name"], &told["software_id"]), (&json!("Vouched"), &json!("s-1")));
    assert_eq!(told["software_statement"], metadata["software_statement"]);
    assert_eq!(client.extra.get("jti"), None);
}

#[test]
fn an_empty_statement_is_none() {
    let mut world = open();
    let metadata = with(json!({"software_statement": ""}));
    let (told, client) = register(&world, &metadata).unwrap();
    assert!(told.get("software_statement").is_none() && client.software_statement.is_none());
    world.settings.registration.require_software_statement = true;
    assert!(register(&world, &metadata).is_err());
}

#[test]
fn faults_have_codes_of_their_own() {
    let world = open();
    let good = json!({"iss": "https://r.example"});
    let by = |header: Value, key: &str| with(json!({"software_statement": statement(&header, &good, key)}));
    for (metadata, facts, code, words) in [
        (signed(&good), Facts::default(), ErrorCode::UnapprovedSoftwareStatement, "not trusted"),
        (by(json!({"alg": "ES256"}), "k-2"), trusted(), ErrorCode::InvalidSoftwareStatement, "signature"),
        (by(json!({"alg": "none"}), ""), trusted(), ErrorCode::InvalidSoftwareStatement, "alg"),
        (by(json!({"alg": "HS256"}), "k-1"), trusted(), ErrorCode::InvalidSoftwareStatement, "alg"),
        (signed(&json!({})), trusted(), ErrorCode::InvalidSoftwareStatement, "no iss"),
        (
            with(json!({"software_statement": "x.y"})),
            trusted(),
            ErrorCode::InvalidSoftwareStatement,
            "signed JWT",
        ),
        (
            with(json!({"software_statement": 7})),
            trusted(),
            ErrorCode::InvalidSoftwareStatement,
            "signed JWT",
        ),
        // What was vouched for is judged like all else.
        (
            signed(&json!({"iss": "i", "subject_type": "magic"})),
            trusted(),
            ErrorCode::InvalidClientMetadata,
            "magic",
        ),
    ] {
        let error = register_with(&world, &metadata, &facts).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.description.contains(words), "{error}");
    }
}

#[test]
fn a_statement_is_for_us_and_for_now() {
    let world = open();
    let says = |name: &str, value: Value| {
        let mut claims = json!({"iss": "i"});
        claims[name] = value;
        register_with(&world, &signed(&claims), &trusted()).map(drop)
    };
    let at = |seconds: i64| json!(NOW.0.cast_signed() + seconds);
    for (name, good) in [
        ("aud", json!("https://op.example")),
        ("aud", json!("https://op.example/register")),
        ("aud", json!(["https://other.example", "https://op.example"])),
        ("exp", at(-29)),
        ("nbf", at(30)),
        ("iat", at(30)),
    ] {
        says(name, good).unwrap();
    }
    for (name, wrong, words) in [
        ("aud", json!("https://other.example"), "aud"),
        ("aud", json!("https://op.example/"), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!(7), "aud"),
        ("exp", at(-30), "expired"),
        ("exp", json!("x"), "number"),
        ("nbf", at(31), "not valid yet"),
        ("iat", at(31), "future"),
    ] {
        let error = says(name, wrong).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidSoftwareStatement, "{error}");
        assert!(error.description.contains(words), "{error}");
    }
}

#[test]
fn a_statement_may_be_required() {
    let mut world = open();
    world.settings.registration.require_software_statement = true;
    let error = register(&world, &with(json!({}))).map(|(told, _)| told).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidSoftwareStatement);
    register_with(&world, &signed(&json!({"iss": "i"})), &trusted()).unwrap();
}
