//! What happened.

use std::collections::BTreeSet;

use signet_core::event::{kind, named};
use signet_core::id::{ClientId, EventId, UserId};
use signet_core::name;
use signet_core::record::Recorded;
use signet_core::time::Timestamp;
use signet_store::{EventFilter, Listed, Store};

use super::{AdminError, Part, Window, every, part};

/// Events that a filter lets through.
pub async fn list(
    store: &dyn Store,
    filter: &EventFilter,
    window: &Window,
) -> Result<Part<Recorded>, AdminError> {
    let key = |event: &Recorded| event.id.to_string();
    Ok(part(store, Listed::Events(kept(filter)), window, |page| page.events, |_| true, key).await?)
}

/// What is looked for, by the names that events have.
fn kept(filter: &EventFilter) -> EventFilter {
    let users = filter.users.iter().map(|user| UserId(named(user.as_str()))).collect();
    let client = filter.client.as_ref().map(|client| ClientId(named(client.as_str())));
    EventFilter { users, client, ..filter.clone() }
}

/// The ids of people who had this name and were removed, as far as that is kept: each once.
pub async fn removed(store: &dyn Store, typed: &str) -> Result<Vec<UserId>, AdminError> {
    let filter = EventFilter { kind: kind::USER_REMOVED.name.to_owned(), ..EventFilter::default() };
    let wanted = name::canonical(typed);
    let mut ids = BTreeSet::new();
    every(store, Listed::Events(filter), |page| {
        let had_it =
            |event: &Recorded| event.username.as_deref().map(name::canonical).as_ref() == Some(&wanted);
        ids.extend(page.events.into_iter().filter(had_it).filter_map(|event| event.user));
    })
    .await?;
    Ok(ids.into_iter().collect())
}

/// Seconds that an event may take from its instant until it can be read.
const LATE: u64 = 15;

/// Events as they come.
#[derive(Debug)]
pub struct Tail {
    filter: EventFilter,
    /// Those of the last seconds that were returned.
    seen: BTreeSet<EventId>,
    begun: Timestamp,
    has_begun: bool,
}

impl Tail {
    /// From this instant on.
    pub fn new(filter: EventFilter, begun: Timestamp) -> Self {
        Self { filter: kept(&filter), seen: BTreeSet::new(), begun, has_begun: false }
    }

    /// Those that have come since the last call. They are written a moment after they happened, and not
    /// always in that order: none of the last few seconds is missed.
    pub async fn next(&mut self, store: &dyn Store, now: Timestamp) -> Result<Vec<Recorded>, AdminError> {
        let late = if std::mem::replace(&mut self.has_begun, true) { now.minus(LATE) } else { self.begun };
        let since = self.begun.max(late);
        self.seen = self.seen.split_off(&EventId::first_at(since));
        let filter = EventFilter { since: Some(since), newest_first: false, ..self.filter.clone() };
        let mut events = Vec::new();
        every(store, Listed::Events(filter), |page| events.extend(page.events)).await?;
        events.retain(|event| self.seen.insert(event.id));
        Ok(events)
    }
}
