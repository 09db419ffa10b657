//! RFC 7591 §3.2.1: secrets: in which form they are stored, and when they expire.

use std::sync::Arc;

use serde_json::{Value, json};

use super::management::update;
use super::{open, parts, register, with};
use crate::record::Client;
use crate::registration::secret;
use crate::secret::Secret;
use crate::testing::{NOW, World};
use crate::time::Timestamp;

#[test]
fn a_secret_is_kept_in_clear_only_to_compute_with_it() {
    let world = open();
    let (told, hashed) = register(&world, &with(json!({}))).unwrap();
    assert!(hashed.client_secret.is_none() && hashed.client_secret_hash.is_some());
    assert!(secret::is(&hashed, told["client_secret"].as_str().unwrap()));
    assert!(!secret::is(&hashed, "another"));
    let (told, clear) =
        register(&world, &with(json!({"token_endpoint_auth_method": "client_secret_jwt"}))).unwrap();
    let made = told["client_secret"].as_str().unwrap();
    assert!(made.len() >= 64 && clear.client_secret.as_ref().unwrap().matches(made));
    assert!(clear.client_secret_hash.is_none());
}

/// An update that is made.
fn updated(world: &World, client: &Arc<Client>, token: &Value, members: Value) -> (Value, Arc<Client>) {
    parts(update(world, client, token, members).unwrap())
}

#[test]
fn a_secret_that_is_too_short_to_compute_with_is_renewed() {
    let world = open();
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    let had = told["client_secret"].as_str().unwrap();
    let token = &told["registration_access_token"];
    let jwt = json!({"client_secret": had, "token_endpoint_auth_method": "client_secret_jwt"});
    let (told, long) = updated(&world, &client, token, jwt);
    let made = told["client_secret"].as_str().unwrap();
    assert!(made != had && made.len() >= 64 && long.client_secret.as_ref().unwrap().matches(made));
    // The long one will do for everything.
    let post = json!({"token_endpoint_auth_method": "client_secret_post"});
    let (told, hashed) = updated(&world, &long, &told["registration_access_token"], post);
    assert_eq!(told["client_secret"], made);
    assert!(hashed.client_secret.is_none() && secret::is(&hashed, made));
}

#[test]
fn secrets_may_have_an_end() {
    let mut world = open();
    world.settings.registration.secret_expires_in = 3600;
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    assert_eq!(told["client_secret_expires_at"], NOW.0 + 3600);
    // An update keeps it while it holds, and renews it after that.
    let update =
        |world: &World, client: &Arc<Client>, token: &Value| updated(world, client, token, json!({}));
    world.now = NOW.plus(3599);
    let (kept, after) = update(&world, &client, &told["registration_access_token"]);
    assert_eq!((kept.get("client_secret"), &kept["client_secret_expires_at"]), (None, &json!(NOW.0 + 3600)));
    assert_eq!(after.client_secret_hash, client.client_secret_hash);
    world.now = NOW.plus(3600);
    let (renewed, after) = update(&world, &after, &kept["registration_access_token"]);
    assert_eq!(renewed["client_secret_expires_at"], NOW.0 + 7200);
    assert!(secret::is(&after, renewed["client_secret"].as_str().unwrap()));
    assert_ne!(renewed["client_secret"], told["client_secret"]);
}

/// RFC 7592 §2.2: a client may say which secret it has, and that is the one that it was given last.
#[test]
fn an_update_leaves_the_previous_secret_as_it_is() {
    let world = open();
    for method in ["client_secret_basic", "client_secret_jwt"] {
        let auth = json!({"token_endpoint_auth_method": method});
        let (told, client) = register(&world, &with(auth.clone())).unwrap();
        let token = &told["registration_access_token"];
        let old = told["client_secret"].as_str().unwrap();
        let mut rotated = client.duplicate().unwrap();
        let made = Secret::new(format!("{old}-new"));
        rotated.retire_secret(NOW.plus(60));
        rotated.client_secret_expires_at = Timestamp::NEVER;
        rotated.client_secret = Some(made.duplicate());
        let rotated = Arc::new(rotated);
        let (told, after) = updated(&world, &rotated, token, auth.clone());
        assert_eq!(told["client_secret"], made.expose().as_str());
        assert!(secret::is(&after, made.expose()), "{method}");
        let [_, previous] = after.kept_secrets();
        assert_eq!(previous.digest(), client.kept_secrets()[0].digest(), "{method}");
        assert_eq!(previous.expires_at, NOW.plus(60));
        assert!(!told.to_string().contains("previous"), "{told}");
        let mut named = auth;
        named["client_secret"] = old.into();
        let refused = update(&world, &rotated, token, named).map(|_| ()).unwrap_err();
        assert!(refused.description.contains("it cannot be chosen"), "{refused}");
    }
}

#[test]
fn a_secret_that_is_renewed_takes_the_previous_one_along() {
    let world = open();
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    let mut rotated = client.duplicate().unwrap();
    rotated.retire_secret(NOW.plus(60));
    rotated.client_secret_hash = Some("00".repeat(32));
    let auth = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/jwks"});
    for members in [json!({"token_endpoint_auth_method": "client_secret_jwt"}), auth] {
        let copy = Arc::new(rotated.duplicate().unwrap());
        let (_, after) = updated(&world, &copy, &told["registration_access_token"], members);
        assert!(!after.has_previous_secret());
    }
}
