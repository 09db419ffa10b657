//! Expiry: what goes when, and in how small steps.

use signet_core::change::Change;
use signet_core::id::{GrantId, TokenId};
use signet_core::lookup::{AttemptsOf, ClientById};
use signet_core::record::{Consent, Grant, Session, Token, TokenKind};
use signet_core::time::Timestamp;

use super::commit;
use super::fixtures::*;
use crate::Store;

async fn sweep(store: &dyn Store, now: Timestamp, limit: usize) -> usize {
    store.sweep(now, limit).await.unwrap()
}

pub(super) async fn kept_and_deleted(store: &dyn Store) {
    let end = NOW.plus(100);
    commit(
        store,
        vec![
            put_user("u1", "diana"),
            Change::InsertSession(Session { expires_at: end, ..session(1, "u1") }),
            Change::InsertSession(Session { expires_at: Timestamp::NEVER, ..session(2, "u1") }),
            Change::PutConsent(Consent { expires_at: end, ..consent("u1", "web") }),
            Change::PutConsent(consent("u1", "other")),
            Change::SeeJti { issuer: "i".to_owned(), jti: "short".to_owned(), expires_at: end },
            Change::SeeJti { issuer: "i".to_owned(), jti: "ever".to_owned(), expires_at: Timestamp::NEVER },
            charge("a", 100_000),
            Change::InsertGrant(grant(1, None)),
            Change::InsertToken(Token { expires_at: end, ..access(11, 1) }),
            Change::InsertToken(Token { expires_at: Timestamp::NEVER, ..access(12, 1) }),
        ],
    )
    .await;
    assert_eq!(sweep(store, end.minus(1), 100).await, 0);
    // A session, a consent, a JWT id, a bucket of attempts, an access token.
    assert_eq!(sweep(store, end, 100).await, 5);
    assert_eq!(sweep(store, end, 100).await, 0);
    assert_eq!(the_session(store, 1).await, None);
    assert!(the_session(store, 2).await.is_some());
    assert_eq!(the_consent(store, 2, "web").await, None);
    assert!(the_consent(store, 2, "other").await.is_some());
    commit(store, vec![Change::SeeJti { issuer: "i".to_owned(), jti: "short".to_owned(), expires_at: end }])
        .await;
    super::conflict(store, 0, vec![see("i", "ever")]).await;
    assert_eq!(store.ask(AttemptsOf(vec!["a".to_owned()])).await.unwrap(), []);
    assert_eq!(the_token(store, TokenKind::AccessToken, 11).await, None);
    assert!(the_token(store, TokenKind::AccessToken, 12).await.is_some());
    assert_eq!(sweep(store, end, 100).await, 1, "the JWT id that was seen again");
    // What has no end stays, and so does the grant above it.
    assert_eq!(sweep(store, NOW.plus(1000 * DAY), 100).await, 0);
    assert!(grant_of(store, TokenKind::AccessToken, 12).await.is_some());
}

pub(super) async fn unused_clients(store: &dyn Store) {
    let end = NOW.plus(100);
    let unused = |id: &str| vec![put_client(id), Change::ExpectUse(id.into(), end)];
    commit(store, unused("unused")).await;
    commit(store, unused("used")).await;
    commit(store, vec![Change::ClientUsed("used".into()), Change::ClientUsed("used".into())]).await;
    commit(store, unused("gone")).await;
    commit(store, vec![Change::DeleteClient("gone".into()), put_client("other")]).await;
    // What somebody else makes under that name before the sweep is another one.
    commit(store, unused("again")).await;
    commit(store, vec![Change::DeleteClient("again".into()), put_client("again")]).await;
    let there = async |id: &str| store.ask(ClientById(id.into())).await.unwrap().known().is_some();
    assert_eq!(sweep(store, end.minus(1), 100).await, 0);
    assert!(there("unused").await);
    assert_eq!(sweep(store, end, 100).await, 1);
    assert_eq!((there("unused").await, there("used").await, there("other").await), (false, true, true));
    assert!(there("again").await);
    // A new one of that name is not what was forgotten.
    commit(store, vec![put_client("gone"), put_client("unused")]).await;
    assert_eq!(sweep(store, NOW.plus(1000 * DAY), 100).await, 0);
}

