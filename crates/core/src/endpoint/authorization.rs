//! RFC 6749 §4.1.1, OpenID Connect Core §3.1.2: the authorization endpoint.
//!
//! Before the callback is verified a refusal is a page (`Err`); after it, a refusal travels to the client
//! (`Ok`). The types see to it: only a [`Callback`] can send anything anywhere.

mod present;

use std::sync::Arc;

use super::{Door, Endpoint, Own};
use crate::authorization::callback::Callback;
use crate::authorization::{Before, Request, grant, unknown_client, who};

use crate::change::Change;
use crate::check::{self, At};
use crate::decision::Decision;
use crate::env::Env;
use crate::error::Error;
use crate::event::{Event, What};
use crate::id::{ClientId, InteractionId, SessionId};
use crate::incoming::Method;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::prompt::{self, Prompt};
use crate::reason::{self, Situation};
use crate::record::{Client, Grant};
use crate::reply::{Contents, Interact};
use crate::request_object::{self, PARAMETERS, Unresolved};
use crate::resource;
use crate::response_type::{Granted, ResponseType};
use crate::rule;
use crate::scope::Scope;
use crate::secret::TokenHash;
use crate::token::id_token_hint;
use crate::token::protect::{self, ID_TOKEN};
use crate::waiting::{self, Ended, Interaction, Waiting};

use present::{consent, left_out, present};

/// What a browser brings.
#[derive(Debug)]
pub enum Parsed {
    /// Parameters.
    Request(Request),
    /// A request object, which contains them.
    Object(Unresolved),
}

/// The authorization endpoint.
pub struct Authorization;

impl Endpoint for Authorization {
    fn name(&self) -> &'static str {
        "authorization"
    }

    fn spec(&self) -> &'static str {
        "RFC 6749 section 3.1, OpenID Connect Core 1.0 section 3.1.2"
    }

    fn path(&self) -> &'static str {
        "/authorize"
    }

    fn door(&self) -> Door {
        Door::Own(Own::Authorization)
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Get, Method::Post]
    }
}

impl Request {
    /// Finds out who asks; nothing else is trusted yet.
    pub fn parse(params: Params) -> Result<Parsed, Error> {
        let at = |error: Error| error.at(&rule::CLIENT_ID);
        if params.pairs().iter().filter(|(name, _)| name == "client_id").count() > 1 {
            return Err(at(Error::invalid_request("client_id is given more than once")));
        }
        let client_id = ClientId::from(params.require("client_id").map_err(at)?);
        Ok(match PARAMETERS.iter().any(|name| params.get(name).is_some()) {
            true => Parsed::Object(Unresolved::new(params, client_id)),
            false => Parsed::Request(Self::plain(params, client_id)),
        })
    }

    /// A request whose page ended, as if its link had been followed anew. What the person was about to do on
    /// a page that was not answered they still do.
    pub fn again(record: &Interaction, ended: Ended) -> Self {
        let before = match ended {
            Ended::Answered => Before::default(),
            Ended::Expired | Ended::OtherBrowser => {
                Before { sign_up: record.sign_up, declined: record.declined, shown_again: false }
            }
        };
        Self { before, ..Self::resume(record) }
    }

    /// A request that waits. A request object was resolved when it came, and is not looked at again.
    pub fn resume(record: &Interaction) -> Self {
        let params = Params::from_pairs(record.params.clone());
        Self::resolved(params, record.client.clone(), record.source, record.object_until)
    }

    /// The client, and the person whom the cookie names.
    pub fn lookup(&self, cookie: Option<(SessionId, TokenHash)>) -> Vec<Lookup> {
        who(&self.client_id, cookie)
    }

    /// What the first read shows to be missing: the client's keys, where the answer holds an ID token that is
    /// encrypted to them.
    pub fn follow_up(&self, facts: &Facts) -> Vec<Lookup> {
        let response_type = self.params.get("response_type").and_then(ResponseType::find);
        let due = response_type.is_some_and(|response_type| response_type.has("id_token"));
        let client = facts.client(&self.client_id).filter(|_| due);
        let keys = client.and_then(|client| protect::wanted_keys(client, &ID_TOKEN, facts));
        keys.map(Lookup::from).into_iter().collect()
    }

