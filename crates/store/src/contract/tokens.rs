//! Grants, tokens, and single use.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::{GrantId, TokenId};
use signet_core::lookup::JtiSeen;
use signet_core::record::{Grant, Token, TokenKind, User};
use signet_core::time::Timestamp;

use super::fixtures::*;
use super::{commit, conflict};
use crate::Store;

const KINDS: [TokenKind; 3] = [TokenKind::AuthorizationCode, TokenKind::AccessToken, TokenKind::RefreshToken];

pub(super) async fn inserting(store: &dyn Store) {
    commit(store, vec![Change::InsertGrant(grant(1, Some("u1")))]).await;
    let other = Grant { sub: "other".to_owned(), ..grant(1, Some("u1")) };
    conflict(store, 0, vec![Change::InsertGrant(other)]).await;
    // Each kind has ids of its own, and every member comes back.
    for token in [code(7, 1), access(7, 1), refresh(7, 1)] {
        commit(store, vec![Change::InsertToken(token.clone())]).await;
        assert_eq!(the_token(store, token.kind, 7).await, Some(token.clone()));
        assert_eq!(grant_of(store, token.kind, 7).await, Some(grant(1, Some("u1"))));
        let other = Token { issued_at: NOW.plus(9), ..token.clone() };
        conflict(store, 0, vec![Change::InsertToken(other)]).await;
        assert_eq!(the_token(store, token.kind, 7).await, Some(token));
    }
    // A token cannot exist without its grant.
    conflict(store, 0, vec![Change::InsertToken(access(8, 2))]).await;
    assert_eq!(the_token(store, TokenKind::AccessToken, 8).await, None);
    let odd = Token { expires_at: Timestamp::NEVER, revoked: true, used: 3, ..access(9, 1) };
    commit(store, vec![Change::InsertToken(odd.clone())]).await;
    assert_eq!(the_token(store, TokenKind::AccessToken, 9).await, Some(odd));
}

pub(super) async fn using(store: &dyn Store) {
    let of = |kind: TokenKind| match kind {
        TokenKind::AuthorizationCode => code(7, 1),
        TokenKind::AccessToken => access(7, 1),
        TokenKind::RefreshToken => refresh(7, 1),
    };
    commit(store, (1..=4).map(|id| Change::InsertGrant(grant(id, None))).collect()).await;
    for (kind, falling) in KINDS.into_iter().zip(2..) {
        let again = |id: i64, seconds: u64| Change::UseToken(kind, TokenId(id), NOW.plus(seconds));
        conflict(store, 0, vec![again(7, 1)]).await;
        let twice = Token { max_usage: 2, ..of(kind) };
        let endless = Token { id: TokenId(8), max_usage: 0, ..of(kind) };
        let revoked = Token { id: TokenId(9), max_usage: 0, revoked: true, ..of(kind) };
        let fallen = Token { id: TokenId(10), max_usage: 0, grant: GrantId(falling), ..of(kind) };
        commit(store, [&twice, &endless, &revoked, &fallen].map(|t| Change::InsertToken(t.clone())).to_vec())
            .await;
        commit(store, vec![again(7, 1)]).await;
        commit(store, vec![again(7, 2)]).await;
        conflict(store, 0, vec![again(7, 3)]).await;
        let used = Token { used: 2, used_at: NOW.plus(2), ..twice };
        assert_eq!(the_token(store, kind, 7).await, Some(used));
        for round in 1..=3 {
            commit(store, vec![again(8, u64::from(round))]).await;
            assert_eq!(the_token(store, kind, 8).await.unwrap().used, round);
        }
        conflict(store, 0, vec![again(9, 1)]).await;
        commit(store, vec![Change::RevokeGrant(GrantId(falling))]).await;
        conflict(store, 0, vec![again(10, 1)]).await;
        // Expiry is for decisions to judge, not for the store.
        commit(store, vec![again(8, 900 * DAY)]).await;
    }
}

pub(super) async fn rotating(store: &dyn Store) {
    conflict(store, 0, vec![rotate(7, 0)]).await;
    commit(
        store,
        vec![
            Change::InsertGrant(grant(1, None)),
            Change::InsertGrant(grant(2, None)),
            Change::InsertToken(refresh(7, 1)),
            Change::InsertToken(refresh(8, 1)),
            Change::InsertToken(refresh(9, 2)),
        ],
    )
    .await;
    conflict(store, 0, vec![rotate(7, 1)]).await;
    for from in 0..3 {
        commit(store, vec![rotate(7, from)]).await;
        let at = NOW.plus(u64::from(from) + 1);
        let head = Token { used: from + 1, used_at: at, expires_at: at.plus(30 * DAY), ..refresh(7, 1) };
        assert_eq!(the_token(store, TokenKind::RefreshToken, 7).await, Some(head));
        conflict(store, 0, vec![rotate(7, from)]).await;
        conflict(store, 0, vec![rotate(7, from + 2)]).await;
    }
    // Twice in one commit is from one head to the next and on.
    commit(store, vec![rotate(7, 3), rotate(7, 4)]).await;
    commit(
        store,
        vec![Change::RevokeToken(TokenKind::RefreshToken, TokenId(8)), Change::RevokeGrant(GrantId(2))],
    )
    .await;
    conflict(store, 0, vec![rotate(8, 0)]).await;
    conflict(store, 0, vec![rotate(9, 0)]).await;
    assert_eq!(the_token(store, TokenKind::RefreshToken, 9).await, Some(refresh(9, 2)));
}

