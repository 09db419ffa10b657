//! RFC 7591 §3.2.1: what is not offered is left out as long as something is left, and the answer and the log
//! say so.

use serde_json::{Value, json};

use super::{key, open, refused, register, with, with_names};
use crate::endpoint::Step;
use crate::endpoint::registration::Register;
use crate::error::ErrorCode;
use crate::event::kind;
use crate::incoming::Incoming;
use crate::lookup::Facts;
use crate::settings::authentication::Context;
use crate::settings::registration::Mode;
use crate::testing::World;

#[test]
fn what_is_not_offered_is_left_out_and_the_answer_says_what_remains() {
    let mut world = open();
    for (wish, scope) in [
        ("openid magic", "openid"),
        ("magic email", "email"),
        ("openid webid offline_access", "openid offline_access"),
    ] {
        let (told, client) = register(&world, &with(json!({"scope": wish}))).unwrap();
        assert_eq!(
            (&told["scope"], client.scope.as_ref().unwrap().to_string()),
            (&json!(scope), scope.into()),
            "{wish}"
        );
    }
    let wish = json!({"grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]});
    let (told, _) = register(&world, &with(wish)).unwrap();
    assert_eq!(told["grant_types"], json!(["authorization_code"]));
    world.settings.deny_unknown_scopes = true;
    let error = register(&world, &with(json!({"scope": "openid magic"}))).map(|(told, _)| told).unwrap_err();
    assert!(error.description.contains("`scope`: magic is not offered"), "{error}");
}

#[test]
fn what_is_left_out_is_named_for_the_log() {
    let world = open();
    let env = world.env();
    let wish = with(json!({
        "scope": "openid magic", "backchannel_logout_uri": "https://app.example/out", "client_name": "App",
        "grant_types": ["authorization_code", "implicit", "urn:x"], "unknown": true, "frontchannel_logout_session_required": false,
        "response_types": ["code", "magic", "token id_token code", "code id_token token"], "request_uris": ["r"],
        "post_logout_redirect_uri": "https://app.example/bye",
    }));
    let request = Register::parse(&env, &Incoming::default(), wish.to_string().as_bytes()).unwrap();
    let facts = with_names(&request, &env, Facts::default());
    let event = request.decide(&env, facts).unwrap().events.remove(0);
    assert_eq!(*event.what.kind(), kind::CLIENT_REGISTERED);
    let said = event.what.said();
    let [("left_out", missing)] = &said[..] else { panic!("{event:?}") };
    let mut missing: Vec<&str> = missing.as_str().unwrap().split(", ").collect();
    missing.sort_unstable();
    assert_eq!(
        missing,
        [
            "backchannel_logout_uri",
            "grant_types urn:x",
            "request_uris",
            "response_types magic",
            "scope magic",
            "unknown"
        ]
    );
}

#[test]
fn tokens_through_the_browser_and_unsigned_ones_need_the_operators_leave() {
    let mut world = World::new();
    world.settings.registration.mode = Mode::Open;
    for (members, words) in [
        (
            json!({"response_types": ["id_token token"]}),
            "id_token token is not offered to applications that register themselves; choose one of code, none, or ask the operator to allow it by \
             implicit in registration.grant_types",
        ),
        (
            json!({"response_types": ["id_token", "code id_token"]}),
            "`response_types[0]`: id_token is not offered to applications that register themselves",
        ),
        (json!({"grant_types": ["implicit"]}), "ask the operator to allow it by registration.grant_types"),
        (
            json!({"id_token_signed_response_alg": "none"}),
            "or ask the operator to allow it by registration.unsigned",
        ),
        (json!({"userinfo_signed_response_alg": "none"}), "none is not offered"),
    ] {
        let error = register(&world, &with(members.clone())).map(|(told, _)| told).unwrap_err();
        assert!(error.description.contains(words), "{members}: {error}");
    }
    let wish = json!({"grant_types": ["authorization_code", "implicit", "refresh_token"]});
    let (told, _) = register(&world, &with(wish)).unwrap();
    assert_eq!(told["grant_types"], json!(["authorization_code", "refresh_token"]));
}

#[test]
fn lists_are_narrowed_to_what_is_offered_while_something_is_left() {
    let mut world = World::new();
    world.settings.registration.mode = Mode::Open;
    let password = Context::password().acr;
    for (wish, member, got) in [
        (json!({"response_types": ["code", "id_token"]}), "response_types", json!(["code"])),
        (json!({"response_types": ["magic", "id_token code", "code"]}), "response_types", json!(["code"])),
        // By default idpyoidc asks for all of these.
        (
            json!({"response_types": ["code", "id_token", "code id_token"], "grant_types": ["implicit", "authorization_code"]}),
            "grant_types",
            json!(["authorization_code"]),
        ),
        (json!({"default_acr_values": ["magic", password]}), "default_acr_values", json!([password])),
    ] {
        let (told, _) =
            register(&world, &with(wish.clone())).unwrap_or_else(|error| panic!("{wish}: {error}"));
        assert_eq!(told[member], got, "{wish}");
    }
    let error =
        |world: &World, wish: Value| register(world, &with(wish)).map(|_| ()).unwrap_err().description;
    let refused = error(&world, json!({"default_acr_values": ["magic", "other"]}));
    assert!(refused.contains("`default_acr_values[0]`: magic is not offered here"), "{refused}");
    let values = vec!["code".to_owned()];
    world.settings.offer.only("response_types_supported", values);
    world.settings.offer.only("token_endpoint_auth_methods_supported", vec!["private_key_jwt".to_owned()]);
    world.settings.registration.scopes = Some(vec!["openid".to_owned()]);
    world.settings.deny_unknown_scopes = true;
    let jwks = json!({"keys": [key()]});
    for (wish, setting) in [
        (json!({"response_types": ["none"]}), "capabilities.response_types_supported"),
        (json!({}), "capabilities.token_endpoint_auth_methods_supported"),
        (
            json!({"scope": "openid email", "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks}),
            "by registration.scopes",
        ),
    ] {
        let refused = error(&world, wish.clone());
        assert!(refused.contains(setting), "{wish}: {refused}");
    }
}

/// OpenID Connect Registration §2: a web application has no tokens sent to the machine it runs on. idpyoidc
/// lists the response types that need `implicit` by default, and is tried out there.
#[test]
fn the_implicit_grant_is_left_out_where_no_tokens_may_be_sent() {
    let types = json!(["code", "id_token", "code id_token"]);
    let grants = json!(["authorization_code", "implicit", "refresh_token"]);
    let here = json!(["https://127.0.0.1:8090/cb"]);
    let code = || (json!(["code"]), json!(["authorization_code"]));
    let refreshed = || (json!(["code"]), json!(["authorization_code", "refresh_token"]));
    for (wish, (left_types, left_grants)) in [
        (json!({"redirect_uris": here, "response_types": types, "grant_types": grants}), refreshed()),
        (json!({"redirect_uris": here, "response_types": types}), code()),
        (json!({"redirect_uris": here, "grant_types": grants}), refreshed()),
        (
            json!({"redirect_uris": ["https://app.example/cb", "http://localhost/cb"], "response_types": types}),
            code(),
        ),
    ] {
        let (told, client) = register(&open(), &wish).unwrap_or_else(|error| panic!("{wish}: {error}"));
        assert_eq!((&told["response_types"], &told["grant_types"]), (&left_types, &left_grants), "{wish}");
        assert!(!client.allows_grant("implicit"), "{wish}");
    }
    for wish in [
        json!({"redirect_uris": ["https://app.example/cb"], "response_types": types}),
        json!({"redirect_uris": here, "response_types": types, "application_type": "native"}),
    ] {
        let (told, _) = register(&open(), &wish).unwrap_or_else(|error| panic!("{wish}: {error}"));
        assert_eq!(told["response_types"], types, "{wish}");
    }
    for only in [
        json!({"response_types": ["id_token"], "grant_types": ["implicit"]}),
        json!({"response_types": ["id_token", "id_token token"]}),
        json!({"response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"]}),
        json!({"response_types": ["none", "id_token"], "grant_types": ["implicit"]}),
    ] {
        let mut wish = json!({"redirect_uris": here});
        wish.as_object_mut().unwrap().extend(only.as_object().unwrap().clone());
        refused(&wish, ErrorCode::InvalidRedirectUri, "this very machine, which a web application");
    }
}

/// By default idpyoidc publishes its keys at its own address, which is `http://localhost` while it is tried
/// out, and needs them for nothing.
#[test]
fn an_address_of_keys_that_is_never_fetched_is_left_out_unless_they_are_needed() {
    let uri = "http://localhost:8090/static/jwks.json";
    for more in [
        json!({}),
        json!({"token_endpoint_auth_method": "none"}),
        json!({"request_object_signing_alg": "RS256", "token_endpoint_auth_signing_alg": "RS256"}),
        json!({"require_signed_request_object": true, "request_object_signing_alg": "HS256"}),
        json!({"id_token_encrypted_response_alg": "dir"}),
    ] {
        let mut wish = with(json!({"jwks_uri": uri}));
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (told, client) = register(&open(), &wish).unwrap_or_else(|error| panic!("{wish}: {error}"));
        assert_eq!((told.get("jwks_uri"), &client.jwks_uri), (None, &None), "{wish}");
    }
    for more in [
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"id_token_encrypted_response_alg": "RSA-OAEP"}),
        json!({"userinfo_encrypted_response_alg": "ECDH-ES"}),
        json!({"require_signed_request_object": true}),
        json!({"require_signed_request_object": true, "request_object_signing_alg": "RS256"}),
    ] {
        let mut wish = json!({"jwks_uri": uri});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let words = "localhost:8090/static/jwks.json must be an absolute https address";
        refused(&wish, ErrorCode::InvalidClientMetadata, words);
    }
}

/// RFC 9101 §5.2: a request that names such an address is refused in any case.
#[test]
fn request_uris_that_cannot_be_used_are_left_out() {
    let long = format!("https://app.example/{}", "x".repeat(500));
    let good = "https://app.example/request.jwt";
    let bad = ["requests/4f1c", "http://127.0.0.1/r", "urn:x", "https://a b/", &long];
    for bad in bad {
        let wish = with(json!({"request_uris": [bad, good]}));
        let (told, client) = register(&open(), &wish).unwrap_or_else(|error| panic!("{bad}: {error}"));
        assert_eq!(
            (&told["request_uris"], &client.request_uris[..]),
            (&json!([good]), &[good.to_owned()][..])
        );
        let (told, _) = register(&open(), &with(json!({"request_uris": [bad]}))).unwrap();
        assert_eq!(told.get("request_uris"), None, "{bad}");
    }
    refused(
        &json!({"request_uris": [7]}),
        ErrorCode::InvalidClientMetadata,
        "`request_uris[0]`: this must be text",
    );
}
