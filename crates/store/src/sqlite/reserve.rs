//! Room to make room: deleting needs space in the log. A file next to the store reserves some; it is given up
//! when the disk is full, so that expired records can still be deleted, and made again as soon as it fits.
//! Until then nothing else is written, but for what takes something away: people are locked, signed out and
//! removed on a full disk too, as long as SQLite finds room for it.

use std::io::{Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use signet_core::change::Change;
use signet_core::record::Tally;

/// More than the log needs for a small step of deletion.
const SIZE: u64 = 4 * 1024 * 1024;

/// Whether changes take something away and add nothing to speak of. What a person or client is from now on
/// may come along with what ends for them.
pub(super) fn takes_away<'a>(changes: impl IntoIterator<Item = &'a Change>) -> bool {
    let mut takes = false;
    for change in changes {
        match change {
            Change::EndUser { .. }
            | Change::EndSession(_)
            | Change::EndClient(_)
            | Change::DeleteUser(_)
            | Change::DeleteClient(_)
            | Change::DeleteConsent(..)
            | Change::DeleteDocument(..)
            | Change::RevokeGrant(_)
            | Change::RevokeToken(..)
            | Change::EndDelivery(..)
            | Change::Tally(Tally::Clear { .. }) => takes = true,
            // Another secret takes the old one away.
            Change::PutClient(client) if client.version > 0 => takes = true,
            Change::PutUser(user) if user.version > 0 => {}
            // That a name was somebody's.
            Change::SeeJti { .. } => {}
            Change::FreeName(_)
            | Change::RequireUser(..)
            | Change::RequireClient(..)
            | Change::RequireDocument(..)
            | Change::RequireSession(_) => {}
            _ => return false,
        }
    }
    takes
}

/// The file, and whether it is there.
pub(super) struct Reserve {
    store: PathBuf,
    path: PathBuf,
    held: bool,
}

impl Reserve {
    /// Makes the file, or finds it. Without room the store begins as a full one.
    pub(super) fn of(store: &Path) -> Self {
        let mut reserve = Self::at(store);
        reserve.regain();
        reserve
    }

    /// Gives it up before the store is opened, where there is no room to open it.
    pub(super) fn forgo(store: &Path) {
        Self { held: true, ..Self::at(store) }.give_up();
    }

    fn at(store: &Path) -> Self {
        let mut path = store.as_os_str().to_owned();
        path.push("-reserve");
        Self { store: store.to_path_buf(), path: path.into(), held: false }
    }

    /// Whether anything but deleting may use the disk.
    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    pub(super) fn give_up(&mut self) {
        self.held = false;
        // When even this fails, deleting has to do without.
        drop(std::fs::remove_file(&self.path));
    }

    /// Whether it is there (again).
    pub(super) fn regain(&mut self) -> bool {
        self.held = match make(&self.path, &self.store) {
            Ok(()) => true,
            // Where no file can be made for another reason, the store works without one.
            Err(error) => !is_full(&error),
        };
        self.held
    }
}

fn make(path: &Path, store: &Path) -> Result<(), Error> {
    if std::fs::metadata(path).is_ok_and(|found| found.len() == SIZE) {
        return Ok(());
    }
    let made = write(path).and_then(|()| belongs_to(path, store));
    if made.is_err() {
        drop(std::fs::remove_file(path));
    }
    made
}

/// What root's command makes belongs to whom the store belongs, so that the service can give it up and make
/// it again.
#[cfg(unix)]
fn belongs_to(path: &Path, store: &Path) -> Result<(), Error> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let (own, due) = (std::fs::metadata(path)?, std::fs::metadata(store)?);
    // Only root gives files away; for anybody else the file stays theirs.
    if own.uid() == 0 && due.uid() != 0 { chown(path, Some(due.uid()), Some(due.gid())) } else { Ok(()) }
}

#[cfg(not(unix))]
fn belongs_to(_: &Path, _: &Path) -> Result<(), Error> {
    Ok(())
}

fn write(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // Not zeros: some file systems keep no room for those.
    let mut state = 0x9e37_79b9_u32;
    let block: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    })
    .take(16 * 1024)
    .flatten()
    .collect();
    for _ in 0..SIZE / (64 * 1024) {
        file.write_all(&block)?;
    }
    file.sync_data()
}

fn is_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::WriteZero)
}
