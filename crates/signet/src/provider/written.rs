//! What was written in the configuration the last time: who and what is gone since, or is kept out, loses
//! what was given before.

mod told;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use signet_core::change::Change;
use signet_core::event::{Who, kind};
use signet_core::id::{ClientId, UserId};
use signet_core::logout::{self, Ending};
use signet_core::lookup::{DocumentNamed, UserByName};
use signet_core::name;
use signet_core::record::{Client, Document, User};
use signet_core::secret::{self, Secret};
use signet_core::time::Timestamp;
use signet_store::{CommitError, Store, StoreError};

use super::People;

/// The document's content.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Before {
    people: BTreeMap<String, Person>,
    /// Those who were written once, each with the number that they ended with.
    #[serde(default)]
    gone: BTreeMap<String, u64>,
    /// Each with the number that it began with.
    clients: BTreeMap<ClientId, u64>,
    /// Keys of the names of people who are about to be written: nobody new may take them.
    #[serde(default)]
    claimed: BTreeSet<String>,
    #[serde(skip)]
    version: u64,
    /// Nothing was remembered: what is written is not known to be new.
    #[serde(skip)]
    is_first: bool,
}

/// A person as they were written.
#[derive(Serialize, Deserialize)]
struct Person {
    /// The hash that was made of a password in clear, or was written as one.
    #[serde(default, with = "secret::stored")]
    password: Option<Secret<String>>,
    #[serde(default)]
    locked: bool,
    /// The keys of their names and addresses.
    #[serde(default)]
    keys: BTreeSet<String>,
    /// The number that they began with, or have since they were locked or got another password.
    #[serde(default)]
    begun: u64,
}

impl Before {
    /// What the store remembers; nothing before the first start.
    pub(crate) async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let found = store.ask(DocumentNamed(Change::CONFIGURED.to_owned())).await?;
        let Some(document) = found else { return Ok(Self { is_first: true, ..Self::default() }) };
        let read: Self = serde_json::from_slice(&document.value).map_err(|error| StoreError::Unreadable {
            at: Change::CONFIGURED.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { version: document.version, ..read })
    }

    /// The hash of somebody's password, to see whether it is still the same.
    pub(super) fn password(&self, username: &str) -> Option<&Secret<String>> {
        self.people.get(username).and_then(|person| person.password.as_ref())
    }

    /// Whether a client was written under this id.
    pub(crate) fn has_client(&self, id: &ClientId) -> bool {
        self.clients.contains_key(id)
    }

    /// Whether somebody was written under this name.
    pub(super) fn has_person(&self, username: &str) -> bool {
        self.people.contains_key(username)
    }

    /// Whether somebody who is written, or about to be, has one of these keys.
    pub(crate) fn has(&self, keys: &[String]) -> bool {
        let written = self.people.values().map(|person| &person.keys).chain([&self.claimed]);
        written.into_iter().any(|known| keys.iter().any(|key| known.contains(key)))
    }

    /// Nothing else has been written since this was read; nothing to require where nothing ever was.
    pub(crate) fn unchanged(&self) -> Option<Change> {
        (self.version > 0).then(|| Change::RequireDocument(Change::CONFIGURED.to_owned(), self.version))
    }

