//! OpenID Connect Core §6, RFC 9101 §5, §6: authorization requests whose parameters are in a request object,
//! by value or by reference.
//!
//! Resolving one is done before anything else is judged: what comes out is a [`Request`] like any other,
//! which knows how its parameters came. Until the object is known to be the client's, only what is outside it
//! says where a refusal may go; either way it goes to a registered redirect URI or to nobody.

mod claims;
mod reference;
mod token;

use std::sync::Arc;

use crate::alg::is_mac;
use crate::authorization::{self, Request, Source};
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::id::{ClientId, SessionId};
use crate::jwt::{Work, is_encrypted};
use crate::lookup::{Facts, Fetch, KeysOfClient, Lookup};
use crate::params::Params;
use crate::record::Client;
use crate::rule;
use crate::secret::TokenHash;
use token::Object;

/// The parameters that bring a request object.
pub(crate) const PARAMETERS: &[&str] = &["request", "request_uri"];

/// A request whose parameters are in a request object that was not read yet.
#[derive(Debug)]
pub struct Unresolved {
    outer: Params,
    client_id: ClientId,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Sent,
    Fetching(Fetch),
    Fetched(Arc<str>),
    Opened(Box<Object>),
    Verifying(Box<Object>),
}

/// What resolving comes to.
#[derive(Debug)]
pub enum Next {
    /// These facts first, if there are any; then what is left to do may have to be counted again.
    Find(Unresolved, Vec<Lookup>),
    /// The request that the object holds.
    Ready(Request),
    /// Nothing can be made of it; the request says whom to tell, if anybody.
    Refused(Request, Error),
}

impl Unresolved {
    /// By the parameters outside.
    pub(crate) fn new(outer: Params, client_id: ClientId) -> Self {
        Self { outer, client_id, stage: Stage::Sent }
    }

    /// The client, whose registration says what it may send, and the person whom the cookie names, on whom it
    /// depends who learns of a refusal.
    pub fn lookup(&self, cookie: Option<(SessionId, TokenHash)>) -> Vec<Lookup> {
        authorization::who(&self.client_id, cookie)
    }

    /// Who sends it.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// What the next step takes, by what was found.
    pub fn work(&self, facts: &Facts) -> Work {
        // Nothing is done for nobody.
        let Some(client) = facts.client(&self.client_id) else { return Work::Little };
        match &self.stage {
            Stage::Verifying(_) if client.registered => Work::StrangersKey,
            Stage::Sent => self.outer.get("request").map_or(Work::Little, Work::of),
            Stage::Fetched(text) => Work::of(text),
            Stage::Opened(object) if is_mac(&object.alg) => Work::ItsSecret,
            Stage::Fetching(_) | Stage::Opened(_) | Stage::Verifying(_) => Work::Little,
        }
    }

    /// One step: with what was found, on to the next lookup or to the end.
    pub fn resolve(mut self, env: &Env<'_>, facts: &Facts) -> Next {
        let stage = std::mem::replace(&mut self.stage, Stage::Sent);
        match self.step(env, facts, stage) {
            Ok(Step::On(stage, lookup)) => Next::Find(Self { stage, ..self }, lookup.into_iter().collect()),
            Ok(Step::Proven(object, source)) => self.read(env, facts, &object, source),
            Err(error) => Next::Refused(Request::plain(self.outer, self.client_id), at(error)),
        }
    }

    fn step(&self, env: &Env<'_>, facts: &Facts, stage: Stage) -> Result<Step, Error> {
        let client = self.client(facts)?;
        match stage {
            Stage::Sent => self.sent(env, client),
            Stage::Fetching(object) => {
                Ok(Step::On(Stage::Fetched(reference::fetched(facts, &object)?), None))
            }
            Stage::Fetched(text) => self.opened(env, client, &text),
            Stage::Opened(object) => self.judged(env, client, object),
            Stage::Verifying(object) => {
                object.verify_with(facts.found(&self.keys(&object)).map(Arc::as_ref))?;
                Ok(Step::Proven(object, Source::Signed))
            }
        }
    }

