//! What every back-end has to do, as a suite. PostgreSQL's tests and those of an embedder's own store run it
//! too:
//!
//! ```
//! # use std::sync::Arc;
//! use signet_store::{MemoryStore, Store, contract};
//!
//! contract::block_on(contract::run(async || Arc::new(MemoryStore::new()) as Arc<dyn Store>));
//! ```
//!
//! The suite panics at the first thing that is not as it should be. It spawns threads for the races, so a
//! store that needs a runtime to drive its connections has to be given one that runs on other threads.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test suite, shipped so that other stores can run it"
)]

mod deliveries;
mod endings;
mod events;
mod fixtures;
mod joins;
mod lists;
mod names;
mod owners;
mod questions;
mod races;
mod reopen;
mod sessions;
mod sweeps;
mod tokens;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use signet_core::change::{Change, Conflict};

use crate::{CommitError, Store};

pub use reopen::reopen;

/// Runs every case, each in a new empty store from `make` that needs not be migrated yet.
pub async fn run(make: impl AsyncFn() -> Arc<dyn Store>) {
    cases(&make).await;
    endings(&make).await;
}

async fn migrated(make: &impl AsyncFn() -> Arc<dyn Store>) -> Arc<dyn Store> {
    let store = make().await;
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    store.health().await.unwrap();
    store
}

/// The part of [`run`] that takes away while something is under way, a thousand rounds for each pair.
pub async fn endings(make: &impl AsyncFn() -> Arc<dyn Store>) {
    endings::nothing_survives(migrated(make).await).await;
}

/// The part of [`run`] without [`endings`].
pub async fn cases(make: &impl AsyncFn() -> Arc<dyn Store>) {
    let fresh = async || migrated(make).await;
    owners::clients(&*fresh().await).await;
    owners::deleting_a_client(&*fresh().await).await;
    owners::lives_of_clients(&*fresh().await).await;
    owners::versions_of_clients(&*fresh().await).await;
    owners::users(&*fresh().await).await;
    names::names(&*fresh().await).await;
    names::addresses(&*fresh().await).await;
    names::titles(&*fresh().await).await;
    owners::deleting_a_user(&*fresh().await).await;
    owners::consents(&*fresh().await).await;
    owners::documents(&*fresh().await).await;
    owners::attempts(&*fresh().await).await;
    sessions::sessions(&*fresh().await).await;
    sessions::required(&*fresh().await).await;
    sessions::ending_a_user(&*fresh().await).await;
    sessions::session_grants(&*fresh().await).await;
    tokens::inserting(&*fresh().await).await;
    tokens::using(&*fresh().await).await;
    tokens::rotating(&*fresh().await).await;
    tokens::revoking(&*fresh().await).await;
    tokens::jwt_ids(&*fresh().await).await;
    tokens::all_or_none(&*fresh().await).await;
    joins::joins(&*fresh().await).await;
    joins::wrong_hashes(&*fresh().await).await;
    questions::each_answered(&*fresh().await).await;
    lists::clients_and_users(&*fresh().await).await;
    lists::documents(&*fresh().await).await;
    lists::attempts(&*fresh().await).await;
    lists::sessions(&*fresh().await).await;
    lists::grants(&*fresh().await).await;
    lists::consents(&*fresh().await).await;
    lists::held(&*fresh().await).await;
    deliveries::waiting(&*fresh().await).await;
    deliveries::claims(&*fresh().await).await;
    deliveries::one_claim(fresh().await).await;
    events::kept_with_their_cause(&*fresh().await).await;
    events::in_the_order_of_time(&*fresh().await).await;
    events::filters(&*fresh().await).await;
    events::forgotten(&*fresh().await).await;
    events::forgotten_by_rank(&*fresh().await).await;
    events::found_whenever_they_come(&*fresh().await).await;
    events::found_among_many(&*fresh().await).await;
    events::one_for_each_winner(fresh().await).await;
    sweeps::kept_and_deleted(&*fresh().await).await;
    sweeps::unused_clients(&*fresh().await).await;
    sweeps::order(&*fresh().await).await;
    sweeps::small_steps(&*fresh().await).await;
    sweeps::rotation_extends(&*fresh().await).await;
    races::one_winner(fresh().await).await;
    races::one_winner_in_company(fresh().await).await;
    races::attempts_all_count(fresh().await).await;
    races::redeem_refresh_revoke(fresh().await).await;
}

/// Runs a future to its end on this thread: enough for stores that need no runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Commits what must succeed.
#[track_caller]
fn commit(store: &dyn Store, changes: Vec<Change>) -> impl Future<Output = ()> + Send {
    let at = std::panic::Location::caller();
    async move {
        if let Err(error) = store.commit(changes).await {
            panic!("{at}: refused: {error}");
        }
    }
}

/// Commits what must fail at the change with this index.
#[track_caller]
fn conflict(store: &dyn Store, index: usize, changes: Vec<Change>) -> impl Future<Output = ()> + Send {
    let at = std::panic::Location::caller();
    async move {
        let result = store.commit(changes).await;
        assert_eq!(result, Err(CommitError::Conflict(Conflict { index })), "{at}");
    }
}
