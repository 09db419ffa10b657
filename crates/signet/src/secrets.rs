//! Random values that all nodes share and that must not change: made once, kept in the store.

use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_core::secret::Secret;
use signet_store::{CommitError, Store};

use crate::at_rest::{AtRestError, Keks};
use crate::keys::KeyError;

const BYTES: usize = 32;

/// What pairwise subjects are made with.
pub const SUBJECT_SALT: &str = "subject_salt";
/// What refresh tokens, known browsers and counts of unknown names are made with.
pub const HANDLE_KEY: &str = "handle_key";

/// A stored 32-byte secret, made on first use, and protected at rest as the keys are.
pub async fn shared(
    store: &dyn Store,
    rng: &dyn Rng,
    name: &str,
    keks: &Keks,
) -> Result<Secret<Vec<u8>>, KeyError> {
    Shared::look(store, rng, name, keks).await?.written(store, rng, keks).await
}

/// A secret as it is to be, and the write that makes it so: none where it is so already.
pub(crate) struct Shared<'a> {
    name: &'a str,
    value: Secret<Vec<u8>>,
    change: Option<Change>,
}

impl<'a> Shared<'a> {
    /// As it is in the store, or made, before anything is written.
    pub(crate) async fn look(
        store: &dyn Store,
        rng: &dyn Rng,
        name: &'a str,
        keks: &Keks,
    ) -> Result<Self, KeyError> {
        let found = store.ask(DocumentNamed(name.to_owned())).await?;
        let (version, value) = match found {
            Some(document) => {
                let (value, tidy) = read(document.value, keks)?;
                if tidy {
                    return Ok(Self { name, value, change: None });
                }
                (document.version, value)
            }
            None => {
                let mut value = vec![0; BYTES];
                rng.fill(&mut value);
                (0, Secret::new(value))
            }
        };
        let kept = keks.seal(value.expose())?.map(String::into_bytes);
        let kept = kept.unwrap_or_else(|| value.expose().clone());
        let document = Document { name: name.to_owned(), version: version + 1, value: kept };
        Ok(Self { name, value, change: Some(Change::PutDocument(document)) })
    }

    /// The secret for those who only rehearse.
    pub(crate) fn unwritten(self) -> Secret<Vec<u8>> {
        self.value
    }

    /// Writes it; if another node was faster, it is that node's secret.
    pub(crate) async fn written(
        mut self,
        store: &dyn Store,
        rng: &dyn Rng,
        keks: &Keks,
    ) -> Result<Secret<Vec<u8>>, KeyError> {
        loop {
            let Some(change) = self.change.take() else { return Ok(self.value) };
            match store.commit(vec![change]).await {
                Ok(()) => return Ok(self.value),
                Err(CommitError::Conflict(_)) => self = Self::look(store, rng, self.name, keks).await?,
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
    }
}

/// A stored secret, if it was made already.
pub(crate) async fn known(
    store: &dyn Store,
    name: &str,
    keks: &Keks,
) -> Result<Option<Secret<Vec<u8>>>, KeyError> {
    let found = store.ask(DocumentNamed(name.to_owned())).await?;
    Ok(found.map(|document| read(document.value, keks)).transpose()?.map(|(value, _)| value))
}

/// Where a stored secret cannot be read, the write that puts another one in its place.
pub(crate) async fn lost(
    store: &dyn Store,
    rng: &dyn Rng,
    name: &str,
    keks: &Keks,
) -> Result<Option<Change>, KeyError> {
    let found = store.ask(DocumentNamed(name.to_owned())).await?;
    let Some(document) = found else { return Ok(None) };
    let version = document.version.saturating_add(1);
    if read(document.value, keks).is_ok() {
        return Ok(None);
    }
    let mut value = vec![0; BYTES];
    rng.fill(&mut value);
    let value = Secret::new(value);
    let kept = keks.seal(value.expose())?.map(String::into_bytes);
    let value = kept.unwrap_or_else(|| value.expose().clone());
    Ok(Some(Change::PutDocument(Document { name: name.to_owned(), version, value })))
}

/// A secret in clear has exactly so many bytes, an encrypted one has more. With it comes whether it is kept
/// as is now wanted.
fn read(value: Vec<u8>, keks: &Keks) -> Result<(Secret<Vec<u8>>, bool), AtRestError> {
    if value.len() == BYTES {
        return Ok((Secret::new(value), keks.current.is_none()));
    }
    let sealed = String::from_utf8(value).map_err(|_| {
        AtRestError("a stored secret is damaged: it is neither 32 bytes nor encrypted".into())
    })?;
    keks.open(&sealed)
}
