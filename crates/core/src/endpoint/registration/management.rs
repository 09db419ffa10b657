//! RFC 7592 §2: a client reads, replaces or removes its registration.

use std::sync::Arc;

use super::super::Step;
use super::{Wish, answer, beyond, fits, unproven};
use crate::change::Change;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::Error;
use crate::event::{Event, What, kind};
use crate::handle::{Handle, Kind};
use crate::id::ClientId;
use crate::incoming::{Incoming, Method};
use crate::lookup::{ClientById, Facts, Lookup};
use crate::record::Client;
use crate::registration::{self, secret};
use crate::reply::{Contents, Reply};
use crate::rule;

/// What only the server says (RFC 7592 §2.2): an update must not have it.
const SERVER_SET: &[&str] = &[
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];
/// How long a registration token that was replaced or used up is remembered: longer than any race lasts.
const REMEMBERED: u64 = 3600;

/// A client that looks after its registration.
pub struct Manage {
    client: ClientId,
    token: Handle,
    action: Action,
}

enum Action {
    Read,
    Update(Box<Wish>),
    Delete,
}

impl Manage {
    /// RFC 7592 §2: by its method.
    pub fn parse(client: &str, incoming: &Incoming, body: &[u8]) -> Result<Self, Error> {
        match incoming.method {
            Method::Put => Self::update(client, incoming, body),
            Method::Delete => Self::delete(client, incoming),
            Method::Get | Method::Post => Self::read(client, incoming),
        }
    }

    /// Whether the registration is to be replaced, which is as much work as a new one.
    pub fn is_update(&self) -> bool {
        matches!(self.action, Action::Update(_))
    }

    /// Whether it is by somebody whose registration it is.
    pub fn is_proven(&self, facts: &Facts) -> bool {
        self.prove(facts).is_ok()
    }

    /// Whose registration it is.
    pub fn client(&self) -> ClientById {
        ClientById(self.client.clone())
    }

    /// RFC 7592 §2.1: the registration is read.
    pub(crate) fn read(client: &str, incoming: &Incoming) -> Result<Self, Error> {
        Self::new(client, incoming, Action::Read)
    }

    /// RFC 7592 §2.2: the registration is replaced.
    pub(crate) fn update(client: &str, incoming: &Incoming, body: &[u8]) -> Result<Self, Error> {
        // Without a token nobody learns what is wrong with a body.
        let mut this = Self::new(client, incoming, Action::Read)?;
        this.action = Action::Update(Box::new(Wish::parse(body)?));
        Ok(this)
    }

    /// RFC 7592 §2.3: the client goes.
    pub(crate) fn delete(client: &str, incoming: &Incoming) -> Result<Self, Error> {
        Self::new(client, incoming, Action::Delete)
    }

    fn new(client: &str, incoming: &Incoming, action: Action) -> Result<Self, Error> {
        let token = incoming.bearer().map_err(unproven)?;
        let token = Handle::decode(Kind::Registration, token).ok_or_else(unknown)?;
        Ok(Self { client: ClientId::from(client), token, action })
    }
}

impl Step for Manage {
    /// The client, and what an update needs.
    fn lookup(&self) -> Vec<Lookup> {
        let client = self.client().into();
        let wish = match &self.action {
            Action::Update(wish) => wish.lookup(),
            Action::Read | Action::Delete => None,
        };
        std::iter::once(client).chain(wish).collect()
    }

    /// What is left to judge of an update that is good otherwise.
    fn follow_up(&self, env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        let Action::Update(wish) = &self.action else { return Vec::new() };
        let judged = self.prove(facts).and_then(|old| self.updated(env, facts, wish, &old));
        judged.map(|client| beyond(&client)).unwrap_or_default()
    }

    /// Does it, or refuses.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let old = self.prove(&facts)?;
        self.act(env, &facts, &old).map_err(|error| error.at(&rule::REGISTRATION).about(&old))
    }
}

