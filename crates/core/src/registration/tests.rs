//! Faulty metadata and what is said about it; metadata in force.

mod addresses;
mod defaults;
mod management;
mod narrowed;
mod secrets;
mod sectors;
mod statements;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::change::Change;
use crate::decision::Decision;
use crate::endpoint::Step;
use crate::endpoint::registration::Register;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::incoming::Incoming;
use crate::lookup::{Facts, Lookup};
use crate::record::Client;
use crate::reply::Contents;
use crate::settings::registration::Mode;
use crate::testing::{NOW, World, with_header};

fn open() -> World {
    let mut world = World::new();
    world.settings.registration.mode = Mode::Open;
    // All that there is can be had here; the defaults have a test of their own.
    world.settings.registration.grant_types =
        ["authorization_code", "implicit", "refresh_token"].map(String::from).into();
    world.settings.registration.unsigned = true;
    world
}

fn register_with(world: &World, metadata: &Value, facts: &Facts) -> Result<Decision, Error> {
    let env = world.env();
    let request = Register::parse(&env, &Incoming::default(), metadata.to_string().as_bytes())?;
    request.decide(&env, with_names(&request, &env, facts.clone()))
}

/// Nobody in the store is called like it.
fn with_names(step: &dyn Step, env: &Env<'_>, facts: Facts) -> Facts {
    let asked = step.follow_up(env, &facts).into_iter();
    asked.fold(facts, |facts, lookup| match lookup {
        Lookup::Titles(titles) => facts.with(titles, Vec::new()),
        _ => facts,
    })
}

fn register(world: &World, metadata: &Value) -> Result<(Value, Arc<Client>), Error> {
    let decision = register_with(world, metadata, &Facts::default())?;
    Ok(parts(decision))
}

fn parts(decision: Decision) -> (Value, Arc<Client>) {
    let client = decision.changes.iter().find_map(|change| match change {
        Change::PutClient(client) => Some(client.clone()),
        _ => None,
    });
    let Contents::Json(told) = decision.reply.body else { panic!() };
    (told, client.unwrap())
}

/// Good metadata with other members over it.
fn with(members: Value) -> Value {
    let mut metadata = json!({"redirect_uris": ["https://app.example/cb"]});
    for (name, value) in members.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    metadata
}

fn key() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": "eA", "y": "eA"})
}

/// What comes with a registration access token.
fn bearing(token: &Value) -> Incoming {
    with_header(Incoming::default(), "authorization", &format!("Bearer {}", token.as_str().unwrap()))
}

/// Refuses least metadata with these members over it.
#[track_caller]
fn refused(members: &Value, code: ErrorCode, words: &str) {
    let error = register(&open(), &with(members.clone())).map(|(told, _)| told).unwrap_err();
    assert_eq!((error.code, error.code.status()), (code, 400), "{members}: {error}");
    assert!(error.description.contains(words), "{members}: {error}");
    assert!(error.changes.is_empty());
}

/// RFC 8252 §7.3: only a client without a secret, or a native one, is answered at the usual port of loopback.
#[test]
fn an_address_is_judged_by_the_method_that_the_client_gets() {
    let uris = json!(["http://127.0.0.1:80/cb"]);
    let method = |method: &str| json!({"redirect_uris": uris, "token_endpoint_auth_method": method});
    for members in [json!({"redirect_uris": uris}), method("client_secret_basic")] {
        refused(&members, ErrorCode::InvalidRedirectUri, "write http://127.0.0.1/cb");
    }
    for members in [method("none"), json!({"redirect_uris": uris, "application_type": "native"})] {
        register(&open(), &with(members)).unwrap();
    }
}