    fn sent(&self, env: &Env<'_>, client: &Client) -> Result<Step, Error> {
        self.outer.single()?;
        match (self.outer.get("request"), self.outer.get("request_uri")) {
            (Some(_), Some(_)) => {
                Err(Error::invalid_request("request and request_uri are both given; send one of them"))
            }
            (Some(text), None) if env.settings.request_objects.by_value => self.opened(env, client, text),
            (None, Some(uri)) if env.settings.request_objects.by_reference => {
                let object = reference::lookup(env, client, uri)?;
                Ok(Step::On(Stage::Fetching(object.clone()), Some(object.into())))
            }
            (Some(_), None) => Err(unsupported(ErrorCode::RequestNotSupported, "request")),
            (None, _) => Err(unsupported(ErrorCode::RequestUriNotSupported, "request_uri")),
        }
    }

    fn opened(&self, env: &Env<'_>, client: &Client, text: &str) -> Result<Step, Error> {
        let text = text.trim_ascii();
        let object = Box::new(Object::open(env, client, text)?);
        if is_encrypted(text) {
            return Ok(Step::On(Stage::Opened(object), None));
        }
        self.judged(env, client, object)
    }

    fn judged(&self, env: &Env<'_>, client: &Client, object: Box<Object>) -> Result<Step, Error> {
        Ok(match object.source(env, client)? {
            Some(source) => Step::Proven(object, source),
            None => {
                let keys = self.keys(&object).into();
                Step::On(Stage::Verifying(object), Some(keys))
            }
        })
    }

    /// The object is the client's: from here on it says whom to tell.
    fn read(self, env: &Env<'_>, facts: &Facts, object: &Object, source: Source) -> Next {
        let outcome = self.client(facts).and_then(|client| {
            let inner = claims::parameters(&object.claims)?;
            let alone = is_strict(client);
            Ok((
                claims::judge(env, client, object, source, &self.outer),
                claims::merge(&self.outer, inner, alone),
            ))
        });
        let Self { outer, client_id, .. } = self;
        let until = claims::end(&object.claims);
        match outcome {
            Ok((Ok(()), params)) => Next::Ready(Request::resolved(params, client_id, source, until)),
            Ok((Err(error), params)) => {
                Next::Refused(Request::resolved(params, client_id, source, until), at(error))
            }
            Err(error) => Next::Refused(Request::plain(outer, client_id), at(error)),
        }
    }

    fn keys(&self, object: &Object) -> KeysOfClient {
        KeysOfClient { client: self.client_id.clone(), kid: object.kid.clone() }
    }

    fn client<'a>(&self, facts: &'a Facts) -> Result<&'a Client, Error> {
        let client = facts.client(&self.client_id).map(Arc::as_ref);
        client.ok_or_else(|| authorization::unknown_client(&self.client_id, facts))
    }
}

fn at(error: Error) -> Error {
    error.at(&rule::REQUEST_OBJECT)
}

enum Step {
    /// To the next stage, for which this is to be found.
    On(Stage, Option<Lookup>),
    Proven(Box<Object>, Source),
}

/// Clients that are held to sign: nothing unsigned counts, and nothing outside the object (RFC 9101 §6.3).
fn is_strict(client: &Client) -> bool {
    client.require_signed_request_object || client.fapi
}

fn unsupported(code: ErrorCode, name: &str) -> Error {
    Error::new(code, format!("{name} is not supported here; send the parameters themselves"))
}

/// A request that waited, and would start again, although its object ended meanwhile.
pub(crate) fn expired() -> Error {
    at(invalid("it has expired; start again at the application"))
}

/// RFC 9101 §7: `invalid_request_object`.
fn invalid(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidRequestObject, format!("request object: {why}"))
}

#[cfg(test)]
mod tests;
