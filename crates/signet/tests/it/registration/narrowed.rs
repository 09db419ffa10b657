//! RFC 7591 §3.2.1: an application that lists more than it can have gets the rest, and signs people in with
//! that.

use super::*;

/// What idpyoidc registers by default where it is tried out without TLS.
#[tokio::test]
async fn an_application_on_this_machine_may_publish_keys_that_nobody_needs() {
    let op = Op::with(open()).await;
    let wish = json!({
        "redirect_uris": ["http://localhost:8090/authz_cb/signet"],
        "response_types": ["code", "id_token", "code id_token"],
        "jwks_uri": "http://localhost:8090/static/jwks.json",
        "request_object_signing_alg": "RS256",
    });
    let app = registered(&op, &wish).await;
    assert_eq!((app.told.get("jwks_uri"), &app.told["response_types"]), (None, &json!(["code"])));
    op.party(&app.spec()).authorize("openid").login("diana").consent().code().await;
    op.party(&app.spec()).authorize("openid").code().await;
}

/// OpenID Connect Registration §2: what idpyoidc registers by default, tried out on the developer's machine.
#[tokio::test]
async fn an_application_on_this_machine_gets_codes_where_it_lists_implicit_too() {
    let world = open().settings(|s| s.registration.grant_types.push("implicit".to_owned()));
    let op = Op::with(world).await;
    let mut wish = json!({
        "redirect_uris": ["https://127.0.0.1:8090/authz_cb/signet"],
        "response_types": ["code", "id_token", "code id_token"],
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
    });
    let app = registered(&op, &wish).await;
    assert_eq!(app.told["response_types"], json!(["code"]));
    assert_eq!(app.told["grant_types"], json!(["authorization_code", "refresh_token"]));
    op.party(&app.spec()).authorize("openid").login("diana").consent().code().await;
    let tokens = op.party(&app.spec()).authorize("openid").set("response_type", "id_token");
    tokens.refused("unauthorized_client").await;

    wish["response_types"] = json!(["id_token", "code id_token"]);
    let reply = register(&op, &wish).await;
    reply.refused("invalid_redirect_uri");
    let description = reply.json["error_description"].as_str().unwrap();
    assert!(description.contains("application_type native"), "{description}");
}
