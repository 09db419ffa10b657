//! OpenID Connect Core §3.1.2.3, §3.1.2.4: a person at a sign-in, account or consent page.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::decision::{Decision, Interact, Reply};
use signet_core::endpoint::authorization::{Request, denied};
use signet_core::error::{Error, ErrorCode};
use signet_core::interaction::{self, Authentication, Interaction, Stale, Waiting};
use signet_core::lookup::{Facts, Lookup};
use signet_core::params::Params;
use signet_core::prompt::Ask;
use signet_core::record::User;
use signet_core::scope::Scope;
use signet_core::secret::{Secret, TokenHash};
use signet_login::Login;
use signet_login::password::{self, Checked};
use signet_login::sign_up::{Fault, Wish};
use signet_login::throttle::{Keys, Verdict};

use super::authorization::session_cookie;
use super::{ATTEMPTS, Visitor, contended};
use crate::provider::{Provider, State};

/// What a person sent.
#[derive(Debug)]
pub(crate) enum Form {
    /// Nothing: the page was opened.
    Open,
    /// Sign in.
    Password {
        /// As typed.
        username: String,
        /// As typed.
        password: Secret<String>,
    },
    /// Make an account.
    SignUp(Wish),
    /// See the sign-up page.
    NewAccount,
    /// Have an account already.
    HaveAccount,
    /// Go on with the account that is signed in.
    ThisAccount,
    /// Sign in as somebody else.
    AnotherAccount,
    /// Allow, with the optional scopes that were ticked.
    Allow {
        /// Ticked.
        optional: Vec<String>,
    },
    /// Do not allow.
    Deny,
}

/// What comes of it.
pub(crate) enum Resumed {
    /// A page to show.
    Show(Box<Shown>),
    /// The answer to the client, or an error page; with the new session cookie.
    Answer(Reply, Option<String>),
    /// The page is too old or was answered: the original request starts again.
    Restart(Box<Interaction>),
    /// There is no such page for this browser.
    Gone,
}

/// A page to show.
pub(crate) struct Shown {
    /// What is asked, and by whom.
    pub(crate) interact: Interact,
    /// The original request, for `ui_locales` and `login_hint`.
    pub(crate) params: Params,
    /// What was wrong with the last try.
    pub(crate) problem: Option<Problem>,
    /// What the person typed, if they typed anything.
    pub(crate) typed: Option<Typed>,
    /// The new session cookie.
    pub(crate) session: Option<String>,
}

/// What the person typed, to be shown again; never the password.
#[derive(Clone, Default)]
pub(crate) struct Typed {
    /// What they sign in with.
    pub(crate) username: String,
    /// What to call them, on the sign-up page.
    pub(crate) name: String,
    /// On the sign-up page.
    pub(crate) email: String,
}

/// Why a sign-in or sign-up did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Name and password do not match; so many tries are left before a wait.
    Wrong(u32),
    /// Too many failures, or new accounts; wait so many seconds.
    Wait(u64),
    /// There can be no such account.
    SignUp(Vec<Fault>),
}

/// What a step of the loop below came to.
struct Step {
    changes: Vec<Change>,
    reply: Reply,
    problem: Option<Problem>,
    session: Option<String>,
}

impl Provider {
    /// Shows the page, or takes the person's answer to it.
    pub(crate) async fn resume(
        &self,
        address: &str,
        visitor: &Visitor,
        form: &Form,
    ) -> Result<Resumed, Error> {
        let state = self.state();
        let env = self.env(&state);
        let Some(sealed) = interaction::unseal(&env, address) else { return Ok(Resumed::Gone) };
        let browser = visitor.browser.as_deref().map(|marker| TokenHash::of(marker.as_bytes()));
        let mut guess = self.guess(&state, visitor, form).await?;
        let mut checked = match form {
            Form::SignUp(wish) => self.sign_up(&state, visitor, wish).await?,
            _ => None,
        };
        for round in 0..ATTEMPTS {
            if round > 0 && self.has_changed(&state, guess.as_ref()).await? {
                guess = self.guess(&state, visitor, form).await?;
            }
            match (form, &guess, &mut checked) {
                (Form::SignUp(wish), _, Some(attempt)) if round > 0 => {
                    self.give_way(&state, wish, attempt).await?;
                }
                (_, Some(guess), checked) => *checked = Some(self.weigh(&state, guess).await?),
                _ => {}
            }
            let opened = self.find(&state.config, &[sealed.lookup()]).await?;
            let mut waiting = match Waiting::open(&env, &sealed, &opened, browser) {
                Ok(waiting) => waiting,
                Err(Stale::Restart(record)) => return Ok(Resumed::Restart(record)),
                Err(Stale::Unknown) => return Ok(Resumed::Gone),
            };
            let request = Request::resume(&waiting.record);
            let lookups = request.lookup(session_cookie(visitor));
            let mut facts = self.find_on(&state.config, &lookups, |facts| request.follow_up(facts)).await?;
            let step = self
                .take(&state, &request, &mut waiting, &mut facts, form, visitor, checked.as_ref())
                .await?;
            if !self.commit(step.changes).await? {
                continue;
            }
            if checked.as_ref().is_some_and(Attempt::is_counted_guess) {
                let username = typed(form).map(|typed| typed.username);
                tracing::info!(username, address = visitor.address.as_deref(), "a sign-in was refused");
            }
            return Ok(match step.reply {
                Reply::Interact(interact) => Resumed::Show(Box::new(Shown {
                    interact: *interact,
                    params: waiting.params(),
                    problem: step.problem,
                    typed: typed(form),
                    session: step.session,
                })),
                reply => Resumed::Answer(reply, step.session),
            });
        }
        Err(contended())
    }

