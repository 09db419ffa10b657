//! The library's face: build a provider, mount its router.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use signet_core::acr::Context;
use signet_core::claims::sources;
use signet_core::endpoint::discovery;
use signet_core::env::{Env, Jose as _, Rng, Sequence};
use signet_core::id::{ClientId, UserId};
use signet_core::record::{Client, User};
use signet_core::secret::Secret;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_core::token::protect::{KINDS, NONE, is_mac};
use signet_login::METHODS;
use signet_login::password::{self, Memory, Parameters, Password};
use signet_login::throttle::Limits;
use signet_store::{Store, StoreError};

use crate::clock::{Clock, Ids, SystemClock, SystemRng};
use crate::keys::{self, KeyError, KeyOptions, KeyRing};
use crate::outbound::{Documents, KeysOfClients, Outbound, OutboundOptions};
use crate::pages::{self, Pages};
use crate::pool::Pool;
use crate::secrets;
use crate::web::metrics::Metrics;

/// A running OpenID Provider: cheap to clone, safe to share.
#[derive(Clone)]
pub struct Provider {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) state: ArcSwap<State>,
    pub(crate) pages: ArcSwap<Pages>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) ids: Arc<dyn Sequence>,
    pub(crate) pool: Pool,
    pub(crate) client_keys: KeysOfClients,
    pub(crate) documents: Documents,
    pub(crate) metrics: Metrics,
}

/// Everything that a reload or a key rotation swaps, at once.
pub(crate) struct State {
    pub(crate) config: Arc<Configured>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) metadata: Bytes,
    pub(crate) jwks: Bytes,
}

/// What the configuration says, ready for use.
pub(crate) struct Configured {
    pub(crate) settings: Settings,
    pub(crate) people: People,
    pub(crate) clients: BTreeMap<ClientId, Arc<Client>>,
    pub(crate) statement_issuers: BTreeMap<ClientId, Client>,
    pub(crate) password: Password,
    pub(crate) limits: Limits,
}

/// People written in the configuration; all others are in the store.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) by_id: BTreeMap<UserId, Arc<User>>,
    pub(crate) by_name: BTreeMap<String, Arc<User>>,
}

/// A person written in the configuration.
pub struct StaticUser {
    /// What the person types.
    pub username: String,
    /// In clear or as an Argon2 hash; none closes the password method to them.
    pub password: Option<Secret<String>>,
    /// OpenID Connect Core §5.1.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Whether they are kept out.
    pub locked: bool,
}

impl std::fmt::Debug for StaticUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticUser")
            .field("username", &self.username)
            .field("password", &self.password)
            .field("claims", &sources::redacted(&self.claims))
            .field("locked", &self.locked)
            .finish()
    }
}

/// How passwords are treated.
#[derive(Clone, Debug, Default)]
pub struct LoginOptions {
    /// The cost of new hashes.
    pub parameters: Parameters,
    /// How patient to be with wrong ones.
    pub limits: Limits,
    /// Hashing threads; 0: one per core.
    pub threads: usize,
    /// Sign-ins that may wait for a thread; 0: 64.
    pub queue: usize,
}

