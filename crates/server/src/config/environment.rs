//! Environment variables over the file: `SIGNET__SECTION__KEY`, and `SIGNET__CLIENTS__0__CLIENT_SECRET` into
//! a list.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::problem::{Place, Problem};
use super::read;
use super::tree::{Entry, Node, Value};

const PREFIX: &str = "SIGNET__";
/// What people write by mistake.
const HALF: &str = "SIGNET_";
/// Deeper than any key.
const DEEPEST: usize = 16;

/// The variables of this process that belong to the configuration.
pub fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    std::env::vars_os()
        .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
        .filter(|(name, _)| name.starts_with(HALF))
        .collect()
}

/// Warnings of variables that look like keys, but have one line where there must be two. Of those that
/// name nothing below a key, only the key itself is known: Kubernetes makes `SIGNET_PORT` of a service.
pub(super) fn misspelt(variables: &BTreeMap<String, String>, schema: &Json) -> Vec<Problem> {
    let keys = schema.get("properties").and_then(Json::as_object);
    let is_key = |name: &str| name != "port" && keys.is_some_and(|keys| keys.contains_key(name));
    let names = variables.keys().filter(|name| !name.starts_with(PREFIX));
    let meant = names.filter_map(|name| {
        let rest = name.strip_prefix(HALF)?;
        let first = rest.split("__").next()?.to_ascii_lowercase();
        is_key(&first).then(|| {
            let what = "this variable is not read: it has only one underscore after SIGNET";
            let place = Place::Environment(name.clone());
            Problem::error("", place, what).instead(format!("write {PREFIX}{rest}")).warning()
        })
    });
    meant.collect()
}

/// Writes each variable into the tree.
pub(super) fn merge(tree: &mut Node, variables: &BTreeMap<String, String>, problems: &mut Vec<Problem>) {
    let mut named: Vec<(Vec<String>, &String, &String)> = variables
        .iter()
        .filter_map(|(name, text)| {
            let path = name.strip_prefix(PREFIX)?;
            Some((path.split("__").map(str::to_ascii_lowercase).collect(), name, text))
        })
        .collect();
    // A list grows by one at a time: the tenth entry comes after the ninth, not after the first.
    let order = |step: &String| (step.parse::<usize>().ok(), step.clone());
    named.sort_by_cached_key(|(steps, ..)| steps.iter().map(order).collect::<Vec<_>>());
    for (steps, name, text) in named {
        let place = Place::Environment(name.clone());
        if steps.iter().any(String::is_empty) || steps.len() > DEEPEST {
            problems.push(
                Problem::error("", place, "this names no key")
                    .instead("write SIGNET__KEY or SIGNET__SECTION__KEY"),
            );
            continue;
        }
        let mut node = Node::new(read::scalar(text, &place), place.clone());
        node.raw = Some(text.clone());
        if let Err(problem) = put(tree, &steps, node, &place) {
            problems.push(*problem);
        }
    }
}

fn put(at: &mut Node, steps: &[String], node: Node, place: &Place) -> Result<(), Box<Problem>> {
    let Some((step, rest)) = steps.split_first() else {
        *at = node;
        return Ok(());
    };
    if let (Value::List(items), Ok(index)) = (&mut at.value, step.parse::<usize>()) {
        if index == items.len() {
            items.push(Node::table(place.clone()));
        }
        let length = items.len();
        let item = items.get_mut(index).ok_or_else(|| {
            let what = format!("the list has {length} entries");
            let advice = format!("count from 0; {length} adds another");
            Box::new(Problem::error("", place.clone(), what).instead(advice))
        })?;
        return put(item, rest, node, place);
    }
    if !matches!(at.value, Value::Table(_)) {
        *at = Node::table(place.clone());
    }
    let Value::Table(entries) = &mut at.value else { return Ok(()) };
    let known = entries.iter().position(|entry| entry.name.eq_ignore_ascii_case(step));
    let index = known.unwrap_or_else(|| {
        // A number where nothing stands yet begins a list.
        let list = rest.first().is_some_and(|next| next == "0");
        let value = if list { Value::List(Vec::new()) } else { Value::Table(Vec::new()) };
        let fresh = Node::new(value, place.clone());
        entries.push(Entry { name: step.clone(), place: place.clone(), node: fresh });
        entries.len() - 1
    });
    match entries.get_mut(index) {
        Some(entry) => {
            entry.place = place.clone();
            put(&mut entry.node, rest, node, place)
        }
        None => Ok(()),
    }
}
