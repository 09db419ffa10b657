//! RFC 8707 §2.2, RFC 9068 §2.2.3: where an access token can be used: what the request names, or else what
//! its scopes imply.

use super::{having, invalid_target, is_for_us, narrowed, of_scope};
use crate::error::Error;
use crate::record::Client;
use crate::scope::Scope;
use crate::settings::Settings;

/// The audience of an access token. What the request names is taken as it is. Without that it is what the
/// grant or the client's registration names, or the one resource that has all scopes of APIs that are asked
/// for; to these the issuer is added when the token is meant for UserInfo too.
///
/// Where the scopes are of several resources, or nothing would be left of them, the request is refused: a
/// token that cannot be used is no answer.
pub fn audience(
    settings: &Settings,
    client: &Client,
    granted: &[String],
    scope: &Scope,
    asked: &[String],
) -> Result<Vec<String>, Error> {
    let audience = if asked.is_empty() { unnamed(settings, client, granted, scope)? } else { asked.to_vec() };
    if !scope.is_empty() && narrowed(settings, &audience, scope).is_empty() {
        return Err(invalid_target(format!(
            "no scope of this request is one of {}; name the resource that has it, or leave resource out",
            audience.join(" ")
        )));
    }
    Ok(audience)
}

/// Of the resources of a grant those that a refresh with less scope is for: an API that had a word of the
/// granted scope, and has none of what is left, needs no token. Where that is all of them, UserInfo is meant
/// if `openid` is left, and never what would be usual without a resource.
pub fn meant_by(settings: &Settings, granted: Vec<String>, all: &Scope, scope: &Scope) -> Vec<String> {
    let has = |resource: &String, scope: &Scope| {
        scope.iter().any(|word| having(settings, word).any(|one| one.identifier == *resource))
    };
    let is_meant = |resource: &&String| has(resource, scope) || !has(resource, all);
    let meant: Vec<String> = granted.iter().filter(is_meant).cloned().collect();
    match meant.is_empty() && !granted.is_empty() {
        false => meant,
        true if scope.contains("openid") => vec![settings.issuer.clone()],
        true => granted,
    }
}

fn unnamed(
    settings: &Settings,
    client: &Client,
    granted: &[String],
    scope: &Scope,
) -> Result<Vec<String>, Error> {
    let usual = super::usual(settings, client);
    let mut audience = match granted {
        [] => meant(settings, client, scope, usual)?.map_or_else(|| usual.to_vec(), |one| vec![one]),
        granted => granted.to_vec(),
    };
    let for_userinfo = scope.contains("openid") && !is_for_us(settings, &audience);
    if audience.is_empty() || for_userinfo {
        audience.push(settings.issuer.clone());
    }
    Ok(audience)
}

/// The resource that is meant by scopes which the usual audience does not have: the only one that has them
/// all.
fn meant(
    settings: &Settings,
    client: &Client,
    scope: &Scope,
    usual: &[String],
) -> Result<Option<String>, Error> {
    let of_apis = scope.filtered(|word| having(settings, word).next().is_some());
    if narrowed(settings, usual, &of_apis) == of_apis {
        return Ok(None);
    }
    let mut candidates = settings.resources.iter().filter(|resource| {
        resource.may_be_named_by(client)
            && of_apis.iter().all(|word| resource.scopes.iter().any(|own| own == word))
    });
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => Ok(Some(only.identifier.clone())),
        _ => Err(ambiguous(settings, client, &of_apis)),
    }
}

fn ambiguous(settings: &Settings, client: &Client, of_apis: &Scope) -> Error {
    const MOST: usize = 4;
    let places = of_apis.iter().take(MOST).map(|word| {
        let open: Vec<&str> =
            of_scope(settings, client, word).map(|resource| resource.identifier.as_str()).collect();
        format!("{word} is of {}", open.join(" and of "))
    });
    invalid_target(format!(
        "add the parameter resource, once for each API that the token is for: {}",
        places.collect::<Vec<_>>().join(", ")
    ))
}
