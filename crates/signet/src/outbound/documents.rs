//! OpenID Connect Core §6.2, §8.1, OAuth Client ID Metadata Document §4: what stands at addresses that clients name, fetched when it is needed.
//!
//! Strangers can make Signet fetch. So however many ask for an address, one request to it is under way; there are never more than
//! [`MOST_FETCHES`] in all; what failed is not tried again at once where anybody may name the address; and what is kept is bounded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use signet_core::lookup::Expected;
use signet_core::time::Timestamp;
use tokio::sync::{OnceCell, Semaphore};

use super::client_keys::locked;
use super::{Fetch, Fetched};
use crate::clock::Clock;

/// Requests that are under way at once.
const MOST_FETCHES: usize = 64;
/// Documents that are kept.
const MOST_KEPT: usize = 1000;
/// How long a client's metadata is kept, and a failure remembered, when its server does not say.
const USUAL: u64 = 600;
/// The bounds of what servers may say.
const FRESH: (u64, u64) = (60, 86_400);
/// How long a failure counts where anybody may name the address.
const PAUSE: u64 = 10;

/// What was found, or why nothing was.
type Outcome = Result<Arc<str>, String>;

/// Documents of others.
pub(crate) struct Documents {
    fetch: Box<dyn Fetch>,
    clock: Arc<dyn Clock>,
    permits: Semaphore,
    under_way: Mutex<BTreeMap<String, Arc<Flight>>>,
    kept: Mutex<BTreeMap<(Expected, String), Kept>>,
}

/// One request that several may wait for.
type Flight = OnceCell<Result<(Arc<str>, Option<u64>), String>>;

struct Kept {
    outcome: Outcome,
    until: Timestamp,
}

impl Documents {
    pub(crate) fn new(fetch: impl Fetch + 'static, clock: Arc<dyn Clock>) -> Self {
        let permits = Semaphore::new(MOST_FETCHES);
        Self { fetch: Box::new(fetch), clock, permits, under_way: Mutex::default(), kept: Mutex::default() }
    }

    /// What stands at this address, perhaps as it was a while ago.
    pub(crate) async fn at(&self, url: &str, what: Expected) -> Outcome {
        let key = (what, url.to_owned());
        let now = self.clock.now();
        if let Some(kept) = locked(&self.kept).get(&key).filter(|kept| !kept.until.expired_at(now)) {
            return kept.outcome.clone();
        }
        let (address, fragment) = url.split_once('#').map_or((url, None), |(a, f)| (a, Some(f)));
        let fetched = self.fetched(address).await.and_then(|(text, max_age)| match text.len() {
            length if length > longest(what) => {
                Err(format!("the answer is longer than {} bytes", longest(what)))
            }
            _ => Ok((text, max_age)),
        });
        if let Err(why) = &fetched {
            tracing::warn!(address, why, "a document cannot be fetched");
        }
        let keep = keep(what, fragment, &fetched);
        let outcome = fetched.map(|(text, _)| text);
        if keep > 0 {
            self.keep(key, Kept { outcome: outcome.clone(), until: now.plus(keep) }, now);
        }
        outcome
    }

    /// Fetches, or waits for whoever does already.
    async fn fetched(&self, address: &str) -> Result<(Arc<str>, Option<u64>), String> {
        let flight = locked(&self.under_way).entry(address.to_owned()).or_default().clone();
        let landing = Landing { documents: self, address, flight };
        landing.flight.get_or_init(|| self.fetch(address)).await.clone()
    }

    async fn fetch(&self, address: &str) -> Result<(Arc<str>, Option<u64>), String> {
        let _permit = self.permits.try_acquire().map_err(|_| "too many requests are under way".to_owned())?;
        let Fetched { body, max_age } = self.fetch.get(address).await.map_err(|error| error.to_string())?;
        let text = std::str::from_utf8(&body).map_err(|_| "the answer is not UTF-8 text".to_owned())?;
        Ok((text.into(), max_age))
    }

    fn keep(&self, key: (Expected, String), document: Kept, now: Timestamp) {
        let mut kept = locked(&self.kept);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, known| !known.until.expired_at(now));
        }
        while kept.len() >= MOST_KEPT {
            let first = kept.iter().min_by_key(|(_, known)| known.until).map(|(key, _)| key.clone());
            let Some(first) = first else { break };
            kept.remove(&first);
        }
        kept.insert(key, document);
    }
}

