//! People in the store's directory.

pub mod import;

use std::sync::Arc;

use serde_json::{Map, Value};
use signet_core::change::Change;
use signet_core::claims::{kept, sources};
use signet_core::env::Rng;
use signet_core::event::kind;
use signet_core::id::UserId;
use signet_core::logout::{self, Ending};
use signet_core::lookup::{UserById, UserByName, UsersByKeys};
use signet_core::name::{self, Answer};
use signet_core::record::User;
use signet_core::record::user::is_username;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::{Held, Listed, Store};

use super::{Act, AdminError, Fault, Part, Window, has_text, part, throttle};
use crate::names;
use crate::provider::twins;

pub use import::import_judged;
pub use import::{Imported, Stopped, Update, import, judge_all};

/// A person to add; the password is hashed already.
pub struct Person {
    /// What the person types.
    pub username: String,
    /// An Argon2 hash in PHC format; none closes the password sign-in to them.
    pub password: Option<Secret<String>>,
    /// Claims, without `sub`. Null is no claim; an import that updates takes away what was there.
    pub claims: Map<String, Value>,
    /// Whether they are locked. With none an import leaves that as it is, and new people are not locked.
    pub locked: Option<bool>,
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

/// A race is lost to one winner; after this many lost ones something else is wrong.
const TRIES: usize = 8;

/// Adds a person. Where names are given `once`, because subjects are made from them, one that was somebody's
/// before is refused.
pub async fn add(
    store: &dyn Store,
    act: &Act<'_>,
    person: Person,
    once: bool,
) -> Result<Arc<User>, AdminError> {
    let user = record(act.rng, person, act.now)?;
    let event = act.on_user(&kind::USER_ADDED, &user);
    insert(store, user, vec![event], once).await
}

async fn insert(
    store: &dyn Store,
    user: Arc<User>,
    mut changes: Vec<Change>,
    once: bool,
) -> Result<Arc<User>, AdminError> {
    let username = user.username.clone();
    let crossed = apart(store, &user, None).await?;
    changes.extend(crossed);
    changes.push(Change::PutUser(user.clone()));
    if once {
        changes.extend(names::given_in_the_store(store, &username).await?.ok_or_else(|| used(&username))?);
    }
    match store.commit(changes).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) if once && names::given_in_the_store(store, &username).await?.is_none() => {
            Err(used(&username))
        }
        Err(AdminError::Conflict) => Err(AdminError::AlreadyExists { what: "user", name: username }),
        other => other.map(|()| user),
    }
}

/// Adds a person under a name that could be taken for nobody else's: of one script, not reserved, and unlike
/// everybody's who is there.
pub async fn add_distinct(
    store: &dyn Store,
    act: &Act<'_>,
    person: Person,
    reserved: &[String],
    once: bool,
) -> Result<Arc<User>, AdminError> {
    judge(&person)?;
    let username = person.username.clone();
    let refused = |what: String| {
        AdminError::invalid(&username, what, "choose another name, or use this one anyway with --force")
    };
    if let Some(objection) = name::objection(&username) {
        return Err(refused(objection.to_string()));
    }
    if name::is_reserved(&username, reserved) {
        return Err(refused("this name is reserved, or looks like one that is".to_owned()));
    }
    let keys = name::to_take(&username);
    let taken = store.ask(UsersByKeys(keys.clone())).await?;
    if let Some(other) = taken.iter().find(|other| other.username != username) {
        return Err(refused(format!(
            "this name could be taken for that of {}, who already exists",
            other.username
        )));
    }
    let user = record(act.rng, person, act.now)?;
    let event = act.on_user(&kind::USER_ADDED, &user);
    insert(store, user, vec![Change::FreeName(keys), event], once).await
}

/// The write that requires that by this name and this address nobody else signs in; a refusal names who
/// would. What was so before stays.
async fn apart(store: &dyn Store, user: &User, before: Option<&User>) -> Result<Option<Change>, AdminError> {
    let crossed = crossed_anew(user, before);
    if crossed.is_empty() {
        return Ok(None);
    }
    let found = store.ask(UsersByKeys(crossed.clone())).await?;
    match found.iter().find(|other| other.id != user.id) {
        None => Ok(Some(Change::FreeName(crossed))),
        Some(other) => Err(crossing(&user.username, &other.username)),
    }
}

/// The keys that must be nobody else's, without those that are as they were before.
fn crossed_anew(user: &User, before: Option<&User>) -> Vec<String> {
    let mut crossed = name::crossed_by(user);
    if let Some(before) = before {
        let known = (name::keys(before), name::crossed_by(before));
        crossed.retain(|key| !known.0.contains(key) && !known.1.contains(key));
    }
    crossed
}

