//! Many people at once, from a file of another system.

#[cfg(test)]
mod busy;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};
use signet_core::change::Change;
use signet_core::claims::kept;
use signet_core::event::kind;
use signet_core::id::UserId;
use signet_core::logout::{self, Ending};
use signet_core::lookup::UsersByKeys;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_core::{name, subject};
use signet_login::password::{Memory, Parameters, Password};
use signet_store::{CommitError, Store};

use super::super::{Act, TOGETHER, throttle};
use super::{
    AdminError, Person, apart, blank, change, changed, crossed_anew, crossed_problem, find, insert, judge,
    record, used_before,
};
use crate::names;

/// So many of whom an import changes claims are events by name; the others are only counted.
const NAMED: usize = 100;

/// The same of those who get another password or address, or are locked or unlocked.
const NAMED_IF_SIGNED_OUT: usize = 10_000;

/// How an import treats people who are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// Applications with offline access keep it when a password changes.
    pub keep_offline: bool,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Names that were new.
    pub added: Vec<String>,
    /// Names whose record was brought up to date.
    pub updated: Vec<String>,
    /// Names of whom the file says nothing new: nothing of theirs was written, and they stay signed in.
    pub unchanged: Vec<String>,
    /// Names that were left alone: there already, or changed by somebody else in the same moment.
    pub conflicts: Vec<String>,
}

/// An import that ended early.
#[derive(Debug)]
pub struct Stopped {
    /// What was done before.
    pub done: Imported,
    /// Why it went no further.
    pub error: AdminError,
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Stopped {}

impl From<AdminError> for Stopped {
    fn from(error: AdminError) -> Self {
        Self { done: Imported::default(), error }
    }
}

/// Whether everybody can be imported: each by themselves; no two of whom one has the other's address as a
/// name, in the file or in the store; and where names are given `once`, nobody new with a name that somebody
/// had before. Who is to be left alone is not judged against others.
pub async fn judge_all<'a>(
    store: &dyn Store,
    people: impl IntoIterator<Item = &'a Person>,
    update: Option<Update>,
    once: bool,
) -> Result<(), AdminError> {
    let mut problems = Vec::new();
    // Of two who cross each finds the other: once is enough.
    let mut crossings = BTreeSet::new();
    let mut cross = |one: &str, other: &str| {
        let (one, other) = if one < other { (one, other) } else { (other, one) };
        crossings.insert((one.to_owned(), other.to_owned()));
    };
    let (mut wanted, mut own) = (HashMap::<String, Arc<str>>::new(), Vec::new());
    for person in people {
        if let Err(AdminError::Invalid(found)) = judge(person) {
            problems.extend(found);
            continue;
        }
        let known = find(store, &person.username).await?;
        if known.is_some() && update.is_none() {
            continue;
        }
        if known.is_none() && once && names::given_in_the_store(store, &person.username).await?.is_none() {
            problems.push(used_before(&person.username));
        }
        let user = afterwards(person, known.as_deref());
        let crossed = crossed_anew(&user, known.as_deref());
        if !crossed.is_empty() {
            let others = store.ask(UsersByKeys(crossed.clone())).await?;
            let others = others.iter().filter(|other| other.username != user.username);
            others.for_each(|other| cross(&user.username, &other.username));
        }
        let name: Arc<str> = user.username.as_str().into();
        wanted.extend(crossed.into_iter().map(|key| (key, name.clone())));
        own.push((name, name::keys(&user)));
    }
    for (name, keys) in &own {
        let others = keys.iter().filter_map(|key| wanted.get(key)).filter(|other| *other != name);
        others.for_each(|other| cross(name, other));
    }
    problems.extend(crossings.iter().map(|(one, other)| crossed_problem(one, other)));
    if problems.is_empty() { Ok(()) } else { Err(AdminError::Invalid(problems)) }
}

/// Somebody as they are after an import, as far as they are found by it.
fn afterwards(person: &Person, known: Option<&User>) -> User {
    let mut user = match known {
        Some(known) => known.duplicate(),
        None => blank(UserId(String::new()), &person.username, Timestamp::default()),
    };
    take_over(&mut user, &person.claims);
    user
}

