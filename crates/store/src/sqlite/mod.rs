//! The embedded default: one file, one writer that commits for everybody at once, readers next to it.
//!
//! Commits queue for a thread that makes one durable transaction of all that wait ([`writer`]): the disk is
//! synchronised once for all of them, and a conflict undoes its own request only. Another thread
//! ([`keeper`]) moves the log into the file, looks for expired records, gives back pages that are free, and
//! answers lists. Without room on the disk only deleting and taking away go on ([`reserve`]); damage that
//! is found ends readiness ([`examine`], [`held`]). Lookups are answered on the calling thread: a read of a
//! warm page takes microseconds, less than handing it over.

mod apply;
pub(crate) mod beside;
mod clients;
pub(crate) mod connect;
mod delete;
mod deliver;
pub(crate) mod denied;
mod events;
mod examine;
mod held;
mod keeper;
mod look;
mod pages;
mod reader;
mod reserve;
mod statements;
#[cfg(test)]
mod tests;
mod tokens;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use signet_core::change::Change;
use signet_core::lookup::{Facts, Lookup};
use signet_core::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::{Answer, CommitError, Forget, List, Listing, Store, StoreError, row};
use connect::Role;
use held::Held;
use keeper::Job;
pub(crate) use look::SqliteLook;
use reader::Reader;
use reserve::Reserve;
use writer::Work;

/// A store in one SQLite file.
pub struct SqliteStore {
    path: Arc<Path>,
    /// Connections that nobody reads with now: never more than threads that ever read at once.
    readers: Mutex<Vec<Connection>>,
    /// Taken when the store closes.
    work: Option<mpsc::Sender<Work>>,
    jobs: Sender<Job>,
    threads: Vec<JoinHandle<()>>,
    /// Closed last.
    held: Arc<Held>,
}

/// Commits that may wait for the writer; more callers than this wait to be let in.
const QUEUE: usize = 4096;

impl SqliteStore {
    /// Opens a file, and makes it and its folder when they are missing. [`Store::migrate`] then makes its
    /// tables.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_within(path, u32::MAX)
    }

    /// The same for a file that never has more than so many pages of 4 KiB: beyond that it counts as full.
    pub fn open_within(path: &Path, pages: u32) -> Result<Self, StoreError> {
        let path: PathBuf = connect::absolute(path)?;
        beside::are_files(&path)?;
        if path.exists() {
            connect::writable(&path)?;
        }
        match connect::recognise(&path) {
            // Even a look needs a little room, which the reserve gives when the file is opened.
            Ok(()) | Err(StoreError::Full { .. }) => {}
            Err(error) => return Err(error),
        }
        connect::create(&path)?;
        let path: Arc<Path> = path.into();
        let written = loop {
            match connect::connect(&path, Role::Writer) {
                Err(StoreError::Full { .. }) if Reserve::give_to_open(&path) => {}
                opened => break opened?,
            }
        };
        connect::limit(&written, &path, pages)?;
        let kept = connect::connect(&path, Role::Reader)?;
        let first_reader = connect::connect(&path, Role::Reader)?;
        let held = Arc::new(Held::of(&path)?);
        let (work, queue) = mpsc::channel(QUEUE);
        let (jobs, waiting) = std::sync::mpsc::channel();
        let log = Arc::new(keeper::Log::default());
        let reserve = Reserve::of(&path);
        let writer =
            writer::Writer::new(written, path.clone(), log.clone(), jobs.clone(), reserve, held.clone());
        let keeper = keeper::Keeper::new(kept, path.clone(), log, work.clone());
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
                .map_err(|e| StoreError::Open { at: connect::name(&path), reason: e.to_string() })
        };
        let threads = vec![
            spawn("store-keeper", Box::new(move || keeper.run(&waiting)))?,
            spawn("store-writer", Box::new(move || writer.run(queue)))?,
        ];
        Ok(Self { path, readers: Mutex::new(vec![first_reader]), work: Some(work), jobs, threads, held })
    }

    /// Whether anybody has the file open as a store: a server keeps its connections for as long as it runs.
    pub fn is_open(path: &Path) -> Result<bool, StoreError> {
        connect::is_open(&connect::absolute(path)?)
    }

    fn read<T>(&self, with: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => {
                self.held.check()?;
                connect::connect(&self.path, Role::Reader)?
            }
        };
        let result = with(&Reader { connection: &connection, path: &self.path });
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result.inspect_err(|error| self.held.note(error))
    }

    async fn ask<T>(&self, work: impl FnOnce(oneshot::Sender<T>) -> Work) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let sender = self.work.as_ref().ok_or(StoreError::Closed)?;
        sender.send(work(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }

    async fn list_now(&self, query: List) -> Result<Listing, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job::List { query, answer }).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

impl Store for SqliteStore {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        Box::pin(async move { self.read(|reader| reader.find(lookups)) })
    }

    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move {
            // JSON is written here, so that the one writer has nothing to do but SQL.
            let mut steps = Vec::with_capacity(changes.len());
            for change in changes {
                let payload = row::payload(&change)?;
                steps.push((change, payload));
            }
            let done = self.ask(|answer| Work::Commit { steps, answer }).await?;
            done.inspect_err(|error| {
                if let CommitError::Store(error) = error {
                    self.held.note(error);
                }
            })
        })
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        Box::pin(async move { self.list_now(query).await.inspect_err(|error| self.held.note(error)) })
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.jobs.send(Job::Sweep { now, limit, answer }).map_err(|_| StoreError::Closed)?;
            let swept = answered.await.map_err(|_| StoreError::Closed)?;
            swept.inspect_err(|error| self.held.note(error))
        })
    }

    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let job = Job::Forget { what: what.clone(), limit, answer };
            self.jobs.send(job).map_err(|_| StoreError::Closed)?;
            let forgotten = answered.await.map_err(|_| StoreError::Closed)?;
            forgotten.inspect_err(|error| self.held.note(error))
        })
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.held.check_damage()?;
            self.ask(|answer| Work::Check { answer }).await?.inspect_err(|error| self.held.note(error))?;
            self.held.check_folder()
        })
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(async move { self.ask(|answer| Work::Migrate { answer }).await? })
    }

    fn rewrite(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(async move { self.ask(|answer| Work::Rewrite { answer }).await? })
    }

    fn size(&self) -> Answer<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            self.jobs.send(Job::Size { answer }).map_err(|_| StoreError::Closed)?;
            answered.await.map_err(|_| StoreError::Closed)
        })
    }

    fn examine(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(async move { self.read(|reader| reader.examine()) })
    }
}

impl Drop for SqliteStore {
    /// Waits until all that was handed over is committed and the file is closed.
    fn drop(&mut self) {
        // The keeper holds a way to the writer, so it must end first. A failed send means that it has ended
        // already.
        let _ = self.jobs.send(Job::Stop);
        self.work = None;
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so itself; there is nothing to add while closing.
            let _ = thread.join();
        }
    }
}
