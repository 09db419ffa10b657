//! Why there is no provider.

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
    /// Something in the settings contradicts itself.
    Settings(String),
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
            BuildError::Password(why)
            | BuildError::Clients(why)
            | BuildError::People(why)
            | BuildError::Settings(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for BuildError {}

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
