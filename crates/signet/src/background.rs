//! What a provider does besides answering: forget what has expired, rotate keys when their time has come,
//! take over keys that another node has rotated, deliver what it owes, write down what happened.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::engine::outbox::Rounds;
use crate::provider::Provider;

const SWEEP_PAUSE: Duration = Duration::from_secs(15);
const KEYS_PAUSE: Duration = Duration::from_secs(5);
const EVENTS_PAUSE: Duration = Duration::from_secs(5);
const SIZE_PAUSE: Duration = Duration::from_secs(60);

/// The running tasks. [`Self::stop`] ends them; dropping it does so too, but loses the events of the last
/// second.
#[derive(Debug)]
#[must_use = "the tasks end when it is dropped"]
pub struct Background {
    tasks: JoinSet<()>,
    provider: Provider,
}

impl Background {
    /// Starts them.
    pub fn start(provider: &Provider) -> Self {
        let mut tasks = JoinSet::new();
        tasks.spawn(sweep(provider.clone()));
        tasks.spawn(keys(provider.clone()));
        tasks.spawn(Rounds::new(provider.clone()).run());
        tasks.spawn(events(provider.clone()));
        tasks.spawn(size(provider.clone()));
        Self { tasks, provider: provider.clone() }
    }

    /// Ends the tasks and writes the events that are not written yet. To be called after the last request was
    /// answered. What cannot be written is logged.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
        if let Err(error) = self.provider.write_last_events().await {
            tracing::warn!(%error, "failed to write the last events");
        }
    }
}

async fn sweep(provider: Provider) {
    loop {
        match provider.sweep().await {
            // Steps are small so that commits of requests come between them.
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => tokio::time::sleep(SWEEP_PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, "failed to delete expired records; retrying");
                tokio::time::sleep(SWEEP_PAUSE).await;
            }
        }
    }
}

async fn keys(provider: Provider) {
    loop {
        tokio::time::sleep(KEYS_PAUSE).await;
        if let Err(error) = provider.refresh_keys().await {
            tracing::warn!(%error, "failed to refresh the signing keys; the current ones stay in use");
        }
    }
}

async fn events(provider: Provider) {
    loop {
        provider.inner.journal.is_due().await;
        if let Err(error) = provider.write_events().await {
            tracing::warn!(%error, "failed to write events; retrying");
            tokio::time::sleep(EVENTS_PAUSE).await;
        }
    }
}

/// Shows how large the store is.
async fn size(provider: Provider) {
    loop {
        match provider.inner.store.size().await {
            Ok(bytes) => provider.inner.metrics.store_size(bytes),
            Err(error) => tracing::debug!(%error, "failed to measure the store"),
        }
        tokio::time::sleep(SIZE_PAUSE).await;
    }
}
