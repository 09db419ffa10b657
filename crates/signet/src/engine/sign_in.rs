//! NIST SP 800-63B §3.2.2: passwords at the sign-in page. They are looked at for an open interaction only,
//! and each look counts.

mod told;

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::error::{Error, ErrorCode};
use signet_core::id::ClientId;
use signet_core::lookup::Lookup;
use signet_core::name::{self, Answer};
use signet_core::record::{Attempts, User};
use signet_core::secret::{MacKey, Secret, keyed};
use signet_login::Login;
use signet_login::device::{self, Person};
use signet_login::network::Network;
use signet_login::password::{self, Checked};
use signet_login::throttle::{Account, Budget, Cause, Limits, SignIn, Verdict};

use self::told::Told;
pub(super) use self::told::sign_up_refused;
use super::counted::Counted;
use super::interaction::Problem;
use super::{Asking, Visitor, contended, unavailable};
use crate::pool::{Cost, Lane, Look, Place, Refused};
use crate::provider::{Provider, State};
use crate::turns::{Gate, Turn};

/// Guesses that come at the same instant lose a race to each other; only so many are let through before the
/// rest has to wait.
const TOGETHER: usize = 64;

/// A verified or refused password, or a new account, with the writes that belong to it.
pub(super) struct Attempt {
    pub(super) outcome: Result<(Arc<User>, Login), Problem>,
    pub(super) writes: Vec<Change>,
    /// The same password is to be kept under the cost that is configured now.
    pub(super) rehash: bool,
    /// Until the writes are made, other sign-ins of this person and network wait for their turn.
    pub(super) turns: Option<Vec<Turn>>,
}

impl Attempt {
    /// It came to nothing, and nothing is left to be written.
    pub(super) fn refused(problem: Problem) -> Self {
        Self { outcome: Err(problem), writes: Vec::new(), rehash: false, turns: None }
    }
}

/// Why a password was not looked at.
enum Unchecked {
    Refused(Refused),
    Error(Error),
}

/// A password may be looked at: it is counted already.
struct Admitted {
    budget: Budget,
    /// What was counted before.
    before: Vec<Attempts>,
    counted: Counted,
}

impl Asking {
    /// Checks a password. The look at it is counted before it is taken, so that no race, no lost connection
    /// and no page that was answered meanwhile makes one free; a right one is given back, together with the
    /// session that it begins, and one that is never taken at once.
    pub(super) async fn sign_in(
        &self,
        visitor: &Visitor,
        client: &ClientId,
        username: &str,
        password: &Secret<String>,
    ) -> Result<Attempt, Error> {
        let state = &*self.state;
        let limits = &state.config.limits;
        let answer = self.person(username).await?;
        let user = answer.clone().one();
        let told = Told::new(state, visitor, client, username, user.as_deref());
        let keys = keys(state, visitor, username, user.as_deref());
        let _waiting = self.inner.metrics.checking_password();
        // The place first: who finds none has nothing counted, and who waits for a turn keeps nobody waiting
        // who has a queue of their own.
        let cost = cost(state, user.as_deref());
        let entered = self.inner.pool.enter(visitor.lane(), cost).await;
        let place = match entered {
            Ok(place) => place,
            Err(refused) => return self.not_looked_at(&told, refused),
        };
        let turns = self.inner.turns.take(gates(state, &keys, visitor, cost));
        let turns = tokio::time::timeout_at(place.until().into(), turns).await.ok().flatten();
        let Some(turns) = turns else { return self.not_looked_at(&told, Refused::Late(cost)) };
        let admitted = match self.admit(&keys, place.look()).await? {
            Ok(admitted) => admitted,
            Err((seconds, cause)) => {
                self.inner.metrics.sign_in_throttled();
                told.waits(seconds, cause);
                return Ok(Attempt::refused(Problem::Wait(seconds)));
            }
        };
        let Admitted { budget, before, counted } = admitted;
        if let Answer::Several(people) = &answer {
            told.ambiguous(people);
        }
        let checked = self.check_password(place, user.clone(), password).await;
        let now = self.inner.clock.now();
        let checked = match checked {
            Ok(checked) => checked,
            Err(Unchecked::Refused(refused)) => {
                counted.give_back().await;
                return self.not_looked_at(&told, refused);
            }
            Err(Unchecked::Error(error)) => {
                counted.give_back().await;
                return Err(error);
            }
        };
        let right = checked.login.is_some();
        if let Some((login, user)) = checked.login.zip(user.clone()).filter(|(_, user)| !user.locked) {
            let writes = keys.right(limits, budget, &before, now);
            let rehash = checked.needs_rehash;
            return Ok(Attempt { outcome: Ok((user, login)), writes, rehash, turns: Some(turns) });
        }
        if let Some(why) = checked.unusable {
            told.unusable(why);
        }
        told.refused(match user.as_deref() {
            None => "nobody has that name",
            Some(user) if user.password.is_none() => "the account has no password",
            Some(user) if user.locked && right => "the account is locked",
            Some(_) if checked.unusable.is_some() => "the stored password hash cannot be verified",
            Some(_) => "wrong password",
        });
        self.wrong(&keys).await.map(Attempt::refused)
    }