/// Adds many people; those who are there already are left alone, or with `update` get the new password and
/// claims: a new password ends all that was given for the old one, a new e-mail address signs out, and is not
/// verified unless it comes with that claim. Who is locked by it loses all access. Nothing is written unless
/// [`judge_all`] finds nothing.
pub async fn import(
    store: &dyn Store,
    act: &Act<'_>,
    people: Vec<Person>,
    update: Option<Update>,
    once: bool,
) -> Result<Imported, Stopped> {
    judge_all(store, &people, update, once).await?;
    import_judged(store, act, people, update, once, Imported::default()).await
}

/// The same of people who were judged already, as part of an import that did something before: all that it
/// has done by then.
pub async fn import_judged(
    store: &dyn Store,
    act: &Act<'_>,
    people: Vec<Person>,
    update: Option<Update>,
    once: bool,
    done: Imported,
) -> Result<Imported, Stopped> {
    let mut import = Import { store, act, update, once, done };
    let mut people = people.into_iter().peekable();
    while people.peek().is_some() {
        if let Err(error) = import.some(people.by_ref().take(TOGETHER)).await {
            return Err(Stopped { done: import.done, error });
        }
    }
    Ok(import.done)
}

/// An import under way.
struct Import<'a> {
    store: &'a dyn Store,
    act: &'a Act<'a>,
    update: Option<Update>,
    once: bool,
    done: Imported,
}

