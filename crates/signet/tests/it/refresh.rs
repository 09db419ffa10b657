//! RFC 6749 §6, OpenID Connect Core §12, RFC 9700 §4.14.2: refreshing, rotation, and what tells a thief.

use serde_json::json;
use signet_certify::Reply;
use signet_certify::assert::Judged as _;

use crate::flow::Rp;
use crate::op::{Op, World, client};
use crate::outside::StoreKind;

async fn narrowed(rp: &Rp, token: &str, scope: &str) -> Reply {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
    rp.token_request(&form).await.unwrap()
}

#[tokio::test]
async fn a_chain_of_refreshes_continues_the_sign_in() {
    for kind in StoreKind::BOTH {
        let op = Op::with(
            World::of([client("web"), client("es").set("id_token_signed_response_alg", "ES256")]).on(kind),
        )
        .await;
        for id in ["web", "es"] {
            let rp = op.rp(id);
            let browser = op.another_browser();
            let signed_in = rp.clone().at(&browser).signed_in("diana", "openid email offline_access").await;
            let before = signed_in.claims().await;
            let mut tokens = signed_in.tokens;
            for _ in 0..4 {
                op.advance(3000);
                let next = rp.refresh(tokens.refresh().unwrap()).await.tokens();
                assert_ne!(next.access_token, tokens.access_token);
                assert_ne!(next.refresh_token, tokens.refresh_token);
                assert_eq!(next.scope.as_deref(), Some("openid email offline_access"));
                let claims = rp.refreshed_claims(&before, &next).await.unwrap();
                assert!(claims["iat"].as_u64() > before["iat"].as_u64());
                assert!(claims.get("nonce").is_none());
                rp.userinfo(&next).await.succeeded();
                tokens = next;
            }
        }
    }
}

#[tokio::test]
async fn only_offline_access_or_the_operator_gives_refresh_tokens() {
    let op = Op::with([client("web"), client("bound").set("refresh_without_offline_access", true)]).await;
    assert!(op.rp("web").signed_in("diana", "openid").await.tokens.refresh_token.is_none());
    let bound = op.rp("bound").authorize("openid").consent().signed_in().await;
    op.rp("bound").refresh(bound.refresh_token()).await.tokens();
}

/// The answer was lost on the way: its own client may ask again, for a while, and gets the same successor.
#[tokio::test]
async fn a_repeated_refresh_gets_the_same_successor() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let web = op.rp("web");
        let first = web.signed_in("diana", "openid offline_access").await.tokens;
        let first = first.refresh().unwrap();
        let second = web.refresh(first).await.tokens();
        op.advance(9);
        let again = web.refresh(first).await.tokens();
        assert_eq!(second.refresh_token, again.refresh_token);
        web.userinfo(&second).await.succeeded();
        web.userinfo(&again).await.succeeded();
        let third = web.refresh(second.refresh().unwrap()).await.tokens();
        assert_ne!(third.refresh_token, second.refresh_token);
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_too_old_tells_a_thief() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let web = op.rp("web");
        // After the grace.
        let first = web.signed_in("diana", "openid offline_access").await.tokens;
        let second = web.refresh(first.refresh().unwrap()).await.tokens();
        op.advance(10);
        let reply = web.refresh(first.refresh().unwrap()).await.refused("invalid_grant");
        assert!(reply.json["error_description"].as_str().unwrap().contains("used before"));
        web.refresh(second.refresh().unwrap()).await.refused("invalid_grant");
        web.userinfo(&second).await.refused("invalid_token");
        // Two generations back, even within the grace.
        let first = web.authorize("openid offline_access").signed_in().await.tokens;
        let second = web.refresh(first.refresh().unwrap()).await.tokens();
        let third = web.refresh(second.refresh().unwrap()).await.tokens();
        web.refresh(first.refresh().unwrap()).await.refused("invalid_grant");
        web.refresh(third.refresh().unwrap()).await.refused("invalid_grant");
        web.userinfo(&third).await.refused("invalid_token");
    }
}

#[tokio::test]
async fn a_refresh_token_is_its_own_clients() {
    let op = Op::with([client("web"), client("other"), client("spa").public()]).await;
    let signed_in = op.rp("web").signed_in("diana", "openid offline_access").await;
    for thief in ["other", "spa"] {
        let reply = op.rp(thief).refresh(signed_in.refresh_token()).await.refused("invalid_grant");
        assert!(reply.json["error_description"].as_str().unwrap().contains("another client"));
    }
    // That does not harm its owner.
    op.rp("web").refresh(signed_in.refresh_token()).await.tokens();
}

