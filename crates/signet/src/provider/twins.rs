//! What is stored under a name that is written in the configuration too: the entry counts, and inherits
//! nothing.

use signet_core::lookup::{ClientById, Lookup, UserByName};
use signet_core::time::Timestamp;
use signet_store::{Held, List, Listed, Store, StoreError};

use super::fitting::Judged;
use super::{Before, People};

/// A stored user or application whose name an entry of the configuration has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Its user name or `client_id`.
    pub name: String,
    /// Whether it is a user.
    pub is_user: bool,
    /// Whether applications take the user of the entry for somebody else: subjects are not made from names.
    pub is_stranger: bool,
    /// What it has, which ends because the entry is new; none where the entry was in use before.
    pub ends: Option<Held>,
}

impl Twin {
    /// What the entry does to it.
    pub fn what(&self) -> String {
        let Self { name, is_user, is_stranger, ends } = self;
        let (kind, key) = if *is_user { ("user", "user name") } else { ("client", "client_id") };
        match ends {
            Some(held) => {
                let subject =
                    if *is_stranger { ", and is known to applications by another `sub`" } else { "" };
                format!(
                    "this entry replaces the stored {kind} {name}, which loses {} for good, even if the entry is removed \
                     again{subject}",
                    counted(*held)
                )
            }
            None => format!("the store has a {kind} with this {key} too, which is not used"),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        let Self { name, is_user, is_stranger, ends } = self;
        match ends {
            Some(held) if *held != Held::default() || *is_stranger => {
                format!("to keep everything, leave {name} in the store and take this entry out")
            }
            _ if *is_user => format!("`signet user rm {name}` removes the stored one"),
            _ => format!("`signet client rm {name}` removes the stored one"),
        }
    }
}

impl std::fmt::Display for Twin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.what(), self.advice())
    }
}

/// What somebody or something has, in words: "1 session, 3 authorizations and 2 consents".
pub fn counted(held: Held) -> String {
    let Held { sessions, grants, consents } = held;
    let counts = [(sessions, "session"), (grants, "authorization"), (consents, "consent")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut said: Vec<String> =
        counts.map(|(count, of)| format!("{count} {of}{}", if count == 1 { "" } else { "s" })).collect();
    match (said.pop(), said.is_empty()) {
        (None, _) => "nothing".to_owned(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", said.join(", ")),
    }
}

/// All of them, applications first, each in the order in which they are written.
pub(super) async fn twins(
    store: &dyn Store,
    before: &Before,
    judged: &Judged,
    people: &People,
    now: Timestamp,
) -> Result<Vec<Twin>, StoreError> {
    let clients = judged.clients.iter().map(|client| ClientById(client.client_id.clone()));
    let clients: Vec<ClientById> = clients.collect();
    let users: Vec<UserByName> = people.by_name.keys().cloned().map(UserByName).collect();
    let lookups = clients.iter().cloned().map(Lookup::from).chain(users.iter().cloned().map(Lookup::from));
    let facts = store.find(&lookups.collect::<Vec<_>>()).await?;
    let mut found = Vec::new();
    for ClientById(id) in &clients {
        if facts.client(id).is_some() {
            let ends = match before.has_client(id) {
                true => None,
                false => Some(held(store, Listed::OfClient(id.clone(), now)).await?),
            };
            found.push(Twin { name: id.0.clone(), is_user: false, is_stranger: false, ends });
        }
    }
    for asked in &users {
        let Some(user) = facts.found(asked) else { continue };
        let ends = match before.has_person(&asked.0) {
            true => None,
            false => Some(held(store, Listed::OfUser(user.id.clone(), now)).await?),
        };
        let is_stranger = !judged.settings.subjects.come_from_names();
        found.push(Twin { name: asked.0.clone(), is_user: true, is_stranger, ends });
    }
    Ok(found)
}

/// What somebody or something has.
pub(crate) async fn held(store: &dyn Store, what: Listed) -> Result<Held, StoreError> {
    Ok(store.list(List::first(what, 1)).await?.held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_said_in_words() {
        let held = |sessions, grants, consents| counted(Held { sessions, grants, consents });
        assert_eq!(held(0, 0, 0), "nothing");
        assert_eq!(held(0, 1, 0), "1 authorization");
        assert_eq!(held(0, 2, 1), "2 authorizations and 1 consent");
        assert_eq!(held(1, 2, 3), "1 session, 2 authorizations and 3 consents");
    }
}
