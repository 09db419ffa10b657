//! OpenID Connect Core §6.1, RFC 9101 §4, §6.3: the required claims of a request object, and the parameters
//! in it.

use serde_json::{Map, Value};

use super::token::Object;
use super::{PARAMETERS, invalid, is_strict};
use crate::authorization::Source;
use crate::env::Env;
use crate::error::Error;
use crate::jwt::{self, Instants, SKEW};
use crate::params::{self, Params};
use crate::record::Client;
use crate::time::Timestamp;

/// Claims about the JWT itself. `client_id` is compared, and the outer one used.
const ABOUT_ITSELF: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id"];
/// FAPI 2.0 Message Signing §5.3.1: how long before its end an object may have begun, and how long ago.
const LONGEST: i64 = 3600;

/// The rules, once the object is known to be the client's.
pub(super) fn judge(
    env: &Env<'_>,
    client: &Client,
    object: &Object,
    source: Source,
    outer: &Params,
) -> Result<(), Error> {
    let claims = &object.claims;
    let must = is_strict(client) && source == Source::Signed;
    if PARAMETERS.iter().any(|name| claims.contains_key(*name)) {
        return Err(invalid("request and request_uri must not stand inside a request object"));
    }
    for (name, required) in [("client_id", must), ("iss", must)] {
        match claims.get(name) {
            None if !required => {}
            Some(Value::String(named)) if *named == client.client_id.0 => {}
            _ => return Err(invalid(format_args!("{name} must be the client_id outside it"))),
        }
    }
    if claims.get("sub").and_then(Value::as_str) == Some(client.client_id.as_str()) {
        return Err(invalid(
            "sub must not be the client_id, or it could serve as a client assertion (RFC 9101 section 10.8)",
        ));
    }
    audience(env, claims, must)?;
    instants(env, client, claims)?;
    agrees(claims, outer)
}

fn audience(env: &Env<'_>, claims: &Map<String, Value>, must: bool) -> Result<(), Error> {
    match jwt::audience(claims).map_err(invalid)? {
        None if !must => Ok(()),
        Some(named) if named.contains(&env.settings.issuer.as_str()) => Ok(()),
        _ => Err(invalid("aud must be the issuer, or an array with it")),
    }
}

fn instants(env: &Env<'_>, client: &Client, claims: &Map<String, Value>) -> Result<(), Error> {
    let instants = Instants::read(claims).map_err(invalid)?;
    instants.judge(env.now).map_err(invalid)?;
    if client.fapi {
        let (Some(expires_at), Some(not_before)) = (instants.expires_at, instants.not_before) else {
            return Err(invalid("exp and nbf are needed, as this client is marked for FAPI"));
        };
        let now = i64::try_from(env.now.0).unwrap_or(i64::MAX);
        if now.saturating_sub(not_before) > LONGEST + SKEW.cast_signed()
            || expires_at.saturating_sub(not_before) > LONGEST
        {
            return Err(invalid(
                "exp must be at most an hour after nbf, and nbf at most an hour ago, as this client is marked for FAPI",
            ));
        }
    }
    Ok(())
}

/// Until when the object is good, if it says so: afterwards its request is not started again.
pub(super) fn end(claims: &Map<String, Value>) -> Option<Timestamp> {
    let until = Instants::read(claims).ok()?.expires_at?;
    Some(Timestamp(u64::try_from(until).unwrap_or_default().saturating_add(SKEW)))
}

/// OpenID Connect Core §6.1: `response_type` says the same on both sides, where it is on both.
fn agrees(claims: &Map<String, Value>, outer: &Params) -> Result<(), Error> {
    fn words(text: &str) -> Vec<&str> {
        let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
        words.sort_unstable();
        words
    }
    match (claims.get("response_type").and_then(Value::as_str), outer.get("response_type")) {
        (Some(inside), Some(outside)) if words(inside) != words(outside) => {
            Err(invalid("response_type must be the same as outside it"))
        }
        _ => Ok(()),
    }
}

/// The parameters inside. Text is taken as it stands, a list of resources as several, all else as its JSON
/// text (`max_age`, `claims`).
pub(super) fn parameters(claims: &Map<String, Value>) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for (name, value) in claims.iter().filter(|(name, _)| !ABOUT_ITSELF.contains(&name.as_str())) {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Array(several) if params::is_repeatable(name) => {
                for value in several {
                    let text = value
                        .as_str()
                        .ok_or_else(|| invalid(format_args!("{name} must be text, or a list of texts")))?;
                    pairs.push((name.clone(), text.to_owned()));
                }
            }
            other => pairs.push((name.clone(), other.to_string())),
        }
    }
    params::bounded(&pairs).map_err(|error| invalid(error.description))?;
    Ok(pairs)
}

/// Inner values win. Where nothing but the object counts, outer ones are not even looked at.
pub(super) fn merge(outer: &Params, inner: Vec<(String, String)>, alone: bool) -> Params {
    let counts = |name: &str| {
        name == "client_id"
            || !alone && !PARAMETERS.contains(&name) && !inner.iter().any(|(known, _)| known == name)
    };
    let mut pairs: Vec<_> = outer.pairs().iter().filter(|(name, _)| counts(name)).cloned().collect();
    pairs.extend(inner);
    Params::from_pairs(pairs)
}
