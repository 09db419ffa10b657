//! What a provider is made of, and how it is put together.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use signet_core::env::Rng;
use signet_core::fault::Fault;
use signet_core::issuer;
use signet_core::record::Client;
use signet_core::settings::Settings;
use signet_core::subject;
use signet_login::Method;
use signet_login::password::Password;
use signet_store::Store;

use super::fitting::Judged;
use super::judged;
use super::login::LoginOptions;
use super::owner::Owner;
use super::rules::{alone, distinct, own_hosts, reachable, signable, taken_names};
use super::verdicts::Verdicts;
use super::{BuildError, Directory, Inner, Methods, Provider, State, StaticUser};
use crate::clock::{Clock, Ids, SystemClock, SystemRng};
use crate::journal::Journal;
use crate::keys::{self, KeyOptions, KeyRing};
use crate::outbound::{Documents, KeysOfClients, Logos, Outbound, OutboundOptions};
use crate::outbox::Outbox;
use crate::pages::Pages;
use crate::pool::Pool;
use crate::rates::{no_guesses, no_openings};
use crate::routes::overlap;
use crate::turns::Turns;
use crate::web::metrics::Metrics;

/// What a provider is made of; everything has a sensible default.
pub struct Builder {
    store: Arc<dyn Store>,
    moved_from: Option<String>,
    settings: Settings,
    clients: Vec<Client>,
    statement_issuers: Vec<Client>,
    users: Vec<StaticUser>,
    methods: Vec<Arc<dyn Method>>,
    directory: Option<Arc<dyn Directory>>,
    were_stored: BTreeSet<String>,
    keys: KeyOptions,
    login: LoginOptions,
    outbound: OutboundOptions,
    template_dir: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    judged: bool,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl Builder {
    /// In memory, with these settings, until [`Builder::store`] says otherwise.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            store: Arc::new(signet_store::MemoryStore::new()),
            moved_from: None,
            settings,
            clients: Vec::new(),
            statement_issuers: Vec::new(),
            users: Vec::new(),
            methods: Vec::new(),
            directory: None,
            were_stored: BTreeSet::new(),
            keys: KeyOptions::default(),
            login: LoginOptions::default(),
            outbound: OutboundOptions::default(),
            template_dir: None,
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            judged: false,
        }
    }

    /// Where state is kept. A store belongs to the issuer that is first built on it, because sessions and
    /// tokens in it would be good for every other one too: each issuer needs a store of its own, also in one
    /// process and in memory. [`Builder::build`] refuses the store of another issuer
    /// ([`BuildError::Owned`]), unless [`Builder::moved_from`] names it; of two issuers on loopback that
    /// differ only in host and port, it only warns.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// The issuer that this provider had before; from now on its store belongs to the new one.
    #[must_use]
    pub fn moved_from(mut self, issuer: impl Into<String>) -> Self {
        self.moved_from = Some(issuer.into());
        self
    }

    /// Applications that are written down rather than registered; they are served from memory.
    #[must_use]
    pub fn clients(mut self, clients: impl IntoIterator<Item = Client>) -> Self {
        self.clients.extend(clients);
        self
    }

    /// Who is trusted to sign software statements (RFC 7591 §2.3): records whose `client_id` is the issuer,
    /// with its `jwks` or `jwks_uri`.
    #[must_use]
    pub fn statement_issuers(mut self, issuers: impl IntoIterator<Item = Client>) -> Self {
        self.statement_issuers.extend(issuers);
        self
    }

    /// People that are written down rather than stored.
    #[must_use]
    pub fn users(mut self, users: impl IntoIterator<Item = StaticUser>) -> Self {
        self.users.extend(users);
        self
    }

    /// The application's own users, instead of Signet's: the store has none then, and nobody makes an account
    /// here.
    #[must_use]
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = Some(directory);
        self
    }

    /// A further way to sign in, with a template for its page.
    #[must_use]
    pub fn sign_in_method(mut self, method: Arc<dyn Method>) -> Self {
        self.methods.push(method);
        self
    }

    /// Which of the people that are written down are the very ones of their name whom the store has or had.
    /// Where subjects are made from names, nobody else is given such a name.
    #[must_use]
    pub fn were_stored(mut self, usernames: impl IntoIterator<Item = String>) -> Self {
        self.were_stored.extend(usernames);
        self
    }

    /// Changes settings.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Signature algorithms, preferred first; a key is made for each on first start.
    #[must_use]
    pub fn signing_algs(mut self, algs: Vec<String>) -> Self {
        self.keys.signing = algs;
        self
    }

    /// The key ring: algorithms, rotation, protection at rest, files.
    #[must_use]
    pub fn keys(mut self, keys: KeyOptions) -> Self {
        self.keys = keys;
        self
    }

    /// Passwords: cost, patience, threads.
    #[must_use]
    pub fn login(mut self, login: LoginOptions) -> Self {
        self.login = login;
        self
    }

    /// Where requests of Signet's own may go; a reload does not change it.
    #[must_use]
    pub fn outbound(mut self, outbound: OutboundOptions) -> Self {
        self.outbound = outbound;
        self
    }

    /// Templates and languages that take the place of the built-in ones.
    #[must_use]
    pub fn template_dir(mut self, folder: Option<PathBuf>) -> Self {
        self.template_dir = folder;
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of chance, for tests.
    #[must_use]
    pub fn rng(mut self, rng: Arc<dyn Rng>) -> Self {
        self.rng = rng;
        self
    }

    /// Settings, applications and people were judged where they were written: for the program, which shows
    /// where that is.
    #[doc(hidden)]
    #[must_use]
    pub fn judged(mut self) -> Self {
        self.judged = true;
        self
    }

    /// Prepares the store, reads or makes the keys, loads the pages. What cannot be served is an error before
    /// anything is written; a store that belongs to another issuer is left as it is. Passwords are hashed and
    /// addresses are waited for on tokio, so that this is called within one of its runtimes.
    pub async fn build(self) -> Result<Provider, BuildError> {
        let (issuer, moved_from) = (self.settings.issuer.clone(), self.moved_from.clone());
        let (around, judged) = self.parts()?;
        let (store, rng, now) = (&*around.store, &around.rng, around.clock.now());
        let owner = Owner::ready(store, &issuer, moved_from.as_deref()).await?;
        // What cannot be read is said when the ring is opened.
        let before = KeyRing::look(store, &judged.keys, now).await.ok();
        let fitting = judged.look(store, rng, now).await?;
        owner.claim(store, &issuer, moved_from.as_deref()).await?;
        let state = fitting.write(store, &**rng, now).await?;
        if let Some(before) = before {
            keys::log_change(before.ring.infos(), state.keys.infos());
        }
        Ok(around.provider(state))
    }

    /// The same without writing anything, for a store that is only looked into and has its tables already:
    /// what [`build`](Self::build) refuses is refused, and what it would make is there to be looked at.
    /// Nobody can be served by it.
    pub async fn rehearse(self) -> Result<Provider, BuildError> {
        let (issuer, moved_from) = (self.settings.issuer.clone(), self.moved_from.clone());
        let (around, judged) = self.parts()?;
        let (store, now) = (&*around.store, around.clock.now());
        Owner::of(store).await?.permit(&issuer, moved_from.as_deref())?;
        let state = judged.look(store, &around.rng, now).await?.unwritten();
        Ok(around.provider(state))
    }

    /// What stays however often the configuration is read again, and the configuration.
    fn parts(self) -> Result<(Around, Judged), BuildError> {
        if tokio::runtime::Handle::try_current().is_err() {
            let what = "there is no tokio runtime here: call `build` within one, as in `#[tokio::main]`";
            return Err(BuildError::of_settings(what));
        }
        let (store, clock, rng) = (self.store.clone(), self.clock.clone(), self.rng.clone());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = if self.login.threads == 0 { cores } else { self.login.threads };
        let queue = self.login.queue;
        let outbound = Arc::new(
            Outbound::new(&self.outbound).map_err(|what| Fault::new(["outbound", "extra_ca"], what))?,
        );
        let judged = self.judge()?;
        let pool = Pool::start(threads, queue)
            .map_err(|error| BuildError::Password(format!("the password threads cannot start: {error}")))?;
        Ok((Around { store, clock, rng, outbound, pool }, judged))
    }

    /// All that can be told without the store; nothing is written.
    pub(super) fn judge(self) -> Result<Judged, BuildError> {
        let Self { mut settings, clients, users, mut keys, login, .. } = self;
        let methods = Methods::with(self.methods);
        distinct(&methods)?;
        let pages = Pages::with_methods(self.template_dir.as_deref(), &methods.templates())
            .map_err(BuildError::Pages)?;
        if !self.judged {
            judged::settings(&settings, &clients, &login)?;
            judged::people(&users)?;
        }
        keys.longest = keys::longest(&settings.lifetimes, clients.iter().map(|client| &client.lifetimes));
        keys.judge()?;
        let first = keys.signing.first();
        let first = first.ok_or_else(|| BuildError::of_settings("no signing algorithm is configured"))?;
        if !keys.signing.contains(&settings.default_signing_alg) {
            settings.default_signing_alg.clone_from(first);
        }
        if let Some(fault) = issuer::fault(&settings.issuer, &settings.dangerous.http_hosts) {
            let what = format!("{:?}: {}", settings.issuer, fault.what);
            return Err(Fault::new("issuer", what).instead(fault.instead).into());
        }
        if let Some(overlap) = overlap(&settings.issuer, &settings.paths) {
            return Err(BuildError::of_settings(overlap.what));
        }
        reachable(&settings.authentication, &methods)?;
        if self.directory.is_some() {
            alone(&settings, &users)?;
        }
        settings.subjects.check().map_err(BuildError::of_settings)?;
        for client in &clients {
            signable(client, &keys.signing)?;
            subject::fits(settings.subjects.default_type, client)
                .map_err(|why| BuildError::of_settings(format!("client {}: {why}", client.client_id)))?;
        }
        if !self.judged {
            judged::clients(&clients, &settings, &keys.signing)?;
        }
        settings.registration.taken_names = taken_names(&settings.issuer, &clients);
        settings.registration.own_hosts = own_hosts(&settings.issuer);
        let password =
            Password::new(login.parameters).map_err(|error| BuildError::Password(error.to_string()))?;
        let issuers = self.statement_issuers.into_iter().map(|issuer| (issuer.client_id.clone(), issuer));
        Ok(Judged {
            settings,
            clients,
            statement_issuers: issuers.collect(),
            users,
            were_stored: self.were_stored,
            directory: self.directory,
            methods,
            pages,
            keys,
            password,
            limits: login.limits,
            by_program: self.judged,
        })
    }
}

/// What a provider has besides its configuration.
struct Around {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    outbound: Arc<Outbound>,
    pool: Pool,
}

impl Around {
    fn provider(self, state: State) -> Provider {
        let Self { store, clock, rng, outbound, pool } = self;
        let metrics = Metrics::new(&*clock);
        metrics.keys(state.keys.ages());
        let inner = Inner {
            ids: Ids::new(&*rng),
            client_keys: KeysOfClients::new(outbound.clone(), clock.clone()),
            documents: Documents::new(outbound.clone(), clock.clone()),
            verdicts: Verdicts::default(),
            logos: Logos::new(outbound.clone(), clock.clone()),
            outbox: Outbox::new(outbound),
            journal: Journal::new(),
            metrics,
            state: ArcSwap::from_pointee(state),
            files_are_behind: AtomicBool::new(false),
            store,
            clock,
            rng,
            pool,
            guesses: no_guesses(),
            openings: no_openings(),
            turns: Turns::new(),
        };
        Provider { inner: Arc::new(inner) }
    }
}
