//! The configuration of oidc-op, as its manual has it: what says the same here is moved to where Signet reads
//! it, what is done another way is reported and left out, and what cannot be left out silently is refused. No
//! key of it is passed over without a word, unless it asks for what Signet does anyway.

mod capabilities;
mod classes;
mod clients;
mod endpoints;
mod files;
mod places;
mod registration;
mod rest;
mod rules;

use std::path::Path;

use serde_json::Value as Json;

use super::problem::{Place, Problem};
use super::tree::{Entry, Node, Value};

/// Rewrites what it finds in a labelled tree; `true` where that was written for oidc-op.
pub(super) fn apply(tree: &mut Node, base: &Path, problems: &mut Vec<Problem>) -> bool {
    let mut rewrite = Rewrite { base, problems };
    let theirs = is_theirs(tree);
    let serves = rewrite.unwrap(tree);
    rewrite.flatten(tree);
    endpoints::apply(tree, &mut rewrite);
    let by_class = serves || get(tree, &["endpoint", "token", "class"]).is_some();
    classes::apply(tree, &mut rewrite);
    files::apply(tree, theirs, &mut rewrite);
    rules::apply(tree, &mut rewrite);
    places::apply(tree, &mut rewrite);
    if theirs {
        registration::apply(tree, &mut rewrite);
    }
    clients::apply(tree, &mut rewrite);
    if by_class {
        rest::announce(tree, &mut rewrite);
    }
    theirs
}

/// Rewrites the metadata of one client.
pub(super) fn client(node: &mut Node, problems: &mut Vec<Problem>) {
    clients::one(node, &mut Rewrite { base: Path::new(""), problems });
}

/// Looks over what is left when everything else has been moved.
pub(super) fn look_over(tree: &mut Node, schema: &Json, base: &Path, problems: &mut Vec<Problem>) {
    rest::apply(tree, schema, &mut Rewrite { base, problems });
}

/// Whether classes, or tables that only oidc-op has, are named.
fn is_theirs(tree: &Node) -> bool {
    const ONLY: [&str; 5] = ["op", "authz", "token_handler_args", "session_manager", "cookie_handler"];
    let classes = |table: &str| {
        let entries = tree.get(table).map(Node::entries).unwrap_or_default();
        entries.iter().any(|entry| entry.node.get("class").is_some() || entry.node.get("kwargs").is_some())
    };
    ONLY.iter().any(|name| tree.get(name).is_some())
        || ["endpoint", "add_on"].into_iter().any(classes)
        || ["userinfo", "id_token"].iter().any(|name| get(tree, &[name, "class"]).is_some())
        || tree
            .get("authentication")
            .is_some_and(|ways| ways.entries().iter().any(|way| way.node.get("class").is_some()))
}

struct Rewrite<'a> {
    base: &'a Path,
    problems: &'a mut Vec<Problem>,
}

/// Tables whose `kwargs` are arguments, `*` for any.
const KWARGS: [&[&str]; 10] = [
    &["endpoint", "*"],
    &["add_on", "*"],
    &["token_handler_args", "*"],
    &["authz"],
    &["userinfo"],
    &["id_token"],
    &["client_db"],
    &["cookie_handler"],
    &["claims_interface"],
    &["session_manager"],
];

