//! What a request object says about itself.

use serde_json::{Value, json};

use super::{ISSUER, OBJECT_URI, sent};
use crate::testing::NOW;

#[test]
fn its_claims_are_about_this_client_and_this_server() {
    for (name, good) in [
        ("iss", Value::Null),
        ("client_id", Value::Null),
        ("aud", Value::Null),
        ("aud", json!(["https://other.example", ISSUER])),
        ("sub", json!("diana")),
        ("response_type", Value::Null),
        ("jti", json!("j-1")),
        ("exp", Value::Null),
    ] {
        sent().claim(name, good).by_value().accepted();
    }
    for (name, wrong, why) in [
        ("iss", json!("other"), "iss"),
        ("iss", json!(["web"]), "iss"),
        ("client_id", json!("other"), "client_id"),
        ("aud", json!("https://other.example"), "aud"),
        ("aud", json!("https://op.example/"), "aud"),
        ("aud", json!("https://op.example/authorize"), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!(1), "aud"),
        ("sub", json!("web"), "sub"),
        ("request", json!("e30.e30."), "inside"),
        ("request_uri", json!(OBJECT_URI), "inside"),
        ("response_type", json!("id_token"), "response_type"),
    ] {
        for request in [sent().claim(name, wrong.clone()), sent().unsigned().claim(name, wrong.clone())] {
            let told = request.by_value().invalid();
            assert!(told.contains(why), "{name}: {told}");
        }
    }
    for name in ["iss", "aud", "client_id"] {
        assert!(sent().strict().claim(name, Value::Null).by_value().invalid().contains(name));
    }
    let words = sent().client(|c| c.response_types = Some(vec!["code id_token".into()]));
    let words = words.client(|c| c.grant_types = Some(vec!["authorization_code".into(), "implicit".into()]));
    let words = words.outer("response_type", "code id_token").claim("response_type", "id_token code");
    words.claim("nonce", "n").by_value().accepted();
}

#[test]
fn instants_bear_half_a_minute_of_skew() {
    let at = |name: &str, seconds: i64| sent().claim(name, NOW.0.cast_signed() + seconds).by_value();
    for (name, seconds) in [("exp", -29), ("exp", 900_000), ("nbf", 30), ("nbf", -90_000), ("iat", 30)] {
        at(name, seconds).accepted();
    }
    for (name, seconds) in [("exp", -30), ("nbf", 31), ("iat", 31)] {
        assert!(at(name, seconds).invalid().contains(name), "{name} {seconds}");
    }
    assert!(sent().claim("exp", "soon").by_value().invalid().contains("exp must be"));
}

#[test]
fn for_fapi_it_is_short_lived() {
    let fapi = |begin: i64, end: i64| {
        let now = NOW.0.cast_signed();
        let sent = sent().client(|client| client.fapi = true);
        sent.claim("nbf", now + begin).claim("exp", now + end).by_value()
    };
    fapi(0, 3600).accepted();
    fapi(-3600, -10).accepted();
    fapi(8, 300).accepted();
    for (begin, end) in [(0, 3601), (-3700, 60), (-7200, -10)] {
        assert!(fapi(begin, end).invalid().contains("an hour"), "{begin} {end}");
    }
    for missing in ["exp", "nbf"] {
        let sent = sent().client(|client| client.fapi = true).claim("nbf", NOW.0);
        assert!(sent.claim(missing, Value::Null).by_value().invalid().contains("exp and nbf"), "{missing}");
    }
}
