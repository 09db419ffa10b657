//! The thread beside the writer: it moves the log into the file, finds what has expired, and answers lists, which may be long.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::Connection;
use signet_core::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::delete::{AGING, Deletion, find};
use super::reader::Reader;
use super::writer::Work;
use crate::{List, Listing, StoreError};

/// How often the log is moved while there are writes.
const PACE: Duration = Duration::from_millis(50);

/// Frames (pages) of log above which the writer helps once, so that the log can start over.
const LONG: i64 = 16_000;

/// What the keeper is asked.
pub(super) enum Job {
    List {
        query: List,
        answer: oneshot::Sender<Result<Listing, StoreError>>,
    },
    Sweep {
        now: Timestamp,
        limit: usize,
        answer: oneshot::Sender<Result<usize, StoreError>>,
    },
    /// Something was written since the last checkpoint.
    Written,
    Stop,
}

/// What writer and keeper tell each other about the log.
#[derive(Default)]
pub(super) struct Log {
    written: AtomicBool,
    frames: AtomicI64,
}

impl Log {
    /// Whether this is the first write since the keeper last looked.
    pub(super) fn note_write(&self) -> bool {
        !self.written.swap(true, Ordering::AcqRel)
    }

    pub(super) fn is_long(&self) -> bool {
        self.frames.load(Ordering::Relaxed) > LONG
    }

    pub(super) fn set_frames(&self, frames: i64) {
        self.frames.store(frames, Ordering::Relaxed);
    }
}

pub(super) struct Keeper {
    connection: Connection,
    path: Arc<Path>,
    log: Arc<Log>,
    work: mpsc::Sender<Work>,
    /// Where the search for expired rows stopped, in the order of `AGING`.
    places: [Option<i64>; AGING.len()],
}

impl Keeper {
    pub(super) fn new(
        connection: Connection,
        path: Arc<Path>,
        log: Arc<Log>,
        work: mpsc::Sender<Work>,
    ) -> Self {
        Self { connection, path, log, work, places: [None; AGING.len()] }
    }

    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        let mut pending = false;
        loop {
            // Nothing written, nothing to do: an idle server does not wake up.
            let job = if pending {
                jobs.recv_timeout(PACE)
            } else {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match job {
                Ok(Job::Written) => pending = true,
                Ok(Job::List { query, answer }) => {
                    let reader = Reader { connection: &self.connection, path: &self.path };
                    drop(answer.send(reader.list(&query)));
                }
                Ok(Job::Sweep { now, limit, answer }) => drop(answer.send(self.sweep(now, limit))),
                Err(RecvTimeoutError::Timeout) => {
                    pending = false;
                    self.log.written.store(false, Ordering::Release);
                    self.log.set_frames(checkpoint(&self.connection));
                }
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn sweep(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut count = self.delete(Deletion::Indexed { now, limit })?;
        let mut found = Vec::new();
        let mut left = limit.saturating_sub(count);
        for (table, place) in AGING.into_iter().zip(&mut self.places) {
            let ids = find(&self.connection, table, place, now, left)
                .map_err(|e| super::connect::failure(&self.path, &e))?;
            left -= ids.len();
            if !ids.is_empty() {
                found.push((table, ids));
            }
        }
        if !found.is_empty() {
            count += self.delete(Deletion::Rows { now, found })?;
        }
        Ok(count)
    }

    fn delete(&self, deletion: Deletion) -> Result<usize, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.work.blocking_send(Work::Delete { deletion, answer }).map_err(|_| StoreError::Closed)?;
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

/// Moves what it can of the log into the file without waiting for anybody; how many frames the log has.
pub(super) fn checkpoint(connection: &Connection) -> i64 {
    // PASSIVE never waits for readers. A failure costs nothing: the log keeps everything, and the next round tries again.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1)).unwrap_or(0)
}
