//! A running provider that is changed while it runs.

use std::sync::Mutex;
use std::thread::ThreadId;

use signet_core::change::Change;
use signet_core::lookup::{Facts, Lookup};
use signet_core::time::Timestamp;
use signet_login::throttle::Limits;
use signet_store::{Answer, CommitError, List, Listing, MemoryStore};
use tokio::sync::Notify;

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
    Provider::builder("https://op.example")
        .keys(keys())
        .settings(move |settings| settings.service_documentation = Some(help))
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
    let moved = configured("new").settings(|settings| settings.paths.token = "/oauth/token".into());
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
        let names = ["subject_salt", "handle_key", "keys"].map(|name| Lookup::Document(name.into()));
        let found = provider.store().find(&names).await.unwrap().documents;
        found.into_iter().map(|document| document.value).collect::<Vec<_>>()
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
        assert!(error.to_string().contains(&format!("limits.{name} ")), "{error}");
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
    assert!(said.contains("resources[0].scopes: \"openid\" is a scope of OpenID Connect"), "{said}");
    let said = with("https://op.example/", "read").await;
    assert!(said.contains("is Signet itself"), "{said}");
}
