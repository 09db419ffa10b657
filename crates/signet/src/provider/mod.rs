//! The library's face: build a provider, mount its router.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use bytes::Bytes;
use signet_core::env::{Jose as _, Rng, Secrets};
use signet_core::id::ClientId;
use signet_core::record::Client;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_core::{discovery, endpoint};
use signet_login::password::Password;
use signet_login::throttle::Limits;
use signet_store::{Store, StoreError};

use crate::clock::{Clock, Ids};
use crate::journal::Journal;
use crate::keys::{self, KeyError, KeyRing};
use crate::outbound::{Documents, KeysOfClients, Logos};
use crate::outbox::Outbox;
use crate::pages::Pages;
use crate::pool::Pool;
use crate::rates::{Guesses, Openings};
use crate::turns::Turns;
use crate::web::metrics::Metrics;

mod builder;
pub(crate) mod directory;
mod error;
mod events;
mod fitting;
pub(crate) mod judged;
mod login;
mod methods;
pub mod owner;
mod people;
mod rules;
#[cfg(test)]
mod tests;
pub(crate) mod twins;
mod verdicts;
mod written;

pub use builder::Builder;
pub use directory::{Directory, DirectoryError, DirectoryUser};
pub use error::BuildError;
pub use login::LoginOptions;
pub(crate) use methods::Methods;
pub(crate) use people::People;
pub use people::StaticUser;
pub use twins::{Twin, counted};
pub(crate) use written::Before;

/// A running OpenID Provider: cheap to clone, safe to share.
#[derive(Clone)]
pub struct Provider {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        f.debug_struct("Provider").field("issuer", &state.config.settings.issuer).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) state: ArcSwap<State>,
    files_are_behind: AtomicBool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) ids: Ids,
    pub(crate) pool: Pool,
    pub(crate) guesses: Guesses,
    pub(crate) openings: Openings,
    /// Sign-ins of one person wait for each other.
    pub(crate) turns: Turns,
    pub(crate) client_keys: KeysOfClients,
    pub(crate) documents: Documents,
    pub(crate) verdicts: verdicts::Verdicts,
    pub(crate) logos: Logos,
    pub(crate) outbox: Outbox,
    pub(crate) journal: Journal,
    pub(crate) metrics: Metrics,
}

/// Everything that a reload or a key rotation swaps, at once.
pub(crate) struct State {
    pub(crate) config: Arc<Configured>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) metadata: Bytes,
    pub(crate) jwks: Bytes,
}

/// What the configuration says, ready for use.
pub(crate) struct Configured {
    pub(crate) settings: Settings,
    pub(crate) secrets: Secrets,
    pub(crate) people: People,
    /// Who has all people, if the application does.
    pub(crate) directory: Option<Arc<dyn Directory>>,
    pub(crate) clients: BTreeMap<ClientId, Arc<Client>>,
    /// As they were when the configuration was taken over.
    pub(crate) twins: Vec<Twin>,
    pub(crate) statement_issuers: BTreeMap<ClientId, Client>,
    pub(crate) password: Password,
    pub(crate) limits: Limits,
    pub(crate) methods: Methods,
}

impl Provider {
    /// A provider for an issuer, in memory until [`Builder::store`] says otherwise.
    pub fn builder(issuer: impl Into<String>) -> Builder {
        Self::builder_with(Settings::new(issuer, endpoint::paths()))
    }

    /// The same, with other settings than by default.
    pub fn builder_with(settings: Settings) -> Builder {
        Builder::new(settings)
    }

