//! Many people at once, from a file of another system.

use signet_core::change::Change;
use signet_core::env::Rng;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_login::password::{Memory, Parameters, Password};
use signet_store::Store;

use super::{AdminError, Person, add, change, find, judge};

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
            None => match add(store, rng, person, once, now).await {
                Ok(_) => imported.added.push(username),
                Err(AdminError::AlreadyExists { .. }) => imported.conflicts.push(username),
                Err(error) => return Err(error),
            },
            Some(known) => match update {
                None => imported.conflicts.push(username),
                Some(Update { keep_offline }) => {
                    let again = imported_before(&known, &person);
                    change(store, &username, now, |user| renew(user, &person, again.as_ref(), keep_offline))
                        .await?;
                    imported.updated.push(username);
                }
            },
        }
    }
    Ok(imported)
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