/// The refusal where a name and an address of two people are the same.
pub fn crossing(username: &str, other: &str) -> AdminError {
    AdminError::Invalid(vec![crossed_problem(username, other)])
}

fn crossed_problem(username: &str, other: &str) -> Fault {
    let what =
        format!("the user name of one of {username} and {other} is the verified e-mail address of the other");
    Fault::new(username, what)
        .instead("give one of them another name or address: nobody could say who signs in by it")
}

fn used(username: &str) -> AdminError {
    AdminError::Invalid(vec![used_before(username)])
}

/// The refusal of a name that somebody had, where subjects are made from names.
fn used_before(username: &str) -> Fault {
    let what = format!(
        "{username} was the name of somebody before, in this or another spelling, and subjects are made from names here"
    );
    Fault::new("username", what)
        .instead("choose another name: applications would take the new user for the old one")
}

/// The person who is meant by what somebody typed, as at the sign-in page: of those in the configuration and
/// in the store.
pub async fn meant(
    store: &dyn Store,
    configured: &[Arc<User>],
    typed: &str,
    by_email: bool,
) -> Result<Arc<User>, AdminError> {
    let keys = name::to_sign_in(typed, by_email);
    let has = |user: &&Arc<User>| {
        let own = name::keys(user);
        keys.iter().any(|key| own.contains(key))
    };
    let mut named: Vec<Arc<User>> = configured.iter().filter(has).cloned().collect();
    let stored = store.ask(UsersByKeys(keys.clone())).await?;
    let hidden = |user: &Arc<User>| configured.iter().any(|other| other.username == user.username);
    named.extend(stored.into_iter().filter(|user| !hidden(user)));
    match Answer::of(&named, typed, by_email) {
        Answer::One(user) => Ok(user),
        Answer::Nobody => Err(AdminError::NotFound { what: "user", name: typed.to_owned() }),
        Answer::Several(people) => {
            let names: Vec<&str> = people.iter().map(|user| user.username.as_str()).collect();
            let what = format!("several users match {typed}: {}", names.join(", "));
            Err(AdminError::invalid("", what, "write the exact user name of one of them"))
        }
    }
}

/// The person of this name.
pub async fn get(store: &dyn Store, username: &str) -> Result<Arc<User>, AdminError> {
    find(store, username)
        .await?
        .ok_or_else(|| AdminError::NotFound { what: "user", name: username.to_owned() })
}

/// People by name, perhaps only those who have a text in their user name, name or e-mail address.
pub async fn list(
    store: &dyn Store,
    search: Option<&str>,
    window: &Window,
) -> Result<Part<Arc<User>>, AdminError> {
    let keep = |user: &Arc<User>| search.is_none_or(|text| is_named(&user.username, &user.claims, text));
    let key = |user: &Arc<User>| user.username.clone();
    Ok(part(store, Listed::Users, window, |page| page.users, keep, key).await?)
}

/// Whether somebody has this text in their user name, name or e-mail address.
pub fn is_named(username: &str, claims: &Map<String, Value>, text: &str) -> bool {
    let claims = ["name", "email"].into_iter().filter_map(|name| claims.get(name)?.as_str());
    has_text([username].into_iter().chain(claims), text)
}

/// Sets a new password hash, or with none closes the password sign-in. The person is signed out everywhere
/// and all that they granted is revoked, unless `keep_offline`: then applications with offline access keep
/// it.
pub async fn set_password(
    store: &dyn Store,
    act: &Act<'_>,
    username: &str,
    password: Option<Secret<String>>,
    keep_offline: bool,
) -> Result<Arc<User>, AdminError> {
    change(store, username, act.now, |user| {
        user.set_password(password.as_ref().map(Secret::duplicate));
        let mut writes = logout::end(Ending::Everywhere { user: &user.id, keep_offline });
        writes.push(act.on_user(&kind::USER_PASSWORD_SET, user));
        writes
    })
    .await
}

/// Locks a person, which signs them out everywhere and revokes all that they granted, or unlocks them, which
/// lets strangers try their password again.
pub async fn set_locked(
    store: &dyn Store,
    act: &Act<'_>,
    username: &str,
    locked: bool,
) -> Result<Arc<User>, AdminError> {
    change(store, username, act.now, |user| {
        user.locked = locked;
        let (kind, mut writes) = if locked {
            (&kind::USER_LOCKED, logout::end(Ending::Everywhere { user: &user.id, keep_offline: false }))
        } else {
            (&kind::USER_UNLOCKED, throttle::forgiven(&user.id))
        };
        writes.push(act.on_user(kind, user));
        writes
    })
    .await
}

