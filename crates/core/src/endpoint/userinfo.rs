//! OpenID Connect Core §5.3, RFC 6750 §3: the UserInfo endpoint.

use serde_json::Value;

use crate::claims;
use crate::decision::{Decision, Reply};
use crate::endpoint::Incoming;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::lookup::{Facts, Lookup};
use crate::resource;
use crate::token::{Standing, access_token};

/// The endpoint's metadata name without `_endpoint`.
pub const NAME: &str = "userinfo";
/// Where it is defined.
pub const SPEC: &str = "OpenID Connect Core 1.0 section 5.3";

/// A UserInfo request, by GET or POST.
#[derive(Debug)]
pub struct Request {
    token: Option<Lookup>,
}

impl Request {
    /// Reads the access token; one that we cannot have made costs no look-up.
    pub fn parse(env: &Env<'_>, incoming: &Incoming) -> Result<Self, Error> {
        Ok(Self { token: access_token::read(env, incoming.bearer()?) })
    }

    /// The access token with its grant and person.
    pub fn lookup(&self) -> Vec<Lookup> {
        self.token.iter().cloned().collect()
    }

    /// The second read: the client that the grant names, whose registration says how to answer.
    pub fn follow_up(&self, facts: &Facts) -> Vec<Lookup> {
        facts.grant.iter().map(|grant| Lookup::Client(grant.client.clone())).collect()
    }

    /// The claims about the person, signed where the client wants that.
    pub fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let (Some(token), Some(_)) = (facts.token, &self.token) else {
            return Err(invalid("unknown access token"));
        };
        if !token.is_active(env.now) {
            return Err(invalid("access token expired or revoked"));
        }
        let Standing { grant, user } = Standing::of(env, facts.grant, facts.user).map_err(invalid)?;
        let client = facts.client.filter(|client| client.client_id == grant.client);
        let client = client.ok_or_else(|| invalid("the client is gone"))?;
        if !resource::is_for_us(env.settings, &token.audience) {
            return Err(Error::invalid_token(
                "the access token was issued for another resource than UserInfo",
            ));
        }
        let scope = token.scope.as_ref().unwrap_or(&grant.scope);
        let Some(user) = user.filter(|_| scope.contains("openid")) else {
            return Err(Error::new(ErrorCode::InsufficientScope, "the access token lacks scope openid"));
        };
        let mut answer = serde_json::Map::new();
        answer.insert("sub".into(), grant.sub.as_str().into());
        answer.extend(claims::for_userinfo(env.settings, &user, &grant, scope));
        let Some(alg) = &client.userinfo_signed_response_alg else {
            return Ok(Decision::answer(Reply::Json(Value::Object(answer))));
        };
        answer.insert("iss".into(), env.settings.issuer.as_str().into());
        answer.insert("aud".into(), client.client_id.as_str().into());
        let payload = serde_json::to_vec(&answer).map_err(|e| Error::server(e.to_string()))?;
        let jwt = env.jose.sign(alg, "JWT", &payload).map_err(|e| Error::server(e.0))?;
        Ok(Decision::answer(Reply::Jwt(jwt, "application/jwt")))
    }
}

/// One public description for every reason: a bearer of a dead token is told no more.
fn invalid(why: &'static str) -> Error {
    Error::invalid_token("the access token is unknown, expired or revoked").because(why)
}
