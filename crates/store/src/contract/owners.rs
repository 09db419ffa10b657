//! Clients, users, and the small things that belong to them.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::GrantId;
use signet_core::lookup::{AttemptsOf, ClientById, DocumentNamed, UserById, UserByName};
use signet_core::record::{Attempts, Client, Consent, Grant, Tally, TokenKind, User};
use signet_core::scope::Scope;
use signet_core::time::Timestamp;

use super::fixtures::*;
use super::{commit, conflict};
use crate::{List, Listed, Store};

pub(super) async fn clients(store: &dyn Store) {
    let stored = async |id: &str| same(store.ask(ClientById(id.into())).await.unwrap().known().as_deref());
    assert_eq!(stored("web").await, None);
    let of_version = |version: u64| {
        let mut client = Client::new("web");
        client.client_name = Some(format!("written over version {version}"));
        client.version = version;
        Arc::new(client)
    };
    conflict(store, 0, vec![Change::PutClient(of_version(1))]).await;
    commit(store, vec![put_client("web")]).await;
    let first = Client { version: 1, ..client("web").duplicate().unwrap() };
    assert_eq!(stored("web").await, same(Some(&first)));
    for version in 1..4 {
        for other in [0, version - 1, version + 1] {
            conflict(store, 0, vec![Change::PutClient(of_version(other))]).await;
        }
        commit(store, vec![Change::PutClient(of_version(version))]).await;
        let next = Client { version: version + 1, ..of_version(version).duplicate().unwrap() };
        assert_eq!(stored("web").await, same(Some(&next)));
    }
    commit(store, vec![put_client("other"), Change::DeleteClient("web".into())]).await;
    conflict(store, 0, vec![Change::PutClient(of_version(4))]).await;
    commit(store, vec![put_client("web")]).await;
}

pub(super) async fn deleting_a_client(store: &dyn Store) {
    conflict(store, 0, vec![Change::DeleteClient("web".into())]).await;
    let mut foreign = grant(2, Some("u1"));
    foreign.client = "other".into();
    commit(
        store,
        vec![
            put_client("web"),
            put_client("other"),
            put_user("u1", "diana"),
            Change::InsertSession(session(1, "u1")),
            Change::PutConsent(consent("u1", "web")),
            Change::PutConsent(consent("u1", "other")),
            Change::InsertGrant(grant(1, Some("u1"))),
            Change::InsertGrant(foreign),
            Change::InsertGrant(grant(3, None)),
            Change::InsertToken(access(11, 1)),
            Change::InsertToken(access(12, 2)),
            Change::InsertToken(access(13, 3)),
        ],
    )
    .await;
    commit(store, vec![Change::DeleteClient("web".into())]).await;
    let there = async |id: &str| store.ask(ClientById(id.into())).await.unwrap().known().is_some();
    assert!(!there("web").await && there("other").await);
    assert!(grant_of(store, TokenKind::AccessToken, 11).await.unwrap().revoked);
    assert!(!grant_of(store, TokenKind::AccessToken, 12).await.unwrap().revoked);
    assert!(grant_of(store, TokenKind::AccessToken, 13).await.unwrap().revoked);
    assert_eq!(the_consent(store, 1, "web").await, None);
    assert_eq!(the_consent(store, 1, "other").await, Some(consent("u1", "other")));
    assert!(the_session(store, 1).await.is_some());
    conflict(store, 0, vec![Change::DeleteClient("web".into())]).await;
}

