//! `{domain}` and `{port}` in addresses, as oidc-op has them.

use super::problem::Problem;
use super::tree::{Node, Value};

const AT_TOP: [&str; 2] = ["issuer", "listen"];
const IN_CLIENTS: [&str; 2] = ["redirect_uris", "post_logout_redirect_uris"];

/// Fills the placeholders of a labelled tree.
pub(super) fn fill(tree: &mut Node, problems: &mut Vec<Problem>) {
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
                problems.push(Problem::error(&node.key, node.place.clone(), what).instead(advice));
            }
        }
    }
}
