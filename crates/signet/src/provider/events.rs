//! Events that wait for each other are written, and old ones forgotten.

use signet_core::change::{Change, Conflict};
use signet_core::event::KINDS;
use signet_core::id::EventId;
use signet_core::record::{Recorded, Severity};
use signet_core::settings::events::Events;
use signet_core::time::Timestamp;
use signet_store::{CommitError, Forget, StoreError};

use super::Provider;

impl Provider {
    /// Writes events that wait for each other; how many. A program that serves the router without
    /// [`Background`](crate::Background) calls this every second, and once at its end.
    pub async fn write_events(&self) -> Result<usize, StoreError> {
        let (inner, mut written) = (&*self.inner, 0);
        loop {
            let events = inner.journal.take();
            if events.is_empty() {
                return Ok(written);
            }
            let records = events.iter().cloned().map(|event| Change::Record(Box::new(event))).collect();
            match inner.store.commit(records).await {
                Ok(()) => written += events.len(),
                Err(CommitError::Conflict(Conflict { index })) => {
                    // Another node had the same id, which is rare enough.
                    let mut events = events;
                    if let Some(event) = events.get_mut(index) {
                        event.id = EventId(inner.ids.at(event.at.0.saturating_mul(1000)));
                    }
                    self.give_back(events);
                }
                Err(CommitError::Store(error)) => {
                    self.give_back(events);
                    return Err(error);
                }
            }
        }
    }

    fn give_back(&self, events: Vec<Recorded>) {
        let lost = self.inner.journal.give_back(events);
        if lost > 0 {
            self.inner.metrics.event_dropped("store", lost);
        }
    }

    /// Deletes a bounded number of events that are too old or too many; `true` when there may be more.
    pub(crate) async fn forget_events(&self) -> Result<bool, StoreError> {
        const STEP: usize = 1000;
        let forget = forget(&self.settings().events, self.inner.clock.now());
        Ok(self.inner.store.forget(&forget, STEP).await? >= STEP)
    }
}

/// What may go by now.
fn forget(events: &Events, now: Timestamp) -> Forget {
    let before = |severity| now.minus(events.kept_for(severity));
    Forget {
        before: KINDS.iter().map(|kind| (kind.name.to_owned(), before(kind.severity))).collect(),
        otherwise: before(Severity::Info),
        nameless: now.minus(events.nameless_kept_for()),
        most: events.most,
        most_of_strangers: events.most_of_strangers(),
    }
}
