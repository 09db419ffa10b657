//! A disk without room at the start: a server that runs heals once there is room, so one that starts waits
//! for it.

use std::time::{Duration, Instant};

use signet_store::StoreError;

/// Between two looks whether there is room.
const PACE: Duration = Duration::from_secs(1);

/// How often the log says that it waits.
const REMINDER: Duration = Duration::from_secs(60);

/// A start that waits.
#[derive(Default)]
pub(super) struct Waiting {
    said: Option<Instant>,
}

impl Waiting {
    /// Whether the start failed because the disk is full; then it waits a moment.
    pub(super) async fn is_for_room(&mut self, store: &str) -> bool {
        let Err(error @ StoreError::Full { .. }) = written(store).await else { return false };
        if self.said.is_none_or(|said| said.elapsed() >= REMINDER) {
            self.said = Some(Instant::now());
            tracing::error!(%error, "not started yet: waiting until there is room");
        }
        tokio::time::sleep(PACE).await;
        true
    }
}

/// Whether the store can be written.
async fn written(store: &str) -> Result<(), StoreError> {
    let store = signet_store::open(store).await?;
    store.migrate().await?;
    store.health().await
}
