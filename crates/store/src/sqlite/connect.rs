//! Opening the file: where it is, who may read it, the measured settings, and the schema's versions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::{clients, denied};
use crate::StoreError;

/// What brings the rows that are there to a version.
type Step = fn(&Connection) -> rusqlite::Result<()>;

/// The schema's versions in order, with what SQL alone cannot do; the first makes version 1.
const MIGRATIONS: [(&str, Option<Step>); 11] = [
    (include_str!("migrations/0001_base.sql"), None),
    (include_str!("migrations/0002_ended_clients.sql"), None),
    (include_str!("migrations/0003_proofs.sql"), None),
    (include_str!("migrations/0004_titles.sql"), Some(clients::title_all)),
    (include_str!("migrations/0005_events.sql"), None),
    (include_str!("migrations/0006_titles_of_ids.sql"), Some(clients::title_all)),
    (include_str!("migrations/0007_sorted_events.sql"), None),
    (include_str!("migrations/0008_titles_within.sql"), Some(clients::title_all)),
    (include_str!("migrations/0009_consents_to_clients.sql"), None),
    (include_str!("migrations/0010_blocks_of_events.sql"), None),
    (include_str!("migrations/0011_dotted_names.sql"), None),
];

/// "Sgnt", as the base schema writes it into the header of the file.
pub(super) const APPLICATION: i64 = 0x5367_6e74;

/// How long another process may hold the write lock before an operation fails.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a connection is for decides how much it may cache.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Writer,
    Reader,
}

/// Whether a file that is there may be taken for a store: one of ours, or an empty one. Nothing is changed in
/// it.
pub(super) fn recognise(path: &Path) -> Result<(), StoreError> {
    if !std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0) {
        // Opening reports what is no file.
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    recognised(path, Connection::open_with_flags(path, flags)).map(drop)
}

/// The connection, if it is one to such a file.
pub(super) fn recognised(
    path: &Path,
    opened: rusqlite::Result<Connection>,
) -> Result<Connection, StoreError> {
    let foreign = |found: &str| StoreError::Foreign { at: name(path), found: found.to_owned() };
    let failed = |error: &rusqlite::Error| match opening(path, error) {
        StoreError::Damaged { .. } if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            foreign("it is not an SQLite file")
        }
        other => other,
    };
    let connection = opened.map_err(|e| failed(&e))?;
    connection.busy_timeout(PATIENCE).map_err(|e| failed(&e))?;
    let number =
        |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|e| failed(&e));
    let application = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    match (application, tables) {
        (APPLICATION, _) | (0, 0) => Ok(connection),
        _ => Err(foreign("another program keeps its own tables there")),
    }
}

/// Whether it has this version's tables.
pub(super) fn is_current(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match version(connection).map_err(|e| failure(path, &e))? == known() {
        true => Ok(()),
        false => Err(StoreError::Older { at: name(path) }),
    }
}

/// Whether other connections to the file are open. In exclusive mode the first look fails where there are
/// any.
pub(super) fn is_open(path: &Path) -> Result<bool, StoreError> {
    let alone = || -> rusqlite::Result<()> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    };
    match alone() {
        Ok(()) => Ok(false),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(true),
        Err(error) => Err(opening(path, &error)),
    }
}

/// Whether this account could write the file.
pub(crate) fn writable(path: &Path) -> Result<(), StoreError> {
    let mut file = std::fs::OpenOptions::new();
    file.read(true).write(true).open(path).map(drop).map_err(|error| unopened(path, &error))
}

pub(super) fn unopened(path: &Path, error: &std::io::Error) -> StoreError {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            StoreError::Permission { at: name(path), why: denied::why(path) }
        }
        std::io::ErrorKind::ReadOnlyFilesystem => StoreError::Permission {
            at: name(path),
            why: "its file system is mounted read-only, or read-only for this service (ReadWritePaths, ProtectSystem); \
                  make it writable"
                .to_owned(),
        },
        std::io::ErrorKind::StorageFull => StoreError::Full { at: name(path) },
        _ => StoreError::Open { at: name(path), reason: error.to_string() },
    }
}

