//! RFC 7662 §2: token introspection.

use serde_json::{Map, Value, json};

use crate::client_auth::{Authenticated, ClientAuth};
use crate::decision::{Decision, Reply};
use crate::endpoint::Incoming;
use crate::env::Env;
use crate::error::Error;
use crate::lookup::{Facts, Lookup};
use crate::record::Token;
use crate::time::Timestamp;
use crate::token::{self, Presented, Standing};

/// The endpoint's metadata name without `_endpoint`.
pub const NAME: &str = "introspection";
/// Where it is defined.
pub const SPEC: &str = "RFC 7662 section 2";

/// An introspection request.
pub struct Request {
    auth: ClientAuth,
    token: Option<(Presented, Lookup)>,
}

impl Request {
    /// Reads the asker's authentication and the token; the hint is not needed, as our tokens tell their kind.
    pub fn parse(env: &Env<'_>, incoming: &Incoming) -> Result<Self, Error> {
        incoming.params.single()?;
        let auth = ClientAuth::parse(incoming)?;
        let token = token::read(env, incoming.params.require("token")?);
        Ok(Self { auth, token })
    }

    /// The asker, and the token with its grant and person.
    pub fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = self.auth.lookup();
        lookups.extend(self.token.iter().map(|(_, lookup)| lookup.clone()));
        lookups
    }

    /// What the asker may know of the token: everything, or only that it is not active.
    pub fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let (client, changes) = self.auth.decide(env, &facts)?;
        if client.is_public() {
            // RFC 7662 §2.1: without authorization anybody could try out tokens here.
            return Err(Error::invalid_client("a public client may not introspect tokens"));
        }
        let answer = self.answer(env, &client, facts).unwrap_or_else(|| json!({"active": false}));
        Ok(Decision { changes, reply: Reply::Json(answer) })
    }

    fn answer(&self, env: &Env<'_>, asker: &Authenticated, facts: Facts) -> Option<Value> {
        let (presented, _) = self.token.as_ref()?;
        let token = facts.token.filter(|token| token.is_active(env.now))?;
        let Standing { grant, .. } = Standing::of(env, facts.grant, facts.user).ok()?;
        let is_audience = token.audience.iter().any(|audience| audience == asker.client_id.as_str());
        if grant.client != asker.client_id && !is_audience && !asker.may_introspect {
            return None;
        }
        let mut answer = Map::new();
        answer.insert("active".into(), true.into());
        match presented {
            Presented::Refresh { generation } if *generation != token.used => return None,
            Presented::Refresh { .. } => {}
            Presented::Access => {
                answer.insert("token_type".into(), "Bearer".into());
            }
        }
        let Token { scope, audience, issued_at, expires_at, .. } = token;
        let scope = scope.unwrap_or(grant.scope);
        if !scope.is_empty() {
            answer.insert("scope".into(), scope.to_string().into());
        }
        answer.insert("client_id".into(), grant.client.0.into());
        answer.insert("sub".into(), grant.sub.into());
        answer.insert("iss".into(), env.settings.issuer.as_str().into());
        match <[String; 1]>::try_from(audience) {
            Ok([one]) => drop(answer.insert("aud".into(), one.into())),
            Err(none) if none.is_empty() => {}
            Err(several) => drop(answer.insert("aud".into(), several.into())),
        }
        answer.insert("iat".into(), issued_at.0.into());
        if expires_at != Timestamp::NEVER {
            answer.insert("exp".into(), expires_at.0.into());
        }
        // RFC 9470 §6.2: how the person proved who they are.
        if grant.user.is_some() {
            answer.insert("auth_time".into(), grant.auth_time.0.into());
            answer.extend(grant.acr.map(|acr| ("acr".to_owned(), acr.into())));
        }
        Some(Value::Object(answer))
    }
}
