//! A configuration on its way to be served: judged by itself, then by what the store has, and only then
//! written. Whatever refuses it comes before the first write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use signet_core::env::{Rng, Secrets};
use signet_core::id::ClientId;
use signet_core::issuer;
use signet_core::record::Client;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_login::password::Password;
use signet_login::throttle::Limits;
use signet_store::Store;

use super::people::{People, apart, people, remember};
use super::twins::{Twin, twins};
use super::written::Before;
use super::{BuildError, Configured, Directory, Methods, State, StaticUser};
use crate::at_rest;
use crate::keys::{KeyOptions, KeyRing, Planned};
use crate::pages::Pages;
use crate::secrets::{HANDLE_KEY, SUBJECT_SALT, Shared};

/// A configuration that is right by itself ([`Builder::judge`](super::Builder)).
pub(super) struct Judged {
    pub(super) settings: Settings,
    pub(super) clients: Vec<Client>,
    pub(super) statement_issuers: BTreeMap<ClientId, Client>,
    pub(super) users: Vec<StaticUser>,
    pub(super) were_stored: BTreeSet<String>,
    pub(super) directory: Option<Arc<dyn Directory>>,
    pub(super) methods: Methods,
    pub(super) pages: Pages,
    pub(super) keys: KeyOptions,
    pub(super) password: Password,
    pub(super) limits: Limits,
    /// For the program, which shows where everything is written.
    pub(super) by_program: bool,
}

/// A configuration that fits what the store has: all that is to be written is computed.
pub(super) struct Fitting {
    judged: Judged,
    people: People,
    before: Before,
    twins: Vec<Twin>,
    salt: Shared<'static>,
    handle_key: Shared<'static>,
    ring: Planned,
}

impl Judged {
    /// Whether it can take the place of a running one.
    pub(super) fn replaces(&self, running: &Settings) -> Result<(), BuildError> {
        let Settings { issuer, paths, .. } = &self.settings;
        if (issuer, paths) == (&running.issuer, &running.paths) {
            return Ok(());
        }
        Err(BuildError::of_settings(format!(
            "the issuer ({:?}, and now {issuer:?}) and the paths of endpoints do not change while Signet runs: start Signet again",
            running.issuer
        )))
    }

    /// Judges it by what the store and the key files have. Nothing is written.
    pub(super) async fn look(
        mut self,
        store: &dyn Store,
        rng: &Arc<dyn Rng>,
        now: Timestamp,
    ) -> Result<Fitting, BuildError> {
        let keks = &self.keys.at_rest;
        let salt = Shared::look(store, &**rng, SUBJECT_SALT, keks).await?;
        let handle_key = Shared::look(store, &**rng, HANDLE_KEY, keks).await?;
        let (users, before) = (std::mem::take(&mut self.users), Before::read(store).await?);
        let (people, before) = people(users, self.password.clone(), before, rng.clone(), now).await?;
        self.is_apart(store, &people).await?;
        let twins = twins(store, &before, &self, &people, now).await?;
        let ring = KeyRing::plan(store, &self.keys, now).await?;
        ring.ring().rehearse_files().await?;
        Ok(Fitting { judged: self, people, before, twins, salt, handle_key, ring })
    }

    async fn is_apart(&self, store: &dyn Store, people: &People) -> Result<(), BuildError> {
        apart(store, people, &self.were_stored, self.settings.subjects.come_from_names()).await
    }

    fn state(
        self,
        (people, clients): (People, Vec<Client>),
        twins: Vec<Twin>,
        secrets: Secrets,
        keys: KeyRing,
    ) -> State {
        let clients = clients.into_iter().map(|client| (client.client_id.clone(), Arc::new(client)));
        let pages = self.pages.below(&issuer::path(&self.settings.issuer));
        let config = Configured {
            settings: self.settings,
            secrets,
            people,
            directory: self.directory,
            clients: clients.collect(),
            twins,
            statement_issuers: self.statement_issuers,
            password: self.password,
            limits: self.limits,
            methods: self.methods,
        };
        State::new(Arc::new(config), Arc::new(pages), keys)
    }
}

impl Fitting {
    /// What it would be if it were written, to be looked at.
    pub(super) fn unwritten(mut self) -> State {
        let secrets = Secrets::new(&self.salt.unwritten(), &self.handle_key.unwritten());
        let clients = std::mem::take(&mut self.judged.clients);
        self.judged.state((self.people, clients), self.twins, secrets, self.ring.unwritten())
    }

    /// Writes all that is to be written, from which on the configuration is in force. Only the store or a
    /// disk can still refuse it, and somebody who has taken a name in this very moment.
    pub(super) async fn write(
        self,
        store: &dyn Store,
        rng: &dyn Rng,
        now: Timestamp,
    ) -> Result<State, BuildError> {
        let Self { mut judged, people, before, twins, salt, handle_key, ring } = self;
        // From here on nobody takes a name; whoever was faster is seen now.
        let before = before.claim(store, &people).await?;
        judged.is_apart(store, &people).await?;
        let keks = &judged.keys.at_rest;
        let salt = salt.written(store, rng, keks).await?;
        let handle_key = handle_key.written(store, rng, keks).await?;
        let ring = ring.written(store, now).await?;
        ring.write_files().await?;
        if let Err(error) = at_rest::leave_no_clear_copy(store, keks).await {
            tracing::warn!(%error, "unencrypted keys may remain in the store's file; the next start tries again");
        }
        if judged.settings.subjects.come_from_names() {
            remember(store, &people).await?;
        }
        // The last thing that can fail: from here on nobody signs in by what was written before.
        let clients = std::mem::take(&mut judged.clients);
        let written = before.replace(store, people, clients, now).await?;
        if !judged.by_program {
            twins.iter().for_each(|twin| tracing::warn!(name = twin.name, "{twin}"));
        }
        Ok(judged.state(written, twins, Secrets::new(&salt, &handle_key), ring))
    }
}
