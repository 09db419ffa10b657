//! What is left of a configuration of oidc-op when all that means something here has found its place. What is
//! harmless is named and left out, so that one word does not condemn a whole table; what could weaken
//! security when it is left out is refused by name.

use serde_json::Value as Json;

use signet_core::near::nearest;

use super::{Rewrite, get, get_mut, take, text};
use crate::config::authentication::OF_THE_PAGE;
use crate::config::tree::{Entry, Node, Value};

/// Tables that only oidc-op has.
const TABLES: [&str; 8] = [
    "token_handler_args",
    "authz",
    "userinfo",
    "id_token",
    "client_db",
    "session_manager",
    "introspection",
    "claims_interface",
];

/// Tables of ours in which oidc-op has arguments of its own, by the name of their type in the schema.
const OURS: [(&[&str], &str); 4] = [
    (&["session_params"], "SessionParams"),
    (&["capabilities"], "Capabilities"),
    (&["endpoint", "*"], "Endpoint"),
    (&["authentication", "*"], "ContextWritten"),
];

/// What begins a word in the name of something that protects.
const WEIGHTY: [&str; 17] = [
    "alg",
    "sign",
    "encrypt",
    "verif",
    "requir",
    "essential",
    "restrict",
    "allow",
    "deny",
    "denied",
    "dpop",
    "pkce",
    "mtls",
    "authn",
    "bind",
    "bound",
    "enforc",
];

/// Looks over a configuration that was written for oidc-op.
pub(super) fn apply(tree: &mut Node, schema: &Json, rewrite: &mut Rewrite<'_>) {
    for name in TABLES {
        if let Some(left) = take(tree, &[name]) {
            left.entries().iter().for_each(|entry| leave_each(entry, rewrite));
        }
    }
    for (path, kind) in OURS {
        let known = schema.pointer(&format!("/$defs/{kind}/properties"));
        let (Some(first), rest) = (path.first(), path.get(1)) else { continue };
        let Some(table) = get_mut(tree, first) else { continue };
        match (rest, &mut table.value) {
            (None, _) => sift(table, known, rewrite),
            (Some(_), Value::Table(entries)) => {
                entries.iter_mut().for_each(|entry| sift(&mut entry.node, known, rewrite));
            }
            _ => {}
        }
    }
    pages(tree, rewrite);
    claims(tree, rewrite);
    sift(tree, schema.get("properties"), rewrite);
    hints(tree, rewrite);
}

/// Takes out what the schema does not know, unless it is a misspelt word that it does.
fn sift(table: &mut Node, known: Option<&Json>, rewrite: &mut Rewrite<'_>) {
    let (Value::Table(entries), Some(known)) = (&mut table.value, known.and_then(Json::as_object)) else {
        return;
    };
    entries.retain(|entry| {
        let aliases = known.values().flat_map(crate::config::schema::aliases);
        let stays = known.contains_key(&entry.name) || aliases.into_iter().any(|alias| alias == entry.name);
        if stays || nearest(&entry.name, known.keys().map(String::as_str)).is_some() {
            return true;
        }
        leave(entry, rewrite);
        false
    });
}

/// What is in a table that only oidc-op has, argument by argument.
fn leave_each(entry: &Entry, rewrite: &mut Rewrite<'_>) {
    match &entry.node.value {
        Value::Table(entries) => entries.iter().for_each(|entry| leave_each(entry, rewrite)),
        _ => leave(entry, rewrite),
    }
}

fn leave(entry: &Entry, rewrite: &mut Rewrite<'_>) {
    if OF_THE_PAGE.contains(&entry.name.as_str()) {
        let advice = "leave it out; a template in `template_dir` changes the page";
        return rewrite.warn(&entry.node, "the sign-in page does not take this from here", advice);
    }
    let mut words = entry.name.split(['_', '-', '.']);
    let off = matches!(entry.node.value, Value::Null | Value::Bool(false));
    if !off && words.any(|word| WEIGHTY.iter().any(|start| word.starts_with(start))) {
        let what = "this is not known here, and leaving it out could weaken what this file asks for";
        rewrite.error(&entry.node, what, "leave it out, if applications and users are safe without it");
    } else if !matches!(entry.node.value, Value::Null) {
        rewrite.warn(&entry.node, "this is not known here, and is left out", "leave it out");
    }
}

