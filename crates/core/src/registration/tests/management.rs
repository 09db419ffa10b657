//! RFC 7592 §2: what a client can do with its registration, and with which token.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{bearing, open, register, with};
use crate::change::Change;
use crate::decision::Decision;
use crate::endpoint::Step;
use crate::endpoint::registration::Manage;
use crate::error::{Error, ErrorCode};
use crate::lookup::Facts;
use crate::record::Client;
use crate::testing::World;

fn facts(client: &Arc<Client>) -> Facts {
    Facts::default().with_client(client.clone())
}

/// An update of least metadata with these members over it.
pub(super) fn update(
    world: &World,
    client: &Arc<Client>,
    token: &Value,
    members: Value,
) -> Result<Decision, Error> {
    let id = client.client_id.as_str();
    let mut body = with(members);
    if body.get("client_id").is_none() {
        body["client_id"] = id.into();
    }
    let request = Manage::update(id, &bearing(token), body.to_string().as_bytes())?;
    request.decide(&world.env(), facts(client))
}

#[test]
fn an_update_says_who_it_is_for_and_chooses_nothing_that_the_server_sets() {
    let world = open();
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    let token = &told["registration_access_token"];
    for (members, words) in [
        (json!({"client_id": "another"}), "be the registered one"),
        (json!({"client_id": null}), "be the registered one"),
        (json!({"client_secret": "chosen"}), "it cannot be chosen"),
        (json!({"client_secret_expires_at": 0}), "client_secret_expires_at is set by the server"),
        (json!({"client_id_issued_at": 1}), "client_id_issued_at is set by the server"),
        (json!({"registration_access_token": token}), "registration_access_token is set by the server"),
        (json!({"registration_client_uri": "https://x.example/"}), "registration_client_uri is set by"),
    ] {
        let error = update(&world, &client, token, members.clone()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{members}: {error}");
        assert!(error.description.contains(words) && error.changes.is_empty(), "{members}: {error}");
    }
    update(&world, &client, token, json!({"client_secret": told["client_secret"]})).unwrap();
}

#[test]
fn a_token_is_used_up_by_what_changes_the_registration() {
    let mut world = open();
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    let token = &told["registration_access_token"];
    let used_up = |decision: &Decision| {
        let seen = |change: &&Change| matches!(change, Change::SeeJti { .. });
        decision.changes.iter().filter(seen).count()
    };
    let id = client.client_id.as_str();
    let deleted = Manage::delete(id, &bearing(token)).unwrap().decide(&world.env(), facts(&client)).unwrap();
    assert_eq!((used_up(&deleted), deleted.changes.len()), (1, 2));
    let read = Manage::read(id, &bearing(token)).unwrap().decide(&world.env(), facts(&client)).unwrap();
    assert!(read.changes.is_empty());
    assert_eq!(used_up(&update(&world, &client, token, json!({})).unwrap()), 1);
    world.settings.registration.rotate_tokens = false;
    assert_eq!(used_up(&update(&world, &client, token, json!({})).unwrap()), 0);
}

#[test]
fn only_its_own_token_opens_a_registration() {
    let world = open();
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    let (other, _) = register(&world, &with(json!({}))).unwrap();
    let read = |token: &Value, client: Option<Arc<Client>>| {
        let request = Manage::read(told["client_id"].as_str().unwrap(), &bearing(token))?;
        let facts = client.map_or_else(Facts::default, |client| facts(&client));
        request.decide(&world.env(), facts)
    };
    let token = &told["registration_access_token"];
    read(token, Some(client.clone())).unwrap();
    let mut written: Client = serde_json::from_value(serde_json::to_value(&*client).unwrap()).unwrap();
    written.registered = false;
    for (token, client) in [
        (&other["registration_access_token"], Some(client.clone())),
        (&told["client_secret"], Some(client)),
        (token, None),
        // The operator has taken it over.
        (token, Some(Arc::new(written))),
    ] {
        assert_eq!(read(token, client).unwrap_err().code, ErrorCode::InvalidToken);
    }
}
