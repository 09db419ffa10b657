//! Signed-in browsers.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::{GrantId, SessionId};
use signet_core::lookup::ConsentOf;
use signet_core::record::{Grant, Session, TokenKind, User};

use super::fixtures::*;
use super::{commit, conflict};
use crate::Store;

pub(super) async fn sessions(store: &dyn Store) {
    commit(store, vec![Change::InsertSession(session(1, "u1"))]).await;
    assert_eq!(the_session(store, 1).await, Some(session(1, "u1")));
    let planted = Session { user: "u2".into(), ..session(1, "u1") };
    conflict(store, 0, vec![Change::InsertSession(planted)]).await;
    assert_eq!(the_session(store, 1).await, Some(session(1, "u1")));
    commit(store, vec![Change::RequireSession(SessionId(1))]).await;
    commit(store, vec![Change::EndSession(SessionId(1))]).await;
    assert_eq!(the_session(store, 1).await, None);
    for gone in [
        Change::EndSession(SessionId(1)),
        Change::ReplaceSession(SessionId(1)),
        Change::RequireSession(SessionId(1)),
    ] {
        conflict(store, 0, vec![gone]).await;
    }
}

pub(super) async fn required(store: &dyn Store) {
    let stored = vec![put_user("u1", "diana"), put_client("web")];
    commit(store, stored).await;
    let required = |version: u64| {
        [Change::RequireUser("u1".into(), version), Change::RequireClient("web".into(), version)]
    };
    commit(store, required(1).to_vec()).await;
    for other in [0, 2].into_iter().flat_map(required) {
        conflict(store, 0, vec![other]).await;
    }
    for nobody in [Change::RequireUser("u2".into(), 1), Change::RequireClient("other".into(), 1)] {
        conflict(store, 0, vec![nobody]).await;
    }
    // A client in the configuration has begun with a number.
    let first = Change::FIRST_BEGINNING;
    let begin = |number| Change::BeginClient("written".into(), number);
    let require = |number| Change::RequireClient("written".into(), number);
    conflict(store, 0, vec![require(first)]).await;
    commit(store, vec![begin(first), require(first), begin(first + 1), require(first + 1)]).await;
    conflict(store, 0, vec![require(first)]).await;
    conflict(store, 1, vec![Change::EndClient("written".into()), require(first + 1)]).await;
    // A precondition sees what the same commit has written before it.
    let user = Arc::new(User { version: 1, ..user("u1", "krall").duplicate() });
    commit(store, vec![Change::PutUser(user), Change::RequireUser("u1".into(), 2)]).await;
    conflict(store, 1, vec![Change::DeleteUser("u1".into()), Change::RequireUser("u1".into(), 2)]).await;
}

pub(super) async fn session_grants(store: &dyn Store) {
    let of = |id: i64, user: &str, session: Option<i64>, offline: bool| {
        let session = session.map(SessionId);
        Change::InsertGrant(Grant { session, offline, ..grant(id, Some(user)) })
    };
    let mut changes = vec![
        Change::InsertSession(session(7, "u1")),
        of(1, "u1", Some(7), false),
        of(2, "u1", Some(7), true),
        of(3, "u1", Some(8), false),
        of(4, "u1", None, false),
        of(5, "u2", Some(7), false),
        of(6, "u1", Some(7), false),
    ];
    changes.extend((1..=6).map(|id| Change::InsertToken(access(10 + id, id))));
    commit(store, changes).await;
    let revoked = async || {
        let mut revoked = Vec::new();
        for id in 1..=6 {
            revoked.push(grant_of(store, TokenKind::AccessToken, 10 + id).await.unwrap().revoked);
        }
        revoked
    };
    // The chain goes on under another id.
    let next = Session { root: SessionId(7), ..session(9, "u1") };
    commit(store, vec![Change::ReplaceSession(SessionId(7)), Change::InsertSession(next)]).await;
    assert_eq!(revoked().await, [false; 6]);
    commit(store, vec![Change::EndSession(SessionId(9))]).await;
    assert_eq!(revoked().await, [true, false, false, false, false, true]);
    // The tokens themselves are as they were: their grant tells.
    assert!(!the_token(store, TokenKind::AccessToken, 11).await.unwrap().revoked);
    assert_eq!(grant_of(store, TokenKind::AccessToken, 11).await.unwrap().id, GrantId(1));
}

pub(super) async fn ending_a_user(store: &dyn Store) {
    let of = |id: i64, user: &str, offline: bool| {
        Change::InsertGrant(Grant { session: Some(SessionId(id)), offline, ..grant(id, Some(user)) })
    };
    let mut changes: Vec<Change> =
        [(1, "u1"), (2, "u1"), (3, "u10")].map(|(id, user)| Change::InsertSession(session(id, user))).into();
    changes.extend([of(1, "u1", false), of(2, "u1", true), of(3, "u10", false)]);
    changes.extend((1..=3).map(|id| Change::InsertToken(access(10 + id, id))));
    changes.push(Change::PutConsent(consent("u1", "web")));
    commit(store, changes).await;
    let revoked = async || {
        let mut revoked = Vec::new();
        for id in 1..=3 {
            revoked.push(grant_of(store, TokenKind::AccessToken, 10 + id).await.unwrap().revoked);
        }
        revoked
    };
    for (keep_offline, expected) in [(true, [true, false, false]), (false, [true, true, false])] {
        commit(store, vec![Change::EndUser { user: "u1".into(), keep_offline }]).await;
        assert_eq!(revoked().await, expected);
        for (id, there) in [(1, false), (2, false), (3, true)] {
            assert_eq!(the_session(store, id).await.is_some(), there);
        }
    }
    let kept = store.ask(ConsentOf { user: "u1".into(), client: "web".into() }).await.unwrap();
    assert!(kept.is_some(), "what they agreed to is not taken back");
}
