//! Rates that this process keeps for itself: what is bounded by them costs work here, and is forgotten with
//! it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signet_login::network::Network;
use tokio::sync::Notify;

/// Keys that are remembered. Who has more of them than this is bounded by other means.
const MOST: usize = 65_536;

/// Buckets that leak, by key; instants and lengths are in milliseconds.
pub(crate) struct Rates<K> {
    cost: u64,
    limit: u64,
    rows: Mutex<Rows<K>>,
}

/// RFC 6749 §10.10: wrong client secrets and assertions, by client and network; never more than ten in a
/// second, by both ways together. A client is not a person who would be kept out, and a right secret is long,
/// so that each process may count for itself.
pub(crate) struct Guesses {
    /// By the client itself: eight a second.
    pub(crate) back: Tries,
    /// By what browsers bring, request objects and hints: two a second. It takes nothing from the client
    /// itself, which may come from the same network.
    pub(crate) front: Tries,
    /// Notes in the store for operators: one of each client and network in ten seconds.
    pub(crate) noted: Rates<[u8; 32]>,
    /// And of all sixty at once, and one more in a second.
    pub(crate) notes: Rates<()>,
}

/// One way to guess.
pub(crate) struct Tries {
    pub(crate) wrong: Rates<[u8; 32]>,
    /// Those of which it is not known yet.
    pub(crate) under_way: UnderWay<[u8; 32]>,
}

/// RFC 7516 §11.5: what is encrypted to our keys. Anybody can do so, and each text that we open takes a
/// private key, about a millisecond.
pub(crate) struct Openings {
    /// Of which nothing shows who made it: twenty at once from a network and two a second; in all a tenth of
    /// one processor.
    pub(crate) strange: Shares,
    /// With a signature inside, of ours or of an application: ten times as many from a network, where an
    /// office or a server may be, and half a processor in all. A signature says who wrote the content, not
    /// who encrypted it: one token is enough to encrypt it again without end.
    pub(crate) signed: Shares,
    /// What clients signed that nobody has looked at, by keys that they have chosen: each takes up to a
    /// millisecond. A hundred at once from a network and ten a second; in all a quarter of a processor.
    pub(crate) verified: Shares,
}

/// What each network has.
pub(crate) struct OfNetworks(Rates<[u8; 17]>);

impl OfNetworks {
    /// `tries` at once for the smallest, and one more each `refill`.
    pub(crate) fn new(tries: u64, refill: u64) -> Self {
        Self(Rates::new(tries, refill))
    }

    /// Takes one, from each network that holds this one, or says how long to wait for it.
    pub(crate) fn take(&self, network: Option<Network>, now: u64) -> Result<(), u64> {
        self.0.spend_all(&widths(network), now).map_err(|(_, wait)| wait)
    }

    /// Gives one back.
    fn give_back(&self, network: Option<Network>, now: u64) {
        widths(network).iter().for_each(|(around, _)| self.0.refund(around, now));
    }
}

/// What each network has, and all of them together.
pub(crate) struct Shares {
    from: OfNetworks,
    all: Rates<()>,
}

impl Shares {
    /// Takes one, from each network that holds this one and from all, or says how long to wait for it.
    pub(crate) fn take(&self, network: Option<Network>, now: u64) -> Result<(), u64> {
        self.from.take(network, now)?;
        self.all.spend((), 1, now).inspect_err(|_| self.from.give_back(network, now))
    }

    /// Gives one back.
    pub(crate) fn give_back(&self, network: Option<Network>, now: u64) {
        self.all.refund(&(), now);
        self.from.give_back(network, now);
    }
}

/// A network and those around it that one site has to itself, each with how many times as many it has.
pub(crate) fn widths(network: Option<Network>) -> Vec<([u8; 17], u64)> {
    let widths = network.into_iter().flat_map(Network::widths);
    widths.map(|(network, times)| (network.bytes(), times)).collect()
}

/// Nothing was opened yet.
pub(crate) fn no_openings() -> Openings {
    Openings {
        strange: Shares { from: OfNetworks::new(20, 500), all: Rates::new(200, 10) },
        signed: Shares { from: OfNetworks::new(200, 50), all: Rates::new(1000, 2) },
        verified: Shares { from: OfNetworks::new(100, 100), all: Rates::new(500, 5) },
    }
}

/// Nothing was guessed yet.
pub(crate) fn no_guesses() -> Guesses {
    let tries = |tries, refill| Tries { wrong: Rates::new(tries, refill), under_way: UnderWay::default() };
    Guesses {
        back: tries(4, 250),
        front: tries(1, 1000),
        noted: Rates::new(1, 10_000),
        notes: Rates::new(60, 1000),
    }
}

/// What is counted for now and may be given back: how many of each key, and who waits for them.
pub(crate) struct UnderWay<K>(Mutex<BTreeMap<K, (usize, Arc<Notify>)>>);

impl<K> Default for UnderWay<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Clone> UnderWay<K> {
    /// One more.
    pub(crate) fn begin(&self, key: K) {
        self.lock().entry(key).or_default().0 += 1;
    }

    /// One less: the next may try, and all who wait learn when it was the last.
    pub(crate) fn end(&self, key: &K) {
        let mut rows = self.lock();
        if let Some((number, waiting)) = rows.get_mut(key) {
            *number = number.saturating_sub(1);
            waiting.notify_one();
            if *number == 0 {
                waiting.notify_waiters();
                rows.remove(key);
            }
        }
    }

