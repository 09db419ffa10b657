//! Room to make room: deleting needs space in the log. A file next to the store reserves some. Most of it
//! is given up when the disk is full, so that expired records can still be deleted. Until there is room for
//! all of it, and for work beyond it, nothing else is written, but for what takes something away: people
//! are locked, signed out and removed on a full disk too. For this, and for opening the store, a last part
//! is kept where other programs take every byte that is given up.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use signet_core::change::Change;
use signet_core::record::Tally;

/// More than the log needs for a small step of deletion.
const SIZE: u64 = 4 * 1024 * 1024;

/// What is kept of it while the disk is full.
const LAST: u64 = 1024 * 1024;

/// What is given of that at a time.
const STEP: u64 = 128 * 1024;

/// Room that must be there beyond the whole of it before work goes on: else the next writes would end it
/// again.
const MARGIN: u64 = 2 * 1024 * 1024;

/// What is written at a time.
const BLOCK: u64 = 64 * 1024;

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
            | Change::EndConsent(..)
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
            | Change::RequireConsent(..)
            | Change::RequireSession(_) => {}
            // What happened may be kept along with it.
            Change::Record(_) => {}
            _ => return false,
        }
    }
    takes
}

/// Whether changes are nothing but what strangers have caused, which others need not make room for.
pub(super) fn is_of_strangers<'a>(changes: impl IntoIterator<Item = &'a Change>) -> bool {
    let is_one = |change: &Change| matches!(change, Change::Record(event) if event.cause.is_stranger());
    changes.into_iter().all(is_one)
}

/// The file, and how much of it is there.
pub(super) struct Reserve {
    store: PathBuf,
    path: PathBuf,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    /// Where no file can be made for another reason than room, the store works without one.
    Without,
    Given,
}

impl Reserve {
    /// Makes the file, or finds it. Without room the store begins as a full one.
    pub(super) fn of(store: &Path) -> Self {
        let mut reserve = Self::at(store);
        reserve.regain();
        reserve
    }

    /// Gives some of it before the store is opened, where there is no room to open it; whether there was any.
    pub(super) fn give_to_open(store: &Path) -> bool {
        Self::at(store).give_more()
    }

    fn at(store: &Path) -> Self {
        let mut path = store.as_os_str().to_owned();
        path.push("-reserve");
        Self { store: store.to_path_buf(), path: path.into(), state: State::Given }
    }

    /// Whether anything but deleting may use the disk.
    pub(super) fn is_held(&self) -> bool {
        self.state != State::Given
    }

    /// Looks whether it is still there, as every process that has the store open gives it up for all; whether
    /// it is not.
    pub(super) fn is_lost(&mut self) -> bool {
        self.state == State::Whole && self.size() != SIZE && !self.regain()
    }

    /// Gives up all but the last part.
    pub(super) fn give_up(&mut self) {
        self.state = State::Given;
        if self.size() > LAST {
            self.cut(LAST);
        }
    }

    /// Gives some of what is left; whether there was any.
    pub(super) fn give_more(&mut self) -> bool {
        self.state = State::Given;
        let left = self.size();
        self.cut(left.saturating_sub(STEP));
        left > 0
    }

    /// Whether all of it is there (again), and room for work beyond it.
    pub(super) fn regain(&mut self) -> bool {
        self.take(MARGIN)
    }

    /// Takes back what was given up a moment ago, where somebody has made room since.
    pub(super) fn take_back(&mut self) -> bool {
        self.take(0)
    }

    fn take(&mut self, margin: u64) -> bool {
        self.state = match self.fill(margin) {
            Ok(()) => State::Whole,
            Err(error) if is_full(&error) => State::Given,
            Err(_) => State::Without,
        };
        self.is_held()
    }

    fn fill(&self, margin: u64) -> Result<(), Error> {
        let had = self.size();
        if had == SIZE {
            return Ok(());
        }
        let mut taken = had;
        let filled = self.write(&mut taken, margin).and_then(|()| belongs_to(&self.path, &self.store));
        if filled.is_err() {
            // As much is left for deleting as is kept.
            self.cut(had.max(if taken >= 2 * LAST { LAST } else { 0 }));
        }
        filled
    }

    /// Takes all the room that must be there, and gives back what is beyond the file's size.
    fn write(&self, taken: &mut u64, margin: u64) -> Result<(), Error> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        file.seek(SeekFrom::Start(*taken))?;
        let block = noise();
        while *taken < SIZE + margin {
            file.write_all(&block)?;
            *taken += BLOCK;
        }
        file.set_len(SIZE)?;
        file.sync_data()
    }

    fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |found| found.len())
    }

    fn cut(&self, size: u64) {
        let set = |file: File| file.set_len(size);
        if size == 0 || OpenOptions::new().write(true).open(&self.path).and_then(set).is_err() {
            // When even this fails, deleting has to do without.
            drop(std::fs::remove_file(&self.path));
        }
    }
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

/// Not zeros: some file systems keep no room for those.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    });
    // As many as make a block.
    words.take(16 * 1024).flatten().collect()
}

fn is_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::WriteZero)
}