impl Manage {
    fn act(&self, env: &Env<'_>, facts: &Facts, old: &Client) -> Result<Decision, Error> {
        match &self.action {
            Action::Read => {
                let known = old.client_secret.as_ref();
                Ok(Decision::answer(Contents::Json(answer(env, old, known, &self.token.encode()))))
            }
            Action::Update(wish) => self.update_with(env, facts, wish, old),
            Action::Delete => {
                let changes = vec![self.use_up(env), Change::DeleteClient(self.client.clone())];
                let events = vec![Event::new(
                    What::of(&kind::CLIENT_REMOVED, [("by", "application".into())]),
                    old,
                    None,
                )];
                Ok(Decision { changes, reply: Reply::from(Contents::Empty).with_status(204), events })
            }
        }
    }

    /// The one refusal for clients that are unknown, that the operator has written down, and for wrong
    /// tokens.
    fn prove(&self, facts: &Facts) -> Result<Arc<Client>, Error> {
        let client = facts.client(&self.client).filter(|client| client.registered);
        let stored = client.and_then(|client| client.registration_access_token_hash);
        let proven = stored.is_some_and(|hash| hash == self.token.hash());
        client.filter(|_| proven).cloned().ok_or_else(unknown)
    }

    fn updated(&self, env: &Env<'_>, facts: &Facts, wish: &Wish, old: &Client) -> Result<Client, Error> {
        if wish.metadata.text("client_id") != Some(self.client.as_str()) {
            return Err(Error::invalid_request(
                "client_id must be in the metadata, and be the registered one",
            ));
        }
        if let Some(name) = SERVER_SET.iter().find(|name| wish.metadata.get(name).is_some()) {
            return Err(Error::invalid_request(format!(
                "{name} is set by the server; leave it out of an update"
            )));
        }
        let presented = wish.metadata.get("client_secret").filter(|value| *value != "");
        if presented.is_some_and(|value| !value.as_str().is_some_and(|text| secret::is(old, text))) {
            return Err(Error::invalid_request(
                "client_secret is not the registered one; it cannot be chosen",
            ));
        }
        let mut client = Client::new(self.client.as_str());
        client.client_id_issued_at = old.client_id_issued_at;
        client.version = old.version;
        let mut client = wish.judge(env, facts, client)?;
        // A client sends back what it was told: what was filled in for it has not become its choice.
        if client.token_endpoint_auth_method == old.token_endpoint_auth_method {
            client.token_endpoint_auth_methods.clone_from(&old.token_endpoint_auth_methods);
        }
        Ok(client)
    }

    fn update_with(
        &self,
        env: &Env<'_>,
        facts: &Facts,
        wish: &Wish,
        old: &Client,
    ) -> Result<Decision, Error> {
        let mut client = self.updated(env, facts, wish, old)?;
        fits(&client, facts)?;
        let presented = wish.metadata.text("client_secret");
        let told = secret::settle(env, &mut client, Some(old), presented);
        let mut changes = Vec::new();
        let token = if env.settings.registration.rotate_tokens {
            changes.push(self.use_up(env));
            let next = Handle::mint(env, Kind::Registration, 0);
            client.registration_access_token_hash = Some(next.hash());
            next.encode()
        } else {
            client.registration_access_token_hash = old.registration_access_token_hash;
            self.token.encode()
        };
        let answer = answer(env, &client, told.as_ref(), &token);
        changes.push(Change::PutClient(Arc::new(client)));
        let left_out = registration::said_left_out(&wish.metadata, &answer);
        let events = vec![Event::new(What::of(&kind::CLIENT_CHANGED, left_out), old, None)];
        Ok(Decision { changes, reply: Contents::Json(answer).into(), events })
    }

    /// Of all that come with the same token at once, one is first; the others find another hash when they
    /// look again.
    fn use_up(&self, env: &Env<'_>) -> Change {
        let jti = self.token.hash().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Change::SeeJti {
            issuer: "signet registration token".to_owned(),
            jti,
            expires_at: env.now.plus(REMEMBERED),
        }
    }
}

fn unknown() -> Error {
    unproven(Error::invalid_token("there is no such client, or this is not its registration access token"))
}
