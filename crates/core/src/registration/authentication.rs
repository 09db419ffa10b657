//! RFC 7591 §2, OpenID Connect Core §9: how the client authenticates, and its keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::redirects::is_https;
use super::{Asked, Group, Origin, invalid, not_offered};
use crate::alg::is_mac;
use crate::error::Error;
use crate::record::Client;
use crate::rule;

/// Private and shared members of keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const MAX_KEYS: usize = 32;

pub(super) const GROUP: Group = Group {
    name: "authentication",
    rule: &rule::AUTHENTICATION,
    members: &["token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks", "jwks_uri"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    keys(asked, client)?;
    let default = if asked.origin == Origin::Document { "none" } else { "client_secret_basic" };
    let method = asked.members.text("token_endpoint_auth_method")?.unwrap_or(default);
    let mut offered = asked.offered("token_endpoint_auth_methods_supported");
    offered.retain(|name| asked.origin == Origin::Registration || !name.starts_with("client_secret_"));
    if !offered.contains(&method) {
        return Err(not_offered("token_endpoint_auth_method", method, offered));
    }
    if method == "private_key_jwt" && client.jwks.is_none() && client.jwks_uri.is_none() {
        return Err(invalid("private_key_jwt needs the client's public keys: add jwks or jwks_uri"));
    }
    if method == "none" && client.allows_grant("client_credentials") {
        return Err(invalid(
            "client_credentials is for clients that authenticate; choose another token_endpoint_auth_method than none",
        ));
    }
    client.token_endpoint_auth_method = Some(method.to_owned());
    client.token_endpoint_auth_signing_alg = signing_alg(asked, method)?;
    Ok(())
}

fn signing_alg(asked: &Asked<'_>, method: &str) -> Result<Option<String>, Error> {
    let Some(alg) = asked.members.text("token_endpoint_auth_signing_alg")? else { return Ok(None) };
    let fits = |alg: &str| match method {
        "client_secret_jwt" => is_mac(alg),
        "private_key_jwt" => !is_mac(alg),
        // Of no use, but harmless as long as it is one.
        _ => true,
    };
    let mut offered = asked.offered("token_endpoint_auth_signing_alg_values_supported");
    offered.retain(|alg| fits(alg));
    if !offered.contains(&alg) {
        return Err(not_offered("token_endpoint_auth_signing_alg", alg, offered));
    }
    Ok(Some(alg.to_owned()))
}

fn keys(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    let members = asked.members;
    client.jwks_uri = members.text("jwks_uri")?.map(str::to_owned);
    client.jwks = members.raw("jwks").cloned();
    match (&client.jwks, &client.jwks_uri) {
        (Some(_), Some(_)) => Err(invalid("jwks and jwks_uri must not come together; keep one of them")),
        (Some(jwks), None) => wrong_key_set(jwks).map_or(Ok(()), |why| Err(invalid(why))),
        (None, Some(uri)) if !is_https(uri) => Err(invalid("jwks_uri must be an absolute https address")),
        _ => Ok(()),
    }
}

/// RFC 7517 §5: what is wrong with a set of public keys, no matter who wrote it.
pub fn wrong_key_set(jwks: &Value) -> Option<String> {
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return Some("jwks must be a JWK Set: an object with a list of keys".into());
    };
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Some(format!("jwks must have 1 to {MAX_KEYS} keys"));
    }
    if let Some(wrong) = keys.iter().enumerate().find_map(|(index, key)| wrong_key(index, key)) {
        return Some(wrong);
    }
    (unusable_keys(jwks).len() == keys.len())
        .then(|| format!("jwks has no key that can be used here; known are {KNOWN}"))
}

const KNOWN: &str = "RSA, EC (P-256, P-384, P-521) and OKP (Ed25519, X25519)";

/// RFC 7517 §5: keys of a set that are passed over, as their type or curve is not known here; their
/// positions.
pub fn unusable_keys(jwks: &Value) -> Vec<usize> {
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let usable = |key: &Value| match text(key, "kty").as_str() {
        "RSA" => true,
        "EC" => ["P-256", "P-384", "P-521"].contains(&text(key, "crv").as_str()),
        "OKP" => ["Ed25519", "X25519"].contains(&text(key, "crv").as_str()),
        _ => false,
    };
    let keys = jwks.get("keys").and_then(Value::as_array).into_iter().flatten().enumerate();
    keys.filter(|(_, key)| !usable(key)).map(|(index, _)| index).collect()
}

fn wrong_key(index: usize, key: &Value) -> Option<String> {
    let member = |name: &str| key.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(private) = PRIVATE.iter().find(|name| key.get(**name).is_some()) {
        return Some(format!(
            "jwks: key {index} has the private member {private}; register public keys only"
        ));
    }
    let due: &[&str] = match key.get("kty").and_then(Value::as_str) {
        Some("RSA") => &["n", "e"],
        Some("EC") => &["crv", "x", "y"],
        Some("OKP") => &["crv", "x"],
        Some(_) => &[],
        None => return Some(format!("jwks: key {index} has no kty")),
    };
    due.iter().find_map(|name| match member(name) {
        None => Some(format!("jwks: key {index} has no {name}")),
        Some(text) if *name != "crv" && URL_SAFE_NO_PAD.decode(text).is_err() => {
            Some(format!("jwks: {name} of key {index} is not base64url without padding"))
        }
        Some(_) => None,
    })
}
