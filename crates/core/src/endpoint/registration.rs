//! OpenID Connect Dynamic Client Registration 1.0 §3, RFC 7591 §3: clients that register themselves.

mod management;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Door, Endpoint, Own, Step};
use crate::change::Change;
use crate::client::{self, Metadata, Origin};
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::event::{Event, What, kind};
use crate::handle::{Handle, Kind};
use crate::id::ClientId;
use crate::incoming::{Incoming, Method};
use crate::lookup::{Facts, Lookup};
use crate::record::Client;
use crate::registration::software_statement::Statement;
use crate::registration::{self, secret, ticket, title};
use crate::reply::{Contents, Reply};
use crate::rule;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::settings::registration::Mode;

pub use management::Manage;

/// The registration endpoint.
pub struct Registration;

impl Endpoint for Registration {
    fn name(&self) -> &'static str {
        "registration"
    }

    fn spec(&self) -> &'static str {
        "RFC 7591 section 3, RFC 7592 section 2"
    }

    fn path(&self) -> &'static str {
        "/register"
    }

    fn door(&self) -> Door {
        Door::Own(Own::Registration)
    }

    fn below(&self) -> Option<(&'static str, &'static [Method])> {
        Some(("a registration", &[Method::Get, Method::Put, Method::Delete]))
    }

    fn cors(&self) -> bool {
        true
    }

    fn is_on(&self, settings: &Settings) -> bool {
        settings.registration.mode != Mode::Off
    }
}

/// A client that wants to register.
pub struct Register {
    ticket: Option<Handle>,
    wish: Wish,
}

/// What a client says of itself, and what somebody else says of it.
struct Wish {
    metadata: Metadata,
    statement: Option<Statement>,
}

impl Register {
    /// Reads the initial access token and the metadata. Where none is needed, one that is presented is
    /// judged all the same: an operator gave it, and its holder relies on it.
    pub fn parse(env: &Env<'_>, incoming: &Incoming, body: &[u8]) -> Result<Self, Error> {
        let token = incoming.bearer().and_then(|token| {
            Handle::decode(Kind::InitialAccess, token).map(Some).ok_or_else(|| {
                Error::invalid_token("this is no initial access token; ask the operator for one")
            })
        });
        let ticket = match (env.settings.registration.mode, token) {
            (Mode::Open, Err(Error { code: ErrorCode::MissingToken, .. })) => None,
            (_, token) => token.map_err(unproven)?,
        };
        Ok(Self { ticket, wish: Wish::parse(body)? })
    }

    /// Whether an initial access token came with it.
    pub fn has_token(&self) -> bool {
        self.ticket.is_some()
    }
}

impl Step for Register {
    /// The initial access tokens, and the keys of a software statement's signer.
    fn lookup(&self) -> Vec<Lookup> {
        let ticket = self.ticket.as_ref().map(ticket::lookup);
        ticket.into_iter().flatten().chain(self.wish.lookup()).collect()
    }

    /// What is left to judge of a client that may register otherwise.
    fn follow_up(&self, env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        self.accept(env, facts).map(|(client, _)| beyond(&client)).unwrap_or_default()
    }

    /// Registers the client, or says what to change.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let (mut client, used) = self.accept(env, &facts)?;
        fits(&client, &facts)?;
        let told = secret::settle(env, &mut client, None, None);
        let token = Handle::mint(env, Kind::Registration, 0);
        client.registration_access_token_hash = Some(token.hash());
        let answer = answer(env, &client, told.as_ref(), &token.encode());
        let id = client.client_id.clone();
        let mut changes = vec![Change::PutClient(Arc::new(client))];
        changes.extend(used);
        changes.extend(self.expect_use(env, id.clone()));
        let left_out = registration::said_left_out(&self.wish.metadata, &answer);
        let what = What::of(&kind::CLIENT_REGISTERED, left_out);
        let event = Event { what, client: Some(id), user: None, session: None };
        let reply = Reply::from(Contents::Json(answer)).with_status(201);
        Ok(Decision { changes, reply, events: vec![event] })
    }
}