impl Rewrite<'_> {
    fn warn(&mut self, at: &Node, what: impl Into<String>, instead: impl Into<String>) {
        self.problems
            .push(Problem::error(at.key.as_str(), at.place.clone(), what).instead(instead).warning());
    }

    fn error(&mut self, at: &Node, what: impl Into<String>, instead: impl Into<String>) {
        self.problems.push(Problem::error(at.key.as_str(), at.place.clone(), what).instead(instead));
    }

    /// `op.server_info`, in a file that configures more than the provider; `true` where there was one.
    fn unwrap(&mut self, tree: &mut Node) -> bool {
        let Some(info) = take(tree, &["op", "server_info"]) else { return false };
        let Value::Table(entries) = info.value else { return false };
        for entry in entries {
            self.put(tree, &[&entry.name.clone()], entry.node);
        }
        true
    }

    fn flatten(&mut self, tree: &mut Node) {
        for path in KWARGS {
            let (Some(first), rest) = (path.first(), path.get(1)) else { continue };
            let Some(node) = get_mut(tree, first) else { continue };
            match (rest, &mut node.value) {
                (None, _) => self.lift(node),
                (Some(_), Value::Table(entries)) => {
                    entries.iter_mut().for_each(|entry| self.lift(&mut entry.node));
                }
                _ => {}
            }
        }
    }

    /// What is in `kwargs` is moved next to it.
    fn lift(&mut self, table: &mut Node) {
        let Some(kwargs) = take(table, &["kwargs"]) else { return };
        match kwargs.value {
            Value::Table(entries) => {
                for entry in entries {
                    self.put(table, &[&entry.name.clone()], entry.node);
                }
            }
            Value::Null => {}
            _ => self.error(&kwargs, "`kwargs` is a table", "write its keys next to `class`"),
        }
    }

    /// Puts a value where Signet reads it; a warning says so where it was written there too.
    fn put(&mut self, tree: &mut Node, path: &[&str], node: Node) {
        // An empty value means the default.
        if matches!(node.value, Value::Null) {
            return;
        }
        let Some((last, above)) = path.split_last() else { return };
        let mut at = tree;
        for step in above {
            at = match entry(at, step, &node.place) {
                Some(found) => found,
                None => return,
            };
        }
        let Value::Table(entries) = &mut at.value else { return };
        if entries.iter().any(|other| other.name == *last && !matches!(other.node.value, Value::Null)) {
            let what = format!("this is written as `{}` too", path.join("."));
            self.error(&node, what, "keep one of them");
            return;
        }
        entries.retain(|other| other.name != *last);
        entries.push(Entry { name: (*last).to_owned(), place: node.place.clone(), node });
    }
}

fn get<'a>(tree: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(tree, |at, step| at.get(step))
}

fn get_mut<'a>(tree: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let Value::Table(entries) = &mut tree.value else { return None };
    entries.iter_mut().find(|entry| entry.name == name).map(|entry| &mut entry.node)
}

/// The table of this name, made where it is absent.
fn entry<'a>(tree: &'a mut Node, name: &str, place: &Place) -> Option<&'a mut Node> {
    let Value::Table(entries) = &mut tree.value else { return None };
    let at = entries.iter().position(|entry| entry.name == name);
    let at = at.unwrap_or_else(|| {
        let table = Node::table(place.clone());
        entries.push(Entry { name: name.to_owned(), place: place.clone(), node: table });
        entries.len() - 1
    });
    entries.get_mut(at).map(|entry| &mut entry.node)
}

/// Takes a value out, and the tables around it that it leaves empty.
fn take(tree: &mut Node, path: &[&str]) -> Option<Node> {
    let (first, rest) = path.split_first()?;
    let Value::Table(entries) = &mut tree.value else { return None };
    let at = entries.iter().position(|entry| entry.name == *first)?;
    if rest.is_empty() {
        return Some(entries.remove(at).node);
    }
    let inner = &mut entries.get_mut(at)?.node;
    let taken = take(inner, rest)?;
    if matches!(&inner.value, Value::Table(left) if left.is_empty()) {
        entries.remove(at);
    }
    Some(taken)
}

fn integer(node: &Node) -> Option<i64> {
    match node.value {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}

/// A list of text, or text with words.
fn words(node: &Node) -> Vec<&str> {
    match &node.value {
        Value::Text(text) => text.split_ascii_whitespace().collect(),
        Value::List(items) => items.iter().filter_map(Node::text).collect(),
        _ => Vec::new(),
    }
}

/// A list of text, or one text.
fn words_whole(node: &Node) -> Vec<&str> {
    match &node.value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter().filter_map(Node::text).collect(),
        _ => Vec::new(),
    }
}

fn text(value: impl Into<String>, like: &Node) -> Node {
    Node { value: Value::Text(value.into()), ..like.clone() }
}
