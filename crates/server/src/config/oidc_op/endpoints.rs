//! Endpoints, which oidc-op knows by their class, whatever they are called.

use super::{Rewrite, get, get_mut};
use crate::config::tree::{Entry, Value};

/// The class → the name of its endpoint in the manual.
const CLASSES: &[(&str, &str)] = &[
    ("Discovery", "webfinger"),
    ("ProviderConfiguration", "provider_info"),
    ("Registration", "registration"),
    ("RegistrationRead", "registration_api"),
    ("Introspection", "introspection"),
    ("Authorization", "authorization"),
    ("Token", "token"),
    ("AccessToken", "token"),
    ("TokenCoop", "token"),
    ("RefreshAccessToken", "refresh_token"),
    ("UserInfo", "userinfo"),
    ("Session", "end_session"),
    ("PushedAuthorization", "pushed_authorization"),
    ("Endpoint", "endpoint"),
];

/// Gives each endpoint the name by which its class is known here, and its path without the issuer's place.
pub(super) fn apply(tree: &mut super::Node, rewrite: &mut Rewrite<'_>) {
    let Some(table) = get_mut(tree, "endpoint") else { return };
    let Value::Table(entries) = &mut table.value else { return };
    let mut named: Vec<Entry> = Vec::new();
    for mut entry in std::mem::take(entries) {
        let name = name(&entry);
        if let Some(path) = get_mut(&mut entry.node, "path")
            && let Value::Text(text) = &mut path.value
            && let Some(bare) = text.strip_prefix("{}")
        {
            *text = bare.to_owned();
        }
        let empty = matches!(entry.node.value, Value::Null);
        if !empty && named.iter().any(|other| other.name == name && !matches!(other.node.value, Value::Null))
        {
            rewrite.error(&entry.node, format!("this is another {name} endpoint"), "keep one of them");
            continue;
        }
        named.push(Entry { name, ..entry });
    }
    *entries = named;
}

fn name(entry: &Entry) -> String {
    let class = ["class", "function"].iter().find_map(|key| get(&entry.node, &[key])?.text());
    let class = class.and_then(|class| class.rsplit(['.', ':']).next());
    let known = CLASSES.iter().find(|(known, _)| Some(*known) == class).map(|(_, name)| *name);
    known.or(entry.name.strip_suffix("_endpoint")).unwrap_or(&entry.name).to_owned()
}
