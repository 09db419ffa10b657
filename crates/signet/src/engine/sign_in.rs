//! NIST SP 800-63B §3.2.2: passwords at the sign-in page. They are looked at for an open interaction only, and each look counts.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::error::{Error, ErrorCode};
use signet_core::lookup::Lookup;
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_login::Login;
use signet_login::password::{self, Checked};
use signet_login::throttle::{Keys, Verdict};

use super::interaction::Problem;
use super::{Visitor, contended};
use crate::provider::{Provider, State};

/// Guesses that come at the same instant lose a race to each other; only so many are let through before the rest has to wait.
const TOGETHER: usize = 64;

/// A verified or refused password, or a new account, with the writes that belong to it.
pub(super) struct Attempt {
    pub(super) outcome: Result<(Arc<User>, Login), Problem>,
    pub(super) writes: Vec<Change>,
    /// The same password is to be kept under the cost that is configured now.
    pub(super) rehash: bool,
}

impl Attempt {
    /// It came to nothing, and nothing is left to be written.
    pub(super) fn refused(problem: Problem) -> Self {
        Self { outcome: Err(problem), writes: Vec::new(), rehash: false }
    }
}

impl Provider {
    /// Checks a password. The look at it is counted before it is taken, so that no race, no lost connection and no page that was
    /// answered meanwhile makes one free; a right one then clears the count, together with the session that it begins.
    pub(super) async fn sign_in(
        &self,
        state: &State,
        visitor: &Visitor,
        username: &str,
        password: &Secret<String>,
    ) -> Result<Attempt, Error> {
        let keys = Keys::new(username, visitor.address.as_deref());
        let (user, left) = match self.admit(state, &keys, username).await? {
            Ok(admitted) => admitted,
            Err(seconds) => return Ok(Attempt::refused(Problem::Wait(seconds))),
        };
        let checked = self.check_password(state, user.clone(), password).await?;
        if let Some((login, user)) = checked.login.zip(user).filter(|(_, user)| !user.locked) {
            let writes = keys.succeeded();
            return Ok(Attempt { outcome: Ok((user, login)), writes, rehash: checked.needs_rehash });
        }
        self.commit(keys.wrong(&state.config.limits, self.inner.clock.now())).await?;
        tracing::info!(username, address = visitor.address.as_deref(), "a sign-in was refused");
        let wait = state.config.limits.first_wait;
        Ok(Attempt::refused(if left > 1 { Problem::Wrong(left - 1) } else { Problem::Wait(wait) }))
    }

    /// Counts a look at a password of an account, or says how long to wait for one; with it come the person, if there is one, and how many
    /// looks are left.
    async fn admit(
        &self,
        state: &State,
        keys: &Keys,
        username: &str,
    ) -> Result<Result<(Option<Arc<User>>, u32), u64>, Error> {
        let (config, now) = (&state.config, self.inner.clock.now());
        let lookups = [Lookup::Username(username.to_owned()), Lookup::Attempts(keys.names())];
        for _ in 0..TOGETHER {
            let facts = self.find(config, &lookups).await?;
            let left = match keys.judge(&config.limits, &facts.attempts, now) {
                Verdict::Wait { seconds } => return Ok(Err(seconds)),
                Verdict::Try { left } => left,
            };
            if self.commit(keys.looked(&config.limits, &facts.attempts, now)).await? {
                return Ok(Ok((facts.user, left)));
            }
        }
        Err(contended())
    }

    async fn check_password(
        &self,
        state: &State,
        user: Option<Arc<User>>,
        password: &Secret<String>,
    ) -> Result<Checked, Error> {
        let (method, password) = (state.config.password.clone(), password.duplicate());
        let job = move |memory: &mut password::Memory| {
            let stored = user.as_ref().and_then(|user| user.password.as_ref());
            method.check(memory, &password, stored)
        };
        let _checking = self.inner.metrics.checking_password();
        match self.inner.pool.run(job).await {
            Ok(Ok(checked)) => Ok(checked),
            Ok(Err(password::Error::TooLong)) => Ok(Checked { login: None, needs_rehash: false }),
            Ok(Err(error)) => Err(Error::server(error.to_string())),
            Err(_busy) => Err(crowded()),
        }
    }

    /// Keeps the same password under the cost that is configured now. This happens behind the person's back, so that a right password
    /// takes no longer than a wrong one; people in the configuration are left alone. What goes wrong is tried again at the next sign-in.
    pub(super) fn rehash(&self, state: Arc<State>, user: Arc<User>, password: &Secret<String>) {
        if state.config.people.by_id.contains_key(&user.id) {
            return;
        }
        let (provider, password) = (self.clone(), password.duplicate());
        tokio::spawn(async move {
            let (method, salt) = (state.config.password.clone(), provider.env(&state).random());
            let Ok(Ok(hash)) =
                provider.inner.pool.run(move |memory| method.hash(memory, &password, salt)).await
            else {
                return;
            };
            // Only that very hash is replaced, of the person as they are by now.
            let Ok(facts) = provider.find(&state.config, &[Lookup::User(user.id.clone())]).await else {
                return;
            };
            let kept = |user: &User| user.password.as_ref().map(|hash| hash.expose().clone());
            let Some(found) = facts.user.filter(|found| kept(found) == kept(&user)) else { return };
            let mut renewed = found.duplicate();
            renewed.password = Some(Secret::new(hash));
            renewed.updated_at = provider.inner.clock.now();
            if let Err(error) = provider.commit(vec![Change::PutUser(Arc::new(renewed))]).await {
                tracing::warn!(detail = error.detail.as_deref(), "a password hash could not be renewed");
            }
        });
    }
}

/// No password can be hashed just now.
pub(super) fn crowded() -> Error {
    Error::new(
        ErrorCode::TemporarilyUnavailable,
        "many people are signing in right now; try again in a moment",
    )
    .because("the password queue is full")
}
