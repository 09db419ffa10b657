//! OpenID Connect Core §3.1.2.3, §3.1.2.4: a user at a sign-in, account or consent page.

use std::sync::Arc;

use signet_core::authorization::{Request, denied};
use signet_core::change::Change;
use signet_core::decision::Decision;
use signet_core::endpoint::authorization::{Browser, Turn};
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
use signet_login::sign_up::Fault;
use signet_login::{Login, Sent};

use super::authorization::session_cookie;
use super::sign_in::{Attempt, Progress, Trial, known, sign_up_refused};
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

/// Whether the page asks people to sign in or to make an account.
fn asks_who(reply: &Reply) -> bool {
    matches!(&reply.body, Contents::Interact(interact) if matches!(interact.reason.ask, Ask::Login | Ask::CreateAccount))
}

/// An answer that does not fit its request any more is none: the page is shown that is needed now.
fn ignored(why: Unfit) {
    tracing::info!(%why, "answer to a page ignored");
}

/// Somebody has shown who they are, perhaps with an account that they have just made.
fn signed_in_events(form: &Form, client: &ClientId, user: &User, login: &Login) -> Vec<Event> {
    let event = |what| Event { client: Some(client.clone()), ..Event::of_person(what, Some(Who::of(user))) };
    let said = [("method", login.method().into()), ("amr", login.amr().join(" ").into())];
    let signed_in = What::of(&kind::SIGN_IN_SUCCEEDED, said);
    let signed_up = matches!(form, Form::SignUp(_)).then(|| What::of(&kind::SIGN_UP_SUCCEEDED, []));
    signed_up.into_iter().chain([signed_in]).map(event).collect()
}

/// What a person sent, from where, and what came of looking at it.
struct Given<'a> {
    form: &'a Form,
    visitor: &'a Visitor,
    checked: Option<&'a Attempt>,
}

