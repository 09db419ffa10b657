//! Events that belong to no write: refusals, above all. They wait here until there are enough for a commit,
//! so that no stranger's request costs one; what there is no room for is counted and forgotten.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signet_core::record::{Cause, Recorded};
use signet_login::network::Network;
use tokio::sync::Notify;

use crate::rates::Rates;

/// Events that may wait; one has a kibibyte at most.
const ROOM: usize = 2048;

/// As many are written together.
const TOGETHER: usize = 256;

/// How long they wait for each other.
const PAUSE: Duration = Duration::from_millis(500);

const MINUTE: u64 = 60_000;

/// The events of this process that wait to be written.
pub(crate) struct Journal {
    waiting: Mutex<Vec<Recorded>>,
    /// The first one came.
    bell: Notify,
    /// There are enough.
    enough: Notify,
    /// What strangers may cause from one network: sixty, and one more each minute.
    of_network: Rates<[u8; 17]>,
    /// And from everywhere: about known people and clients a thousand, and fifty more each minute; about
    /// nobody as many again.
    of_strangers: Rates<Cause>,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Mutex::new(Vec::new()),
            bell: Notify::new(),
            enough: Notify::new(),
            of_network: Rates::new(60, MINUTE),
            of_strangers: Rates::new(1000, MINUTE / 50),
        }
    }

    /// Takes room for an event of its cause; else says which there is none of.
    pub(crate) fn admits(&self, event: &Recorded, now_ms: u64) -> Result<(), &'static str> {
        if event.cause == Cause::Proven {
            return Ok(());
        }
        let network = event.address.as_deref().and_then(Network::parse);
        let mut widths = network.into_iter().flat_map(Network::widths);
        let spent = |(network, times): (Network, u64)| {
            self.of_network.spend(network.bytes(), times, now_ms).map_err(|_| "network")
        };
        widths.try_for_each(spent)?;
        self.of_strangers.spend(event.cause, 1, now_ms).map_err(|_| "strangers")
    }

    /// Takes an event in, if there is room.
    pub(crate) fn wait(&self, event: Recorded) -> bool {
        let mut waiting = self.lock();
        if waiting.len() >= ROOM {
            return false;
        }
        waiting.push(event);
        match waiting.len() {
            1 => self.bell.notify_one(),
            TOGETHER => self.enough.notify_one(),
            _ => {}
        }
        true
    }

    /// Some of those that wait, the first ones first.
    pub(crate) fn take(&self) -> Vec<Recorded> {
        let mut waiting = self.lock();
        let some = waiting.len().min(TOGETHER);
        waiting.drain(..some).collect()
    }

    /// Gives back what could not be written, as far as there is room; how many there is none for.
    pub(crate) fn give_back(&self, mut events: Vec<Recorded>) -> usize {
        let mut waiting = self.lock();
        let room = ROOM.saturating_sub(waiting.len());
        let lost = events.len().saturating_sub(room);
        events.truncate(room);
        waiting.splice(0..0, events);
        lost
    }

    /// Until there is something to write, and the rest had time to come.
    pub(crate) async fn is_due(&self) {
        if self.lock().is_empty() {
            self.bell.notified().await;
        }
        // As many as are written together do not wait.
        let _late = tokio::time::timeout(PAUSE, self.enough.notified()).await;
    }

    /// Nothing that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use signet_core::event::{Event, Source, What};
    use signet_core::id::EventId;
    use signet_core::time::Timestamp;

    use super::*;

    fn event(id: i64, address: &str) -> Recorded {
        let what = What::RegistrationThrottled { throttled: "x", seconds: 1 };
        let source = Source { address: Some(address), request: None };
        Event::of_person(what, None).recorded(EventId(id), Timestamp(1), source)
    }

    #[test]
    fn a_network_and_all_of_them_have_bounds() {
        let journal = Journal::new();
        let admitted = |address: &str, times: usize| -> usize {
            (0..times).filter(|_| journal.admits(&event(1, address), 1_000_000).is_ok()).count()
        };
        assert_eq!(admitted("192.0.2.7", 100), 60);
        assert_eq!(journal.admits(&event(1, "192.0.2.7"), 1_000_000), Err("network"));
        assert_eq!(admitted("2001:db8::1", 50) + admitted("2001:db8::2", 50), 60);
        let others: usize = (0..=255).map(|host| admitted(&format!("198.51.100.{host}"), 10)).sum();
        assert_eq!(others, 1000 - 120);
        assert_eq!(journal.admits(&event(1, "203.0.113.1"), 1_000_000), Err("strangers"));
        let proven = Recorded { cause: Cause::Proven, ..event(1, "192.0.2.7") };
        assert_eq!(journal.admits(&proven, 1_000_000), Ok(()));
    }

    #[test]
    fn the_queue_is_bounded_and_what_is_given_back_comes_first() {
        let journal = Journal::new();
        let room = i64::try_from(ROOM).unwrap();
        let taken = (0..room + 10).filter(|id| journal.wait(event(*id, "192.0.2.7"))).count();
        assert_eq!(taken, ROOM);
        let first = journal.take();
        assert_eq!((first.len(), first[0].id), (TOGETHER, EventId(0)));
        assert!(journal.wait(event(9000, "192.0.2.7")));
        assert_eq!(journal.give_back(first), 1, "one has come meanwhile");
        assert_eq!(journal.take()[0].id, EventId(0));
    }
}
