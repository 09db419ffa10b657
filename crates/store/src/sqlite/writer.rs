//! The one thread that writes: whatever waits becomes one transaction, and is answered once that is durable.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use rusqlite::Connection;
use signet_core::change::{Change, Conflict};
use tokio::sync::{mpsc, oneshot};

use super::connect::{self, failure};
use super::delete::{Deletion, delete};
use super::held::Held;
use super::keeper::{Job, Log};
use super::reserve::{self, Reserve};
use super::{apply, events, keeper, tokens};
use crate::{CommitError, StoreError};

/// Requests that one transaction takes at most, so that nobody waits long for their answer.
const BATCH: usize = 512;

/// What the writer is asked.
pub(super) enum Work {
    /// Changes, each with the JSON it writes.
    Commit { steps: Vec<(Change, String)>, answer: oneshot::Sender<Result<(), CommitError>> },
    /// Deletes expired rows; answered with their number.
    Delete { deletion: Deletion, answer: oneshot::Sender<Result<usize, StoreError>> },
    /// Gives back free pages of the file; answered when that is done.
    Shrink { pages: i64, answer: oneshot::Sender<Result<(), StoreError>> },
    /// Proves that something can be written, and where nothing could, tries to make that so.
    Check { answer: oneshot::Sender<Result<(), StoreError>> },
    /// Makes missing tables.
    Migrate { answer: oneshot::Sender<Result<(), StoreError>> },
    /// Writes the file anew.
    Rewrite { answer: oneshot::Sender<Result<(), StoreError>> },
}

impl Work {
    /// Whether it may use what the reserve held: it makes room, or takes something away from somebody. That
    /// there is room for it is found out by trying.
    fn is_always_tried(&self) -> bool {
        match self {
            Work::Delete { .. } | Work::Shrink { .. } => true,
            other => other.takes_away(),
        }
    }

    /// Whether it is refused before anything else is, or anything is given up for it.
    pub(super) fn is_dispensable(&self) -> bool {
        match self {
            Work::Commit { steps, .. } => reserve::is_of_strangers(steps.iter().map(|(change, _)| change)),
            // It can wait: nothing is lost while events are not sorted.
            Work::Delete { deletion, .. } => matches!(deletion, Deletion::Sort { .. }),
            _ => false,
        }
    }

    /// Whether it may use the last of the reserve as well: what somebody asked to be taken away.
    fn takes_away(&self) -> bool {
        match self {
            Work::Commit { steps, .. } => reserve::takes_away(steps.iter().map(|(change, _)| change)),
            _ => false,
        }
    }
}

/// Bytes of log that are not given back on a full disk.
const KEPT: u64 = 512 * 1024;

/// Steps in which events are deleted at once to make room for others' work.
const CLEARING: usize = 100;

/// More than a page, so that a file that must not grow shows it.
const PROBE: &str = "INSERT INTO probe (id, v) VALUES (1, zeroblob(12000))";

/// Savepoints cost more than most requests gain by them: a batch first runs without, and once more with them
/// when a request conflicts after it has written something. Requests that ask before they write (a code's use
/// comes first) never cause that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Hopeful,
    Careful,
}

/// What came of one piece of work, to be reported after the commit.
enum Outcome {
    Done,
    Conflict(Conflict),
    Deleted(usize),
}