    /// From now on nobody new takes the name of somebody who is written. What was taken before is in the
    /// store for everybody to see.
    pub(super) async fn claim(mut self, store: &dyn Store, people: &People) -> Result<Self, StoreError> {
        loop {
            let all = people.by_name.values().flat_map(|user| name::keys(user));
            let new: Vec<String> = all.filter(|key| !self.has(std::slice::from_ref(key))).collect();
            if new.is_empty() {
                return Ok(self);
            }
            self.claimed.extend(new);
            self.version = self.version.saturating_add(1);
            match store.commit(vec![Change::PutDocument(self.document()?)]).await {
                Ok(()) => return Ok(self),
                // Another node was faster.
                Err(CommitError::Conflict(_)) => self = self.again(store).await?,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
    }

    async fn again(self, store: &dyn Store) -> Result<Self, StoreError> {
        Ok(Self { is_first: self.is_first, ..Self::read(store).await? })
    }

    /// Remembers what is written now, and ends what was given to those who are gone, were locked or have
    /// another password, with an event for each. Afterwards people and clients are of the version that every
    /// sign-in and grant requires from now on.
    pub(super) async fn replace(
        mut self,
        store: &dyn Store,
        people: People,
        clients: Vec<Client>,
        at: Timestamp,
    ) -> Result<(People, Vec<Client>), StoreError> {
        loop {
            let version = self.version.saturating_add(1);
            let now = Self {
                people: people.by_name.values().map(|user| self.written(user, &people)).collect(),
                gone: self.gone(&people),
                clients: clients.iter().map(|client| self.begun(client, version)).collect(),
                claimed: BTreeSet::new(),
                version,
                is_first: self.is_first,
            };
            let mut changes = self.endings(&now, &people);
            let mut events = self.events(&now, &people);
            for hidden in self.hidden(store, &now).await? {
                changes.extend(logout::end(Ending::Everywhere { user: &hidden.id, keep_offline: false }));
                events.push(told::of_user(&kind::USER_SIGNED_OUT, hidden, []));
            }
            if self.version > 0 && changes.is_empty() && self.is(&now) {
                return Ok((self.of_those(&people), self.of_these(clients)));
            }
            let kept = events.iter().map(|event| told::kept(event, at));
            let changes =
                std::iter::once(Change::PutDocument(now.document()?)).chain(changes).chain(kept).collect();
            match store.commit(changes).await {
                Ok(()) => {
                    events.iter().for_each(told::log);
                    return Ok((now.of_those(&people), now.of_these(clients)));
                }
                // Another node was faster.
                Err(CommitError::Conflict(_)) => self = self.again(store).await?,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
    }

    /// Who is newly written takes the place of a stored user of the same name: nobody can sign in
    /// as that one any more, and their sessions and grants end.
    async fn hidden(&self, store: &dyn Store, now: &Self) -> Result<Vec<Who>, StoreError> {
        let mut hidden = Vec::new();
        for username in now.people.keys().filter(|name| !self.people.contains_key(*name)) {
            let found = store.ask(UserByName(username.clone())).await?;
            if let Some(user) = found {
                hidden.push(Who::of(&user));
            }
        }
        Ok(hidden)
    }

    fn document(&self) -> Result<Document, StoreError> {
        let value = serde_json::to_vec(self).map_err(|error| StoreError::Other {
            at: Change::CONFIGURED.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Document { name: Change::CONFIGURED.to_owned(), version: self.version, value })
    }

    /// A person as they are to be remembered: with the number that they have, or the next one if something
    /// ends or begins.
    fn written(&self, user: &User, people: &People) -> (String, Person) {
        let name = &user.username;
        let person = Person::of(user);
        let begun = match (self.people.get(name), self.gone.get(name)) {
            (Some(before), _)
                if before.begun > 0 && !ends(before, &person, people.unchanged.contains(name)) =>
            {
                before.begun
            }
            (Some(Person { begun, .. }), _) | (None, Some(begun)) => begun.saturating_add(1),
            (None, None) => 1,
        };
        (name.clone(), Person { begun, ..person })
    }

    fn gone(&self, people: &People) -> BTreeMap<String, u64> {
        let go = self.people.iter().map(|(name, person)| (name.clone(), person.begun.saturating_add(1)));
        let mut gone: BTreeMap<_, _> = self.gone.clone().into_iter().chain(go).collect();
        gone.retain(|name, _| !people.by_name.contains_key(name));
        gone
    }

    fn of_those(&self, people: &People) -> People {
        people.begun(|name| self.people.get(name).map_or(0, |person| person.begun))
    }

    /// What a client has begun with: it did before, or does now.
    fn begun(&self, client: &Client, version: u64) -> (ClientId, u64) {
        let now = Change::FIRST_BEGINNING.saturating_add(version);
        let begun = self.clients.get(&client.client_id).copied().unwrap_or(now);
        (client.client_id.clone(), begun)
    }

    fn of_these(&self, clients: Vec<Client>) -> Vec<Client> {
        let known = |client: Client| {
            let version = self.clients.get(&client.client_id).copied().unwrap_or_default();
            Client { version, ..client }
        };
        clients.into_iter().map(known).collect()
    }

    fn endings(&self, now: &Self, people: &People) -> Vec<Change> {
        let ended = self.people.iter().filter(|(name, before)| match now.people.get(*name) {
            None => true,
            Some(person) => ends(before, person, people.unchanged.contains(*name)),
        });
        let ended = ended.flat_map(|(name, _)| {
            logout::end(Ending::Everywhere { user: &UserId::configured(name), keep_offline: false })
        });
        let numbers = |of: &Self| -> BTreeMap<String, u64> {
            let people = of.people.iter().map(|(name, person)| (name.clone(), person.begun));
            people.chain(of.gone.clone()).filter(|(_, number)| *number > 0).collect()
        };
        let known = numbers(self);
        let counted = numbers(now).into_iter().filter(|(name, number)| known.get(name) != Some(number));
        let counted = counted.map(|(name, version)| {
            let name = Change::configured_user(&UserId::configured(&name));
            Change::PutDocument(Document { name, version, value: Vec::new() })
        });
        let gone = self.clients.keys().filter(|id| !now.clients.contains_key(*id));
        let come = now.clients.iter().filter(|(id, _)| !self.clients.contains_key(*id));
        let gone = gone.cloned().map(Change::EndClient);
        let come = come.map(|(id, begun)| Change::BeginClient(id.clone(), *begun));
        counted.chain(ended).chain(gone).chain(come).collect()
    }

    fn is(&self, now: &Self) -> bool {
        let alike = |(name, person): (&String, &Person)| {
            now.people.get(name).is_some_and(|other| {
                same(person, other) && person.locked == other.locked && person.keys == other.keys
            })
        };
        self.claimed.is_empty()
            && self.clients == now.clients
            && self.people.len() == now.people.len()
            && self.people.iter().all(alike)
    }
}

impl Person {
    fn of(user: &User) -> Self {
        let password = user.password.as_ref().map(Secret::duplicate);
        Self { password, locked: user.locked, keys: name::keys(user), begun: 0 }
    }
}

/// Whether what was given to somebody ends: they were locked, or have another password.
fn ends(before: &Person, person: &Person, is_unchanged: bool) -> bool {
    (person.locked && !before.locked) || !(same(before, person) || is_unchanged)
}

fn same(one: &Person, other: &Person) -> bool {
    match (&one.password, &other.password) {
        (None, None) => true,
        (Some(one), Some(other)) => one.matches(other.expose()),
        _ => false,
    }
}
