//! Deliveries: claimed, sent, and then done with or put off. A delivery is written in the commit that causes
//! it, so that none is lost; it ends only after its receiver took it, so that one may arrive twice.
//!
//! A node takes a delivery by raising its count of tries, and nobody else takes it for [`LEASE`] seconds. A
//! receiver that fails is tried again after a pause that doubles each time, until the delivery's own end. No
//! receiver has more than [`MOST_TO_ONE`] under way, so that one that hangs holds up its own deliveries and
//! no others.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use signet_core::change::Change;
use signet_core::error::Error;
use signet_core::id::ClientId;
use signet_core::record::Delivery;
use signet_core::time::Timestamp;
use signet_store::{List, Listed, StoreError};
use tokio::task::{JoinError, JoinSet};

use super::Asking;
use crate::provider::Provider;

/// How many deliveries of this process are under way.
const MOST: usize = 32;

/// And how many of them to one client.
const MOST_TO_ONE: usize = 4;

/// Seconds in which a try has surely ended: more than the longest that a request may take.
const LEASE: u64 = 30;

/// Seconds until the second try; each later pause is twice the one before it.
const FIRST_PAUSE: u64 = 5;

/// Seconds of the longest pause.
const LONGEST_PAUSE: u64 = 3600;

/// Seconds for which a receiver that failed is left alone at most; what is new for it waits no longer.
const LONGEST_REST: u64 = 60;

/// How many that are due are looked at, to find some whose receivers are free.
const PAGE: usize = 256;

/// How often it is looked whether something is due.
const PACE: Duration = Duration::from_secs(5);

/// The deliveries that are under way, and how it went with their receivers lately.
pub(crate) struct Rounds {
    provider: Provider,
    under_way: JoinSet<(Option<ClientId>, bool)>,
    receivers: BTreeMap<Option<ClientId>, Receiver>,
}

#[derive(Default)]
struct Receiver {
    under_way: usize,
    /// In a row.
    failures: u32,
    rests_until: Timestamp,
}

impl Rounds {
    pub(crate) fn new(provider: Provider) -> Self {
        Self { provider, under_way: JoinSet::new(), receivers: BTreeMap::new() }
    }

    /// Delivers what is due, for ever.
    pub(crate) async fn run(mut self) {
        loop {
            if let Err(error) = self.begin().await {
                tracing::warn!(%error, "failed to read deliveries; retrying");
            }
            tokio::select! {
                Some(ended) = self.under_way.join_next() => self.ended(ended),
                () = self.provider.inner.outbox.rung() => {}
                () = tokio::time::sleep(PACE) => {}
            }
        }
    }

    /// Begins what is due, as far as there are places.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let inner = self.provider.inner.clone();
        let now = inner.clock.now();
        let backlog = inner.store.list(List::first(Listed::Backlog, 1)).await?.backlog;
        inner.metrics.deliveries_waiting(&backlog, now);
        if backlog.is_empty() || self.under_way.len() >= MOST {
            return Ok(());
        }
        for delivery in inner.store.list(List::first(Listed::Due(now), PAGE)).await?.deliveries {
            if self.under_way.len() < MOST {
                self.take(delivery, now).await;
            }
        }
        Ok(())
    }

    async fn take(&mut self, mut delivery: Delivery, now: Timestamp) {
        let receiver = self.receivers.entry(delivery.client.clone()).or_default();
        let Delivery { id, tries, .. } = delivery;
        if receiver.rests_until > now {
            // Out of the way of those behind it. Where another node claims it meanwhile, nothing is lost.
            let later = Change::PutOff { id, tries, due_at: receiver.rests_until };
            written(self.provider.inner.commit(vec![later]).await, &delivery);
            return;
        }
        if receiver.under_way >= MOST_TO_ONE {
            return;
        }
        let claim = Change::Claim { id, tries, until: now.plus(LEASE) };
        if !written(self.provider.inner.commit(vec![claim]).await, &delivery) {
            return;
        }
        receiver.under_way += 1;
        delivery.tries += 1;
        let provider = self.provider.clone();
        self.under_way.spawn(async move {
            let arrived = Asking::of(&provider).deliver(&delivery).await;
            (delivery.client, arrived)
        });
    }

    fn ended(&mut self, ended: Result<(Option<ClientId>, bool), JoinError>) {
        // A try that panicked has said so; its place stays taken, and its delivery is due again after its
        // lease.
        let Ok((client, arrived)) = ended else { return };
        let Some(receiver) = self.receivers.get_mut(&client) else { return };
        receiver.under_way = receiver.under_way.saturating_sub(1);
        if arrived {
            *receiver = Receiver { under_way: receiver.under_way, ..Receiver::default() };
        } else {
            receiver.failures = receiver.failures.saturating_add(1);
            let rest = pause(receiver.failures).min(LONGEST_REST);
            receiver.rests_until = self.provider.inner.clock.now().plus(rest);
        }
        if receiver.under_way == 0 && receiver.failures == 0 {
            self.receivers.remove(&client);
        }
    }
}

impl Asking {
    /// One try of a delivery that was claimed for it; whether it arrived.
    async fn deliver(&self, delivery: &Delivery) -> bool {
        let Delivery { id, kind, client, tries, .. } = delivery;
        let client = client.as_ref().map(ClientId::as_str).unwrap_or_default();
        let outbox = &self.inner.outbox;
        let request = outbox.courier(kind).map(|courier| courier.request(&self.env(), delivery));
        let sent = match request {
            Some(Ok(request)) => match outbox.outbound.send(&request).await {
                Ok(status) if status.is_success() => Ok(()),
                Ok(status) => Err(format!("the host answered with status {}", status.as_u16())),
                Err(error) => Err(error.to_string()),
            },
            Some(Err(why)) => Err(why),
            None => Err("this version knows no such kind of delivery".to_owned()),
        };
        let now = self.inner.clock.now();
        let next = now.plus(pause(*tries));
        let arrived = sent.is_ok();
        let (outcome, change) = match sent {
            Ok(()) => {
                tracing::debug!(%id, kind, client, tries, "delivered");
                ("delivered", Change::EndDelivery(*id, *tries))
            }
            Err(why) if next >= delivery.expires_at => {
                tracing::warn!(%id, kind, client, tries, why, "delivery given up");
                ("given_up", Change::EndDelivery(*id, *tries))
            }
            Err(why) => {
                tracing::info!(%id, kind, client, tries, why, again_at = next.0, "delivery failed");
                ("failed", Change::PutOff { id: *id, tries: *tries, due_at: next })
            }
        };
        self.inner.metrics.delivery_tried(kind, outcome);
        written(self.commit(vec![change]).await, delivery);
        arrived
    }
}

/// Whether a write was made. Where it was not, the delivery is due again after its lease.
fn written(committed: Result<bool, Error>, delivery: &Delivery) -> bool {
    match committed {
        Ok(written) => written,
        Err(error) => {
            tracing::warn!(id = %delivery.id, kind = delivery.kind, why = error.detail, "failed to record the outcome of a delivery");
            false
        }
    }
}

/// Seconds from a failure to the next try.
fn pause(tries: u32) -> u64 {
    let doublings = tries.saturating_sub(1).min(20);
    (FIRST_PAUSE << doublings).min(LONGEST_PAUSE)
}