/// Whoever waits last clears the flight away, also when the wait is given up.
struct Landing<'a> {
    documents: &'a Documents,
    address: &'a str,
    flight: Arc<Flight>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let mut under_way = locked(&self.documents.under_way);
        // One is the map's, one is ours; others are made under this lock only. Who comes after it has landed fetches anew.
        if self.flight.initialized() || Arc::strong_count(&self.flight) == 2 {
            let ours = under_way.get(self.address).is_some_and(|known| Arc::ptr_eq(known, &self.flight));
            ours.then(|| under_way.remove(self.address));
        }
    }
}

/// In bytes; nothing beyond the client's own bound is read in the first place.
fn longest(what: Expected) -> usize {
    match what {
        Expected::RequestObject | Expected::ClientMetadata => 64 * 1024,
        Expected::SectorIdentifier => 256 * 1024,
    }
}

/// For how many seconds.
fn keep(what: Expected, fragment: Option<&str>, fetched: &Result<(Arc<str>, Option<u64>), String>) -> u64 {
    let (least, most) = FRESH;
    match (what, fetched) {
        // Its address names its hash, so that nothing else can come to stand there.
        (Expected::RequestObject, Ok((text, max_age))) if fragment == Some(&hash(text)) => {
            max_age.unwrap_or(USUAL).min(most)
        }
        (Expected::ClientMetadata, Ok((_, max_age))) => max_age.unwrap_or(USUAL).clamp(least, most),
        (Expected::ClientMetadata, Err(_)) => PAUSE,
        // A request object may be another one for each request; a sector is judged when a client registers.
        (Expected::RequestObject | Expected::SectorIdentifier, _) => 0,
    }
}

