//! Events that wait for each other are written, and old ones forgotten.

use signet_core::change::Change;
use signet_core::event::{Event, KINDS, Source, What, kind};
use signet_core::id::EventId;
use signet_core::record::{Recorded, Severity};
use signet_core::settings::events::Events;
use signet_core::time::Timestamp;
use signet_store::{CommitError, Forget, StoreError};

use super::Provider;

impl Provider {
    /// Writes events that wait for each other; how many. A program that serves the router without
    /// [`Background`](crate::Background) calls this every second, and [`Self::write_last_events`] at its end.
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
                // The next id that is free is taken: no store refuses them.
                Err(CommitError::Conflict(_)) => inner.metrics.event_dropped("store", events.len()),
                Err(CommitError::Store(error)) => {
                    self.give_back(events);
                    return Err(error);
                }
            }
        }
    }

    /// The same at the end, with what is only counted so far.
    pub async fn write_last_events(&self) -> Result<usize, StoreError> {
        let lost = self.inner.journal.settle_all(self.inner.clock.now_ms());
        self.inner.metrics.event_dropped("queue", lost);
        self.write_events().await
    }

    /// Keeps that the configuration was read again.
    pub(super) fn reloaded(&self) {
        let (inner, kind) = (&*self.inner, &kind::CONFIGURATION_RELOADED);
        let event = Event::of_person(What::of(kind, [("by", "server".into())]), None);
        if self.settings().events.keeps(&event) {
            let now_ms = inner.clock.now_ms();
            let event = event.recorded(EventId::at(now_ms), Timestamp(now_ms / 1000), Source::default());
            let kept = inner.journal.keep(event, now_ms);
            kept.unwrap_or_else(|why| inner.metrics.event_dropped(why, 1));
        }
    }

    fn give_back(&self, events: Vec<Recorded>) {
        let lost = self.inner.journal.give_back(events);
        if lost > 0 {
            self.inner.metrics.event_dropped("store", lost);
        }
    }

    /// Deletes a bounded number of events that are too old or too many; `true` when there may be more. What
    /// was counted for long enough is written soon.
    pub(crate) async fn forget_events(&self) -> Result<bool, StoreError> {
        const STEP: usize = 1000;
        let lost = self.inner.journal.settle(self.inner.clock.now_ms());
        self.inner.metrics.event_dropped("queue", lost);
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
        few_of_strangers: events.few_of_strangers(),
    }
}
