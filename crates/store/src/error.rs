//! Why a store could not do what it was asked, worded for the operator who has to mend it.

use std::fmt;

use signet_core::change::Conflict;

/// A failure of the store itself, never of a precondition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// No back-end answers to this address (its scheme is given).
    Address(String),
    /// The place cannot be opened or created.
    Open {
        /// Where.
        at: String,
        /// What the system said.
        reason: String,
    },
    /// The process may not read or write there.
    Permission {
        /// Where.
        at: String,
        /// What is in the way, and what to do about it.
        why: String,
    },
    /// The process may not read there.
    Unread {
        /// Where.
        at: String,
        /// What is in the way, and what to do about it.
        why: String,
    },
    /// Something else is where a file next to the store's is kept.
    Beside {
        /// Where.
        at: String,
        /// What is there.
        what: String,
    },
    /// The files were deleted or replaced while they were open.
    Gone {
        /// Which.
        at: String,
        /// What was done to it.
        what: String,
    },
    /// No room is left.
    Full {
        /// Where.
        at: String,
    },
    /// Another process kept the store locked for too long.
    Locked {
        /// Where.
        at: String,
    },
    /// A newer Signet wrote it.
    Newer {
        /// Where.
        at: String,
        /// The schema that was found.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
    /// Its tables are missing or older than this version's.
    Older {
        /// Where.
        at: String,
    },
    /// Another program made it.
    Foreign {
        /// Where.
        at: String,
        /// What was found.
        found: String,
    },
    /// The file is no longer what a database must be.
    Damaged {
        /// Where.
        at: String,
        /// What was wrong.
        reason: String,
    },
    /// One record cannot be read as what it should be.
    Unreadable {
        /// Where.
        at: String,
        /// What was wrong.
        reason: String,
    },
    /// A page was asked for after a key that this list does not have.
    Page(String),
    /// The store was closed while it was asked.
    Closed,
    /// Anything else.
    Other {
        /// Where.
        at: String,
        /// What the back-end said.
        reason: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(scheme) => {
                write!(f, "no store answers to \"{scheme}\"; use \"memory:\" or \"sqlite:PATH\"")
            }
            Self::Open { at, reason } => {
                write!(
                    f,
                    "cannot open the store {at}: {reason}; check that the path is right and can be created"
                )
            }
            Self::Permission { at, why } => write!(f, "no permission to write the store {at}: {why}"),
            Self::Unread { at, why } => write!(f, "the store {at} cannot be read: {why}"),
            Self::Beside { at, what } => write!(
                f,
                "{at} is {what}, but the store keeps a file of its own there: move it away, or give the store another path"
            ),
            Self::Gone { at, what } => write!(
                f,
                "the store's file {at} was {what} while it was open, so nothing more is written; move it back, or stop \
                 signet, put a backup in place and start signet again"
            ),
            Self::Full { at } => {
                write!(
                    f,
                    "the disk of the store {at} is full: free at least 6 MiB on it (`df -h`); a running server then goes on by \
                     itself, a command has to be run again; what was saved is still there"
                )
            }
            Self::Locked { at } => write!(
                f,
                "another process keeps the store {at} locked; end a running backup or import, then try again"
            ),
            Self::Newer { at, found, known } => write!(
                f,
                "the store {at} has schema {found}, but this signet knows only up to {known}; run the newer signet, or restore an older backup"
            ),
            Self::Older { at } => {
                write!(
                    f,
                    "the store {at} has tables of an earlier version, or none yet; start `signet serve` of this version, which \
                     brings it up to date"
                )
            }
            Self::Foreign { at, found } => {
                write!(
                    f,
                    "{at} is not a store of Signet: {found}; nothing was changed in it, name another path"
                )
            }
            Self::Damaged { at, reason } => {
                write!(f, "the store {at} is damaged: {reason}; stop signet and restore it from a backup")
            }
            Self::Unreadable { at, reason } => {
                write!(f, "a record in the store {at} is damaged: {reason}; restore the store from a backup")
            }
            Self::Page(key) => {
                write!(f, "no page begins after \"{key}\"; use the key that the last page gave")
            }
            Self::Closed => f.write_str("the store is closed; signet is shutting down"),
            Self::Other { at, reason } => write!(f, "the store {at} failed: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Why a commit did not happen; nothing of it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// A precondition did not hold: the protocol's business.
    Conflict(Conflict),
    /// The store failed: the operator's business.
    Store(StoreError),
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(conflict) => {
                write!(f, "the precondition of change {} does not hold", conflict.index)
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommitError {}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Conflict> for CommitError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}
