//! OpenID Connect Core §3.1.2.2 to §3.1.2.6: what becomes of an authorization request, wherever it is
//! answered.

use super::present::{consent, left_out, present};
use crate::authorization::destination::Destination;
use crate::authorization::{Asked, Present, Request, grant};
use crate::change::Change;
use crate::check;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::Error;
use crate::event::{Event, What, kind};
use crate::id::InteractionId;
use crate::lookup::Facts;
use crate::prompt::{self, Prompt, Reason};
use crate::reason::{self, Situation};
use crate::record::{Client, Grant};
use crate::reply::{Contents, Interact};
use crate::request_object;
use crate::response_type::Granted;
use crate::rule;
use crate::scope::Scope;
use crate::secret::TokenHash;
use crate::subject;
use crate::waiting::{self, Interaction, Stage, Waiting};

/// What a request is decided with: it comes, or the person goes on with it.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    /// Settings and the instant.
    pub env: &'a Env<'a>,
    /// What was found.
    pub facts: &'a Facts,
    /// At which browser the person is.
    pub browser: Browser<'a>,
}

/// The browser of the person.
#[derive(Clone, Copy)]
pub enum Browser<'a> {
    /// It has just come: by what it will be known, if the request has to wait.
    New(&'a dyn Fn() -> TokenHash),
    /// It goes on with a request that waited.
    Waiting(&'a Waiting),
}

impl<'a> Turn<'a> {
    pub(super) fn waiting(&self) -> Option<&'a Waiting> {
        match self.browser {
            Browser::New(_) => None,
            Browser::Waiting(waiting) => Some(waiting),
        }
    }
}

impl Request {
    /// Answers at once, or says what a person has to be asked.
    pub fn decide(&self, destination: &dyn Destination, turn: &Turn<'_>) -> Result<Decision, Error> {
        self.answer(destination, turn).or_else(|error| self.tell(destination, turn, error))
    }

    /// The person said no, or the shell must end the request: tells the client, if there is a destination,
    /// else the person.
    pub fn abort(
        &self,
        destination: Option<&dyn Destination>,
        turn: &Turn<'_>,
        error: Error,
    ) -> Result<Decision, Error> {
        match (destination, turn.facts.client(&self.client_id)) {
            (Some(destination), _) => self.tell(destination, turn, error),
            (None, Some(client)) => Err(error.about(client)),
            (None, None) => Err(error),
        }
    }

    /// RFC 9700 §4.11.2: tells the client; but where nobody has looked at it, and the person has neither
    /// dealt with this request nor agreed to anything before, it tells the person. Otherwise anyone who
    /// registers could send people anywhere by requests that are wrong on purpose. Silent requests are
    /// answered: they are made out of people's sight, and their makers wait for it.
    fn tell(&self, destination: &dyn Destination, turn: &Turn<'_>, error: Error) -> Result<Decision, Error> {
        let client = destination.client();
        let is_sent_away = destination.returns_to().is_some();
        let unknown = turn.waiting().is_none() && consent(turn.facts, destination).is_none();
        let stranger = client.registered && is_sent_away && unknown;
        if stranger && !prompt::is_silent(&self.params) {
            return Err(error.about(client));
        }
        Ok(refuse(destination, turn, error))
    }

    fn answer(&self, destination: &dyn Destination, turn: &Turn<'_>) -> Result<Decision, Error> {
        let (env, client) = (turn.env, destination.client());
        let mut asked = check::all(destination.at(), env, client, &self.params, self.source)?;
        waiting::fits(&self.params).map_err(|error| error.at(&rule::LENGTH))?;
        let waiting = turn.waiting();
        if waiting.is_none() && self.object_until.is_some_and(|until| env.now >= until) {
            return Err(request_object::expired());
        }
        asked.points = destination.points(asked.scope.contains("openid"));
        let present = present(turn, destination, &self.before);
        if let Some(left_out) = &present.consented_now {
            asked.scope = asked.scope.filtered(|word| !left_out.contains(word));
        }
        let left_out = left_out(client, &present);
        let page = asked.scope.clone();
        asked.scope = page.filtered(|word| !left_out.contains(word));
        let situation = Situation { env, client, asked: &asked, destination, present: &present };
        let Some(reason) = reason::first(&situation) else {
            return granted(destination, turn, &asked, present);
        };
        let chosen = waiting.and_then(|waiting| waiting.record.step.as_ref());
        let method = reason::method(&situation, reason, chosen.map(|step| step.method.as_str()));
        if asked.prompt.contains(&Prompt::None) {
            return Err(Error::new(reason.error, reason.description).at(&rule::INTERACTION));
        }
        self.interact(destination, turn, reason, Shown { asked, present, method, scope: page, left_out })
    }

