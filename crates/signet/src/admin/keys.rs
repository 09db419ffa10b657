//! The key ring.

use signet_core::time::Timestamp;
use signet_store::Store;

use super::AdminError;
use crate::keys::{KeyInfo, KeyRing};

/// Every key, the newest of each algorithm in use. Keys that are missing are made.
pub async fn list(store: &dyn Store, signing: &[String], now: Timestamp) -> Result<Vec<KeyInfo>, AdminError> {
    Ok(KeyRing::open(store, signing, now).await?.infos().to_vec())
}

/// Makes a new key for each algorithm. The old ones sign no more, and stay published for `keep` seconds after that.
pub async fn rotate(
    store: &dyn Store,
    signing: &[String],
    keep: u64,
    now: Timestamp,
) -> Result<Vec<KeyInfo>, AdminError> {
    Ok(KeyRing::rotate(store, signing, now, keep).await?.infos().to_vec())
}