/// Why a provider cannot be built.
#[derive(Debug)]
pub enum BuildError {
    /// The store failed.
    Store(StoreError),
    /// The keys cannot be had.
    Keys(KeyError),
    /// A page template is broken.
    Pages(pages::Error),
    /// A password or its cost parameters cannot be used.
    Password(String),
    /// Something in the settings contradicts itself.
    Settings(String),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildError::Store(error) => error.fmt(f),
            BuildError::Keys(error) => error.fmt(f),
            BuildError::Pages(error) => error.fmt(f),
            BuildError::Password(why) | BuildError::Settings(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<StoreError> for BuildError {
    fn from(error: StoreError) -> Self {
        BuildError::Store(error)
    }
}

impl From<KeyError> for BuildError {
    fn from(error: KeyError) -> Self {
        BuildError::Keys(error)
    }
}

/// Makes settings once the two stored secrets (subject salt, handle key) are known.
type MakeSettings = Box<dyn FnOnce(Secret<Vec<u8>>, Secret<Vec<u8>>) -> Settings + Send>;

/// What a provider is made of; everything has a sensible default.
pub struct Builder {
    store: Arc<dyn Store>,
    settings: MakeSettings,
    clients: Vec<Client>,
    statement_issuers: Vec<Client>,
    users: Vec<StaticUser>,
    keys: KeyOptions,
    login: LoginOptions,
    outbound: OutboundOptions,
    template_dir: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Provider {
    /// A provider for an issuer, in memory until [`Builder::store`] says otherwise.
    pub fn builder(issuer: impl Into<String>) -> Builder {
        let issuer = issuer.into();
        Self::builder_with(move |salt, key| Settings::new(issuer, salt, key))
    }

    /// The same, with settings made otherwise than by default.
    pub(crate) fn builder_with(
        settings: impl FnOnce(Secret<Vec<u8>>, Secret<Vec<u8>>) -> Settings + Send + 'static,
    ) -> Builder {
        Builder {
            store: Arc::new(signet_store::MemoryStore::new()),
            settings: Box::new(settings),
            clients: Vec::new(),
            statement_issuers: Vec::new(),
            users: Vec::new(),
            keys: KeyOptions::default(),
            login: LoginOptions::default(),
            outbound: OutboundOptions::default(),
            template_dir: None,
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
        }
    }

    /// The store, for administration.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// What has been counted, for `/metrics`.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Replaces settings, clients, people and pages at once; requests under way finish with the old ones.
    pub async fn reload(&self, builder: Builder) -> Result<(), BuildError> {
        let store = &*self.inner.store;
        let pages = builder.pages()?;
        let state = builder.state(store, &*self.inner.rng, self.inner.clock.now()).await?;
        self.inner.pages.store(Arc::new(pages));
        self.inner.state.store(Arc::new(state));
        Ok(())
    }

    /// Does what is due in the life of the keys, and takes over what another node or the command line did; `true` when they have changed.
    /// Whoever serves the router without [`Background`](crate::serve::Background) calls this every few seconds.
    pub async fn refresh_keys(&self) -> Result<bool, BuildError> {
        let state = self.state();
        let now = self.inner.clock.now();
        let Some(keys) = state.keys.tend(&*self.inner.store, now).await? else { return Ok(false) };
        let files = keys.write_files();
        self.inner.state.store(Arc::new(State::new(state.config.clone(), keys)));
        files?;
        Ok(true)
    }

    /// Deletes a bounded number of expired records; `true` when there may be more.
    pub async fn sweep(&self) -> Result<bool, StoreError> {
        const STEP: usize = 2000;
        Ok(self.inner.store.sweep(self.inner.clock.now(), STEP).await? >= STEP)
    }

    pub(crate) fn state(&self) -> Arc<State> {
        self.inner.state.load_full()
    }

    pub(crate) fn env<'a>(&'a self, state: &'a State) -> Env<'a> {
        Env {
            settings: &state.config.settings,
            now: self.inner.clock.now(),
            rng: &*self.inner.rng,
            ids: &*self.inner.ids,
            jose: &*state.keys,
        }
    }
}

impl State {
    fn new(config: Arc<Configured>, keys: KeyRing) -> Self {
        let metadata = discovery::metadata(&config.settings, &keys).to_string().into();
        let jwks = keys.jwks().to_string().into();
        Self { config, keys: Arc::new(keys), metadata, jwks }
    }
}

impl Builder {
    /// Where state is kept.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// Applications that are written down rather than registered; they are served from memory.
    #[must_use]
    pub fn clients(mut self, clients: impl IntoIterator<Item = Client>) -> Self {
        self.clients.extend(clients);
        self
    }

    /// Who is trusted to sign software statements (RFC 7591 §2.3): records whose `client_id` is the issuer, with its `jwks` or `jwks_uri`.
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

    /// Changes settings after their defaults were made.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        let make = self.settings;
        self.settings = Box::new(move |salt, key| {
            let mut settings = make(salt, key);
            change(&mut settings);
            settings
        });
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

    /// Prepares the store, reads or makes the keys, loads the pages.
    pub async fn build(self) -> Result<Provider, BuildError> {
        self.store.migrate().await?;
        let (store, clock, rng) = (self.store.clone(), self.clock.clone(), self.rng.clone());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = if self.login.threads == 0 { cores } else { self.login.threads };
        let queue = if self.login.queue == 0 { 64 } else { self.login.queue };
        let pool = Pool::start(threads, queue)
            .map_err(|error| BuildError::Password(format!("the password threads cannot start: {error}")))?;
        let outbound = Arc::new(Outbound::new(&self.outbound).map_err(BuildError::Settings)?);
        let pages = self.pages()?;
        let state = self.state(&*store, &*rng, clock.now()).await?;
        let inner = Inner {
            ids: Arc::new(Ids::new(clock.clone(), &*rng)),
            client_keys: KeysOfClients::new(outbound.clone(), clock.clone()),
            documents: Documents::new(outbound, clock.clone()),
            metrics: Metrics::new(&*clock),
            state: ArcSwap::from_pointee(state),
            pages: ArcSwap::from_pointee(pages),
            store,
            clock,
            rng,
            pool,
        };
        Ok(Provider { inner: Arc::new(inner) })
    }

    fn pages(&self) -> Result<Pages, BuildError> {
        Pages::new(self.template_dir.as_deref()).map_err(BuildError::Pages)
    }

    async fn state(mut self, store: &dyn Store, rng: &dyn Rng, now: Timestamp) -> Result<State, BuildError> {
        let salt = secrets::shared(store, rng, "subject_salt", &self.keys.at_rest).await?;
        let handle_key = secrets::shared(store, rng, "handle_key", &self.keys.at_rest).await?;
        let mut settings = (self.settings)(salt, handle_key);
        let own = self.clients.iter().map(|client| &client.lifetimes);
        self.keys.longest = keys::longest(&settings.lifetimes, own);
        let keys = KeyRing::open(store, &self.keys, now).await?;
        keys.write_files()?;
        let algs = keys.signing_algs();
        let first = algs
            .first()
            .ok_or_else(|| BuildError::Settings("no signing algorithm is configured".into()))?;
        if !algs.contains(&settings.default_signing_alg) {
            settings.default_signing_alg.clone_from(first);
        }
        reachable(&settings.authentication)?;
        settings.subjects.check().map_err(|why| BuildError::Settings(why.into()))?;
        for client in &self.clients {
            signable(client, algs)?;
            settings.subjects.fits(client).map_err(|why| {
                BuildError::Settings(format!("client {}: {why}", client.client_id))
            })?;
        }
        let password = Password::new(self.login.parameters)
            .map_err(|error| BuildError::Password(error.to_string()))?;
        let people = people(self.users, &password, rng, now)?;
        let clients = self.clients.into_iter().map(|c| (c.client_id.clone(), Arc::new(c))).collect();
        let issuers = self.statement_issuers.into_iter().map(|issuer| (issuer.client_id.clone(), issuer));
        let config = Configured {
            settings,
            people,
            clients,
            statement_issuers: issuers.collect(),
            password,
            limits: self.login.limits,
        };
        Ok(State::new(Arc::new(config), keys))
    }
}

/// A context that nobody can reach would send people round in circles.
fn reachable(contexts: &[Context]) -> Result<(), BuildError> {
    if contexts.is_empty() {
        return Err(BuildError::Settings("there is no authentication context, so nobody could sign in".into()));
    }
    for Context { name, amr, lifetime, .. } in contexts {
        let unknown = amr.iter().find(|done| !METHODS.iter().any(|method| method.amr == **done));
        if let Some(unknown) = unknown {
            let what = format!("authentication context {name}: no method does {unknown}");
            return Err(BuildError::Settings(what));
        }
        if amr.is_empty() || *lifetime == Some(0) {
            let what = format!("authentication context {name} needs a method, and a lifetime longer than 0");
            return Err(BuildError::Settings(what));
        }
    }
    Ok(())
}

/// Found at start rather than by the first person who signs in: a client wants an algorithm that has no key. Secrets and nobody at all need
/// none of ours.
fn signable(client: &Client, algs: &[String]) -> Result<(), BuildError> {
    for kind in KINDS {
        let Some(alg) = (kind.signed_alg)(client).filter(|alg| !is_mac(alg)) else { continue };
        let unsigned = alg == NONE && kind.may_be_unsigned;
        if !unsigned && !algs.iter().any(|known| known == alg) {
            let (id, name, known) = (client.client_id.as_str(), kind.name, algs.join(", "));
            return Err(BuildError::Settings(format!(
                "client {id}: {name}_signed_response_alg is {alg}, but there are keys for {known} only"
            )));
        }
    }
    Ok(())
}

fn people(
    users: Vec<StaticUser>,
    password: &Password,
    rng: &dyn Rng,
    now: Timestamp,
) -> Result<People, BuildError> {
    let mut people = People::default();
    let mut memory = Memory::default();
    for user in users {
        let named = |error: password::Error| BuildError::Password(format!("user {}: {error}", user.username));
        let hash = match user.password {
            Some(hash) if password::is_hash(hash.expose()) => Some(hash),
            Some(clear) => {
                let mut salt = [0; 16];
                rng.fill(&mut salt);
                Some(Secret::new(password.hash(&mut memory, &clear, salt).map_err(named)?))
            }
            None => None,
        };
        let user = Arc::new(User {
            id: static_id(&user.username),
            username: user.username,
            password: hash,
            claims: user.claims,
            locked: user.locked,
            created_at: now,
            updated_at: now,
        });
        people.by_name.insert(user.username.clone(), user.clone());
        people.by_id.insert(user.id.clone(), user);
    }
    Ok(people)
}

/// The id of a person in the configuration: it must not change between starts, and never be that of a stored one.
pub(crate) fn static_id(username: &str) -> UserId {
    UserId(format!("config:{username}"))
}
