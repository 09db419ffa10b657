//! The language of scenarios: a provider of their own, its clients, its people, its clock.
//!
//! ```text
//! let op = Op::with(client("web")).await;
//! let code = op.rp("web").authorize("openid").login("diana").consent().code().await;
//! op.rp("web").redeem(&code).await.tokens();
//! ```

mod client;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::{Map, Value, json};
use signet::clock::Clock as _;
use signet::keys::KeyOptions;
use signet::{LoginOptions, OutboundOptions, Provider, StaticUser};
use signet_certify::browser::Cookie;
use signet_certify::rp::Encrypted;
use signet_certify::{Browser, ClientAuth, RelyingParty, Reply, Wire};
use signet_core::change::Change;
use signet_core::env::Rng as _;
use signet_core::id::UserId;
use signet_core::lookup::Lookup;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_login::password::{Memory, Parameters, Password};
use signet_store::Store;

pub(crate) use client::{ClientSpec, client};

use crate::flow::Rp;
use crate::invariants;
use crate::logs::Log;
use crate::outside::{ManualClock, Network, SeededRng, Shelf, StoreKind};

/// The issuer of every world that does not choose another: with the path of `SIGNET_TEST_PATH`, if that is set.
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
    match username {
        "diana" => "krall",
        "elvis" => "costello",
        "ella" => "fitzgerald",
        // Chosen on the sign-up page.
        "nina" => "feeling-good",
        _ => panic!("nobody is called {username}"),
    }
}

type Change1 = Arc<dyn Fn(&mut Settings) + Send + Sync>;

/// A world before it starts.
#[derive(Clone)]
pub(crate) struct World {
    issuer: String,
    kind: StoreKind,
    clients: Vec<ClientSpec>,
    changes: Vec<Change1>,
    login: LoginOptions,
    keys: KeyOptions,
    outbound: OutboundOptions,
    templates: Option<PathBuf>,
    locked: Vec<&'static str>,
    statement_issuers: Vec<ClientSpec>,
}

impl World {
    pub(crate) fn of(clients: impl IntoIterator<Item = ClientSpec>) -> Self {
        Self {
            issuer: issuer().to_owned(),
            kind: StoreKind::wanted(),
            clients: clients.into_iter().collect(),
            changes: Vec::new(),
            login: LoginOptions { parameters: CHEAP, threads: 1, ..LoginOptions::default() },
            keys: KeyOptions::default(),
            outbound: OutboundOptions::default(),
            templates: None,
            locked: Vec::new(),
            statement_issuers: Vec::new(),
        }
    }

    pub(crate) fn issuer(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.issuer);
        self
    }

    pub(crate) fn on(mut self, kind: StoreKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn settings(mut self, change: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    pub(crate) fn login(mut self, change: impl FnOnce(&mut LoginOptions)) -> Self {
        change(&mut self.login);
        self
    }

    /// Signs by these algorithms.
    pub(crate) fn signing(mut self, algs: &[&str]) -> Self {
        self.keys.signing = algs.iter().map(|alg| (*alg).to_owned()).collect();
        self
    }

    pub(crate) fn keys(mut self, change: impl FnOnce(&mut KeyOptions)) -> Self {
        change(&mut self.keys);
        self
    }

    /// May fetch from this machine.
    pub(crate) fn reaching_this_machine(mut self) -> Self {
        self.outbound.allow_private_addresses = true;
        self
    }

    /// May fetch from this machine, from whomever this authority vouches for.
    pub(crate) fn trusting(mut self, authority: PathBuf) -> Self {
        self.outbound.extra_ca.push(authority);
        self.reaching_this_machine()
    }

    /// Trusts somebody to sign software statements.
    pub(crate) fn statement_issuer(mut self, issuer: ClientSpec) -> Self {
        self.statement_issuers.push(issuer);
        self
    }

    pub(crate) fn templates(mut self, folder: PathBuf) -> Self {
        self.templates = Some(folder);
        self
    }

    /// Keeps a person out.
    pub(crate) fn locked(mut self, username: &'static str) -> Self {
        self.locked.push(username);
        self
    }

    async fn provider(
        &self,
        store: Arc<dyn Store>,
        clock: Arc<ManualClock>,
        rng: Arc<SeededRng>,
    ) -> Provider {
        let changes = self.changes.clone();
        let diana = StaticUser {
            username: "diana".into(),
            password: Some(Secret::new(String::from(password("diana"))).into()),
            claims: claims("Diana Krall", "diana"),
            locked: self.locked.contains(&"diana"),
        };
        Provider::builder(self.issuer.as_str())
            .store(store)
            .clients(self.clients.iter().map(ClientSpec::record))
            .statement_issuers(self.statement_issuers.iter().map(ClientSpec::record))
            .users([diana])
            .settings(move |settings| changes.iter().for_each(|change| change(settings)))
            .keys(self.keys.clone())
            .login(self.login.clone())
            .outbound(self.outbound.clone())
            .template_dir(self.templates.clone())
            .clock(clock)
            .rng(rng)
            .build()
            .await
            .unwrap()
    }
}

impl From<ClientSpec> for World {
    fn from(client: ClientSpec) -> Self {
        Self::of([client])
    }
}

impl<const N: usize> From<[ClientSpec; N]> for World {
    fn from(clients: [ClientSpec; N]) -> Self {
        Self::of(clients)
    }
}

fn claims(name: &str, username: &str) -> Map<String, Value> {
    let claims = json!({
        "name": name,
        "email": format!("{username}@example.org"),
        "email_verified": true,
        "phone_number": "+46 90 123 456",
        "address": {"locality": "Umeå", "country": "Sweden"},
        "nickname": null,
    });
    claims.as_object().unwrap().clone()
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
        network.serve(provider.router());
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
        network.serve(self.provider.router());
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
        self.network.serve(self.provider.router());
    }

    pub(crate) async fn restart(&mut self) {
        self.restart_with(|world| world).await;
    }

    /// A stored person, with the password of [`password`].
    pub(crate) async fn put_user(&self, username: &str, name: &str) {
        let method = Password::new(self.world.login.parameters).unwrap();
        let typed = Secret::new(password(username).to_owned());
        let hash = method.hash(&mut Memory::default(), &typed, [7; 16]).unwrap();
        let stored = self.store().find(&[Lookup::Username(username.to_owned())]).await.unwrap().user;
        let user = User {
            id: UserId::from(format!("id-of-{username}").as_str()),
            username: username.to_owned(),
            password: Some(Secret::new(hash)),
            claims: claims(name, username),
            locked: self.world.locked.contains(&username),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: stored.map_or(0, |stored| stored.version),
        };
        self.store().commit(vec![Change::PutUser(Arc::new(user))]).await.unwrap();
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

    /// What a metric without labels says.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let router = signet::web::metrics::router(self.provider.metrics().clone());
        let request = http::Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
        let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
        let text = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
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
    }
}
