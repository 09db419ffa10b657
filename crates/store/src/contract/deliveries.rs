//! Deliveries: in the commit that causes them, tried by one at a time, ended only by the last to claim them.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::{DeliveryId, GrantId};
use signet_core::record::{Backlog, Delivery};
use signet_core::time::Timestamp;

use super::fixtures::*;
use super::races::winners;
use super::{commit, conflict};
use crate::{List, Listed, Store};

pub(super) fn delivery(id: i64, kind: &str) -> Delivery {
    Delivery {
        id: DeliveryId(id),
        kind: kind.to_owned(),
        client: Some("web".into()),
        data: r#"{"sid":"é"}"#.to_owned(),
        created_at: NOW.plus(id.unsigned_abs()),
        due_at: NOW.plus(10),
        expires_at: NOW.plus(DAY),
        tries: 0,
    }
}

async fn due(store: &dyn Store, at: Timestamp, most: usize) -> Vec<Delivery> {
    store.list(List::first(Listed::Due(at), most)).await.unwrap().deliveries
}

async fn all(store: &dyn Store) -> Vec<Delivery> {
    store.list(List::first(Listed::Deliveries, 100)).await.unwrap().deliveries
}

fn claim(id: i64, tries: u32) -> Change {
    Change::Claim { id: DeliveryId(id), tries, until: NOW.plus(40) }
}

pub(super) async fn waiting(store: &dyn Store) {
    assert_eq!(store.list(List::first(Listed::Backlog, 9)).await.unwrap().backlog, []);
    let early = Delivery { due_at: NOW.plus(5), ..delivery(3, "b") };
    let rows = [delivery(2, "a"), early.clone(), delivery(1, "a")];
    commit(store, rows.map(Change::Enqueue).to_vec()).await;
    conflict(store, 1, vec![Change::Enqueue(delivery(4, "b")), Change::Enqueue(delivery(1, "b"))]).await;
    assert_eq!(all(store).await, [delivery(1, "a"), delivery(2, "a"), early.clone()]);
    let page = store.list(List { what: Listed::Deliveries, after: None, limit: 2 }).await.unwrap();
    let rest = List { what: Listed::Deliveries, after: page.next, limit: 2 };
    assert_eq!(store.list(rest).await.unwrap().deliveries, std::slice::from_ref(&early));

    assert_eq!(due(store, NOW.plus(4), 9).await, []);
    assert_eq!(due(store, NOW.plus(5), 9).await, std::slice::from_ref(&early));
    assert_eq!(due(store, NOW.plus(10), 9).await, [early.clone(), delivery(1, "a"), delivery(2, "a")]);
    assert_eq!(due(store, NOW.plus(10), 2).await, [early, delivery(1, "a")]);

    let backlog = |kind: &str, count, oldest| Backlog { kind: kind.to_owned(), count, oldest };
    let expected = [backlog("a", 2, NOW.plus(1)), backlog("b", 1, NOW.plus(3))];
    assert_eq!(store.list(List::first(Listed::Backlog, 9)).await.unwrap().backlog, expected);
}

pub(super) async fn claims(store: &dyn Store) {
    // A delivery is there when its cause is, and only then.
    let cause = || Change::InsertGrant(grant(1, None));
    commit(store, vec![cause(), Change::Enqueue(delivery(1, "a"))]).await;
    conflict(store, 1, vec![Change::Enqueue(delivery(2, "a")), cause()]).await;
    assert_eq!(all(store).await, [delivery(1, "a")]);

    conflict(store, 0, vec![claim(1, 1)]).await;
    conflict(store, 0, vec![claim(2, 0)]).await;
    commit(store, vec![claim(1, 0)]).await;
    assert_eq!(due(store, NOW.plus(39), 9).await, []);
    let claimed = Delivery { tries: 1, due_at: NOW.plus(40), ..delivery(1, "a") };
    assert_eq!(due(store, NOW.plus(40), 9).await, [claimed]);

    let put_off = |tries| Change::PutOff { id: DeliveryId(1), tries, due_at: NOW.plus(100) };
    conflict(store, 0, vec![put_off(0)]).await;
    commit(store, vec![put_off(1)]).await;
    let later = Delivery { tries: 1, due_at: NOW.plus(100), ..delivery(1, "a") };
    assert_eq!(all(store).await, [later]);

    // Somebody else has claimed it since: the slow one writes nothing any more.
    commit(store, vec![claim(1, 1)]).await;
    conflict(store, 0, vec![put_off(1)]).await;
    conflict(store, 1, vec![Change::RevokeGrant(GrantId(1)), Change::EndDelivery(DeliveryId(1), 1)]).await;
    commit(store, vec![Change::EndDelivery(DeliveryId(1), 2)]).await;
    assert_eq!(all(store).await, []);
    conflict(store, 0, vec![Change::EndDelivery(DeliveryId(1), 2)]).await;
}

/// Of many that want to try a delivery one does.
pub(super) async fn one_claim(store: Arc<dyn Store>) {
    for round in 0..20 {
        commit(&*store, vec![Change::Enqueue(delivery(round, "a"))]).await;
        for tries in 0..3 {
            assert_eq!(winners(&store, move |_| vec![claim(round, tries)]).await, 1, "one claim");
        }
        assert_eq!(winners(&store, move |_| vec![Change::EndDelivery(DeliveryId(round), 3)]).await, 1);
    }
}
