//! RFC 6749 §4.1.1, OpenID Connect Core §3.1.2: the authorization endpoint.
//!
//! Before the callback is verified a refusal is a page (`Err`); after it, a refusal travels to the client
//! (`Ok`). The types see to it: only a [`Destination`] can send anything anywhere, and [`Callback`] verifies
//! itself.

mod decide;
mod present;

use std::sync::Arc;

use super::{Door, Endpoint, Own};
use crate::authorization::callback::Callback;
use crate::authorization::destination::Destination;
use crate::authorization::{Before, Request, Source, unknown_client, who};
use crate::env::Env;
use crate::error::Error;
use crate::event::Event;
use crate::id::{ClientId, SessionId};
use crate::incoming::Method;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::Client;
use crate::request_object::{PARAMETERS, Unresolved};
use crate::resource;
use crate::response_type::ResponseType;
use crate::rule;
use crate::secret::TokenHash;
use crate::token::protect::{self, ID_TOKEN};
use crate::waiting::{Ended, Interaction};

pub use decide::{Browser, Turn};

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
                Before { sign_up: record.sign_up, declined: record.stage.declined(), shown_again: false }
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

    /// Where the request is answered, if that can be verified; if not, the person is to know why, and nobody
    /// else.
    pub fn destination(&self, env: &Env<'_>, facts: &Facts) -> Result<Box<dyn Destination>, Error> {
        let client = facts.client(&self.client_id).ok_or_else(|| unknown_client(&self.client_id, facts))?;
        let callback = Callback::verify(env, client, &self.params).map_err(|error| error.about(client))?;
        Ok(Box::new(callback))
    }

    /// The `id_token_hint`, of a request that has one of it.
    pub fn hint(&self) -> Option<&str> {
        self.params.get("id_token_hint").filter(|_| self.params.single().is_ok())
    }

    /// The same request with this hint in clear, or with none: what was opened once is not opened again for
    /// as long as the request waits.
    #[must_use]
    pub fn with_hint(mut self, clear: Option<&str>) -> Self {
        self.params = self.params.with("id_token_hint", clear);
        self
    }

    /// Who asks, as the request says.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Whether the client signed all of it.
    pub fn is_signed(&self) -> bool {
        self.source == Source::Signed
    }

    /// What the log says of an API that the request names by `audience`, which is ignored.
    pub fn audience_ignored(&self, env: &Env<'_>, client: &Client) -> Option<Event> {
        resource::audience_ignored(env.settings, client, &self.params)
    }
}

#[cfg(test)]
mod tests;
