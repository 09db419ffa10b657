//! Facts come joined, and only to who knows the hash.

use signet_core::change::Change;
use signet_core::id::{ClientId, SessionId, TokenId};
use signet_core::lookup::{ClientById, Facts, Lookup};
use signet_core::record::{Token, TokenKind, User};

use super::fixtures::*;
use super::{commit, find};
use crate::Store;

async fn fill(store: &dyn Store) {
    commit(
        store,
        vec![
            put_client("web"),
            put_user("u1", "diana"),
            put_user("u2", "elvis"),
            Change::InsertSession(session(1, "u1")),
            Change::InsertSession(session(2, "gone")),
            Change::PutConsent(consent("u1", "web")),
            Change::PutConsent(consent("u2", "web")),
            Change::InsertGrant(grant(1, Some("u2"))),
            Change::InsertGrant(grant(2, None)),
            Change::InsertGrant(grant(3, Some("gone"))),
            Change::InsertToken(code(7, 1)),
            Change::InsertToken(access(8, 1)),
            Change::InsertToken(access(9, 2)),
            Change::InsertToken(access(10, 3)),
            Change::InsertToken(Token { hash: None, ..access(11, 1) }),
            Change::InsertToken(refresh(7, 1)),
            Change::PutDocument(document(1, b"one")),
        ],
    )
    .await;
}

fn by_cookie(id: i64, client: Option<&str>) -> Lookup {
    Lookup::Session { id: SessionId(id), hash: hash(id), client: client.map(ClientId::from) }
}

fn by_handle(kind: TokenKind, id: i64) -> Lookup {
    Lookup::Token { kind, id: TokenId(id), hash: Some(hash(id)) }
}

fn user_of(facts: &Facts) -> Option<&str> {
    facts.user.as_ref().map(|user| user.id.as_str())
}

pub(super) async fn joins(store: &dyn Store) {
    fill(store).await;
    let facts = find(store, by_cookie(1, Some("web"))).await;
    assert_eq!(facts.session, Some(session(1, "u1")));
    assert_eq!(
        same(facts.user.as_deref()),
        same(Some(&User { version: 1, ..user("u1", "diana").duplicate() }))
    );
    assert_eq!(facts.consent, Some(consent("u1", "web")));
    let facts = find(store, by_cookie(1, None)).await;
    assert_eq!((user_of(&facts), facts.consent.is_some()), (Some("u1"), false));
    let facts = find(store, by_cookie(1, Some("other"))).await;
    assert_eq!((user_of(&facts), facts.consent.is_some()), (Some("u1"), false));
    let facts = find(store, by_cookie(2, Some("web"))).await;
    assert_eq!((facts.session.is_some(), user_of(&facts), facts.consent.is_some()), (true, None, false));

    let facts = find(store, Lookup::Chain(SessionId(1))).await;
    assert_eq!(
        (facts.session.map(|s| s.id), user_of(&find(store, Lookup::Chain(SessionId(1))).await)),
        (Some(SessionId(1)), Some("u1"))
    );
    assert!(find(store, Lookup::Chain(SessionId(77))).await.session.is_none());

    let facts = find(store, Lookup::Consent("u2".into(), "web".into())).await;
    assert_eq!((facts.consent, facts.user.is_some()), (Some(consent("u2", "web")), false));
    assert!(find(store, Lookup::Consent("u2".into(), "other".into())).await.consent.is_none());

    let facts = find(store, by_handle(TokenKind::AuthorizationCode, 7)).await;
    assert_eq!(facts.token, Some(code(7, 1)));
    assert_eq!(facts.grant, Some(grant(1, Some("u2"))));
    assert_eq!(user_of(&facts), Some("u2"));
    let facts = find(store, by_handle(TokenKind::AccessToken, 9)).await;
    assert_eq!((facts.grant.as_ref(), user_of(&facts)), (Some(&grant(2, None)), None));
    let facts = find(store, by_handle(TokenKind::AccessToken, 10)).await;
    assert_eq!((facts.grant.as_ref(), user_of(&facts)), (Some(&grant(3, Some("gone"))), None));
    // Refresh tokens and JWTs are proven before the store is asked.
    let facts =
        find(store, Lookup::Token { kind: TokenKind::RefreshToken, id: TokenId(7), hash: None }).await;
    assert_eq!((facts.token.as_ref(), user_of(&facts)), (Some(&refresh(7, 1)), Some("u2")));
}

pub(super) async fn wrong_hashes(store: &dyn Store) {
    fill(store).await;
    let wrong = hash(999);
    for lookup in [
        Lookup::Session { id: SessionId(1), hash: wrong, client: Some("web".into()) },
        Lookup::Token { kind: TokenKind::AuthorizationCode, id: TokenId(7), hash: Some(wrong) },
        Lookup::Token { kind: TokenKind::AccessToken, id: TokenId(8), hash: Some(wrong) },
        // A row without a hash answers to no handle.
        Lookup::Token { kind: TokenKind::AccessToken, id: TokenId(11), hash: Some(hash(11)) },
        Lookup::Token { kind: TokenKind::RefreshToken, id: TokenId(7), hash: Some(hash(7)) },
        // Right hash, wrong row, wrong kind, no row.
        Lookup::Token { kind: TokenKind::AccessToken, id: TokenId(9), hash: Some(hash(8)) },
        Lookup::Token { kind: TokenKind::AccessToken, id: TokenId(7), hash: Some(hash(7)) },
        Lookup::Session { id: SessionId(3), hash: hash(3), client: None },
    ] {
        let told = format!("{lookup:?}");
        let facts = find(store, lookup).await;
        assert!(facts.user.is_none() && facts.session.is_none(), "{told}");
        assert!(facts.consent.is_none(), "{told}");
        assert!(facts.token.is_none() && facts.grant.is_none(), "{told}");
        assert!(facts.attempts.is_empty() && facts.documents.is_empty(), "{told}");
    }
}

pub(super) async fn several_lookups(store: &dyn Store) {
    fill(store).await;
    let facts = store
        .find(&[
            ClientById("web".into()).into(),
            by_cookie(1, Some("web")),
            by_handle(TokenKind::AccessToken, 8),
            Lookup::Document("keys".to_owned()),
            Lookup::Document("none".to_owned()),
        ])
        .await
        .unwrap();
    assert!(facts.client(&"web".into()).is_some());
    assert_eq!(facts.session, Some(session(1, "u1")));
    assert_eq!((facts.token, facts.grant), (Some(access(8, 1)), Some(grant(1, Some("u2")))));
    assert_eq!(facts.documents, [document(1, b"one")]);
    // The session's user was found first; the grant's does not replace them.
    assert_eq!(facts.user.map(|user| user.id.0.clone()), Some("u1".to_owned()));

    // What finds nothing erases nothing.
    let facts = store
        .find(&[
            by_handle(TokenKind::AccessToken, 8),
            Lookup::Username("nobody".to_owned()),
            by_handle(TokenKind::AccessToken, 77),
            by_handle(TokenKind::AccessToken, 9),
            by_cookie(3, None),
        ])
        .await
        .unwrap();
    assert_eq!((facts.token, facts.grant), (Some(access(8, 1)), Some(grant(1, Some("u2")))));
    assert_eq!(facts.user.map(|user| user.id.0.clone()), Some("u2".to_owned()));
}
