//! RFC 6749 §2.2, §2.3.1, §10.10: what only an operator says about a client: its identifier, its secret, and
//! the terms on which it gets its tokens.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::algorithms::{by_secret, computes_with_secret, macs_sent};
use super::faults::{Faults, Weight};
use super::{Judge, Scopes, hashed};
use crate::alg;
use crate::claims::is_protocol;
use crate::near::one_of;
use crate::record::Client;
use crate::record::client::KeptSecret;

/// RFC 6749 appendix A.1.
pub(super) fn identity(_: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let id = client.client_id.as_str();
    if id.is_empty() {
        faults.wrong("client_id", "this is missing", "write a name, such as \"web\"");
    } else if !id.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
        let advice = "write a name of ASCII characters";
        faults.wrong("client_id", format!("{id:?} cannot be a client_id"), advice);
    }
}

/// What `sha256sum` makes of nothing: somebody hashed a variable that was not set, perhaps with `echo`.
const HASHES_OF_NOTHING: [(&str, &str); 3] = [
    ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "an empty secret"),
    ("01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b", "a line break alone"),
    ("7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6", "a line break alone"),
];

/// The members of a secret.
struct Named {
    clear: &'static str,
    hash: &'static str,
}

const CURRENT: Named = Named { clear: "client_secret", hash: "client_secret_hash" };
const PREVIOUS: Named = Named { clear: "client_secret_previous", hash: "client_secret_previous_hash" };

pub(super) fn secret(_: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    for (kept, names) in client.kept_secrets().into_iter().zip([CURRENT, PREVIOUS]) {
        one_secret(client, &kept, &names, faults);
    }
    if client.has_previous_secret() {
        previous(client, faults);
    }
}

fn one_secret(client: &Client, kept: &KeptSecret<'_>, names: &Named, faults: &mut Faults) {
    if let Some(secret) = kept.secret {
        if secret.expose().is_empty() {
            faults.wrong(names.clear, "the secret is empty", "write a long random one");
        } else {
            if let Some(scheme) = hashed::scheme(secret.expose()) {
                let what =
                    format!("this is a hash ({scheme}), and the client would have to send it as it is");
                let hash = names.hash;
                let advice = format!("write the secret itself, or its SHA-256 in hexadecimal as `{hash}`");
                faults.wrong(names.clear, what, advice);
            }
            if !client.is_public() {
                strength(secret.expose(), client.client_id.as_str(), names.clear, faults);
            }
            match names.clear == CURRENT.clear {
                true => length(secret.expose(), client, faults),
                false => previous_length(secret.expose(), client, faults),
            }
        }
        if kept.hash.is_some() {
            faults.wrong(names.hash, "the secret is given in two forms", "keep one of them");
        }
    }
    let Some(hash) = kept.hash else { return };
    if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        let advice = "write the 64 hexadecimal digits of the secret's SHA-256";
        faults.wrong(names.hash, "this is not a SHA-256", advice);
    } else if let Some((_, what)) = HASHES_OF_NOTHING.iter().find(|(one, _)| hash.eq_ignore_ascii_case(one)) {
        let advice = "write the SHA-256 of the secret: printf %s SECRET | sha256sum";
        faults.wrong(names.hash, format!("this is the SHA-256 of {what}"), advice);
    }
}

/// A previous secret is one next to another.
fn previous(client: &Client, faults: &mut Faults) {
    let Named { clear, hash } = PREVIOUS;
    let name = if client.client_secret_previous.is_some() { clear } else { hash };
    if !client.has_secret() {
        let what = "there is no `client_secret` that replaces this one";
        return faults.wrong(name, what, "write the new secret as `client_secret`, or take this out");
    }
    let [current, before] = client.kept_secrets().map(|secret| secret.digest());
    if current.is_some() && current == before {
        faults.add(Weight::Hint, name, "this is the same as the secret itself", "take it out");
    }
    if client.client_secret.is_some()
        && client.client_secret_previous.is_none()
        && computes_with_secret(client)
    {
        let what = "what is computed with a secret needs the secret, not its hash";
        faults.add(Weight::Hint, hash, what, "write the secret itself as `client_secret_previous`");
    }
}

/// What is tried first is an error, what is only short a warning: the shortest configuration that the book
/// has, and oidc-op's examples, have secrets of eight characters, and guesses are slowed down.
fn strength(secret: &str, id: &str, member: &str, faults: &mut Faults) {
    const TRIED_FIRST: [&str; 8] = [
        "password",
        "passw0rd",
        "changeme",
        "change-me",
        "client_secret",
        "client-secret",
        "12345678",
        "topsecret",
    ];
    let different = secret.chars().collect::<BTreeSet<_>>().len();
    let trivial = secret.len() < 8
        || different < 4
        || secret == id
        || TRIED_FIRST.contains(&secret.to_ascii_lowercase().as_str());
    let advice = "`openssl rand -hex 32` makes a good one";
    if trivial {
        let what = "a secret this short or simple is guessed at once";
        faults.add(Weight::Weak, member, what, advice);
    } else if secret.len() < 16 {
        let what = "a secret of less than 16 characters can be guessed";
        faults.add(Weight::Hint, member, what, advice);
    }
}

