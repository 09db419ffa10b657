//! A running provider that is changed while it runs.

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::thread::ThreadId;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use signet_core::change::Change;
use signet_core::lookup::{DocumentNamed, Facts, Lookup};
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_login::throttle::Limits;
use signet_store::{Answer, CommitError, Forget, List, Listing, MemoryStore};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::*;
use crate::at_rest::{Kek, Keks};
use crate::keys::{KeyFiles, KeyOptions, Promotion};

/// A store one of whose answers comes late.
#[derive(Default)]
struct Slow {
    store: MemoryStore,
    armed: AtomicBool,
    waits: Notify,
    goes_on: Notify,
}

impl Store for Slow {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        Box::pin(async move {
            let facts = self.store.find(lookups).await;
            if self.armed.swap(false, Ordering::SeqCst) {
                self.waits.notify_one();
                self.goes_on.notified().await;
            }
            facts
        })
    }

    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        self.store.commit(changes)
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        self.store.list(query)
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>> {
        self.store.sweep(now, limit)
    }

    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>> {
        self.store.forget(what, limit)
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.health()
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        self.store.migrate()
    }
}

/// Elliptic keys alone: they are made in no time.
fn keys() -> KeyOptions {
    KeyOptions { signing: vec!["ES256".into()], encryption: Vec::new(), ..KeyOptions::default() }
}

fn configured(help: &'static str) -> Builder {
    let help = format!("https://help.example/{help}");
    Provider::builder("https://op.example").keys(keys()).settings(move |settings| {
        settings.service_documentation = Some(help.clone());
        settings.help_uri = Some(help);
    })
}

fn told(provider: &Provider) -> String {
    String::from_utf8(provider.state().metadata.to_vec()).unwrap()
}

#[tokio::test]
async fn a_reload_while_keys_are_looked_after_is_not_undone() {
    let store = Arc::new(Slow::default());
    let provider = configured("old").store(store.clone()).build().await.unwrap();
    let now = provider.inner.clock.now();
    let ring = KeyRing::rotate(&*store, &keys(), now, Promotion::Now { keep: None }).await.unwrap();
    store.armed.store(true, Ordering::SeqCst);
    let looking = tokio::spawn({
        let provider = provider.clone();
        async move { provider.refresh_keys().await.unwrap() }
    });
    store.waits.notified().await;
    provider.reload(configured("new")).await.unwrap();
    store.goes_on.notify_one();
    assert!(!looking.await.unwrap());
    assert!(told(&provider).contains("help.example/new"), "{}", told(&provider));
    assert_eq!(provider.state().keys.jwks(), ring.jwks());
}

#[tokio::test]
async fn what_the_router_was_made_from_does_not_change_under_it() {
    let provider = configured("old").build().await.unwrap();
    let elsewhere = Provider::builder("https://other.example").keys(keys());
    let moved = configured("new").settings(|settings| settings.paths.set("token", "/oauth/token"));
    for (builder, what) in [(elsewhere, "issuer"), (moved, "paths")] {
        let error = provider.reload(builder).await.unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("start Signet again"), "{error}");
    }
    assert!(told(&provider).contains("help.example/old") && !told(&provider).contains("/oauth/token"));
}

/// Where salts were drawn.
#[derive(Default)]
struct Places(Mutex<Vec<ThreadId>>);

impl Rng for Places {
    fn fill(&self, bytes: &mut [u8]) {
        crate::clock::SystemRng.fill(bytes);
        if bytes.len() == 16 {
            self.0.lock().unwrap().push(std::thread::current().id());
        }
    }
}

#[tokio::test]
async fn passwords_in_clear_are_hashed_away_from_the_threads_that_answer() {
    let places = Arc::new(Places::default());
    let user = |password: &str| StaticUser {
        username: "diana".into(),
        password: Some(password.to_owned().into()),
        claims: Default::default(),
        locked: false,
    };
    let provider = configured("old").users([user("krall")]).rng(places.clone()).build().await.unwrap();
    provider.reload(configured("new").users([user("costello")])).await.unwrap();
    let drawn = std::mem::take(&mut *places.0.lock().unwrap());
    let here = std::thread::current().id();
    assert!(drawn.len() >= 2 && drawn.iter().all(|place| *place != here), "{here:?} {drawn:?}");
}

