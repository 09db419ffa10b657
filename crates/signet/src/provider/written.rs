//! What was written in the configuration the last time: who and what is gone since, or is kept out, loses
//! what was given before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use signet_core::change::Change;
use signet_core::id::{ClientId, UserId};
use signet_core::lookup::Lookup;
use signet_core::record::{Client, Document, User};
use signet_core::secret::{self, Secret};
use signet_store::{CommitError, Store, StoreError};

use super::People;

/// The document's content.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Before {
    people: BTreeMap<String, Person>,
    /// Each with the number that it began with.
    clients: BTreeMap<ClientId, u64>,
    #[serde(skip)]
    version: u64,
}

/// A person as they were written.
#[derive(Serialize, Deserialize)]
struct Person {
    /// The hash that was made of a password in clear, or was written as one.
    #[serde(default, with = "secret::stored")]
    password: Option<Secret<String>>,
    #[serde(default)]
    locked: bool,
}

impl Before {
    /// What the store remembers; nothing before the first start.
    pub(super) async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let found = store.find(&[Lookup::Document(Change::CONFIGURED.to_owned())]).await?;
        let Some(document) = found.documents.into_iter().next() else { return Ok(Self::default()) };
        let read: Self = serde_json::from_slice(&document.value).map_err(|error| StoreError::Damaged {
            at: Change::CONFIGURED.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { version: document.version, ..read })
    }

    /// The hash of somebody's password, to see whether it is still the same.
    pub(super) fn password(&self, username: &str) -> Option<&Secret<String>> {
        self.people.get(username).and_then(|person| person.password.as_ref())
    }

    /// Remembers what is written now, and ends what was given to those who are gone, were locked or have
    /// another password. Afterwards people and clients are of the version that every sign-in and grant
    /// requires from now on.
    pub(super) async fn replace(
        mut self,
        store: &dyn Store,
        people: People,
        clients: Vec<Client>,
    ) -> Result<(People, Vec<Client>), StoreError> {
        loop {
            let version = self.version.saturating_add(1);
            let now = Self {
                people: people
                    .by_name
                    .values()
                    .map(|user| (user.username.clone(), Person::of(user)))
                    .collect(),
                clients: clients.iter().map(|client| self.begun(client, version)).collect(),
                version,
            };
            let changes = self.endings(&now, &people);
            if self.version > 0 && changes.is_empty() && self.is(&now) {
                return Ok((people.of_version(self.version), self.of_these(clients)));
            }
            let value = serde_json::to_vec(&now).map_err(|error| StoreError::Other {
                at: Change::CONFIGURED.to_owned(),
                reason: error.to_string(),
            })?;
            let document = Document { name: Change::CONFIGURED.to_owned(), version, value };
            let changes = std::iter::once(Change::PutDocument(document)).chain(changes).collect();
            match store.commit(changes).await {
                Ok(()) => return Ok((people.of_version(version), now.of_these(clients))),
                // Another node was faster.
                Err(CommitError::Conflict(_)) => self = Self::read(store).await?,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
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
            Some(person) => {
                let locked = person.locked && !before.locked;
                locked || !(same(before, person) || people.unchanged.contains(*name))
            }
        });
        let ended =
            ended.map(|(name, _)| Change::EndUser { user: UserId::configured(name), keep_offline: false });
        let gone = self.clients.keys().filter(|id| !now.clients.contains_key(*id));
        let come = now.clients.iter().filter(|(id, _)| !self.clients.contains_key(*id));
        let gone = gone.cloned().map(Change::EndClient);
        let come = come.map(|(id, begun)| Change::BeginClient(id.clone(), *begun));
        ended.chain(gone).chain(come).collect()
    }

    fn is(&self, now: &Self) -> bool {
        let alike = |(name, person): (&String, &Person)| {
            now.people.get(name).is_some_and(|other| same(person, other) && person.locked == other.locked)
        };
        self.clients == now.clients && self.people.len() == now.people.len() && self.people.iter().all(alike)
    }
}

impl Person {
    fn of(user: &User) -> Self {
        Self { password: user.password.as_ref().map(Secret::duplicate), locked: user.locked }
    }
}

fn same(one: &Person, other: &Person) -> bool {
    match (&one.password, &other.password) {
        (None, None) => true,
        (Some(one), Some(other)) => one.matches(other.expose()),
        _ => false,
    }
}
