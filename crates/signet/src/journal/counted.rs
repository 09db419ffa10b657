//! Refusals of which there are too many to keep each: they are counted, and kept as one event that says how
//! many there were, and of each what all of them have in common.

use std::collections::BTreeMap;

use signet_core::id::EventId;
use signet_core::record::{Cause, Recorded};
use signet_core::time::Timestamp;
use signet_login::network::Network;

/// Networks and kinds that are counted apart; beyond that, each kind for all networks together.
const MOST: usize = 1024;

/// A network, or all of them, and the kind of event.
type Key = (Option<Network>, String);

/// What is counted for now.
#[derive(Default)]
pub(super) struct Counts(BTreeMap<Key, Counted>);

/// Events of one kind that are counted together.
pub(super) struct Counted {
    event: Recorded,
    times: u64,
    since_ms: u64,
}

impl Counts {
    /// One more, or several, from a network or from anywhere.
    pub(super) fn add(&mut self, network: Option<Network>, counted: Counted) {
        let own = (network, counted.event.kind.clone());
        let key = if self.0.len() < MOST || self.0.contains_key(&own) { own } else { (None, own.1) };
        match self.0.get_mut(&key) {
            Some(row) => row.add(counted),
            None => drop(self.0.insert(key, counted)),
        }
    }

    /// Takes out what was counted for so long.
    pub(super) fn take(&mut self, age_ms: u64, now_ms: u64) -> Vec<(Option<Network>, Counted)> {
        let is_due = |counted: &Counted| now_ms.saturating_sub(counted.since_ms) >= age_ms;
        let due: Vec<Key> =
            self.0.iter().filter(|(_, counted)| is_due(counted)).map(|(key, _)| key.clone()).collect();
        due.into_iter().filter_map(|key| self.0.remove(&key).map(|counted| (key.0, counted))).collect()
    }
}

impl Counted {
    /// Nothing but this one.
    pub(super) fn of(event: Recorded, now_ms: u64) -> Self {
        Self { event, times: 1, since_ms: now_ms }
    }

    pub(super) fn cause(&self) -> Cause {
        self.event.cause
    }

    fn add(&mut self, other: Self) {
        self.times = self.times.saturating_add(other.times);
        let (all, other) = (&mut self.event, other.event);
        if all.user != other.user {
            (all.user, all.username) = (None, None);
        }
        common(&mut all.client, other.client.as_ref());
        common(&mut all.session, other.session.as_ref());
        common(&mut all.address, other.address.as_ref());
        common(&mut all.request, other.request.as_ref());
        common(&mut all.rule, other.rule.as_ref());
        all.detail.retain(|name, value| other.detail.get(name) == Some(value));
        if all.user.is_none() && all.client.is_none() {
            all.cause = Cause::Nameless;
        }
    }

    /// As it is kept, now.
    pub(super) fn recorded(self, network: Option<Network>, now_ms: u64) -> Recorded {
        let Self { mut event, times, .. } = self;
        if times > 1 {
            event.id = EventId::at(now_ms);
            event.at = Timestamp(now_ms / 1000);
            event.address = event.address.or_else(|| network.map(|network| network.to_string()));
            event.detail.insert("times", times);
        }
        event.bounded()
    }
}

/// What is not the same is not said.
fn common<T: PartialEq>(all: &mut Option<T>, other: Option<&T>) {
    if all.as_ref() != other {
        *all = None;
    }
}
