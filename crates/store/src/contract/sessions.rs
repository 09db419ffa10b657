//! Signed-in browsers and waiting requests.

use signet_core::change::Change;
use signet_core::id::{GrantId, SessionId};
use signet_core::record::{Grant, Session, TokenKind};

use super::fixtures::*;
use super::{commit, conflict};
use crate::Store;

pub(super) async fn sessions(store: &dyn Store) {
    commit(store, vec![Change::InsertSession(session(1, "u1"))]).await;
    assert_eq!(the_session(store, 1).await, Some(session(1, "u1")));
    let planted = Session { user: "u2".into(), ..session(1, "u1") };
    conflict(store, 0, vec![Change::InsertSession(planted)]).await;
    assert_eq!(the_session(store, 1).await, Some(session(1, "u1")));
    for _ in 0..2 {
        commit(store, vec![Change::EndSession(SessionId(1))]).await;
        assert_eq!(the_session(store, 1).await, None);
    }
}

pub(super) async fn session_grants(store: &dyn Store) {
    let of = |id: i64, user: &str, session: Option<i64>, offline: bool| {
        let session = session.map(SessionId);
        Change::InsertGrant(Grant { session, offline, ..grant(id, Some(user)) })
    };
    let mut changes = vec![
        of(1, "u1", Some(7), false),
        of(2, "u1", Some(7), true),
        of(3, "u1", Some(8), false),
        of(4, "u1", None, false),
        of(5, "u2", Some(7), false),
        of(6, "u1", Some(7), false),
    ];
    changes.extend((1..=6).map(|id| Change::InsertToken(access(10 + id, id))));
    commit(store, changes).await;
    for _ in 0..2 {
        commit(store, vec![Change::RevokeSessionGrants("u1".into(), SessionId(7))]).await;
        let mut revoked = Vec::new();
        for id in 1..=6 {
            revoked.push(grant_of(store, TokenKind::AccessToken, 10 + id).await.unwrap().revoked);
        }
        assert_eq!(revoked, [true, false, false, false, false, true]);
    }
    // The tokens themselves are as they were: their grant tells.
    assert!(!the_token(store, TokenKind::AccessToken, 11).await.unwrap().revoked);
    assert_eq!(grant_of(store, TokenKind::AccessToken, 11).await.unwrap().id, GrantId(1));
}
