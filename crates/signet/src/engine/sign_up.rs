//! Initiating User Registration via OpenID Connect 1.0 §4: a user creates an account and is signed in with
//! it.

use std::sync::Arc;

use serde_json::{Map, Value};
use signet_core::change::Change;
use signet_core::error::Error;
use signet_core::event::{Event, What, kind};
use signet_core::id::{ClientId, UserId};
use signet_core::lookup::AttemptsOf;
use signet_core::name;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::subject;
use signet_login::Login;
use signet_login::password::Memory;
use signet_login::sign_up::{Fault, Wish};
use signet_login::throttle::Newcomers;

use super::counted::Counted;
use super::interaction::Problem;
use super::sign_in::{Attempt, Progress};
use super::{Asking, Visitor, unavailable};
use crate::pool::{Cost, Look};
use crate::provider::Before;

/// Somebody who wants an account, at an application.
#[derive(Clone, Copy)]
pub(super) struct Applicant<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) client: &'a ClientId,
    pub(super) wish: &'a Wish,
}

impl Asking {
    /// Makes the record of a new account, to be written together with the session.
    pub(super) async fn sign_up(&self, applicant: &Applicant<'_>) -> Result<Attempt, Error> {
        let Applicant { visitor, client, wish } = *applicant;
        let refused = |problem| Ok(Attempt::refused(problem));
        let faults = wish.faults();
        if !faults.is_empty() {
            return refused(Problem::SignUp(self.all_faults(visitor, wish, faults).await?));
        }
        let hashing = self.inner.metrics.checking_password();
        let entered = self.inner.pool.enter(visitor.lane(), Cost::Usual).await;
        let place = entered.map_err(|refused| self.unhashed(refused))?;
        let look = place.look();
        let now = self.now();
        let keys = Newcomers::sign_up(visitor.network());
        let counted = match self.count_account(keys, look).await? {
            Ok(counted) => counted,
            Err(seconds) => {
                let said = [("throttled", keys.cause().name().into()), ("seconds", seconds.into())];
                let what = What::of(&kind::SIGN_UP_THROTTLED, said);
                let event = Event { client: Some(client.clone()), ..Event::of_person(what, None) };
                self.note(&event, visitor.source());
                return refused(Problem::Wait { seconds, network: true });
            }
        };
        let env = self.env();
        let method = self.state.config.password.clone();
        let (password, salt) = (wish.password.duplicate(), env.random());
        let metrics = self.inner.metrics.clone();
        let job = move |memory: &mut Memory| {
            metrics.password_hashed();
            method.enrol(memory, &password, salt)
        };
        let hashed = match self.inner.pool.run(place, job).await {
            Ok(enrolled) => enrolled.map_err(|error| Error::server(error.to_string())),
            Err(refused) => Err(self.unhashed(refused)),
        };
        drop(hashing);
        let (hash, login) = match hashed {
            Ok(enrolled) => enrolled,
            Err(error) => {
                counted.give_back().await;
                return Err(error);
            }
        };
        let user = User {
            id: UserId(format!("{:032x}", u128::from_be_bytes(env.random()))),
            username: wish.username.clone(),
            password: Some(Secret::new(hash)),
            claims: claims(wish),
            locked: false,
            password_epoch: 0,
            imported: None,
            created_at: now,
            updated_at: now,
            // As it is stored by the time the session is.
            version: 1,
        };
        self.made(wish, Arc::new(user), login).await
    }

    /// The same account after a lost race: somebody else may have taken its name, in the configuration too.
    pub(super) async fn made_again(&self, wish: &Wish, attempt: Attempt) -> Result<Attempt, Error> {
        match attempt.outcome {
            Ok(Progress::Made(user, login)) => self.made(wish, user, login).await,
            _ => Ok(attempt),
        }
    }

    /// A new account with the writes that make it, as long as its name is free and nobody else is written
    /// into the configuration meanwhile.
    async fn made(&self, wish: &Wish, user: Arc<User>, login: Login) -> Result<Attempt, Error> {
        let written = Before::read(&*self.inner.store).await.map_err(unavailable)?;
        let faults = self.taken(wish, &[], &written).await?;
        if !faults.is_empty() {
            return Ok(Attempt::refused(Problem::SignUp(faults)));
        }
        let mut free = name::to_take(&wish.username);
        free.extend(name::crossed(&wish.username, Some(wish.email.as_str())));
        let new = Arc::new(User { version: 0, ..user.duplicate() });
        let mut writes = vec![Change::FreeName(free), Change::PutUser(new)];
        writes.extend(written.unchanged());
        let once = self.settings().subjects.come_from_names();
        let used = [subject::used_name(&user.username), subject::used_spelling(&user.username)];
        writes.extend(used.map(subject::remember).into_iter().filter(|_| once));
        Ok(Attempt::signed_up(user, login, writes))
    }

    /// What is wrong with a form, and whether others have its name and address: a person is told all of it at
    /// once. Asking counts as an account does, but is not worth a hash.
    async fn all_faults(
        &self,
        visitor: &Visitor,
        wish: &Wish,
        mut faults: Vec<Fault>,
    ) -> Result<Vec<Fault>, Error> {
        let no_name = faults.contains(&Fault::UsernameMalformed);
        let no_email = wish.email.is_empty() || faults.contains(&Fault::EmailMalformed);
        let keys = Newcomers::sign_up(visitor.network());
        if !(no_name && no_email) && self.count(&keys).await?.is_none() {
            let written = Before::read(&*self.inner.store).await.map_err(unavailable)?;
            faults.extend(self.taken(wish, &faults, &written).await?);
        }
        Ok(faults)
    }

    /// Counts a new account, in a task that goes on when the request ends meanwhile: what was counted by then
    /// is given back. Or seconds to wait.
    async fn count_account(&self, keys: Newcomers, look: Look) -> Result<Result<Counted, u64>, Error> {
        let asking = self.clone();
        let counted = tokio::spawn(async move {
            let limits = asking.state.config.limits;
            Ok(match asking.count(&keys).await? {
                Some(seconds) => Err(seconds),
                None => Ok(Counted::new(asking, look, move |now| keys.given_back(&limits, now))),
            })
        });
        counted.await.map_err(|error| Error::server(error.to_string()))?
    }

    /// Whatever comes of a form counts: names must not be tried out, nor accounts made, without end. Seconds
    /// to wait, if it is too much.
    async fn count(&self, keys: &Newcomers) -> Result<Option<u64>, Error> {
        let (limits, now) = (&self.state.config.limits, self.inner.clock.now());
        loop {
            let attempts = self.ask(AttemptsOf(keys.names())).await?;
            if let Some(seconds) = keys.wait(limits, &attempts, now) {
                return Ok(Some(seconds));
            }
            if self.commit(keys.counted(limits, now)).await? {
                return Ok(None);
            }
        }
    }
}

/// OpenID Connect Core §5.1. Nobody has shown yet that the address is theirs.
fn claims(wish: &Wish) -> Map<String, Value> {
    let mut claims = Map::new();
    if !wish.name.is_empty() {
        claims.insert("name".to_owned(), wish.name.as_str().into());
    }
    if !wish.email.is_empty() {
        claims.insert("email".to_owned(), wish.email.as_str().into());
        claims.insert("email_verified".to_owned(), false.into());
    }
    claims
}

#[cfg(test)]
mod tests;
