//! Lists, a page at a time.

use signet_core::change::Change;
use signet_core::id::{GrantId, TokenId};
use signet_core::record::{Consent, Document, Grant, Token, TokenKind};
use signet_core::time::Timestamp;

use super::commit;
use super::fixtures::*;
use crate::{List, Listed, Listing, Store, StoreError};

/// All pages of a list.
async fn pages(store: &dyn Store, what: Listed, limit: usize) -> Vec<Listing> {
    let mut query = List::first(what, limit);
    let mut all = Vec::new();
    loop {
        let page = store.list(query.clone()).await.unwrap();
        query.after.clone_from(&page.next);
        all.push(page);
        if query.after.is_none() {
            return all;
        }
        assert!(all.len() < 100, "the list has no end");
    }
}

pub(super) async fn clients_and_users(store: &dyn Store) {
    assert!(store.list(List::first(Listed::Clients, 3)).await.unwrap().next.is_none());
    let names = ["b", "a", "d", "c"];
    commit(store, names.iter().map(|name| put_client(name)).collect()).await;
    commit(store, names.iter().map(|name| put_user(&format!("z{name}"), name)).collect()).await;

    for (limit, expected) in [
        (0, vec!["a", "b", "c", "d"]),
        (1, vec!["a", "b", "c", "d"]),
        (3, vec!["abc", "d"]),
        (4, vec!["abcd"]),
    ] {
        let clients = pages(store, Listed::Clients, limit).await;
        let clients: Vec<String> =
            clients.iter().map(|page| page.clients.iter().map(|c| c.client_id.as_str()).collect()).collect();
        assert_eq!(clients, expected);
        let users = pages(store, Listed::Users, limit).await;
        let users: Vec<String> =
            users.iter().map(|page| page.users.iter().map(|u| u.username.as_str()).collect()).collect();
        assert_eq!(users, expected);
    }
    // A page may begin after what has been deleted since.
    commit(store, vec![Change::DeleteClient("b".into())]).await;
    let query = List { what: Listed::Clients, after: Some("b".to_owned()), limit: 1 };
    let page = store.list(query).await.unwrap();
    assert_eq!(page.clients.iter().map(|c| c.client_id.as_str()).collect::<Vec<_>>(), ["c"]);
    assert_eq!(page.next.as_deref(), Some("c"));
}

pub(super) async fn attempts(store: &dyn Store) {
    commit(store, ["b", "a", "c"].map(|key| charge(key, 1000)).to_vec()).await;
    for limit in [1, 2, 10] {
        let all = pages(store, Listed::Attempts, limit).await;
        let keys: Vec<&str> =
            all.iter().flat_map(|page| page.attempts.iter().map(|row| row.key.as_str())).collect();
        assert_eq!(keys, ["a", "b", "c"]);
    }
}

pub(super) async fn documents(store: &dyn Store) {
    let names = ["a", "a:", "a:3", "a:1", "a:20", "b:1", "A:1", "a:é"];
    let put =
        |name: &str| Change::PutDocument(Document { name: name.to_owned(), ..document(1, name.as_bytes()) });
    commit(store, names.map(put).to_vec()).await;
    for limit in [1, 2, 10] {
        let pages = pages(store, Listed::Documents("a:".to_owned()), limit).await;
        let found: Vec<_> = pages.into_iter().flat_map(|page| page.documents).collect();
        assert_eq!(found.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["a:1", "a:20", "a:3", "a:é"]);
        assert!(found.iter().all(|d| d.version == 1 && d.value == d.name.as_bytes()));
    }
    assert!(
        store.list(List::first(Listed::Documents("c".to_owned()), 3)).await.unwrap().documents.is_empty()
    );
}

pub(super) async fn sessions(store: &dyn Store) {
    let of = |id: i64| session(id, if id % 2 == 0 { "even" } else { "odd" });
    commit(store, [5, 3, 4, 1, 2].map(|id| Change::InsertSession(of(id))).to_vec()).await;
    let all = pages(store, Listed::Sessions(None), 2).await;
    assert_eq!(all.iter().map(|page| page.sessions.len()).collect::<Vec<_>>(), [2, 2, 1]);
    let all: Vec<_> = all.into_iter().flat_map(|page| page.sessions).collect();
    assert_eq!(all, [1, 2, 3, 4, 5].map(of));
    let odd = pages(store, Listed::Sessions(Some("odd".into())), 2).await;
    let odd: Vec<_> = odd.into_iter().flat_map(|page| page.sessions).collect();
    assert_eq!(odd, [1, 3, 5].map(of));
    let query = List { what: Listed::Sessions(None), after: Some("elsewhere".to_owned()), limit: 1 };
    assert_eq!(store.list(query).await.unwrap_err(), StoreError::Page("elsewhere".to_owned()));
}

