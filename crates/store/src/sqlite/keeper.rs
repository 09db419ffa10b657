//! The thread next to the writer: it moves the log into the file, finds what has expired, gives back free
//! pages, and answers lists, which may be long.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use signet_core::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::connect;
use super::delete::{AGING, Deletion, find};
use super::events;
use super::reader::Reader;
use super::writer::Work;
use crate::{Forget, List, Listing, StoreError};

/// How often the log is moved while there are writes.
const PACE: Duration = Duration::from_millis(50);

/// Between two looks whether there is room again.
const FULL_PACE: Duration = Duration::from_secs(1);

/// How often events are sorted while there are writes.
const SORTING: Duration = Duration::from_secs(2);

/// How long after a write the log is cut off, and how long it is left while writes go on: until then it may
/// hold what was deleted or replaced in the file.
const QUIET: Duration = Duration::from_secs(2);
const AGE: Duration = Duration::from_secs(30);

/// Between two tries to cut it off, where somebody reads from it or writes.
const AGAIN: Duration = Duration::from_secs(1);

/// Events that are sorted in one step; other commits come between the steps.
const SORTED: usize = 500;

/// Pages that are given back in one step; other commits come between the steps.
const STEP: i64 = 128;

/// Free pages that are kept for what comes next; a file that has more, and more than an eighth free, shrinks.
const SPARE: i64 = 256;

/// Rows that are deleted in one step while the disk is full: what the log needs for it must fit into the
/// reserve.
pub(super) const SMALL: usize = 100;

/// Frames (pages) of log above which the writer helps once, so that the log can start over.
const LONG: i64 = 16_000;

/// What the keeper is asked.
pub(super) enum Job {
    List {
        query: List,
        answer: oneshot::Sender<Result<Listing, StoreError>>,
    },
    /// How many bytes the file and its log have.
    Size {
        answer: oneshot::Sender<u64>,
    },
    Sweep {
        now: Timestamp,
        limit: usize,
        answer: oneshot::Sender<Result<usize, StoreError>>,
    },
    Forget {
        what: Forget,
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
    full: AtomicBool,
}

impl Log {
    /// Whether this is the first write since the keeper last looked.
    pub(super) fn note_write(&self) -> bool {
        !self.written.swap(true, Ordering::AcqRel)
    }

    pub(super) fn is_long(&self) -> bool {
        self.frames.load(Ordering::Relaxed) > LONG
    }

    /// Whether nothing but deleting goes on.
    fn is_full(&self) -> bool {
        self.full.load(Ordering::Acquire)
    }

    pub(super) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Release);
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
    /// When events were last sorted.
    sorted: Option<Instant>,
    cut: Cut,
}

/// When the log is cut off.
struct Cut {
    due: Option<Instant>,
    last: Instant,
    tried: Instant,
}

impl Cut {
    fn after_write(&mut self, now: Instant) {
        self.due = Some((now + QUIET).min(self.last + AGE).max(self.tried + AGAIN));
    }

    fn tried(&mut self, now: Instant, is_done: bool) {
        self.tried = now;
        match is_done {
            true => (self.due, self.last) = (None, now),
            false => self.due = Some(now + AGAIN),
        }
    }
}