    #[expect(clippy::too_many_arguments, reason = "one private step of `resume`, split off for reading")]
    async fn take(
        &self,
        state: &State,
        request: &Request,
        waiting: &mut Waiting,
        facts: &mut Facts,
        form: &Form,
        visitor: &Visitor,
        checked: Option<&Attempt>,
    ) -> Result<Step, Error> {
        let env = self.env(state);
        let browser = waiting.record.browser;
        let mut changes = Vec::new();
        let mut problem = None;
        let mut session = None;
        match form {
            Form::Open => {}
            Form::Password { .. } | Form::SignUp(_) => match checked {
                Some(Attempt { outcome: Ok((user, login)), writes, .. }) => {
                    changes.extend(writes.iter().cloned());
                    let authentication = Authentication {
                        user: user.clone(),
                        amr: login.amr().to_vec(),
                        agent: visitor.agent.clone(),
                        address: visitor.address.clone(),
                    };
                    let (writes, cookie) = waiting.signed_in(&env, facts, authentication);
                    changes.extend(writes);
                    session = Some(cookie.encode());
                    let consent = Lookup::Consent(user.id.clone(), waiting.record.client.clone());
                    facts.consent = self.find(&state.config, &[consent]).await?.consent;
                }
                Some(Attempt { outcome: Err(why), writes }) => {
                    changes.extend(writes.iter().cloned());
                    problem = Some(why.clone());
                }
                None => {}
            },
            Form::NewAccount => waiting.account_wanted(true),
            Form::HaveAccount => waiting.account_wanted(false),
            Form::ThisAccount => waiting.account_chosen(facts, false),
            Form::AnotherAccount => waiting.account_chosen(facts, true),
            Form::Allow { optional } => {
                // What the page listed is what the request asks now; only what can be left out can be missing from the form.
                let Decision { reply, .. } = request.decide(&env, facts, browser, Some(waiting))?;
                if let Reply::Interact(interact) = reply
                    && interact.reason.ask == Ask::Consent
                {
                    let left_out = interact.scope.filtered(|word| {
                        OPTIONAL_SCOPES.contains(&word) && !optional.iter().any(|o| o == word)
                    });
                    let allowed: Scope = interact.scope.filtered(|word| !left_out.contains(word));
                    changes.extend(waiting.consented(&env, facts, &allowed, left_out, &interact.claims));
                }
            }
            Form::Deny => {
                let Decision { changes, reply } = request.abort(&env, facts, Some(waiting), denied())?;
                return Ok(Step { changes, reply, problem: None, session: None });
            }
        }
        let decision = request.decide(&env, facts, browser, Some(waiting))?;
        changes.extend(decision.changes);
        Ok(Step { changes, reply: decision.reply, problem, session })
    }

    /// Checks a password once, whatever races follow: reads the account and its failures, hashes off the async threads.
    async fn guess(&self, state: &State, visitor: &Visitor, form: &Form) -> Result<Option<Guess>, Error> {
        let Form::Password { username, password } = form else { return Ok(None) };
        let config = &state.config;
        let user = self.person(config, username).await?;
        // One budget for each account, however its name is written.
        let account = user.as_ref().map_or(username, |user| &user.username);
        let keys = Keys::new(account, visitor.address.as_deref());
        let facts = self.find(config, &[Lookup::Attempts(keys.names())]).await?;
        if let Verdict::Wait { seconds } = keys.judge(&config.limits, &facts.attempts, self.inner.clock.now())
        {
            return Ok(Some(Guess::TooSoon(seconds)));
        }
        let checked = self.check_password(state, user.clone(), password).await?;
        let proof = checked.login.zip(user).filter(|(_, user)| !user.locked);
        let rehash = match &proof {
            Some((_, user)) if checked.needs_rehash => self.rehash(state, user, password).await?,
            _ => None,
        };
        let proof = proof.map(|(login, user)| {
            let read = user.version;
            // As it is stored by the time the session is.
            let version = if rehash.is_some() { read.saturating_add(1) } else { read };
            let user = Arc::new(User { version, ..user.duplicate() });
            Box::new(Proof { login, user, read, rehash })
        });
        Ok(Some(Guess::Checked { keys, proof }))
    }

