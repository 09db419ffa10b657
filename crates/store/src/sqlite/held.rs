//! Whether the files that are open are still those that the path names: SQLite goes on with what was
//! deleted or replaced, and whatever it commits there is gone at the next start. And whether damage was
//! found in them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{connect, denied};
use crate::StoreError;

/// The files as they were when they were opened.
pub(super) struct Held {
    path: PathBuf,
    /// What showed when something was read; it does not mend itself.
    damage: OnceLock<StoreError>,
    #[cfg(unix)]
    files: Vec<(PathBuf, (u64, u64))>,
    /// Open as long as the store: to close any handle of a file drops the locks that SQLite holds on it.
    #[cfg(unix)]
    header: std::sync::Mutex<(std::fs::File, u32)>,
}

impl Held {
    /// To be called while a connection is open, which makes the files.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let files = connect::files(path).filter_map(|file| Some((identity(&file)?, file)));
        let files = files.map(|(identity, file)| (file, identity)).collect();
        let header = std::fs::File::open(path).map_err(|error| connect::unopened(path, &error))?;
        let counter = counter(&header).unwrap_or_default();
        let header = std::sync::Mutex::new((header, counter));
        Ok(Self { path: path.to_path_buf(), damage: OnceLock::new(), files, header })
    }

    #[cfg(not(unix))]
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { path: path.to_path_buf(), damage: OnceLock::new() })
    }

    #[cfg(not(unix))]
    pub(super) fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    #[cfg(unix)]
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let gone = |at: &Path, what: &str| StoreError::Gone { at: connect::name(at), what: what.to_owned() };
        for (file, known) in &self.files {
            match identity(file) {
                Some(found) if found == *known => {}
                Some(_) => return Err(gone(file, "replaced by another file")),
                None => return Err(gone(file, "deleted or moved")),
            }
        }
        let mut header = self.header.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match counter(&header.0) {
            Some(found) if found >= header.1 => header.1 = found,
            _ => return Err(gone(&self.path, "overwritten with another database")),
        }
        Ok(())
    }

    /// Keeps in mind that the file is damaged, if it is that.
    pub(super) fn note(&self, error: &StoreError) {
        if matches!(error, StoreError::Damaged { .. }) {
            self.damage.get_or_init(|| error.clone());
        }
    }

    /// Whether no damage was found.
    pub(super) fn check_damage(&self) -> Result<(), StoreError> {
        self.damage.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Whether files can be made next to the store, as its next start needs.
    pub(super) fn check_folder(&self) -> Result<(), StoreError> {
        let probe = connect::beside(&self.path, "-probe");
        let made = std::fs::File::create(&probe).and_then(|_| std::fs::remove_file(&probe));
        made.map_err(|error| match connect::unopened(&self.path, &error) {
            StoreError::Permission { at, .. } | StoreError::Open { at, .. } => {
                StoreError::Permission { at, why: denied::folder(&self.path, &error) }
            }
            other => other,
        })
    }
}

#[cfg(unix)]
fn identity(file: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(file).ok().map(|found| (found.dev(), found.ino()))
}

/// SQLite's change counter, which never goes back; nothing if it is no store (any more).
#[cfg(unix)]
fn counter(file: &std::fs::File) -> Option<u32> {
    use std::os::unix::fs::FileExt as _;
    let mut header = [0; 72];
    file.read_exact_at(&mut header, 0).ok()?;
    let number = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let ours = header.starts_with(b"SQLite format 3\0")
        && [0, connect::APPLICATION].contains(&i64::from(number(68)?));
    if ours { number(24) } else { None }
}