impl Keeper {
    pub(super) fn new(
        connection: Connection,
        path: Arc<Path>,
        log: Arc<Log>,
        work: mpsc::Sender<Work>,
    ) -> Self {
        let now = Instant::now();
        let cut = Cut { due: None, last: now, tried: now };
        Self { connection, path, log, work, places: [None; AGING.len()], sorted: None, cut }
    }

    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        let mut pending = false;
        let mut shrinking = false;
        loop {
            // Nothing written, nothing to do: an idle server does not wake up.
            let job = if pending || shrinking {
                jobs.recv_timeout(PACE)
            } else if self.log.is_full() {
                jobs.recv_timeout(FULL_PACE)
            } else if let Some(due) = self.cut.due {
                jobs.recv_timeout(due.saturating_duration_since(Instant::now()))
            } else {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match job {
                Ok(Job::Written) => {
                    pending = true;
                    self.cut.after_write(Instant::now());
                }
                Ok(Job::List { query, answer }) => {
                    let reader = Reader { connection: &self.connection, path: &self.path };
                    drop(answer.send(reader.list(&query)));
                }
                Ok(Job::Size { answer }) => drop(answer.send(connect::size(&self.path))),
                Ok(Job::Sweep { now, limit, answer }) => {
                    drop(answer.send(self.in_steps(limit, |keeper, step| keeper.sweep_step(now, step))));
                    shrinking = true;
                }
                Ok(Job::Forget { what, limit, answer }) => {
                    self.sort_events();
                    let forget = |limit| Deletion::Events { what: what.clone(), limit };
                    drop(answer.send(self.in_steps(limit, |keeper, step| keeper.delete(forget(step)))));
                    shrinking = true;
                }
                Err(RecvTimeoutError::Timeout) => {
                    if !pending && !shrinking && self.log.is_full() {
                        // Nobody waits for the answer; the writer looks for room.
                        drop(self.ask(|answer| Work::Check { answer }));
                    }
                    if std::mem::take(&mut pending) {
                        self.log.written.store(false, Ordering::Release);
                        self.log.set_frames(checkpoint(&self.connection));
                        if self.sorted.is_none_or(|sorted| sorted.elapsed() >= SORTING) {
                            self.sort_events();
                        }
                    }
                    shrinking = shrinking && self.shrink();
                    self.cut_log();
                }
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Cuts off the log when it is due. On a full disk its room is not given away.
    fn cut_log(&mut self) {
        let now = Instant::now();
        if self.cut.due.is_some_and(|due| due <= now) && !self.log.is_full() {
            let is_done = connect::cut_log(&self.connection);
            if is_done {
                self.log.set_frames(0);
            }
            self.cut.tried(now, is_done);
        }
    }

    /// Sorts events into their indexes, in steps. When it fails, the next time does it.
    fn sort_events(&mut self) {
        self.sorted = Some(Instant::now());
        let limit = if self.log.is_full() { SMALL } else { SORTED };
        while events::is_unsorted(&self.connection).unwrap_or(false)
            && self.delete(Deletion::Sort { limit }).is_ok_and(|sorted| sorted == limit)
        {}
    }

    /// Deletes in one step, or where that would not fit in several small ones.
    fn in_steps(
        &mut self,
        limit: usize,
        delete: impl Fn(&mut Self, usize) -> Result<usize, StoreError>,
    ) -> Result<usize, StoreError> {
        let mut count = 0;
        while count < limit {
            let step = if self.log.is_full() { SMALL.min(limit - count) } else { limit - count };
            let done = delete(self, step)?;
            count += done;
            if done < step {
                break;
            }
        }
        Ok(count)
    }

    /// Gives back some of the free pages; whether there are more to give.
    fn shrink(&self) -> bool {
        let number = |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let (Ok(free), Ok(all)) = (number("freelist_count"), number("page_count")) else { return false };
        let spare = if self.log.is_full() { 0 } else { SPARE.max(all / 8) };
        let surplus = free - spare;
        // When it fails, the next sweep tries again.
        surplus > 0 && self.ask(|answer| Work::Shrink { pages: surplus.min(STEP), answer }).is_ok()
    }

    fn sweep_step(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut count = self.delete(Deletion::Indexed { now, limit })?;
        let mut found = Vec::new();
        let mut left = limit.saturating_sub(count);
        for (table, place) in AGING.into_iter().zip(&mut self.places) {
            let ids = find(&self.connection, table, place, now, left)
                .map_err(|e| connect::failure(&self.path, &e))?;
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
        self.ask(|answer| Work::Delete { deletion, answer })
    }

    fn ask<T>(
        &self,
        work: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Work,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.work.blocking_send(work(answer)).map_err(|_| StoreError::Closed)?;
        answered.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

/// Moves what it can of the log into the file without waiting for anybody; how many frames the log has.
pub(super) fn checkpoint(connection: &Connection) -> i64 {
    // PASSIVE never waits for readers. A failure costs nothing: the log keeps everything, and the next round
    // tries again.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1)).unwrap_or(0)
}