    /// Waits until one of them ends; `false` where there is none.
    pub(crate) async fn ended(&self, key: &K) -> bool {
        let Some(waiting) = self.waiting(key) else { return false };
        let ended = waiting.notified();
        // What ended before this line is not waited for.
        if self.waiting(key).is_some_and(|now| Arc::ptr_eq(&now, &waiting)) {
            ended.await;
        }
        true
    }

    fn waiting(&self, key: &K) -> Option<Arc<Notify>> {
        self.lock().get(key).map(|(_, waiting)| waiting.clone())
    }

    /// Nothing that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, (usize, Arc<Notify>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Rows<K> {
    /// When each is empty.
    empty_at: BTreeMap<K, u64>,
    /// When empty ones were last looked for.
    tidied: u64,
}

impl<K: Ord + Clone> Rates<K> {
    /// `tries` at once, and one more each `refill`.
    pub(crate) fn new(tries: u64, refill: u64) -> Self {
        let rows = Mutex::new(Rows { empty_at: BTreeMap::new(), tidied: 0 });
        Self { cost: refill, limit: refill.saturating_mul(tries), rows }
    }

    /// Takes one, if there is one, of `times` as many as usual; else says how long to wait for it.
    pub(crate) fn spend(&self, key: K, times: u64, now: u64) -> Result<(), u64> {
        let mut rows = self.lock();
        let limit = self.limit.saturating_mul(times);
        let level = level(rows.empty_at.get(&key), limit, now);
        let wait = level.saturating_add(self.cost).saturating_sub(limit);
        if wait > 0 {
            return Err(wait);
        }
        if rows.empty_at.len() >= MOST && !rows.empty_at.contains_key(&key) {
            // Once a second at most: looking through all of them is work as well.
            if now.abs_diff(rows.tidied) >= 1000 {
                rows.tidied = now;
                rows.empty_at.retain(|_, empty_at| *empty_at > now);
            }
            if rows.empty_at.len() >= MOST {
                return Ok(());
            }
        }
        rows.empty_at.insert(key, now.saturating_add(level).saturating_add(self.cost));
        Ok(())
    }

    /// Takes one of each, of as many times as many as usual; of none where one has none, whose key and wait
    /// are told.
    pub(crate) fn spend_all(&self, keys: &[(K, u64)], now: u64) -> Result<(), (K, u64)> {
        for (place, (key, times)) in keys.iter().enumerate() {
            if let Err(wait) = self.spend(key.clone(), *times, now) {
                keys.iter().take(place).for_each(|(key, _)| self.refund(key, now));
                return Err((key.clone(), wait));
            }
        }
        Ok(())
    }

    /// Gives one back.
    pub(crate) fn refund(&self, key: &K, now: u64) {
        let mut rows = self.lock();
        if let Some(empty_at) = rows.empty_at.get_mut(key) {
            *empty_at = empty_at.saturating_sub(self.cost);
            if *empty_at <= now {
                rows.empty_at.remove(key);
            }
        }
    }

    /// Nothing that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, Rows<K>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fuller than its limit it was before the clock went back.
fn level(empty_at: Option<&u64>, limit: u64, now: u64) -> u64 {
    empty_at.map(|at| at.saturating_sub(now)).filter(|level| *level <= limit).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_one_more_each_interval() {
        let rates = Rates::new(3, 100);
        for _ in 0..3 {
            assert_eq!(rates.spend("a", 1, 1_000_000), Ok(()));
        }
        assert_eq!(rates.spend("a", 1, 1_000_000), Err(100));
        assert_eq!(rates.spend("b", 1, 1_000_000), Ok(()));
        assert_eq!(rates.spend("a", 2, 1_000_000), Ok(()));
        assert_eq!(rates.spend("a", 1, 1_000_200), Ok(()));
        assert_eq!(rates.spend("a", 1, 1_000_200), Err(100));
        rates.refund(&"a", 1_000_200);
        assert_eq!(rates.spend("a", 1, 1_000_200), Ok(()));
        // The clock goes back.
        assert_eq!(rates.spend("a", 1, 1000), Ok(()));
    }

    #[test]
    fn of_several_each_is_taken_or_none() {
        let rates = Rates::new(2, 100);
        let both = [("narrow", 1), ("wide", 1)];
        assert_eq!(rates.spend("wide", 1, 1000), Ok(()));
        assert_eq!(rates.spend_all(&both, 1000), Ok(()));
        for _ in 0..5 {
            assert_eq!(rates.spend_all(&both, 1000), Err(("wide", 100)));
        }
        assert_eq!(rates.spend("narrow", 1, 1000), Ok(()), "what was taken of it was given back");
        assert_eq!(rates.spend("narrow", 1, 1000), Err(100));
    }

    #[test]
    fn memory_is_bounded() {
        let rates = Rates::new(1, 100);
        for key in 0..2 * MOST {
            assert_eq!(rates.spend(key, 1, 1000), Ok(()));
        }
        assert_eq!(rates.lock().empty_at.len(), MOST);
        assert_eq!(rates.spend(3 * MOST, 1, 2000), Ok(()));
        assert_eq!(rates.lock().empty_at.len(), 1);
    }
}