/// What a step of the loop below came to.
struct Step {
    changes: Vec<Change>,
    reply: Reply,
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
        let mut checked = None;
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
            let form = match form {
                _ if !self.has_made_account(&mut waiting, visitor).await? => form,
                Form::SignUp(_) | Form::NewAccount => &Form::GoOn,
                _ => form,
            };
            // Only now is an answer looked at, and only once: nobody has work done for a page that is not
            // open in this browser.
            if let Some(trial) = self.trial(visitor, &waiting.record, form) {
                if round > 0 {
                    checked = self.still(&trial, checked).await?;
                }
                if checked.is_none() {
                    checked = self.sign_in(&trial).await?;
                }
            }
            match (form, &mut checked) {
                (Form::SignUp(wish), None) if round == 0 => {
                    checked = self.sign_up(visitor, &waiting.record.client, wish).await?;
                }
                (Form::SignUp(wish), Some(attempt)) => self.give_way(wish, attempt).await?,
                _ => {}
            }
            let request = Request::resume(&waiting.record);
            // A form without the fields of its method answers nothing.
            let is_empty = matches!(form, Form::Method { .. }) && checked.is_none();
            let is_again = is_empty || form.only_looks();
            let request = if is_again { request.shown_again() } else { request };
            let lookups = request.lookup(session_cookie(visitor));
            let mut facts = self.find_on(&lookups, |facts| request.follow_up(facts)).await?;
            let given = Given { form, visitor, checked: checked.as_ref() };
            let step = self.take(&request, &mut waiting, &mut facts, given).await?;
            if !self.commit_with(step.changes, &step.events, visitor.source()).await? {
                continue;
            }
            let proven = checked.as_ref().and_then(Attempt::proven).filter(|_| step.signed_in.is_some());
            if let Some(user) = proven.cloned()
                && let Some(follow_up) = checked.and_then(|attempt| attempt.follow_up)
            {
                self.follow_up(user, follow_up);
            }
            return Ok(match step.reply.body {
                Contents::Interact(interact) => Resumed::Show(Box::new(Shown {
                    params: waiting.params(),
                    state: waiting.record.state_of(interact.method).to_owned(),
                    interact: *interact,
                    problem: step.problem,
                    signed_in: step.signed_in,
                })),
                body => {
                    let ui_locales = waiting.params().get("ui_locales").map(str::to_owned);
                    Resumed::Answer(Box::new(Reply { body, ..step.reply }), step.signed_in, ui_locales)
                }
            });
        }
        Err(contended())
    }

    /// An answer to the page of a method, at the step that the person has come to.
    fn trial<'a>(
        &'a self,
        visitor: &'a Visitor,
        record: &'a Interaction,
        form: &'a Form,
    ) -> Option<Trial<'a>> {
        let Form::Method { method, fields } = form else { return None };
        let sent = Sent {
            fields,
            state: record.state_of(Some(method)),
            now: self.now(),
            chance: self.env().random(),
        };
        let method = self.state.config.methods.find(method)?;
        Some(Trial { visitor, client: &record.client, method, sent })
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
        Given { form, visitor, checked }: Given<'_>,
    ) -> Result<Step, Error> {
        let env = self.env();
        let destination = request.destination(&env, facts);
        if let Form::Deny = form {
            let turn = Turn { env: &env, facts, browser: Browser::Waiting(waiting) };
            let destination = destination.ok();
            let Decision { changes, reply, events } =
                request.abort(destination.as_deref(), &turn, denied())?;
            // What the application learns follows from it.
            let denied = |event| Event { what: What::of(&kind::CONSENT_REFUSED, []), ..event };
            let events = events.into_iter().map(denied).collect();
            return Ok(Step { changes, reply, problem: None, signed_in: None, events });
        }
        let destination = destination?;
        let decide = |waiting: &Waiting, facts: &Facts| {
            request.decide(&*destination, &Turn { env: &env, facts, browser: Browser::Waiting(waiting) })
        };
        let mut changes = Vec::new();
        let mut problem = None;
        let mut signed_in = None;
        let mut events = Vec::new();
        match form {
            Form::GoOn | Form::Again | Form::Named(_) | Form::Deny => {}
            Form::Method { .. } | Form::SignUp(_) => match checked {
                // More is proved of the person who is signed in, and of nobody else.
                Some(attempt)
                    if attempt.is_of_another(facts.session().map(|found| &found.session), env.now) => {}
                Some(Attempt { outcome: Ok(Progress::Proven(user, login)), writes, .. }) => {
                    changes.extend(writes.iter().cloned());
                    let authentication = Authentication {
                        user: user.clone(),
                        method: login.method().to_owned(),
                        amr: login.amr().to_vec(),
                        agent: visitor.agent.clone(),
                        address: visitor.address.clone(),
                    };
                    let (writes, cookie) = match form {
                        Form::SignUp(_) => waiting.signed_up(&env, facts, authentication),
                        _ => waiting.signed_in(&env, facts, authentication),
                    };
                    changes.extend(writes);
                    let known = known(&self.state, visitor, user, env.random());
                    signed_in = Some(SignedIn { session: cookie.encode(), known });
                    events.extend(signed_in_events(form, &waiting.record.client, user, login));
                    let (user, client) = (user.id.clone(), waiting.record.client.clone());
                    let consent = self.ask(ConsentOf { user, client }).await?;
                    if let Some(found) = facts.session_mut() {
                        found.consent = consent;
                    }
                }
                Some(Attempt { outcome: Ok(Progress::Next(state)), .. }) => {
                    if let Form::Method { method, .. } = form {
                        waiting.step_taken(method, state.clone());
                    }
                }
                Some(Attempt { outcome: Err(why), writes, .. }) => {
                    changes.extend(writes.iter().cloned());
                    if let (Form::SignUp(wish), Problem::SignUp(faults)) = (form, why) {
                        let client = &waiting.record.client;
                        events.push(sign_up_refused(&self.state, client, &wish.username, faults));
                    }
                    problem = Some(why.clone());
                }
                None => {}
            },
            Form::Choose(method) => waiting.step_taken(method, String::new()),
            Form::NewAccount => waiting.account_wanted(true),
            Form::HaveAccount => waiting.account_wanted(false),
            Form::ThisAccount => waiting.account_chosen(&env, facts).unwrap_or_else(ignored),
            Form::AnotherAccount => waiting.account_declined(facts).unwrap_or_else(ignored),
            Form::Allow { optional, mark } => {
                // What the page listed is what the request asks now.
                let Decision { reply, .. } = decide(waiting, facts)?;
                if let Contents::Interact(interact) = reply.body {
                    match consent::allowed(&env, &interact, waiting, facts, optional, mark) {
                        Ok((writes, event)) => {
                            changes.extend(writes);
                            events.extend(event);
                        }
                        Err(why) => ignored(why),
                    }
                }
            }
        }
        let mut decision = decide(waiting, facts)?;
        if problem.is_some() && !asks_who(&decision.reply) {
            // Somebody else has signed in in this browser meanwhile, and is not who failed to sign in here.
            waiting.account_declined(facts).unwrap_or_else(ignored);
            decision = decide(waiting, facts)?;
        }
        changes.extend(decision.changes);
        events.extend(decision.events);
        let session = facts.session().map(|found| found.session.id);
        events.iter_mut().for_each(|event| event.session = event.session.or(session));
        Ok(Step { changes, reply: decision.reply, problem, signed_in, events })
    }
}