    /// Who asks, if known.
    pub fn client<'a>(&self, facts: &'a Facts) -> Option<&'a Arc<Client>> {
        facts.client(&self.client_id)
    }

    /// Why the request's `id_token_hint` is passed over, for the log.
    pub fn unread_hint(&self, env: &Env<'_>, facts: &Facts) -> Option<&'static str> {
        let token = self.params.get("id_token_hint")?;
        id_token_hint::read(env, token, facts.client(&self.client_id).map(Arc::as_ref)).err()
    }

    /// The API that the request means by `audience`, which is ignored, for the log.
    pub fn meant_by_audience<'a>(&self, env: &Env<'a>, client: &'a Client) -> Option<&'a str> {
        resource::meant_by_audience(env.settings, client, &self.params)
    }

    /// Answers at once, or says what a person has to be asked. `waiting` is the interaction this request
    /// already has; `browser` is by what the browser of a new one is known.
    pub fn decide(
        &self,
        env: &Env<'_>,
        facts: &Facts,
        browser: &dyn Fn() -> TokenHash,
        waiting: Option<&Waiting>,
    ) -> Result<Decision, Error> {
        let client = facts.client(&self.client_id).ok_or_else(|| unknown_client(&self.client_id, facts))?;
        let callback = Callback::verify(env, client, &self.params).map_err(|error| error.about(client))?;
        let outcome = self.answer(env, facts, client, &callback, browser, waiting);
        outcome.or_else(|error| self.tell(facts, client, &callback, error, waiting))
    }

    /// The person said no, or the shell must end the request: tells the client, if its callback verifies,
    /// else the person.
    pub fn abort(
        &self,
        env: &Env<'_>,
        facts: &Facts,
        waiting: Option<&Waiting>,
        error: Error,
    ) -> Result<Decision, Error> {
        let Some(client) = facts.client(&self.client_id) else { return Err(error) };
        match Callback::verify(env, client, &self.params) {
            Ok(callback) => self.tell(facts, client, &callback, error, waiting),
            Err(_) => Err(error.about(client)),
        }
    }

    /// RFC 9700 §4.11.2: tells the client; but where nobody has looked at it, and the person has neither
    /// dealt with this request nor agreed to anything before, it tells the person. Otherwise anyone who
    /// registers could send people anywhere by requests that are wrong on purpose. Silent requests are
    /// answered: they are made out of people's sight, and their makers wait for it.
    fn tell(
        &self,
        facts: &Facts,
        client: &Arc<Client>,
        callback: &Callback,
        error: Error,
        waiting: Option<&Waiting>,
    ) -> Result<Decision, Error> {
        let stranger = client.registered
            && waiting.is_none()
            && consent(facts, client, callback.redirect_uri()).is_none();
        if stranger && !prompt::is_silent(&self.params) {
            return Err(error.about(client));
        }
        Ok(refuse(facts, client, callback, error, waiting))
    }

    fn answer(
        &self,
        env: &Env<'_>,
        facts: &Facts,
        client: &Arc<Client>,
        callback: &Callback,
        browser: &dyn Fn() -> TokenHash,
        waiting: Option<&Waiting>,
    ) -> Result<Decision, Error> {
        let mut asked = check::all(At::Authorization, env, client, &self.params, self.source)?;
        waiting::fits(&self.params).map_err(|error| error.at(&rule::LENGTH))?;
        if waiting.is_none() && self.object_until.is_some_and(|until| env.now >= until) {
            return Err(request_object::expired());
        }
        if let Some(waiting) = waiting {
            asked.scope = asked.scope.filtered(|word| !waiting.record.left_out.contains(word));
        }
        let interaction = waiting.map(|waiting| &waiting.record);
        let redirect_uri = callback.redirect_uri();
        let present = present(env.now, facts, client, redirect_uri, interaction, &self.before);
        let left_out = left_out(client, &present);
        let page = asked.scope.clone();
        asked.scope = page.filtered(|word| !left_out.contains(word));
        let situation = Situation { env, client, asked: &asked, present: &present };
        if let Some(reason) = reason::first(&situation) {
            if asked.prompt.contains(&Prompt::None) {
                return Err(Error::new(reason.error, reason.description).at(&rule::INTERACTION));
            }
            let address = match waiting {
                Some(waiting) => waiting.address(env)?,
                None => self.wait(env, client, browser()).seal(env)?,
            };
            let interact = Interact {
                address,
                reason,
                client: client.clone(),
                user: facts.session.as_ref().and(facts.user.clone()),
                scope: page,
                left_out,
                points: asked.points(),
                claims: asked.claims,
                redirect_uri: redirect_uri.to_owned(),
                context: asked.acr.target(&env.settings.authentication).cloned(),
            };
            return Ok(Decision::answer(Contents::Interact(Box::new(interact))));
        }
        let acr = asked.acr.told(&env.settings.authentication, present.reached(env));
        let acr = acr.map_err(|error| error.at(&rule::ACR_VALUES))?;
        let (Some(session), Some(user), Some(response_type)) =
            (present.session, &facts.user, asked.response_type)
        else {
            return Err(Error::server("no reason to ask, yet nobody is there"));
        };
        let grant = Grant { acr: acr.map(str::to_owned), ..grant(env, client, &asked, &session, user) };
        let keys = facts.keys_of(&client.client_id);
        let granted = Granted {
            redirect_uri: callback.redirect_uri(),
            client,
            keys,
            user,
            nonce: asked.nonce.as_deref(),
            challenge: asked.challenge.as_ref(),
            grant,
        };
        let answer = response_type.answer(env, granted).map_err(|error| error.at(&rule::RESPONSE_TYPE))?;
        let mut decision =
            Decision { changes: answer.changes, reply: callback.deliver(answer.fields), event: None };
        let mut required: Vec<Change> = vec![Change::RequireSession(session.id)];
        required.extend(Change::require_client(client));
        decision.changes.splice(0..0, required);
        decision.changes.extend(waiting.map(Waiting::finish));
        decision.changes.extend(Change::used(client));
        let page = waiting.is_some();
        let what = What::Authorized { response_type: response_type.name, scope: asked.scope.clone(), page };
        decision.event = Event::new(what, client, Some(user)).boxed();
        Ok(decision)
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
            authenticated: None,
            selected: None,
            declined: self.before.declined,
            sign_up: self.before.sign_up,
            consented: None,
            left_out: Scope::default(),
        }
    }
}

fn refuse(
    facts: &Facts,
    client: &Client,
    callback: &Callback,
    mut error: Error,
    waiting: Option<&Waiting>,
) -> Decision {
    let mut changes = std::mem::take(&mut error.changes);
    changes.extend(waiting.map(Waiting::finish));
    let reply = callback.refuse(&error);
    let (code, rule) = (error.code.as_str(), error.rule.map(|rule| rule.id));
    let what = What::Refused { code, rule, reason: error.wire_description(), detail: error.detail };
    let user = facts.session.as_ref().and(facts.user.as_deref());
    Decision { changes, reply, event: Event::new(what, client, user).boxed() }
}
