//! RFC 7009 §2: tokens that their client gives back.

use signet_certify::ClientAuth;
use signet_certify::assert::Judged as _;

use crate::op::{Op, World, client};
use crate::outside::StoreKind;

#[tokio::test]
async fn an_access_token_falls_alone() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let web = op.rp("web");
        let signed_in = web.signed_in("diana", "openid offline_access").await;
        web.revoke(&signed_in.tokens).await.succeeded();
        web.userinfo(&signed_in.tokens).await.refused("invalid_token");
        web.refresh(signed_in.refresh_token()).await.tokens();
    }
}

#[tokio::test]
async fn a_refresh_token_takes_everything_with_it() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web"), client("spa").public()]).on(kind)).await;
        for id in ["web", "spa"] {
            let rp = op.rp(id).at(&op.another_browser());
            let signed_in = rp.signed_in("diana", "openid offline_access").await;
            let other = rp.authorize("openid offline_access").signed_in().await;
            let next = rp.refresh(signed_in.refresh_token()).await.tokens();
            rp.revoke(next.refresh().unwrap()).await.succeeded();
            rp.userinfo(&signed_in.tokens).await.refused("invalid_token");
            rp.userinfo(&next).await.refused("invalid_token");
            rp.refresh(next.refresh().unwrap()).await.refused("invalid_grant");
            rp.userinfo(&other.tokens).await.succeeded();
        }
    }
}

#[tokio::test]
async fn an_old_generation_speaks_for_its_family() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    let next = web.refresh(signed_in.refresh_token()).await.tokens();
    web.revoke(signed_in.refresh_token()).await.succeeded();
    web.refresh(next.refresh().unwrap()).await.refused("invalid_grant");
}

#[tokio::test]
async fn hints_help_nobody_and_harm_nobody() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    for hint in ["refresh_token", "access_token", "unheard_of"] {
        let params = [("token", signed_in.tokens.access_token.as_str()), ("token_type_hint", hint)];
        web.call("revocation", &params).await.succeeded();
    }
    web.userinfo(&signed_in.tokens).await.refused("invalid_token");
}

/// RFC 7009 §2.2: the body is ignored; but simple-oauth2 and others read every answer as JSON.
#[tokio::test]
async fn an_answer_can_be_read_as_json() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    for token in [signed_in.tokens.access_token.as_str(), signed_in.refresh_token(), "unknown"] {
        let reply = web.revoke(token).await.succeeded();
        assert_eq!((reply.status.as_u16(), reply.body.as_ref()), (200, &b"{}"[..]));
        assert_eq!(reply.header(http::header::CONTENT_TYPE), "application/json");
    }
}

/// RFC 7009 §2.2: what is unknown is as good as revoked.
#[tokio::test]
async fn unknown_tokens_are_fine_already() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    for token in ["x", "a.b.c", "sgr_x", signed_in.code.value.as_str(), signed_in.id_token()] {
        web.revoke(token).await.succeeded();
    }
    web.revoke(&signed_in.tokens).await.succeeded();
    web.revoke(&signed_in.tokens).await.succeeded();
}

#[tokio::test]
async fn only_the_owner_revokes() {
    let op = Op::with([client("web"), client("other"), client("spa").public()]).await;
    let signed_in = op.rp("web").signed_in("diana", "openid offline_access").await;
    for thief in ["other", "spa"] {
        op.rp(thief).revoke(&signed_in.tokens).await.refused("invalid_grant");
        op.rp(thief).revoke(signed_in.refresh_token()).await.refused("invalid_grant");
    }
    for auth in [ClientAuth::None, ClientAuth::Basic("wrong".into())] {
        let mut party = op.rp("web").party.clone();
        party.auth = auth;
        party.revoke(&signed_in.tokens).await.refused("invalid_client");
    }
    op.rp("web").call("revocation", &[]).await.refused("invalid_request");
    op.rp("web").userinfo(&signed_in.tokens).await.succeeded();
    op.rp("web").refresh(signed_in.refresh_token()).await.tokens();
}