/// What was granted to a client and agreed with it goes with it, and does not come back when a client of that
/// name does.
pub(super) async fn lives_of_clients(store: &dyn Store) {
    let begin = |number: u64| Change::BeginClient("web".into(), Change::FIRST_BEGINNING + number);
    let end = || Change::EndClient("web".into());
    let given = |id: i64| {
        vec![
            Change::PutConsent(consent("u1", "web")),
            Change::InsertGrant(grant(id, Some("u1"))),
            Change::InsertToken(access(id, id)),
            Change::InsertToken(code(id, id)),
            Change::InsertToken(refresh(id, id)),
        ]
    };
    let counts = async |id: i64| {
        let list = List::first(Listed::Grant(GrantId(id)), 1);
        let listed = store.list(list).await.unwrap().grants.iter().all(|grant| !grant.revoked);
        let found = !grant_of(store, TokenKind::AccessToken, id).await.unwrap().revoked;
        assert_eq!(listed, found);
        found
    };
    let agreed = async || the_consent(store, 1, "web").await.is_some();
    commit(store, vec![put_user("u1", "diana"), Change::InsertSession(session(1, "u1"))]).await;

    // Neither stored nor begun: what is granted to it has no life to end with.
    commit(store, given(1)).await;
    commit(store, vec![begin(1)]).await;
    commit(store, given(2)).await;
    assert!(counts(1).await && counts(2).await && agreed().await);
    commit(store, vec![end(), end()]).await;
    assert!(counts(1).await && !counts(2).await && !agreed().await);
    conflict(store, 0, vec![Change::InsertToken(access(20, 2))]).await;
    conflict(store, 0, vec![use_code(2)]).await;
    conflict(store, 0, vec![rotate(2, 0)]).await;
    commit(store, vec![begin(2)]).await;
    assert!(!counts(2).await && !agreed().await, "it has begun again, and what it had is not back");
    conflict(store, 0, vec![Change::InsertToken(access(20, 2))]).await;
    commit(store, given(3)).await;
    // Another process that reads the same file begins the same life.
    commit(store, vec![begin(2)]).await;
    store.sweep(NOW, 1000).await.unwrap();
    assert!(counts(3).await && agreed().await, "a life that goes on is not swept");

    // One that is stored under the same name has had its life when the other begins.
    commit(store, vec![put_client("web"), end()]).await;
    assert!(!counts(3).await && !agreed().await);
    commit(store, given(4)).await;
    commit(store, vec![begin(3)]).await;
    assert!(!counts(4).await && !agreed().await);
    commit(store, vec![end()]).await;
    assert!(!counts(4).await && !agreed().await, "and it does not come back when the other ends");
    commit(store, given(5)).await;
    assert!(counts(5).await && agreed().await);
    commit(store, vec![Change::DeleteClient("web".into()), put_client("web")]).await;
    assert!(!counts(5).await && !agreed().await);

    let consents = async || {
        let mut count = 0;
        loop {
            match store.sweep(NOW, 1).await.unwrap() {
                0 => return count,
                some => count += some,
            }
        }
    };
    assert_eq!(consents().await, 1, "what nobody can find any more is deleted, a little at a time");
    commit(store, given(6)).await;
    assert_eq!(consents().await, 0);
    assert!(agreed().await);
}

/// A client that is removed and stored again under its name is another one: what was decided about the first
/// is not written for the second, whatever their versions are.
pub(super) async fn versions_of_clients(store: &dyn Store) {
    let version = async || store.ask(ClientById("web".into())).await.unwrap().known().unwrap().version;
    let require = |version: u64| Change::RequireClient("web".into(), version);
    let mut seen = Vec::new();
    for updates in [0, 3, 1, 0] {
        commit(store, vec![put_client("web"), put_client("other")]).await;
        for _ in 0..updates {
            let record = Client { version: version().await, ..client("web").duplicate().unwrap() };
            seen.push(record.version);
            commit(store, vec![Change::PutClient(Arc::new(record))]).await;
        }
        let now = version().await;
        assert!(now > 0 && now < Change::FIRST_BEGINNING && !seen.contains(&now), "{now} {seen:?}");
        commit(store, vec![require(now)]).await;
        for before in &seen {
            conflict(store, 0, vec![require(*before)]).await;
            let late = Client { version: *before, ..client("web").duplicate().unwrap() };
            conflict(store, 0, vec![Change::PutClient(Arc::new(late))]).await;
        }
        seen.push(now);
        // A removal that does not happen changes nothing.
        conflict(store, 1, vec![Change::DeleteClient("web".into()), require(now)]).await;
        commit(store, vec![require(now)]).await;
        commit(store, vec![Change::DeleteClient("web".into()), Change::DeleteClient("other".into())]).await;
    }
    // In one commit too.
    commit(store, vec![put_client("web")]).await;
    let before = version().await;
    commit(store, vec![Change::DeleteClient("web".into()), put_client("web")]).await;
    conflict(store, 0, vec![require(before)]).await;
}

