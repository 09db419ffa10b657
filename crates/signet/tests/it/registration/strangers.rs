//! RFC 7591 §5: where anybody may register, what strangers can fill.

use ::http::{Request, StatusCode, header};
use bytes::Bytes;
use signet_core::lookup::ClientById;
use tokio::task::JoinSet;

use super::*;

const DAY: u64 = 86_400;

#[tokio::test]
async fn registrations_at_the_same_instant_are_let_in_one_by_one() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind).settings(|settings| settings.registration.per_address = 20)).await;
        op.come_from("192.0.2.7");
        let mut asked = JoinSet::new();
        for _ in 0..60 {
            let (wire, url) = (op.wire.clone(), op.url("/register"));
            asked.spawn(async move {
                let request = Request::post(url).header(header::CONTENT_TYPE, "application/json");
                let request = request.body(Bytes::from(least().to_string())).unwrap();
                wire.send("stranger", request).await.unwrap().status()
            });
        }
        let told = asked.join_all().await;
        let count = |status: StatusCode| told.iter().filter(|told| **told == status).count();
        assert_eq!((count(StatusCode::CREATED), count(StatusCode::TOO_MANY_REQUESTS)), (20, 40), "{told:?}");
    }
}

#[tokio::test]
async fn what_strangers_register_goes_unless_it_is_used() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind).settings(|s| s.registration.unused_for = 3 * DAY)).await;
        let (used, unused) = (registered(&op, &least()).await, registered(&op, &least()).await);
        op.party(&used.spec()).signed_in("diana", "openid").await;
        let there = async |app: &App| {
            let id = app.told["client_id"].as_str().unwrap();
            op.store().ask(ClientById(id.into())).await.unwrap().known().is_some()
        };
        op.advance(3 * DAY - 1);
        op.provider().sweep().await.unwrap();
        assert!(there(&used).await && there(&unused).await);
        op.advance(1);
        op.provider().sweep().await.unwrap();
        assert!(there(&used).await && !there(&unused).await);
        op.party(&used.spec()).authorize("openid").code().await;
    }
}

#[tokio::test]
async fn where_a_registration_stays_it_is_not_counted_down() {
    let op = Op::with(open().settings(|s| s.registration.unused_for = 0)).await;
    let app = registered(&op, &least()).await;
    op.advance(1000 * DAY);
    op.provider().sweep().await.unwrap();
    op.party(&app.spec()).signed_in("diana", "openid").await;
}

#[tokio::test]
async fn a_registration_that_is_replaced_counts_like_a_new_one() {
    let elsewhere = Elsewhere::start().await;
    let world = open().trusting(elsewhere.authority.clone());
    let op = Op::with(world.settings(|settings| settings.registration.per_address = 6)).await;
    op.come_from("192.0.2.7");
    let (app, another) = (registered(&op, &least()).await, registered(&op, &least()).await);
    // Who has not its token takes no room from those who come from the same address.
    let body = app.update("client_name", "Meadow Notes");
    let (place, token) = (app.text("registration_client_uri"), another.text("registration_access_token"));
    for _ in 0..9 {
        let refused = send(&op, Method::PUT, place, Some(token), Some(&body)).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    // Nor does one that only looks.
    for _ in 0..9 {
        assert_eq!(app.read(&op).await.status, StatusCode::OK);
    }
    let wrong = app.update("sector_identifier_uri", elsewhere.at("/nothing.json"));
    for _ in 0..4 {
        assert_eq!(app.ask(&op, Method::PUT, Some(&wrong)).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(elsewhere.asked(), 1, "what failed is not tried again at once");
    for _ in 0..9 {
        op.advance(1);
        assert_eq!(app.ask(&op, Method::PUT, Some(&body)).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(register(&op, &least()).await.status, StatusCode::TOO_MANY_REQUESTS);
    op.come_from("192.0.2.8");
    assert_eq!(app.ask(&op, Method::PUT, Some(&body)).await.status, StatusCode::OK);
}
