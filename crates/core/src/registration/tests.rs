//! Faulty metadata and what is said about it; metadata in force; secrets.

mod statements;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::change::Change;
use crate::decision::{Decision, Reply};
use crate::endpoint::Incoming;
use crate::endpoint::registration::{Manage, Register};
use crate::error::{Error, ErrorCode};
use crate::lookup::{Expected, Facts, Lookup};
use crate::record::Client;
use crate::registration::Mode;
use crate::testing::{NOW, World};

fn open() -> World {
    let mut world = World::new();
    world.settings.registration.mode = Mode::Open;
    world
}

fn register_with(world: &World, metadata: &Value, facts: &Facts) -> Result<Decision, Error> {
    let env = world.env();
    let request = Register::parse(&env, &Incoming::default(), metadata.to_string().as_bytes())?;
    request.decide(&env, facts)
}

fn register(world: &World, metadata: &Value) -> Result<(Value, Arc<Client>), Error> {
    let decision = register_with(world, metadata, &Facts::default())?;
    Ok(parts(decision))
}

fn parts(decision: Decision) -> (Value, Arc<Client>) {
    let client = decision.changes.iter().find_map(|change| match change {
        Change::PutClient(client, _) => Some(client.clone()),
        _ => None,
    });
    let Reply::Json(told) = decision.reply else { panic!() };
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

#[test]
fn faulty_metadata_is_refused_with_what_to_change() {
    const METADATA: ErrorCode = ErrorCode::InvalidClientMetadata;
    const REDIRECT: ErrorCode = ErrorCode::InvalidRedirectUri;
    let long = format!("https://app.example/{}", "x".repeat(500));
    let implicit = json!({"response_types": ["id_token"], "grant_types": ["implicit"], "redirect_uris": ["https://localhost/cb"]});
    let several = json!(["https://app.example/cb", "https://other.example/cb"]);
    let private = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "eA", "y": "eA", "d": "d"}]});
    let world = open();
    for (members, code, words) in [
        // Where answers go.
        (json!({"redirect_uris": null}), REDIRECT, "redirect_uris is missing"),
        (json!({"redirect_uris": []}), REDIRECT, "redirect_uris is missing"),
        (json!({"redirect_uris": "https://app.example/cb"}), REDIRECT, "must be a list of texts"),
        (json!({"redirect_uris": [7]}), REDIRECT, "must be a list of texts"),
        (json!({"redirect_uris": ["/cb"]}), REDIRECT, "absolute"),
        (json!({"redirect_uris": ["https://app.example/cb#x"]}), REDIRECT, "fragment"),
        (json!({"redirect_uris": ["https://app.example/cb#"]}), REDIRECT, "fragment"),
        (json!({"redirect_uris": ["https://u:p@app.example/cb"]}), REDIRECT, "password"),
        (json!({"redirect_uris": ["https://*.app.example/cb"]}), REDIRECT, "*"),
        (json!({"redirect_uris": ["https:app.example/cb"]}), REDIRECT, "//"),
        (json!({"redirect_uris": ["https://app.example\\@evil.example/"]}), REDIRECT, "backslash"),
        (json!({"redirect_uris": ["https://app.example/a b"]}), REDIRECT, "space"),
        (json!({"redirect_uris": ["javascript:alert(1)"], "application_type": "native"}), REDIRECT, "scheme"),
        (json!({"redirect_uris": ["http://app.example/cb"]}), REDIRECT, "must be https"),
        (json!({"redirect_uris": ["com.example.app:/cb"]}), REDIRECT, "must be https"),
        (
            json!({"redirect_uris": ["myapp:/cb"], "application_type": "native"}),
            REDIRECT,
            "reversed domain name",
        ),
        (
            json!({"redirect_uris": ["http://app.example/cb"], "application_type": "native"}),
            REDIRECT,
            "loopback",
        ),
        (implicit, REDIRECT, "this very machine"),
        (
            json!({"post_logout_redirect_uris": ["https://app.example/#x"]}),
            METADATA,
            "post_logout_redirect_uris: ",
        ),
        (json!({"post_logout_redirect_uris": ["http://app.example/"]}), METADATA, "must be https"),
        (
            json!({"initiate_login_uri": "http://app.example/login"}),
            METADATA,
            "initiate_login_uri must be an absolute https",
        ),
        // Flows.
        (json!({"application_type": "desktop"}), METADATA, "choose one of web, native"),
        (json!({"response_types": ["code magic"]}), METADATA, "code magic is not offered"),
        (json!({"grant_types": ["password"]}), METADATA, "password is not offered"),
        (json!({"grant_types": ["client_credentials"]}), METADATA, "client_credentials is not offered"),
        (
            json!({"grant_types": ["authorization_code", "urn:x"]}),
            METADATA,
            "choose one of authorization_code, refresh_token, implicit",
        ),
        (
            json!({"response_types": ["code id_token"], "grant_types": ["authorization_code"]}),
            METADATA,
            "needs implicit among grant_types",
        ),
        (
            json!({"response_types": ["code"], "grant_types": ["implicit"]}),
            METADATA,
            "needs authorization_code",
        ),
        (json!({"grant_types": ["implicit"]}), METADATA, "response_types must say"),
        (
            json!({"response_types": ["id_token"], "grant_types": ["implicit", "authorization_code"]}),
            METADATA,
            "one with code",
        ),
        (json!({"scope": "openid magic"}), METADATA, "scope: magic is not offered"),
        (json!({"scope": "open\"id"}), METADATA, "character"),
        (json!({"scope": ["openid"]}), METADATA, "scope must be text"),
        // Authentication and keys.
        (json!({"token_endpoint_auth_method": "magic"}), METADATA, "magic is not offered"),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), METADATA, "add jwks or jwks_uri"),
        (json!({"token_endpoint_auth_signing_alg": "none"}), METADATA, "none is not offered"),
        (
            json!({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256"}),
            METADATA,
            "RS256 is not offered",
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "HS256", "jwks": {"keys": [key()]}}),
            METADATA,
            "HS256 is not offered",
        ),
        (
            json!({"jwks": {"keys": [key()]}, "jwks_uri": "https://app.example/jwks"}),
            METADATA,
            "must not come together",
        ),
        (json!({"jwks_uri": "http://app.example/jwks"}), METADATA, "jwks_uri must be an absolute https"),
        (json!({"jwks": []}), METADATA, "JWK Set"),
        (json!({"jwks": {"keys": []}}), METADATA, "1 to 32 keys"),
        (json!({"jwks": {"keys": [{"crv": "P-256"}]}}), METADATA, "key 0 has no kty"),
        (json!({"jwks": {"keys": [key(), {"kty": "RSA", "n": "eA"}]}}), METADATA, "key 1 has no e"),
        (
            json!({"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "e+A="}]}}),
            METADATA,
            "x of key 0 is not base64url",
        ),
        (json!({"jwks": private}), METADATA, "private member d"),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "k"}]}}), METADATA, "private member k"),
        // Algorithms.
        (
            json!({"id_token_signed_response_alg": "HS256", "token_endpoint_auth_method": "none"}),
            METADATA,
            "client secret",
        ),
        (json!({"id_token_signed_response_alg": "XYZ256"}), METADATA, "choose one of RS256, ES256"),
        (json!({"userinfo_signed_response_alg": "XYZ256"}), METADATA, "XYZ256 is not offered"),
        (json!({"introspection_signed_response_alg": 256}), METADATA, "must be text"),
        (json!({"id_token_encrypted_response_alg": "XYZ"}), METADATA, "XYZ is not offered"),
        (json!({"require_signed_request_object": "yes"}), METADATA, "must be true or false"),
        (json!({"request_uris": ["http://app.example/r"]}), METADATA, "absolute https"),
        (json!({"request_uris": [long]}), METADATA, "longer than 512"),
        // Subjects.
        (json!({"subject_type": "magic"}), METADATA, "magic is not offered"),
        (json!({"subject_type": "pairwise", "redirect_uris": several}), METADATA, "sector_identifier_uri"),
        (json!({"sector_identifier_uri": "http://app.example/s"}), METADATA, "absolute https"),
        // The rest.
        (json!({"default_max_age": "3600"}), METADATA, "whole number"),
        (json!({"default_max_age": -1}), METADATA, "whole number"),
        (json!({"require_auth_time": 1}), METADATA, "true or false"),
        (json!({"default_acr_values": ["magic"]}), METADATA, "magic is not offered"),
        (json!({"client_name": "Bank\u{202e}gro.elpmaxe"}), METADATA, "direction of writing"),
        (json!({"client_name": "x".repeat(101)}), METADATA, "1 to 100 characters"),
        (json!({"client_name": "Ba\u{200b}nk"}), METADATA, "that people can see"),
        (json!({"client_name": "\u{3164}\u{feff}"}), METADATA, "that people can see"),
        (json!({"client_name": "\u{200d}\u{200c}"}), METADATA, "that people can see"),
        (json!({"client_name": "\u{61c}Bank"}), METADATA, "direction of writing"),
        (json!({"client_name": "Bank\u{2028}of"}), METADATA, "direction of writing"),
        (json!({"logo_uri": "https://x;sandbox/l"}), METADATA, "logo_uri must be an absolute web address"),
        (json!({"client_name#de": "two\nlines"}), METADATA, "client_name#de"),
        (json!({"client_name#d\u{e9}": "x"}), METADATA, "language tag"),
        (json!({"logo_uri": "data:image/png;base64,AA"}), METADATA, "web address"),
        (json!({"policy_uri#nl": "javascript:alert(1)"}), METADATA, "policy_uri#nl"),
        (json!({"contacts": "team@app.example"}), METADATA, "list of texts"),
        (json!({"software_id": true}), METADATA, "software_id must be text"),
        (
            json!({"client_uri": format!("https://app.example/{}", "x".repeat(2048))}),
            METADATA,
            "longer than 2048",
        ),
        (json!({"contacts": vec!["a"; 101]}), METADATA, "more than 100 entries"),
    ] {
        let error = register(&world, &with(members.clone())).map(|(told, _)| told).unwrap_err();
        assert_eq!((error.code, error.code.status()), (code, 400), "{members}: {error}");
        assert!(error.description.contains(words), "{members}: {error}");
        assert!(error.changes.is_empty());
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
}

