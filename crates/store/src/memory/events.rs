//! Events: a table, and those that strangers can cause, in the order in which they go when too many.

use signet_core::id::EventId;
use signet_core::record::{Cause, Recorded};

use super::Tables;
use super::apply::absent;
use super::sweep::scan;
use crate::events::{EventFilter, Forget};
use crate::retention::STEP;
use crate::{Listing, StoreError};

impl Tables {
    /// Under its id; where another one has it, after those of the same millisecond.
    pub(super) fn record(&mut self, mut event: Recorded) -> Option<()> {
        if self.events.has(&event.id.0) {
            let last = self.events.between(event.id.0, event.id.end().0).next_back().map(|(id, _)| *id);
            event.id = EventId(last.unwrap_or(event.id.0).saturating_add(1));
        }
        absent(self.events.has(&event.id.0))?;
        if let Some(key) = of_stranger(&event) {
            self.of_strangers.put(key, ());
        }
        if event.cause == Cause::Ordinary {
            self.ordinary.put(event.id.0, ());
        }
        self.events.put(event.id.0, event);
        Some(())
    }

    /// A page that looks at a bounded part of the table.
    pub(super) fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&str>,
        size: usize,
        page: &mut Listing,
    ) -> Result<(), StoreError> {
        let (first, end) = filter.between(after)?;
        let ids = self.events.between(first, end);
        let ids: Box<dyn Iterator<Item = _>> =
            if filter.newest_first { Box::new(ids.rev()) } else { Box::new(ids) };
        let mut last = None;
        for (looked, (id, event)) in ids.enumerate() {
            if page.events.len() == size || looked == STEP {
                page.next = last.map(|id: i64| id.to_string());
                break;
            }
            last = Some(*id);
            let is_listed = filter.has(event) && filter.has_severity(event);
            page.events.extend(is_listed.then(|| event.clone()));
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, what: &Forget, limit: usize) -> usize {
        let mut place = std::mem::take(&mut self.places.events);
        let due = scan(&self.events, &mut place, limit, |event| what.is_due(event));
        self.places.events = place;
        let mut gone = self.forget_these(due);
        let strangers = self.of_strangers.len();
        let others = u64::try_from(self.events.len().saturating_sub(strangers)).unwrap_or(u64::MAX);
        let most = excess(strangers, what.most_of_strangers(others)).min(limit - gone);
        let first = self.of_strangers.after(None).map(|((_, id), ())| *id).take(most).collect();
        gone += self.forget_these(first);
        let most = excess(self.events.len(), what.most).min(limit - gone);
        let first = self.ordinary.after(None).map(|(id, ())| *id).take(most).collect();
        gone += self.forget_these(first);
        let most = excess(self.events.len(), what.most).min(limit - gone);
        let first = self.events.after(None).map(|(id, _)| *id).take(most).collect();
        gone += self.forget_these(first);
        self.keep();
        gone
    }

    fn forget_these(&mut self, ids: Vec<i64>) -> usize {
        ids.into_iter().filter(|id| self.forget_one(*id)).count()
    }

    fn forget_one(&mut self, id: i64) -> bool {
        if let Some(key) = self.events.get(&id).and_then(of_stranger) {
            self.of_strangers.remove(&key);
        }
        self.ordinary.remove(&id);
        self.events.remove(&id)
    }
}

/// By how many there are too many.
fn excess(count: usize, most: u64) -> usize {
    count.saturating_sub(usize::try_from(most).unwrap_or(usize::MAX))
}

fn of_stranger(event: &Recorded) -> Option<(bool, i64)> {
    event.cause.is_stranger().then(|| (event.cause == Cause::Stranger, event.id.0))
}
