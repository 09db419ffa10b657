//! The one thread that writes: whatever waits becomes one transaction, and is answered once that is durable.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use rusqlite::Connection;
use signet_core::change::{Change, Conflict};
use tokio::sync::{mpsc, oneshot};

use super::connect::{self, failure};
use super::delete::{Deletion, delete};
use super::keeper::{Job, Log};
use super::{apply, keeper};
use crate::{CommitError, StoreError};

/// Requests that one transaction takes at most, so that nobody waits long for their answer.
const BATCH: usize = 512;

/// What the writer is asked.
pub(super) enum Work {
    /// Changes, each with the JSON it writes.
    Commit { steps: Vec<(Change, String)>, answer: oneshot::Sender<Result<(), CommitError>> },
    /// Deletes expired rows; answered with their number.
    Delete { deletion: Deletion, answer: oneshot::Sender<Result<usize, StoreError>> },
    /// Proves that a transaction can begin.
    Check { answer: oneshot::Sender<Result<(), StoreError>> },
    /// Makes missing tables.
    Migrate { answer: oneshot::Sender<Result<(), StoreError>> },
}

/// What came of one piece of work, to be told after the commit.
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
}

impl Writer {
    pub(super) fn new(connection: Connection, path: Arc<Path>, log: Arc<Log>, jobs: Sender<Job>) -> Self {
        Self { connection, path, log, jobs }
    }

    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Work>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            if batch.iter().any(|work| matches!(work, Work::Migrate { .. })) {
                self.migrate(&mut batch);
            }
            if batch.is_empty() {
                continue;
            }
            let outcomes = self.transact(&batch);
            if outcomes.is_err() && !self.connection.is_autocommit() {
                // When even this fails, the next BEGIN says so to its callers.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            answer(&mut batch, outcomes);
            if self.log.note_write() {
                // The keeper only ends after the store has stopped sending work.
                let _ = self.jobs.send(Job::Written);
            }
            if self.log.is_long() {
                // Only between transactions can a passive checkpoint reach the log's end, so that the log starts over.
                let frames = keeper::checkpoint(&self.connection);
                self.log.set_frames(frames);
            }
        }
    }

    /// Takes the migrations out of the batch: they have transactions of their own.
    fn migrate(&mut self, batch: &mut Vec<Work>) {
        let result = connect::migrate(&mut self.connection, &self.path);
        for work in std::mem::take(batch) {
            match work {
                Work::Migrate { answer } => tell(answer, result.clone()),
                other => batch.push(other),
            }
        }
    }

    fn transact(&self, batch: &[Work]) -> Result<Vec<Outcome>, StoreError> {
        let failed = |e: rusqlite::Error| failure(&self.path, &e);
        self.run_sql("BEGIN IMMEDIATE").map_err(failed)?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for work in batch {
            outcomes.push(match work {
                Work::Commit { steps, .. } => self.commit(steps).map_err(failed)?,
                Work::Delete { deletion, .. } => {
                    Outcome::Deleted(delete(&self.connection, deletion).map_err(failed)?)
                }
                Work::Check { .. } | Work::Migrate { .. } => Outcome::Done,
            });
        }
        self.run_sql("COMMIT").map_err(failed)?;
        Ok(outcomes)
    }

    /// One request. A change that conflicts has written nothing itself; what came before it in the request is undone.
    fn commit(&self, steps: &[(Change, String)]) -> rusqlite::Result<Outcome> {
        let several = steps.len() > 1;
        if several {
            self.run_sql("SAVEPOINT request")?;
        }
        for (index, (change, payload)) in steps.iter().enumerate() {
            if !apply::apply(&self.connection, change, payload)? {
                if several {
                    self.run_sql("ROLLBACK TO request")?;
                    self.run_sql("RELEASE request")?;
                }
                return Ok(Outcome::Conflict(Conflict { index }));
            }
        }
        if several {
            self.run_sql("RELEASE request")?;
        }
        Ok(Outcome::Done)
    }

    fn run_sql(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
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
                    (Work::Check { answer } | Work::Migrate { answer }, _) => tell(answer, Ok(())),
                }
            }
        }
        Err(error) => {
            for work in batch.drain(..) {
                match work {
                    Work::Commit { answer, .. } => tell(answer, Err(error.clone().into())),
                    Work::Delete { answer, .. } => tell(answer, Err(error.clone())),
                    Work::Check { answer } | Work::Migrate { answer } => tell(answer, Err(error.clone())),
                }
            }
        }
    }
}

/// Answers; a caller that has gone away needs none.
fn tell<T>(answer: oneshot::Sender<T>, value: T) {
    drop(answer.send(value));
}
