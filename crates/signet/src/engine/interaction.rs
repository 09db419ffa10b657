//! OpenID Connect Core §3.1.2.3, §3.1.2.4: a user at a sign-in, account or consent page.

use std::sync::Arc;

use signet_core::authorization::destination::Destination;
use signet_core::authorization::{Request, denied};
use signet_core::change::Change;
use signet_core::decision::Decision;
use signet_core::endpoint::authorization::{Browser, Turn};
use signet_core::env::Env;
use signet_core::error::Error;
use signet_core::event::{Event, What, Who, kind};
use signet_core::id::ClientId;
use signet_core::lookup::{ClientById, ConsentOf, Facts};
use signet_core::params::Params;
use signet_core::prompt::Ask;
use signet_core::record::{Client, User};
use signet_core::reply::{Contents, Interact, Reply};
use signet_core::secret::TokenHash;
use signet_core::waiting::{self, Authentication, Ended, Interaction, Stale, Unfit, Waiting};
use signet_login::Login;
use signet_login::sign_up::Fault;

use super::authorization::session_cookie;
use super::sign_in::{Attempt, Progress, known, sign_up_refused};
use super::{ATTEMPTS, Asking, Form, Visitor, consent, contended};

/// What comes of a form.
pub(crate) enum Resumed {
    /// A page to show.
    Show(Box<Shown>),
    /// The answer to the client, or an error page; with the cookies of a new session, and the languages that
    /// the request asked for.
    Answer(Box<Reply>, Option<SignedIn>, Option<String>),
    /// The page has ended: the original request starts again.
    Restart(Box<Interaction>, Ended),
    /// There is no such page for this browser, or no more; with the application that it was for.
    Gone(Option<Arc<Client>>),
}

/// A page to show.
pub(crate) struct Shown {
    /// What is asked, and by whom.
    pub(crate) interact: Interact,
    /// The original request, for `ui_locales` and `login_hint`.
    pub(crate) params: Params,
    /// What the sign-in method has to know at the step that the person has come to.
    pub(crate) state: String,
    /// What was wrong with the last try.
    pub(crate) problem: Option<Problem>,
    /// The cookies of a new session.
    pub(crate) signed_in: Option<SignedIn>,
}

/// What a browser gets in which somebody has signed in.
pub(crate) struct SignedIn {
    /// The session cookie.
    pub(crate) session: String,
    /// By which it is known to the person; none where it is already.
    pub(crate) known: Option<String>,
}

/// Why a sign-in or sign-up did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Name and password do not match; so many tries are left before a wait.
    Wrong(u32),
    /// Too many failures, or new accounts.
    Wait {
        /// Wait so many seconds.
        seconds: u64,
        /// It was others in the same network: nothing is said of this person.
        network: bool,
    },
    /// The password was not looked at: too many others are signing in.
    Busy,
    /// There can be no such account.
    SignUp(Vec<Fault>),
}

/// A page whose request waits, as it is by now.
struct Page<'a> {
    env: Env<'a>,
    request: &'a Request,
    destination: Box<dyn Destination>,
    waiting: &'a mut Waiting,
    facts: &'a mut Facts,
}

/// What a person sent, from where, and what came of judging it.
struct Given<'a> {
    /// None of what does not count any more.
    form: Option<&'a Form>,
    visitor: &'a Visitor,
    attempt: Option<&'a Attempt>,
}

/// What a form comes to, before the request is decided again.
#[derive(Default)]
struct Applied {
    changes: Vec<Change>,
    problem: Option<Problem>,
    signed_in: Option<SignedIn>,
    /// In order.
    events: Vec<Event>,
}