    /// The store, for administration.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What has been counted, for `/metrics`.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Replaces settings, clients, people and pages at once; requests under way finish with the old ones. The
    /// issuer and the paths of the endpoints, which the router was made from, stay: another one of these is
    /// an error. What is refused changes nothing, neither here nor in the store.
    pub async fn reload(&self, builder: Builder) -> Result<(), BuildError> {
        let store = &*self.inner.store;
        let running = self.state();
        let now = self.inner.clock.now();
        let judged = builder.judge()?;
        judged.replaces(&running.config.settings)?;
        let fitting = judged.look(store, &self.inner.rng, now).await?;
        let state = fitting.write(store, &*self.inner.rng, now).await?;
        keys::log_change(running.keys.infos(), state.keys.infos());
        self.inner.metrics.keys(state.keys.ages());
        self.inner.state.store(Arc::new(state));
        self.reloaded();
        Ok(())
    }

    /// Does what is due in the life of the keys, and takes over what another node or the command line did;
    /// `true` when they have changed. A program that serves the router without
    /// [`Background`](crate::Background) calls this every few seconds.
    pub async fn refresh_keys(&self) -> Result<bool, BuildError> {
        let state = self.state();
        let now = self.inner.clock.now();
        let Some(ring) = state.keys.tend(&*self.inner.store, now).await? else {
            if self.inner.files_are_behind.load(Ordering::Relaxed) {
                self.write_files(&state.keys).await?;
            }
            return Ok(false);
        };
        let files = self.write_files(&ring).await;
        let next = Arc::new(State::new(state.config.clone(), state.pages.clone(), ring));
        // What was reloaded meanwhile stays: it has read the ring itself, and the next call sees whether it
        // is behind.
        let found = self.inner.state.compare_and_swap(&state, next);
        files?;
        let changed = Arc::ptr_eq(&found, &state);
        if changed {
            let now = self.state();
            keys::log_change(state.keys.infos(), now.keys.infos());
            self.inner.metrics.keys(now.keys.ages());
        }
        Ok(changed)
    }

    /// This clock, and the later instant at which keys in the store were made or changed, where the clock is
    /// behind by more than clocks differ.
    pub fn clock_is_behind(&self) -> Option<(Timestamp, Timestamp)> {
        let now = self.inner.clock.now();
        Some((now, self.state().keys.is_ahead_of(now)?))
    }

    /// What is stored under a name that the configuration has too, as it was when that was taken over.
    #[doc(hidden)]
    pub fn twins(&self) -> Vec<Twin> {
        self.state().config.twins.clone()
    }

    /// Whether there is a key to sign with, now and later.
    pub(crate) fn signs(&self) -> Arc<dyn Fn() -> bool + Send + Sync> {
        let provider = self.clone();
        Arc::new(move || !provider.state().keys.signing_algs().is_empty())
    }

    /// What could not be written is tried again the next time.
    async fn write_files(&self, keys: &KeyRing) -> Result<(), KeyError> {
        let written = keys.write_files().await;
        self.inner.files_are_behind.store(written.is_err(), Ordering::Relaxed);
        written
    }

    /// Deletes a bounded number of expired records and old events; `true` when there may be more.
    pub async fn sweep(&self) -> Result<bool, StoreError> {
        const STEP: usize = 2000;
        let swept = self.inner.store.sweep(self.inner.clock.now(), STEP).await? >= STEP;
        Ok(self.forget_events().await? || swept)
    }

    /// The pages in use.
    pub fn pages(&self) -> Arc<Pages> {
        self.state().pages.clone()
    }

    /// The settings in use; a reload does not change those that were taken before.
    pub fn settings(&self) -> InUse {
        InUse(self.state())
    }

    pub(crate) fn state(&self) -> Arc<State> {
        self.inner.state.load_full()
    }
}

/// Settings as they were when they were asked for.
pub struct InUse(Arc<State>);

impl std::ops::Deref for InUse {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.0.config.settings
    }
}

impl State {
    fn new(config: Arc<Configured>, pages: Arc<Pages>, keys: KeyRing) -> Self {
        let metadata = discovery::metadata(&config.settings, &keys).to_string().into();
        let jwks = keys.jwks().to_string().into();
        Self { config, pages, keys: Arc::new(keys), metadata, jwks }
    }
}