#[test]
fn addresses_of_programs_on_the_device_are_taken() {
    for (uri, kind) in [
        ("com.example.app:/cb", "native"),
        ("http://127.0.0.1/cb", "native"),
        ("http://[::1]:80/cb", "native"),
        ("http://localhost/cb", "native"),
        ("https://app.example/claimed", "native"),
        ("http://localhost:3000/cb", "web"),
        ("https://app.example/cb?x=1", "web"),
    ] {
        let metadata =
            json!({"redirect_uris": [uri], "application_type": kind, "token_endpoint_auth_method": "none"});
        let (told, client) = register(&open(), &metadata).unwrap();
        assert_eq!(told["redirect_uris"], json!([uri]));
        assert!(
            client.is_public()
                && told.get("client_secret").is_none()
                && told.get("client_secret_expires_at").is_none()
        );
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
fn scopes_may_be_narrowed_by_the_operator() {
    let mut world = open();
    world.settings.registration.scopes = Some(vec!["email".into(), "openid".into()]);
    let (told, _) = register(&world, &with(json!({}))).unwrap();
    assert_eq!(told["scope"], "email openid");
    let error =
        register(&world, &with(json!({"scope": "openid profile"}))).map(|(told, _)| told).unwrap_err();
    assert!(
        error.description.contains("profile is not offered here; choose one of email, openid"),
        "{error}"
    );
}

#[test]
fn a_secret_is_kept_in_clear_only_to_compute_with_it() {
    let world = open();
    let (told, hashed) = register(&world, &with(json!({}))).unwrap();
    assert!(hashed.client_secret.is_none() && hashed.client_secret_hash.is_some());
    assert!(super::secret::is(&hashed, told["client_secret"].as_str().unwrap()));
    assert!(!super::secret::is(&hashed, "another"));
    let (told, clear) =
        register(&world, &with(json!({"token_endpoint_auth_method": "client_secret_jwt"}))).unwrap();
    let secret = told["client_secret"].as_str().unwrap();
    assert!(secret.len() >= 64 && clear.client_secret.as_ref().unwrap().matches(secret));
    assert!(clear.client_secret_hash.is_none());
}

#[test]
fn secrets_may_have_an_end() {
    let mut world = open();
    world.settings.registration.secret_expires_in = 3600;
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    assert_eq!(told["client_secret_expires_at"], NOW.0 + 3600);
    // An update keeps it while it holds, and renews it after that.
    let update = |world: &World, client: &Arc<Client>, token: &Value| {
        let env = world.env();
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        let incoming = Incoming { authorization: Some(bearer), ..Incoming::default() };
        let body = with(json!({"client_id": client.client_id.as_str()}));
        let request =
            Manage::update(client.client_id.as_str(), &incoming, body.to_string().as_bytes()).unwrap();
        let facts = Facts { client: Some(client.clone()), ..Facts::default() };
        parts(request.decide(&env, &facts).unwrap())
    };
    world.now = NOW.plus(3599);
    let (kept, after) = update(&world, &client, &told["registration_access_token"]);
    assert_eq!((kept.get("client_secret"), &kept["client_secret_expires_at"]), (None, &json!(NOW.0 + 3600)));
    assert_eq!(after.client_secret_hash, client.client_secret_hash);
    world.now = NOW.plus(3600);
    let (renewed, after) = update(&world, &after, &kept["registration_access_token"]);
    assert_eq!(renewed["client_secret_expires_at"], NOW.0 + 7200);
    assert!(super::secret::is(&after, renewed["client_secret"].as_str().unwrap()));
    assert_ne!(renewed["client_secret"], told["client_secret"]);
}

#[test]
fn the_list_of_a_sector_must_name_every_redirect_uri() {
    let world = open();
    let metadata = with(json!({"sector_identifier_uri": "https://sector.example/uris"}));
    let request =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).unwrap();
    let wanted =
        Lookup::Fetch { url: "https://sector.example/uris".into(), what: Expected::SectorIdentifier };
    assert_eq!(request.follow_up(&world.env(), &Facts::default()), [wanted]);
    let fetched = |fetched: Result<&str, &str>| Facts {
        fetched: Some(fetched.map(Arc::from).map_err(str::to_owned)),
        ..Facts::default()
    };
    register_with(&world, &metadata, &fetched(Ok(r#"["https://b.example/", "https://app.example/cb"]"#)))
        .unwrap();
    for (facts, words) in [
        (
            fetched(Ok(r#"["https://app.example/other"]"#)),
            "https://app.example/cb does not stand in the list",
        ),
        (fetched(Ok(r#"{"uris": []}"#)), "JSON list"),
        (fetched(Ok("<html>")), "JSON list"),
        (fetched(Err("the host took too long")), "cannot be fetched"),
    ] {
        let error = register_with(&world, &metadata, &facts).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClientMetadata);
        assert!(error.description.contains(words) && !error.description.contains("took too long"), "{error}");
    }
}

#[test]
fn nobody_makes_signet_fetch_who_may_not_register() {
    let mut world = open();
    let metadata = with(json!({"sector_identifier_uri": "https://sector.example/uris", "scope": "magic"}));
    let request =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).unwrap();
    assert_eq!(request.follow_up(&world.env(), &Facts::default()), []);
    world.settings.registration.mode = Mode::Token;
    let metadata = with(json!({"sector_identifier_uri": "https://sector.example/uris"}));
    let none =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).map(|_| ());
    assert_eq!(none.unwrap_err().code, ErrorCode::MissingToken);
    let wrong = crate::handle::Handle::mint(&world.env(), crate::handle::Kind::InitialAccess, 7).encode();
    let incoming = Incoming { authorization: Some(format!("Bearer {wrong}")), ..Incoming::default() };
    let request = Register::parse(&world.env(), &incoming, metadata.to_string().as_bytes()).unwrap();
    assert_eq!(request.follow_up(&world.env(), &Facts::default()), []);
    assert_eq!(request.decide(&world.env(), &Facts::default()).unwrap_err().code, ErrorCode::InvalidToken);
}
