//! What an operator does to clients, people, sessions and keys: plain functions over the store. The command
//! line and HTTP call these.

mod act;
pub mod clients;
pub mod consents;
pub mod events;
pub mod keys;
pub mod sessions;
pub mod throttle;
pub mod tickets;
pub mod users;

use signet_core::fault::Severity;
use signet_core::name;
use signet_store::{CommitError, List, Listed, Listing, Store, StoreError};

pub use act::Act;
pub use signet_core::fault::Fault;

/// Entries that are read together.
const PAGE: usize = 500;

/// The most entries that a window can show by one read: one more tells whether there are more.
pub const AT_ONCE: usize = PAGE - 1;

/// Changes that are made together, so that the disk is not waited for each time, nor anybody else for long.
pub const TOGETHER: usize = 250;

/// Which part of a list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The [`Part::next`] of the part before; none: from the beginning.
    pub after: Option<String>,
    /// How many entries at most; none: all.
    pub limit: Option<usize>,
}

impl Window {
    /// How many entries it has at most.
    pub fn most(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// What there is.
    pub entries: Vec<T>,
    /// What [`Window::after`] has to be for the next part; none after the last.
    pub next: Option<String>,
}

/// Why an operator's wish was not carried out.
#[derive(Debug)]
pub enum AdminError {
    /// There is none.
    NotFound {
        /// `user`, `client`, `session`, `consent`.
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
    /// What was given cannot be meant: errors, and warnings that came with them.
    Invalid(Vec<Fault>),
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
        Self::Invalid(vec![Fault::new(key, what).instead(instead)])
    }
}

impl std::fmt::Display for AdminError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound { what, name } => write!(f, "there is no {what} {name}"),
            Self::AlreadyExists { what, name } => write!(f, "there is a {what} {name} already"),
            Self::Invalid(problems) => {
                let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
                let lines: Vec<String> = errors.map(ToString::to_string).collect();
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

/// The entries of a list that are to be kept, as many as were asked for.
async fn part<T>(
    store: &dyn Store,
    what: Listed,
    window: &Window,
    entries: impl Fn(Listing) -> Vec<T> + Send,
    keep: impl Fn(&T) -> bool + Send,
    key: impl Fn(&T) -> String + Send,
) -> Result<Part<T>, StoreError> {
    let most = window.most();
    let mut query = List { what, after: window.after.clone(), limit: PAGE };
    let mut found = Vec::new();
    loop {
        let mut page = store.list(query.clone()).await?;
        query.after = page.next.take();
        found.extend(entries(page).into_iter().filter(&keep));
        // One more tells whether there are more.
        if query.after.is_none() || found.len() > most {
            break;
        }
    }
    let more = found.len() > most;
    found.truncate(most);
    let next = if more { found.last().map(key) } else { None };
    Ok(Part { entries: found, next })
}

/// Whether one of these texts has the wanted one in it, in any case, width and Unicode form.
pub(crate) fn has_text<'a>(texts: impl IntoIterator<Item = &'a str>, wanted: &str) -> bool {
    let wanted = name::canonical(wanted);
    texts.into_iter().any(|text| name::canonical(text).contains(&wanted))
}

/// All pages of a list, one after the other.
async fn every(
    store: &dyn Store,
    what: Listed,
    mut each: impl FnMut(Listing) + Send,
) -> Result<(), StoreError> {
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
