//! Where Signet keeps its state: one small contract, its back-ends, and the suite ([`contract`]) that each
//! back-end passes.
//!
//! The contract is asynchronous and names no runtime: a step of the protocol is one or two [`Store::find`]s
//! and one [`Store::commit`], each a single round trip to a database on the network. Rules live in
//! `signet-core`; a store only keeps the preconditions that [`Change`] states.

pub mod contract;
mod error;
mod events;
mod list;
mod memory;
mod retention;
#[cfg(feature = "sqlite")]
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
mod version;

use std::pin::Pin;
use std::sync::Arc;

use signet_core::change::Change;
use signet_core::lookup::{Facts, Lookup, Question};
use signet_core::time::Timestamp;

pub use error::{CommitError, StoreError};
pub use events::{EventFilter, Forget};
pub use list::{Held, List, Listed, Listing, consent_key};
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
use sqlite::SqliteLook;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;

/// What a store's methods return: a future that any executor can run.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The storage contract. Implementations prove themselves with [`contract::run`].
pub trait Store: Send + Sync {
    /// Answers all lookups from one snapshot, each by [`Facts::answer`]. Those that only the shell can answer
    /// ([`Lookup`] says so) have no answer here.
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>>;

    /// Makes all changes, in order, in one transaction, or none of them. Returns only when they would survive
    /// a loss of power (as far as the back-end keeps anything). Dropping the future neither makes nor
    /// prevents a commit that was already handed over.
    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>>;

    /// A page of records for administration; it may be slow, but it never holds up commits.
    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>>;

    /// Deletes at most `limit` records whose time has passed and returns how many. It looks at a bounded part
    /// of the store and goes on from there the next time; call it again at once while it returns `limit`,
    /// else after a pause.
    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>>;

    /// Deletes at most `limit` events that may go, and returns how many. Like a sweep it goes on from where
    /// it stopped; call it again at once while it returns `limit`, else after a pause.
    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>>;

    /// Whether a commit can be made now, proven by one.
    fn health(&self) -> Answer<'_, Result<(), StoreError>>;

    /// Brings an empty or older store to this version's schema; does nothing when it is there already.
    fn migrate(&self) -> Answer<'_, Result<(), StoreError>>;

    /// Leaves nothing in what is kept of records that were deleted or replaced before; it may take long. Does
    /// nothing where a back-end cannot tell.
    fn rewrite(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// How many bytes it takes on a disk; 0 in memory, and where a back-end cannot tell.
    fn size(&self) -> Answer<'_, Result<u64, StoreError>> {
        Box::pin(std::future::ready(Ok(0)))
    }

    /// Looks for damage, for about a second. Does nothing where a back-end cannot tell.
    fn examine(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl dyn Store + '_ {
    /// Asks one question.
    pub async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Found, StoreError>
    where
        Q::Found: Default,
    {
        let lookup = [question.clone().into()];
        Ok(self.find(&lookup).await?.take(&question).unwrap_or_default())
    }
}

/// The same to look into it alone: nothing is made or changed, as far as possible not even next to the
/// file, and every write is refused. This account need not be able to write it.
pub async fn look(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match url.split_once(':') {
        #[cfg(feature = "sqlite")]
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(SqliteLook::open(path.as_ref())?)),
        _ => open(url).await,
    }
}

#[cfg(feature = "sqlite")]
/// Whether this account could write the store in a file that is there, as serving it needs.
pub fn judge_writable(path: &std::path::Path) -> Result<(), StoreError> {
    sqlite::connect::writable(&sqlite::connect::absolute(path)?)
}

#[cfg(feature = "sqlite")]
/// Whether files can be made next to the store in a file, which need not be there yet.
pub fn judge_beside(path: &std::path::Path) -> Result<(), StoreError> {
    sqlite::beside::are_files(&sqlite::connect::absolute(path)?)
}

#[cfg(feature = "sqlite")]
/// What it means to the store in a file that no other file can be made next to it.
pub fn closed_folder(path: &std::path::Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Permission { at: path.display().to_string(), why: sqlite::denied::folder(path, error) }
}

/// Why this account may not read a file or a folder, with the command that lets it; none where that is not
/// known.
#[cfg(feature = "sqlite")]
pub fn kept_from_reading(path: &std::path::Path) -> Option<String> {
    sqlite::denied::reading(path)
}

/// The same without a store in a file: the error has to do.
#[cfg(not(feature = "sqlite"))]
pub fn kept_from_reading(_: &std::path::Path) -> Option<String> {
    None
}

/// Why this account may not make a file, whose first folder that is there is this one.
#[cfg(feature = "sqlite")]
pub fn kept_from_making(path: &std::path::Path, folder: &std::path::Path) -> Option<String> {
    sqlite::denied::making(path, folder)
}

/// The same without a store in a file: the error has to do.
#[cfg(not(feature = "sqlite"))]
pub fn kept_from_making(_: &std::path::Path, _: &std::path::Path) -> Option<String> {
    None
}

/// Opens the store that a configuration names: `memory:` or `sqlite:PATH`.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match url.split_once(':') {
        Some(("memory", "")) => Ok(Arc::new(MemoryStore::new())),
        #[cfg(feature = "sqlite")]
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(SqliteStore::open(path.as_ref())?)),
        // The rest of an address may hold a password: only its scheme is repeated.
        Some((scheme, _)) => Err(StoreError::Address(scheme.to_owned())),
        None => Err(StoreError::Address(url.to_owned())),
    }
}