#[tokio::test]
async fn a_refresh_narrows_but_never_widens() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid email phone offline_access").await;
    let token = signed_in.refresh_token();
    narrowed(&web, token, "openid profile").await.refused("invalid_scope");
    narrowed(&web, token, "openid unheard-of").await.refused("invalid_scope");
    let narrow = narrowed(&web, token, "openid email").await.tokens();
    assert_eq!(narrow.scope.as_deref(), Some("openid email"));
    let info = web.userinfo(&narrow).await.succeeded().json;
    assert!(info.get("email").is_some() && info.get("phone_number").is_none(), "{info}");
    let about = web.introspect(&narrow).await.succeeded().json;
    assert_eq!(about["scope"], "openid email");
    // Without openid there is no ID token.
    let bare = narrowed(&web, narrow.refresh().unwrap(), "email").await.tokens();
    assert!(bare.id_token.is_none());
    // RFC 6749 §6: the refresh token itself keeps the scope of the grant.
    let wide = web.refresh(bare.refresh().unwrap()).await.tokens();
    assert_eq!(wide.scope.as_deref(), Some("openid email phone offline_access"));
}

#[tokio::test]
async fn a_refresh_token_ends_when_it_is_not_used() {
    let own = client("own").set("lifetimes", json!({"refresh_token": 50}));
    let world = World::of([client("web"), own]).settings(|settings| settings.lifetimes.refresh_token = 1000);
    let op = Op::with(world).await;
    let web = op.rp("web");
    let mut token = web.signed_in("diana", "openid offline_access").await.refresh_token().to_owned();
    for _ in 0..3 {
        op.advance(999);
        token = web.refresh(&token).await.tokens().refresh().unwrap().to_owned();
    }
    op.advance(1000);
    let reply = web.refresh(&token).await.refused("invalid_grant");
    assert!(reply.json["error_description"].as_str().unwrap().contains("expired"));
    let own = op.rp("own").authorize("openid offline_access").consent().signed_in().await;
    op.advance(50);
    op.rp("own").refresh(own.refresh_token()).await.refused("invalid_grant");
}

#[tokio::test]
async fn offline_access_outlives_the_session_and_the_sweeper() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let web = op.rp("web");
        let mut tokens = web.signed_in("diana", "openid offline_access").await.tokens;
        let first = tokens.refresh().unwrap().to_owned();
        for _ in 0..3 {
            op.advance(20 * 86_400);
            while op.provider().sweep().await.unwrap() {}
            tokens = web.refresh(tokens.refresh().unwrap()).await.tokens();
        }
        web.userinfo(&tokens).await.succeeded();
        // A replay after all that time is still seen as one.
        web.refresh(&first).await.refused("invalid_grant");
        web.refresh(tokens.refresh().unwrap()).await.refused("invalid_grant");
    }
}

#[tokio::test]
async fn a_forged_refresh_token_is_unknown() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    let token = signed_in.refresh_token();
    for at in [4, 10, 20, 40, 62] {
        let mut forged = token.to_owned();
        let other = if &forged[at..=at] == "A" { "B" } else { "A" };
        forged.replace_range(at..=at, other);
        web.refresh(&forged).await.refused("invalid_grant");
    }
    for other in [signed_in.tokens.access_token.as_str(), signed_in.code.value.as_str(), "x"] {
        web.refresh(other).await.refused("invalid_grant");
    }
    web.refresh(token).await.tokens();
}

/// The manual of oidc-op: `grant_config.expires_in`.
#[tokio::test]
async fn what_one_answer_leads_to_ends_where_the_operator_wants_it_so() {
    let world = World::of([client("web")]).settings(|settings| settings.lifetimes.grant = 5000);
    let op = Op::with(world).await;
    let signed_in = op.rp("web").signed_in("diana", "openid offline_access").await;
    op.advance(4000);
    let refreshed = op.rp("web").refresh(signed_in.refresh_token()).await.tokens();
    // An access token does not hold beyond what it comes from.
    assert_eq!(refreshed.expires_in, Some(1000));
    op.advance(1000);
    op.rp("web").userinfo(&refreshed).await.refused("invalid_token");
    op.rp("web").refresh(refreshed.refresh_token.as_ref().unwrap()).await.refused("invalid_grant");
}
