//! Many people at once, from a file of another system.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::subject;
use signet_core::time::Timestamp;
use signet_login::password::{Memory, Parameters, Password};
use signet_store::{CommitError, Store};

use super::super::TOGETHER;
use super::{AdminError, Person, apart, change, changed, find, insert, judge, record};

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
    /// Names that were there already and were left alone.
    pub conflicts: Vec<String>,
}

/// Whether everybody could be meant, before anything is written.
pub fn judge_all<'a>(people: impl IntoIterator<Item = &'a Person>) -> Result<(), AdminError> {
    let mut problems = Vec::new();
    for person in people {
        if let Err(AdminError::Invalid(found)) = judge(person) {
            problems.extend(found);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(AdminError::Invalid(problems)) }
}

/// Adds many people; those who are there already are left alone, or with `update` get the new password and
/// claims: a new password ends all that was given for the old one, a new e-mail address signs out, and is not
/// verified unless it comes with that claim. Nothing is written when one of them cannot be meant.
pub async fn import(
    store: &dyn Store,
    rng: &dyn Rng,
    people: Vec<Person>,
    update: Option<Update>,
    once: bool,
    now: Timestamp,
) -> Result<Imported, AdminError> {
    judge_all(&people)?;
    let mut imported = Imported::default();
    let mut people = people.into_iter().peekable();
    while people.peek().is_some() {
        let (mut new, mut renewed) = (Vec::new(), Vec::new());
        for person in people.by_ref().take(TOGETHER) {
            match (find(store, &person.username).await?, update) {
                (None, _) => new.push(record(rng, person, now)?),
                (Some(_), None) => imported.conflicts.push(person.username),
                (Some(known), Some(Update { keep_offline })) => {
                    let again = imported_before(&known, &person);
                    renewed.push(Renewal { known, person, again, keep_offline });
                }
            }
        }
        add_together(store, new, once, &mut imported).await?;
        renew_together(store, renewed, now, &mut imported).await?;
    }
    Ok(imported)
}

/// New people in one commit; where one of them cannot be added with the others, one after the other.
async fn add_together(
    store: &dyn Store,
    new: Vec<Arc<User>>,
    once: bool,
    imported: &mut Imported,
) -> Result<(), AdminError> {
    let mut changes = Vec::new();
    for user in &new {
        changes.extend(apart(store, user, None).await?);
        changes.push(Change::PutUser(user.clone()));
        changes.extend(once.then(|| subject::use_name(&user.username)));
    }
    let together = commit(store, changes).await?;
    for user in new {
        let username = user.username.clone();
        let added = if together { Ok(user) } else { insert(store, user, Vec::new(), once).await };
        match added {
            Ok(_) => imported.added.push(username),
            Err(AdminError::AlreadyExists { .. }) => imported.conflicts.push(username),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Somebody who is there already, and what an import says of them.
struct Renewal {
    known: Arc<User>,
    person: Person,
    again: Option<Secret<String>>,
    keep_offline: bool,
}

impl Renewal {
    fn edit(&self, user: &mut User) -> Vec<Change> {
        renew(user, &self.person, self.again.as_ref(), self.keep_offline)
    }
}

async fn renew_together(
    store: &dyn Store,
    renewed: Vec<Renewal>,
    now: Timestamp,
    imported: &mut Imported,
) -> Result<(), AdminError> {
    let mut changes = Vec::new();
    for renewal in &renewed {
        changes.extend(changed(store, &renewal.known, now, |user| renewal.edit(user)).await?.1);
    }
    let together = commit(store, changes).await?;
    for renewal in renewed {
        let username = renewal.person.username.clone();
        if !together {
            change(store, &username, now, |user| renewal.edit(user)).await?;
        }
        imported.updated.push(username);
    }
    Ok(())
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
    let differs =
        |user: &User, name| person.claims.get(name).is_some_and(|new| user.claims.get(name) != Some(new));
    let moved = differs(user, "email");
    for (address, verified) in [("email", "email_verified"), ("phone_number", "phone_number_verified")] {
        if differs(user, address) {
            // It was said of the old one.
            user.claims.remove(verified);
        }
    }
    user.claims.extend(person.claims.clone());
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
    let keep_offline = keep_offline || !renewed;
    let ending = Change::EndUser { user: user.id.clone(), keep_offline };
    (renewed || moved).then_some(ending).into_iter().collect()
}
