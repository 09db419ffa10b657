//! The key ring.

use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::Store;

use super::AdminError;
use crate::keys::{KeyInfo, KeyOptions, KeyRing, Promotion, Taking};

/// Every key, active ones first. What is due is done before, and keys that are missing are made.
pub async fn list(
    store: &dyn Store,
    options: &KeyOptions,
    now: Timestamp,
) -> Result<Vec<KeyInfo>, AdminError> {
    Ok(KeyRing::open(store, options, now).await?.infos().to_vec())
}

/// Makes a new key for each algorithm in use. They are published at once, and sign when every client had the
/// time to see them, or now.
pub async fn rotate(
    store: &dyn Store,
    options: &KeyOptions,
    now: Timestamp,
    promotion: Promotion,
) -> Result<Vec<KeyInfo>, AdminError> {
    KeyRing::open(store, options, now).await?;
    Ok(KeyRing::rotate(store, options, now, promotion).await?.infos().to_vec())
}

/// The published key set, or the whole ring with its private parts, as a JWK Set.
pub async fn export(
    store: &dyn Store,
    options: &KeyOptions,
    now: Timestamp,
    private: bool,
) -> Result<Secret<String>, AdminError> {
    let ring = KeyRing::open(store, options, now).await?;
    Ok(if private { ring.private_jwks()? } else { Secret::new(ring.jwks().to_string()) })
}

/// Takes over keys that were made elsewhere.
pub async fn import(
    store: &dyn Store,
    options: &KeyOptions,
    now: Timestamp,
    text: &str,
    kid: Option<&str>,
    taking: Taking,
) -> Result<Vec<KeyInfo>, AdminError> {
    KeyRing::open(store, options, now).await?;
    Ok(KeyRing::import(store, options, now, text, kid, taking).await?.infos().to_vec())
}
