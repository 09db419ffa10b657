//! What was committed is there after the store was closed and opened again.

use std::sync::Arc;

use serde_json::{Value, json};
use signet_core::change::Change;
use signet_core::id::{GrantId, TokenId};
use signet_core::lookup::{AttemptsOf, DocumentNamed, UserByName};
use signet_core::record::TokenKind;

use super::deliveries::delivery;
use super::events::event;
use super::fixtures::*;
use super::{commit, conflict};
use crate::{EventFilter, List, Listed, Store};

/// For stores that keep: `open` opens the same, at first empty, place each time.
pub async fn reopen(open: impl AsyncFn() -> Arc<dyn Store>) {
    let store = open().await;
    store.migrate().await.unwrap();
    commit(
        &*store,
        vec![
            put_client("web"),
            put_user("u1", "diana"),
            Change::InsertSession(session(1, "u1")),
            Change::PutConsent(consent("u1", "web")),
            Change::InsertGrant(grant(1, Some("u1"))),
            Change::InsertToken(code(7, 1)),
            Change::InsertToken(access(8, 1)),
            Change::InsertToken(refresh(7, 1)),
            use_code(7),
            rotate(7, 0),
            Change::RevokeToken(TokenKind::AccessToken, TokenId(8)),
            see("a", "b"),
            charge("account:diana", 60_000),
            Change::PutDocument(document(1, b"\x00\xff")),
            Change::Enqueue(delivery(1, "a")),
            Change::Record(Box::new(event(1, "a.b"))),
        ],
    )
    .await;
    let before = everything(&*store).await;
    drop(store);

    let store = open().await;
    assert_eq!(everything(&*store).await, before);
    store.migrate().await.unwrap();
    assert_eq!(everything(&*store).await, before);
    conflict(&*store, 0, vec![use_code(7)]).await;
    conflict(&*store, 0, vec![rotate(7, 0)]).await;
    conflict(&*store, 0, vec![see("a", "b")]).await;
    commit(&*store, vec![rotate(7, 1), Change::RevokeGrant(GrantId(1))]).await;
    drop(store);

    let store = open().await;
    conflict(&*store, 0, vec![rotate(7, 2)]).await;
}

/// All that the fixtures may have put there, to compare before and after.
pub(super) async fn everything(store: &dyn Store) -> Value {
    let list = async |what: Listed| store.list(List::first(what, 100)).await.unwrap();
    let clients = list(Listed::Clients).await.clients;
    let users = list(Listed::Users).await.users;
    let sessions = list(Listed::Sessions(None)).await.sessions;
    let grants = list(Listed::Grants("u1".into())).await;
    let mut names = Vec::new();
    for name in ["diana", "elvis", "renamed"] {
        let user = store.ask(UserByName(name.to_owned())).await.unwrap();
        names.push(user.map(|user| user.id.0.clone()));
    }
    let attempts = store.ask(AttemptsOf(vec!["account:diana".to_owned()])).await.unwrap();
    let documents = store.ask(DocumentNamed("keys".to_owned())).await.unwrap();
    let deliveries = list(Listed::Deliveries).await.deliveries;
    let events = list(Listed::Events(EventFilter::default())).await.events;
    json!({
        "events": events.iter().map(|event| format!("{event:?}")).collect::<Vec<_>>(),
        "clients": clients.iter().map(|c| same(Some(&**c))).collect::<Vec<_>>(),
        "users": users.iter().map(|u| same(Some(&**u))).collect::<Vec<_>>(),
        "names": names,
        "sessions": sessions,
        "grants": grants.grants,
        "tokens": grants.tokens,
        "consents": [the_consent(store, 1, "web").await, the_consent(store, 1, "other").await],
        "attempts": attempts,
        "deliveries": deliveries,
        "documents": documents.iter().map(|d| json!([d.name, d.version, d.value])).collect::<Vec<_>>(),
    })
}