/// Lists of claims that say no more than true or false.
fn claims(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    for point in ["userinfo", "id_token", "introspection", "access_token"] {
        for key in ["add_claims", "always_add_claims", "base_claims"] {
            let path = ["release", point, key];
            if get(tree, &path).is_some_and(|node| matches!(node.value, Value::Bool(_)))
                && let Some(node) = take(tree, &path)
            {
                rewrite.warn(&node, "this names no claims", "write a list of them");
            }
        }
    }
}

/// Arguments of sign-in pages.
fn pages(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    const KNOWN: [&str; 2] = ["expires_in", "db"];
    let Some(Value::Table(ways)) = get_mut(tree, "authentication").map(|node| &mut node.value) else {
        return;
    };
    for way in ways {
        let Some(Value::Table(entries)) = get_mut(&mut way.node, "kwargs").map(|node| &mut node.value) else {
            continue;
        };
        entries.retain(|entry| {
            let stays = KNOWN.contains(&entry.name.as_str()) || OF_THE_PAGE.contains(&entry.name.as_str());
            if !stays {
                leave(entry, rewrite);
            }
            stays
        });
    }
}

/// oidc-op passes over contexts that nobody can reach.
fn hints(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let ways = get(tree, &["authentication"]).map(Node::entries).unwrap_or_default();
    let mut reached: Vec<String> =
        ways.iter().filter_map(|way| Some(get(&way.node, &["acr"])?.text()?.to_owned())).collect();
    if reached.is_empty() {
        let named = get(tree, &["capabilities", "acr_values_supported"]);
        reached = named.map(super::words).unwrap_or_default().into_iter().map(str::to_owned).collect();
    }
    if reached.is_empty() {
        reached.push(signet_core::settings::authentication::Context::password().acr);
    }
    let Some(table) = get_mut(tree, "login_hint2acrs") else { return };
    let Some(table) = get_mut(table, "kwargs") else { return };
    let Some(Value::Table(schemes)) = get_mut(table, "scheme_map").map(|node| &mut node.value) else {
        return;
    };
    schemes.retain_mut(|scheme| {
        let Value::List(acrs) = &mut scheme.node.value else { return true };
        acrs.retain(|acr| {
            let stays = acr.text().is_none_or(|acr| reached.iter().any(|reached| reached == acr));
            if !stays {
                let what = "no sign-in reaches this context, so a hint does not ask for it";
                rewrite.warn(acr, what, format!("write {:?}", reached.join(" or ")));
            }
            stays
        });
        !acrs.is_empty()
    });
}

/// What applications will notice that come from oidc-op with these settings.
pub(super) fn announce(tree: &Node, rewrite: &mut Rewrite<'_>) {
    let Some(token) = get(tree, &["endpoint", "token"]) else { return };
    let lifetime = get(tree, &["lifetimes", "id_token"]);
    if lifetime.is_none() {
        let what = "ID tokens are valid for one hour; oidc-op's are valid for five minutes";
        rewrite.warn(&text("", token), what, "write lifetimes.id_token to choose; docs/oidc-op.md says more");
    }
    let what = "a refresh brings a new ID token, where oidc-op brings one only if `supports_minting` of refresh tokens has id_token";
    rewrite.warn(&text("", token), what, "applications may ignore it (OpenID Connect Core §12.2)");
    if get(tree, &["access_token_format"]).and_then(Node::text) == Some("jwt") {
        let what = "the audience of access tokens is `access_token_audience`, without it the issuer; oidc-op names the client too";
        rewrite.warn(
            &text("", token),
            what,
            "write access_token_audience, here or for a client, if an API expects more",
        );
    }
}