impl Asking {
    /// Shows the page, or takes the person's answer to it.
    pub(crate) async fn resume(
        &mut self,
        address: &str,
        visitor: &Visitor,
        form: &Form,
    ) -> Result<Resumed, Error> {
        let Some(sealed) = waiting::unseal(&self.env(), address) else {
            return Ok(Resumed::Gone(None));
        };
        let browser = visitor.browser.as_deref().map(|marker| TokenHash::of(marker.as_bytes()));
        let mut attempt: Option<Attempt> = None;
        for round in 0..ATTEMPTS {
            if round > 0 {
                self.renew();
            }
            let opened = self.find(&[sealed.lookup().into()]).await?;
            let mut waiting = match Waiting::open(&self.env(), &sealed, &opened, browser) {
                Ok(waiting) => waiting,
                Err(Stale::Restart(record, ended)) => return Ok(Resumed::Restart(record, ended)),
                Err(Stale::Unknown(client)) => {
                    let found = self.ask(ClientById(client)).await?;
                    return Ok(Resumed::Gone(found.known()));
                }
            };
            let has_account = self.has_made_account(&mut waiting, visitor).await?;
            let form = Some(form).filter(|form| !(has_account && form.wants_account()));
            // Only now is an answer judged, and only once: nobody has work done for a page that is not open
            // in this browser.
            let submission = form.and_then(|form| self.submission(visitor, &waiting.record, form));
            attempt = match (submission, attempt) {
                (None, _) => None,
                (Some(submission), None) => self.judge(&submission).await?,
                (Some(submission), Some(before)) => self.rejudge(&submission, before).await?,
            };
            let request = Request::resume(&waiting.record);
            // A form without the fields of its method answers nothing.
            let is_empty = attempt.is_none() && matches!(form, Some(Form::Method { .. }));
            let is_again = is_empty || form.is_some_and(Form::only_looks);
            let request = if is_again { request.shown_again() } else { request };
            let lookups = request.lookup(session_cookie(visitor));
            let mut facts = self.find_on(&lookups, |facts| request.follow_up(facts)).await?;
            let given = Given { form, visitor, attempt: attempt.as_ref() };
            let (reply, applied) = self.take(&request, &mut waiting, &mut facts, given).await?;
            let Applied { changes, problem, signed_in, events } = applied;
            if !self.commit_with(changes, &events, visitor.source()).await? {
                continue;
            }
            if signed_in.is_some()
                && let Some((user, follow_up)) = attempt.and_then(Attempt::left_to_do)
            {
                self.follow_up(user, follow_up);
            }
            return Ok(match reply.body {
                Contents::Interact(interact) => Resumed::Show(Box::new(Shown {
                    params: waiting.params(),
                    state: waiting.record.state_of(interact.method).to_owned(),
                    interact: *interact,
                    problem,
                    signed_in,
                })),
                body => {
                    let ui_locales = waiting.params().get("ui_locales").map(str::to_owned);
                    Resumed::Answer(Box::new(Reply { body, ..reply }), signed_in, ui_locales)
                }
            });
        }
        Err(contended())
    }

    /// One sign-up form makes one account, however often it is sent: after that its page goes on with the
    /// account where this browser is signed in to it, and else asks for it.
    async fn has_made_account(&self, waiting: &mut Waiting, visitor: &Visitor) -> Result<bool, Error> {
        if !self.settings().sign_up {
            return Ok(false);
        }
        let made = waiting.account_made(None);
        let session = session_cookie(visitor).map(|(id, _)| id);
        let own = waiting.account_made(session);
        let facts = self.find(&[made.clone().into(), own.clone().into()]).await?;
        if !facts.seen(&made) {
            return Ok(false);
        }
        waiting.has_made_account(session.filter(|_| facts.seen(&own)));
        Ok(true)
    }

    async fn take(
        &self,
        request: &Request,
        waiting: &mut Waiting,
        facts: &mut Facts,
        given: Given<'_>,
    ) -> Result<(Reply, Applied), Error> {
        let env = self.env();
        let destination = request.destination(&env, facts);
        if let Some(Form::Deny) = given.form {
            let turn = Turn { env: &env, facts, browser: Browser::Waiting(waiting) };
            let destination = destination.ok();
            let Decision { changes, reply, events } =
                request.abort(destination.as_deref(), &turn, denied())?;
            // What the application learns follows from it.
            let denied = |event| Event { what: What::of(&kind::CONSENT_REFUSED, []), ..event };
            let events = events.into_iter().map(denied).collect();
            return Ok((reply, Applied { changes, events, ..Applied::default() }));
        }
        let mut page = Page { env, request, destination: destination?, waiting, facts };
        let applied = self.apply(&mut page, given).await?;
        page.decide_again(applied)
    }

