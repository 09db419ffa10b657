//! NIST SP 800-63B §3.2.2: answers to the pages of sign-in methods. They are looked at for an open
//! interaction only, and each look counts.

mod attempt;
mod counting;
mod follow_up;
mod told;

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::error::{Error, ErrorCode};
use signet_core::event::Failure;
use signet_core::id::ClientId;
use signet_core::lookup::{AttemptsOf, DocumentNamed, SessionByCookie, UserById};
use signet_core::name::Answer;
use signet_core::record::{Attempts, User};
use signet_core::secret::Secret;
use signet_login::device::{self, Person};
use signet_login::method::Answer as Judged;
use signet_login::network::Network;
use signet_login::password::{self, ByPassword, Checked};
use signet_login::throttle::{Budget, Cause, SignIn, Verdict};
use signet_login::{Done, Login, Method, Sent, Whom, Work};

pub(super) use self::attempt::{Attempt, Progress};
pub(crate) use self::counting::unknown_account;
use self::counting::{cost, gates, keys};
use self::told::Told;
pub(super) use self::told::sign_up_refused;
use super::authorization::session_cookie;
use super::counted::Counted;
use super::interaction::Problem;
use super::{Asking, Visitor, contended, unavailable};
use crate::pool::{LONGEST, Lane, Look, Place, Refused};
use crate::provider::{State, directory};

/// Guesses that come at the same instant lose a race to each other; only so many are let through before the
/// rest has to wait.
const TOGETHER: usize = 64;

/// An answer to the page of a method, from a browser at an application.
#[derive(Clone, Copy)]
pub(super) struct Trial<'a> {
    pub(super) visitor: &'a Visitor,
    pub(super) client: &'a ClientId,
    pub(super) method: &'a dyn Method,
    pub(super) sent: Sent<'a>,
}

/// Who is meant by an answer.
struct Meant {
    /// As typed, or the name of the person who is signed in.
    name: String,
    user: Option<Arc<User>>,
    /// Who else could be meant.
    people: Vec<Arc<User>>,
    /// They are signed in.
    present: bool,
}

/// Why an answer was not looked at.
enum Unchecked {
    Refused(Refused),
    Error(Error),
}

/// An answer may be looked at: it is counted already.
struct Admitted {
    budget: Budget,
    /// What was counted before.
    before: Vec<Attempts>,
    counted: Counted,
}

impl Asking {
    /// Has an answer judged by its method. The look at it is counted before anything comes of it, so that no
    /// race, no lost connection and no page that was answered meanwhile makes one free; a right one is given
    /// back, together with the session that it begins, and one that is never taken at once. None where it is
    /// no answer: a field is missing, or nobody is signed in of whom more is to be proved.
    pub(super) async fn sign_in(&self, trial: &Trial<'_>) -> Result<Option<Attempt>, Error> {
        match self.meant(trial).await? {
            Some(meant) => self.judged(trial, meant).await.map(Some),
            None => Ok(None),
        }
    }

    async fn meant(&self, trial: &Trial<'_>) -> Result<Option<Meant>, Error> {
        let answer = match trial.method.whom(&trial.sent) {
            Some(Whom::Named(name)) if trial.method.identifies() => {
                (self.person(&name).await?, name.into_owned())
            }
            Some(Whom::Present) => return self.present(trial.visitor).await,
            Some(Whom::Named(_)) | None => return Ok(None),
        };
        let (answer, name) = answer;
        let people = match &answer {
            Answer::Several(people) => people.clone(),
            _ => Vec::new(),
        };
        Ok(Some(Meant { name, user: answer.one(), people, present: false }))
    }

    /// The person who is signed in in this browser.
    async fn present(&self, visitor: &Visitor) -> Result<Option<Meant>, Error> {
        let Some((id, hash)) = session_cookie(visitor) else { return Ok(None) };
        let found = self.ask(SessionByCookie { id, hash, client: None }).await?;
        let live = found.filter(|found| found.session.is_live(self.now()));
        let user = live.and_then(|found| found.user);
        let meant = |user: Arc<User>| Meant {
            name: user.username.clone(),
            user: Some(user),
            people: Vec::new(),
            present: true,
        };
        Ok(user.map(meant))
    }