/// OpenID Connect Core §6.2.
fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::World;
    use super::*;

    const URL: &str = "https://web.example/document";

    fn with(world: Arc<World>) -> (Arc<World>, Arc<Documents>) {
        let documents = Documents::new(world.clone(), Arc::new(world.clone()));
        (world, Arc::new(documents))
    }

    #[tokio::test]
    async fn request_objects_are_fetched_each_time_unless_their_address_names_their_hash() {
        let (world, documents) = with(World::new());
        world.serve("e30.e30.", Some(3600));
        let foreign = hash("something else");
        for (url, fetches) in [
            (URL.to_owned(), 3),
            (format!("{URL}#"), 3),
            (format!("{URL}#{foreign}"), 3),
            (format!("{URL}#{}", hash("e30.e30.")), 1),
        ] {
            let before = world.fetches();
            for _ in 0..3 {
                assert_eq!(&*documents.at(&url, Expected::RequestObject).await.unwrap(), "e30.e30.");
            }
            assert_eq!(world.fetches() - before, fetches, "{url}");
        }
        assert!(locked(&world.asked).iter().all(|url| url == URL), "a fragment is never sent");
        assert!(locked(&documents.under_way).is_empty());
    }

    #[tokio::test]
    async fn what_is_kept_ends_when_its_server_says_so() {
        for (max_age, kept) in [(None, USUAL), (Some(30), 30), (Some(0), 0), (Some(9_999_999), FRESH.1)] {
            let (world, documents) = with(World::new());
            world.serve("{}", max_age);
            let url = format!("{URL}#{}", hash("{}"));
            documents.at(&url, Expected::RequestObject).await.unwrap();
            world.pass(kept.saturating_sub(1));
            documents.at(&url, Expected::RequestObject).await.unwrap();
            assert_eq!(world.fetches(), if kept == 0 { 2 } else { 1 }, "{max_age:?}");
            world.pass(1);
            documents.at(&url, Expected::RequestObject).await.unwrap();
            assert_eq!(world.fetches(), if kept == 0 { 3 } else { 2 }, "{max_age:?}");
        }
        for (max_age, kept) in [(None, USUAL), (Some(0), FRESH.0), (Some(9_999_999), FRESH.1)] {
            let (world, documents) = with(World::new());
            world.serve("{}", max_age);
            documents.at(URL, Expected::ClientMetadata).await.unwrap();
            world.pass(kept - 1);
            documents.at(URL, Expected::ClientMetadata).await.unwrap();
            assert_eq!(world.fetches(), 1, "{max_age:?}");
            world.pass(1);
            documents.at(URL, Expected::ClientMetadata).await.unwrap();
            assert_eq!(world.fetches(), 2, "{max_age:?}");
        }
        let (world, documents) = with(World::new());
        world.serve("[]", Some(3600));
        for _ in 0..2 {
            documents.at(URL, Expected::SectorIdentifier).await.unwrap();
        }
        assert_eq!(world.fetches(), 2);
    }

    #[tokio::test]
    async fn a_failure_is_remembered_where_anybody_may_name_the_address() {
        let (world, documents) = with(World::new());
        for _ in 0..2 {
            assert!(documents.at(URL, Expected::ClientMetadata).await.unwrap_err().contains("too long"));
        }
        assert_eq!(world.fetches(), 1);
        world.pass(PAUSE);
        world.serve("{}", None);
        documents.at(URL, Expected::ClientMetadata).await.unwrap();
        let (world, documents) = with(World::new());
        documents.at(URL, Expected::RequestObject).await.unwrap_err();
        world.serve("{}", None);
        documents.at(URL, Expected::RequestObject).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_kept_as_one_kind_is_not_taken_for_another() {
        let (world, documents) = with(World::new());
        world.serve("{}", None);
        documents.at(URL, Expected::ClientMetadata).await.unwrap();
        documents.at(URL, Expected::RequestObject).await.unwrap();
        assert_eq!(world.fetches(), 2);
    }

    #[tokio::test]
    async fn long_documents_and_binary_ones_are_refused() {
        let (world, documents) = with(World::new());
        for what in [Expected::RequestObject, Expected::ClientMetadata, Expected::SectorIdentifier] {
            world.serve("x".repeat(longest(what)), Some(0));
            assert_eq!(documents.at(URL, what).await.unwrap().len(), longest(what));
            world.pass(FRESH.0);
            world.serve("x".repeat(longest(what) + 1), Some(0));
            assert!(documents.at(URL, what).await.unwrap_err().contains("longer"));
            world.pass(PAUSE);
        }
        world.serve(vec![0xff], None);
        assert!(documents.at(URL, Expected::RequestObject).await.unwrap_err().contains("UTF-8"));
    }

    #[tokio::test]
    async fn many_that_want_the_same_wait_for_one_request() {
        let (world, documents) = with(World::new());
        world.serve("{}", None);
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..20 {
            let documents = documents.clone();
            waiting.spawn(async move {
                documents.at(&format!("{URL}#{number}"), Expected::RequestObject).await.unwrap();
            });
        }
        waiting.join_all().await;
        assert_eq!(world.fetches(), 1);
        assert!(locked(&documents.under_way).is_empty());
    }

    #[tokio::test]
    async fn only_so_many_requests_are_under_way() {
        let (world, documents) = with(World::gated());
        world.serve("{}", None);
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..MOST_FETCHES {
            let documents = documents.clone();
            waiting.spawn(
                async move { documents.at(&format!("{URL}/{number}"), Expected::RequestObject).await },
            );
        }
        while world.fetches() < MOST_FETCHES {
            tokio::task::yield_now().await;
        }
        let why = documents.at(URL, Expected::RequestObject).await.unwrap_err();
        assert!(why.contains("too many"), "{why}");
        assert_eq!(world.fetches(), MOST_FETCHES);
        // Those that are given up leave nothing behind.
        waiting.shutdown().await;
        assert!(locked(&documents.under_way).is_empty());
        assert_eq!(documents.permits.available_permits(), MOST_FETCHES);
    }

    #[tokio::test]
    async fn the_number_of_documents_is_bounded() {
        let (world, documents) = with(World::new());
        world.serve("{}", None);
        for number in 0..=MOST_KEPT {
            documents.at(&format!("{URL}/{number}"), Expected::ClientMetadata).await.unwrap();
            if number == 0 {
                world.pass(1);
            }
        }
        assert_eq!(locked(&documents.kept).len(), MOST_KEPT);
        documents.at(&format!("{URL}/{MOST_KEPT}"), Expected::ClientMetadata).await.unwrap();
        assert_eq!(world.fetches(), MOST_KEPT + 1);
        documents.at(&format!("{URL}/0"), Expected::ClientMetadata).await.unwrap();
        assert_eq!(world.fetches(), MOST_KEPT + 2, "the oldest goes");
    }
}
