//! What an operator does to clients, people, sessions and keys: plain functions over the store. The command
//! line and HTTP call these.

pub mod clients;
pub mod keys;
pub mod sessions;
pub mod throttle;
pub mod tickets;
pub mod users;

use signet_store::{CommitError, List, Listed, Listing, Store, StoreError};

use crate::config::Problem;

/// Why an operator's wish was not carried out.
#[derive(Debug)]
pub enum AdminError {
    /// There is none.
    NotFound {
        /// `user`, `client`, `session`.
        what: &'static str,
        /// Which was asked for.
        name: String,
    },
    /// There is one already.
    AlreadyExists {
        /// `user`, `client`.
        what: &'static str,
        /// Which was to be made.
        name: String,
    },
    /// What was given cannot be meant.
    Invalid(Vec<Problem>),
    /// It was changed by somebody else in the same moment; it may be tried again.
    Conflict,
    /// The keys cannot be had.
    Keys(crate::keys::KeyError),
    /// The store failed.
    Store(StoreError),
}

impl AdminError {
    /// One problem with one thing that was given.
    pub fn invalid(key: &str, what: impl Into<String>, instead: &str) -> Self {
        Self::Invalid(vec![Problem::error(key, crate::config::Place::Nowhere, what).instead(instead)])
    }
}

impl std::fmt::Display for AdminError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound { what, name } => write!(f, "there is no {what} {name}"),
            Self::AlreadyExists { what, name } => write!(f, "there is a {what} {name} already"),
            Self::Invalid(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Conflict => f.write_str("somebody else changed it in the same moment; try again"),
            Self::Keys(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AdminError {}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<crate::keys::KeyError> for AdminError {
    fn from(error: crate::keys::KeyError) -> Self {
        Self::Keys(error)
    }
}

impl From<CommitError> for AdminError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Conflict,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// All pages of a list, one after the other.
async fn every(
    store: &dyn Store,
    what: Listed,
    mut each: impl FnMut(Listing) + Send,
) -> Result<(), StoreError> {
    const PAGE: usize = 500;
    let mut query = List::first(what, PAGE);
    loop {
        let mut page = store.list(query.clone()).await?;
        let next = page.next.take();
        each(page);
        if next.is_none() {
            return Ok(());
        }
        query.after = next;
    }
}