/// RFC 7518 §3.2: a MAC needs a key as long as its hash, whoever makes it. OpenID Connect Core §16.19: a key
/// that is derived of the secret has no more to tell than the secret has.
fn length(secret: &str, client: &Client, faults: &mut Faults) {
    const ADVICE: &str = "`openssl rand -hex 32` makes one of 64";
    let (macs, keys) = by_secret(client);
    let mac = macs.map(|alg| (alg::least_secret(alg), alg)).max_by_key(|(least, _)| *least);
    let key = keys.map(|alg| (alg::key_length(alg), alg)).max_by_key(|(least, _)| *least);
    if let Some((least, alg)) = mac.filter(|(least, _)| secret.len() < *least) {
        let what = format!("{alg} needs a secret of {least} bytes at least");
        faults.wrong("client_secret", what, ADVICE);
    } else if let Some((least, alg)) = key.filter(|(least, _)| secret.len() < *least) {
        let what = format!("{alg} is as strong as the secret is long, and has keys of {least} bytes");
        faults.add(Weight::Hint, "client_secret", what, ADVICE);
    }
}

/// The provider makes nothing with the previous secret, and it may be from before it had to be longer. But
/// what the client computes with it is then refused.
fn previous_length(secret: &str, client: &Client, faults: &mut Faults) {
    let most = macs_sent(client).map(|alg| (alg::least_secret(alg), alg)).max_by_key(|(least, _)| *least);
    if let Some((least, alg)) = most.filter(|(least, _)| secret.len() < *least) {
        let what = format!(
            "{alg} needs a secret of {least} bytes at least: what the application signs with this one is refused"
        );
        faults.add(Weight::Hint, PREVIOUS.clear, what, "give every instance the new one, and take this out");
    }
}

/// FAPI 2.0 Security Profile §5.3.2.1, §5.4: what a client with `fapi` cannot use. By mTLS, which the profile
/// allows too, nobody authenticates here.
pub(super) fn fapi(_: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    const METHOD: &str = "private_key_jwt";
    if !client.fapi {
        return;
    }
    if let Some(other) = client.auth_methods().into_iter().find(|method| *method != METHOD) {
        let what = format!("`fapi` is set, and FAPI 2.0 knows no client that authenticates by {other}");
        let advice = "write `token_endpoint_auth_method = \"private_key_jwt\"` with `jwks` or `jwks_uri`, or take `fapi` out";
        faults.add(Weight::Weak, "token_endpoint_auth_method", what, advice);
    }
    let objects = client.request_object_signing_alg.iter().chain(&client.request_object_signing_algs);
    let named = [
        ("token_endpoint_auth_signing_alg", client.token_endpoint_auth_signing_alg.iter().collect()),
        ("request_object_signing_alg", objects.collect::<Vec<_>>()),
    ];
    for (member, algs) in named {
        if let Some(name) = algs.into_iter().find(|name| !alg::is_for_fapi(name) && *name != "none") {
            let what = format!("`fapi` is set, and what is signed by {name} is then refused");
            let advice = one_of(name, &alg::for_fapi().collect::<Vec<_>>());
            faults.add(Weight::Weak, member, what, advice);
        }
    }
}

/// What it gets, and how long that is valid.
pub(super) fn claims(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    if client.extra.remove("claims_in_id_token") == Some(Value::Bool(true)) {
        if client.add_claims.by_scope.id_token == Some(false) {
            let what = "`add_claims.by_scope.id_token` says the opposite";
            faults.wrong("claims_in_id_token", what, "take one of the two out");
        }
        client.add_claims.by_scope.id_token = Some(true);
    }
    let always = &client.add_claims.always;
    for (point, claims) in [
        ("userinfo", &always.userinfo),
        ("id_token", &always.id_token),
        ("introspection", &always.introspection),
        ("access_token", &always.access_token),
    ] {
        for name in claims.0.keys().filter(|name| is_protocol(name)) {
            let what = format!("{name:?} is Signet's own: no rule adds it");
            faults.add(Weight::Hint, ["add_claims", "always", point], what, "leave it out");
        }
    }
    for (scope, claims) in client.scopes_to_claims.iter().flatten() {
        let says_sub = |name: &str| scope == "openid" && name == "sub";
        for name in claims.iter().filter(|name| is_protocol(name) && !says_sub(name)) {
            let what = format!("{name:?} is Signet's own: no scope releases it");
            faults.add(Weight::Hint, ["scopes_to_claims", scope.as_str()], what, "leave it out");
        }
    }
    if client.lifetimes.code.is_some_and(|seconds| seconds > 600) {
        let what = "a code may be valid for ten minutes at most (RFC 6749 section 4.1.2)";
        faults.wrong(["lifetimes", "code"], what, "write \"60s\"");
    }
    if client.may_introspect && client.is_public() {
        let what = "only a client with a secret may introspect";
        faults.wrong("may_introspect", what, "give it a `client_secret`");
    }
    if let Scopes::Known(known, _) = judge.scopes {
        // A purpose of a scope that is never asked for is never read.
        let own = client.scopes_to_claims.iter().flat_map(BTreeMap::keys);
        let own = own.map(String::as_str).chain(client.scope.iter().flat_map(|scope| scope.iter()));
        let known: Vec<&str> = known.keys().map(String::as_str).chain(own).collect();
        for name in client.purpose.keys() {
            let scope = name.rsplit_once('#').map_or(name.as_str(), |(scope, _)| scope);
            if !known.contains(&scope) && !known.contains(&name.as_str()) {
                let what = format!("there is no scope {scope:?}");
                faults.add(Weight::Hint, "purpose", what, one_of(scope, &known));
            }
        }
    }
}
