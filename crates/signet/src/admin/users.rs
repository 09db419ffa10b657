//! People in the store's directory.

use std::sync::Arc;

use serde_json::{Map, Value};
use signet_core::change::Change;
use signet_core::claims::sources;
use signet_core::env::Rng;
use signet_core::id::UserId;
use signet_core::lookup::Lookup;
use signet_core::name;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::{Listed, Store};

use super::{AdminError, every, sessions};
use crate::config::{Place, Problem, is_username, wrong_claims};

/// A person to add; the password is hashed already.
pub struct Person {
    /// What the person types.
    pub username: String,
    /// An Argon2 hash in PHC format; none closes the password sign-in to them.
    pub password: Option<Secret<String>>,
    /// Claims, without `sub`.
    pub claims: Map<String, Value>,
    /// Whether they are locked.
    pub locked: bool,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("username", &self.username)
            .field("password", &self.password)
            .field("claims", &sources::redacted(&self.claims))
            .field("locked", &self.locked)
            .finish()
    }
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Names that were new.
    pub added: Vec<String>,
    /// Names whose record was brought up to date.
    pub updated: Vec<String>,
    /// Names that were there already and were left alone.
    pub conflicts: Vec<String>,
}

/// Adds a person.
pub async fn add(
    store: &dyn Store,
    rng: &dyn Rng,
    person: Person,
    now: Timestamp,
) -> Result<Arc<User>, AdminError> {
    let username = person.username.clone();
    let user = record(rng, person, now)?;
    match store.commit(vec![Change::PutUser(user.clone())]).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) => Err(AdminError::AlreadyExists { what: "user", name: username }),
        other => other.map(|()| user),
    }
}

/// Adds a person under a name that could be taken for nobody else's: of one script, not reserved, and unlike everybody's who is there.
pub async fn add_distinct(
    store: &dyn Store,
    rng: &dyn Rng,
    person: Person,
    reserved: &[String],
    now: Timestamp,
) -> Result<Arc<User>, AdminError> {
    judge(&person)?;
    let username = person.username.clone();
    let refused = |what: String| {
        AdminError::invalid(
            &username,
            what,
            "choose another name, or give this one all the same with --force",
        )
    };
    if let Some(objection) = name::objection(&username) {
        return Err(refused(objection.to_string()));
    }
    if name::is_reserved(&username, reserved) {
        return Err(refused("this name is reserved, or looks like one that is".to_owned()));
    }
    let keys = name::to_take(&username);
    let taken = store.find(&[Lookup::Named(keys.clone())]).await?.named;
    if let Some(other) = taken.iter().find(|other| other.username != username) {
        return Err(refused(format!(
            "this name could be taken for that of {}, who is there already",
            other.username
        )));
    }
    let user = record(rng, person, now)?;
    match store
        .commit(vec![Change::FreeName(keys), Change::PutUser(user.clone())])
        .await
        .map_err(AdminError::from)
    {
        Err(AdminError::Conflict) => Err(AdminError::AlreadyExists { what: "user", name: username }),
        other => other.map(|()| user),
    }
}

/// The person of this name.
pub async fn get(store: &dyn Store, username: &str) -> Result<Arc<User>, AdminError> {
    find(store, username)
        .await?
        .ok_or_else(|| AdminError::NotFound { what: "user", name: username.to_owned() })
}

/// Everybody, by name.
pub async fn list(store: &dyn Store) -> Result<Vec<Arc<User>>, AdminError> {
    let mut users = Vec::new();
    every(store, Listed::Users, |page| users.extend(page.users)).await?;
    Ok(users)
}

/// Sets a new password hash, or with none closes the password sign-in, and signs the person out everywhere.
pub async fn set_password(
    store: &dyn Store,
    username: &str,
    password: Option<Secret<String>>,
    now: Timestamp,
) -> Result<Arc<User>, AdminError> {
    let mut user = get(store, username).await?.duplicate();
    user.password = password;
    let ends = sessions::endings(store, &user.id).await?;
    put(store, user, ends, now).await
}

/// Locks a person, which signs them out everywhere, or unlocks them.
pub async fn set_locked(
    store: &dyn Store,
    username: &str,
    locked: bool,
    now: Timestamp,
) -> Result<Arc<User>, AdminError> {
    let mut user = get(store, username).await?.duplicate();
    user.locked = locked;
    let ends = if locked { sessions::endings(store, &user.id).await? } else { Vec::new() };
    put(store, user, ends, now).await
}

/// Removes a person with their sessions and consents; what they granted is revoked.
pub async fn remove(store: &dyn Store, username: &str) -> Result<(), AdminError> {
    let user = get(store, username).await?;
    match store.commit(vec![Change::DeleteUser(user.id.clone())]).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) => Err(AdminError::NotFound { what: "user", name: username.to_owned() }),
        other => other,
    }
}

/// Adds many people; those who are there already are left alone, or with `update` get the new password and claims. Nothing is written
/// when one of them cannot be meant.
pub async fn import(
    store: &dyn Store,
    rng: &dyn Rng,
    people: Vec<Person>,
    update: bool,
    now: Timestamp,
) -> Result<Imported, AdminError> {
    let mut problems = Vec::new();
    for person in &people {
        if let Err(AdminError::Invalid(found)) = judge(person) {
            problems.extend(found);
        }
    }
    if !problems.is_empty() {
        return Err(AdminError::Invalid(problems));
    }
    let mut imported = Imported::default();
    for person in people {
        let username = person.username.clone();
        match find(store, &username).await? {
            None => match add(store, rng, person, now).await {
                Ok(_) => imported.added.push(username),
                Err(AdminError::AlreadyExists { .. }) => imported.conflicts.push(username),
                Err(error) => return Err(error),
            },
            Some(_) if !update => imported.conflicts.push(username),
            Some(known) => {
                let mut user = known.duplicate();
                user.password = person.password.or(user.password);
                user.claims.extend(person.claims);
                put(store, user, Vec::new(), now).await?;
                imported.updated.push(username);
            }
        }
    }
    Ok(imported)
}

fn record(rng: &dyn Rng, person: Person, now: Timestamp) -> Result<Arc<User>, AdminError> {
    judge(&person)?;
    Ok(Arc::new(User {
        id: fresh_id(rng),
        username: person.username,
        password: person.password,
        claims: person.claims,
        locked: person.locked,
        created_at: now,
        updated_at: now,
        version: 0,
    }))
}

async fn find(store: &dyn Store, username: &str) -> Result<Option<Arc<User>>, AdminError> {
    Ok(store.find(&[Lookup::Username(username.to_owned())]).await?.user)
}

async fn put(
    store: &dyn Store,
    mut user: User,
    mut more: Vec<Change>,
    now: Timestamp,
) -> Result<Arc<User>, AdminError> {
    user.updated_at = now;
    let user = Arc::new(user);
    more.insert(0, Change::PutUser(user.clone()));
    store.commit(more).await?;
    Ok(user)
}

fn judge(person: &Person) -> Result<(), AdminError> {
    let name = &person.username;
    let mut problems = Vec::new();
    if let Err(what) = is_username(name) {
        problems.push(Problem::error(name, Place::Nowhere, what));
    }
    for (claim, what, advice) in wrong_claims(&person.claims) {
        problems.push(Problem::error(format!("{name}.{claim}"), Place::Nowhere, what).instead(advice));
    }
    if problems.is_empty() { Ok(()) } else { Err(AdminError::Invalid(problems)) }
}

/// Ids tell nothing about their person and are never used again.
fn fresh_id(rng: &dyn Rng) -> UserId {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    UserId(super::clients::hex(&bytes))
}
