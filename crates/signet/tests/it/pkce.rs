//! RFC 7636 §4.3 and §4.4, RFC 9700 §2.1.1: who must send a code challenge, and which.

use signet_certify::rp::Pkce;

use crate::op::{Op, World, client};

#[tokio::test]
async fn pkce_is_a_must_for_some_and_holds_for_all() {
    let op = Op::with([
        client("web"),
        client("spa").public(),
        client("strict").set("require_pkce", true),
        client("lax").public().set("require_pkce", false),
    ])
    .await;
    op.rp("web").authorize("openid").pkce(Pkce::None).login("diana").consent().signed_in().await;
    op.rp("spa").authorize("openid").consent().signed_in().await;
    for id in ["spa", "strict", "lax"] {
        op.rp(id).authorize("openid").pkce(Pkce::None).refused("invalid_request").await;
    }
    let everybody = World::of([client("web")]).settings(|settings| settings.pkce_required = true);
    let op = Op::with(everybody).await;
    op.rp("web").authorize("openid").pkce(Pkce::None).refused("invalid_request").await;
}

#[tokio::test]
async fn plain_pkce_works_where_it_is_configured_only() {
    let world = World::of([client("spa").public()]).settings(|settings| settings.dangerous.pkce_plain = true);
    let op = Op::with(world).await;
    let spa = op.rp("spa");
    spa.authorize("openid").pkce(Pkce::Plain).login("diana").consent().signed_in().await;
    // RFC 7636 §4.3: without a method it is plain.
    spa.authorize("openid").pkce(Pkce::Plain).without("code_challenge_method").signed_in().await;
    let op = Op::with(client("spa").public()).await;
    op.rp("spa").authorize("openid").pkce(Pkce::Plain).refused("invalid_request").await;
}

#[tokio::test]
async fn public_clients_go_without_pkce_where_it_is_configured_only() {
    let world = World::of([client("spa").public(), client("strict").public().set("require_pkce", true)])
        .settings(|settings| settings.dangerous.public_clients_without_pkce = true);
    let op = Op::with(world).await;
    let spa = op.rp("spa").authorize("openid").pkce(Pkce::None).login("diana").consent().signed_in().await;
    assert_eq!(spa.claims().await["aud"], "spa");
    op.rp("spa").authorize("openid").signed_in().await;
    op.rp("strict").authorize("openid").pkce(Pkce::None).refused("invalid_request").await;
}
