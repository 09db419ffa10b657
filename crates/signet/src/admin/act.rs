//! What an operator does is an event, with who did it.

use serde_json::Value;
use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::event::{Event, Kind, Source, What, Who};
use signet_core::id::{ClientId, EventId, SessionId};
use signet_core::record::User;
use signet_core::time::Timestamp;

use crate::keys::{KeyOptions, Operator};

/// Who does something, and when.
pub struct Act<'a> {
    /// Who, as events say it: the `command line` and its account, or the name of an operator.
    pub by: &'a str,
    /// When.
    pub now: Timestamp,
    /// Chance, for new ids and secrets.
    pub rng: &'a dyn Rng,
    now_ms: u64,
}

impl<'a> Act<'a> {
    /// At this instant, in milliseconds: events of one second keep their order, whichever process wrote them.
    pub fn new(by: &'a str, now_ms: u64, rng: &'a dyn Rng) -> Self {
        Self { by, now: Timestamp(now_ms / 1000), rng, now_ms }
    }

    /// The write that keeps what was done to a person.
    pub(super) fn on_user(&self, kind: &'static Kind, user: &User) -> Change {
        self.on_person(kind, Who::of(user))
    }

    /// The same with more to say.
    pub(super) fn on_user_saying<V: Into<Value>>(
        &self,
        kind: &'static Kind,
        user: &User,
        said: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Change {
        self.kept(&Event::of_person(self.saying(kind, said), Some(Who::of(user))))
    }

    /// The same of somebody of whom no more is known than this.
    pub(super) fn on_person(&self, kind: &'static Kind, who: Who) -> Change {
        self.kept(&Event::of_person(self.what(kind), Some(who)))
    }

    /// The same of an application.
    pub(super) fn on_client(&self, kind: &'static Kind, client: &ClientId) -> Change {
        self.kept(&Event { client: Some(client.clone()), ..Event::of_person(self.what(kind), None) })
    }

    /// The same of what a person has agreed to give an application.
    pub(super) fn on_consent(&self, kind: &'static Kind, who: Who, client: &ClientId) -> Change {
        self.kept(&Event { client: Some(client.clone()), ..Event::of_person(self.what(kind), Some(who)) })
    }

    /// The same of a session.
    pub(super) fn on_session(&self, kind: &'static Kind, session: SessionId, user: Option<Who>) -> Change {
        self.kept(&Event::of_person(self.what(kind), user).in_session(Some(session)))
    }

    /// The same of nobody, with more to say.
    pub(super) fn said<V: Into<Value>>(
        &self,
        kind: &'static Kind,
        said: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Change {
        self.kept(&Event::of_person(self.saying(kind, said), None))
    }

    /// Options of a key ring that this act changes.
    pub(super) fn with_keys(&self, options: &KeyOptions) -> KeyOptions {
        let by = Operator { name: self.by.to_owned(), now_ms: self.now_ms };
        KeyOptions { by: Some(by), ..options.clone() }
    }

    fn what(&self, kind: &'static Kind) -> What {
        self.saying(kind, None::<(&str, Value)>)
    }

    /// What was done, and by whom.
    pub(super) fn saying<V: Into<Value>>(
        &self,
        kind: &'static Kind,
        said: impl IntoIterator<Item = (&'static str, V)>,
    ) -> What {
        let said = said.into_iter().map(|(name, value)| (name, value.into()));
        What::of(kind, [("by", self.by.into())].into_iter().chain(said))
    }

    /// The write that keeps an event.
    pub(super) fn kept(&self, event: &Event) -> Change {
        let id = EventId::at(self.now_ms);
        Change::Record(Box::new(event.recorded(id, self.now, Source::default())))
    }
}
