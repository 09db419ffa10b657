//! The files next to the store's: SQLite's own, and the reserve. Something else of their names is said by
//! name: SQLite says no more than that it cannot open the store, and a reserve that cannot be made is missed
//! on the day when the disk is full.

use std::path::Path;

use super::connect;
use crate::StoreError;

/// What is made there.
const KEPT: [&str; 4] = ["-wal", "-shm", "-journal", "-reserve"];

/// Whether files can have these names: if there is anything, it has to be one.
pub(crate) fn are_files(store: &Path) -> Result<(), StoreError> {
    for file in KEPT.map(|ending| connect::beside(store, ending)) {
        let what = match std::fs::metadata(&file) {
            Ok(found) if found.is_dir() => "a folder",
            // Without a reserve the store works as on a disk that had no room for one.
            Ok(found) if !found.is_file() && !connect::name(&file).ends_with("-reserve") => {
                "a device, a pipe or a socket"
            }
            // What keeps a file from being made shows where it is made.
            Ok(_) | Err(_) => continue,
        };
        return Err(StoreError::Beside { at: connect::name(&file), what: what.to_owned() });
    }
    Ok(())
}