    /// What is said after a wrong password.
    async fn wrong(&self, keys: &SignIn) -> Result<Problem, Error> {
        let attempts = self.find(&[Lookup::Attempts(keys.names())]).await?.attempts;
        Ok(match keys.judge(&self.state.config.limits, &attempts, self.inner.clock.now()) {
            Verdict::Wait { seconds, .. } => Problem::Wait(seconds),
            Verdict::Try { left, .. } => Problem::Wrong(left),
        })
    }

    /// After a lost race: a right password counts for the person as they are by now, unless they are locked,
    /// gone, or have another one; in the configuration that another process has read, too.
    pub(super) async fn still(
        &self,
        visitor: &Visitor,
        client: &ClientId,
        username: &str,
        attempt: Option<Attempt>,
    ) -> Result<Option<Attempt>, Error> {
        let Some(Attempt { outcome: Ok((user, login)), writes, rehash, turns }) = attempt else {
            return Ok(attempt);
        };
        let found = self.find(&[Lookup::User(user.id.clone())]).await?.user;
        let kept = |user: &User| user.password.as_ref().map(|hash| hash.expose().clone());
        let found = found.filter(|found| !found.locked && kept(found) == kept(&user));
        if let Some(user) = found.as_deref()
            && !self.is_as_written(user).await?
        {
            Told::new(&self.state, visitor, client, username, Some(user)).refused(
                "another process has read a configuration without this person or password; reload this one",
            );
            let keys = keys(&self.state, visitor, username, Some(user));
            return Ok(Some(Attempt::refused(self.wrong(&keys).await?)));
        }
        Ok(found.map(|user| Attempt { outcome: Ok((user, login)), writes, rehash, turns }))
    }

    /// Whether a person of the configuration is the one that was read last, by whichever process.
    async fn is_as_written(&self, user: &User) -> Result<bool, Error> {
        let Some(Change::RequireDocument(name, version)) = Change::require_user(user) else {
            return Ok(true);
        };
        let found = self.inner.store.find(&[Lookup::Document(name)]).await.map_err(unavailable)?;
        Ok(found.documents.first().is_some_and(|document| document.version == version))
    }

    /// Nothing was looked at, and nothing is counted: the page asks to try again.
    fn not_looked_at(&self, told: &Told<'_>, refused: Refused) -> Result<Attempt, Error> {
        let Some(why) = refused.words() else { return Err(self.unhashed(refused)) };
        self.inner.metrics.password_refused();
        told.not_looked_at(why);
        Ok(Attempt::refused(Problem::Busy))
    }