pub(super) async fn users(store: &dyn Store) {
    let by_id = async |id: &str| same(store.ask(UserById(id.into())).await.unwrap().as_deref());
    let by_name = async |name: &str| same(store.ask(UserByName(name.to_owned())).await.unwrap().as_deref());
    let of_version = |version, id, name| User { version, ..user(id, name).duplicate() };
    let put = |version, id, name| Change::PutUser(Arc::new(of_version(version, id, name)));
    conflict(store, 0, vec![put(1, "u1", "diana")]).await;
    commit(store, vec![put_user("u1", "diana")]).await;
    assert_eq!(by_id("u1").await, same(Some(&of_version(1, "u1", "diana"))));
    assert_eq!(by_name("diana").await, same(Some(&of_version(1, "u1", "diana"))));
    assert_eq!(by_name("Diana").await, None, "usernames are compared exactly");
    for other in [0, 2] {
        conflict(store, 0, vec![put(other, "u1", "diana")]).await;
    }

    // A username belongs to one person.
    commit(store, vec![put_user("u2", "elvis")]).await;
    conflict(store, 0, vec![put(1, "u2", "diana")]).await;
    conflict(store, 0, vec![put_user("u3", "diana")]).await;
    assert_eq!(by_name("elvis").await, same(Some(&of_version(1, "u2", "elvis"))));
    assert_eq!(by_id("u3").await, None);

    // Who takes a new name frees the old one.
    let locked = Arc::new(User { locked: true, ..of_version(1, "u1", "krall") });
    commit(store, vec![Change::PutUser(locked.clone())]).await;
    assert_eq!(by_name("diana").await, None);
    assert_eq!(by_name("krall").await, same(Some(&User { version: 2, ..locked.duplicate() })));
    commit(store, vec![put(1, "u2", "diana")]).await;
    assert_eq!(by_name("diana").await, same(Some(&of_version(2, "u2", "diana"))));
}

pub(super) async fn deleting_a_user(store: &dyn Store) {
    conflict(store, 0, vec![Change::DeleteUser("u1".into())]).await;
    let mut offline = grant(2, Some("u1"));
    offline.offline = true;
    commit(
        store,
        vec![
            put_user("u1", "diana"),
            put_user("u10", "elvis"),
            Change::InsertSession(session(1, "u1")),
            Change::InsertSession(session(2, "u10")),
            Change::PutConsent(consent("u1", "web")),
            Change::PutConsent(consent("u10", "web")),
            Change::InsertGrant(grant(1, Some("u1"))),
            Change::InsertGrant(offline),
            Change::InsertGrant(grant(3, Some("u10"))),
            Change::InsertToken(access(11, 1)),
            Change::InsertToken(access(12, 2)),
            Change::InsertToken(access(13, 3)),
        ],
    )
    .await;
    commit(store, vec![Change::DeleteUser("u1".into())]).await;
    assert!(store.ask(UserById("u1".into())).await.unwrap().is_none());
    assert!(store.ask(UserByName("diana".to_owned())).await.unwrap().is_none());
    assert_eq!(the_session(store, 1).await, None);
    assert_eq!(the_session(store, 2).await, Some(session(2, "u10")));
    assert!(grant_of(store, TokenKind::AccessToken, 11).await.unwrap().revoked);
    assert!(grant_of(store, TokenKind::AccessToken, 12).await.unwrap().revoked);
    assert!(!grant_of(store, TokenKind::AccessToken, 13).await.unwrap().revoked);
    assert_eq!(the_consent(store, 2, "web").await, Some(consent("u10", "web")));

    // The name and the id are free again, and nothing of the old is left.
    commit(store, vec![put_user("u1", "diana"), Change::InsertSession(session(3, "u1"))]).await;
    assert_eq!(the_consent(store, 3, "web").await, None);
}

pub(super) async fn consents(store: &dyn Store) {
    commit(store, vec![put_user("u1", "diana"), Change::InsertSession(session(1, "u1"))]).await;
    assert_eq!(the_consent(store, 1, "web").await, None);
    commit(store, vec![Change::PutConsent(consent("u1", "web")), Change::PutConsent(consent("u2", "web"))])
        .await;
    assert_eq!(the_consent(store, 1, "web").await, Some(consent("u1", "web")));
    assert_eq!(the_consent(store, 1, "other").await, None);
    let more = Consent {
        scope: Scope::from_words(["openid", "phone"]),
        expires_at: NOW.plus(5),
        ..consent("u1", "web")
    };
    commit(store, vec![Change::PutConsent(more.clone())]).await;
    assert_eq!(the_consent(store, 1, "web").await, Some(more));
    let require = || Change::RequireConsent("u1".into(), "web".into());
    commit(store, vec![require()]).await;
    conflict(store, 1, vec![require(), Change::RequireConsent("u1".into(), "other".into())]).await;
    // One may come in the same commit.
    commit(
        store,
        vec![Change::PutConsent(consent("u1", "other")), Change::RequireConsent("u1".into(), "other".into())],
    )
    .await;

    let end = || Change::EndConsent("u1".into(), "web".into());
    let to = |id: i64, user: &str, client: &str| Grant { client: client.into(), ..grant(id, Some(user)) };
    let grants = [to(1, "u1", "web"), to(2, "u1", "web"), to(3, "u1", "other"), to(4, "u2", "web")];
    commit(store, grants.into_iter().map(Change::InsertGrant).collect()).await;
    commit(store, vec![Change::InsertToken(code(1, 1)), Change::InsertToken(refresh(2, 2))]).await;
    commit(store, vec![end()]).await;
    assert_eq!(the_consent(store, 1, "web").await, None);
    assert_eq!(the_consent(store, 1, "other").await, Some(consent("u1", "other")));
    for again in [end(), require(), use_code(1), rotate(2, 0)] {
        conflict(store, 0, vec![again]).await;
    }
    for (id, revoked) in [(1, true), (2, true), (3, false), (4, false)] {
        let found = store.list(List::first(Listed::Grant(GrantId(id)), 1)).await.unwrap().grants;
        assert_eq!(found.iter().map(|grant| grant.revoked).collect::<Vec<_>>(), [revoked], "{id}");
    }
    // It can be given again; what was revoked stays so.
    commit(store, vec![Change::PutConsent(consent("u1", "web")), require()]).await;
    conflict(store, 0, vec![use_code(1)]).await;
    // With the client, or with what was granted to it before, a consent ends too.
    commit(store, vec![put_client("gone"), Change::PutConsent(consent("u1", "gone"))]).await;
    commit(store, vec![Change::DeleteClient("gone".into())]).await;
    conflict(store, 0, vec![Change::RequireConsent("u1".into(), "gone".into())]).await;
    conflict(store, 0, vec![Change::EndConsent("u1".into(), "gone".into())]).await;
}

