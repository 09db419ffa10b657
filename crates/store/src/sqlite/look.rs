//! Looking into a store without leaving a trace: for judging a configuration and for commands that only read,
//! also while the store is served, and on a full disk.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use signet_core::change::Change;
use signet_core::lookup::{Facts, Lookup};
use signet_core::time::Timestamp;

use super::reader::Reader;
use super::{beside, connect, denied};
use crate::{Answer, CommitError, Forget, List, Listing, Store, StoreError};

/// A store that is only read.
pub(crate) struct SqliteLook {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl SqliteLook {
    /// Opens a file that is there, if it is a store; that this account may write it is not needed.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let path = connect::absolute(path)?;
        beside::are_files(&path)?;
        let connection = connection(&path)?;
        Ok(Self { path, connection: Mutex::new(connection) })
    }

    fn read<T>(&self, with: impl FnOnce(&Reader<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        with(&Reader { connection: &connection, path: &self.path })
    }

    fn refused<T: Send + 'static>(&self) -> Answer<'static, Result<T, StoreError>> {
        let refused = StoreError::Permission {
            at: connect::name(&self.path),
            why: "it is only looked into".to_owned(),
        };
        Box::pin(std::future::ready(Err(refused)))
    }
}

impl Store for SqliteLook {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        let found = self.read(|reader| reader.find(lookups));
        Box::pin(std::future::ready(found))
    }

    fn commit(&self, _: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        let refused = self.refused();
        Box::pin(async { refused.await.map_err(CommitError::Store) })
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        let listed = self.read(|reader| reader.list(&query));
        Box::pin(std::future::ready(listed))
    }

    fn sweep(&self, _: Timestamp, _: usize) -> Answer<'_, Result<usize, StoreError>> {
        self.refused()
    }

    fn forget<'a>(&'a self, _: &'a Forget, _: usize) -> Answer<'a, Result<usize, StoreError>> {
        self.refused()
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        self.refused()
    }

    /// Changes nothing: an older store is refused.
    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        let current = self.read(|reader| connect::is_current(reader.connection, reader.path));
        Box::pin(std::future::ready(current))
    }

    fn examine(&self) -> Answer<'_, Result<(), StoreError>> {
        let examined = self.read(|reader| reader.examine());
        Box::pin(std::future::ready(examined))
    }
}

/// A connection that only reads, to a file that may be taken for a store.
fn connection(path: &Path) -> Result<Connection, StoreError> {
    let opened = connect::recognised(path, Connection::open_with_flags(uri(path), FLAGS));
    let connection = match opened {
        // There is no room for the index of the log.
        Err(StoreError::Full { .. }) => connect::recognised(path, alone(path))?,
        // SQLite has found a log, and can make no index for it here.
        Err(StoreError::Permission { .. }) => {
            readable(path)?;
            connect::recognised(path, frozen(path)).map_err(|_| kept_from_log(path))?
        }
        other => other?,
    };
    connect::newer(path, connect::version(&connection).map_err(|e| connect::opening(path, &e))?)?;
    Ok(connection)
}

fn readable(path: &Path) -> Result<(), StoreError> {
    let generally = || "let the account that runs this read it, and enter the folders above".to_owned();
    std::fs::File::open(path).map(drop).map_err(|error| match error.kind() {
        std::io::ErrorKind::PermissionDenied => StoreError::Unread {
            at: connect::name(path),
            why: denied::reading(path).unwrap_or_else(generally),
        },
        _ => connect::unopened(path, &error),
    })
}

fn kept_from_log(path: &Path) -> StoreError {
    let why = "there is a log next to it (-wal) with the last writes, for which SQLite needs to make a file there, and this \
               account or file system does not let it: run this as the account of the service where the store can be \
               written, or copy it, with all files whose names begin with its name, and read the copy";
    StoreError::Unread { at: connect::name(path), why: why.to_owned() }
}

/// A store on a file system that is mounted read-only, such as a snapshot of a server that was running: there
/// is a log, and no index of it. A server always has one, so nobody writes here: the store is read without
/// locks, which no file here could have, and with an index in memory.
#[cfg(unix)]
fn frozen(path: &Path) -> rusqlite::Result<Connection> {
    if connect::beside(path, "-shm").exists() {
        return Err(rusqlite::Error::InvalidQuery);
    }
    let connection = Connection::open_with_flags(format!("{}&vfs=unix-none", uri(path)), FLAGS)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    Ok(connection)
}

#[cfg(not(unix))]
fn frozen(_: &Path) -> rusqlite::Result<Connection> {
    Err(rusqlite::Error::InvalidQuery)
}

/// Where there is no room for the index of the log that connections share, nobody shares it: the file is
/// locked for this connection, which keeps its own index in memory, and leaves the log as it is.
fn alone(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// RFC 3986 §3.3: the file as SQLite wants it, to be read alone. Where no other process has it open and none
/// has left anything beside it, SQLite is told that nobody writes it, so that it makes no files there itself;
/// a service that starts at this very moment could at worst make the look fail.
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(*byte))
            }
            other => uri.push_str(&format!("%{other:02x}")),
        }
    }
    let beside = |ending: &str| connect::beside(path, ending).exists();
    uri.push_str(if beside("-wal") || beside("-journal") { "?mode=ro" } else { "?mode=ro&immutable=1" });
    uri
}

const FLAGS: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX).union(OpenFlags::SQLITE_OPEN_URI);
