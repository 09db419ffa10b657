//! RFC 7591 §2, OpenID Connect Core §9: how the client authenticates, and what it needs for that.

use super::faults::{Faults, Weight};
use super::{Judge, Origin, keys};
use crate::alg::{is_mac, is_symmetric};
use crate::client_auth::{OFFERED, Proof};
use crate::record::Client;
use crate::token::protect::KINDS;

const METHOD: &str = "token_endpoint_auth_method";
const ALG: &str = "token_endpoint_auth_signing_alg";

/// The methods that send the secret itself; the first is the default (RFC 7591 §2).
const PLAIN: [&str; 2] = ["client_secret_basic", "client_secret_post"];
const CLIENT_SECRET_JWT: &str = "client_secret_jwt";
const PRIVATE_KEY_JWT: &str = "private_key_jwt";
const NONE: &str = "none";

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
    let none = methods.iter().any(|method| method == NONE);
    if none && methods.len() > 1 {
        let what = "a client that may do without a proof needs no other method";
        faults.wrong(METHOD, what, "take `none` out, or all others");
    } else if none && client.has_secret() {
        let what = "the client has a secret, but its authentication method is `none`";
        faults.add(Weight::Hint, METHOD, what, "take one of the two out");
    }
    let asserts = |method: &String| Proof::of(method).is_some_and(Proof::is_assertion);
    if client.token_endpoint_auth_signing_alg.is_some() && !methods.iter().any(asserts) {
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
    client.takes_method(PRIVATE_KEY_JWT)
        || client.require_signed_request_object && !by_secret
        || encrypted.into_iter().any(|alg| !is_symmetric(alg))
}

/// What a client that registers did not say is filled in. With a secret, either way of sending it will do
/// (RFC 6749 §2.3.1), as half of all applications take the body in any case; one has to be offered.
fn unsaid(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let offered = judge.list(OFFERED);
    let is_offered = |method: &&str| offered.contains(method);
    let by_key = has_keys(client).then_some(PRIVATE_KEY_JWT);
    let (first, second): (&str, Option<&str>) = match judge.origin {
        Origin::Registration => {
            let mut plain = PLAIN.into_iter().filter(is_offered);
            let of_secret = plain.next().or_else(|| Some(CLIENT_SECRET_JWT).filter(is_offered));
            let first = of_secret.or_else(|| by_key.filter(is_offered));
            (first.unwrap_or(PLAIN[0]), plain.next())
        }
        Origin::Document => (Some(NONE).into_iter().chain(by_key).find(is_offered).unwrap_or(NONE), None),
        Origin::Operator | Origin::Import | Origin::Stored => return written(judge, client, faults),
    };
    client.token_endpoint_auth_method = Some(first.to_owned());
    client.token_endpoint_auth_methods = second.into_iter().map(str::to_owned).collect();
    written(judge, client, faults);
}

/// Of the methods that an operator did not name, one has to be offered.
fn written(judge: &Judge<'_>, client: &Client, faults: &mut Faults) {
    let offered = judge.list(OFFERED);
    let methods = client.auth_methods();
    if let (Some(first), false) = (methods.first(), methods.iter().any(|method| offered.contains(method))) {
        let (what, instead) = judge.not_offered(Some(OFFERED), first, &offered);
        faults.wrong(METHOD, what, instead);
    }
}

/// What a method needs.
fn needs(judge: &Judge<'_>, client: &Client, method: &str, faults: &mut Faults) {
    // Another rule refuses what is no method.
    let Some(proof) = Proof::of(method) else { return };
    let written = !judge.origin.is_stranger();
    if proof.needs_secret() && written && !client.has_secret() {
        let advice = "write `client_secret`, or `token_endpoint_auth_method = \"none\"` and use PKCE";
        faults.wrong("client_secret", format!("{method} needs a secret"), advice);
    } else if proof == Proof::SecretMac && written && client.client_secret.is_none() {
        let what = "client_secret_jwt computes with the secret, not its hash";
        faults.wrong("client_secret_hash", what, "write the secret itself as `client_secret`");
    } else if proof == Proof::Key && !has_keys(client) {
        faults.wrong("jwks", "private_key_jwt needs the client's public keys", "add jwks or jwks_uri");
    }
    // Elsewhere the algorithm is not needed, but harmless.
    if !proof.is_assertion() {
        return;
    }
    let mut offered = judge.list("token_endpoint_auth_signing_alg_values_supported");
    offered.retain(|alg| is_mac(alg) == proof.needs_secret());
    if let Some(alg) = client.token_endpoint_auth_signing_alg.as_deref()
        && !offered.contains(&alg)
    {
        let (what, instead) = judge.not_offered(None, alg, &offered);
        faults.wrong(ALG, format!("{what} for {method}"), instead);
    } else if proof == Proof::Key {
        let named = client.token_endpoint_auth_signing_alg.as_deref();
        let algs = named.map_or(offered, |alg| vec![alg]);
        if keys::unfit(judge, client, &algs) {
            let by = named.map_or_else(|| method.to_owned(), |alg| format!("{method} by {alg}"));
            faults.add(Weight::Weak, "jwks", keys::unfit_for(&by), keys::UNFIT);
        }
    }
}

pub(super) fn has_keys(client: &Client) -> bool {
    client.jwks.is_some() || client.jwks_uri.is_some()
}
