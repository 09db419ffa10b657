//! Many people in few commits.

use std::sync::Mutex;

use signet_core::lookup::{Facts, Lookup};
use signet_store::{Answer, List, Listing, MemoryStore, StoreError};

use super::*;
use crate::admin::users;
use crate::clock::SystemRng;

const NOW: Timestamp = Timestamp(1_795_000_000);

/// A store that counts commits, and to which somebody else adds a person just before the first one.
struct Busy {
    store: MemoryStore,
    commits: Mutex<usize>,
    faster: Option<&'static str>,
}

impl Busy {
    fn new(faster: Option<&'static str>) -> Self {
        Self { store: MemoryStore::new(), commits: Mutex::new(0), faster }
    }
}

impl Store for Busy {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        self.store.find(lookups)
    }

    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let first = {
                let mut commits = self.commits.lock().unwrap();
                *commits += 1;
                *commits == 1
            };
            if let Some(name) = self.faster.filter(|_| first) {
                users::add(&self.store, &SystemRng, person(name), false, NOW).await.unwrap();
            }
            self.store.commit(changes).await
        })
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        self.store.list(query)
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>> {
        self.store.sweep(now, limit)
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.health()
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.migrate()
    }
}

fn person(name: &str) -> Person {
    Person { username: name.to_owned(), password: None, claims: Default::default(), locked: false }
}

fn people(count: usize) -> Vec<Person> {
    (0..count).map(|number| person(&format!("p{number:04}"))).collect()
}

async fn run(store: &Busy, update: bool) -> Imported {
    let update = update.then_some(Update { keep_offline: false });
    import(store, &SystemRng, people(600), update, true, NOW).await.unwrap()
}

#[tokio::test]
async fn many_people_are_few_commits() {
    let busy = Busy::new(None);
    assert_eq!(run(&busy, false).await.added.len(), 600);
    assert_eq!(*busy.commits.lock().unwrap(), 3);
    let again = run(&busy, false).await;
    assert_eq!((again.added.len(), again.conflicts.len(), *busy.commits.lock().unwrap()), (0, 600, 3));
    assert_eq!(run(&busy, true).await.updated.len(), 600);
    assert_eq!(*busy.commits.lock().unwrap(), 6);
}

#[tokio::test]
async fn who_was_added_in_the_same_moment_keeps_the_name_and_the_others_are_added() {
    let imported = run(&Busy::new(Some("p0007")), false).await;
    assert_eq!((imported.added.len(), imported.conflicts), (599, vec!["p0007".to_owned()]));
}

#[tokio::test]
async fn two_of_one_file_who_would_answer_to_one_address_are_named() {
    let store = MemoryStore::new();
    let mut crossed = people(3);
    let claims = serde_json::json!({"email": "p@example.org", "email_verified": true});
    crossed[0].claims = claims.as_object().unwrap().clone();
    crossed[2].username = "p@example.org".to_owned();
    let refused = import(&store, &SystemRng, crossed, None, false, NOW).await.unwrap_err().to_string();
    assert!(refused.contains("p0000") && refused.contains("p@example.org"), "{refused}");
}
