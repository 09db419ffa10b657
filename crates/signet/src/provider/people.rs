//! People that are written down rather than stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use signet_core::claims::sources;
use signet_core::env::Rng;
use signet_core::id::UserId;
use signet_core::lookup::{UserByName, UsersByKeys};
use signet_core::name;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::subject;
use signet_core::time::Timestamp;
use signet_login::password::{Given, Memory, Password, Written};
use signet_store::{CommitError, Store, StoreError};

use super::BuildError;
use super::written::Before;
use crate::names;

/// People written in the configuration; all others are in the store.
#[derive(Default)]
pub(crate) struct People {
    pub(crate) by_id: BTreeMap<UserId, Arc<User>>,
    pub(crate) by_name: BTreeMap<String, Arc<User>>,
    /// By the keys of their names, as stores keep them.
    by_key: BTreeMap<String, Vec<Arc<User>>>,
    /// Whose password is the one that was written the last time, whatever became of its hash.
    pub(super) unchanged: BTreeSet<String>,
}

impl People {
    /// Those who have one of these keys, and of the people that the store has found those whom no namesake
    /// here hides.
    pub(crate) fn named(&self, keys: &[String], stored: Vec<Arc<User>>) -> Vec<Arc<User>> {
        let ours = keys.iter().filter_map(|key| self.by_key.get(key)).flatten();
        let mut found: BTreeMap<_, _> = ours.map(|user| (user.id.clone(), user.clone())).collect();
        let visible = stored.into_iter().filter(|user| !self.by_name.contains_key(&user.username));
        found.extend(visible.map(|user| (user.id.clone(), user)));
        found.into_values().collect()
    }
}

/// A person written in the configuration.
pub struct StaticUser {
    /// What the person types.
    pub username: String,
    /// In clear or as a hash; none closes the password method to them. A text is judged by its look
    /// (`secret.into()`).
    pub password: Option<Given>,
    /// OpenID Connect Core §5.1.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Whether they are kept out.
    pub locked: bool,
}

impl std::fmt::Debug for StaticUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticUser")
            .field("username", &self.username)
            .field("password", &self.password)
            .field("claims", &sources::redacted(&self.claims))
            .field("locked", &self.locked)
            .finish()
    }
}

/// Makes their records. Passwords in clear are hashed, which takes a while: away from the threads that answer
/// requests.
pub(super) async fn people(
    users: Vec<StaticUser>,
    password: Password,
    before: Before,
    rng: Arc<dyn Rng>,
    now: Timestamp,
) -> Result<(People, Before), BuildError> {
    let hashing = tokio::task::spawn_blocking(move || {
        let people = hashed(users, &password, &before, &*rng, now)?;
        Ok((people, before))
    });
    hashing.await.map_err(|error| BuildError::Password(format!("passwords cannot be hashed: {error}")))?
}

impl People {
    /// The same people, each with the number that they have begun with.
    pub(super) fn begun(&self, number: impl Fn(&str) -> u64) -> Self {
        let mut people = Self::default();
        for user in self.by_id.values() {
            let number = number(&user.username);
            people.put(Arc::new(User { version: number, password_epoch: number, ..user.duplicate() }));
        }
        people
    }

    fn put(&mut self, user: Arc<User>) {
        for key in name::keys(&user) {
            self.by_key.entry(key).or_default().push(user.clone());
        }
        self.by_name.insert(user.username.clone(), user.clone());
        self.by_id.insert(user.id.clone(), user);
    }
}

/// Refuses people who could be taken for somebody in the store: by a name that is another's address, or,
/// where subjects are made from names, by the name of somebody who is or was there and is not said to be the
/// same.
pub(super) async fn apart(
    store: &dyn Store,
    people: &People,
    were_stored: &BTreeSet<String>,
    once: bool,
) -> Result<(), BuildError> {
    for user in people.by_name.values() {
        let name = &user.username;
        let crossed = store.ask(UsersByKeys(name::crossed_by(user))).await?;
        if let Some(other) = crossed.iter().find(|other| !people.by_name.contains_key(&other.username)) {
            return Err(BuildError::People(format!(
                "the user name of one of {name} and {}, who is in the store, is the verified e-mail address of the other; give one \
                 of them another name or address: nobody could say who signs in by it",
                other.username
            )));
        }
        if once && !were_stored.contains(name) && is_of_the_store(store, name).await? {
            return Err(BuildError::People(format!(
                "{name} is or was the name of somebody in the store, and subjects are made from names here: applications would take \
                 this user for that one; give another name, or write was_stored = true if it is the same user"
            )));
        }
    }
    Ok(())
}

/// Whether a name is or was somebody's in the store, and not yet one of the configuration.
async fn is_of_the_store(store: &dyn Store, name: &str) -> Result<bool, StoreError> {
    if store.ask(subject::used_configured_name(name)).await? {
        return Ok(false);
    }
    let named = UserByName(name.to_owned());
    Ok(store.ask(named).await?.is_some() || names::given(store, name).await?.is_none())
}

/// Where subjects are made from names, those of the configuration are remembered, so that no stranger ever
/// signs up under one.
pub(super) async fn remember(store: &dyn Store, people: &People) -> Result<(), StoreError> {
    for name in people.by_name.keys() {
        let used = [subject::used_configured_name(name), subject::used_configured_spelling(name)];
        for new in names::remembered(store, used).await? {
            match store.commit(vec![new]).await {
                // Another node was faster.
                Ok(()) | Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
    }
    Ok(())
}

fn hashed(
    users: Vec<StaticUser>,
    password: &Password,
    before: &Before,
    rng: &dyn Rng,
    now: Timestamp,
) -> Result<People, BuildError> {
    let mut people = People::default();
    let mut memory = Memory::default();
    for user in users {
        let named =
            |error: &dyn std::fmt::Display| BuildError::Password(format!("user {}: {error}", user.username));
        let judged = user.password.map(Given::judge).transpose().map_err(|refused| named(&refused))?;
        let hash = match judged {
            Some(Written::Hash(hash)) => Some(hash),
            Some(Written::Plain(clear)) => {
                // Looking at the hash that was made the last time costs what making another does.
                let known = before.password(&user.username);
                let checked = known.map(|known| password.check(&mut memory, &clear, Some(known)));
                let checked = checked.and_then(Result::ok).filter(|checked| checked.login.is_some());
                if checked.is_some() {
                    people.unchanged.insert(user.username.clone());
                }
                match known.filter(|_| checked.is_some_and(|checked| !checked.needs_rehash)) {
                    Some(known) => Some(known.duplicate()),
                    None => {
                        let mut salt = [0; 16];
                        rng.fill(&mut salt);
                        let hash = password.hash(&mut memory, &clear, salt).map_err(|error| named(&error))?;
                        Some(Secret::new(hash))
                    }
                }
            }
            None => None,
        };
        let user = Arc::new(User {
            id: UserId::configured(&user.username),
            username: user.username,
            password: hash,
            claims: user.claims,
            locked: user.locked,
            password_epoch: 0,
            imported: None,
            created_at: now,
            updated_at: now,
            version: 0,
        });
        people.put(user);
    }
    Ok(people)
}
