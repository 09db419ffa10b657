//! What was written in the configuration the last time: whoever and whatever is gone since, or is kept out, loses what was given before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    clients: BTreeSet<ClientId>,
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

    /// Remembers what is written now, and ends what was given to those who are gone, were locked or have another password. The version that
    /// every sign-in of these people requires from now on.
    pub(super) async fn replace(
        mut self,
        store: &dyn Store,
        people: &People,
        clients: &BTreeMap<ClientId, Arc<Client>>,
    ) -> Result<u64, StoreError> {
        loop {
            let now = Self {
                people: people
                    .by_name
                    .values()
                    .map(|user| (user.username.clone(), Person::of(user)))
                    .collect(),
                clients: clients.keys().cloned().collect(),
                version: self.version.saturating_add(1),
            };
            let changes = self.endings(&now, people);
            if self.version > 0 && changes.is_empty() && self.is(&now) {
                return Ok(self.version);
            }
            let version = now.version;
            let value = serde_json::to_vec(&now).map_err(|error| StoreError::Other {
                at: Change::CONFIGURED.to_owned(),
                reason: error.to_string(),
            })?;
            let document = Document { name: Change::CONFIGURED.to_owned(), version, value };
            let changes = std::iter::once(Change::PutDocument(document)).chain(changes).collect();
            match store.commit(changes).await {
                Ok(()) => return Ok(version),
                // Another node was faster.
                Err(CommitError::Conflict(_)) => self = Self::read(store).await?,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
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
        let clients = self.clients.difference(&now.clients).cloned().map(Change::EndClient);
        ended.chain(clients).collect()
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