#[tokio::test]
async fn a_key_file_that_could_not_be_written_is_written_when_it_can_be() {
    let folder = std::env::temp_dir().join(format!("signet-provider-{}", std::process::id()));
    let files = KeyFiles { public: Some(folder.join("jwks.json")), ..KeyFiles::default() };
    let options = || KeyOptions { files: files.clone(), ..keys() };
    let provider = configured("old").keys(options()).build().await.unwrap();
    let (store, now) = (provider.store(), provider.inner.clock.now());
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    let ring = KeyRing::rotate(&**store, &options(), now, Promotion::Now { keep: None }).await.unwrap();
    for _ in 0..2 {
        let error = provider.refresh_keys().await.unwrap_err().to_string();
        assert!(error.contains("cannot be"), "{error}");
    }
    assert_eq!(provider.state().keys.jwks(), ring.jwks(), "requests are answered by the new keys");
    std::fs::remove_file(&folder).unwrap();
    assert!(!provider.refresh_keys().await.unwrap());
    let written = std::fs::read_to_string(folder.join("jwks.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), *ring.jwks());
    std::fs::remove_dir_all(&folder).unwrap();
}

/// From the first start with `keys.kek` on, nothing in the file tells what protects tokens and subjects.
#[tokio::test]
async fn a_provider_that_is_given_a_key_encryption_key_leaves_nothing_in_clear_in_its_file() {
    let folder = std::env::temp_dir().join(format!("signet-provider-kek-{}", std::process::id()));
    let address = format!("sqlite:{}", folder.join("signet.db").display());
    let kek = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let build = async |kek: Option<&str>| {
        let at_rest = Keks { current: kek.map(|text| Kek::parse(text).unwrap()), previous: Vec::new() };
        let store = signet_store::open(&address).await.unwrap();
        configured("x").keys(KeyOptions { at_rest, ..keys() }).store(store).build().await.unwrap()
    };
    let documents = async |provider: &Provider| {
        let mut values = Vec::new();
        for name in ["subject_salt", "handle_key", "keys"] {
            let found = provider.store().ask(DocumentNamed(name.into())).await.unwrap();
            values.extend(found.map(|document| document.value));
        }
        values
    };
    let on_disk = |what: &[u8]| {
        let files =
            std::fs::read_dir(&folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.into_iter().any(|bytes| bytes.windows(what.len()).any(|window| window == what))
    };
    let first = build(None).await;
    let mut secrets = documents(&first).await;
    let ring = String::from_utf8(secrets.pop().unwrap()).unwrap();
    let private = ring.split("\"d\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    secrets.push(private.as_bytes().to_vec());
    drop(first);
    assert!(secrets.len() == 3 && secrets.iter().all(|secret| on_disk(secret)));
    let protected = build(Some(kek)).await;
    let now = documents(&protected).await;
    drop(protected);
    for secret in &secrets {
        assert!(!now.contains(secret) && !on_disk(secret), "a secret is left in clear");
    }
    drop(build(Some(kek)).await);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn limits_that_would_protect_nobody_are_refused() {
    let limits = |limits: Limits| configured("x").login(LoginOptions { limits, ..LoginOptions::default() });
    for (name, faulty) in [
        ("account", Limits { account: 0, ..Limits::default() }),
        ("address", Limits { address: 0, ..Limits::default() }),
        ("account_refill", Limits { account_refill: 0, ..Limits::default() }),
        ("strangers_per_month", Limits { strangers_per_month: 0, ..Limits::default() }),
    ] {
        let Err(error) = limits(faulty).build().await else { panic!("{name}") };
        assert!(error.to_string().contains(&format!("`login.limits.{name}`")), "{error}");
    }
    limits(Limits::default()).build().await.unwrap();
}

/// What a configuration file may not say, an embedder may not say either.
#[tokio::test]
async fn resources_that_break_sign_ins_are_refused_in_code_too() {
    use signet_core::settings::resources::Resource;
    let with = async |identifier: &'static str, scope: &'static str| {
        let resource =
            Resource { identifier: identifier.into(), scopes: vec![scope.into()], ..Resource::default() };
        let builder = configured("old").settings(move |settings| settings.resources = vec![resource]);
        builder.build().await.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(with("https://api.example", "read").await, "");
    let said = with("https://api.example", "openid").await;
    assert!(said.contains("`resources[0].scopes[0]`: \"openid\" is a scope of OpenID Connect"), "{said}");
    let said = with("https://op.example/", "read").await;
    assert!(said.contains("is Signet itself"), "{said}");
}

/// Time flies: each look at this clock is ten minutes later, and is counted.
#[derive(Default)]
struct Flying(AtomicU64);

impl Clock for Flying {
    fn now_ms(&self) -> u64 {
        const START: u64 = 1_795_219_200_000;
        START + self.0.fetch_add(1, Ordering::SeqCst) * 600_000
    }
}

fn asked(method: &str, path: &str, form: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("accept", "text/html");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.header("authorization", "Basic d2ViOmEtc2VjcmV0").body(Body::from(form.to_owned())).unwrap()
}

async fn answered(provider: &Provider, request: Request<Body>) -> (http::response::Parts, String) {
    let (parts, body) = provider.site().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts, String::from_utf8(body.to_vec()).unwrap())
}

fn web() -> Client {
    let mut web = Client::new("web");
    web.client_secret = Some(Secret::new("a-secret".to_owned()));
    web.redirect_uris = vec!["https://web.example/cb".to_owned()];
    web.grant_types = Some(vec!["client_credentials".to_owned(), "authorization_code".to_owned()]);
    web
}

#[tokio::test]
async fn a_request_has_one_instant() {
    let clock = Arc::new(Flying::default());
    let builder = configured("old").clients([web()]).clock(clock.clone());
    let provider = builder.settings(|settings| settings.sign_up = true).build().await.unwrap();
    let seen = async |request: Request<Body>| {
        let before = clock.0.load(Ordering::SeqCst);
        let answer = answered(&provider, request).await;
        assert_eq!(clock.0.load(Ordering::SeqCst) - before, 1, "{answer:?}");
        answer
    };
    let (_, token) = seen(asked("POST", "/token", "grant_type=client_credentials")).await;
    let token: serde_json::Value = serde_json::from_str(&token).unwrap();
    assert_eq!(token["expires_in"], 3600);
    let token = format!("token={}", token["access_token"].as_str().unwrap());
    let (_, told) = seen(asked("POST", "/introspect", &token)).await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["exp"].as_u64().unwrap() - told["iat"].as_u64().unwrap(), 3600);
    seen(asked("POST", "/revoke", &token)).await;
    seen(asked("GET", "/userinfo", "")).await;
    let asks = "/authorize?client_id=web&response_type=code&scope=openid&redirect_uri=https://web.example/cb&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let (redirect, _) = seen(asked("GET", asks, "")).await;
    let page = redirect.headers["location"].to_str().unwrap();
    let mut open = asked("GET", page, "");
    let cookie = redirect.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    open.headers_mut().insert("cookie", cookie.parse().unwrap());
    let (shown, page) = seen(open).await;
    assert!(shown.status.is_success() && page.contains("password"), "{page}");
    seen(asked("GET", "/authorize?client_id=nobody", "")).await;
    seen(asked("GET", "/end_session", "")).await;
    seen(asked("GET", "/nothing", "")).await;
}

#[tokio::test]
async fn a_request_under_way_is_answered_by_the_configuration_that_it_began_with() {
    let store = Arc::new(Slow::default());
    let provider = configured("old").store(store.clone()).build().await.unwrap();
    let page = || asked("GET", "/authorize?client_id=nobody", "");
    store.armed.store(true, Ordering::SeqCst);
    let under_way = tokio::spawn({
        let (provider, page) = (provider.clone(), page());
        async move { answered(&provider, page).await.1 }
    });
    store.waits.notified().await;
    provider.reload(configured("new")).await.unwrap();
    store.goes_on.notify_one();
    let under_way = under_way.await.unwrap();
    assert!(under_way.contains("help.example/old") && !under_way.contains("help.example/new"), "{under_way}");
    let later = answered(&provider, page()).await.1;
    assert!(later.contains("help.example/new"), "{later}");
}

#[tokio::test]
async fn an_origin_that_no_browser_sends_is_refused() {
    let build = |origin: &'static str| {
        configured("any").settings(|settings| settings.allowed_origins = vec![origin.to_owned()]).build()
    };
    assert!(build("capacitor://localhost").await.is_ok() && build("*").await.is_ok());
    let refused = build("https://app.example/").await.err().unwrap().to_string();
    assert!(refused.contains("\"https://app.example/\" is not an origin"), "{refused}");
}
