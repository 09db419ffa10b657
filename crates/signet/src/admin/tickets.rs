//! RFC 7591 §3: initial access tokens, with which applications may register themselves.

use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::error::Error;
use signet_core::lookup::Lookup;
use signet_core::registration::ticket::{DOCUMENT, Ticket, Tickets};
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::Store;

use super::AdminError;

/// Makes one; the text is shown this once.
pub async fn create(
    store: &dyn Store,
    rng: &dyn Rng,
    uses: Option<u32>,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(Secret<String>, Ticket), AdminError> {
    let (text, ticket, change) = read(store).await?.mint(rng, now, uses, expires_at);
    commit(store, change).await?;
    Ok((Secret::new(text), ticket))
}

/// Those that are still good.
pub async fn list(store: &dyn Store, now: Timestamp) -> Result<Vec<Ticket>, AdminError> {
    Ok(read(store).await?.live(now).cloned().collect())
}

/// Makes one useless.
pub async fn revoke(store: &dyn Store, id: i64, now: Timestamp) -> Result<(), AdminError> {
    let unknown = AdminError::NotFound { what: "initial access token", name: id.to_string() };
    let change = read(store).await?.revoke(id, now).ok_or(unknown)?;
    commit(store, change).await
}

async fn read(store: &dyn Store) -> Result<Tickets, AdminError> {
    let facts = store.find(&[Lookup::Document(DOCUMENT.to_owned())]).await?;
    let told = |error: Error| error.detail.unwrap_or_default();
    Tickets::read(&facts.documents)
        .map_err(|error| AdminError::invalid("", told(error), "restore the store from a backup"))
}

async fn commit(store: &dyn Store, change: Change) -> Result<(), AdminError> {
    Ok(store.commit(vec![change]).await?)
}
