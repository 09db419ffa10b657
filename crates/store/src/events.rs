//! Which events are listed, and which may go: the same rules for every back-end.

use std::collections::BTreeMap;

use signet_core::event::KINDS;
use signet_core::id::{ClientId, EventId, SessionId, UserId};
use signet_core::record::{Cause, Recorded, Severity};
use signet_core::time::Timestamp;

use crate::StoreError;

/// Which events are listed; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// How the names of their kinds begin.
    pub kind: String,
    /// Of this severity or a higher one.
    pub severity: Severity,
    /// Of these people, each named once; of anybody where there are none.
    pub users: Vec<UserId>,
    /// Of this application.
    pub client: Option<ClientId>,
    /// Of this session.
    pub session: Option<SessionId>,
    /// From this instant on.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// The newest first, instead of the oldest.
    pub newest_first: bool,
}

impl EventFilter {
    /// The ids that a page begins after and ends before.
    pub(crate) fn between(&self, after: Option<&str>) -> Result<(i64, i64), StoreError> {
        let after = match after {
            None => None,
            Some(key) => Some(key.parse().map_err(|_| StoreError::Page(key.to_owned()))?),
        };
        let first = self.since.map_or(i64::MIN, |since| EventId::first_at(since).0.saturating_sub(1));
        let end = self.until.map_or(i64::MAX, |until| EventId::first_at(until).0);
        Ok(match after {
            None => (first, end),
            Some(after) if self.newest_first => (first, end.min(after)),
            Some(after) => (first.max(after), end),
        })
    }

    /// Whether an event within these ids is listed.
    pub(crate) fn has(&self, event: &Recorded) -> bool {
        event.kind.starts_with(&self.kind)
            && (self.users.is_empty() || event.user.as_ref().is_some_and(|user| self.users.contains(user)))
            && (self.client.is_none() || event.client == self.client)
            && (self.session.is_none() || event.session == self.session)
    }

    /// Whether it matters enough to be listed.
    pub(crate) fn has_severity(&self, event: &Recorded) -> bool {
        event.severity >= self.severity && self.may_have(&event.kind)
    }

    /// Whether events of a kind may be listed. Those of other versions say themselves how much they matter.
    pub(crate) fn may_have(&self, kind: &str) -> bool {
        let known = KINDS.iter().find(|known| known.name == kind);
        kind.starts_with(&self.kind) && known.is_none_or(|known| known.severity >= self.severity)
    }
}

/// Which events may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forget {
    /// Of each kind those that happened before this instant.
    pub before: BTreeMap<String, Timestamp>,
    /// Of every other kind.
    pub otherwise: Timestamp,
    /// Those of strangers that name nobody.
    pub nameless: Timestamp,
    /// Of more than so many the oldest.
    pub most: u64,
    /// Of those that strangers can cause so many stay in any case. Of more than that there are no more than a
    /// quarter of the others; those go first that name nobody.
    pub few_of_strangers: u64,
}

impl Forget {
    /// The first event of a kind that stays because of its age.
    pub(crate) fn first_kept(&self, kind: &str) -> EventId {
        EventId::first_at(self.before.get(kind).copied().unwrap_or(self.otherwise))
    }

    /// How many that strangers can cause stay next to so many others.
    pub(crate) fn most_of_strangers(&self, others: u64) -> u64 {
        self.few_of_strangers.max(others / 4)
    }

    /// Whether an event is too old.
    pub(crate) fn is_due(&self, event: &Recorded) -> bool {
        let nameless = event.cause == Cause::Nameless && event.id < EventId::first_at(self.nameless);
        nameless || event.id < self.first_kept(&event.kind)
    }
}
