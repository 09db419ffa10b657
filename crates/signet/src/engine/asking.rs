//! A request from its arrival to its answer: the one configuration and the one instant that it sees.
//!
//! It is made when the request has been read, and everything that is decided and shown comes from it. Only
//! what bounds tries in time (`signet_login::throttle`, `crate::rates`) reads the clock when it counts: a
//! request that was held back must not be counted as of then.

use std::sync::Arc;

use signet_core::discovery;
use signet_core::env::{Env, Secrets, Sequence};
use signet_core::record::User;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_login::network::Network;
use signet_login::{Method, Page};

use crate::provider::{Inner, Provider, State};

/// One request's view.
#[derive(Clone)]
pub(crate) struct Asking {
    pub(super) inner: Arc<Inner>,
    pub(super) state: Arc<State>,
    pub(super) now_ms: u64,
    pub(super) asker: Option<Network>,
}

impl Asking {
    /// Of a request that came just now.
    pub(crate) fn of(provider: &Provider) -> Self {
        let inner = provider.inner.clone();
        Self { state: provider.state(), now_ms: inner.clock.now_ms(), inner, asker: None }
    }

    /// Of one that somebody of this network sent, which bounds what may be fetched for it.
    pub(crate) fn from(self, asker: Option<Network>) -> Self {
        Self { asker, ..self }
    }

    /// The network that it came from, where that is known.
    pub(crate) fn asker(&self) -> Option<Network> {
        self.asker
    }

    /// Everything anew, as it is by now, for one more try: a reload may have won the race that was lost.
    pub(super) fn renew(&mut self) {
        self.state = self.inner.state.load_full();
    }

    /// The instant.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.now_ms / 1000)
    }

    /// The settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.state.config.settings
    }

    /// What only the nodes of this provider know.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.state.config.secrets
    }

    /// Whether people can sign in by a method of this name.
    pub(crate) fn has_method(&self, name: &str) -> bool {
        self.state.config.methods.find(name).is_some()
    }

    /// The methods that find out who somebody is.
    pub(crate) fn identifying(&self) -> impl Iterator<Item = &dyn Method> {
        self.state.config.methods.all().filter(|method| method.identifies())
    }

    /// What the page of a method shows at a step.
    pub(crate) fn page_of(&self, method: &str, state: &str, person: Option<&User>) -> Page {
        let method = self.state.config.methods.find(method);
        method.map(|method| method.begin(state, person)).unwrap_or_default()
    }

    /// Everything that a reload swaps.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// What a decision may know.
    pub(crate) fn env(&self) -> Env<'_> {
        Env {
            settings: self.settings(),
            secrets: self.secrets(),
            now: self.now(),
            rng: &*self.inner.rng,
            ids: self,
            jose: &*self.state.keys,
            lists: discovery::possible,
            methods: &self.state.config.methods,
        }
    }
}

impl Sequence for Asking {
    fn next(&self) -> i64 {
        self.inner.ids.at(self.now_ms)
    }
}
