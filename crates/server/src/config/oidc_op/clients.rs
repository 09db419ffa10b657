//! Clients as oidc-op keeps them: a table by id, addresses parted from their query, and members of its own.

use super::{Rewrite, get_mut, rules, take, text};
use crate::config::tree::{Entry, Node, Value};

/// Members that hold addresses, parted from what follows them by this.
const ADDRESSES: [(&str, char); 4] = [
    ("redirect_uris", '?'),
    ("post_logout_redirect_uris", '?'),
    ("post_logout_redirect_uri", '?'),
    ("request_uris", '#'),
];

const SIGNED: &str = "request_object_signing_alg";

/// Members that oidc-op has a list for and registration one value.
const SINGLE: [&str; 3] = [SIGNED, "request_object_encryption_alg", "request_object_encryption_enc"];

pub(super) fn apply(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let Some(clients) = get_mut(tree, "clients") else { return };
    if let Value::Table(entries) = &mut clients.value {
        let listed = std::mem::take(entries).into_iter().map(named).collect();
        clients.value = Value::List(listed);
    }
    let Value::List(items) = &mut clients.value else { return };
    items.iter_mut().for_each(|client| one(client, rewrite));
}

/// A client under its id.
fn named(entry: Entry) -> Node {
    let Entry { name, mut node, place } = entry;
    let id = text(name, &node);
    if let Value::Table(members) = &mut node.value
        && !members.iter().any(|member| member.name == "client_id")
    {
        members.insert(0, Entry { name: "client_id".into(), place, node: id });
    }
    node
}

pub(super) fn one(client: &mut Node, rewrite: &mut Rewrite<'_>) {
    for (member, mark) in ADDRESSES {
        let Some(node) = get_mut(client, member) else { continue };
        if member == "post_logout_redirect_uri" && is_pair(node) {
            join(node, mark);
        }
        if let Value::List(items) = &mut node.value {
            items.iter_mut().for_each(|item| join(item, mark));
        }
    }
    for member in SINGLE {
        let Some(node) = get_mut(client, member) else { continue };
        let Value::List(items) = &mut node.value else { continue };
        if items.is_empty() {
            take(client, &[member]);
            continue;
        }
        let first = items.remove(0);
        let others = std::mem::replace(node, first);
        match &others.value {
            Value::List(left) if left.is_empty() => {}
            _ if member == SIGNED => rewrite.put(client, &["request_object_signing_algs"], others),
            _ => {
                let advice = "name the one that is used most";
                rewrite.warn(&others, "an application may encrypt by any that is offered", advice);
            }
        }
    }
    methods(client);
    for name in ["token_usage_rules", "usage_rules"] {
        if let Some(found) = take(client, &[name]) {
            rules::usage(client, found, rewrite);
        }
    }
    if let Some(revoke) = take(client, &["revoke_refresh_on_issue"])
        && matches!(revoke.value, Value::Bool(false))
    {
        rewrite.warn(&revoke, "each refresh replaces the token that it was asked with", "leave it out");
    }
}

/// `auth_method`: a method for each kind of request, first that of the token endpoint. Access tokens are no
/// method of a client.
fn methods(client: &mut Node) {
    let Some(node) = get_mut(client, "auth_method") else { return };
    let Value::Table(entries) = &mut node.value else { return };
    entries.sort_by_key(|entry| !["AccessTokenRequest", "RefreshAccessToken"].contains(&entry.name.as_str()));
    let mut methods: Vec<Node> = Vec::new();
    for entry in entries.drain(..) {
        let bearer = entry.node.text().is_some_and(|method| method.starts_with("bearer_"));
        if !bearer && !methods.iter().any(|method| method.text() == entry.node.text()) {
            methods.push(entry.node);
        }
    }
    match methods.pop() {
        None => drop(take(client, &["auth_method"])),
        Some(only) if methods.is_empty() => *node = only,
        Some(last) => {
            methods.push(last);
            node.value = Value::List(methods);
        }
    }
}

/// One address with its query, rather than a list of two addresses.
fn is_pair(node: &Node) -> bool {
    let Value::List(parts) = &node.value else { return false };
    let second = parts.get(1).map(|part| &part.value);
    let query = match second {
        Some(Value::Text(text)) => !text.contains("://"),
        Some(Value::Null | Value::Table(_)) => true,
        _ => false,
    };
    query && parts.len() == 2 && parts.first().is_some_and(|base| base.text().is_some())
}

/// `[base, query]`, where the query is a table of lists, text or nothing.
fn join(item: &mut Node, mark: char) {
    let Value::List(parts) = &item.value else { return };
    let (Some(base), rest) = (parts.first().and_then(Node::text), parts.get(1)) else { return };
    if parts.len() > 2 {
        return;
    }
    let query = match rest.map(|rest| &rest.value) {
        None | Some(Value::Null) => String::new(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Table(entries)) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for entry in entries {
                for value in super::words_whole(&entry.node) {
                    query.append_pair(&entry.name, value);
                }
            }
            query.finish()
        }
        Some(_) => return,
    };
    let joined = if query.is_empty() { base.to_owned() } else { format!("{base}{mark}{query}") };
    *item = text(joined, item);
}
