//! The language of scenarios: a provider of their own, its clients, its people, its clock.
//!
//! ```text
//! let op = Op::with(client("web")).await;
//! let code = op.rp("web").authorize("openid").login("diana").consent().code().await;
//! op.rp("web").redeem(&code).await.tokens();
//! ```

mod client;
mod world;

use std::sync::{Arc, LazyLock, Mutex};

use signet::Provider;
use signet::clock::Clock as _;
use signet_certify::browser::Cookie;
use signet_certify::rp::Encrypted;
use signet_certify::{Browser, ClientAuth, RelyingParty, Reply, Wire};
use signet_core::change::Change;
use signet_core::env::Rng as _;
use signet_core::id::UserId;
use signet_core::lookup::UserByName;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_login::password::{Memory, Parameters, Password};
use signet_store::contract::block_on;
use signet_store::{EventFilter, List, Listed, Store};

pub(crate) use client::{ClientSpec, client};
pub(crate) use world::World;
use world::claims;

use crate::flow::Rp;
use crate::invariants;
use crate::logs::Log;
use crate::outside::{ManualClock, Network, SeededRng, Shelf};

/// The issuer of every world that does not choose another: with the path of `SIGNET_TEST_PATH`, if that is
/// set.
pub(crate) fn issuer() -> &'static str {
    static ISSUER: LazyLock<String> = LazyLock::new(|| format!("https://op.example{}", path()));
    &ISSUER
}

/// The path of that issuer: nothing, or what the environment asks for, such as `/realms/a`.
pub(crate) fn path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| std::env::var("SIGNET_TEST_PATH").unwrap_or_default());
    &PATH
}

/// The secret of every confidential client; it needs form-encoding.
pub(crate) const SECRET: &str = "a secret: 50%+";
/// The session cookie of a browser; the rest of its name is a hash of the issuer.
pub(crate) fn session_of(browser: &Browser) -> Option<Cookie> {
    cookie_of(browser, "__Host-signet-session-")
}

/// The cookie whose name begins so.
pub(crate) fn cookie_of(browser: &Browser, beginning: &str) -> Option<Cookie> {
    browser.cookies().into_iter().find(|cookie| cookie.name.starts_with(beginning))
}

/// As cheap as Argon2 gets.
pub(crate) const CHEAP: Parameters = Parameters { memory_kib: 8, iterations: 1, parallelism: 1 };

/// Everybody's password.
pub(crate) fn password(username: &str) -> &'static str {
    match &*signet_core::name::canonical(username) {
        "diana" => "krall",
        "elvis" => "costello",
        "ella" => "fitzgerald",
        // Chosen on the sign-up page.
        "nina" => "feeling-good",
        _ => panic!("nobody is called {username}"),
    }
}

/// A running provider. Diana stands in its configuration; Elvis and Ella are in its store.
pub(crate) struct Op {
    world: World,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) wire: Wire,
    provider: Provider,
    rng: Arc<SeededRng>,
    network: Network,
    shelf: Shelf,
    browser: Browser,
    browsers: Mutex<Vec<Browser>>,
    log: Log,
    _listening: tracing::subscriber::DefaultGuard,
}

impl Op {
    pub(crate) async fn with(world: impl Into<World>) -> Self {
        let world = world.into();
        let log = Log::default();
        let listening = log.listen();
        let shelf = Shelf::new(world.kind).await;
        let (clock, rng) = (Arc::new(ManualClock::new()), Arc::new(SeededRng::new(1)));
        let network = Network::default();
        let (time, chance) = (clock.clone(), SeededRng::new(2));
        let wire = Wire::new(network.clone(), move || time.now().0, move |bytes| chance.fill(bytes));
        let provider = world.provider(shelf.store.clone(), clock.clone(), rng.clone()).await;
        network.serve(provider.site());
        let browser = Browser::new(&wire, &world.issuer);
        let op = Self {
            browsers: Mutex::new(vec![browser.clone()]),
            log,
            _listening: listening,
            world,
            clock,
            wire,
            provider,
            rng,
            network,
            shelf,
            browser,
        };
        op.put_user("elvis", "Elvis Costello").await;
        op.put_user("ella", "Ella Fitzgerald").await;
        op
    }

    /// A relying party, at home in the world's first browser.
    pub(crate) fn rp(&self, id: &str) -> Rp {
        let spec = self.world.clients.iter().find(|client| client.id() == id);
        self.party(spec.unwrap_or_else(|| panic!("no client is called {id}")))
    }

    /// The relying party of a client that is in the store instead of the configuration.
    pub(crate) fn party(&self, spec: &ClientSpec) -> Rp {
        let (id, record) = (spec.id(), spec.record());
        let secret = record.client_secret.as_ref().map(|secret| secret.expose().clone());
        let auth = match (record.auth_method(), secret) {
            ("client_secret_basic", Some(secret)) => ClientAuth::Basic(secret),
            ("client_secret_post", Some(secret)) => ClientAuth::Post(secret),
            _ => ClientAuth::None,
        };
        let alg = record.id_token_signed_response_alg.as_deref().unwrap_or("RS256");
        let encrypted = record.id_token_encrypted_response_alg.as_deref().map(|alg| {
            let enc = record.id_token_encrypted_response_enc.as_deref().unwrap_or("A128CBC-HS256");
            Encrypted { alg: alg.parse().unwrap(), enc: enc.parse().unwrap() }
        });
        let redirect_uri = record.redirect_uris.first().map_or("", String::as_str);
        let party = RelyingParty::new(&self.wire, &self.world.issuer, id, redirect_uri);
        let mut party = party.with_auth(auth).with_id_token_alg(alg);
        party.id_token_encryption = encrypted;
        Rp { party, browser: self.browser.clone() }
    }

