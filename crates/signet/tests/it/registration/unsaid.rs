//! RFC 7591 §2: applications that say too little, or what nobody knows here, work all the same.

use ::http::{Method, StatusCode};
use serde_json::{Value, json};
use signet_certify::assert::Judged as _;

use super::documents::described;
use super::{least, open, registered, with};
use crate::elsewhere::Elsewhere;
use crate::op::{Op, client, issuer};

#[tokio::test]
async fn a_secret_is_sent_either_way_by_who_chose_neither() {
    let op = Op::with(open()).await;
    let app = registered(&op, &least()).await;
    assert_eq!(app.text("token_endpoint_auth_method"), "client_secret_basic");
    op.party(&app.spec()).authorize("openid").login("diana").consent().signed_in().await;
    let by = |method: &str| op.party(&app.spec().set("token_endpoint_auth_method", method));
    by("client_secret_post").authorize("openid").signed_in().await;
    // The application looks after its registration, and sends back what it was told.
    let body = app.update("contacts", vec!["team@app.example"]);
    assert_eq!(app.ask(&op, Method::PUT, Some(&body)).await.status, StatusCode::OK);
    for method in ["client_secret_basic", "client_secret_post"] {
        by(method).authorize("openid").signed_in().await;
    }
}

#[tokio::test]
async fn scopes_of_another_provider_do_no_harm() {
    let op = Op::with(open()).await;
    let app = registered(&op, &with("scope", "claudeai")).await;
    assert!(app.text("scope").split(' ').any(|word| word == "email"), "{}", app.told);
    let signed_in =
        op.party(&app.spec()).authorize("openid email").login("diana").consent().signed_in().await;
    op.party(&app.spec()).userinfo(&signed_in.tokens).await.succeeded();
}

#[tokio::test]
async fn a_document_is_written_for_all_providers() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let id = elsewhere.at("/client.json");
    let document = json!({
        "client_id": id, "scope": "tools", "redirect_uris": ["cursor://app/cb", "https://app.example/cb"],
    });
    elsewhere.put("/client.json", &document);
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    op.party(&spec).authorize("openid").login("diana").consent().signed_in().await;
    assert_eq!(op.log().matches("parts of a metadata document left out").count(), 1);
    assert!(op.log().contains("redirect_uris cursor://app/cb"));
    let ours = format!("{}/cb", issuer());
    for (uri, why) in [
        ("cursor://app/cb", "has the scheme cursor"),
        ("https://app.example/cb?code=1", "has code in its query"),
        (&*ours, "is at the host of this provider"),
    ] {
        let left_out = client(&id).set("redirect_uris", Value::from(vec![uri])).public();
        let page = op.party(&left_out).authorize("openid").error_page("invalid_request").await;
        let due = format!("cannot be registered here: {uri} {why}");
        assert!(page.text().contains(&due), "{due}\n{}", page.text());
    }
}