impl Register {
    /// What a stranger registers stays only if it is used: nobody let them in, and nobody would clear up
    /// after them.
    fn expect_use(&self, env: &Env<'_>, id: ClientId) -> Option<Change> {
        let stranger = self.ticket.is_none() && self.wish.statement.is_none();
        let seconds = env.settings.registration.unused_for;
        (stranger && seconds > 0).then(|| Change::ExpectUse(id, env.now.plus(seconds)))
    }

    /// All that can be judged without the sector's list.
    fn accept(&self, env: &Env<'_>, facts: &Facts) -> Result<(Client, Vec<Change>), Error> {
        let used = match &self.ticket {
            Some(presented) => ticket::take(env, facts, presented).map_err(unproven)?,
            None => Vec::new(),
        };
        let mut client = Client::new(format!("{:032x}", u128::from_be_bytes(env.random())));
        client.client_id_issued_at = env.now;
        Ok((self.wish.judge(env, facts, client)?, used))
    }
}

impl Wish {
    fn parse(body: &[u8]) -> Result<Self, Error> {
        let metadata = Metadata::parse(body).map_err(|error| error.at(&rule::REGISTRATION))?;
        let statement = Statement::read(&metadata).map_err(unvouched)?;
        Ok(Self { metadata, statement })
    }

    fn lookup(&self) -> Option<Lookup> {
        self.statement.as_ref().map(|statement| statement.lookup().into())
    }

    /// The record that comes of it, still without a secret.
    fn judge(&self, env: &Env<'_>, facts: &Facts, client: Client) -> Result<Client, Error> {
        let metadata = match &self.statement {
            Some(statement) => {
                self.metadata.clone().overlaid(&statement.accept(env, facts).map_err(unvouched)?)
            }
            None if env.settings.registration.require_software_statement => {
                return Err(unvouched(Error::new(
                    ErrorCode::InvalidSoftwareStatement,
                    "registration needs a software_statement of an issuer that is trusted here",
                )));
            }
            None => self.metadata.clone(),
        };
        let client = Client {
            registered: true,
            software_statement: self.statement.as_ref().map(|statement| statement.token().to_owned()),
            ..client
        };
        let judged = registration::judge(env, &metadata, Origin::Registration, client);
        judged.map_err(|error| error.at(&rule::REGISTRATION))
    }
}

/// What others know of it: the names of clients, and the sector's list, which is fetched for nobody else.
fn beyond(client: &Client) -> Vec<Lookup> {
    let titles = title::titles(client).map(Lookup::from);
    titles.into_iter().chain(registration::sector(client).map(Lookup::from)).collect()
}

/// Whether the client fits that.
fn fits(client: &Client, facts: &Facts) -> Result<(), Error> {
    title::untaken(client, facts)?;
    registration::listed(client, facts).map_err(unlisted)
}

fn unproven(error: Error) -> Error {
    error.at(&rule::REGISTRATION_TOKEN)
}

fn unvouched(error: Error) -> Error {
    error.at(&rule::SOFTWARE_STATEMENT)
}

fn unlisted(error: Error) -> Error {
    error.at(&rule::SUBJECTS)
}

/// RFC 7591 §3.2.1, RFC 7592 §3: what the client learns.
fn answer(env: &Env<'_>, client: &Client, secret: Option<&Secret<String>>, token: &str) -> Value {
    let id = client.client_id.as_str();
    let mut answer = Map::new();
    answer.insert("client_id".into(), id.into());
    answer.insert("client_id_issued_at".into(), client.client_id_issued_at.0.into());
    if let Some(secret) = secret {
        answer.insert("client_secret".into(), secret.expose().as_str().into());
    }
    if client.has_secret() {
        answer.insert("client_secret_expires_at".into(), client.client_secret_expires_at.0.into());
    }
    answer.insert("registration_access_token".into(), token.into());
    let place = format!("{}/{id}", env.settings.endpoint(Registration.name()));
    answer.insert("registration_client_uri".into(), place.into());
    answer.extend(client::shown(client));
    Value::Object(answer)
}
