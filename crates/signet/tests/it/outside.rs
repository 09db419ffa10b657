//! What a provider meets in production, made predictable: the network, the clock, chance, and keys that exist
//! already.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use signet::Provider;
use signet::clock::Clock;
use signet::web::forwarded::ClientAddress;
use signet::web::request_id::RequestId;
use signet_certify::Answer;
use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_store::{MemoryStore, SqliteStore, Store};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

use crate::meanwhile::Meanwhile;

/// The instant at which every world begins: 2026-11-21T00:00:00Z.
const START: u64 = 1_795_219_200;

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub(crate) struct ManualClock(AtomicU64);

impl ManualClock {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(START * 1000))
    }

    /// Lets so many seconds pass.
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Somebody sets the clock right.
    pub(crate) fn step_back(&self, seconds: u64) {
        self.0.fetch_sub(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// SplitMix64: different bytes at every call, the same ones in every run.
pub(crate) struct SeededRng(AtomicU64);

impl SeededRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            let state = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let mixed = mixed ^ (mixed >> 31);
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// The router in place of a network. It gets requests as a server does: a path, not a whole address.
#[derive(Clone, Default)]
pub(crate) struct Network {
    router: Arc<Mutex<Router>>,
    address: Arc<Mutex<Option<IpAddr>>>,
}

impl Network {
    /// Puts a (new) server behind the address.
    pub(crate) fn serve(&self, router: Router) {
        *self.router.lock().unwrap() = router;
    }

    /// From now on everybody comes from this address.
    pub(crate) fn come_from(&self, address: &str) {
        *self.address.lock().unwrap() = Some(address.parse().unwrap());
    }
}

impl signet_certify::Transport for Network {
    fn send(&self, request: http::Request<Bytes>) -> Answer<'_> {
        let router = self.router.lock().unwrap().clone();
        let address = *self.address.lock().unwrap();
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            parts.uri = path.parse().map_err(signet_certify::Error::transport)?;
            if let Some(address) = address {
                parts.extensions.insert(ClientAddress(address));
            }
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            parts.extensions.insert(RequestId(format!("request-{number}")));
            let request = http::Request::from_parts(parts, Body::from(body));
            let response = match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(signet_certify::Error::transport)?.to_bytes();
            Ok(http::Response::from_parts(parts, body))
        })
    }
}

/// Where a world keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    Memory,
    Sqlite,
    /// A file that is full after so many pages.
    Narrow(u32),
}

impl StoreKind {
    /// Both, for scenarios that are about the store.
    pub(crate) const BOTH: [Self; 2] = [Self::Memory, Self::Sqlite];

    /// What the environment asks for; memory unless it says otherwise.
    pub(crate) fn wanted() -> Self {
        match std::env::var("SIGNET_TEST_STORE").as_deref() {
            Ok("sqlite") => Self::Sqlite,
            Ok("memory") | Err(_) => Self::Memory,
            Ok(other) => panic!("SIGNET_TEST_STORE={other}: use memory or sqlite"),
        }
    }
}

/// A store and, for SQLite, the folder that goes with it.
pub(crate) struct Shelf {
    pub(crate) store: Arc<dyn Store>,
    folder: Option<PathBuf>,
}

impl Shelf {
    pub(crate) async fn new(kind: StoreKind) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let (store, folder): (Arc<dyn Store>, _) = match kind {
            StoreKind::Memory => (Arc::new(MemoryStore::new()), None),
            StoreKind::Sqlite | StoreKind::Narrow(_) => {
                let number = COUNT.fetch_add(1, Ordering::SeqCst);
                let name = format!("scenario-{}-{number}", std::process::id());
                let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
                let pages = if let StoreKind::Narrow(pages) = kind { pages } else { u32::MAX };
                let store = SqliteStore::open_within(&folder.join("signet.db"), pages).unwrap();
                (Arc::new(store), Some(folder))
            }
        };
        store.migrate().await.unwrap();
        let keys = Document { name: "keys".into(), version: 1, value: keys().await.to_vec() };
        store.commit(vec![Change::PutDocument(keys)]).await.unwrap();
        Self { store: Arc::new(Meanwhile(store)), folder }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What is left is in the target folder and harms nobody.
            let _removed = std::fs::remove_dir_all(folder);
        }
    }
}

/// One key ring for all worlds of this run: RSA keys are slow to make.
async fn keys() -> &'static [u8] {
    static KEYS: OnceCell<Vec<u8>> = OnceCell::const_new();
    let make = || async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new());
        Provider::builder("https://op.example").store(store.clone()).clock(clock).build().await.unwrap();
        store.ask(DocumentNamed("keys".into())).await.unwrap().unwrap().value
    };
    KEYS.get_or_init(make).await
}
