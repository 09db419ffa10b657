//! Events that belong to no write: refusals, above all. They wait here until there are enough for a commit,
//! so that no stranger's request costs one. Of those that strangers can cause a sample is kept, and the rest
//! is counted.

mod counted;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signet_core::record::{Cause, Recorded};
use signet_login::network::Network;
use tokio::sync::Notify;

use crate::rates::{Rates, widths};
use counted::{Counted, Counts};

/// Events that may wait; one has a kibibyte at most.
const ROOM: usize = 2048;

/// As many are written together.
const TOGETHER: usize = 256;

/// How long they wait for each other.
const PAUSE: Duration = Duration::from_millis(500);

const MINUTE: u64 = 60_000;

/// For how long refusals are counted together.
const COUNTED: u64 = 10 * MINUTE;

/// The events of this process that wait to be written.
pub(crate) struct Journal {
    held: Mutex<Held>,
    /// The first one came.
    bell: Notify,
    /// There are enough.
    enough: Notify,
    /// What strangers may cause from one network: sixty, and one more each minute.
    of_network: Rates<[u8; 17]>,
    /// And from everywhere: about known people and clients three hundred, and fifty more each minute; about
    /// nobody as many again.
    of_strangers: Rates<Cause>,
}

#[derive(Default)]
struct Held {
    waiting: Vec<Recorded>,
    counts: Counts,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self {
            held: Mutex::default(),
            bell: Notify::new(),
            enough: Notify::new(),
            of_network: Rates::new(60, MINUTE),
            of_strangers: Rates::new(300, MINUTE / 50),
        }
    }

    /// Takes an event in; else says why it is counted only, or lost.
    pub(crate) fn keep(&self, event: Recorded, now_ms: u64) -> Result<(), &'static str> {
        if !event.cause.is_stranger() {
            return self.wait(event);
        }
        let network = event.address.as_deref().and_then(Network::parse);
        let (counted_for, why) = if self.of_network.spend_all(&widths(network), now_ms).is_err() {
            (network, "network")
        } else if self.of_strangers.spend(event.cause, 1, now_ms).is_err() {
            (None, "strangers")
        } else {
            return self.wait(event);
        };
        self.lock().counts.add(counted_for, Counted::of(event, now_ms));
        Err(why)
    }

    /// Lets what was counted for long enough be written; how many there was no room for.
    pub(crate) fn settle(&self, now_ms: u64) -> usize {
        self.settle_since(COUNTED, now_ms)
    }

    /// The same of all that was counted.
    pub(crate) fn settle_all(&self, now_ms: u64) -> usize {
        self.settle_since(0, now_ms)
    }

    fn settle_since(&self, age_ms: u64, now_ms: u64) -> usize {
        let due = self.lock().counts.take(age_ms, now_ms);
        let mut lost = 0;
        for (network, counted) in due {
            let last = age_ms == 0 || network.is_none();
            if last || self.of_strangers.spend(counted.cause(), 1, now_ms).is_ok() {
                lost += usize::from(self.wait(counted.recorded(network, now_ms)).is_err());
            } else {
                self.lock().counts.add(None, counted);
            }
        }
        lost
    }

    fn wait(&self, event: Recorded) -> Result<(), &'static str> {
        let waiting = &mut self.lock().waiting;
        if waiting.len() >= ROOM {
            return Err("queue");
        }
        waiting.push(event);
        match waiting.len() {
            1 => self.bell.notify_one(),
            TOGETHER => self.enough.notify_one(),
            _ => {}
        }
        Ok(())
    }

    /// Some of those that wait, the first ones first.
    pub(crate) fn take(&self) -> Vec<Recorded> {
        let waiting = &mut self.lock().waiting;
        let some = waiting.len().min(TOGETHER);
        waiting.drain(..some).collect()
    }

    /// Gives back what could not be written, as far as there is room; how many there is none for.
    pub(crate) fn give_back(&self, mut events: Vec<Recorded>) -> usize {
        let waiting = &mut self.lock().waiting;
        let room = ROOM.saturating_sub(waiting.len());
        let lost = events.len().saturating_sub(room);
        events.truncate(room);
        waiting.splice(0..0, events);
        lost
    }

    /// Until there is something to write, and the rest had time to come.
    pub(crate) async fn is_due(&self) {
        if self.lock().waiting.is_empty() {
            self.bell.notified().await;
        }
        // As many as are written together do not wait.
        let _late = tokio::time::timeout(PAUSE, self.enough.notified()).await;
    }

    /// Nothing that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use signet_core::event::{Event, Source, What, kind};
    use signet_core::id::EventId;
    use signet_core::time::Timestamp;

    use super::*;

    const NOW: u64 = 1_795_000_000_000;

    fn event(id: i64, address: &str) -> Recorded {
        let said = [("throttled", "x".into()), ("seconds", 1.into())];
        let what = What::of(&kind::REGISTRATION_THROTTLED, said);
        let source = Source { address: Some(address), request: None };
        Event::of_person(what, None).recorded(EventId(id), Timestamp(1), source)
    }

    fn failed(user: &str, address: &str) -> Recorded {
        let event = Recorded { kind: "sign_in.failed".into(), ..event(1, address) };
        Recorded { user: Some(user.into()), username: Some(user.into()), cause: Cause::Stranger, ..event }
    }

    fn kept(journal: &Journal, event: &Recorded, times: usize) -> usize {
        (0..times).filter(|_| journal.keep(event.clone(), NOW).is_ok()).count()
    }

    #[test]
    fn a_network_and_all_of_them_have_bounds() {
        let journal = Journal::new();
        let kept = |address: &str, times| kept(&journal, &event(1, address), times);
        assert_eq!(kept("192.0.2.7", 100), 60);
        assert_eq!(journal.keep(event(1, "192.0.2.7"), NOW), Err("network"));
        assert_eq!(kept("2001:db8::1", 50) + kept("2001:db8::2", 50), 60);
        let others: usize = (0..=255).map(|host| kept(&format!("198.51.100.{host}"), 10)).sum();
        assert_eq!(others, 300 - 120);
        assert_eq!(journal.keep(event(1, "203.0.113.1"), NOW), Err("strangers"));
        let proven = Recorded { cause: Cause::Proven, ..event(1, "192.0.2.7") };
        assert_eq!(journal.keep(proven, NOW), Ok(()));
    }

    #[test]
    fn what_is_too_much_is_one_event_with_how_much_it_was() {
        let journal = Journal::new();
        assert_eq!(kept(&journal, &failed("diana", "192.0.2.7"), 100), 60);
        assert_eq!(kept(&journal, &failed("diana", "2001:db8::1"), 60), 60);
        assert_eq!(kept(&journal, &failed("elvis", "2001:db8::2"), 5), 0);
        assert_eq!(kept(&journal, &failed("diana", "2001:db8::1"), 5), 0);
        while !journal.take().is_empty() {}
        assert_eq!(journal.settle(NOW + COUNTED - 1), 0);
        assert!(journal.take().is_empty());
        journal.settle(NOW + COUNTED);
        let events = journal.take();
        let said: Vec<_> = events
            .iter()
            .map(|event| {
                (event.username.as_deref(), event.address.as_deref(), event.detail["times"].as_u64())
            })
            .collect();
        assert_eq!(
            said,
            [(Some("diana"), Some("192.0.2.7"), Some(40)), (None, Some("2001:db8::/64"), Some(10))]
        );
        assert_eq!(events[0].id, EventId::at(NOW + COUNTED));
        assert_eq!((events[0].cause, events[1].cause), (Cause::Stranger, Cause::Nameless));
        assert!(events.iter().all(|event| event.detail["throttled"] == "x"), "what they have in common");
    }

    #[test]
    fn what_comes_from_everywhere_is_one_event_of_each_kind() {
        let journal = Journal::new();
        let mut single = 0;
        for host in 0..5000_u32 {
            let address = std::net::Ipv4Addr::from(0x0a00_0000 + host).to_string();
            single += kept(&journal, &failed("diana", &address), 1);
            kept(&journal, &event(1, &address), 1);
        }
        assert_eq!(single, 300);
        journal.settle_all(NOW);
        let mut events = Vec::new();
        loop {
            match journal.take() {
                some if some.is_empty() => break,
                some => events.extend(some),
            }
        }
        assert_eq!(events.len(), 2 * 300 + 2);
        let counted: Vec<_> = events.iter().filter_map(|event| event.detail.get("times")?.as_u64()).collect();
        assert_eq!(counted, [4700, 4700]);
        let of_diana = |event: &&Recorded| event.kind == "sign_in.failed" && event.user.is_some();
        assert_eq!(events.iter().filter(of_diana).count(), 301, "it was she each time");
    }

    #[test]
    fn the_queue_is_bounded_and_what_is_given_back_comes_first() {
        let journal = Journal::new();
        let proven = |id| Recorded { cause: Cause::Proven, ..event(id, "192.0.2.7") };
        let room = i64::try_from(ROOM).unwrap();
        let taken = (0..room + 10).filter(|id| journal.keep(proven(*id), NOW).is_ok()).count();
        assert_eq!(taken, ROOM);
        let first = journal.take();
        assert_eq!((first.len(), first[0].id), (TOGETHER, EventId(0)));
        assert_eq!(journal.keep(proven(9000), NOW), Ok(()));
        assert_eq!(journal.give_back(first), 1, "one has come meanwhile");
        assert_eq!(journal.take()[0].id, EventId(0));
    }
}
