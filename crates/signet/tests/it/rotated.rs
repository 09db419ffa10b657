//! RFC 6749 §2.3.1: a client gets another secret while its instances still use the one before.

use http::Request;
use serde_json::json;
use signet::admin::{Act, clients};
use signet::clock::{Clock as _, SystemRng};
use signet_certify::Reply;
use signet_core::client::{Judge, Origin};
use signet_core::settings::standard_scopes;

use crate::op::{Op, World, client};
use crate::outside::StoreKind;

async fn asks(op: &Op, secret: &str) -> Reply {
    let form = "application/x-www-form-urlencoded";
    let body = format!("grant_type=client_credentials&client_id=made&client_secret={secret}");
    op.send(Request::post(op.url("/token")).header("content-type", form).body(body).unwrap()).await
}

#[tokio::test]
async fn instances_get_a_new_secret_one_after_the_other() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let store = &**op.store();
        let act = || Act::new("a test", op.clock.now_ms(), &SystemRng);
        let metadata = json!({"client_id": "made", "grant_types": ["client_credentials"]});
        let (lists, scopes) = (op.rp("web").discover().await.unwrap(), standard_scopes());
        let judge = Judge::of_operators(Origin::Operator, lists, &scopes, signet::keys::judge);
        let secret = |made: clients::Made| made.secret.unwrap().expose().clone();
        let first = secret(clients::add(store, &act(), &metadata, &judge).await.unwrap());
        let second = secret(clients::rotate_secret(store, &act(), "made", 3600).await.unwrap());
        assert!(!op.log().contains("previous secret"));
        for known in [&second, &first] {
            assert_eq!(asks(&op, known).await.status, 200);
        }
        assert!(op.log().contains("client authenticated with its previous secret"), "{}", op.log());
        op.advance(3600);
        assert_eq!(asks(&op, &second).await.status, 200);
        let refused = asks(&op, &first).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_deref()), (401, Some("invalid_client")));
        assert!(refused.json.to_string().contains("was replaced by a new one"), "{}", refused.json);
        // Taken away at once, or never left.
        let third = secret(clients::rotate_secret(store, &act(), "made", 3600).await.unwrap());
        assert_eq!(asks(&op, &second).await.status, 200);
        clients::revoke_previous_secret(store, &act(), "made").await.unwrap();
        assert_eq!(asks(&op, &second).await.status, 401);
        let fourth = secret(clients::rotate_secret(store, &act(), "made", 0).await.unwrap());
        for (known, status) in [(&third, 401), (&fourth, 200)] {
            assert_eq!(asks(&op, known).await.status, status);
        }
    }
}

#[tokio::test]
async fn the_configuration_names_the_previous_secret_too() {
    let made = client("made").service("read").set("client_secret_previous", "the-old-one");
    let op = Op::with([made.client_secret_post(), client("web")]).await;
    for known in ["a+secret%3A+50%25%2B", "the-old-one"] {
        assert!(asks(&op, known).await.error().as_deref() != Some("invalid_client"));
    }
    assert_eq!(asks(&op, "another").await.error().as_deref(), Some("invalid_client"));
}