    /// The page on which the person is asked.
    fn interact(
        &self,
        destination: &dyn Destination,
        turn: &Turn<'_>,
        reason: &'static Reason,
        shown: Shown,
    ) -> Result<Decision, Error> {
        let (env, facts, client) = (turn.env, turn.facts, destination.client());
        let address = match turn.browser {
            Browser::Waiting(waiting) => waiting.address(env)?,
            Browser::New(browser) => self.wait(env, client, browser()).seal(env)?,
        };
        let Shown { asked, present, method, scope, left_out } = shown;
        let hinted = asked.hinted_sub.as_deref();
        let expected = hinted.and_then(|sub| subject::username(env, client, sub));
        let interact = Interact {
            address,
            reason,
            method,
            client: client.clone(),
            user: facts.session().and_then(|found| found.user.clone()),
            authenticated_now: present.authenticated_now,
            expected: expected.map(str::to_owned),
            given: facts
                .session()
                .and_then(|found| Some(found.consent.as_ref()?.claims.clone()))
                .unwrap_or_default(),
            agreed: present.consent.filter(|consent| consent.is_live(env.now)),
            scope,
            left_out,
            points: asked.points,
            context: asked.acr.targets(&env.settings.authentication).next().cloned(),
            claims: asked.claims,
            returns_to: destination.returns_to().map(str::to_owned),
        };
        Ok(Decision::answer(Contents::Interact(Box::new(interact))))
    }

    /// What waits for the person, before they have answered anything.
    fn wait(&self, env: &Env<'_>, client: &Client, browser: TokenHash) -> Interaction {
        Interaction {
            id: InteractionId(env.ids.next()),
            browser,
            client: client.client_id.clone(),
            params: waiting::known(&self.params),
            source: self.source,
            object_until: self.object_until,
            started_at: env.now,
            expires_at: env.now.plus(env.settings.lifetimes.interaction),
            sign_up: self.before.sign_up,
            proven: Vec::new(),
            step: None,
            stage: Stage::Asked { declined: self.before.declined },
        }
    }
}

/// What a page shows of a request.
struct Shown {
    asked: Asked,
    present: Present,
    /// The sign-in method by which the person is asked.
    method: Option<&'static str>,
    /// All that is asked for.
    scope: Scope,
    /// Of it, what the person left out the last time.
    left_out: Scope,
}

/// Nobody has to be asked anything any more.
fn granted(
    destination: &dyn Destination,
    turn: &Turn<'_>,
    asked: &Asked,
    present: Present,
) -> Result<Decision, Error> {
    let (env, facts, client) = (turn.env, turn.facts, destination.client());
    let acr = asked.acr.told(&env.settings.authentication, present.reached(env));
    let acr = acr.map_err(|error| error.at(&rule::ACR_VALUES))?;
    let (Some(session), Some(user)) = (present.session, &present.user) else {
        return Err(Error::server("no reason to ask, yet nobody is there"));
    };
    let grant = Grant { acr: Some(acr.to_owned()), ..grant(env, client, asked, &session, user) };
    let granted = Granted {
        client,
        keys: facts.keys_of(&client.client_id),
        user,
        nonce: asked.nonce.as_deref(),
        challenge: asked.challenge.as_ref(),
        grant,
    };
    let mut decision = destination.grant(env, granted)?;
    let mut required: Vec<Change> = vec![Change::RequireSession(session.id)];
    // A consent that was withdrawn meanwhile carries nothing any more.
    let consent = || Change::RequireConsent(user.id.clone(), client.client_id.clone());
    required.extend((!client.skip_consent).then(consent));
    required.extend(Change::require_client(client));
    decision.changes.splice(0..0, required);
    decision.changes.extend(turn.waiting().map(Waiting::finish));
    decision.changes.extend(Change::used(client));
    let said = [
        ("response_type", destination.gives().into()),
        ("scope", asked.scope.to_string().into()),
        ("page", turn.waiting().is_some().into()),
    ];
    let what = What::of(&kind::AUTHORIZATION_GRANTED, said);
    decision.events.push(Event::new(what, client, Some(user)).in_session(Some(session.id)));
    Ok(decision)
}

fn refuse(destination: &dyn Destination, turn: &Turn<'_>, mut error: Error) -> Decision {
    let Decision { changes, reply, .. } = destination.refuse(&error);
    let mut all = std::mem::take(&mut error.changes);
    all.extend(changes);
    all.extend(turn.waiting().map(Waiting::finish));
    let (code, rule) = (error.code.as_str(), error.rule);
    let what = What::Refused { code, rule, reason: error.wire_description(), detail: error.detail };
    let found = turn.facts.session();
    let user = found.and_then(|found| found.user.as_deref());
    let event = Event::new(what, destination.client(), user).in_session(found.map(|found| found.session.id));
    Decision { changes: all, reply, events: vec![event] }
}
