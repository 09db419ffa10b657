//! RFC 7517 §5: a client's keys, by value.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Judge;
use super::faults::Weight;
use super::reading::Reading;
use crate::env::KeyJudge;
use crate::record::Client;

/// What a client is told none of whose keys by value can do what it registers.
pub(super) const UNFIT: &str =
    "add a key to jwks whose kty, crv, use, key_ops and alg allow it, or publish the keys at jwks_uri";

/// Whether the keys that a client registers by value can be used for none of these algorithms. Those at an
/// address are not known yet.
pub(super) fn unfit(judge: &Judge<'_>, client: &Client, algs: &[&str]) -> bool {
    let keys = client.jwks.as_ref().and_then(|jwks| jwks.get("keys")).and_then(Value::as_array);
    let can = |key: &Value| algs.iter().any(|alg| (judge.key)(key, Some(alg)).is_ok());
    keys.is_some_and(|keys| !algs.is_empty() && !keys.iter().any(can))
}

/// How the refusal of such keys begins.
pub(super) fn unfit_for(name: &str) -> String {
    format!("{name} needs one of the client's public keys, and none of those in jwks can be used for it")
}

/// Private and shared members of keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const MAX_KEYS: usize = 32;
const KNOWN: &str = "RSA, EC (P-256, P-384, P-521) and OKP (Ed25519, X25519)";

pub(super) fn read(reading: &mut Reading<'_>, value: &Value) -> Option<Value> {
    if let Some(what) = wrong_key_set(value, reading.judge.key) {
        return reading.wrong(reading.name.into(), what, "write the client's public keys");
    }
    if let Some(index) =
        value.get("keys").and_then(Value::as_array).and_then(|keys| keys.iter().position(is_costly))
    {
        let what =
            format!("key {index} is an RSA key of more than 4096 bits, or with an exponent of more than 32");
        reading.faults.add(
            Weight::Trust,
            reading.name,
            what,
            "write a usual one, such as 2048 bits and AQAB",
        );
    }
    for index in unusable(value) {
        let what = format!("key {index} is of a type or curve that is not known here; it is ignored");
        reading.faults.add(Weight::Hint, reading.name, what, "take it out, unless others read it");
    }
    Some(value.clone())
}

/// What is wrong with a set of public keys.
pub fn wrong_key_set(jwks: &Value, judge: KeyJudge) -> Option<String> {
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return Some("this must be a JWK Set: an object with a list of keys".into());
    };
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Some(format!("this must have 1 to {MAX_KEYS} keys"));
    }
    if let Some(wrong) = keys.iter().enumerate().find_map(|(index, key)| wrong_key(index, key, judge)) {
        return Some(wrong);
    }
    (unusable(jwks).len() == keys.len())
        .then(|| format!("this has no key that can be used here; known are {KNOWN}"))
}

/// Keys of a set that are ignored, as their type or curve is not known here; their positions.
fn unusable(jwks: &Value) -> Vec<usize> {
    let keys = jwks.get("keys").and_then(Value::as_array).into_iter().flatten().enumerate();
    keys.filter(|(_, key)| !is_known(key)).map(|(index, _)| index).collect()
}

fn is_known(key: &Value) -> bool {
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("kty") {
        "RSA" => true,
        "EC" => ["P-256", "P-384", "P-521"].contains(&text("crv")),
        "OKP" => ["Ed25519", "X25519"].contains(&text("crv")),
        _ => false,
    }
}

/// What is verified by such a key takes several times the work that usual ones take.
fn is_costly(key: &Value) -> bool {
    let length = |name: &str| {
        let number = key.get(name).and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        number.unwrap_or_default().iter().skip_while(|byte| **byte == 0).count()
    };
    key.get("kty").and_then(Value::as_str) == Some("RSA") && (length("n") > 512 || length("e") > 4)
}

fn wrong_key(index: usize, key: &Value, judge: KeyJudge) -> Option<String> {
    let member = |name: &str| key.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(private) = PRIVATE.iter().find(|name| key.get(**name).is_some()) {
        return Some(format!("key {index} has the private member {private}; register public keys only"));
    }
    let due: &[&str] = match key.get("kty").and_then(Value::as_str) {
        Some("RSA") => &["n", "e"],
        Some("EC") => &["crv", "x", "y"],
        Some("OKP") => &["crv", "x"],
        Some(_) => &[],
        None => return Some(format!("key {index} has no kty")),
    };
    let malformed = due.iter().find_map(|name| match member(name) {
        None => Some(format!("key {index} has no {name}")),
        Some(text) if *name != "crv" && URL_SAFE_NO_PAD.decode(text).is_err() => {
            Some(format!("{name} of key {index} is not base64url without padding"))
        }
        Some(_) => None,
    });
    let unsound = || is_known(key).then(|| judge(key, None).err()).flatten();
    malformed.or_else(|| unsound().map(|why| format!("key {index} cannot be used: {why}")))
}