pub(super) async fn consents(store: &dyn Store) {
    // Ids whose order is another one than that of their keys.
    let (people, clients) = (["u10", "u2", "u1:", "config:diana"], ["web", "https://a.example/", "b"]);
    let all: Vec<Consent> =
        people.iter().flat_map(|user| clients.map(|client| consent(user, client))).collect();
    commit(store, all.iter().cloned().map(Change::PutConsent).collect()).await;
    // What ended with its client is in no list.
    commit(store, vec![put_client("gone"), Change::PutConsent(consent("u2", "gone"))]).await;
    commit(store, vec![Change::DeleteClient("gone".into())]).await;
    let sorted = |wanted: &dyn Fn(&Consent) -> bool| {
        let mut found: Vec<Consent> = all.iter().filter(|one| wanted(one)).cloned().collect();
        found.sort_by(|a, b| (a.user.as_str(), a.client.as_str()).cmp(&(b.user.as_str(), b.client.as_str())));
        found
    };
    for limit in [1, 2, 5, 100] {
        for user in [None, Some("u10"), Some("u1:"), Some("nobody")] {
            for client in [None, Some("web"), Some("https://a.example/"), Some("gone")] {
                let what = Listed::Consents { user: user.map(Into::into), client: client.map(Into::into) };
                let pages = pages(store, what, limit).await;
                assert!(pages.iter().all(|page| page.consents.len() <= limit));
                let found: Vec<Consent> = pages.into_iter().flat_map(|page| page.consents).collect();
                let wanted = |one: &Consent| {
                    user.is_none_or(|user| one.user.as_str() == user)
                        && client.is_none_or(|client| one.client.as_str() == client)
                };
                assert_eq!(found, sorted(&wanted), "{user:?} {client:?} {limit}");
            }
        }
    }
    let what = Listed::Consents { user: None, client: None };
    let query = List { what, after: Some("elsewhere".to_owned()), limit: 1 };
    assert_eq!(store.list(query).await.unwrap_err(), StoreError::Page("elsewhere".to_owned()));
}

pub(super) async fn held(store: &dyn Store) {
    let to = |client: &str, grant: Grant| Change::InsertGrant(Grant { client: client.into(), ..grant });
    let of = async |what: &dyn Fn(Timestamp) -> Listed, at: Timestamp| {
        let held = store.list(List::first(what(at), 1)).await.unwrap().held;
        (held.sessions, held.grants, held.consents)
    };
    let user = |at| Listed::OfUser("u1".into(), at);
    let client = |at| Listed::OfClient("web".into(), at);
    assert_eq!(of(&user, NOW).await, (0, 0, 0));
    commit(store, vec![put_client("web"), put_client("other")]).await;
    let mut changes: Vec<Change> = [1, 2].map(|id| Change::InsertSession(session(id, "u1"))).to_vec();
    changes.push(Change::InsertSession(session(3, "u2")));
    let ends = |id| Grant { expires_at: NOW.plus(10), ..grant(id, Some("u1")) };
    changes.extend([to("web", grant(1, Some("u1"))), to("web", ends(2)), to("other", grant(3, Some("u1")))]);
    changes.extend([
        to("web", grant(4, Some("u2"))),
        to("web", grant(5, None)),
        to("web", grant(6, Some("u1"))),
    ]);
    changes.push(Change::RevokeGrant(GrantId(6)));
    let short = Consent { expires_at: NOW.plus(10), ..consent("u2", "web") };
    let consents = [consent("u1", "web"), consent("u1", "other"), short];
    changes.extend(consents.map(Change::PutConsent));
    commit(store, changes).await;
    assert_eq!((of(&user, NOW).await, of(&client, NOW).await), ((2, 3, 2), (0, 4, 2)));
    let later = NOW.plus(10);
    assert_eq!((of(&user, later).await, of(&client, later).await), ((2, 2, 2), (0, 3, 1)));
    assert_eq!(of(&user, NOW.plus(2 * DAY)).await, (0, 0, 2));
    // What ended with its application counts for nobody.
    commit(store, vec![Change::DeleteClient("web".into()), put_client("web")]).await;
    assert_eq!((of(&user, NOW).await, of(&client, NOW).await), ((2, 1, 1), (0, 0, 0)));
}

pub(super) async fn grants(store: &dyn Store) {
    let mut changes: Vec<Change> = [3, 1, 2].map(|id| Change::InsertGrant(grant(id, Some("u1")))).to_vec();
    changes.push(Change::InsertGrant(grant(4, Some("u2"))));
    let tokens = [access(31, 3), code(20, 2), access(21, 2), access(22, 2), refresh(23, 2), access(41, 4)];
    changes.extend(tokens.map(Change::InsertToken));
    changes.push(Change::RevokeGrant(GrantId(2)));
    changes.push(Change::RevokeToken(TokenKind::AccessToken, TokenId(22)));
    commit(store, changes).await;

    let second = Grant { revoked: true, ..grant(2, Some("u1")) };
    let below = [code(20, 2), access(21, 2), Token { revoked: true, ..access(22, 2) }, refresh(23, 2)];
    let all = pages(store, Listed::Grants("u1".into()), 1).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].grants, [grant(1, Some("u1"))]);
    assert_eq!(all[0].tokens, []);
    assert_eq!(all[1].grants, std::slice::from_ref(&second));
    assert_eq!(all[1].tokens, below);
    assert_eq!(all[2].tokens, [access(31, 3)]);

    let one = store.list(List::first(Listed::Grant(GrantId(2)), 1)).await.unwrap();
    assert_eq!((one.grants, one.tokens, one.next), (vec![second], below.to_vec(), None));
    assert!(store.list(List::first(Listed::Grant(GrantId(9)), 1)).await.unwrap().grants.is_empty());
    assert!(store.list(List::first(Listed::Grants("u3".into()), 1)).await.unwrap().grants.is_empty());
}
