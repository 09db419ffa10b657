//! Facts come joined, and only to who knows the hash.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::{ClientId, SessionId, TokenId};
use signet_core::lookup::{ConsentOf, SessionByCookie, SessionFound, SessionOfChain, TokenById, TokenFound};
use signet_core::record::{Token, TokenKind, User};

use super::commit;
use super::fixtures::*;
use crate::Store;

pub(super) async fn fill(store: &dyn Store) {
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

fn by_cookie(id: i64, client: Option<&str>) -> SessionByCookie {
    SessionByCookie { id: SessionId(id), hash: hash(id), client: client.map(ClientId::from) }
}

fn by_handle(kind: TokenKind, id: i64) -> TokenById {
    TokenById { kind, id: TokenId(id), hash: Some(hash(id)) }
}

fn id_of(user: Option<&Arc<User>>) -> Option<&str> {
    user.map(|user| user.id.as_str())
}

async fn session_found(store: &dyn Store, asked: SessionByCookie) -> SessionFound {
    *store.ask(asked).await.unwrap().unwrap()
}

async fn token_found(store: &dyn Store, asked: TokenById) -> TokenFound {
    *store.ask(asked).await.unwrap().unwrap()
}

pub(super) async fn joins(store: &dyn Store) {
    fill(store).await;
    let found = session_found(store, by_cookie(1, Some("web"))).await;
    assert_eq!(found.session, session(1, "u1"));
    assert_eq!(
        same(found.user.as_deref()),
        same(Some(&User { version: 1, ..user("u1", "diana").duplicate() }))
    );
    assert_eq!(found.consent, Some(consent("u1", "web")));
    for client in [None, Some("other")] {
        let found = session_found(store, by_cookie(1, client)).await;
        assert_eq!((id_of(found.user.as_ref()), found.consent), (Some("u1"), None));
    }
    let found = session_found(store, by_cookie(2, Some("web"))).await;
    assert_eq!((id_of(found.user.as_ref()), found.consent), (None, None));

    let chain = async |root: i64| store.ask(SessionOfChain(SessionId(root))).await.unwrap();
    let found = chain(1).await.unwrap();
    assert_eq!((found.session.id, id_of(found.user.as_ref())), (SessionId(1), Some("u1")));
    assert!(chain(77).await.is_none());

    let agreed = async |user: &str, client: &str| {
        store.ask(ConsentOf { user: user.into(), client: client.into() }).await.unwrap()
    };
    assert_eq!(agreed("u2", "web").await, Some(consent("u2", "web")));
    assert_eq!(agreed("u2", "other").await, None);

    let found = token_found(store, by_handle(TokenKind::AuthorizationCode, 7)).await;
    assert_eq!((found.token, found.grant), (code(7, 1), Some(grant(1, Some("u2")))));
    assert_eq!(id_of(found.user.as_ref()), Some("u2"));
    let found = token_found(store, by_handle(TokenKind::AccessToken, 9)).await;
    assert_eq!((found.grant, id_of(found.user.as_ref())), (Some(grant(2, None)), None));
    let found = token_found(store, by_handle(TokenKind::AccessToken, 10)).await;
    assert_eq!((found.grant, id_of(found.user.as_ref())), (Some(grant(3, Some("gone"))), None));
    // Refresh tokens and JWTs are proven before the store is asked.
    let family = TokenById { hash: None, ..by_handle(TokenKind::RefreshToken, 7) };
    let found = token_found(store, family).await;
    assert_eq!((found.token, id_of(found.user.as_ref())), (refresh(7, 1), Some("u2")));
}

pub(super) async fn wrong_hashes(store: &dyn Store) {
    fill(store).await;
    let wrong = hash(999);
    for asked in [
        SessionByCookie { hash: wrong, ..by_cookie(1, Some("web")) },
        // No row.
        by_cookie(3, None),
    ] {
        assert!(store.ask(asked.clone()).await.unwrap().is_none(), "{asked:?}");
    }
    for asked in [
        TokenById { hash: Some(wrong), ..by_handle(TokenKind::AuthorizationCode, 7) },
        TokenById { hash: Some(wrong), ..by_handle(TokenKind::AccessToken, 8) },
        // A row without a hash answers to no handle.
        by_handle(TokenKind::AccessToken, 11),
        by_handle(TokenKind::RefreshToken, 7),
        // Right hash, wrong row, wrong kind.
        TokenById { hash: Some(hash(8)), ..by_handle(TokenKind::AccessToken, 9) },
        by_handle(TokenKind::AccessToken, 7),
    ] {
        assert!(store.ask(asked).await.unwrap().is_none(), "{asked:?}");
    }
}
