//! Why the key ring cannot be had.

use std::path::{Path, PathBuf};

use signet_store::StoreError;

use crate::at_rest::AtRestError;

/// Why the key ring cannot be had.
#[derive(Debug)]
pub enum KeyError {
    /// The store failed.
    Store(StoreError),
    /// A key could not be made or read.
    Key(String),
    /// A file of keys cannot be read, written or used.
    File {
        /// Which.
        path: PathBuf,
        /// Why, with its name.
        why: String,
    },
}

impl KeyError {
    pub(super) fn within(self, path: &Path) -> Self {
        match self {
            KeyError::Key(why) => Self::of(path, &format!(": {why}")),
            other => other,
        }
    }

    /// About a file, whose name the reason goes on from.
    pub(super) fn of(path: &Path, why: &str) -> Self {
        KeyError::File { path: path.to_owned(), why: format!("{}{why}", path.display()) }
    }
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyError::Store(error) => error.fmt(f),
            KeyError::Key(why) | KeyError::File { why, .. } => {
                write!(f, "the keys cannot be used: {why}")
            }
        }
    }
}

impl std::error::Error for KeyError {}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        KeyError::Store(error)
    }
}

impl From<signet_jose::Error> for KeyError {
    fn from(error: signet_jose::Error) -> Self {
        KeyError::Key(error.to_string())
    }
}

impl From<serde_json::Error> for KeyError {
    fn from(error: serde_json::Error) -> Self {
        KeyError::Key(error.to_string())
    }
}

impl From<AtRestError> for KeyError {
    fn from(error: AtRestError) -> Self {
        KeyError::Key(error.to_string())
    }
}
