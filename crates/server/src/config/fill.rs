//! `{domain}` and `{port}` in addresses, as oidc-op has them.

use super::problem::Problem;
use super::tree::{Entry, Node, Value};

const AT_TOP: [&str; 2] = ["issuer", "listen"];
const IN_CLIENTS: [&str; 2] = ["redirect_uris", "post_logout_redirect_uris"];

/// Fills the placeholders of a labelled tree; in a file of oidc-op they have defaults.
pub(super) fn fill(tree: &mut Node, theirs: bool, problems: &mut Vec<Problem>) {
    if theirs {
        defaults(tree, problems);
    }
    let domain = tree.get("domain").and_then(Node::text).map(str::to_owned);
    let port = match tree.get("port").map(|node| &node.value) {
        Some(Value::Integer(port)) => Some(port.to_string()),
        _ => None,
    };
    let values = [("domain", domain), ("port", port)];
    let Value::Table(entries) = &mut tree.value else { return };
    for entry in entries {
        if AT_TOP.contains(&entry.name.as_str()) {
            put(&mut entry.node, &values, problems);
        }
        let Value::List(clients) = &mut entry.node.value else { continue };
        for client in clients.iter_mut().filter(|_| entry.name == "clients") {
            let Value::Table(members) = &mut client.value else { continue };
            for member in members.iter_mut().filter(|m| IN_CLIENTS.contains(&m.name.as_str())) {
                let Value::List(uris) = &mut member.node.value else { continue };
                uris.iter_mut().for_each(|uri| put(uri, &values, problems));
            }
        }
    }
}

/// oidc-op's default of `domain`, and for `port` the one on which Signet listens, where the issuer names them
/// and the file says nothing.
fn defaults(tree: &mut Node, problems: &mut Vec<Problem>) {
    let Some(issuer) = tree.get("issuer").cloned() else { return };
    let listen = tree.get("listen").and_then(Node::text).and_then(|text| text.rsplit(':').next());
    let port = listen.and_then(|port| port.parse().ok()).unwrap_or(8080);
    let Value::Table(entries) = &mut tree.value else { return };
    for (name, value, why) in [
        ("domain", Value::Text("127.0.0.1".into()), "127.0.0.1, as in oidc-op".to_owned()),
        ("port", Value::Integer(port), format!("{port}, where Signet listens")),
    ] {
        let named = issuer.text().is_some_and(|text| text.contains(&format!("{{{name}}}")));
        if named && !entries.iter().any(|entry| entry.name == name) {
            let what = format!("`{name}` is not set, so {{{name}}} is {why}");
            let advice = format!("set `{name}` at the top of the file, or write the address out");
            problems.push(
                Problem::error(issuer.key.as_str(), issuer.place.clone(), what).instead(advice).warning(),
            );
            let node = Node { value, ..issuer.clone() };
            entries.push(Entry { name: name.to_owned(), place: issuer.place.clone(), node });
        }
    }
}

fn put(node: &mut Node, values: &[(&str, Option<String>)], problems: &mut Vec<Problem>) {
    let Value::Text(text) = &mut node.value else { return };
    for (name, value) in values {
        let placeholder = format!("{{{name}}}");
        if !text.contains(&placeholder) {
            continue;
        }
        match value {
            Some(value) => *text = text.replace(&placeholder, value),
            None => {
                let what = format!("{placeholder} cannot be filled in, because `{name}` is not set");
                let advice = format!("set `{name}` at the top of the file, or write the address out");
                problems.push(Problem::error(node.key.as_str(), node.place.clone(), what).instead(advice));
            }
        }
    }
}
