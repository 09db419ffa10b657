//! What was fetched, kept until it ends, within bounds that no host can use up for the others.

use std::collections::BTreeMap;

use signet_core::time::Timestamp;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Entries in all.
    pub(super) most: usize,
    /// Entries of one host.
    pub(super) most_of_one_host: usize,
    /// Bytes in all.
    pub(super) most_bytes: usize,
}

/// What is kept, by key.
pub(super) struct Shelf<K, T> {
    bounds: Bounds,
    entries: BTreeMap<K, Kept<T>>,
    /// Grows by one with each question.
    turn: u64,
}

struct Kept<T> {
    outcome: T,
    bytes: usize,
    until: Timestamp,
    host: String,
    /// The turn in which it was last asked for.
    asked: u64,
}

impl<K: Ord + Clone, T: Clone> Shelf<K, T> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, entries: BTreeMap::new(), turn: 0 }
    }

    pub(super) fn find(&mut self, key: &K, now: Timestamp) -> Option<T> {
        self.turn += 1;
        let kept = self.entries.get_mut(key).filter(|kept| !kept.until.expired_at(now))?;
        kept.asked = self.turn;
        Some(kept.outcome.clone())
    }

    /// A host makes room among its own first. Then what nobody asked for the longest goes: anyone who owns
    /// many addresses and asks for each once does not push out what is in use.
    pub(super) fn keep(
        &mut self,
        key: K,
        host: String,
        (outcome, bytes): (T, usize),
        now: Timestamp,
        until: Timestamp,
    ) {
        let Bounds { most, most_of_one_host, most_bytes } = self.bounds;
        self.entries.retain(|known, kept| *known != key && !kept.until.expired_at(now));
        loop {
            let crowded = self.entries.values().filter(|kept| kept.host == host).count() >= most_of_one_host;
            if !crowded && self.entries.len() < most && self.bytes().saturating_add(bytes) <= most_bytes {
                break;
            }
            let among = self.entries.iter().filter(|(_, kept)| !crowded || kept.host == host);
            let Some(first) = among.min_by_key(|(_, kept)| kept.asked).map(|(key, _)| key.clone()) else {
                break;
            };
            self.entries.remove(&first);
        }
        self.entries.insert(key, Kept { outcome, bytes, until, host, asked: self.turn });
    }

    /// Ends an entry at this instant, unless it ends before.
    pub(super) fn shorten(&mut self, key: &K, until: Timestamp) {
        if let Some(kept) = self.entries.get_mut(key) {
            kept.until = kept.until.min(until);
        }
    }

    fn bytes(&self) -> usize {
        self.entries.values().map(|kept| kept.bytes).sum()
    }

    /// Entries and bytes.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes())
    }
}
