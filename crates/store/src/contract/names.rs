//! By what people are found, and what a new name must not be.

use std::sync::Arc;

use serde_json::json;
use signet_core::change::Change;
use signet_core::lookup::{TitlesTaken, UsersByKeys};
use signet_core::name;
use signet_core::record::{Client, User};

use super::fixtures::*;
use super::{commit, conflict};
use crate::Store;

fn free(username: &str) -> Change {
    Change::FreeName(name::to_take(username))
}

async fn named(store: &dyn Store, typed: &str) -> Vec<String> {
    let found = store.ask(UsersByKeys(name::to_sign_in(typed, true))).await.unwrap();
    found.iter().map(|user| user.username.clone()).collect()
}

pub(super) async fn names(store: &dyn Store) {
    commit(store, vec![free("Paula"), put_user("u1", "Paula")]).await;
    for typed in ["paula", "PAULA", "Paula", "\u{ff50}\u{ff41}\u{ff55}\u{ff4c}\u{ff41}"] {
        assert_eq!(named(store, typed).await, ["Paula"], "{typed}");
    }
    assert!(named(store, "paul").await.is_empty() && named(store, "").await.is_empty());
    assert!(store.ask(UsersByKeys(Vec::new())).await.unwrap().is_empty());

    // A new name is nobody's in any case or form, and looks like nobody's; a refused commit leaves nothing of
    // it.
    for taken in ["Paula", "paula", "pau1a"] {
        conflict(store, 0, vec![free(taken), put_user("u2", taken)]).await;
        let refused = usize::from(taken != "Paula");
        conflict(store, refused, vec![put_user("u2", taken), free(taken)]).await;
    }
    conflict(store, 1, vec![put_user("u2", "nina"), Change::DeleteUser("nobody".into())]).await;
    commit(store, vec![free("nina")]).await;

    // Without this precondition a directory may have both.
    commit(store, vec![put_user("u2", "paula")]).await;
    assert_eq!(named(store, "pAULA").await, ["Paula", "paula"]);

    // Keys follow their person.
    let renamed = User { version: 1, ..user("u1", "Ella").duplicate() };
    commit(store, vec![Change::PutUser(Arc::new(renamed))]).await;
    assert_eq!(named(store, "PAULA").await, ["paula"]);
    assert_eq!(named(store, "ella").await, ["Ella"]);
    commit(store, vec![Change::DeleteUser("u2".into())]).await;
    assert!(named(store, "paula").await.is_empty());
    commit(store, vec![free("paula")]).await;
}

/// What names and ids of clients look like that operators added; those that registered themselves look like
/// nobody.
pub(super) async fn titles(store: &dyn Store) {
    let named = |id: &str, version: u64, name: &str, registered: bool| {
        let mut client = Client::new(id);
        client.client_name = Some(name.to_owned());
        client.extra.insert("client_name#de".to_owned(), json!(format!("{name} auf Deutsch")));
        (client.version, client.registered) = (version, registered);
        Change::PutClient(Arc::new(client))
    };
    let asked = |name: &str| TitlesTaken(name::taken_for(name).into_iter().collect());
    let taken = async |name: &str| !store.ask(asked(name)).await.unwrap().is_empty();
    commit(store, vec![named("a", 0, "Meadow Notes", false), named("b", 0, "Stranger", true)]).await;
    for name in [
        "Meadow Notes",
        "meadow-notes",
        "Me\u{430}dow Notes",
        "MEADOW NOTES AUF DEUTSCH",
        "Konto bei Meadow Notes",
        "Meadow Notes Reader",
        "a",
    ] {
        assert!(taken(name).await, "{name}");
    }
    for name in ["Stranger", "Meadow", "Meadowlark Notes", "b", ""] {
        assert!(!taken(name).await, "{name}");
    }
    let both = ["meadownotes", "elsewhere", "meadownotesaufdeutsch"].map(|name| asked(name).0.remove(0));
    let found = store.ask(TitlesTaken(both.to_vec())).await.unwrap();
    assert_eq!(found, [both[0].clone(), both[2].clone()]);
    // They follow their client, whoever else looks like it.
    commit(store, vec![named("c", 0, "Meadow Notes", false)]).await;
    conflict(store, 1, vec![named("d", 0, "Lost", false), Change::DeleteClient("nobody".into())]).await;
    commit(store, vec![named("a", 1, "Alpine Notes", false)]).await;
    assert!(taken("Meadow Notes").await && taken("Alpine Notes").await && !taken("Lost").await);
    commit(store, vec![Change::DeleteClient("c".into())]).await;
    assert!(!taken("Meadow Notes").await && taken("Alpine Notes").await);
    commit(store, vec![Change::DeleteClient("a".into())]).await;
    assert!(!taken("Alpine Notes").await);
}

pub(super) async fn addresses(store: &dyn Store) {
    let with = |id: &str, version: u64, email: &str, verified: bool| {
        let mut user = user(id, id).duplicate();
        user.version = version;
        user.claims.insert("email".to_owned(), json!(email));
        user.claims.insert("email_verified".to_owned(), json!(verified));
        Change::PutUser(Arc::new(user))
    };
    commit(store, vec![with("u1", 0, "Paula@Example.org", true), with("u2", 0, "nina@example.org", false)])
        .await;
    assert_eq!(named(store, "paula@example.org").await, ["u1"]);
    assert!(named(store, "nina@example.org").await.is_empty());
    conflict(store, 0, vec![free("paula@example.org")]).await;
    commit(store, vec![with("u1", 1, "else@example.org", true), with("u2", 1, "nina@example.org", true)])
        .await;
    assert!(named(store, "paula@example.org").await.is_empty());
    assert_eq!(named(store, "Nina@EXAMPLE.org").await, ["u2"]);
    // However many have an address, who is called so is found.
    let shared = |n: usize| with(&format!("a{n}"), 0, "zoe@example.org", true);
    commit(store, (0..12).map(shared).collect()).await;
    commit(store, vec![put_user("z", "zoe@example.org")]).await;
    let found = named(store, "zoe@example.org").await;
    assert!(found.contains(&"zoe@example.org".to_owned()) && found.len() == 9, "{found:?}");
}
