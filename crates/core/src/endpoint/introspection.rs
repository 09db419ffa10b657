//! RFC 7662 §2, RFC 9701 §4, §5: token introspection, answered in JSON or in a JWT, signed and optionally
//! encrypted.

use serde_json::{Map, Value, json};

use super::{Clients, Door, Endpoint, OfClient, Step, authentication};
use crate::client_auth::{Authenticated, ClientAuth};
use crate::decision::Decision;
use crate::env::{ClientKeys, Env, Jose};
use crate::error::Error;
use crate::event::{Event, What, kind};
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::lookup::{ClientById, Facts, Lookup, TokenById, TokenFound};
use crate::record::{Client, Grant};
use crate::release;
use crate::reply::Contents;
use crate::resource::{self, Worth};
use crate::rule;
use crate::settings::Settings;
use crate::time::Timestamp;
use crate::token::protect::{self, INTROSPECTION, To};
use crate::token::{self, Presented, Standing};

/// The introspection endpoint.
pub struct Introspection;

impl Endpoint for Introspection {
    fn name(&self) -> &'static str {
        "introspection"
    }

    fn spec(&self) -> &'static str {
        "RFC 7662 section 2"
    }

    fn path(&self) -> &'static str {
        "/introspect"
    }

    /// §2.1: it is for clients that can prove who they are.
    fn door(&self) -> Door {
        Door::Client(OfClient {
            clients: Clients::Confidential,
            parse: |env, incoming, auth| Ok(Box::new(Request::parse(env, incoming, auth)?)),
        })
    }

    fn metadata(&self, settings: &Settings, jose: &dyn Jose) -> Vec<(String, Value)> {
        authentication(self, settings, jose)
    }
}

/// An introspection request.
pub struct Request {
    auth: ClientAuth,
    token: Option<(Presented, TokenById)>,
    asks: Option<Form>,
}

/// The form of an answer that the `Accept` header names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Jwt,
}

const JWT: &str = "application/token-introspection+jwt";

impl Request {
    /// Reads the token; the hint is not needed, as our tokens tell their kind.
    pub(crate) fn parse(env: &Env<'_>, incoming: &Incoming, auth: ClientAuth) -> Result<Self, Error> {
        let at = |error: Error| error.at(&rule::TOKEN_REQUEST);
        let token = token::read(env, incoming.params.require("token").map_err(at)?);
        let asks = if incoming.accepts(JWT) {
            Some(Form::Jwt)
        } else {
            incoming.accepts("application/json").then_some(Form::Json)
        };
        Ok(Self { auth, token, asks })
    }
}

impl Step for Request {
    /// The asker, and the token with its grant and person.
    fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = self.auth.lookup();
        lookups.extend(self.token.iter().map(|(_, token)| Lookup::from(*token)));
        lookups
    }

    /// What the first read shows to be missing: the asker's keys, where the answer is encrypted to them, and
    /// the client that the token was issued to, which must still be there, and whose registration says which
    /// claims are in the answer.
    fn follow_up(&self, _env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        let asker = facts.client(self.auth.client_id()).filter(|client| self.form(client) == Form::Jwt);
        let keys = asker.and_then(|client| protect::wanted_keys(client, &INTROSPECTION, facts));
        let grant = self.token.as_ref().and_then(|(_, token)| facts.grant_of(token));
        let holder = grant.map(|grant| ClientById(grant.client.clone()).into());
        keys.map(Lookup::from).into_iter().chain(holder).collect()
    }

    /// What the asker may know of the token: everything, or only that it is not active.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        self.auth.then(env, facts, |client, mut facts| {
            if client.is_public() {
                // RFC 7662 §2.1: without authorization anybody could try out tokens here.
                return Err(Error::invalid_client("a public client may not introspect tokens")
                    .at(&rule::CLIENT_AUTHENTICATION));
            }
            let asked = self.token.as_ref();
            let found = asked.and_then(|(presented, token)| Some((*presented, facts.take_token(token)?)));
            let withheld = found.as_ref().and_then(|(_, found)| withheld(env, client, found));
            let shown =
                env.settings.events.tokens.then(|| {
                    found.as_ref().and_then(|(_, found)| Some(found.grant.as_ref()?.client.clone()))
                });
            let answer = found.and_then(|(presented, found)| answer(env, client, &facts, presented, found));
            let active = answer.is_some();
            let shown = shown.map(|issued_to| introspected(client, issued_to, active));
            let events = withheld.into_iter().chain(shown).collect();
            let answer = answer.unwrap_or_else(|| json!({"active": false}));
            let decision = Decision::answer(match self.form(client) {
                Form::Json => Contents::Json(answer),
                Form::Jwt => protected(env, client, facts.keys_of(&client.client_id), answer)?,
            });
            Ok(Decision { events, ..decision })
        })
    }
}

