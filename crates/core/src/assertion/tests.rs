use super::*;
use crate::error::ErrorCode;
use crate::testing::{self, Asserting, NOW, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

fn registered() -> Client {
    let mut client = Client::new("web");
    client.token_endpoint_auth_method = Some("private_key_jwt".into());
    client
}

fn good() -> Asserting {
    Asserting::key("k-1")
}

#[track_caller]
fn accepted(asserting: &Asserting) {
    asserting.authenticate(Some(registered())).unwrap();
}

/// The refusal, which is the same for a client that does not exist.
#[track_caller]
fn refused(asserting: &Asserting) -> String {
    let error = asserting.authenticate(Some(registered())).unwrap_err();
    let unknown = asserting.authenticate(None).unwrap_err();
    assert_eq!((error.code, error.code.status()), (ErrorCode::InvalidClient, 401));
    assert_eq!((unknown.code, &unknown.description), (error.code, &error.description));
    assert!(error.changes.is_empty());
    error.description.into_owned()
}

#[test]
fn the_type_is_the_one_of_rfc_7523() {
    for (name, value) in
        [("client_assertion_type", ""), ("client_assertion_type", "jwt-bearer"), ("client_assertion", "")]
    {
        refused(&good().param(name, value));
    }
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    assert!(refused(&good().param("client_assertion_type", saml)).ends_with(TYPE));
}

#[test]
fn the_example_of_rfc_7523_has_the_right_shape() {
    // RFC 7523 §2.2 and §4, with an exp of our time and the jti that OpenID Connect Core §9 asks for.
    let example = good()
        .header("typ", Value::Null)
        .header("kid", "22")
        .claim("iss", "web")
        .claim("exp", NOW.0 + 600)
        .claim("nbf", NOW.0 - 1)
        .claim("http://claims.example.com/member", true);
    accepted(&example);
    accepted(&example.param("client_id", "web"));
}

#[test]
fn what_is_no_jwt_is_refused() {
    let long = format!("e30.{}.AA", "A".repeat(MAX_TOKEN));
    for token in ["x", "a.b", "a.b.c", "e30.e30.AA", "e30.e30.e30.AA", "W10.e30.AA", "=.e30.AA", &long] {
        let error = refused(&good().param("client_assertion", token));
        assert!(error.starts_with("client_assertion: it"), "{token:.20}: {error}");
    }
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let (header, claims) = (r#"{"alg":"ES256","kid":"k-1"}"#, r#"{"iss":"web","sub":"web"}"#);
    for (header, claims) in [
        (r#"{"alg":"ES256","alg":"ES256","kid":"k-1"}"#, claims),
        (header, r#"{"iss":"web","sub":"web","sub":"web"}"#),
    ] {
        let token = format!("{}.{}.{}", part(header), part(claims), part("k-1"));
        let error = refused(&good().param("client_assertion", &token));
        assert!(error.contains("no member twice"), "{error}");
    }
    for alg in [Value::Null, json!(1), json!(""), json!("none")] {
        assert!(refused(&good().header("alg", alg)).contains("(alg)"));
    }
    assert!(refused(&good().header("kid", 1)).contains("kid"));
}

#[test]
fn issuer_and_subject_are_the_client() {
    for claim in ["iss", "sub"] {
        for wrong in [Value::Null, json!("other"), json!(""), json!(["web"])] {
            assert!(refused(&good().claim(claim, wrong)).contains("client_id"), "{claim}");
        }
    }
    assert!(refused(&good().param("client_id", "other")).contains("another client"));
}

#[test]
fn the_audience_is_one_of_our_names() {
    let (token, revoke) = ("https://op.example/token", "https://op.example/revoke");
    let issuer = "https://op.example";
    for aud in [json!(issuer), json!(token), json!(revoke), json!([issuer]), json!([issuer, token])] {
        accepted(&good().claim("aud", aud));
    }
    for aud in [
        Value::Null,
        json!([]),
        json!("https://op.example/"),
        json!("https://other.example/token"),
        json!(["https://rs.example", token]),
        json!([issuer, "https://rs.example"]),
        json!([1]),
        json!({}),
    ] {
        assert!(refused(&good().claim("aud", aud)).contains("aud must be"));
    }
}

#[test]
fn instants_bear_half_a_minute_of_skew() {
    let at = |name: &str, seconds: i64| good().claim(name, NOW.0.cast_signed() + seconds);
    for (name, seconds) in
        [("exp", -29), ("exp", 3630), ("nbf", 30), ("iat", 30), ("iat", -9000), ("nbf", -9000)]
    {
        accepted(&at(name, seconds));
    }
    for (name, seconds) in [("exp", -30), ("exp", 3631), ("nbf", 31), ("iat", 31)] {
        assert!(refused(&at(name, seconds)).contains(name), "{name} {seconds}");
    }
    accepted(&good().claim("exp", NOW.0.cast_signed() as f64 + 0.5));
    for wrong in [json!("1800000060"), json!(1e300), json!(true), json!(u64::MAX)] {
        assert!(refused(&good().claim("exp", wrong)).contains("exp"));
    }
    assert!(refused(&good().claim("exp", Value::Null)).contains("exp is missing"));
    accepted(&good().claim("iat", Value::Null));
}

#[test]
fn it_is_used_once() {
    for wrong in [Value::Null, json!(7), json!(""), json!("j".repeat(MAX_JTI + 1))] {
        assert!(refused(&good().claim("jti", wrong)).contains("jti"));
    }
    let (_, changes) = good().authenticate(Some(registered())).unwrap();
    let [Change::SeeJti { issuer, jti, expires_at }] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!((issuer.as_str(), jti.as_str(), *expires_at), ("web", "j-1", NOW.plus(60 + SKEW)));
    let mut replayed = good();
    replayed.seen = true;
    let error = replayed.authenticate(Some(registered())).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
    assert!(error.description.contains("used before"));
}

#[test]
fn it_is_remembered_exactly_as_long_as_it_would_be_taken() {
    let incoming = good().incoming();
    let assertion = Assertion::read(&incoming, |_| true).unwrap().unwrap();
    let mut world = World::new();
    let changes = assertion.accept(&world.env(), Some(&registered()), &Facts::default(), Ok(())).unwrap();
    let [Change::SeeJti { expires_at, .. }] = &changes[..] else { panic!("{changes:?}") };
    world.now = expires_at.minus(1);
    assert!(assertion.judge(&world.env()).is_ok() && !expires_at.expired_at(world.now));
    world.now = *expires_at;
    assert!(assertion.judge(&world.env()).is_err() && expires_at.expired_at(world.now));
}

#[test]
fn a_token_for_another_purpose_is_refused() {
    for typ in ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+JWT"] {
        accepted(&good().header("typ", typ));
    }
    for typ in ["at+jwt", "dpop+jwt", "application/oauth-authz-req+jwt"] {
        assert!(refused(&good().header("typ", typ)).contains("another purpose"), "{typ}");
    }
    assert!(refused(&good().header("typ", 1)).contains("typ"));
}

#[test]
fn the_registered_algorithm_is_the_only_one() {
    let mut client = registered();
    client.token_endpoint_auth_signing_alg = Some("PS256".into());
    let error = good().authenticate(Some(client)).unwrap_err();
    assert_eq!(
        error.description,
        "this client is registered to sign its assertions by PS256, but this one is signed by ES256"
    );
    let mut client = registered();
    client.token_endpoint_auth_signing_alg = Some("ES256".into());
    good().authenticate(Some(client)).unwrap();
}

#[test]
fn clients_marked_for_fapi_name_the_issuer_alone() {
    let strict = |asserting: &Asserting| {
        let mut client = registered();
        client.fapi = true;
        asserting.authenticate(Some(client)).map_err(|error| error.description)
    };
    strict(&good()).unwrap();
    strict(&good().claim("aud", json!(["https://op.example"]))).unwrap();
    for aud in [json!("https://op.example/token"), json!(["https://op.example", "https://op.example/token"])]
    {
        assert!(strict(&good().claim("aud", aud)).unwrap_err().contains("nothing else"));
    }
    assert!(strict(&good().header("alg", "RS256")).unwrap_err().contains("PS256, ES256"));
}

#[test]
fn two_proofs_at_once_are_an_invalid_request() {
    let both = good().param("client_id", "web").param("client_secret", testing::SECRET);
    let error = both.authenticate(Some(testing::client("web"))).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
    assert!(error.description.contains("client_secret_post and by private_key_jwt"));
}
