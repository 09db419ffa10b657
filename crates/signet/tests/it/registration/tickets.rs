//! RFC 7591 §3: registration with initial access tokens.

use std::task::Poll;

use ::http::{Method, StatusCode, header};
use serde_json::json;
use signet::admin::{Act, tickets};
use signet::clock::{Clock as _, SystemRng};
use signet_certify::Reply;
use signet_core::change::Change;
use signet_core::lookup::ClientById;
use signet_core::record::Document;
use signet_core::registration::ticket::{PREFIX, TOGETHER};
use signet_core::settings::registration::Mode;
use signet_store::{List, Listed};

use super::{least, send};
use crate::op::{Op, World, client, issuer};
use crate::outside::{SeededRng, StoreKind};

/// With an initial access token each.
fn closed() -> World {
    World::of([client("web")]).settings(|settings| settings.registration.mode = Mode::Token)
}

async fn ticket(op: &Op, uses: Option<u32>, seconds: u64) -> (String, i64) {
    let (rng, now) = (SeededRng::new(9), op.clock.now());
    let act = Act::new("a test", op.clock.now_ms(), &rng);
    let made = tickets::create(&**op.store(), &act, uses, now.plus(seconds)).await.unwrap();
    (made.0.expose().clone(), made.1.id)
}

fn act(op: &Op) -> Act<'static> {
    Act::new("a test", op.clock.now_ms(), &SystemRng)
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
        assert_eq!(none.header(header::WWW_AUTHENTICATE), format!("Bearer realm=\"{}\"", issuer()));
        let (twice, _) = ticket(&op, Some(2), 60).await;
        let (any, _) = ticket(&op, None, 60).await;
        let (revoked, id) = ticket(&op, None, 60).await;
        tickets::revoke(&**op.store(), &act(&op), id).await.unwrap();
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

/// Where anybody may register, a token still says who let the application in.
#[tokio::test]
async fn a_token_is_judged_where_none_is_needed() {
    for kind in StoreKind::BOTH {
        let world = closed().on(kind).settings(|settings| {
            settings.registration.mode = Mode::Open;
            settings.registration.per_address = 1;
            settings.registration.unused_for = 60;
        });
        let op = Op::with(world).await;
        op.come_from("192.0.2.7");
        let (once, _) = ticket(&op, Some(1), 600).await;
        let (any, _) = ticket(&op, None, 600).await;
        register_by(&op, Some("sgn_junk")).await.refused("invalid_token");
        let (gone, id) = ticket(&op, None, 600).await;
        tickets::revoke(&**op.store(), &act(&op), id).await.unwrap();
        register_by(&op, Some(&gone)).await.refused("invalid_token");
        assert_eq!(register_by(&op, None).await.status, StatusCode::CREATED);
        assert_eq!(register_by(&op, None).await.status, StatusCode::TOO_MANY_REQUESTS);
        let made = register_by(&op, Some(&once)).await;
        assert_eq!(made.status, StatusCode::CREATED, "the strangers' bound is not theirs");
        register_by(&op, Some(&once)).await.refused("invalid_token");
        for _ in 0..3 {
            assert_eq!(register_by(&op, Some(&any)).await.status, StatusCode::CREATED);
        }
        op.advance(60);
        op.provider().sweep().await.unwrap();
        let lookup = ClientById(made.json["client_id"].as_str().unwrap().into());
        let found = op.store().ask(lookup).await.unwrap();
        assert!(found.known().is_some(), "it stays, though unused");
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

#[tokio::test]
async fn a_fleet_registers_at_once() {
    for kind in StoreKind::BOTH {
        let op = Op::with(closed().on(kind)).await;
        let (shared, _) = ticket(&op, Some(12), 60).await;
        let mut tokens = vec![shared.clone(); 12];
        for _ in 0..4 {
            tokens.push(ticket(&op, Some(1), 60).await.0);
        }
        let all = tokens.iter().map(|token| register_by(&op, Some(token)));
        for reply in all_of(all).await {
            assert_eq!(reply.status, StatusCode::CREATED, "{kind:?} {}", reply.json);
        }
        for token in &tokens {
            register_by(&op, Some(token)).await.refused("invalid_token");
        }
        let left = List::first(Listed::Documents(PREFIX.into()), 10);
        assert!(op.store().list(left).await.unwrap().documents.is_empty(), "what is used up leaves nothing");
    }
}

/// Each is polled in turn, so that all begin before the first one ends.
async fn all_of<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        for (one, done) in waiting.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = one.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        match waiting.iter().all(|(_, done)| done.is_some()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    waiting.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn tokens_that_stood_in_one_document_are_good_for_what_was_left_of_them() {
    for by_operator in [false, true] {
        let op = Op::with(closed()).await;
        let mut tokens = Vec::new();
        for uses in [Some(1), Some(2), None] {
            tokens.push(ticket(&op, uses, 60).await);
        }
        let own = op.store().list(List::first(Listed::Documents(PREFIX.into()), 10)).await.unwrap().documents;
        let values = own.iter().map(|document| serde_json::from_slice(&document.value).unwrap());
        let together = serde_json::Value::Array(values.collect()).to_string().into_bytes();
        let apart =
            own.iter().map(|document| Change::DeleteDocument(document.name.clone(), document.version));
        let put = Change::PutDocument(Document { name: TOGETHER.into(), version: 1, value: together });
        op.store().commit(apart.chain([put]).collect()).await.unwrap();
        if by_operator {
            assert_eq!(tickets::list(&**op.store(), op.clock.now()).await.unwrap().len(), 3);
        }
        for ((token, _), uses) in tokens.iter().zip([1, 2, 5]) {
            for _ in 0..uses {
                assert_eq!(register_by(&op, Some(token)).await.status, StatusCode::CREATED);
            }
        }
        register_by(&op, Some(&tokens[0].0)).await.refused("invalid_token");
        register_by(&op, Some(&tokens[1].0)).await.refused("invalid_token");
        let left = tickets::list(&**op.store(), op.clock.now()).await.unwrap();
        assert_eq!(left.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [tokens[2].1]);
    }
}

#[tokio::test]
async fn what_an_operator_revokes_is_refused_whatever_was_under_way() {
    let op = Op::with(closed()).await;
    let (token, id) = ticket(&op, Some(3), 60).await;
    let register = register_by(&op, Some(&token));
    let revoke = async { tickets::revoke(&**op.store(), &act(&op), id).await.unwrap() };
    tokio::join!(register, revoke);
    register_by(&op, Some(&token)).await.refused("invalid_token");
    assert!(tickets::revoke(&**op.store(), &act(&op), id).await.is_err());
}