impl Request {
    /// RFC 9701 §4: the form that the request names, else the one that the registration does.
    fn form(&self, asker: &Client) -> Form {
        let registered = INTROSPECTION.is_registered(asker).then_some(Form::Jwt);
        self.asks.or(registered).unwrap_or(Form::Json)
    }
}

/// What the asker may know of a token; none: only that it is not active.
fn answer(
    env: &Env<'_>,
    asker: &Authenticated,
    facts: &Facts,
    presented: Presented,
    found: TokenFound,
) -> Option<Value> {
    let TokenFound { token, grant, user } = found;
    if !token.is_active(env.now) {
        return None;
    }
    let Standing { grant, user } = Standing::of(env, grant, user).ok()?;
    // A client that is gone has no tokens.
    let holder = facts.client(&grant.client)?;
    let (scope, audience) = match presented {
        Presented::Refresh { generation } if generation != token.used => return None,
        Presented::Refresh { .. } => (resource::refresh_worth(env.settings, holder, &grant)?, Vec::new()),
        Presented::Access => {
            let Worth { scope, audience } = resource::worth(env.settings, holder, &grant, &token)?;
            (scope, audience)
        }
    };
    if !may_know(env, asker, &grant, &audience) {
        return None;
    }
    let released = user.map(|user| release::introspected(env.settings, holder, &user, &grant, &scope));
    let mut answer = Map::new();
    answer.insert("active".into(), true.into());
    if presented == Presented::Access {
        answer.insert("token_type".into(), "Bearer".into());
    }
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
    answer.insert("iat".into(), token.issued_at.0.into());
    if token.expires_at != Timestamp::NEVER {
        answer.insert("exp".into(), token.expires_at.0.into());
    }
    // RFC 9470 §6.2: how the person proved who they are.
    if grant.user.is_some() {
        answer.insert("auth_time".into(), grant.auth_time.0.into());
        answer.extend(grant.acr.map(|acr| ("acr".to_owned(), acr.into())));
    }
    for (name, value) in released.into_iter().flatten() {
        answer.entry(name).or_insert(value);
    }
    Some(Value::Object(answer))
}

/// A good token of which the asker learns nothing only because nobody has said that it may.
fn withheld(env: &Env<'_>, asker: &Client, found: &TokenFound) -> Option<Event> {
    let (grant, token) = (found.grant.as_ref()?, &found.token);
    let withheld = token.is_active(env.now) && !may_know(env, asker, grant, &token.audience);
    let said = || [("issued_to", grant.client.as_str().into())];
    withheld.then(|| Event::new(What::of(&kind::TOKEN_WITHHELD, said()), asker, None))
}

/// Somebody asked about a token of this client, if it is one.
fn introspected(asker: &Client, issued_to: Option<ClientId>, active: bool) -> Event {
    let issued_to = issued_to.map(|client| ("issued_to", client.0.into()));
    let said = [("active", active.into())].into_iter().chain(issued_to);
    Event::new(What::of(&kind::TOKEN_INTROSPECTED, said), asker, None)
}

/// RFC 7662 §4: a token's own client, its audience, the servers of its resource, and clients that may know of
/// all tokens.
fn may_know(env: &Env<'_>, asker: &Client, grant: &Grant, audience: &[String]) -> bool {
    grant.client == asker.client_id
        || audience.iter().any(|one| one == asker.client_id.as_str())
        || asker.may_introspect
        || resource::may_introspect(env.settings, &asker.client_id, audience)
}

/// RFC 9701 §5: the answer as a member of its own, so that the JWT cannot be taken for the token it
/// describes; for the same reason it has neither `sub` nor `exp`.
fn protected(
    env: &Env<'_>,
    asker: &Authenticated,
    keys: Option<&dyn ClientKeys>,
    answer: Value,
) -> Result<Contents, Error> {
    let claims = json!({
        "iss": env.settings.issuer,
        "aud": asker.client_id.as_str(),
        "iat": env.now.0,
        "token_introspection": answer,
    });
    let to = To { client: asker, keys, direct: true };
    let jwt = protect::protect(env, &INTROSPECTION, &to, claims.to_string().as_bytes())?;
    Ok(Contents::Jwt(jwt, JWT))
}

#[cfg(test)]
mod tests;