/// Makes the file and its folder when they are missing: only the owner may look into them.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| unopened(path, &error);
    let mut file = std::fs::OpenOptions::new();
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        file.mode(0o600);
        folder.mode(0o700);
    }
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        folder.create(parent).map_err(failed)?;
    }
    let is_new = !path.exists();
    // SQLite gives the files next to it (-wal, -shm) the same mode, and as root the same owner.
    file.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        if is_new {
            inherit(path).map_err(failed)?;
        }
        close(path).map_err(|error| StoreError::Open {
            at: name(path),
            reason: format!("others can read it, and its mode cannot be changed to 600: {error}"),
        })?;
    }
    Ok(())
}

/// A new file belongs to whom its folder belongs: root's first command must not leave one that the service
/// cannot open.
#[cfg(unix)]
fn inherit(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let (folder, file) = (std::fs::metadata(folder)?, std::fs::metadata(path)?);
    // Only root gives files away; for anybody else the file stays theirs.
    if file.uid() == 0 && folder.uid() != 0 {
        std::os::unix::fs::chown(path, Some(folder.uid()), Some(folder.gid()))?;
    }
    Ok(())
}

/// Sessions and keys are for the owner alone, whatever the file was made with.
#[cfg(unix)]
fn close(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for file in files(path) {
        match std::fs::metadata(&file) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A connection with the settings that were measured for this work.
pub(super) fn connect(path: &Path, role: Role) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| opening(path, &e))?;
    settle(&connection, role).map_err(|e| opening(path, &e))?;
    let found = version(&connection).map_err(|e| opening(path, &e))?;
    newer(path, found)?;
    Ok(connection)
}

fn settle(connection: &Connection, role: Role) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    if connection.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))? == 0 {
        connection.pragma_update(None, "page_size", 4096)?;
        // Pages that no row needs any more can be given back in small steps (`keeper`). It counts before the
        // first table is made; later it would be a write, for which a full disk has no room.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: an acknowledged commit survives a loss of power. NORMAL would be faster and lose some.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Mapping the file costs readers more than it saves while the file grows.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // What was deleted or replaced is overwritten, not only forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    // Bytes: once a peak is over, the log gives back what it took beyond this.
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    // The keeper thread checkpoints, so that no commit has to.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // KiB. Readers lean on the system's page cache; there may be one for each thread.
    let cache = match role {
        Role::Writer => -65_536,
        Role::Reader => -8_192,
    };
    connection.pragma_update(None, "cache_size", cache)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Else SQLite plans some statements anew whenever their parameters change: a third of the writer's time
    // and most of a read's.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Bounds the file.
pub(super) fn limit(connection: &Connection, path: &Path, pages: u32) -> Result<(), StoreError> {
    connection.pragma_update(None, "max_page_count", pages).map_err(|e| failure(path, &e))
}

/// Writes the whole file anew, so that nothing is left in it of what was deleted or replaced, and empties the
/// log.
pub(super) fn rewrite(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    // The copy may be larger than memory.
    let done = connection
        .pragma_update(None, "temp_store", "FILE")
        .and_then(|()| connection.execute_batch("VACUUM"))
        .map_err(|e| failure(path, &e));
    let settled = connection.pragma_update(None, "temp_store", "MEMORY").map_err(|e| failure(path, &e));
    empty_log(connection);
    done.and(settled)
}

/// Moves all of the log into the file and cuts it off, unless somebody reads from it just now: then the next
/// time.
pub(super) fn empty_log(connection: &Connection) {
    // A failure costs nothing: the log keeps everything.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

/// The same without waiting for anybody who reads or writes; whether it is done.
pub(super) fn cut_log(connection: &Connection) -> bool {
    let cut = || {
        connection.busy_timeout(Duration::ZERO)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
    };
    let is_done = cut().is_ok_and(|busy| busy == 0);
    // When this fails, the next one who waits does not wait.
    let _ = connection.busy_timeout(PATIENCE);
    is_done
}

/// Bytes that the file and its log take on the disk.
pub(super) fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len()).saturating_add(log_size(path))
}