pub(super) async fn revoking(store: &dyn Store) {
    let tokens = [code(7, 1), access(7, 1), refresh(7, 1)];
    commit(store, vec![Change::InsertGrant(grant(1, None)), Change::InsertGrant(grant(2, None))]).await;
    commit(store, tokens.iter().cloned().map(Change::InsertToken).collect()).await;
    for token in tokens {
        for _ in 0..2 {
            commit(store, vec![Change::RevokeToken(token.kind, TokenId(7))]).await;
            assert_eq!(the_token(store, token.kind, 7).await, Some(Token { revoked: true, ..token.clone() }));
        }
        commit(store, vec![Change::RevokeToken(token.kind, TokenId(99))]).await;
    }
    assert!(!grant_of(store, TokenKind::AccessToken, 7).await.unwrap().revoked);
    for _ in 0..2 {
        commit(store, vec![Change::RevokeGrant(GrantId(1)), Change::RevokeGrant(GrantId(99))]).await;
        assert_eq!(
            grant_of(store, TokenKind::AccessToken, 7).await,
            Some(Grant { revoked: true, ..grant(1, None) })
        );
    }
    // Nothing more is minted under it.
    conflict(store, 0, vec![Change::InsertToken(access(8, 1))]).await;
    let revoked = [Change::InsertGrant(grant(3, None)), Change::RevokeGrant(GrantId(3))];
    let mint = Change::InsertToken(access(8, 3));
    conflict(store, 2, revoked.into_iter().chain([mint]).collect()).await;
    // What was used or rotated a moment ago is no reason to: not once its grant is revoked, nor under
    // another.
    let living = [
        Change::InsertGrant(grant(4, None)),
        Change::InsertToken(code(10, 4)),
        Change::InsertToken(refresh(10, 4)),
    ];
    commit(store, living.to_vec()).await;
    let code_used = Change::UseToken(TokenKind::AuthorizationCode, TokenId(10), NOW);
    for first in [code_used, rotate(10, 0)] {
        let mint = |grant: i64| Change::InsertToken(access(11, grant));
        conflict(store, 1, vec![first.clone(), mint(1)]).await;
        conflict(store, 2, vec![first.clone(), Change::RevokeGrant(GrantId(4)), mint(4)]).await;
        conflict(store, 2, vec![first.clone(), mint(4), first]).await;
    }
}

pub(super) async fn jwt_ids(store: &dyn Store) {
    let seen = async |issuer: &str, jti: &str| {
        store.ask(JtiSeen { issuer: issuer.to_owned(), jti: jti.to_owned() }).await.unwrap()
    };
    assert!(!seen("a", "bc").await);
    commit(store, vec![see("a", "bc")]).await;
    assert!(seen("a", "bc").await);
    assert!(!seen("ab", "c").await && !seen("a", "b").await && !seen("", "abc").await);
    conflict(store, 0, vec![see("a", "bc")]).await;
    // Issuers do not share ids, wherever the border between both texts lies.
    commit(store, vec![see("ab", "c"), see("", "abc"), see("abc", ""), see("b", "bc")]).await;
    conflict(store, 0, vec![see("abc", "")]).await;
    conflict(store, 1, vec![see("new", "1"), see("new", "1")]).await;
    commit(store, vec![see("new", "1")]).await;
}

pub(super) async fn all_or_none(store: &dyn Store) {
    commit(store, Vec::new()).await;
    commit(
        store,
        vec![
            put_client("web"),
            put_user("u1", "diana"),
            Change::InsertSession(session(1, "u1")),
            Change::InsertGrant(grant(1, Some("u1"))),
            Change::InsertToken(code(7, 1)),
            Change::InsertToken(refresh(7, 1)),
            Change::PutConsent(consent("u1", "web")),
            Change::PutDocument(document(1, b"one")),
            use_code(7),
        ],
    )
    .await;
    let before = super::reopen::everything(store).await;
    // Each kind of write once, and at the end one that conflicts: nothing of it may be left.
    let changes = vec![
        put_client("other"),
        Change::DeleteClient("web".into()),
        put_user("u2", "elvis"),
        Change::PutUser(Arc::new(User { version: 1, ..user("u1", "renamed").duplicate() })),
        Change::DeleteUser("u1".into()),
        put_user("u1", "diana"),
        Change::InsertSession(session(2, "u1")),
        Change::EndSession(session(2, "u1").id),
        Change::InsertGrant(grant(2, Some("u1"))),
        Change::InsertToken(access(8, 2)),
        Change::InsertToken(refresh(8, 2)),
        rotate(8, 0),
        Change::RevokeToken(TokenKind::RefreshToken, TokenId(7)),
        Change::RevokeGrant(GrantId(2)),
        Change::PutConsent(consent("u1", "other")),
        Change::EndConsent("u1".into(), "other".into()),
        see("a", "b"),
        Change::PutDocument(document(2, b"two")),
        use_code(7),
    ];
    let last = changes.len() - 1;
    conflict(store, last, changes).await;
    assert_eq!(super::reopen::everything(store).await, before);
    // What the failed commit would have taken is still free.
    commit(store, vec![see("a", "b"), put_client("other"), put_user("u2", "elvis")]).await;
    commit(store, vec![Change::InsertGrant(grant(2, Some("u1"))), Change::InsertToken(access(8, 2))]).await;
}
