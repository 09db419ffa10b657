//! RFC 6749 §5.1, RFC 7662 §2.2: what the configuration of today leaves of what was given earlier. What an
//! operator took away since then counts no more, at the next refresh and for tokens that are valid still.

use super::requested::Nameable;
use super::{is_ours, is_scope_allowed, left, narrowed, usual};
use crate::error::Error;
use crate::record::{Client, Grant, Token};
use crate::scope::Scope;
use crate::settings::Settings;

/// Of a scope that was granted, what its client may still ask for. Offline access that was taken away ends
/// the grant's codes and refresh tokens, and so does a scope of which nothing is left.
pub fn scope_left(
    settings: &Settings,
    client: &Client,
    grant: &Grant,
    scope: &Scope,
) -> Result<Scope, Error> {
    let allowed = |word: &str| is_scope_allowed(settings, client, word);
    if grant.offline && !allowed("offline_access") {
        return Err(Error::invalid_grant("the client may no longer ask for scope offline_access"));
    }
    let left = scope.filtered(allowed);
    if left.is_empty() && !scope.is_empty() {
        return Err(Error::invalid_grant("the client may no longer ask for any scope that was granted"));
    }
    Ok(left)
}

/// What an access token is worth today.
#[derive(Debug, PartialEq, Eq)]
pub struct Worth {
    /// Its scope.
    pub scope: Scope,
    /// Where it may be presented.
    pub audience: Vec<String>,
}

/// Of an access token what its client would be given today; nothing where no API or no scope is left of it.
pub fn worth(settings: &Settings, client: &Client, grant: &Grant, token: &Token) -> Option<Worth> {
    let audience = audience_left(settings, client, &token.audience);
    let given = token.scope.as_ref().unwrap_or(&grant.scope);
    let allowed = given.filtered(|word| is_scope_allowed(settings, client, word));
    let scope = narrowed(settings, &audience, &allowed);
    let is_left = !audience.is_empty() && (given.is_empty() || !scope.is_empty());
    is_left.then_some(Worth { scope, audience })
}

/// The same of a refresh token: the scope that the next refresh gives.
pub fn refresh_worth(settings: &Settings, client: &Client, grant: &Grant) -> Option<Scope> {
    left(settings, client, grant).ok()?;
    scope_left(settings, client, grant, &grant.scope).ok()
}

fn audience_left(settings: &Settings, client: &Client, audience: &[String]) -> Vec<String> {
    let (nameable, usual) = (Nameable::by(settings, client), usual(settings, client));
    let known = |one: &String| match is_ours(settings, one) || usual.contains(one) {
        true => Some(one.clone()),
        false => nameable.find(one).map(str::to_owned),
    };
    audience.iter().filter_map(known).collect()
}
