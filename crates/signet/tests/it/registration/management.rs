//! RFC 7592 §2: applications that look after their registration.

use ::http::{Method, StatusCode};
use serde_json::{Value, json};
use signet::clock::Clock as _;
use signet_certify::ClientAuth;
use signet_certify::assert::Judged as _;

use super::{App, least, open, registered, send, with};
use crate::op::Op;
use crate::outside::StoreKind;

#[tokio::test]
async fn of_updates_at_once_one_is_made_and_the_token_is_replaced_once() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind)).await;
        let app = registered(&op, &least()).await;
        let (one, two) = (app.update("client_name", "One"), app.update("client_name", "Two"));
        let (one, two) =
            tokio::join!(app.ask(&op, Method::PUT, Some(&one)), app.ask(&op, Method::PUT, Some(&two)));
        let (won, lost) = if one.status == StatusCode::OK { (one, two) } else { (two, one) };
        lost.refused("invalid_token");
        let after = App { told: won.json };
        assert_eq!(after.read(&op).await.json["client_name"], after.told["client_name"]);
        app.read(&op).await.refused("invalid_token");
        // An update and a farewell at once: whichever came first, nothing is left half done.
        let update = after.update("client_name", "Three");
        let (updated, gone) =
            tokio::join!(after.ask(&op, Method::PUT, Some(&update)), after.ask(&op, Method::DELETE, None));
        assert_ne!(updated.status == StatusCode::OK, gone.status == StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn tokens_stay_where_the_operator_wants_it_so() {
    let op = Op::with(open().settings(|settings| settings.registration.rotate_tokens = false)).await;
    let app = registered(&op, &least()).await;
    let changed = app.ask(&op, Method::PUT, Some(&app.update("client_name", "Again"))).await;
    assert_eq!(changed.json["registration_access_token"], app.told["registration_access_token"]);
    assert_eq!(app.read(&op).await.json["client_name"], "Again");
}

#[tokio::test]
async fn an_update_replaces_everything() {
    let op = Op::with(open()).await;
    let app = registered(&op, &with("policy_uri", "https://app.example/policy")).await;
    let body = json!({"client_id": app.id(), "redirect_uris": ["https://app.example/new"]});
    let told = app.ask(&op, Method::PUT, Some(&body)).await.json;
    assert_eq!((told.get("policy_uri"), &told["redirect_uris"]), (None, &json!(["https://app.example/new"])));
    assert_eq!(told["client_id_issued_at"], app.told["client_id_issued_at"]);
    // The secret is a hash here, so that only the client can say it; it is the same as before.
    assert_eq!(told.get("client_secret"), None);
    let spec = app.spec().set("redirect_uris", told["redirect_uris"].clone());
    op.party(&spec).authorize("openid").login("diana").consent().signed_in().await;
    op.party(&app.spec()).authorize("openid").error_page("invalid_request").await;
}

#[tokio::test]
async fn a_faulty_update_changes_nothing() {
    let op = Op::with(open()).await;
    let app = registered(&op, &least()).await;
    for (member, value, code, words) in [
        ("client_id", json!("another"), "invalid_request", "client_id"),
        ("client_id", Value::Null, "invalid_request", "client_id"),
        ("client_secret", json!("chosen by myself"), "invalid_request", "client_secret"),
        ("client_secret_expires_at", json!(0), "invalid_request", "set by the server"),
        ("client_id_issued_at", json!(1), "invalid_request", "set by the server"),
        ("registration_access_token", json!("x"), "invalid_request", "set by the server"),
        ("registration_client_uri", json!("x"), "invalid_request", "set by the server"),
        ("redirect_uris", json!(["https://app.example/#"]), "invalid_redirect_uri", "fragment"),
        ("subject_type", json!("magic"), "invalid_client_metadata", "subject_type"),
    ] {
        let refused = app.ask(&op, Method::PUT, Some(&app.update(member, value))).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{member}");
        assert_eq!(refused.json["error"], code, "{member}");
        assert!(refused.json["error_description"].as_str().unwrap().contains(words), "{}", refused.json);
    }
    let mut found = app.read(&op).await.json;
    found["client_secret"] = app.told["client_secret"].clone();
    assert_eq!(found, app.told);
}

#[tokio::test]
async fn a_secret_is_made_and_dropped_as_the_method_needs_it() {
    let op = Op::with(open()).await;
    let app = registered(&op, &with("token_endpoint_auth_method", "none")).await;
    assert_eq!((app.told.get("client_secret"), app.told.get("client_secret_expires_at")), (None, None));
    let post = app
        .ask(&op, Method::PUT, Some(&app.update("token_endpoint_auth_method", "client_secret_post")))
        .await;
    let post = App { told: post.json };
    op.party(&post.spec()).authorize("openid").login("diana").consent().signed_in().await;
    // A method that computes with the secret wants it in clear, and long: there is a new one.
    let jwt = post
        .ask(&op, Method::PUT, Some(&post.update("token_endpoint_auth_method", "client_secret_jwt")))
        .await;
    let jwt = App { told: jwt.json };
    assert_ne!(jwt.text("client_secret"), post.text("client_secret"));
    assert_eq!(jwt.read(&op).await.json["client_secret"], jwt.told["client_secret"]);
    let mut party = op.party(&jwt.spec());
    party.party = party.party.with_auth(ClientAuth::SecretJwt(jwt.text("client_secret").to_owned()));
    party.authorize("openid").signed_in().await;
}

#[tokio::test]
async fn only_whoever_registered_looks_after_a_registration() {
    let op = Op::with(open()).await;
    let (app, other) = (registered(&op, &least()).await, registered(&op, &least()).await);
    let place = app.text("registration_client_uri");
    let unknown = send(
        &op,
        Method::GET,
        &op.url("/register/nobody"),
        Some(app.text("registration_access_token")),
        None,
    )
    .await;
    let wrong = send(&op, Method::GET, place, Some(other.text("registration_access_token")), None).await;
    let operators =
        send(&op, Method::GET, &op.url("/register/web"), Some(app.text("registration_access_token")), None)
            .await;
    let garbage = send(&op, Method::DELETE, place, Some("garbage"), None).await;
    for reply in [&unknown, &wrong, &operators, &garbage] {
        assert_eq!((reply.status, &reply.json), (StatusCode::UNAUTHORIZED, &unknown.json));
        assert_eq!(reply.json["error"], "invalid_token");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let none = send(&op, method, place, None, Some(&least())).await;
        assert_eq!((none.status, none.body.len()), (StatusCode::UNAUTHORIZED, 0));
    }
    assert_eq!(app.read(&op).await.status, StatusCode::OK);
}

#[tokio::test]
async fn secrets_end_as_configured() {
    let op = Op::with(open().settings(|settings| settings.registration.secret_expires_in = 600)).await;
    let app = registered(&op, &least()).await;
    assert_eq!(app.told["client_secret_expires_at"], op.clock.now().0 + 600);
    let signed_in = op.party(&app.spec()).authorize("openid").login("diana").consent().signed_in().await;
    op.advance(600);
    let late = op.party(&app.spec()).introspect(&signed_in.tokens).await.unwrap();
    late.refused("invalid_client");
    assert!(late.json["error_description"].as_str().unwrap().contains("expired"));
    let mut body = app.update("client_name", "Renewed");
    body.as_object_mut().unwrap().remove("client_secret");
    let renewed = App { told: app.ask(&op, Method::PUT, Some(&body)).await.json };
    assert_ne!(renewed.text("client_secret"), app.text("client_secret"));
    op.party(&renewed.spec()).introspect(&signed_in.tokens).await.succeeded();
}