    /// Counts a look at a password, or says how long to wait for one, and why. It goes on when the request
    /// ends meanwhile: what was counted by then is given back.
    async fn admit(&self, keys: &SignIn, look: Look) -> Result<Result<Admitted, (u64, Cause)>, Error> {
        let (asking, keys) = (self.clone(), keys.clone());
        let admitted = tokio::spawn(async move {
            let (limits, now) = (asking.state.config.limits, asking.inner.clock.now());
            let lookups = [Lookup::Attempts(keys.names())];
            for _ in 0..TOGETHER {
                let before = asking.find(&lookups).await?.attempts;
                let budget = match keys.judge(&limits, &before, now) {
                    Verdict::Wait { seconds, cause } => return Ok(Err((seconds, cause))),
                    Verdict::Try { budget, .. } => budget,
                };
                if asking.commit(keys.looked(&limits, budget, &before, now)).await? {
                    let (keys, was) = (keys.clone(), before.clone());
                    let unlooked = move |now| keys.unlooked(&limits, budget, &was, now);
                    let counted = Counted::new(asking, look, unlooked);
                    return Ok(Ok(Admitted { budget, before, counted }));
                }
            }
            Err(contended())
        });
        admitted.await.map_err(|error| Error::server(error.to_string()))?
    }

    async fn check_password(
        &self,
        place: Place,
        user: Option<Arc<User>>,
        password: &Secret<String>,
    ) -> Result<Checked, Unchecked> {
        let (method, password) = (self.state.config.password.clone(), password.duplicate());
        let metrics = self.inner.metrics.clone();
        let job = move |memory: &mut password::Memory| {
            metrics.password_hashed();
            let stored = user.as_ref().and_then(|user| user.password.as_ref());
            method.check(memory, &password, stored)
        };
        match self.inner.pool.run(place, job).await {
            Ok(Ok(checked)) => Ok(checked),
            Ok(Err(password::Error::TooLong)) => {
                Ok(Checked { login: None, needs_rehash: false, unusable: None })
            }
            Ok(Err(error)) => Err(Unchecked::Error(Error::server(error.to_string()))),
            Err(refused) => Err(Unchecked::Refused(refused)),
        }
    }

    /// Keeps the same password under the cost that is configured now. This happens behind the person's back,
    /// so that a right password takes no longer than a wrong one; people in the configuration are left alone.
    /// What goes wrong is tried again at the next sign-in.
    pub(super) fn rehash(&self, user: Arc<User>, password: &Secret<String>) {
        if self.state.config.people.by_id.contains_key(&user.id) {
            return;
        }
        let (asking, password) = (Asking::of(&Provider { inner: self.inner.clone() }), password.duplicate());
        tokio::spawn(async move {
            let env = asking.env();
            let (method, salt, another) = (asking.state.config.password.clone(), env.random(), env.random());
            let replaced = user.password.as_ref().filter(|_| user.imported.is_none()).map(Secret::duplicate);
            let metrics = asking.inner.metrics.clone();
            let job = move |memory: &mut password::Memory| {
                metrics.password_hashed();
                // Of a text that is too long there is none: the same import is a new password then.
                let mark = replaced.and_then(|replaced| method.hash(memory, &replaced, another).ok());
                method.hash(memory, &password, salt).map(|hash| (hash, mark))
            };
            let Ok(place) = asking.inner.pool.enter(Lane::Background, Cost::Usual).await else { return };
            let Ok(Ok((hash, mark))) = asking.inner.pool.run(place, job).await else { return };
            // Only that very hash is replaced, of the person as they are by now.
            let Ok(facts) = asking.find(&[Lookup::User(user.id.clone())]).await else {
                return;
            };
            let kept = |user: &User| user.password.as_ref().map(|hash| hash.expose().clone());
            let Some(found) = facts.user.filter(|found| kept(found) == kept(&user)) else { return };
            let mut renewed = found.duplicate();
            renewed.renew_hash(Secret::new(hash), mark.map(Secret::new));
            renewed.updated_at = asking.now();
            if let Err(error) = asking.commit(vec![Change::PutUser(Arc::new(renewed))]).await {
                tracing::warn!(detail = error.detail.as_deref(), "failed to rehash a password");
            }
        });
    }
}

impl Asking {
    /// No password can be hashed just now.
    pub(super) fn unhashed(&self, refused: Refused) -> Error {
        let Some(why) = refused.words() else { return Error::server("a password job panicked") };
        self.inner.metrics.password_refused();
        let words = "many people are signing in right now; try again in a moment";
        Error::new(ErrorCode::TemporarilyUnavailable, words).because(why)
    }
}

