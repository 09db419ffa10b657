//! RFC 8707 §2: protected resources (APIs), the `resource` parameter, and the resulting audience of access
//! tokens.

mod audience;
mod faults;
mod requested;
mod today;

use std::borrow::Cow;

use crate::error::{Error, ErrorCode};
use crate::id::ClientId;
use crate::record::Client;
use crate::record::client::AccessTokenFormat;
use crate::rule;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::settings::resources::{OpenTo, Resource, Typ};

pub use audience::{audience, meant_by};
pub use faults::{Among, faults};
pub use requested::{audience_ignored, left, requested, same};
pub use today::{Worth, refresh_worth, scope_left, worth};

/// How access tokens with this audience have to look, by what the operator says of the resources in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms<'a> {
    /// The format, if any says.
    pub format: Option<AccessTokenFormat>,
    /// The type, where all agree that it is not the usual one.
    pub typ: Typ,
    /// The algorithm, if any says.
    pub signing_alg: Option<&'a str>,
    /// The shortest life, in seconds, if any says.
    pub access_token: Option<u64>,
}

/// The terms of all resources in an audience; none of them gets more than it asks for.
pub fn terms<'a>(settings: &'a Settings, audience: &[String]) -> Terms<'a> {
    let among = || settings.resources.iter().filter(|resource| audience.contains(&resource.identifier));
    let opaque = among().any(|resource| resource.format == Some(AccessTokenFormat::Opaque));
    let wants_plain =
        |one: &String| among().any(|resource| resource.identifier == *one && resource.typ == Typ::Jwt);
    let mut others = audience.iter().filter(|one| !is_ours(settings, one)).peekable();
    let plain = others.peek().is_some() && others.all(wants_plain);
    Terms {
        format: match opaque {
            true => Some(AccessTokenFormat::Opaque),
            false => among().find_map(|resource| resource.format),
        },
        typ: if plain { Typ::Jwt } else { Typ::AccessToken },
        signing_alg: among().find_map(|resource| resource.signing_alg.as_deref()),
        access_token: among().filter_map(|resource| resource.access_token).min(),
    }
}

/// Seconds that an access token for this audience lives: as long as the client's, or as the resources say;
/// where both do, the shorter.
pub fn access_token_lifetime(settings: &Settings, client: &Client, audience: &[String]) -> u64 {
    let own = [client.lifetimes.access_token, terms(settings, audience).access_token];
    own.into_iter().flatten().min().unwrap_or(settings.lifetimes.access_token)
}

/// Whether a client may introspect tokens with this audience because one of the resources there says so.
pub fn may_introspect(settings: &Settings, asker: &ClientId, audience: &[String]) -> bool {
    let mut among = settings.resources.iter().filter(|resource| audience.contains(&resource.identifier));
    among.any(|resource| resource.introspected_by.contains(asker))
}

/// RFC 8707 §2.2: a token request may ask for fewer resources than are [`left`] of those that the
/// authorization request named, never for others.
pub fn within(granted: &[String], asked: &[String]) -> Result<(), Error> {
    if granted.is_empty() || asked.iter().all(|resource| granted.contains(resource)) {
        Ok(())
    } else {
        Err(invalid_target("resource was not named in the authorization request"))
    }
}

/// The scopes that a client may ask for and that fit, in words for its developer.
pub(crate) fn open_scopes(settings: &Settings, client: &Client, is_fit: impl Fn(&str) -> bool) -> String {
    const MOST: usize = 20;
    let offered = settings.scopes.keys().filter(|word| settings.offer.has("scopes_supported", word));
    let own = client.scopes_to_claims.iter().flat_map(|map| map.keys());
    let all =
        client.scope.clone().unwrap_or_else(|| Scope::from_words(offered.chain(own).map(String::as_str)));
    let all = all.filtered(|word| is_fit(word) && is_scope_allowed(settings, client, word));
    match (all.iter().count(), Scope::from_words(all.iter().take(MOST))) {
        (0, _) => "nothing: the operator gives it scopes".to_owned(),
        (count, shown) if count > MOST => format!("{shown} and {} more", count - MOST),
        (_, shown) => shown.to_string(),
    }
}

