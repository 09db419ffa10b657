//! A store for tests in which somebody else is faster, or that fails after some commits. The tests of the
//! command line have it too.

use std::sync::Mutex;

use signet::admin::Act;
use signet::admin::users::{self, Person};
use signet::clock::SystemRng;
use signet_core::change::Change;
use signet_core::lookup::{Facts, Lookup};
use signet_core::time::Timestamp;
use signet_store::{Answer, CommitError, Forget, List, Listing, MemoryStore, Store, StoreError};

/// A store that counts commits and may fail after some, and to which somebody else adds a person just before
/// the first one.
pub(crate) struct Busy {
    pub(crate) store: MemoryStore,
    pub(crate) commits: Mutex<usize>,
    faster: Option<&'static str>,
    fails_after: Mutex<usize>,
}

impl Busy {
    pub(crate) fn new(faster: Option<&'static str>) -> Self {
        Self {
            store: MemoryStore::new(),
            commits: Mutex::new(0),
            faster,
            fails_after: Mutex::new(usize::MAX),
        }
    }

    pub(crate) fn failing_after(commits: usize) -> Self {
        Self { fails_after: Mutex::new(commits), ..Self::new(None) }
    }

    pub(crate) fn mend(&self) {
        *self.fails_after.lock().unwrap() = usize::MAX;
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
                if *commits > *self.fails_after.lock().unwrap() {
                    return Err(CommitError::Store(StoreError::Full { at: "here".to_owned() }));
                }
                *commits == 1
            };
            if let Some(name) = self.faster.filter(|_| first) {
                let act = Act::new("a test", 0, &SystemRng);
                users::add(&self.store, &act, person(name), false).await.unwrap();
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

    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>> {
        self.store.forget(what, limit)
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.health()
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.migrate()
    }
}

pub(crate) fn person(name: &str) -> Person {
    Person { username: name.to_owned(), password: None, claims: Default::default(), locked: None }
}
