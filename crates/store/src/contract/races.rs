//! Commits that race: of those that cannot all be, exactly one is.

use std::sync::{Arc, Barrier};

use signet_core::change::Change;
use signet_core::id::{GrantId, TokenId};
use signet_core::record::{Document, Tally, TokenKind};
use signet_core::time::Timestamp;
use tokio::sync::oneshot;

use super::fixtures::*;
use super::{block_on, commit};
use crate::{CommitError, Store};

pub(super) const RACERS: i64 = 8;

/// Runs something on several threads at once and waits for all their results without blocking this one.
pub(super) async fn race<T: Send + 'static>(run: impl Fn(i64) -> T + Clone + Send + 'static) -> Vec<T> {
    let start = Arc::new(Barrier::new(usize::try_from(RACERS).unwrap()));
    let racers: Vec<_> = (0..RACERS)
        .map(|racer| {
            let (done, result) = oneshot::channel();
            let (run, start) = (run.clone(), start.clone());
            std::thread::spawn(move || {
                start.wait();
                drop(done.send(run(racer)));
            });
            result
        })
        .collect();
    let mut results = Vec::new();
    for racer in racers {
        results.push(racer.await.unwrap());
    }
    results
}

/// How many of these commits succeed; the others must conflict.
pub(super) async fn winners(
    store: &Arc<dyn Store>,
    changes: impl Fn(i64) -> Vec<Change> + Clone + Send + 'static,
) -> usize {
    let store = store.clone();
    let results = race(move |racer| block_on(store.commit(changes(racer)))).await;
    for result in &results {
        assert!(matches!(result, Ok(()) | Err(CommitError::Conflict(_))), "{result:?}");
    }
    results.iter().filter(|result| result.is_ok()).count()
}

pub(super) async fn one_winner(store: Arc<dyn Store>) {
    commit(&*store, vec![Change::InsertGrant(grant(1, None)), put_user("u", "u")]).await;
    for round in 0..20_u32 {
        let id = i64::from(round);
        commit(&*store, vec![Change::InsertToken(code(id, 1)), Change::InsertToken(refresh(id, 1))]).await;
        assert_eq!(winners(&store, move |_| vec![use_code(id)]).await, 1, "one use of a code");
        assert_eq!(winners(&store, move |_| vec![rotate(id, 0)]).await, 1, "one rotation of a head");
        assert_eq!(winners(&store, move |_| vec![see("i", &format!("{id}"))]).await, 1, "one sight of a jti");
        let put =
            move |racer: i64| vec![Change::PutDocument(document(u64::from(round) + 1, &racer.to_be_bytes()))];
        assert_eq!(winners(&store, put).await, 1, "one next version of a document");
        let spare = format!("spare{round}");
        commit(&*store, vec![Change::PutDocument(Document { name: spare.clone(), ..document(1, b"") })])
            .await;
        let delete = move |_| vec![Change::DeleteDocument(spare.clone(), 1)];
        assert_eq!(winners(&store, delete).await, 1, "one removal of a document");
        let name = format!("name{round}");
        let take = move |racer: i64| vec![put_user(&format!("{round}-{racer}"), &name)];
        assert_eq!(winners(&store, take).await, 1, "one owner of a username");
        let take = move |racer: i64| {
            let name = if racer % 2 == 0 { format!("Other{round}") } else { format!("other{round}") };
            let free = Change::FreeName(signet_core::name::to_take(&name));
            vec![free, put_user(&format!("other-{round}-{racer}"), &name)]
        };
        assert_eq!(winners(&store, take).await, 1, "one owner of a name in any case");
        assert_eq!(winners(&store, move |_| vec![Change::InsertSession(session(id, "u"))]).await, 1);
    }
}

/// Each racer does something of its own before it meets the others: a loser's own part must be gone, and only
/// that.
pub(super) async fn one_winner_in_company(store: Arc<dyn Store>) {
    commit(&*store, vec![Change::InsertGrant(grant(1, None))]).await;
    for round in 0..20_i64 {
        commit(&*store, vec![Change::InsertToken(code(round, 1))]).await;
        let of = move |racer: i64| 1000 + round * RACERS + racer;
        let redeem = move |racer: i64| {
            vec![
                Change::InsertToken(access(of(racer), 1)),
                see("own", &of(racer).to_string()),
                use_code(round),
            ]
        };
        assert_eq!(winners(&store, redeem).await, 1);
        let mut minted = 0;
        for racer in 0..RACERS {
            let there = the_token(&*store, TokenKind::AccessToken, of(racer)).await.is_some();
            let seen = store.commit(vec![see("own", &of(racer).to_string())]).await.is_err();
            assert_eq!(there, seen, "a commit is whole");
            minted += usize::from(there);
        }
        assert_eq!(minted, 1);
    }
}

/// Every charge counts, and of those who spend at the same instant as many succeed as there is room for.
pub(super) async fn attempts_all_count(store: Arc<dyn Store>) {
    let racers = u64::try_from(RACERS).unwrap();
    for round in 1..=10 {
        let all = winners(&store, |_| vec![charge("charged", 1000)]).await;
        assert_eq!(all, usize::try_from(RACERS).unwrap());
        let stored = store.ask(signet_core::lookup::AttemptsOf(vec!["charged".to_owned()])).await.unwrap();
        assert_eq!(stored.first().map(|row| row.level), Some(round * racers * 1000));
    }
    for room in 0..=racers.min(4) {
        let key = format!("spent {room}");
        let spend = move |_| vec![Change::Tally(Tally::Spend(fill(&key, 1000, room * 1000 + 999, NOW)))];
        assert_eq!(winners(&store, spend).await, usize::try_from(room).unwrap());
    }
}

/// Redeeming, refreshing and revoking in any interleaving: never two live heads, never a use after a
/// revocation.
pub(super) async fn redeem_refresh_revoke(store: Arc<dyn Store>) {
    for round in 1..=20_i64 {
        commit(
            &*store,
            vec![Change::InsertGrant(grant(round, None)), Change::InsertToken(code(round, round))],
        )
        .await;
        let shared = store.clone();
        let results = race(move |racer| {
            block_on(async {
                let family = round * 100 + racer;
                let redeem = vec![use_code(round), Change::InsertToken(refresh(family, round))];
                let redeemed = shared.commit(redeem).await.is_ok();
                if racer == 0 {
                    shared.commit(vec![Change::RevokeGrant(GrantId(round))]).await.unwrap();
                }
                let mut rotations = 0;
                if redeemed {
                    while rotations < 5 && shared.commit(vec![rotate(family, rotations)]).await.is_ok() {
                        rotations += 1;
                    }
                }
                (family, redeemed, rotations)
            })
        })
        .await;
        assert!(results.iter().filter(|(_, redeemed, _)| *redeemed).count() <= 1);
        for (family, redeemed, rotations) in results {
            let head = the_token(&*store, TokenKind::RefreshToken, family).await;
            assert_eq!(head.map(|token| token.used), redeemed.then_some(rotations));
            let late = Change::RotateRefresh {
                id: TokenId(family),
                from: rotations,
                at: NOW,
                expires_at: Timestamp::NEVER,
            };
            assert!(store.commit(vec![late]).await.is_err(), "the grant is revoked");
        }
    }
}