/// Whether a client may ask for this word: it means something, and the client is registered for it. A client
/// that is registered for nothing may ask for what its own map has, and without one for everything that is
/// offered. Words of resources are for those to whom one of these is open.
pub fn is_scope_allowed(settings: &Settings, client: &Client, word: &str) -> bool {
    let own = client.scopes_to_claims.as_ref().map(|map| map.contains_key(word));
    let is_known = settings.scopes.contains_key(word) || own == Some(true);
    let mut having = having(settings, word).peekable();
    let is_open = having.peek().is_none() || having.any(|resource| resource.may_be_named_by(client));
    is_known && is_open && client.scope.as_ref().map(|scope| scope.contains(word)).or(own).unwrap_or(true)
}

/// RFC 6749 §3.3: what a request without `scope` is for: what the client is registered for, but no scope of
/// an API other than those that are named; or else the scopes of these.
pub fn usual_scope(
    settings: &Settings,
    client: &Client,
    named: &[String],
    is_fit: impl Fn(&str) -> bool,
) -> Scope {
    let allowed = |word: &str| is_fit(word) && is_scope_allowed(settings, client, word);
    let registered = client.scope.as_ref().map(|scope| scope.filtered(allowed)).unwrap_or_default();
    let registered = match named {
        [] => registered,
        named => narrowed(settings, named, &registered),
    };
    if !registered.is_empty() {
        return registered;
    }
    let among = settings.resources.iter().filter(|resource| named.contains(&resource.identifier));
    let words = among.flat_map(|resource| resource.scopes.iter().map(String::as_str));
    Scope::from_words(words).filtered(allowed)
}

/// Whether a scope means something everywhere, or at a resource that is not only for some clients by name.
pub fn is_open_to_any(settings: &Settings, word: &str) -> bool {
    let mut having = having(settings, word).peekable();
    having.peek().is_none() || having.any(|resource| !matches!(resource.open_to, OpenTo::Clients(_)))
}

/// RFC 8707 §2.2: of a scope that was granted, what goes into a token with this audience. A scope that is one
/// of a resource goes there only: the API that gets the token could use it at the other, where the person
/// agreed to something else.
pub fn narrowed(settings: &Settings, audience: &[String], scope: &Scope) -> Scope {
    scope.filtered(|word| {
        let mut having = having(settings, word).peekable();
        having.peek().is_none() || having.any(|resource| audience.contains(&resource.identifier))
    })
}

/// The APIs that a scope is of, as far as the client may name them: a person who agrees to it agrees for all
/// of them.
pub fn of_scope<'a>(
    settings: &'a Settings,
    client: &'a Client,
    word: &'a str,
) -> impl Iterator<Item = &'a Resource> {
    having(settings, word).filter(|resource| resource.may_be_named_by(client))
}

/// The resources at which a scope means something; none where it does everywhere.
pub(crate) fn having<'a>(settings: &'a Settings, word: &'a str) -> impl Iterator<Item = &'a Resource> {
    settings.resources.iter().filter(move |resource| resource.scopes.iter().any(|scope| scope == word))
}

/// The audience where neither the request nor the grant names one: the client's own, else everybody's.
fn usual<'a>(settings: &'a Settings, client: &'a Client) -> &'a [String] {
    match client.access_token_audience.as_slice() {
        [] => &settings.access_token_audience,
        own => own,
    }
}

/// Whether a token with this audience may be used at the provider's own endpoints.
pub fn is_for_us(settings: &Settings, audience: &[String]) -> bool {
    audience.iter().any(|resource| is_ours(settings, resource))
}

fn is_ours(settings: &Settings, resource: &str) -> bool {
    resource == settings.issuer || resource == settings.endpoint("userinfo")
}

fn invalid_target(description: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidTarget, description).at(&rule::RESOURCE)
}

#[cfg(test)]
mod tests;
