//! The key-encryption key is lost for good: what an operator can do, and what applications notice.

use serde_json::{Value, json};
use signet::clock::Clock as _;
use signet::keys::KeyOptions;
use signet::{Kek, Keks, Provider, admin};
use signet_certify::assert::Judged as _;
use signet_core::id::UserId;
use signet_store::EventFilter;

use crate::op::{Op, World, client};
use crate::outside::{SeededRng, StoreKind};

fn options(digit: char) -> KeyOptions {
    let kek = Kek::parse(&format!("0123456789abcdef{}", String::from(digit).repeat(48))).unwrap();
    KeyOptions { at_rest: Keks { current: Some(kek), previous: Vec::new() }, ..KeyOptions::default() }
}

async fn kids(op: &Op) -> Vec<Value> {
    let set = op.rp("web").jwks().await.unwrap().ok().json;
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[tokio::test]
async fn everything_begins_anew_after_the_key_encryption_key_is_lost() {
    for kind in StoreKind::BOTH {
        let web = client("web").set("grant_types", json!(["authorization_code", "refresh_token"]));
        let world = World::from(web).on(kind).keys(|keys| *keys = options('1'));
        let mut op = Op::with(world).await;
        let before = op.rp("web").signed_in("elvis", "openid offline_access").await;
        let (sub, old_kids) = (before.claims().await["sub"].clone(), kids(&op).await);

        let other = options('2');
        let build = Provider::builder(op.url("")).store(op.store().clone()).keys(other.clone()).build().await;
        let Err(refused) = build else { panic!("it started without the key") };
        assert!(refused.to_string().contains("`signet key reset --lost-kek`"), "{refused}");

        let rng = SeededRng::new(4);
        let act = admin::Act::new("a test", op.clock.now_ms(), &rng);
        let reset = async |options: &KeyOptions| {
            admin::keys::reset(&**op.store(), &act, options, [UserId::configured("diana")]).await
        };
        let refused = reset(&options('1')).await.unwrap_err().to_string();
        assert!(refused.contains("nothing is lost"), "{refused}");
        let done = reset(&other).await.unwrap();
        assert!(done.ring && done.subjects && done.handles && done.people == 3, "{done:?}");
        assert!(reset(&other).await.unwrap_err().to_string().contains("nothing is lost"));

        let kind = "key.reset".to_owned();
        let filter = EventFilter { kind, ..EventFilter::default() };
        let events =
            admin::events::list(&**op.store(), &filter, &admin::Window::default()).await.unwrap().entries;
        assert_eq!((events.len(), &events[0].detail["replaced"]), (1, &json!("keys subjects handles")));

        op.restart_with(|world| world.keys(|keys| *keys = other)).await;
        let web = op.rp("web");
        // The refresh token is a wrong one, the access token is not active, the browser is signed out.
        web.refresh(before.refresh_token()).await.refused("invalid_grant");
        web.userinfo(&before.tokens).await.refused("invalid_token");
        web.authorize("openid").prompt("none").refused("login_required").await;
        // Applications meet other keys and another subject, and everything works again.
        let new_kids = kids(&op).await;
        assert!(old_kids.iter().all(|kid| !new_kids.contains(kid)), "{new_kids:?}");
        let after = web.authorize("openid offline_access").login("elvis").signed_in().await;
        assert_ne!(after.claims().await["sub"], sub);
        web.refresh(after.refresh_token()).await.tokens();
        // The next start finds all as it should be.
        op.restart().await;
        assert_eq!(kids(&op).await, new_kids);
    }
}
