//! Why there is no provider.

use signet_core::fault::Fault;
use signet_store::StoreError;

use crate::keys::KeyError;
use crate::pages;

/// Why a provider cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The store failed.
    Store(StoreError),
    /// The store belongs to this other issuer.
    Owned(String),
    /// The keys cannot be had.
    Keys(KeyError),
    /// A page template is broken.
    Pages(pages::Error),
    /// A password or its cost parameters cannot be used.
    Password(String),
    /// An application that is written down cannot be served.
    Clients(String),
    /// Somebody who is written down has no name or claims that can be used, or cannot be distinguished from
    /// somebody who is or was in the store.
    People(String),
    /// Something in the settings is wrong, or contradicts itself; the place is that in
    /// [`Settings`](signet_core::settings::Settings).
    Settings(Fault),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildError::Store(error) => error.fmt(f),
            BuildError::Owned(owner) => write!(
                f,
                "the store belongs to the issuer {owner}, and each issuer needs its own: give `Builder::store` another one, or write \
                 `.moved_from({owner:?})` if this provider has moved from there"
            ),
            BuildError::Keys(error) => error.fmt(f),
            BuildError::Pages(error) => error.fmt(f),
            BuildError::Password(why) | BuildError::Clients(why) | BuildError::People(why) => {
                f.write_str(why)
            }
            BuildError::Settings(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {}

impl BuildError {
    /// About the settings as a whole.
    pub(crate) fn of_settings(what: impl Into<String>) -> Self {
        BuildError::Settings(Fault::new("", what))
    }
}

impl From<Fault> for BuildError {
    fn from(fault: Fault) -> Self {
        BuildError::Settings(fault)
    }
}

impl From<StoreError> for BuildError {
    fn from(error: StoreError) -> Self {
        BuildError::Store(error)
    }
}

impl From<KeyError> for BuildError {
    fn from(error: KeyError) -> Self {
        BuildError::Keys(error)
    }
}
