//! What oidc-op shows in discovery, wherever its files say so: lists, scopes, methods, and what follows from
//! the rest.

use std::collections::BTreeSet;

use super::{Rewrite, take, words};
use crate::config::tree::{Node, Value};

const OUT: &str = "leave it out";

/// Tables whose keys may be used for those of `capabilities`.
const CAPABILITIES: [&[&str]; 6] = [
    &["endpoint", "authorization"],
    &["endpoint", "userinfo"],
    &["endpoint", "introspection"],
    &["endpoint", "registration"],
    &["token_handler_args", "id_token"],
    &["id_token"],
];

/// What is written in several places, or follows from others.
pub(super) fn apply(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    one_list_of_methods(tree, rewrite);
    metadata(tree, rewrite);
    scopes(tree, rewrite);
}

/// Lists of other tables, to `capabilities`.
pub(super) fn lists(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    for path in CAPABILITIES {
        let found = super::get(tree, path).map(Node::entries).unwrap_or_default();
        let names = found.iter().map(|entry| entry.name.clone()).filter(|name| name.ends_with("_supported"));
        for name in names.collect::<Vec<_>>() {
            let Some(node) = take(tree, &[path, &[name.as_str()][..]].concat()) else { continue };
            // Both places say the same in the manual's own example.
            let place = ["capabilities", name.as_str()];
            let same = super::get(tree, &place).is_some_and(|other| other.to_json() == node.to_json());
            if !same {
                rewrite.put(tree, &place, node);
            }
        }
    }
}

/// What may be used at the token endpoint takes precedence over what is shown about it.
fn one_list_of_methods(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    const SHOWN: [&str; 2] = ["capabilities", "token_endpoint_auth_methods_supported"];
    let used = ["client_authn_method", "client_authn_methods"]
        .into_iter()
        .find_map(|name| take(tree, &["endpoint", "token", name]));
    let Some(used) = used.filter(|used| !matches!(used.value, Value::Null)) else { return };
    if let Some(shown) = take(tree, &SHOWN) {
        let sorted = |node: &Node| words(node).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        if sorted(&shown) != sorted(&used) {
            rewrite.warn(&shown, "the methods of `endpoint.token` are offered instead", "write them alike");
        }
    }
    rewrite.put(tree, &SHOWN, used);
}

/// Metadata that follows from the rest, and lists that are not made shorter here.
fn metadata(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    const FOLLOWS: [&str; 3] = ["issuer", "version", "jwks_uri"];
    let Some(Value::Table(entries)) = super::get_mut(tree, "capabilities").map(|node| &mut node.value) else {
        return;
    };
    entries.retain(|entry| {
        let name = entry.name.as_str();
        if FOLLOWS.contains(&name) || name.ends_with("_endpoint") {
            rewrite.warn(&entry.node, "discovery is made from the rest of this file", OUT);
            return false;
        }
        let lists = name.ends_with("_auth_signing_alg_values_supported")
            || name.ends_with("_endpoint_auth_methods_supported")
                && name != "token_endpoint_auth_methods_supported"
            || ["display_values_supported", "code_challenge_methods_supported"].contains(&name);
        if lists {
            rewrite.warn(
                &entry.node,
                "this list of the metadata is made by Signet, and not made shorter",
                OUT,
            );
        }
        !lists
    });
}

/// Scopes of an add-on come to those of the map.
fn scopes(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    for name in ["claims", "custom_scopes"] {
        let Some(more) = take(tree, &["add_on", name]) else { continue };
        let nested = ["session_params", "capabilities"]
            .into_iter()
            .find(|table| super::get(tree, &[table, "scopes_to_claims"]).is_some());
        let Value::Table(entries) = more.value else { continue };
        for entry in entries {
            let scope = entry.name.clone();
            let path: Vec<&str> = nested.into_iter().chain(["scopes_to_claims", &scope]).collect();
            let same = super::get(tree, &path).is_some_and(|other| other.to_json() == entry.node.to_json());
            if !same {
                rewrite.put(tree, &path, entry.node);
            }
        }
    }
}
