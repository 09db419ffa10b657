//! OpenID Connect Core §6.2, §8.1, OAuth Client ID Metadata Document §4: documents at URLs that clients name,
//! fetched when needed.
//!
//! Strangers can make Signet fetch. So however many ask for an address, one request to it is under way; there
//! are never more than so many, and where anybody may name the address fewer and only some to one host; what
//! failed is not tried again at once; and what is kept is bounded, in all and of one host.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use signet_core::lookup::{self, Chosen, Expected};
use signet_login::network::Network;

use super::client_keys::locked;
use super::flights::Flights;
use super::gate::{Crowded, Gate, Places, host};
use super::shelf::{Bounds, Shelf};
use super::{Fetch, Fetched};
use crate::clock::Clock;

/// Requests to addresses that the operator wrote down. Behind one network that asks may be many people.
const OPERATORS: Places = Places { all: 64, to_one_host: 64, to_one_site: 64, at_once: 600, refill: 100 };
/// The same to addresses that anybody may name: as a client_id, to register, or in a request.
const STRANGERS: Places = Places { all: 32, to_one_host: 4, to_one_site: 8, at_once: 60, refill: 1000 };
/// Documents that are kept; each is bounded by itself.
const KEPT: Bounds = Bounds { most: 1000, most_of_one_host: 50, most_bytes: usize::MAX };
/// How long a client's metadata is kept, and a failure remembered, when its server does not say.
const USUAL: u64 = 600;
/// The bounds of what servers may say.
const FRESH: (u64, u64) = (60, 86_400);
/// How long a failure counts where anybody may name the address, and where the operator did.
const PAUSE: u64 = 10;
const MOMENT: u64 = 1;

/// What was found, or why nothing was.
type Outcome = Result<Arc<str>, String>;

/// Documents of others.
pub(crate) struct Documents {
    fetch: Box<dyn Fetch>,
    clock: Arc<dyn Clock>,
    operators: Gate,
    strangers: Gate,
    under_way: Flights<Found>,
    kept: Mutex<Shelf<Key, Outcome>>,
}

type Key = (Expected, Chosen, String);

/// The text, and for how long its server lets it be kept.
type Found = Result<(Arc<str>, Option<u64>), String>;

impl Documents {
    pub(crate) fn new(fetch: impl Fetch + 'static, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch: Box::new(fetch),
            clock,
            operators: Gate::new(OPERATORS),
            strangers: Gate::new(STRANGERS),
            under_way: Flights::default(),
            kept: Mutex::new(Shelf::new(KEPT)),
        }
    }

    /// What is at this address, perhaps as it was a while ago, for somebody of this network.
    pub(crate) async fn at(&self, asked: &lookup::Fetch, asker: Option<Network>) -> Result<Outcome, Crowded> {
        self.seen(asked, asker).await.map(|(outcome, _)| outcome)
    }

    /// The same, and whether it was fetched for this, so that a word about it is said once.
    pub(crate) async fn seen(
        &self,
        asked: &lookup::Fetch,
        asker: Option<Network>,
    ) -> Result<(Outcome, bool), Crowded> {
        let lookup::Fetch { url, what, chosen } = asked;
        let (address, fragment) = url.split_once('#').map_or((&**url, None), |(a, f)| (a, Some(f)));
        // A failure is of the address, whatever its fragment.
        let [key, failure] = [&**url, address].map(|url| (*what, *chosen, url.to_owned()));
        let now = self.clock.now();
        let kept = |key| locked(&self.kept).find(key, now);
        if let Some(outcome) = kept(&key).or_else(|| kept(&failure)) {
            return Ok((outcome, false));
        }
        let fetched = self.under_way.join(address, || self.fetch(asked, address, asker)).await?;
        let fetched = fetched.and_then(|(text, max_age)| match text.len() {
            length if length > longest(*what) => {
                Err(format!("the answer is longer than {} bytes", longest(*what)))
            }
            _ => Ok((text, max_age)),
        });
        let keep = keep(asked, fragment, &fetched);
        let outcome = fetched.map(|(text, _)| text);
        if let Err(why) = &outcome {
            tracing::warn!(address, why, "failed to fetch a document");
        }
        if keep > 0 {
            let (bytes, key) = outcome.as_ref().map_or((0, failure), |text| (text.len(), key));
            locked(&self.kept).keep(key, host(url), (outcome.clone(), bytes), now, now.plus(keep));
        }
        Ok((outcome, true))
    }

    /// draft-ietf-oauth-client-id-metadata-document §5.2: what turns out to be malformed is not kept, but for
    /// the pause after any failure.
    pub(crate) fn is_of_no_use(&self, asked: &lookup::Fetch) {
        let lookup::Fetch { url, what, chosen } = asked;
        let pause = self.clock.now().plus(PAUSE);
        locked(&self.kept).shorten(&(*what, *chosen, url.clone()), pause);
    }

    async fn fetch(
        &self,
        asked: &lookup::Fetch,
        address: &str,
        asker: Option<Network>,
    ) -> Result<Found, Crowded> {
        let gate = match asked.chosen {
            Chosen::ByOperator => &self.operators,
            Chosen::ByStranger => &self.strangers,
        };
        let _pass = gate.pass(address, asker, self.clock.now_ms())?;
        let got = self.fetch.get(address).await.map_err(|error| error.to_string());
        Ok(got.and_then(|Fetched { body, max_age }| {
            let text = std::str::from_utf8(&body).map_err(|_| "the answer is not UTF-8 text".to_owned())?;
            Ok((text.into(), max_age))
        }))
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
fn keep(asked: &lookup::Fetch, fragment: Option<&str>, fetched: &Found) -> u64 {
    let (least, most) = FRESH;
    match (asked.what, fetched) {
        (_, Err(_)) => match asked.chosen {
            Chosen::ByOperator => MOMENT,
            Chosen::ByStranger => PAUSE,
        },
        // Its address names its hash, so that nothing else can ever be there.
        (Expected::RequestObject, Ok((text, max_age))) if fragment == Some(&hash(text)) => {
            max_age.unwrap_or(USUAL).min(most)
        }
        (Expected::ClientMetadata, Ok((_, max_age))) => max_age.unwrap_or(USUAL).clamp(least, most),
        // A request object may be another one for each request; a sector is judged when a client registers.
        (Expected::RequestObject | Expected::SectorIdentifier, Ok(_)) => 0,
    }
}

/// OpenID Connect Core §6.2.
fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
