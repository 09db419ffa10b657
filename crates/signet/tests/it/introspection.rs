//! RFC 7662 §2: what a token stands for, told to those who may know.

use serde_json::json;
use signet_certify::ClientAuth;
use signet_certify::assert::Judged as _;

use crate::op::{Op, client, issuer};

#[tokio::test]
async fn an_active_token_is_described() {
    let op =
        Op::with([client("web"), client("jwt").client_secret_post().set("access_token_format", "jwt")]).await;
    for id in ["web", "jwt"] {
        let rp = op.rp(id).at(&op.another_browser());
        let signed_in = rp.signed_in("diana", "openid email offline_access").await;
        let claims = signed_in.claims().await;
        let now = rp.wire().now();
        let about = rp.introspect(&signed_in.tokens).await.succeeded();
        assert_eq!(
            about.json,
            json!({
                "active": true, "token_type": "Bearer", "scope": "openid email offline_access", "client_id": id,
                "sub": claims["sub"], "iss": issuer(), "aud": issuer(), "iat": now,
                "exp": now + 3600, "auth_time": claims["auth_time"], "acr": claims["acr"],
            })
        );
        let refresh = rp.introspect(signed_in.refresh_token()).await.succeeded().json;
        assert_eq!((&refresh["active"], refresh.get("token_type")), (&json!(true), None));
    }
}

#[tokio::test]
async fn everything_else_is_just_not_active() {
    let op = Op::with([client("web"), client("other")]).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    let inactive = json!({"active": false});
    for token in ["x", &signed_in.code.value, signed_in.id_token(), "sga_", "a.b.c", "é\u{1F600}"] {
        assert_eq!(web.introspect(token).await.succeeded().json, inactive, "{token}");
    }
    // Another client's tokens are none of its business.
    assert_eq!(op.rp("other").introspect(&signed_in.tokens).await.succeeded().json, inactive);
    assert_eq!(op.rp("other").introspect(signed_in.refresh_token()).await.succeeded().json, inactive);
    web.revoke(&signed_in.tokens).await.succeeded();
    assert_eq!(web.introspect(&signed_in.tokens).await.succeeded().json, inactive);
    let next = web.refresh(signed_in.refresh_token()).await.tokens();
    assert_eq!(web.introspect(signed_in.refresh_token()).await.succeeded().json, inactive);
    op.advance(3600);
    assert_eq!(web.introspect(&next).await.succeeded().json, inactive);
}

#[tokio::test]
async fn a_resource_server_asks_about_tokens_meant_for_it() {
    let op = Op::with([
        client("web").set("access_token_audience", json!(["api"])),
        client("api"),
        client("gateway").set("may_introspect", true),
        client("stranger"),
    ])
    .await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    for (asker, active) in [("api", true), ("gateway", true), ("stranger", false)] {
        let about = op.rp(asker).introspect(&signed_in.tokens).await.succeeded().json;
        assert_eq!(about["active"], active, "{asker}");
    }
}

#[tokio::test]
async fn askers_prove_who_they_are() {
    let web = client("web").set("token_endpoint_auth_method", "client_secret_basic");
    let op = Op::with([web, client("spa").public()]).await;
    let token = op.rp("web").signed_in("diana", "openid").await.tokens;
    op.rp("spa").introspect(&token).await.refused("invalid_client");
    for auth in
        [ClientAuth::None, ClientAuth::Basic("wrong".into()), ClientAuth::Post(crate::op::SECRET.into())]
    {
        let mut party = op.rp("web").party.clone();
        party.auth = auth;
        party.introspect(&token).await.refused("invalid_client");
    }
    op.rp("web").call("introspection", &[]).await.refused("invalid_request");
    op.rp("web").call("introspection", &[("token", "a"), ("token", "b")]).await.refused("invalid_request");
}
