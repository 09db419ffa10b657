//! Deliveries: a table, and their order by when they may be tried.

use std::collections::BTreeMap;

use signet_core::id::DeliveryId;
use signet_core::record::{Backlog, Delivery};
use signet_core::time::Timestamp;

use super::Tables;
use super::apply::absent;

impl Tables {
    pub(super) fn enqueue(&mut self, delivery: Delivery) -> Option<()> {
        absent(self.deliveries.has(&delivery.id.0))?;
        self.put_delivery(delivery);
        Some(())
    }

    pub(super) fn claim(&mut self, id: DeliveryId, tries: u32, until: Timestamp) -> Option<()> {
        let delivery = self.take_delivery(id, tries)?;
        let tries = tries.checked_add(1)?;
        self.put_delivery(Delivery { tries, due_at: until, ..delivery });
        Some(())
    }

    pub(super) fn put_off(&mut self, id: DeliveryId, tries: u32, due_at: Timestamp) -> Option<()> {
        let delivery = self.take_delivery(id, tries)?;
        self.put_delivery(Delivery { due_at, ..delivery });
        Some(())
    }

    pub(super) fn end_delivery(&mut self, id: DeliveryId, tries: u32) -> Option<()> {
        self.take_delivery(id, tries).map(drop)
    }

    /// The first of those that may be tried now.
    pub(super) fn due(&self, now: Timestamp, most: usize) -> Vec<Delivery> {
        let due = self.due.after(None).map(|(key, ())| key).take_while(|(at, _)| *at <= now);
        due.filter_map(|(_, id)| self.deliveries.get(id).cloned()).take(most).collect()
    }

    pub(super) fn backlog(&self) -> Vec<Backlog> {
        let mut kinds: BTreeMap<&str, Backlog> = BTreeMap::new();
        for (_, Delivery { kind, created_at, .. }) in self.deliveries.after(None) {
            let none = || Backlog { kind: kind.clone(), count: 0, oldest: *created_at };
            let backlog = kinds.entry(kind).or_insert_with(none);
            backlog.count += 1;
            backlog.oldest = backlog.oldest.min(*created_at);
        }
        kinds.into_values().collect()
    }

    fn put_delivery(&mut self, delivery: Delivery) {
        self.due.put((delivery.due_at, delivery.id.0), ());
        self.deliveries.put(delivery.id.0, delivery);
    }

    fn take_delivery(&mut self, id: DeliveryId, tries: u32) -> Option<Delivery> {
        let delivery = self.deliveries.get(&id.0).filter(|delivery| delivery.tries == tries)?.clone();
        self.due.remove(&(delivery.due_at, id.0));
        self.deliveries.remove(&id.0);
        Some(delivery)
    }
}