    /// Guesses that came at the same instant were all let in before the first was counted: each is judged again, right or wrong, until
    /// nothing was counted between its judgement and its writes.
    async fn weigh(&self, state: &State, guess: &Guess) -> Result<Attempt, Error> {
        let wait = |seconds| Attempt { outcome: Err(Problem::Wait(seconds)), writes: Vec::new() };
        let (keys, proof) = match guess {
            Guess::TooSoon(seconds) => return Ok(wait(*seconds)),
            Guess::Checked { keys, proof } => (keys, proof),
        };
        let (config, now) = (&state.config, self.inner.clock.now());
        let attempts = self.find(config, &[Lookup::Attempts(keys.names())]).await?.attempts;
        let left = match keys.judge(&config.limits, &attempts, now) {
            Verdict::Wait { seconds } => return Ok(wait(seconds)),
            Verdict::Try { left } => left,
        };
        let mut writes: Vec<Change> = keys.as_judged(&attempts, now).into_iter().collect();
        let outcome = match proof {
            Some(proof) => {
                writes.extend(keys.succeeded(&attempts));
                writes.extend(proof.rehash.clone());
                Ok((proof.user.clone(), proof.login.clone()))
            }
            None => {
                writes.extend(keys.failed(&config.limits, now));
                Err(if left > 1 { Problem::Wrong(left - 1) } else { Problem::Wait(config.limits.first_wait) })
            }
        };
        Ok(Attempt { outcome, writes })
    }

    /// Whether the record that a password was right for is another by now: locked, with a new password, removed. Then it counts no more.
    async fn has_changed(&self, state: &State, guess: Option<&Guess>) -> Result<bool, Error> {
        let Some(Guess::Checked { proof: Some(proof), .. }) = guess else { return Ok(false) };
        let found = self.find(&state.config, &[Lookup::User(proof.user.id.clone())]).await?.user;
        Ok(found.is_none_or(|found| found.version != proof.read))
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

    /// The same password under the cost that is configured now; people in the configuration are left alone.
    async fn rehash(
        &self,
        state: &State,
        user: &Arc<User>,
        password: &Secret<String>,
    ) -> Result<Option<Change>, Error> {
        if state.config.people.by_id.contains_key(&user.id) {
            return Ok(None);
        }
        let (method, password) = (state.config.password.clone(), password.duplicate());
        let salt = self.env(state).random();
        match self.inner.pool.run(move |memory| method.hash(memory, &password, salt)).await {
            Ok(Ok(hash)) => {
                let mut renewed = user.duplicate();
                renewed.password = Some(Secret::new(hash));
                renewed.updated_at = self.inner.clock.now();
                Ok(Some(Change::PutUser(Arc::new(renewed))))
            }
            // The sign-in counts all the same; the next one tries again.
            Ok(Err(_)) | Err(_) => Ok(None),
        }
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

/// Scopes that a person may leave out on the consent page.
pub(crate) const OPTIONAL_SCOPES: &[&str] = &["offline_access"];

/// A password that somebody typed, and what the hash says of it.
enum Guess {
    /// It was not looked at: wait so many seconds.
    TooSoon(u64),
    /// It was looked at.
    Checked {
        /// What it counts under.
        keys: Keys,
        /// It was right, and the person may sign in.
        proof: Option<Box<Proof>>,
    },
}

/// A right password.
struct Proof {
    login: Login,
    user: Arc<User>,
    /// In which version it was read.
    read: u64,
    /// The same password under the cost that is configured now.
    rehash: Option<Change>,
}

/// A verified or refused password, or a new account, with the writes that belong to it.
pub(super) struct Attempt {
    pub(super) outcome: Result<(Arc<User>, Login), Problem>,
    pub(super) writes: Vec<Change>,
}

impl Attempt {
    /// Whether it was a guess, and wrong; not whether it had to wait, which counts for nothing.
    fn is_counted_guess(&self) -> bool {
        matches!(self.outcome, Err(Problem::Wrong(_) | Problem::Wait(_))) && !self.writes.is_empty()
    }
}

fn typed(form: &Form) -> Option<Typed> {
    match form {
        Form::Password { username, .. } => Some(Typed { username: username.clone(), ..Typed::default() }),
        Form::SignUp(Wish { username, name, email, .. }) => {
            Some(Typed { username: username.clone(), name: name.clone(), email: email.clone() })
        }
        _ => None,
    }
}