/// Bytes that the log takes on the disk.
pub(super) fn log_size(path: &Path) -> u64 {
    std::fs::metadata(beside(path, "-wal")).map_or(0, |found| found.len())
}

/// Applies the migrations that are missing, all or none. Several processes may try at once.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |e: rusqlite::Error| failure(path, &e);
    if version(connection).map_err(failed)? == known() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found = version(&transaction).map_err(failed)?;
    newer(path, found)?;
    for (sql, then) in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        transaction.execute_batch(sql).map_err(failed)?;
        then.map_or(Ok(()), |then| then(&transaction)).map_err(failed)?;
    }
    transaction.pragma_update(None, "user_version", known()).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

pub(super) fn newer(path: &Path, found: u32) -> Result<(), StoreError> {
    if found > known() {
        return Err(StoreError::Newer { at: name(path), found, known: known() });
    }
    Ok(())
}

/// The file and those that SQLite keeps next to it.
pub(super) fn files(path: &Path) -> impl Iterator<Item = PathBuf> {
    ["", "-wal", "-shm", "-journal"].into_iter().map(|ending| beside(path, ending))
}

/// A file whose name begins with the store's.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut file = path.as_os_str().to_owned();
    file.push(ending);
    file.into()
}

/// The path as a message shows it.
pub(super) fn name(path: &Path) -> String {
    path.display().to_string()
}

/// An absolute path, so that a later change of the working folder cannot make readers open another file.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|error| StoreError::Open { at: name(path), reason: error.to_string() })
}

pub(super) fn opening(path: &Path, error: &rusqlite::Error) -> StoreError {
    match failure(path, error) {
        StoreError::Other { at, reason } => StoreError::Open { at, reason },
        other => other,
    }
}

/// What an error of SQLite means to the operator.
pub(super) fn failure(path: &Path, error: &rusqlite::Error) -> StoreError {
    let at = name(path);
    let reason = error.to_string();
    if reason.contains("no such table") || reason.contains("no such column") {
        return StoreError::Older { at };
    }
    // Without room the index of the log cannot grow either, which has a code of its own.
    if error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
        return StoreError::Full { at };
    }
    match error.sqlite_error_code() {
        Some(
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied,
        ) => StoreError::Permission { at, why: denied::why(path) },
        Some(ErrorCode::DiskFull) => StoreError::Full { at },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { at },
        // SQLite has one code for all that is in the way.
        Some(ErrorCode::CannotOpen) if path.is_file() => {
            StoreError::Permission { at, why: denied::folder(path, &reason) }
        }
        Some(ErrorCode::CannotOpen) => StoreError::Open { at, reason },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged { at, reason },
        _ => StoreError::Other { at, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_could_read_is_closed_to_them() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let folder = std::env::temp_dir().join(format!("signet-store-{}-mode", std::process::id()));
        let path = folder.join("signet.db");
        create(&path).unwrap();
        let mode = || std::fs::metadata(&path).unwrap().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        create(&path).unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// A kill cannot tell FULL from NORMAL (the system's cache survives it), a loss of power can: so the
    /// settings are held here.
    #[test]
    fn a_commit_is_durable_and_no_commit_checkpoints() {
        let folder = std::env::temp_dir().join(format!("signet-store-{}-settings", std::process::id()));
        let path = folder.join("signet.db");
        create(&path).unwrap();
        let connection = connect(&path, Role::Writer).unwrap();
        let setting =
            |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(setting("synchronous"), 2);
        assert_eq!(setting("wal_autocheckpoint"), 0);
        assert_eq!(setting("page_size"), 4096);
        assert_eq!(setting("secure_delete"), 1);
        assert_eq!(setting("auto_vacuum"), 2);
        let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(journal, "wal");
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG).unwrap());
        // From `.cargo/config.toml`: fdatasync, and no counters that threads contend for.
        let mut options = connection.prepare("PRAGMA compile_options").unwrap();
        let options: Vec<String> =
            options.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(options.contains(&"DEFAULT_MEMSTATUS=0".to_owned()), "{options:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
