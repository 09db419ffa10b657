//! Looking for damage in the file, for a bounded time: a large file takes longer than anybody waits for a
//! start.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::connect;
use super::reader::Reader;
use crate::StoreError;

/// How long it looks. What it has not reached by then shows when it is read.
const LONGEST: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(10);

impl Reader<'_> {
    pub(super) fn examine(&self) -> Result<(), StoreError> {
        self.examine_within(LONGEST)
    }

    fn examine_within(&self, longest: Duration) -> Result<(), StoreError> {
        match bounded(self.connection, longest) {
            Ok(found) if found == "ok" => Ok(()),
            Ok(found) => Err(StoreError::Damaged { at: connect::name(self.path), reason: one_line(&found) }),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

/// SQLite puts the database's name above what it found.
fn one_line(found: &str) -> String {
    found.lines().filter(|line| !line.starts_with("***")).collect::<Vec<_>>().join("; ")
}

fn bounded(connection: &Connection, longest: Duration) -> rusqlite::Result<String> {
    let (done, end) = channel::<()>();
    let interrupt = connection.get_interrupt_handle();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // What has not begun yet cannot be interrupted: it is tried again.
            let mut wait = longest;
            while end.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                interrupt.interrupt();
                wait = AGAIN;
            }
        });
        let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        drop(done);
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Several seconds of work are cut off, which is no damage.
    #[test]
    fn a_look_for_damage_ends_in_time() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a, b); CREATE INDEX i ON t (b); WITH RECURSIVE n (x) AS \
                 (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000) INSERT INTO t SELECT x, x FROM n",
            )
            .unwrap();
        let reader = Reader { connection: &connection, path: Path::new("here") };
        assert_eq!(
            bounded(&connection, Duration::ZERO).unwrap_err().sqlite_error_code(),
            Some(ErrorCode::OperationInterrupted)
        );
        reader.examine_within(Duration::ZERO).unwrap();
        reader.examine_within(Duration::from_secs(60)).unwrap();
    }
}
