//! RFC 7591 §3: registration with initial access tokens.

use ::http::{Method, StatusCode, header};
use serde_json::json;
use signet::admin::tickets;
use signet::clock::Clock as _;
use signet_certify::Reply;
use signet_core::registration::Mode;

use super::{least, send};
use crate::op::{Op, World, client};
use crate::outside::{SeededRng, StoreKind};

/// With an initial access token each.
fn closed() -> World {
    World::of([client("web")]).settings(|settings| settings.registration.mode = Mode::Token)
}

async fn ticket(op: &Op, uses: Option<u32>, seconds: u64) -> (String, i64) {
    let (rng, now) = (SeededRng::new(9), op.clock.now());
    let made = tickets::create(&**op.store(), &rng, uses, now.plus(seconds), now).await.unwrap();
    (made.0.expose().clone(), made.1.id)
}

async fn register_by(op: &Op, token: Option<&str>) -> Reply {
    send(op, Method::POST, &op.url("/register"), token, Some(&least())).await
}

#[tokio::test]
async fn an_initial_access_token_is_good_for_so_many_registrations() {
    for kind in StoreKind::BOTH {
        let mut op = Op::with(closed().on(kind)).await;
        let none = register_by(&op, None).await;
        assert_eq!((none.status, none.body.len()), (StatusCode::UNAUTHORIZED, 0));
        assert_eq!(none.header(header::WWW_AUTHENTICATE), "Bearer realm=\"https://op.example\"");
        let (twice, _) = ticket(&op, Some(2), 60).await;
        let (any, _) = ticket(&op, None, 60).await;
        let (revoked, id) = ticket(&op, None, 60).await;
        tickets::revoke(&**op.store(), id, op.clock.now()).await.unwrap();
        register_by(&op, Some(&revoked)).await.refused("invalid_token");
        // A wish that is refused costs nothing.
        let refused = send(&op, Method::POST, &op.url("/register"), Some(&twice), Some(&json!({}))).await;
        assert_eq!(
            (refused.status, &refused.json["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_redirect_uri"))
        );
        assert_eq!(register_by(&op, Some(&twice)).await.status, StatusCode::CREATED);
        if kind == StoreKind::Sqlite {
            op.restart().await;
        }
        assert_eq!(register_by(&op, Some(&twice)).await.status, StatusCode::CREATED);
        let refused = register_by(&op, Some(&twice)).await;
        refused.refused("invalid_token");
        assert!(refused.header(header::WWW_AUTHENTICATE).contains("error=\"invalid_token\""));
        for _ in 0..4 {
            assert_eq!(register_by(&op, Some(&any)).await.status, StatusCode::CREATED);
        }
        op.advance(60);
        register_by(&op, Some(&any)).await.refused("invalid_token");
        assert_eq!(tickets::list(&**op.store(), op.clock.now()).await.unwrap().len(), 0);
        register_by(&op, Some("sgn_garbage")).await.refused("invalid_token");
    }
}

#[tokio::test]
async fn of_many_that_show_a_token_for_two_at_once_two_register() {
    for kind in StoreKind::BOTH {
        let op = Op::with(closed().on(kind)).await;
        let (token, _) = ticket(&op, Some(2), 60).await;
        let by = || register_by(&op, Some(&token));
        let replies = tokio::join!(by(), by(), by(), by());
        let statuses = [replies.0.status, replies.1.status, replies.2.status, replies.3.status];
        assert_eq!(
            statuses.iter().filter(|status| **status == StatusCode::CREATED).count(),
            2,
            "{statuses:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(),
            2,
            "{statuses:?}"
        );
    }
}
