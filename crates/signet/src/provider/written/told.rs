//! What a configuration that is read again, or by a new start, changes of people and clients is an event.

use serde_json::Value;
use signet_core::change::Change;
use signet_core::event::{Event, Kind, Source, What, Who, kind};
use signet_core::id::{ClientId, EventId, UserId};
use signet_core::time::Timestamp;

use super::{Before, People, Person, same};

/// Who does it, as events say it.
const BY: &str = "configuration file";

impl Before {
    /// What is another than before, as far as that is remembered; nothing where nothing was.
    pub(super) fn events(&self, now: &Self, people: &People) -> Vec<Event> {
        if self.is_first {
            return Vec::new();
        }
        let mut events = Vec::new();
        for (name, before) in &self.people {
            let mut say =
                |kind: &'static Kind, said: Said| events.push(of_user(kind, configured(name), said));
            match now.people.get(name) {
                None => say(&kind::USER_REMOVED, None),
                Some(person) => before.differences(person, people.unchanged.contains(name), say),
            }
        }
        let come = now.people.keys().filter(|name| !self.people.contains_key(*name));
        events.extend(come.map(|name| of_user(&kind::USER_ADDED, configured(name), None)));
        let gone = self.clients.keys().filter(|id| !now.clients.contains_key(*id));
        events.extend(gone.map(|id| of_client(&kind::CLIENT_REMOVED, id)));
        let come = now.clients.keys().filter(|id| !self.clients.contains_key(*id));
        events.extend(come.map(|id| of_client(&kind::CLIENT_ADDED, id)));
        events
    }
}

/// What there is to say of an event besides who caused it.
type Said = Option<(&'static str, Value)>;

impl Person {
    fn differences(&self, now: &Self, is_unchanged: bool, mut say: impl FnMut(&'static Kind, Said)) {
        if self.locked != now.locked {
            say(if now.locked { &kind::USER_LOCKED } else { &kind::USER_UNLOCKED }, None);
        }
        if !(same(self, now) || is_unchanged) {
            say(&kind::USER_PASSWORD_SET, None);
        }
        // Earlier versions did not remember them.
        if !self.keys.is_empty() && self.keys != now.keys {
            say(&kind::USER_CHANGED, Some(("changed", "email".into())));
        }
    }
}

fn configured(name: &str) -> Who {
    Who { id: UserId::configured(name), username: name.to_owned() }
}

pub(super) fn of_user(
    kind: &'static Kind,
    user: Who,
    said: impl IntoIterator<Item = (&'static str, Value)>,
) -> Event {
    let by = [("by", BY.into())];
    Event::of_person(What::of(kind, by.into_iter().chain(said)), Some(user))
}

fn of_client(kind: &'static Kind, client: &ClientId) -> Event {
    Event { client: Some(client.clone()), ..Event::of_person(What::of(kind, [("by", BY.into())]), None) }
}

/// The write that keeps it.
pub(super) fn kept(event: &Event, at: Timestamp) -> Change {
    Change::Record(Box::new(event.recorded(EventId::first_at(at), at, Source::default())))
}

/// Its line in the log, by the name that the event has: words of other lines say how it came about.
pub(super) fn log(event: &Event) {
    let client = event.client.as_ref().map(ClientId::as_str);
    tracing::info!(username = event.username(), client, by = BY, "{}", event.what.kind().name);
}