/// Removes a person with their sessions and consents; what they granted is revoked. What they had.
pub async fn remove(store: &dyn Store, act: &Act<'_>, username: &str) -> Result<Held, AdminError> {
    let user = get(store, username).await?;
    let ends = held(store, &user.id, act.now).await?;
    let mut changes = logout::end(Ending::Removal(&user.id));
    // Whether it matters or not by now: the configuration may change.
    changes.extend(names::taken_away(store, username).await?);
    changes.extend(throttle::forgiven(&user.id));
    changes.push(act.on_user(&kind::USER_REMOVED, &user));
    match store.commit(changes).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) => Err(AdminError::NotFound { what: "user", name: username.to_owned() }),
        other => other.map(|()| ends),
    }
}

/// How much somebody has.
pub async fn held(store: &dyn Store, user: &UserId, now: Timestamp) -> Result<Held, AdminError> {
    Ok(twins::held(store, Listed::OfUser(user.clone(), now)).await?)
}

fn record(rng: &dyn Rng, person: Person, now: Timestamp) -> Result<Arc<User>, AdminError> {
    judge(&person)?;
    let Person { username, password, claims, locked } = person;
    let mut user = User { password, ..blank(fresh_id(rng), &username, now) };
    kept::take_over(&mut user.claims, &claims);
    user.locked = locked.unwrap_or_default();
    Ok(Arc::new(user))
}

/// Somebody of whom nothing is known but their name.
fn blank(id: UserId, username: &str, now: Timestamp) -> User {
    User {
        id,
        username: username.to_owned(),
        password: None,
        claims: Map::new(),
        locked: false,
        password_epoch: 0,
        imported: None,
        created_at: now,
        updated_at: now,
        version: 0,
    }
}

/// How somebody is called, in the store or in the configuration; who is gone, by their id.
pub async fn name_of(store: &dyn Store, id: &UserId) -> Result<String, AdminError> {
    let found = store.ask(UserById(id.clone())).await?;
    let own = id.as_str().strip_prefix("config:").unwrap_or(id.as_str());
    Ok(found.map_or_else(|| own.to_owned(), |user| user.username.clone()))
}

/// The person of this name, if there is one.
pub async fn find(store: &dyn Store, username: &str) -> Result<Option<Arc<User>>, AdminError> {
    Ok(store.ask(UserByName(username.to_owned())).await?)
}

/// Writes a change of a record together with what ends by it; somebody else's write in between is looked at
/// first.
async fn change(
    store: &dyn Store,
    username: &str,
    now: Timestamp,
    edit: impl Fn(&mut User) -> Vec<Change>,
) -> Result<Arc<User>, AdminError> {
    let mut tries = 0;
    loop {
        let before = get(store, username).await?;
        let (user, changes) = changed(store, &before, now, &edit).await?;
        match store.commit(changes).await.map_err(AdminError::from) {
            Err(AdminError::Conflict) if tries < TRIES => tries += 1,
            other => return other.map(|()| user),
        }
    }
}

/// A changed record, and the writes that make it so.
async fn changed(
    store: &dyn Store,
    before: &User,
    now: Timestamp,
    edit: impl FnOnce(&mut User) -> Vec<Change>,
) -> Result<(Arc<User>, Vec<Change>), AdminError> {
    let mut user = before.duplicate();
    let ends = edit(&mut user);
    user.updated_at = now;
    let user = Arc::new(user);
    let free = apart(store, &user, Some(before)).await?;
    let changes = free.into_iter().chain([Change::PutUser(user.clone())]).chain(ends).collect();
    Ok((user, changes))
}

fn judge(person: &Person) -> Result<(), AdminError> {
    let name = &person.username;
    let mut problems = Vec::new();
    if let Err(what) = is_username(name) {
        problems.push(Fault::new(name.as_str(), what));
    }
    problems
        .extend(kept::faults(&person.claims).into_iter().map(|fault| fault.within([name.as_str().into()])));
    if problems.is_empty() { Ok(()) } else { Err(AdminError::Invalid(problems)) }
}

/// Ids tell nothing about their person and are never used again.
fn fresh_id(rng: &dyn Rng) -> UserId {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    UserId(super::clients::hex(&bytes))
}
