//! RFC 7591 §2, OpenID Connect Core §9: how the client authenticates, and what it needs for that.

use super::fault::{Faults, Weight};
use super::{Judge, Origin};
use crate::alg::{is_mac, is_symmetric};
use crate::record::Client;
use crate::token::protect::KINDS;

/// Where metadata lists the methods.
pub(super) const METHODS: &str = "token_endpoint_auth_methods_supported";
const METHOD: &str = "token_endpoint_auth_method";
const ALG: &str = "token_endpoint_auth_signing_alg";

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    if judge.origin.is_stranger() {
        published(client, faults);
    }
    if client.jwks.is_some() && client.jwks_uri.is_some() {
        let advice = "keep one of `jwks` and `jwks_uri`";
        faults.wrong("jwks_uri", "jwks and jwks_uri must not come together", advice);
    }
    if client.token_endpoint_auth_method.is_none() {
        unsaid(judge, client, faults);
    }
    let methods: Vec<String> = client.auth_methods().into_iter().map(str::to_owned).collect();
    for method in &methods {
        needs(judge, client, method, faults);
    }
    if client.allows_grant("client_credentials") && client.is_public() {
        let what = "client_credentials is for clients that authenticate (RFC 6749 section 4.4)";
        faults.wrong("grant_types", what, "choose another token_endpoint_auth_method than none");
    }
    let none = methods.iter().any(|method| method == "none");
    if none && methods.len() > 1 {
        let what = "a client that may do without a proof needs no other method";
        faults.wrong(METHOD, what, "take `none` out, or all others");
    } else if none && client.has_secret() {
        let what = "the client has a secret, but its authentication method is `none`";
        faults.add(Weight::Hint, METHOD, what, "take one of the two out");
    }
    if client.token_endpoint_auth_signing_alg.is_some() && !methods.iter().any(|name| name.ends_with("_jwt"))
    {
        let what = "this belongs to JWT assertions, which the client does not use";
        faults.add(Weight::Hint, ALG, what, "leave it out");
    }
}

/// What strangers publish by plain http is never fetched. Software publishes its keys in any case, so that it
/// is left out where nothing needs them (RFC 7591 §3.2.1).
fn published(client: &mut Client, faults: &mut Faults) {
    let Some(uri) = client.jwks_uri.as_deref().filter(|uri| uri.starts_with("http:")) else { return };
    if needs_keys(client) {
        let what = format!("{uri} must be an absolute https address");
        faults.add(Weight::Trust, "jwks_uri", what, "write https://HOST/PATH");
    } else {
        client.jwks_uri = None;
    }
}

/// Whether something that the client asks for cannot be done without its keys.
fn needs_keys(client: &Client) -> bool {
    let by_secret = client.request_object_signing_alg.as_deref().is_some_and(is_mac);
    let encrypted = KINDS.iter().filter_map(|kind| (kind.encrypted_alg)(client));
    client.takes_method("private_key_jwt")
        || client.require_signed_request_object && !by_secret
        || encrypted.into_iter().any(|alg| !is_symmetric(alg))
}

/// What a client that registers did not say is filled in. With a secret of an operator's, either way of
/// sending it will do; one has to be offered.
fn unsaid(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    match judge.origin {
        Origin::Registration => client.token_endpoint_auth_method = Some("client_secret_basic".to_owned()),
        Origin::Document => client.token_endpoint_auth_method = Some("none".to_owned()),
        Origin::Operator | Origin::Import | Origin::Stored => {}
    }
    let offered = judge.list(METHODS);
    let methods = client.auth_methods();
    if let (Some(first), false) = (methods.first(), methods.iter().any(|method| offered.contains(method))) {
        let (what, instead) = judge.not_offered(Some(METHODS), first, &offered);
        faults.wrong(METHOD, what, instead);
    }
}

/// What a method needs.
fn needs(judge: &Judge<'_>, client: &Client, method: &str, faults: &mut Faults) {
    let written = !judge.origin.is_stranger();
    if method.starts_with("client_secret_") && written && !client.has_secret() {
        let advice = "write `client_secret`, or token_endpoint_auth_method = \"none\" and use PKCE";
        faults.wrong("client_secret", format!("{method} needs a secret"), advice);
    } else if method == "client_secret_jwt" && written && client.client_secret.is_none() {
        let what = "client_secret_jwt computes with the secret, not its hash";
        faults.wrong("client_secret_hash", what, "write the secret itself as `client_secret`");
    } else if method == "private_key_jwt" && !has_keys(client) {
        faults.wrong("jwks", "private_key_jwt needs the client's public keys", "add jwks or jwks_uri");
    }
    let by_secret = match method {
        "client_secret_jwt" => true,
        "private_key_jwt" => false,
        // The algorithm is not needed then, but harmless.
        _ => return,
    };
    let mut offered = judge.list("token_endpoint_auth_signing_alg_values_supported");
    offered.retain(|alg| is_mac(alg) == by_secret);
    if let Some(alg) = client.token_endpoint_auth_signing_alg.as_deref()
        && !offered.contains(&alg)
    {
        let (what, instead) = judge.not_offered(None, alg, &offered);
        faults.wrong(ALG, format!("{what} for {method}"), instead);
    }
}

pub(super) fn has_keys(client: &Client) -> bool {
    client.jwks.is_some() || client.jwks_uri.is_some()
}