    /// The world's first browser.
    pub(crate) fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Another person's browser, or another profile.
    pub(crate) fn another_browser(&self) -> Browser {
        let browser = Browser::new(&self.wire, &self.world.issuer);
        self.browsers.lock().unwrap().push(browser.clone());
        browser
    }

    /// A browser that comes from an address of its own, whatever the others do.
    pub(crate) fn browser_at(&self, address: &str) -> Browser {
        let network = Network::default();
        network.serve(self.provider.site());
        network.come_from(address);
        let (time, chance) = (self.clock.clone(), SeededRng::new(3));
        let wire = Wire::new(network, move || time.now().0, move |bytes| chance.fill(bytes));
        Browser::new(&wire, &self.world.issuer)
    }

    /// From now on everybody comes from this address.
    pub(crate) fn come_from(&self, address: &str) {
        self.network.come_from(address);
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(seconds);
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.shelf.store
    }

    pub(crate) fn provider(&self) -> &Provider {
        &self.provider
    }

    /// An address below the issuer.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.issuer)
    }

    /// Any request at all, by nobody in particular.
    pub(crate) async fn send(&self, request: http::Request<impl Into<bytes::Bytes>>) -> Reply {
        let nobody = RelyingParty::new(&self.wire, &self.world.issuer, "nobody", "https://nobody.example/cb");
        nobody.raw(request.map(Into::into)).await.unwrap()
    }

    /// Stops the server and starts it again on the same store, with a changed configuration.
    pub(crate) async fn restart_with(&mut self, change: impl FnOnce(World) -> World) {
        self.world = change(self.world.clone());
        self.provider =
            self.world.provider(self.shelf.store.clone(), self.clock.clone(), self.rng.clone()).await;
        self.network.serve(self.provider.site());
    }

    pub(crate) async fn restart(&mut self) {
        self.restart_with(|world| world).await;
    }

    /// A stored person, with the password of [`password`].
    pub(crate) async fn put_user(&self, username: &str, name: &str) {
        let method = Password::new(self.world.login.parameters).unwrap();
        let typed = Secret::new(password(username).to_owned());
        let hash = method.hash(&mut Memory::default(), &typed, [7; 16]).unwrap();
        let stored = self.store().ask(UserByName(username.to_owned())).await.unwrap();
        let user = User {
            id: UserId::from(format!("id-of-{username}").as_str()),
            username: username.to_owned(),
            password: Some(Secret::new(hash)),
            claims: claims(name, username),
            locked: self.world.locked.contains(&username),
            password_epoch: 0,
            imported: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: stored.map_or(0, |stored| stored.version),
        };
        self.store().commit(vec![Change::PutUser(Arc::new(user))]).await.unwrap();
    }

    /// Somebody as they are stored.
    pub(crate) async fn stored(&self, username: &str) -> Arc<User> {
        self.store().ask(UserByName(username.to_owned())).await.unwrap().unwrap()
    }

    /// The hash of their password.
    pub(crate) async fn hash_of(&self, username: &str) -> String {
        self.stored(username).await.password.as_ref().unwrap().expose().clone()
    }

    /// Waits for what happens behind an answer.
    pub(crate) async fn until(&self, come: impl AsyncFn() -> bool) {
        for _ in 0..10_000 {
            if come().await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("it does not come");
    }

    /// What a metric says, with its labels if it has any.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        self.shown(name).await.unwrap_or_else(|text| panic!("no {name} in\n{text}"))
    }

    /// The same of one that may not have been counted yet.
    pub(crate) async fn counted(&self, name: &str) -> u64 {
        self.shown(name).await.unwrap_or_default()
    }

    async fn shown(&self, name: &str) -> Result<u64, String> {
        let router = signet::web::metrics::router(self.provider.metrics().clone());
        let request = http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
        let text = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map(|number| number.parse().unwrap()).ok_or(text)
    }

    /// What the provider said to its log.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }
}

/// At the end of every scenario: no response broke a rule, and no secret was where it must not be.
impl Drop for Op {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for browser in self.browsers.lock().unwrap().iter() {
            assert_eq!(browser.findings(), [], "a browser found fault with a response");
        }
        invariants::hold(&self.world.issuer, &self.wire.transcript());
        invariants::hold_in_log(&self.log.text());
        let every = List::first(Listed::Events(EventFilter::default()), 10_000);
        // A store that fails in its scenario has nothing to show.
        let kept = block_on(async {
            let _waiting = self.provider.write_events().await;
            self.store().list(every).await
        });
        invariants::hold_in_events(&kept.map(|page| page.events).unwrap_or_default());
    }
}