pub(super) async fn order(store: &dyn Store) {
    let end = NOW.plus(10 * DAY);
    let code = |id: i64, grant: i64| Token { expires_at: NOW.plus(60), ..code(id, grant) };
    let family = |id: i64, grant: i64| Token { expires_at: NOW.plus(2 * DAY), ..refresh(id, grant) };
    commit(
        store,
        vec![
            Change::InsertGrant(Grant { expires_at: end, ..grant(1, Some("u1")) }),
            Change::InsertGrant(Grant { expires_at: end, ..grant(2, Some("u1")) }),
            Change::InsertGrant(grant(3, Some("u1"))),
            Change::InsertToken(code(11, 1)),
            Change::InsertToken(family(12, 1)),
            Change::InsertToken(Token { expires_at: end, ..refresh(13, 1) }),
            Change::InsertToken(code(21, 2)),
            Change::InsertToken(family(22, 2)),
            Change::InsertToken(code(31, 3)),
            Change::InsertToken(family(32, 3)),
            Change::RevokeGrant(GrantId(2)),
        ],
    )
    .await;
    let left = async |now: Timestamp| {
        while sweep(store, now, 2).await > 0 {}
        let mut left = Vec::new();
        for id in [11, 21, 31] {
            left.extend(the_token(store, TokenKind::AuthorizationCode, id).await.map(|t| t.id.0));
        }
        for id in [12, 13, 22, 32] {
            left.extend(the_token(store, TokenKind::RefreshToken, id).await.map(|t| t.id.0));
        }
        for id in [1, 2, 3] {
            let list = crate::List::first(crate::Listed::Grant(GrantId(id)), 1);
            left.extend(store.list(list).await.unwrap().grants.iter().map(|g| g.id.0));
        }
        left
    };
    assert_eq!(left(NOW.plus(59 + DAY)).await, [11, 21, 31, 12, 13, 22, 32, 1, 2, 3]);
    // Under the revoked grant a code goes a day after its end; under the living ones it stays.
    assert_eq!(left(NOW.plus(60 + DAY)).await, [11, 31, 12, 13, 22, 32, 1, 2, 3]);
    assert_eq!(left(NOW.plus(2 * DAY).minus(1)).await, [11, 31, 12, 13, 22, 32, 1, 2, 3]);
    // Nothing below the others lives any more, though one has no end of its own: they follow.
    assert_eq!(left(NOW.plus(5 * DAY)).await, [11, 12, 13, 1]);
    assert_eq!(left(end.minus(1)).await, [11, 12, 13, 1]);
    // The first grant has ended, but its last family stays a day, and it stays one more itself.
    assert_eq!(left(end).await, [13, 1]);
    assert_eq!(left(end.plus(DAY)).await, [1]);
    assert_eq!(left(end.plus(2 * DAY)).await, [0_i64; 0]);
}

pub(super) async fn small_steps(store: &dyn Store) {
    let mut changes = vec![Change::InsertGrant(grant(1, None))];
    for id in 1..=10 {
        changes.push(Change::InsertToken(access(id, 1)));
        changes.push(Change::InsertSession(session(id, "u1")));
        changes.push(see("i", &id.to_string()));
    }
    // One in the middle stays.
    changes.push(Change::InsertToken(Token {
        id: TokenId(100),
        expires_at: NOW.plus(90 * DAY),
        ..access(100, 1)
    }));
    changes.push(Change::InsertToken(access(101, 1)));
    commit(store, changes).await;
    let now = NOW.plus(DAY);
    assert_eq!(sweep(store, now, 0).await, 0);
    let mut steps = Vec::new();
    loop {
        let count = sweep(store, now, 4).await;
        if count == 0 {
            break;
        }
        steps.push(count);
    }
    assert_eq!(steps.iter().sum::<usize>(), 31);
    assert!(steps.iter().all(|count| *count <= 4), "{steps:?}");
    assert!(the_token(store, TokenKind::AccessToken, 100).await.is_some());
    assert!(the_token(store, TokenKind::AccessToken, 101).await.is_none());
    // What comes after the search has passed is found the next time round.
    commit(store, vec![Change::InsertToken(access(5, 1)), Change::InsertToken(access(200, 1))]).await;
    assert_eq!(sweep(store, now, 4).await, 2);
}

pub(super) async fn rotation_extends(store: &dyn Store) {
    commit(store, vec![Change::InsertGrant(grant(1, None)), Change::InsertToken(refresh(7, 1))]).await;
    let mut now = NOW;
    for from in 0..5 {
        now = now.plus(20 * DAY);
        let expires_at = now.plus(30 * DAY);
        commit(store, vec![Change::RotateRefresh { id: TokenId(7), from, at: now, expires_at }]).await;
        while sweep(store, now, 10).await > 0 {}
    }
    assert!(grant_of(store, TokenKind::RefreshToken, 7).await.is_some());
    // A day of slack, a day to recognise replays, a day to be the last.
    now = now.plus(30 * DAY);
    while sweep(store, now, 10).await > 0 {}
    assert!(grant_of(store, TokenKind::RefreshToken, 7).await.is_some());
    now = now.plus(3 * DAY);
    while sweep(store, now, 10).await > 0 {}
    assert!(the_token(store, TokenKind::RefreshToken, 7).await.is_none());
    let list = crate::List::first(crate::Listed::Grant(GrantId(1)), 1);
    assert!(store.list(list).await.unwrap().grants.is_empty());
}