pub(super) struct Writer {
    connection: Connection,
    path: Arc<Path>,
    log: Arc<Log>,
    jobs: Sender<Job>,
    reserve: Reserve,
    held: Arc<Held>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        path: Arc<Path>,
        log: Arc<Log>,
        jobs: Sender<Job>,
        reserve: Reserve,
        held: Arc<Held>,
    ) -> Self {
        let writer = Self { connection, path, log, jobs, reserve, held };
        writer.tell_keeper();
        writer
    }

    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Work>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            // Where all share a core, the first request wakes this thread before the others get to ask, and a
            // commit for each alone was measured at a quarter of all CPU. Where the core is free this returns
            // at once.
            std::thread::yield_now();
            while batch.len() < BATCH
                && let Ok(work) = queue.try_recv()
            {
                batch.push(work);
            }
            if batch.iter().any(|work| matches!(work, Work::Migrate { .. } | Work::Rewrite { .. })) {
                self.alone(&mut batch);
            }
            if self.reserve.is_lost() {
                self.tell_keeper();
            }
            if !self.reserve.is_held() && !batch.iter().all(Work::is_always_tried) {
                // The keeper asks every second. Others do not: it takes a file of 6 MiB to find out.
                if batch.iter().any(|work| matches!(work, Work::Check { .. })) && !self.regain() {
                    self.clear_up();
                    self.regain();
                }
                if !self.reserve.is_held() {
                    self.refuse(&mut batch, Work::is_always_tried);
                }
            }
            if batch.is_empty() {
                continue;
            }
            let outcomes = self.settle_with_reserve(&mut batch);
            let made_room = !self.reserve.is_held() && !batch.is_empty();
            answer(&mut batch, outcomes);
            if made_room {
                // The next step of deletion finds the log empty again.
                self.regain();
            }
            if self.log.note_write() {
                // The keeper only ends after the store has stopped sending work.
                let _ = self.jobs.send(Job::Written);
            }
            if self.log.is_long() {
                // Only between transactions can a passive checkpoint reach the log's end, so that the log
                // starts over.
                let frames = keeper::checkpoint(&self.connection);
                self.log.set_frames(frames);
            }
        }
    }

    /// What does not fit is tried again with room that is made.
    fn settle_with_reserve(&mut self, batch: &mut Vec<Work>) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = self.settle(batch);
        if is_full(&outcomes) && self.reserve.is_held() {
            outcomes = self.settle_in_less_room(batch);
        }
        while is_full(&outcomes) && batch.iter().any(Work::takes_away) && self.reserve.give_more() {
            keeper::checkpoint(&self.connection);
            outcomes = self.settle(batch);
        }
        outcomes
    }

    /// First with the room of a log that a peak has left; then with that of what strangers have caused; then
    /// with what the reserve held, for what may use that.
    fn settle_in_less_room(&mut self, batch: &mut Vec<Work>) -> Result<Vec<Outcome>, StoreError> {
        self.refuse(batch, |work| !work.is_dispensable());
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        loop {
            // Now there is room for the pages that only the log has, and the log can start over.
            self.reserve.give_up();
            connect::empty_log(&self.connection);
            if self.reserve.take_back() {
                let outcomes = self.settle(batch);
                if !is_full(&outcomes) {
                    return outcomes;
                }
                self.reserve.give_up();
            }
            if !self.clear_up() {
                break;
            }
        }
        self.tell_keeper();
        self.refuse(batch, Work::is_always_tried);
        keeper::checkpoint(&self.connection);
        self.settle(batch)
    }

    /// Takes out of the batch what has transactions of its own.
    fn alone(&mut self, batch: &mut Vec<Work>) {
        let held = self.held.check();
        for work in std::mem::take(batch) {
            match work {
                Work::Migrate { answer } => {
                    let migrate = |()| connect::migrate(&mut self.connection, &self.path);
                    tell(answer, held.clone().and_then(migrate));
                }
                Work::Rewrite { answer } => {
                    tell(answer, held.clone().and_then(|()| connect::rewrite(&self.connection, &self.path)));
                }
                other => batch.push(other),
            }
        }
    }

    /// Gives back the room that a long log takes, and makes the reserve again if there is room for it. A
    /// short log keeps its room, which other programs could take: what takes away is written there.
    fn regain(&mut self) -> bool {
        if connect::log_size(&self.path) > KEPT {
            connect::empty_log(&self.connection);
        } else {
            keeper::checkpoint(&self.connection);
        }
        let regained = self.reserve.regain();
        if regained {
            self.tell_keeper();
        }
        regained
    }

    fn tell_keeper(&self) {
        self.log.set_full(!self.reserve.is_held());
        // As above.
        let _ = self.jobs.send(Job::Written);
    }

    /// Deletes what strangers have caused and gives back its room, in steps for which the log needs no more
    /// than the reserve held; whether there was any.
    fn clear_up(&self) -> bool {
        keeper::checkpoint(&self.connection);
        let mut steps = 0;
        while steps < CLEARING && events::forget_strangers(&self.connection, keeper::SMALL).unwrap_or(false) {
            steps += 1;
            keeper::checkpoint(&self.connection);
        }
        // When it fails, the next one tries again.
        let _ = shrink(&self.connection, i64::MAX);
        connect::empty_log(&self.connection);
        steps > 0
    }

    /// Answers what is not done now, as while the reserve is not there.
    fn refuse(&self, batch: &mut Vec<Work>, is_done: fn(&Work) -> bool) {
        let (done, mut refused) = std::mem::take(batch).into_iter().partition(is_done);
        *batch = done;
        answer(&mut refused, Err(StoreError::Full { at: connect::name(&self.path) }));
    }

    fn settle(&self, batch: &[Work]) -> Result<Vec<Outcome>, StoreError> {
        self.held.check()?;
        let outcomes = match self.transact(batch, Care::Hopeful) {
            Ok(None) => self.transact(batch, Care::Careful),
            other => other,
        };
        // A careful run always has outcomes.
        outcomes.map(Option::unwrap_or_default)
    }

    /// One transaction for all; `None` when it was undone because a request that conflicted had written
    /// before.
    fn transact(&self, batch: &[Work], care: Care) -> Result<Option<Vec<Outcome>>, StoreError> {
        let result = self.attempt(batch, care);
        if !matches!(result, Ok(Some(_))) && !self.connection.is_autocommit() {
            // When even this fails, the next BEGIN says so to its callers.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        result.map_err(|e| failure(&self.path, &e))
    }

    fn attempt(&self, batch: &[Work], care: Care) -> rusqlite::Result<Option<Vec<Outcome>>> {
        self.run_sql("BEGIN IMMEDIATE")?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for work in batch {
            outcomes.push(match work {
                Work::Commit { steps, .. } => match self.commit(steps, care)? {
                    Some(outcome) => outcome,
                    None => return Ok(None),
                },
                Work::Delete { deletion, .. } => Outcome::Deleted(delete(&self.connection, deletion)?),
                Work::Shrink { pages, .. } => {
                    shrink(&self.connection, *pages)?;
                    Outcome::Done
                }
                Work::Check { .. } => {
                    self.run_sql("DELETE FROM probe")?;
                    self.run_sql(PROBE)?;
                    self.run_sql("DELETE FROM probe")?;
                    Outcome::Done
                }
                Work::Migrate { .. } | Work::Rewrite { .. } => Outcome::Done,
            });
        }
        self.run_sql("COMMIT")?;
        Ok(Some(outcomes))
    }

    /// One request. A change that conflicts has written nothing itself; what came before it in the request
    /// must be undone.
    fn commit(&self, steps: &[(Change, String)], care: Care) -> rusqlite::Result<Option<Outcome>> {
        let savepoint = care == Care::Careful && steps.len() > 1;
        if savepoint {
            self.run_sql("SAVEPOINT request")?;
        }
        let mut earlier = tokens::Earlier::default();
        for (index, (change, payload)) in steps.iter().enumerate() {
            if !apply::apply(&self.connection, change, payload, &mut earlier)? {
                if savepoint {
                    self.run_sql("ROLLBACK TO request")?;
                    self.run_sql("RELEASE request")?;
                } else if index > 0 {
                    return Ok(None);
                }
                return Ok(Some(Outcome::Conflict(Conflict { index })));
            }
        }
        if savepoint {
            self.run_sql("RELEASE request")?;
        }
        Ok(Some(Outcome::Done))
    }

    fn run_sql(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

fn is_full<T>(outcomes: &Result<T, StoreError>) -> bool {
    matches!(outcomes, Err(StoreError::Full { .. }))
}

/// Gives back so many free pages.
fn shrink(c: &Connection, pages: i64) -> rusqlite::Result<()> {
    let mut shrink = c.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut steps = shrink.query([])?;
    while steps.next()?.is_some() {}
    Ok(())
}

fn answer(batch: &mut Vec<Work>, outcomes: Result<Vec<Outcome>, StoreError>) {
    match outcomes {
        Ok(outcomes) => {
            for (work, outcome) in batch.drain(..).zip(outcomes) {
                match (work, outcome) {
                    (Work::Commit { answer, .. }, Outcome::Conflict(conflict)) => {
                        tell(answer, Err(conflict.into()))
                    }
                    (Work::Commit { answer, .. }, _) => tell(answer, Ok(())),
                    (Work::Delete { answer, .. }, Outcome::Deleted(count)) => tell(answer, Ok(count)),
                    (Work::Delete { answer, .. }, _) => tell(answer, Ok(0)),
                    (Work::Shrink { answer, .. }, _) => tell(answer, Ok(())),
                    (Work::Check { answer } | Work::Migrate { answer } | Work::Rewrite { answer }, _) => {
                        tell(answer, Ok(()))
                    }
                }
            }
        }
        Err(error) => {
            for work in batch.drain(..) {
                match work {
                    Work::Commit { answer, .. } => tell(answer, Err(error.clone().into())),
                    Work::Delete { answer, .. } => tell(answer, Err(error.clone())),
                    Work::Shrink { answer, .. }
                    | Work::Check { answer }
                    | Work::Migrate { answer }
                    | Work::Rewrite { answer } => tell(answer, Err(error.clone())),
                }
            }
        }
    }
}

/// Answers; a caller that has gone away needs none.
fn tell<T>(answer: oneshot::Sender<T>, value: T) {
    drop(answer.send(value));
}
