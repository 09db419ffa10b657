//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 9101 §10.5: the location, signature and encryption
//! of request objects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::algorithms::needs_secret;
use super::authentication::has_keys;
use super::faults::{Faults, Weight};
use super::{Judge, keys};
use crate::alg::{is_mac, is_symmetric};
use crate::fault::Place;
use crate::record::Client;
use crate::uri;

const ALG: &str = "request_object_signing_alg";
const ALGS: &str = "request_object_signing_algs";
/// RFC 9101 §5.2, OpenID Connect Core §6.2.
const MAX_URI: usize = 512;

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let signs = client.require_signed_request_object || client.fapi;
    if let Some(alg) = &client.request_object_signing_alg {
        signed(judge, client, alg, ALG.into(), signs, faults);
    } else if !client.request_object_signing_algs.is_empty() {
        let what = "without `request_object_signing_alg` any algorithm is accepted";
        faults.wrong(ALGS, what, "write `request_object_signing_alg` too");
    } else if client.require_signed_request_object && !has_keys(client) && client.client_secret.is_none() {
        let what = "there is no key to verify the client's signatures with";
        faults.add(Weight::Careless, "require_signed_request_object", what, "add jwks or jwks_uri");
    }
    for (index, alg) in client.request_object_signing_algs.iter().enumerate() {
        signed(judge, client, alg, (ALGS, index).into(), signs, faults);
    }
    unfit(judge, client, faults);
    encrypted(judge, client, faults);
    addresses(judge, client, faults);
}

fn signed(judge: &Judge<'_>, client: &Client, alg: &str, place: Place, signs: bool, faults: &mut Faults) {
    if alg == "none" {
        if signs {
            let other =
                if client.require_signed_request_object { "require_signed_request_object" } else { "fapi" };
            let what = format!("none contradicts {other}, by which request objects are signed");
            faults.wrong(place, what, "name the algorithm, or take the other out");
        }
    } else if is_mac(alg) {
        needs_secret(judge, client, alg, place, faults);
    } else if !has_keys(client) {
        let what = format!("{alg} needs the client's public keys");
        faults.add(Weight::Careless, place, what, "add jwks or jwks_uri");
    }
}

/// One of the algorithms by which its objects are signed has to be one of its keys'.
fn unfit(judge: &Judge<'_>, client: &Client, faults: &mut Faults) {
    let first = client.request_object_signing_alg.iter();
    let named: Vec<&str> = first.chain(&client.request_object_signing_algs).map(String::as_str).collect();
    let (algs, place) = match named.is_empty() {
        false => (named, ALG),
        true if client.require_signed_request_object && client.client_secret.is_none() => {
            (judge.list("request_object_signing_alg_values_supported"), "require_signed_request_object")
        }
        true => return,
    };
    let needs_no_key = |alg: &&str| is_mac(alg) || *alg == "none";
    if place == ALG && algs.iter().any(needs_no_key) {
        return;
    }
    let algs: Vec<&str> = algs.into_iter().filter(|alg| !needs_no_key(alg)).collect();
    if keys::unfit(judge, client, &algs) {
        let name = if place == ALG { algs.join(" or ") } else { "a signed request object".to_owned() };
        faults.add(Weight::Weak, place, keys::unfit_for(&name), keys::UNFIT);
    }
}

fn encrypted(judge: &Judge<'_>, client: &Client, faults: &mut Faults) {
    let member = "request_object_encryption_alg";
    match client.request_object_encryption_alg.as_deref() {
        None if client.request_object_encryption_enc.is_some() => {
            let advice = "add it, or leave this out";
            faults.wrong("request_object_encryption_enc", format!("this needs {member}"), advice);
        }
        Some(alg) if is_symmetric(alg) && judge.origin.is_stranger() => {
            needs_secret(judge, client, alg, member.into(), faults);
        }
        _ => {}
    }
}

/// What a client that registers cannot use is left out (RFC 7591 §3.2.1): nothing is fetched from there, and
/// a request that names it is refused, as before. Software lists addresses that it only might use, because
/// the metadata has `require_request_uri_registration`.
fn addresses(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    if judge.origin.is_stranger() {
        // What looks like a pattern is refused: it would match itself alone.
        client.request_uris.retain(|uri| {
            uri::wildcard(uri).is_some() || fault(uri).is_none_or(|fault| fault.0 == Weight::Careless)
        });
    }
    for (index, uri) in client.request_uris.iter().enumerate() {
        if let Some((weight, what, instead)) = fault(uri) {
            faults.add(weight, ("request_uris", index), what, instead);
        }
    }
}

/// What is wrong with an address of request objects: how much it matters, what it is, and what to write.
fn fault(uri: &str) -> Option<(Weight, String, String)> {
    let is_web = Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    let fragment = uri.split_once('#').map(|(_, fragment)| fragment);
    let hash = |text: &str| URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
    if uri.len() > MAX_URI {
        let what = format!("{}... is longer than {MAX_URI} characters", uri.get(..40).unwrap_or_default());
        Some((Weight::Wrong, what, "choose a shorter address (RFC 9101 section 5.2)".to_owned()))
    } else if !is_web {
        let what = format!("{uri} is not a web address");
        Some((Weight::Wrong, what, "write an absolute https address".to_owned()))
    } else if let Some(fault) = uri::fault(uri).or_else(|| uri::wildcard(uri)) {
        Some((Weight::Wrong, format!("{uri} {}", fault.what), fault.instead))
    } else if fragment.is_some_and(|fragment| !hash(fragment)) {
        let what = format!("the fragment of {uri} cannot be the hash of what is there");
        let advice = "leave it out, or write the SHA-256 in base64url: 43 characters, no padding";
        Some((Weight::Careless, what, advice.to_owned()))
    } else if uri.starts_with("http:") {
        let what = format!("{uri} is fetched only where `outbound.allow_private_addresses` is set");
        Some((Weight::Doubtful, what, "write an absolute https address".to_owned()))
    } else {
        None
    }
}
