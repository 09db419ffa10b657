//! One sign-in for every application.

use signet_certify::assert::{Answered as _, Judged as _};
use signet_core::change::Change;
use signet_core::id::ClientId;

use crate::flow::SignedIn;
use crate::op::{Op, World, client};
use crate::outside::StoreKind;

/// Whether its access token is good.
pub(crate) async fn alive(signed_in: &SignedIn) -> bool {
    signed_in.rp.introspect(&signed_in.tokens).await.succeeded().json["active"].as_bool().unwrap()
}

#[tokio::test]
async fn one_sign_in_serves_every_application() {
    let op = Op::with([client("one"), client("two")]).await;
    let one = op.rp("one").signed_in("diana", "openid").await.claims().await;
    op.advance(50);
    let two = op.rp("two").authorize("openid").consent().signed_in().await.claims().await;
    assert_eq!(one["auth_time"], two["auth_time"]);
    assert_eq!(one["sub"], two["sub"]);
    // Two applications cannot tell by it that they serve the same browser.
    assert_ne!(one["sid"], two["sid"]);
}

#[tokio::test]
async fn a_restart_logs_nobody_out() {
    for kind in StoreKind::BOTH {
        let mut op = Op::with(World::of([client("web")]).on(kind)).await;
        let before = op.rp("web").signed_in("diana", "openid offline_access").await;
        let pending = op.rp("web").authorize("openid").code().await;
        let other = op.another_browser();
        let flow = op.rp("web").at(&other).authorize("openid");
        let page = flow.login_page().await;

        op.restart().await;
        let web = op.rp("web");
        let after = web.authorize("openid").prompt("none").signed_in().await;
        assert_eq!(before.claims().await["sub"], after.claims().await["sub"], "{kind:?}");
        web.userinfo(&before.tokens).await.succeeded();
        web.refresh(before.refresh_token()).await.tokens();
        // Mid-flow as well: a code from before, and a page from before.
        web.redeem(&pending).await.tokens();
        let landed = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
        Ok(flow.read(landed).await).code();
    }
}

#[tokio::test]
async fn switching_accounts_ends_the_first() {
    let op = Op::with(client("web")).await;
    let diana = op.rp("web").signed_in("diana", "openid").await;
    let offline = op.rp("web").authorize("openid offline_access").consent().signed_in().await;
    let switched = op.rp("web").authorize("openid").prompt("select_account").press("account-other");
    switched.login("ella").consent().code().await;
    assert!(!alive(&diana).await, "her online grants end with her session");
    assert!(alive(&offline).await);
    op.rp("web")
        .authorize("openid")
        .prompt("none")
        .set("id_token_hint", diana.id_token())
        .refused("login_required")
        .await;
}

#[tokio::test]
async fn signing_in_again_keeps_what_was_granted() {
    let op = Op::with(client("web")).await;
    let first = op.rp("web").signed_in("diana", "openid").await;
    op.rp("web").authorize("openid").prompt("login").login("diana").code().await;
    assert!(alive(&first).await);
}

#[tokio::test]
async fn a_removed_client_ends_its_grants() {
    let op = Op::with(client("web")).await;
    let spec = client("gone");
    let record = std::sync::Arc::new(spec.record());
    op.store().commit(vec![Change::PutClient(record)]).await.unwrap();
    let gone = op.party(&spec);
    let signed_in = gone.signed_in("diana", "openid offline_access").await;
    op.store().commit(vec![Change::DeleteClient(ClientId::from("gone"))]).await.unwrap();
    gone.refresh(signed_in.refresh_token()).await.refused("invalid_client");
    gone.userinfo(&signed_in.tokens).await.refused("invalid_token");
    gone.authorize("openid").error_page("invalid_client").await;
    op.rp("web").authorize("openid").consent().code().await;
}
