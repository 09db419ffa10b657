//! OpenID Connect Core §6.2, §8.1, OAuth Client ID Metadata Document §4: documents at URLs that clients name,
//! fetched when needed.
//!
//! Strangers can make Signet fetch. So however many ask for an address, one request to it is under way; there
//! are never more than [`MOST_FETCHES`] in all, and where anybody may name the address fewer and only some to
//! one host; what failed is not tried again at once there; and what is kept is bounded, in all and of one
//! host.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use signet_core::lookup::Expected;

use super::client_keys::locked;
use super::flights::Flights;
use super::gate::{Gate, host};
use super::shelf::{Bounds, Shelf};
use super::{Fetch, Fetched};
use crate::clock::Clock;

/// Requests that are under way at once to addresses that clients registered.
const MOST_FETCHES: usize = 64;
/// The same to addresses that anybody may name, as a client_id or to register: in all, and to one host.
const MOST_NAMED: (usize, usize) = (32, 4);
/// Documents that are kept; each is bounded by itself.
const KEPT: Bounds = Bounds { most: 1000, most_of_one_host: 50, most_bytes: usize::MAX };
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
    registered: Gate,
    named: Gate,
    under_way: Flights<Found>,
    kept: Mutex<Shelf<(Expected, String), Outcome>>,
}

/// The text, and for how long its server lets it be kept.
type Found = Result<(Arc<str>, Option<u64>), Miss>;

/// Why nothing was found.
#[derive(Clone)]
enum Miss {
    /// It was not even looked for, as too many others were.
    Crowded,
    Failed(String),
}

impl Documents {
    pub(crate) fn new(fetch: impl Fetch + 'static, clock: Arc<dyn Clock>) -> Self {
        let (most, most_to_one_host) = MOST_NAMED;
        Self {
            fetch: Box::new(fetch),
            clock,
            registered: Gate::new(MOST_FETCHES, MOST_FETCHES),
            named: Gate::new(most, most_to_one_host),
            under_way: Flights::default(),
            kept: Mutex::new(Shelf::new(KEPT)),
        }
    }

    /// What is at this address, perhaps as it was a while ago.
    pub(crate) async fn at(&self, url: &str, what: Expected) -> Outcome {
        self.seen(url, what).await.0
    }

    /// The same, and whether it was fetched for this, so that a word about it is said once.
    pub(crate) async fn seen(&self, url: &str, what: Expected) -> (Outcome, bool) {
        let key = (what, url.to_owned());
        let now = self.clock.now();
        if let Some(outcome) = locked(&self.kept).find(&key, now) {
            return (outcome, false);
        }
        let (address, fragment) = url.split_once('#').map_or((url, None), |(a, f)| (a, Some(f)));
        let fetched = self.fetched(address, what).await.and_then(|(text, max_age)| match text.len() {
            length if length > longest(what) => {
                Err(Miss::Failed(format!("the answer is longer than {} bytes", longest(what))))
            }
            _ => Ok((text, max_age)),
        });
        let keep = keep(what, fragment, &fetched);
        let outcome = fetched.map(|(text, _)| text).map_err(|miss| match miss {
            Miss::Crowded => "too many requests are under way".to_owned(),
            Miss::Failed(why) => why,
        });
        if let Err(why) = &outcome {
            tracing::warn!(address, why, "failed to fetch a document");
        }
        if keep > 0 {
            let bytes = outcome.as_ref().map_or(0, |text| text.len());
            locked(&self.kept).keep(key, host(url), (outcome.clone(), bytes), now, now.plus(keep));
        }
        (outcome, true)
    }

    /// draft-ietf-oauth-client-id-metadata-document §5.2: what turns out to be malformed is not kept, but for
    /// the pause after any failure.
    pub(crate) fn is_of_no_use(&self, url: &str, what: Expected) {
        let pause = self.clock.now().plus(PAUSE);
        locked(&self.kept).shorten(&(what, url.to_owned()), pause);
    }

    /// Fetches, or waits for the task that does already.
    async fn fetched(&self, address: &str, what: Expected) -> Found {
        self.under_way.join(address, || self.fetch(address, what)).await
    }

    async fn fetch(&self, address: &str, what: Expected) -> Found {
        let gate = match what {
            Expected::ClientMetadata | Expected::SectorIdentifier => &self.named,
            Expected::RequestObject => &self.registered,
        };
        let _pass = gate.pass(address).ok_or(Miss::Crowded)?;
        let got = self.fetch.get(address).await.map_err(|error| Miss::Failed(error.to_string()))?;
        let Fetched { body, max_age } = got;
        let text = std::str::from_utf8(&body);
        let text = text.map_err(|_| Miss::Failed("the answer is not UTF-8 text".to_owned()))?;
        Ok((text.into(), max_age))
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
fn keep(what: Expected, fragment: Option<&str>, fetched: &Found) -> u64 {
    let (least, most) = FRESH;
    match (what, fetched) {
        // Its address names its hash, so that nothing else can ever be there.
        (Expected::RequestObject, Ok((text, max_age))) if fragment == Some(&hash(text)) => {
            max_age.unwrap_or(USUAL).min(most)
        }
        (Expected::ClientMetadata, Ok((_, max_age))) => max_age.unwrap_or(USUAL).clamp(least, most),
        (Expected::ClientMetadata, Err(Miss::Failed(_))) => PAUSE,
        (_, Err(Miss::Crowded)) => 0,
        // A request object may be another one for each request; a sector is judged when a client registers.
        (Expected::RequestObject | Expected::SectorIdentifier, _) => 0,
    }
}

/// OpenID Connect Core §6.2.
fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
