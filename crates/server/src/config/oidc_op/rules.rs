//! Usage rules and lifetimes of tokens: `authz`, `token_handler_args`, and a client's `token_usage_rules`.

use super::{Rewrite, get_mut, integer, take, words};
use crate::config::tree::{Node, Value};

/// oidc-op's name of a kind of token, that of its handler, and its lifetime here.
const KINDS: [(&str, &str, &str); 4] = [
    ("authorization_code", "code", "code"),
    ("access_token", "token", "access_token"),
    ("refresh_token", "refresh", "refresh_token"),
    ("id_token", "id_token", "id_token"),
];

/// Lifetimes at the top of a file, as earlier versions of oidc-op have them.
const EARLIER: [(&str, &str); 4] = [
    ("grant_expires_in", "grant"),
    ("token_expires_in", "access_token"),
    ("refresh_token_expires_in", "refresh_token"),
    ("id_token_expires_in", "id_token"),
];

pub(super) fn apply(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    // Another name of `authz`.
    if let Some(config) = take(tree, &["session_manager", "grant_config"]) {
        if super::get(tree, &["authz", "grant_config"]).is_some() {
            rewrite.warn(&config, "`authz` says this too, and is taken", "leave this out");
        } else {
            rewrite.put(tree, &["authz", "grant_config"], config);
        }
    }
    if let Some(seconds) = take(tree, &["authz", "grant_config", "expires_in"]) {
        rewrite.put(tree, &["lifetimes", "grant"], seconds);
    }
    if let Some(rules) = take(tree, &["authz", "grant_config", "usage_rules"]) {
        usage(tree, rules, rewrite);
    }
    for (_, handler, lifetime) in KINDS {
        let Some(node) = take(tree, &["token_handler_args", handler, "lifetime"]) else { continue };
        // A rule takes precedence over the handler.
        if tree.get("lifetimes").is_none_or(|table| table.get(lifetime).is_none()) {
            put(tree, lifetime, node, rewrite);
        }
    }
    for (name, lifetime) in EARLIER {
        let Some(node) = take(tree, &[name]) else { continue };
        if tree.get("lifetimes").is_none_or(|table| table.get(lifetime).is_none()) {
            put(tree, lifetime, node, rewrite);
        }
    }
}

/// Rules for each kind of token, into the `lifetimes` of the table that they are in.
pub(super) fn usage(table: &mut Node, rules: Node, rewrite: &mut Rewrite<'_>) {
    let Value::Table(kinds) = rules.value else {
        rewrite.error(&rules, "rules are a table, a kind of token each", "write `lifetimes`");
        return;
    };
    for mut kind in kinds {
        let Some((_, _, lifetime)) = KINDS.iter().find(|(name, _, _)| *name == kind.name) else {
            let known = KINDS.map(|(name, _, _)| name).join(", ");
            rewrite.error(&kind.node, "there are no rules for this", format!("known here: {known}"));
            continue;
        };
        if !matches!(kind.node.value, Value::Table(_) | Value::Null) {
            rewrite.error(&kind.node, "rules are a table", "write expires_in, max_usage or supports_minting");
            continue;
        }
        if let Some(seconds) = take(&mut kind.node, &["expires_in"]) {
            put(table, lifetime, seconds, rewrite);
        }
        if let Some(times) = take(&mut kind.node, &["max_usage"]) {
            match (kind.name.as_str(), integer(&times)) {
                ("authorization_code", Some(1)) => {}
                ("authorization_code", _) => {
                    rewrite.error(&times, "a code is used once (RFC 6749 §4.1.2)", "write 1");
                }
                ("refresh_token", Some(1)) => {}
                (_, None) => rewrite.error(&times, "this is a number of uses", "leave it out"),
                _ => rewrite.warn(&times, "uses are not counted", "leave it out, and write a lifetime"),
            }
        }
        if let Some(minted) = take(&mut kind.node, &["supports_minting"]) {
            minting(&kind.name, &minted, rewrite);
        }
        for entry in kind.node.entries() {
            rewrite.error(
                &entry.node,
                "this rule is not known",
                "known here: expires_in, max_usage, supports_minting",
            );
        }
    }
}

/// What a token leads to follows from the client's grant types and the scope.
fn minting(kind: &str, minted: &Node, rewrite: &mut Rewrite<'_>) {
    if !matches!(minted.value, Value::List(_) | Value::Null) {
        rewrite.error(minted, "this is a list of kinds of tokens", "leave it out");
        return;
    }
    let words = words(minted);
    let due: &[&str] = match kind {
        "authorization_code" => &["access_token", "refresh_token", "id_token"],
        "refresh_token" => &["access_token", "refresh_token"],
        _ => &[],
    };
    let lacks: Vec<&str> = due.iter().copied().filter(|due| !words.contains(due)).collect();
    let odd = words.iter().any(|word| !["access_token", "refresh_token", "id_token"].contains(word));
    match lacks.as_slice() {
        _ if odd || (due.is_empty() && !words.is_empty()) => {
            rewrite.warn(minted, "what a token leads to is not written down here", "leave it out");
        }
        [] => {}
        ["refresh_token"] if kind == "authorization_code" => rewrite.warn(
            minted,
            "refresh tokens come to applications with that grant type, by the scope offline_access",
            "leave \"refresh_token\" out of `grant_types`, or of capabilities.grant_types_supported",
        ),
        ["refresh_token"] => rewrite.warn(minted, "each refresh gives a new refresh token", "leave it out"),
        ["id_token"] => rewrite.warn(minted, "the scope openid brings an ID token", "leave it out"),
        _ => rewrite.warn(minted, "a code or refresh token always leads to access tokens", "leave it out"),
    }
}

fn put(table: &mut Node, lifetime: &str, mut seconds: Node, rewrite: &mut Rewrite<'_>) {
    if integer(&seconds).is_some_and(|seconds| seconds <= 0) {
        let what = "a token that never ends is not made here";
        rewrite.warn(&seconds, what, format!("write `lifetimes.{lifetime}`; the default applies now"));
        return;
    }
    // Seconds as Python has them may be a fraction.
    if let Value::Float(number) = seconds.value
        && let Ok(whole) = format!("{:.0}", number.ceil()).parse()
    {
        seconds.value = Value::Integer(whole);
    }
    if let Some(lifetimes) = get_mut(table, "lifetimes")
        && lifetimes.get(lifetime).is_some()
    {
        let what = format!("this is written as `lifetimes.{lifetime}` too");
        rewrite.error(&seconds, what, "keep one of them");
        return;
    }
    rewrite.put(table, &["lifetimes", lifetime], seconds);
}