#[test]
fn faulty_metadata_is_refused_with_what_to_change() {
    let several = json!(["https://app.example/cb", "https://other.example/cb"]);
    let for_use = |purpose: &str| json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "eA", "y": "eA", "use": purpose}]});
    let private = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "eA", "y": "eA", "d": "d"}]});
    for (members, words) in [
        // Flows.
        (json!({"application_type": "desktop"}), "choose one of web, native"),
        (json!({"response_types": ["code magic"]}), "code magic is not offered"),
        (json!({"grant_types": ["password"]}), "password is not offered"),
        (json!({"grant_types": ["client_credentials"]}), "client_credentials is not offered"),
        (json!({"grant_types": ["urn:x"]}), "choose one of authorization_code, refresh_token, implicit"),
        (
            json!({"response_types": ["code id_token"], "grant_types": ["authorization_code"]}),
            "needs implicit among grant_types",
        ),
        (json!({"response_types": ["code"], "grant_types": ["implicit"]}), "needs authorization_code"),
        (json!({"grant_types": ["implicit"]}), "response_types must say"),
        (
            json!({"response_types": ["id_token"], "grant_types": ["implicit", "authorization_code"]}),
            "one with code",
        ),
        (json!({"scope": "open\"id"}), "character"),
        (json!({"scope": ["openid"]}), "this must be text, but it is a list"),
        // Authentication and keys.
        (json!({"token_endpoint_auth_method": "magic"}), "magic is not offered"),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), "add jwks or jwks_uri"),
        (json!({"token_endpoint_auth_signing_alg": "none"}), "none is not offered"),
        (
            json!({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256"}),
            "RS256 is not offered",
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "HS256", "jwks": {"keys": [key()]}}),
            "HS256 is not offered",
        ),
        (
            json!({"jwks": {"keys": [key()]}, "jwks_uri": "https://app.example/jwks"}),
            "must not come together",
        ),
        (
            json!({"jwks_uri": "http://app.example/jwks", "token_endpoint_auth_method": "private_key_jwt"}),
            "must be an absolute https",
        ),
        (json!({"jwks_uri": "ftp://app.example/jwks"}), "must be an absolute https"),
        (json!({"jwks": []}), "JWK Set"),
        (json!({"jwks": {"keys": []}}), "1 to 32 keys"),
        (json!({"jwks": {"keys": [{"crv": "P-256"}]}}), "key 0 has no kty"),
        (json!({"jwks": {"keys": [key(), {"kty": "RSA", "n": "eA"}]}}), "key 1 has no e"),
        (
            json!({"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "e+A="}]}}),
            "x of key 0 is not base64url",
        ),
        (json!({"jwks": private}), "private member d"),
        // A key by value that is for something else.
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": for_use("enc")}),
            "`jwks`: private_key_jwt needs one of the client's public keys, and none of those in jwks can be",
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256", "jwks": for_use("enc")}),
            "private_key_jwt by ES256 needs one",
        ),
        (
            json!({"id_token_encrypted_response_alg": "RSA-OAEP", "jwks": for_use("sig")}),
            "`id_token_encrypted_response_alg`: RSA-OAEP needs one",
        ),
        (
            json!({"userinfo_encrypted_response_alg": "ECDH-ES", "jwks": for_use("sig")}),
            "kty, crv, use, key_ops and alg allow it",
        ),
        (
            json!({"request_object_signing_alg": "ES256", "jwks": for_use("enc")}),
            "`request_object_signing_alg`: ES256 needs one",
        ),
        (
            json!({"require_signed_request_object": true, "jwks": for_use("enc")}),
            "`require_signed_request_object`: a signed request object needs one",
        ),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "k"}]}}), "private member k"),
        // Algorithms.
        (
            json!({"id_token_signed_response_alg": "HS256", "token_endpoint_auth_method": "none"}),
            "client secret",
        ),
        (json!({"id_token_signed_response_alg": "XYZ256"}), "choose one of RS256, ES256"),
        (json!({"userinfo_signed_response_alg": "XYZ256"}), "XYZ256 is not offered"),
        (json!({"introspection_signed_response_alg": 256}), "must be text"),
        (json!({"id_token_encrypted_response_alg": "XYZ"}), "XYZ is not offered"),
        (
            json!({"id_token_signed_response_alg": "none", "response_types": ["id_token"]}),
            "from the token endpoint alone",
        ),
        (json!({"id_token_encrypted_response_alg": "RSA-OAEP"}), "needs the client's public keys"),
        (json!({"userinfo_encrypted_response_enc": "A256GCM"}), "needs userinfo_encrypted_response_alg"),
        (json!({"request_object_encryption_enc": "A256GCM"}), "needs request_object_encryption_alg"),
        (
            json!({"require_signed_request_object": true, "request_object_signing_alg": "none"}),
            "none contradicts require_signed_request_object",
        ),
        (json!({"require_signed_request_object": "yes"}), "must be true or false"),
        // Subjects.
        (json!({"subject_type": "magic"}), "magic is not offered"),
        (json!({"subject_type": "pairwise", "redirect_uris": several}), "sector_identifier_uri"),
        (json!({"sector_identifier_uri": "http://app.example/s"}), "absolute https"),
        // The rest.
        (json!({"default_max_age": "3600"}), "whole number"),
        (json!({"default_max_age": -1}), "whole number"),
        (json!({"default_max_age": 60.5}), "whole number"),
        (json!({"default_max_age": 1e30}), "whole number"),
        (json!({"require_auth_time": 1}), "true or false"),
        (json!({"default_acr_values": ["magic"]}), "magic is not offered"),
        (json!({"client_name": "Bank\u{202e}gro.elpmaxe"}), "direction of writing"),
        (json!({"client_name": "x".repeat(101)}), "1 to 100 characters"),
        (json!({"client_name": "Ba\u{200b}nk"}), "that people can see"),
        (json!({"client_name": "\u{3164}\u{feff}"}), "that people can see"),
        (json!({"client_name": "\u{200d}\u{200c}"}), "that people can see"),
        (json!({"client_name": "\u{61c}Bank"}), "direction of writing"),
        (json!({"client_name": "Bank\u{2028}of"}), "direction of writing"),
        (json!({"logo_uri": "https://x;sandbox/l"}), "names a host with characters that no host has"),
        (json!({"client_name#de": "two\nlines"}), "client_name#de"),
        (json!({"client_name#d\u{e9}": "x"}), "language tag"),
        (json!({"logo_uri": "data:image/png;base64,AA"}), "has a scheme that a browser would run"),
        (json!({"policy_uri#nl": "javascript:alert(1)"}), "policy_uri#nl"),
        (json!({"contacts": "team@app.example"}), "list of texts"),
        (json!({"software_id": true}), "`software_id`: this must be text"),
        (json!({"client_uri": format!("https://app.example/{}", "x".repeat(2048))}), "longer than 2048"),
        (json!({"contacts": vec!["a"; 101]}), "more than 100 entries"),
    ] {
        refused(&members, ErrorCode::InvalidClientMetadata, words);
    }
}