    async fn judged(&self, trial: &Trial<'_>, meant: Meant) -> Result<Attempt, Error> {
        let Trial { visitor, client, method, sent } = *trial;
        let Meant { name, user, people, present } = meant;
        let state = &*self.state;
        let limits = &state.config.limits;
        let told = Told::new(self, visitor, client, &name, user.as_deref());
        let keys = keys(state, visitor, &name, user.as_deref());
        let _waiting = self.inner.metrics.checking_password();
        // The place first: who finds none has nothing counted, and who waits for a turn keeps nobody waiting
        // who has a queue of their own.
        let compared = user.as_deref().filter(|_| method.compares());
        let cost = cost(state, compared);
        let mut place = None;
        if method.compares() && state.config.directory.is_none() {
            let entered = self.inner.pool.enter(visitor.lane(), cost).await;
            match entered {
                Ok(entered) => place = Some(entered),
                Err(refused) => return self.not_looked_at(&told, refused),
            }
        }
        let look = place.as_ref().map_or_else(Look::default, Place::look);
        let turns = self.inner.turns.take(gates(state, &keys, visitor, cost));
        let turns = match &place {
            Some(place) => tokio::time::timeout_at(place.until().into(), turns).await,
            None => tokio::time::timeout(LONGEST, turns).await,
        };
        let Some(turns) = turns.ok().flatten() else { return self.not_looked_at(&told, Refused::Late(cost)) };
        let admitted = match self.admit(&keys, look.clone()).await? {
            Ok(admitted) => admitted,
            Err((seconds, cause)) => {
                told.waits(seconds, cause);
                return Ok(Attempt::refused(Problem::Wait { seconds, network: cause == Cause::Network }));
            }
        };
        let Admitted { budget, before, counted } = admitted;
        if !people.is_empty() {
            told.ambiguous(&people);
        }
        if place.is_none() {
            look.begin();
        }
        let judged = match method.answer(&sent, user.as_deref()) {
            Judged::Work(work) => match self.work(work, place, user.clone(), &told).await {
                Ok(done) => method.after(&sent, user.as_deref(), done),
                Err(Unchecked::Refused(refused)) => {
                    counted.give_back().await;
                    return self.not_looked_at(&told, refused);
                }
                Err(Unchecked::Error(error)) => {
                    counted.give_back().await;
                    return Err(error);
                }
            },
            judged => judged,
        };
        let now = self.inner.clock.now();
        let why = match (judged, user.clone()) {
            (Judged::Next(state), _) => return Ok(Attempt::of(Ok(Progress::Next(method.name(), state)))),
            (Judged::Proof(login, follow_up), Some(user)) if vouches(method, &login, &user) => {
                if !user.locked {
                    let writes = keys.right(limits, budget, &before, now);
                    let outcome = Ok(Progress::Proven(user, login));
                    return Ok(Attempt { outcome, writes, follow_up, of_present: present, _turns: turns });
                }
                Failure::Locked
            }
            (_, None) => Failure::Wrong("nobody has that name"),
            (Judged::Retry(why), Some(_)) => Failure::Wrong(why),
            (Judged::Proof(..) | Judged::Work(_), Some(_)) => {
                Failure::Wrong("the method is not offered to this user")
            }
        };
        told.refused(why);
        self.wrong(&keys).await.map(Attempt::refused)
    }

    /// Does what only the shell can do.
    async fn work(
        &self,
        work: Work,
        place: Option<Place>,
        user: Option<Arc<User>>,
        told: &Told<'_>,
    ) -> Result<Done, Unchecked> {
        let Work::Verify(password) = work;
        let checked = match (place, &self.state.config.directory) {
            (Some(place), _) => self.check_password(place, user, password).await?,
            (None, Some(directory)) => {
                let right = directory::check(&**directory, user.as_deref(), &password).await;
                let login = right.map_err(Unchecked::Error)?.then(|| Login::vouched_by(&ByPassword));
                Checked { login, needs_rehash: false, unusable: None }
            }
            (None, None) => return Err(Unchecked::Error(Error::server("no place among the passwords"))),
        };
        if let Some(why) = checked.unusable {
            told.unusable(why);
        }
        Ok(Done::Verified(checked))
    }

    /// What is said after a wrong answer.
    async fn wrong(&self, keys: &SignIn) -> Result<Problem, Error> {
        let attempts = self.ask(AttemptsOf(keys.names())).await?;
        Ok(match keys.judge(&self.state.config.limits, &attempts, self.inner.clock.now()) {
            Verdict::Wait { seconds, cause } => Problem::Wait { seconds, network: cause == Cause::Network },
            Verdict::Try { left, .. } => Problem::Wrong(left),
        })
    }

    /// After a lost race: a right answer counts for the person as they are by now, unless they are locked,
    /// gone, or have another password; in the configuration that another process has read, too.
    pub(super) async fn still(&self, trial: &Trial<'_>, attempt: Attempt) -> Result<Option<Attempt>, Error> {
        let Ok(Progress::Proven(user, login)) = &attempt.outcome else { return Ok(Some(attempt)) };
        let found = self.ask(UserById(user.id.clone())).await?;
        // The same password may have got another hash meanwhile.
        let same = |found: &User| {
            found.password_epoch == user.password_epoch && found.password.is_some() == user.password.is_some()
        };
        let found = found.filter(|found| !found.locked && same(found));
        let Some(user) = found else { return Ok(None) };
        if !self.is_as_written(&user).await? {
            let Trial { visitor, client, .. } = trial;
            let name = &user.username;
            Told::new(self, visitor, client, name, Some(&user)).refused(Failure::Wrong(
                "another process has read a configuration without this user or password; reload this one",
            ));
            let keys = keys(&self.state, visitor, name, Some(&user));
            return Ok(Some(Attempt::refused(self.wrong(&keys).await?)));
        }
        let outcome = Ok(Progress::Proven(user, login.clone()));
        Ok(Some(Attempt { outcome, ..attempt }))
    }

    /// Whether a person of the configuration is the one that was read last, by whichever process.
    async fn is_as_written(&self, user: &User) -> Result<bool, Error> {
        let Some(Change::RequireDocument(name, version)) = Change::require_user(user) else {
            return Ok(true);
        };
        let found = self.inner.store.ask(DocumentNamed(name)).await.map_err(unavailable)?;
        Ok(found.is_some_and(|document| document.version == version))
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
            for _ in 0..TOGETHER {
                let before = asking.ask(AttemptsOf(keys.names())).await?;
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
        password: Secret<String>,
    ) -> Result<Checked, Unchecked> {
        let method = self.state.config.password.clone();
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
}

impl Asking {
    /// No password can be hashed just now.
    pub(super) fn unhashed(&self, refused: Refused) -> Error {
        let Some(why) = refused.words() else { return Error::server("a password job panicked") };
        self.inner.metrics.password_refused();
        let words = "many users are signing in right now; try again in a moment";
        Error::new(ErrorCode::TemporarilyUnavailable, words).because(why).in_a_crowd()
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

/// Whether a proof is one of this method, and for somebody who can use it.
fn vouches(method: &dyn Method, login: &Login, user: &User) -> bool {
    login.method() == method.name() && method.offered(user)
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

#[cfg(test)]
mod tests;
