//! RFC 7591 §2: what a client gets that does not say, or says nothing that is known here.

use serde_json::{Value, json};

use super::management::update;
use super::{open, parts, register, with};
use crate::record::Client;
use crate::registration::document;
use crate::scope::Scope;
use crate::testing::World;

const METHODS: &str = "token_endpoint_auth_methods_supported";

fn offering(methods: &[&str]) -> World {
    let mut world = open();
    world.settings.offer.only(METHODS, methods.iter().map(|name| (*name).to_owned()).collect());
    world
}

#[test]
fn scopes_that_nobody_knows_here_are_no_wish() {
    let mut world = open();
    let all = Scope::from_words(world.settings.scopes.keys().map(String::as_str)).to_string();
    // RFC 7592 §2.2: an empty member is one that is not there. The answer says nothing of scopes either: some
    // applications take those that they did not ask for as an error.
    for nothing in [json!({}), json!({"scope": ""}), json!({"scope": "  "}), json!({"scope": null})] {
        let (told, client) = register(&world, &with(nothing.clone())).unwrap();
        assert_eq!((told.get("scope"), &client.scope), (None, &None), "{nothing}");
    }
    let (told, client) = register(&world, &with(json!({"scope": "claudeai"}))).unwrap();
    assert_eq!(told["scope"], json!(all));
    assert_eq!(client.scope.as_ref().unwrap().to_string(), all);
    world.settings.registration.scopes = Some(vec!["openid".into(), "email".into()]);
    let (told, _) = register(&world, &with(json!({"scope": "claudeai phone"}))).unwrap();
    let (unsaid, _) = register(&world, &with(json!({}))).unwrap();
    assert_eq!((&told["scope"], &unsaid["scope"]), (&json!("email openid"), &json!("email openid")));
}

#[test]
fn a_secret_may_be_sent_either_way_unless_one_was_chosen() {
    let both = ["client_secret_basic", "client_secret_post"];
    let world = open();
    let (told, client) = register(&world, &with(json!({}))).unwrap();
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client.auth_methods(), both);
    let token = &told["registration_access_token"];
    // It sends back what it was told (RFC 7592 §2.2), or leaves it out again.
    for members in [json!({"token_endpoint_auth_method": "client_secret_basic"}), json!({})] {
        let (again, client) = parts(update(&world, &client, token, members).unwrap());
        assert_eq!(again["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(client.auth_methods(), both);
    }
    let chosen = |method: &str| json!({"token_endpoint_auth_method": method});
    let (_, chooses) = parts(update(&world, &client, token, chosen("client_secret_post")).unwrap());
    assert_eq!(chooses.auth_methods(), ["client_secret_post"]);
    for method in both {
        let (told, client) = register(&world, &with(chosen(method))).unwrap();
        assert_eq!(client.auth_methods(), [method]);
        let token = &told["registration_access_token"];
        let (_, client) = parts(update(&world, &client, token, chosen(method)).unwrap());
        assert_eq!(client.auth_methods(), [method]);
    }
}

#[test]
fn who_says_no_method_gets_one_that_is_offered() {
    let keys = json!({"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "eA"}]}});
    for (offered, members, methods) in [
        (vec!["client_secret_post", "none"], json!({}), vec!["client_secret_post"]),
        (vec!["private_key_jwt", "client_secret_basic"], json!({}), vec!["client_secret_basic"]),
        (vec!["client_secret_jwt", "none"], json!({}), vec!["client_secret_jwt"]),
        (vec!["private_key_jwt", "none"], keys, vec!["private_key_jwt"]),
    ] {
        let (told, client) = register(&offering(&offered), &with(members)).unwrap();
        assert_eq!(client.auth_methods(), methods, "{offered:?}");
        assert_eq!(told["token_endpoint_auth_method"], methods[0]);
        assert_eq!(told.get("client_secret").is_some(), methods[0].starts_with("client_secret_"));
    }
    // Nobody is made public unasked.
    let error = register(&offering(&["private_key_jwt", "none"]), &with(json!({}))).map(|(told, _)| told);
    let error = error.unwrap_err();
    assert!(error.description.contains("choose one of private_key_jwt, none"), "{error}");
}

#[test]
fn a_name_that_is_right_elsewhere_is_not_taken_for_a_misspelt_one() {
    for (members, words) in [
        (json!({"id_token_signed_response_alg": "PS256"}), "PS256 is not offered here; choose one of "),
        (json!({"token_endpoint_auth_method": "client_secret_pots"}), "did you mean \"client_secret_post\"?"),
        (json!({"id_token_signed_response_alg": "SE256"}), "did you mean \"ES256\"?"),
    ] {
        let error = register(&open(), &with(members)).map(|(told, _)| told).unwrap_err();
        assert!(error.description.contains(words), "{error}");
    }
    let error = register(
        &offering(&["client_secret_basic", "none"]),
        &with(json!({"token_endpoint_auth_method": "client_secret_post"})),
    );
    let error = error.map(|(told, _)| told).unwrap_err();
    assert!(error.description.contains("choose one of client_secret_basic, none, or ask"), "{error}");
}

const ID: &str = "https://app.example/client.json";

fn described(world: &World, members: Value) -> Result<(Client, Vec<String>), String> {
    let mut document = with(members);
    document["client_id"] = ID.into();
    let text = document.to_string();
    let client = document::read(&world.env(), &ID.into(), &text).map_err(|error| error.to_string())?;
    let left_out = document::left_out(&text, &client);
    Ok((client, left_out))
}

#[test]
fn a_document_is_good_for_the_addresses_that_can_be_used() {
    let (client, left_out) = described(
        &open(),
        json!({
            "redirect_uris": ["cursor://app/cb", "http://127.0.0.1/cb", "http://app.example/cb", "https://app.example/cb#x"],
            "post_logout_redirect_uris": ["cursor://app/out"],
        }),
    )
    .unwrap();
    assert_eq!(client.redirect_uris, ["http://127.0.0.1/cb"]);
    assert!(client.post_logout_redirect_uris.is_empty());
    assert_eq!(
        left_out,
        [
            "redirect_uris cursor://app/cb",
            "redirect_uris http://app.example/cb",
            "redirect_uris https://app.example/cb#x",
            "post_logout_redirect_uris"
        ]
    );
    let error = described(&open(), json!({"redirect_uris": ["cursor://app/cb"]})).unwrap_err();
    assert!(error.contains("`redirect_uris[0]`: cursor://app/cb has the scheme cursor"), "{error}");
    // Who registers here is told so.
    let both = json!({"redirect_uris": ["cursor://app/cb", "http://127.0.0.1/cb"]});
    assert!(register(&open(), &with(both)).is_err());
}

#[test]
fn a_document_has_no_place_for_secrets_whatever_is_offered() {
    let basic = json!({"token_endpoint_auth_method": "client_secret_basic"});
    let error = described(&offering(&["none", "private_key_jwt"]), basic).unwrap_err();
    assert!(error.contains("choose one of private_key_jwt, none"), "{error}");
    assert!(!error.contains("ask the operator"), "{error}");
}