#[test]
fn a_body_is_one_object_without_repeats() {
    let world = open();
    let env = world.env();
    let twice = r#"{"redirect_uris": ["https://a.example/"], "redirect_uris": ["https://b.example/"]}"#;
    let long = format!(r#"{{"client_name": "{}"}}"#, "x".repeat(64 * 1024));
    for bad in [twice, "", "[]", "{", "null", "\"x\"", &long] {
        let Err(error) = Register::parse(&env, &Incoming::default(), bad.as_bytes()) else { panic!("{bad}") };
        assert_eq!(error.code, ErrorCode::InvalidClientMetadata, "{bad}");
    }
}

/// RFC 8259 §6: languages without whole numbers write them so.
#[test]
fn a_whole_number_may_have_a_fraction_of_nothing() {
    let (registered, _) = register(&open(), &with(json!({"default_max_age": 60.0}))).unwrap();
    assert_eq!(registered["default_max_age"].to_string(), "60");
}

#[test]
fn a_single_address_after_sign_out_is_taken_as_a_list_of_one() {
    let single = with(json!({"post_logout_redirect_uri": "https://app.example/out"}));
    let (told, client) = register(&open(), &single).unwrap();
    assert_eq!(client.post_logout_redirect_uris, ["https://app.example/out"]);
    assert_eq!(told["post_logout_redirect_uris"], json!(["https://app.example/out"]));
}

#[test]
fn what_is_left_out_is_told_with_the_value_in_force() {
    let (told, client) = register(&open(), &with(json!({"tos_uri": "", "jwks": null}))).unwrap();
    for (member, value) in [
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("response_types", json!(["code"])),
        ("grant_types", json!(["authorization_code"])),
        ("application_type", json!("web")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("require_auth_time", json!(false)),
        ("client_secret_expires_at", json!(0)),
        ("client_id_issued_at", json!(NOW.0)),
        ("tos_uri", Value::Null),
        ("jwks", Value::Null),
        ("scope", Value::Null),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    assert!(client.registered && !client.skip_consent && !client.may_introspect);
    assert_eq!(told["registration_client_uri"], format!("https://op.example/register/{}", client.client_id));
}

#[test]
fn grant_types_follow_from_response_types_where_nothing_is_said() {
    for (response_types, grant_types) in [
        (json!(["code"]), json!(["authorization_code"])),
        (json!(["id_token token"]), json!(["implicit"])),
        (json!(["token id_token", "code id_token"]), json!(["implicit", "authorization_code"])),
        (json!(["code", "none"]), json!(["authorization_code"])),
    ] {
        let (told, _) = register(&open(), &with(json!({"response_types": response_types}))).unwrap();
        assert_eq!(told["grant_types"], grant_types, "{response_types}");
    }
    let (told, _) = register(&open(), &with(json!({"response_types": ["token id_token"]}))).unwrap();
    assert_eq!(told["response_types"], json!(["id_token token"]));
    let code = json!([["authorization_code"], ["code"]]);
    for (grants, types) in
        [(json!([]), json!([])), (json!([]), code[1].clone()), (code[0].clone(), json!([]))]
    {
        let wish = json!({"grant_types": grants, "response_types": types});
        let (told, _) = register(&open(), &with(wish)).unwrap();
        assert_eq!(json!([told["grant_types"], told["response_types"]]), code, "an empty list is no wish");
    }
}

#[test]
fn a_client_without_people_needs_the_operators_leave() {
    let mut world = open();
    world.settings.registration.grant_types = vec!["client_credentials".into()];
    let job = json!({"grant_types": ["client_credentials"], "scope": "openid"});
    let (told, _) = register(&world, &job).unwrap();
    assert_eq!((&told["response_types"], &told["scope"]), (&json!([]), &json!("openid")));
    let mut public = job.clone();
    public["token_endpoint_auth_method"] = "none".into();
    let error = register(&world, &public).map(|(told, _)| told).unwrap_err();
    assert!(error.description.contains("for clients that authenticate"), "{error}");
}

#[test]
fn protection_that_is_not_given_is_refused_by_name() {
    for (member, value) in [
        ("dpop_bound_access_tokens", json!(true)),
        ("require_pushed_authorization_requests", json!(true)),
        ("tls_client_certificate_bound_access_tokens", json!(true)),
        ("authorization_signed_response_alg", json!("RS256")),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        // By their names, whatever specification they are of.
        ("require_signed_answers", json!(true)),
        ("mtls_bound_access_tokens", json!(true)),
        ("verified_claims_signed_response_alg", json!("ES256")),
        ("verified_claims_encrypted_response_alg", json!("RSA-OAEP-256")),
    ] {
        refused(&json!({member: value}), ErrorCode::InvalidClientMetadata, member);
    }
    for member in
        ["dpop_bound_access_tokens", "require_pushed_authorization_requests", "require_signed_answers"]
    {
        let (told, _) = register(&open(), &with(json!({member: false}))).unwrap();
        assert_eq!(told.get(member), None);
    }
}

#[test]
fn scopes_may_be_narrowed_by_the_operator() {
    let mut world = open();
    world.settings.registration.scopes = Some(vec!["email".into(), "openid".into()]);
    let (told, _) = register(&world, &with(json!({}))).unwrap();
    assert_eq!(told["scope"], "email openid");
    let (told, _) = register(&world, &with(json!({"scope": "openid profile"}))).unwrap();
    assert_eq!(told["scope"], "openid");
    let (told, _) = register(&world, &with(json!({"scope": "profile"}))).unwrap();
    assert_eq!(told["scope"], "email openid");
}

#[test]
fn scopes_of_a_resource_are_for_strangers_only_where_it_is_open_to_them() {
    use crate::settings::resources::{OpenTo, Resource};
    let mut world = open();
    let mut add = |word: &str, open_to| {
        world.settings.scopes.insert(word.into(), crate::settings::ScopeMeaning::default());
        world.settings.resources.push(Resource {
            identifier: format!("https://{word}.example"),
            scopes: vec![word.into()],
            open_to,
            ..Resource::default()
        });
    };
    add("ours", OpenTo::Clients(vec!["web".into()]));
    add("theirs", OpenTo::Registered);
    for (allowed, wish, scope) in [
        (None, json!("openid ours theirs"), json!("openid theirs")),
        (None, json!("ours"), json!("address email offline_access openid phone profile theirs")),
        (None, Value::Null, Value::Null),
        (Some(["openid", "ours", "theirs"]), Value::Null, json!("openid theirs")),
    ] {
        world.settings.registration.scopes = allowed.map(|words| words.map(String::from).into());
        let (told, _) = register(&world, &with(json!({"scope": wish}))).unwrap();
        assert_eq!(told["scope"], scope, "{wish}");
    }
    let listed = crate::discovery::metadata(&world.settings, world.env().jose);
    let listed = listed["scopes_supported"].as_array().unwrap();
    assert!(listed.contains(&json!("theirs")) && !listed.contains(&json!("ours")), "{listed:?}");
}