    /// What the form changes at its page.
    async fn apply(&self, page: &mut Page<'_>, given: Given<'_>) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        let Some(form) = given.form else { return Ok(applied) };
        match form {
            Form::Again | Form::Named(_) | Form::Deny => {}
            Form::Method { .. } | Form::SignUp(_) => {
                if let Some(attempt) = given.attempt {
                    applied = self.tried(page, form, attempt, given.visitor).await?;
                }
            }
            Form::Choose(method) => page.waiting.step_taken(method, String::new()),
            Form::NewAccount => page.waiting.account_wanted(true),
            Form::HaveAccount => page.waiting.account_wanted(false),
            Form::ThisAccount => {
                page.waiting.account_chosen(&page.env, page.facts).unwrap_or_else(ignored);
            }
            Form::AnotherAccount => page.waiting.account_declined(page.facts).unwrap_or_else(ignored),
            Form::Allow { optional, mark } => {
                // What the page listed is what the request asks now.
                if let Contents::Interact(interact) = page.decide()?.reply.body {
                    let Page { env, waiting, facts, .. } = page;
                    match consent::allowed(env, &interact, waiting, facts, optional, mark) {
                        Ok((changes, event)) => {
                            applied.changes = changes;
                            applied.events.extend(event);
                        }
                        Err(why) => ignored(why),
                    }
                }
            }
        }
        Ok(applied)
    }

    /// What it changes that somebody tried to show who they are.
    async fn tried(
        &self,
        page: &mut Page<'_>,
        form: &Form,
        attempt: &Attempt,
        visitor: &Visitor,
    ) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        // More is proved of the person who is signed in, and of nobody else.
        if attempt.is_of_another(page.facts.session().map(|found| &found.session), page.env.now) {
            return Ok(applied);
        }
        let (user, login, is_new) = match &attempt.outcome {
            Ok(Progress::Proven(user, login)) => (user, login, false),
            Ok(Progress::Made(user, login)) => (user, login, true),
            Ok(Progress::Next(method, state)) => {
                page.waiting.step_taken(method, state.clone());
                return Ok(applied);
            }
            Err(problem) => {
                if let Problem::SignUp(faults) = problem {
                    let (client, typed) = (&page.waiting.record.client, form.typed_name());
                    let refused = sign_up_refused(&self.state, client, typed.unwrap_or_default(), faults);
                    applied.events.push(refused);
                }
                applied.problem = Some(problem.clone());
                return Ok(applied);
            }
        };
        let authentication = Authentication {
            user: user.clone(),
            method: login.method().to_owned(),
            amr: login.amr().to_vec(),
            agent: visitor.agent.clone(),
            address: visitor.address.clone(),
        };
        let Page { env, waiting, facts, .. } = page;
        let begin = if is_new { Waiting::signed_up } else { Waiting::signed_in };
        let (writes, cookie) = begin(waiting, env, facts, authentication);
        applied.changes = attempt.writes.iter().cloned().chain(writes).collect();
        let known = known(&self.state, visitor, user, env.random());
        applied.signed_in = Some(SignedIn { session: cookie.encode(), known });
        applied.events = signed_in_events(is_new, &waiting.record.client, user, login);
        let (user, client) = (user.id.clone(), waiting.record.client.clone());
        let consent = self.ask(ConsentOf { user, client }).await?;
        if let Some(found) = facts.session_mut() {
            found.consent = consent;
        }
        Ok(applied)
    }
}

impl Page<'_> {
    fn decide(&self) -> Result<Decision, Error> {
        let browser = Browser::Waiting(self.waiting);
        self.request.decide(&*self.destination, &Turn { env: &self.env, facts: self.facts, browser })
    }

    /// Decides the request by what the form has come to, which is written together with the decision.
    fn decide_again(self, mut applied: Applied) -> Result<(Reply, Applied), Error> {
        let mut decision = self.decide()?;
        if applied.problem.is_some() && !asks_who(&decision.reply) {
            // Somebody else has signed in in this browser meanwhile, and is not who failed to sign in here.
            self.waiting.account_declined(self.facts).unwrap_or_else(ignored);
            decision = self.decide()?;
        }
        let Decision { changes, reply, events } = decision;
        applied.changes.extend(changes);
        applied.events.extend(events);
        let session = self.facts.session().map(|found| found.session.id);
        applied.events.iter_mut().for_each(|event| event.session = event.session.or(session));
        Ok((reply, applied))
    }
}

/// Whether the page asks people to sign in or to make an account.
fn asks_who(reply: &Reply) -> bool {
    matches!(&reply.body, Contents::Interact(interact) if matches!(interact.reason.ask, Ask::Login | Ask::CreateAccount))
}

/// An answer that does not fit its request any more is none: the page is shown that is needed now.
fn ignored(why: Unfit) {
    tracing::info!(%why, "answer to a page ignored");
}

/// Somebody has shown who they are, perhaps with an account that they have just made.
fn signed_in_events(is_new: bool, client: &ClientId, user: &User, login: &Login) -> Vec<Event> {
    let event = |what| Event { client: Some(client.clone()), ..Event::of_person(what, Some(Who::of(user))) };
    let said = [("method", login.method().into()), ("amr", login.amr().join(" ").into())];
    let signed_in = What::of(&kind::SIGN_IN_SUCCEEDED, said);
    let signed_up = is_new.then(|| What::of(&kind::SIGN_UP_SUCCEEDED, []));
    signed_up.into_iter().chain([signed_in]).map(event).collect()
}
