//! Random values that all nodes share and that must not change: made once, kept in the store.

use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::lookup::Lookup;
use signet_core::record::Document;
use signet_core::secret::Secret;
use signet_store::{CommitError, Store, StoreError};

/// A stored 32-byte secret, made on first use.
pub(crate) async fn shared(
    store: &dyn Store,
    rng: &dyn Rng,
    name: &str,
) -> Result<Secret<Vec<u8>>, StoreError> {
    loop {
        let facts = store.find(&[Lookup::Document(name.to_owned())]).await?;
        if let Some(document) = facts.documents.into_iter().next() {
            return Ok(Secret::new(document.value));
        }
        let mut value = vec![0; 32];
        rng.fill(&mut value);
        let document = Document { name: name.to_owned(), version: 1, value };
        match store.commit(vec![Change::PutDocument(document)]).await {
            Ok(()) | Err(CommitError::Conflict(_)) => {}
            Err(CommitError::Store(error)) => return Err(error),
        }
    }
}