pub(super) async fn documents(store: &dyn Store) {
    let stored = async || store.ask(DocumentNamed("keys".to_owned())).await.unwrap();
    assert_eq!(stored().await, None);
    for wrong in [0, 2, u64::MAX] {
        conflict(store, 0, vec![Change::PutDocument(document(wrong, b"x"))]).await;
    }
    commit(store, vec![Change::PutDocument(document(1, b"\0binary\xff"))]).await;
    assert_eq!(stored().await, Some(document(1, b"\0binary\xff")));
    for wrong in [0, 1, 3] {
        conflict(store, 0, vec![Change::PutDocument(document(wrong, b"x"))]).await;
    }
    commit(store, vec![Change::PutDocument(document(2, b"")), Change::PutDocument(document(3, b"third"))])
        .await;
    assert_eq!(stored().await, Some(document(3, b"third")));
    let delete = |version| Change::DeleteDocument("keys".to_owned(), version);
    for wrong in [0, 2, 4, u64::MAX] {
        conflict(store, 0, vec![delete(wrong)]).await;
    }
    conflict(store, 1, vec![delete(3), delete(3)]).await;
    assert_eq!(stored().await, Some(document(3, b"third")));
    commit(store, vec![delete(3)]).await;
    assert_eq!(stored().await, None);
    // What comes after it is new, and not the next version of what went.
    conflict(store, 0, vec![Change::PutDocument(document(4, b"x"))]).await;
    commit(store, vec![Change::PutDocument(document(1, b"new"))]).await;
    assert_eq!(stored().await, Some(document(1, b"new")));
}

pub(super) async fn attempts(store: &dyn Store) {
    let row = |key: &str, level: u64, at: Timestamp| Attempts {
        key: key.to_owned(),
        level,
        at,
        expires_at: at.plus(level.div_ceil(1000)),
    };
    let keys = ["a", "none", "b"].map(str::to_owned).to_vec();
    let kept = async || store.ask(AttemptsOf(keys.clone())).await.unwrap();
    let spend = |key: &str, at| Change::Tally(Tally::Spend(fill(key, 2500, 5000, at)));
    assert_eq!(kept().await, []);
    commit(store, vec![spend("a", NOW), spend("b", NOW), spend("a", NOW.plus(1))]).await;
    assert_eq!(kept().await, [row("a", 4000, NOW.plus(1)), row("b", 2500, NOW)]);
    // What would be too much is not written, nor is anything that came with it.
    conflict(store, 1, vec![spend("b", NOW.plus(1)), spend("a", NOW.plus(2))]).await;
    assert_eq!(kept().await, [row("a", 4000, NOW.plus(1)), row("b", 2500, NOW)]);
    commit(store, vec![spend("a", NOW.plus(3)), Change::Tally(Tally::Charge(fill("b", 9000, 6000, NOW)))])
        .await;
    assert_eq!(kept().await, [row("a", 4500, NOW.plus(3)), row("b", 6000, NOW)]);
    let refund =
        |key: &str, amount| Change::Tally(Tally::Refund { key: key.to_owned(), amount, at: NOW.plus(3) });
    commit(store, vec![refund("a", 500), refund("b", 6000), refund("none", 1)]).await;
    assert_eq!(kept().await, [row("a", 4000, NOW.plus(3))]);
    for _ in 0..2 {
        commit(store, vec![Change::Tally(Tally::Clear { key: "a".to_owned() })]).await;
        assert_eq!(kept().await, []);
    }
}