impl Import<'_> {
    async fn some(&mut self, people: impl Iterator<Item = Person>) -> Result<(), AdminError> {
        let (mut new, mut renewed) = (Vec::new(), Vec::<Renewal>::new());
        for person in people {
            match (find(self.store, &person.username).await?, self.update) {
                (None, _) => new.push(record(self.act.rng, person, self.act.now)?),
                (Some(_), None) => self.done.conflicts.push(person.username),
                (Some(known), Some(Update { keep_offline })) => {
                    let again = imported_before(&known, &person);
                    let place = self.done.updated.len() + renewed.len();
                    let renewal = Renewal { known, person, again, keep_offline, place };
                    match renewal.changes_nothing() {
                        true => self.done.unchanged.push(renewal.person.username),
                        false => renewed.push(renewal),
                    }
                }
            }
        }
        self.add(new).await?;
        self.renew(renewed).await
    }

    /// New people in one commit; where one of them cannot be added with the others, one after the other.
    async fn add(&mut self, new: Vec<Arc<User>>) -> Result<(), AdminError> {
        let mut changes = Vec::new();
        for user in &new {
            changes.extend(apart(self.store, user, None).await?);
            changes.push(Change::PutUser(user.clone()));
            // Who has a namesake in the store is added alone.
            let used = [subject::used_name(&user.username), subject::used_spelling(&user.username)];
            changes.extend(used.map(subject::remember).into_iter().filter(|_| self.once));
        }
        changes.extend(self.imported("added", new.len()));
        let together = commit(self.store, changes).await?;
        for user in new {
            let username = user.username.clone();
            let added = match together {
                true => Ok(user),
                false => {
                    let event = self.act.on_user(&kind::USER_ADDED, &user);
                    insert(self.store, user, vec![event], self.once).await
                }
            };
            match added {
                Ok(_) => self.done.added.push(username),
                Err(AdminError::AlreadyExists { .. }) => self.done.conflicts.push(username),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The write that keeps how many there were.
    fn imported(&self, done: &'static str, number: usize) -> Option<Change> {
        (number > 0).then(|| self.act.said(&kind::USER_IMPORTED, [(done, number)]))
    }

    /// The same of people who are there already.
    async fn renew(&mut self, renewed: Vec<Renewal>) -> Result<(), AdminError> {
        let mut changes = Vec::new();
        for renewal in &renewed {
            let edit = |user: &mut User| renewal.edit(self.act, user);
            changes.extend(changed(self.store, &renewal.known, self.act.now, edit).await?.1);
        }
        changes.extend(self.imported("updated", renewed.len()));
        let together = commit(self.store, changes).await?;
        for renewal in renewed {
            let username = renewal.person.username.clone();
            let updated = match together {
                true => Ok(()),
                false => {
                    let alone = |user: &mut User| {
                        renewal.edit(self.act, user).into_iter().chain(self.imported("updated", 1)).collect()
                    };
                    change(self.store, &username, self.act.now, alone).await.map(drop)
                }
            };
            match updated {
                Ok(()) => self.done.updated.push(username),
                // Removed in the same moment.
                Err(AdminError::NotFound { .. }) => self.done.conflicts.push(username),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Somebody who is there already, and what an import says of them.
struct Renewal {
    known: Arc<User>,
    person: Person,
    again: Option<Secret<String>>,
    keep_offline: bool,
    /// How many were renewed before.
    place: usize,
}

impl Renewal {
    fn edit(&self, act: &Act<'_>, user: &mut User) -> Vec<Change> {
        let before = user.duplicate();
        let mut ends = self.renewed(user);
        let changed = changed_of(&before, user);
        let most = if changed == [CLAIMS] { NAMED } else { NAMED_IF_SIGNED_OUT };
        if !changed.is_empty() && self.place < most {
            let said = [("changed", changed.join(" "))];
            ends.push(act.on_user_saying(&kind::USER_CHANGED, user, said));
        }
        ends
    }

    fn renewed(&self, user: &mut User) -> Vec<Change> {
        renew(user, &self.person, self.again.as_ref(), self.keep_offline)
    }

    /// Whether they are already as the import has them.
    fn changes_nothing(&self) -> bool {
        let mut user = self.known.duplicate();
        let ends = self.renewed(&mut user);
        // Another password raises the epoch.
        let is_same = user.claims == self.known.claims
            && user.locked == self.known.locked
            && user.password_epoch == self.known.password_epoch;
        ends.is_empty() && is_same
    }
}

/// How claims are called that are not of the sign-in.
const CLAIMS: &str = "claims";

/// What of somebody is not as it was, by name.
fn changed_of(before: &User, user: &User) -> Vec<&'static str> {
    let of_email = ["email", "email_verified"];
    let moved = of_email.iter().any(|name| before.claims.get(*name) != user.claims.get(*name));
    let others = |user: &User| -> Map<String, Value> {
        let others = user.claims.iter().filter(|(name, _)| !of_email.contains(&name.as_str()));
        others.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let changed = [
        // Another password raises the epoch.
        ("password", before.password_epoch != user.password_epoch),
        ("email", moved),
        ("locked", before.locked != user.locked),
        (CLAIMS, others(before) != others(user)),
    ];
    changed.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}

/// `false` where a precondition does not hold.
async fn commit(store: &dyn Store, changes: Vec<Change>) -> Result<bool, AdminError> {
    if changes.is_empty() {
        return Ok(true);
    }
    match store.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(CommitError::Store(error)) => Err(error.into()),
    }
}

/// The mark of the hash that the person came with, where the import has that very hash again although it was
/// renewed since.
fn imported_before(user: &User, person: &Person) -> Option<Secret<String>> {
    let (mark, text) = user.imported.as_ref().zip(person.password.as_ref())?;
    let method = Password::new(Parameters::default()).ok()?;
    let checked = method.check(&mut Memory::default(), text, Some(mark)).ok()?;
    checked.login.map(|_| mark.duplicate())
}

/// Takes over what an import says of somebody who is there already, and what ends by it.
fn renew(
    user: &mut User,
    person: &Person,
    again: Option<&Secret<String>>,
    keep_offline: bool,
) -> Vec<Change> {
    let moved = take_over(user, &person.claims);
    let renewed = person.password.as_ref().is_some_and(|password| {
        let known = user.password.as_ref().is_some_and(|known| known.matches(password.expose()));
        let again =
            user.imported.as_ref().zip(again).is_some_and(|(mark, again)| mark.matches(again.expose()));
        let renewed = !(known || again);
        if renewed {
            user.set_password(Some(password.duplicate()));
        }
        renewed
    });
    let was_locked = user.locked;
    user.locked = person.locked.unwrap_or(was_locked);
    let locks = user.locked && !was_locked;
    let keep_offline = (keep_offline || !renewed) && !locks;
    let ending = (renewed || moved || locks).then_some(Ending::Everywhere { user: &user.id, keep_offline });
    let mut ends = ending.map(logout::end).unwrap_or_default();
    if was_locked && !user.locked {
        ends.extend(throttle::forgiven(&user.id));
    }
    ends
}

/// Takes over what an import says of somebody's claims; whether their e-mail address is another one then.
fn take_over(user: &mut User, claims: &Map<String, Value>) -> bool {
    let differs = |user: &User, name| {
        let said = claims.get(name).map(|new| Some(new).filter(|new| !new.is_null()));
        said.is_some_and(|new| user.claims.get(name) != new)
    };
    let moved = differs(user, "email");
    for (address, verified) in [("email", "email_verified"), ("phone_number", "phone_number_verified")] {
        if differs(user, address) {
            // It was said of the old one.
            user.claims.remove(verified);
        }
    }
    kept::take_over(&mut user.claims, claims);
    moved
}