impl Visitor {
    /// The network that this browser is in.
    pub(super) fn network(&self) -> Option<Network> {
        Network::parse(self.address.as_deref()?)
    }

    pub(super) fn lane(&self) -> Lane {
        Lane::Network(self.network())
    }
}

/// What tries at a name count under that nobody has.
pub(crate) fn unknown_account(key: &MacKey, typed: &str, by_email: bool) -> Account {
    // The last key is that of all spellings of a name, or of an address where people sign in by it.
    let spellings = name::to_sign_in(typed, by_email);
    Account::unknown(key, spellings.last().map_or(typed, String::as_str))
}

/// What a sign-in counts under.
fn keys(state: &State, visitor: &Visitor, username: &str, user: Option<&User>) -> SignIn {
    let key = &state.config.secrets.handle_key;
    let account = match user {
        Some(user) => Account::of(user.id.as_str()),
        None => unknown_account(key, username, state.config.settings.sign_in_by_email),
    };
    let known = user.zip(visitor.known.as_deref());
    let device = known.and_then(|(user, cookie)| device::recognise(key, cookie, person(user)));
    SignIn::new(account, device, visitor.network())
}

/// What a look at somebody's password takes.
fn cost(state: &State, user: Option<&User>) -> Cost {
    let stored = user.and_then(|user| user.password.as_ref());
    if stored.is_some_and(|stored| state.config.password.is_dear(stored)) { Cost::Dear } else { Cost::Usual }
}

/// Whose turn it is: an account's, in this network or known browser; then that of the network and of the
/// larger ones around it, before which those wait for each other whose hashes are dear.
fn gates(state: &State, keys: &SignIn, visitor: &Visitor, cost: Cost) -> impl Iterator<Item = Gate> + Send {
    let Limits { account, address, .. } = state.config.limits;
    let named = |names: &[String]| {
        let parts: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        keyed(&state.config.secrets.handle_key, "turn", &parts)
    };
    let of_network =
        |(network, times): (Network, u64)| Gate::of_network(named(&[network.to_string()]), address, times);
    let networks: Vec<Gate> =
        visitor.network().into_iter().flat_map(Network::widths).map(of_network).collect();
    let of_dear = |(network, times): (Network, u64)| {
        Gate::of_dear(named(&["dear".to_owned(), network.to_string()]), address, times)
    };
    let dear = visitor.network().filter(|_| cost == Cost::Dear).into_iter().flat_map(Network::widths);
    let dear: Vec<Gate> = dear.map(of_dear).collect();
    std::iter::once(Gate::of_account(named(&keys.names()), account)).chain(dear).chain(networks)
}

/// The cookie by which this browser is known to the person from now on; none where it is already.
pub(super) fn known(state: &State, visitor: &Visitor, user: &User, nonce: [u8; 12]) -> Option<String> {
    let (key, cookie) = (&state.config.secrets.handle_key, visitor.known.as_deref());
    let person = person(user);
    let known = cookie.is_some_and(|cookie| device::recognise(key, cookie, person).is_some());
    (!known).then(|| device::remember(key, cookie, person, nonce))
}

/// With another password a browser is one of a stranger.
fn person(user: &User) -> Person<'_> {
    Person { id: user.id.as_str(), epoch: user.password_epoch }
}

/// An account was made.
pub(super) fn log_signed_up(visitor: &Visitor, client: &ClientId, user: &User) {
    let (username, client, address) = (user.username.as_str(), client.as_str(), visitor.address.as_deref());
    tracing::info!(username, client, address, "sign-up accepted");
}

/// A person is signed in.
pub(super) fn log_signed_in(visitor: &Visitor, client: &ClientId, user: &User) {
    let (username, client, address) = (user.username.as_str(), client.as_str(), visitor.address.as_deref());
    tracing::info!(username, client, address, "sign-in succeeded");
}

#[cfg(test)]
mod tests;
