//! Text in one of three formats → a tree with places.

mod json;
mod spelled;
mod toml;
mod yaml;

use std::path::Path;

pub(super) use self::toml::scalar;
use super::problem::{Place, Problem};
use super::tree::{Node, Value};
use signet::program::place::without_mark;
use signet_core::fault::{Fault, Step};

/// Which format a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.toml`, and every other extension.
    Toml,
    /// `.yaml`, `.yml`.
    Yaml,
    /// `.json`.
    Json,
}

impl Format {
    /// By the extension.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("yaml" | "yml") => Format::Yaml,
            Some("json") => Format::Json,
            _ => Format::Toml,
        }
    }

    /// Reads the text; with problems the tree holds what could be read.
    pub(super) fn read(self, text: &str, problems: &mut Vec<Problem>) -> Node {
        let text = without_mark(text);
        match self {
            Format::Toml => toml::read(text, problems),
            Format::Yaml => yaml::read(text, problems),
            Format::Json => json::read(text, problems),
        }
    }
}

/// Where the members of a JSON text are.
#[derive(Default)]
pub(crate) struct JsonPlaces(Option<Node>);

impl JsonPlaces {
    pub(crate) fn of(json: &str) -> Self {
        Self(Some(Format::Json.read(json, &mut Vec::new())))
    }

    /// A fault at its member, or at the nearest thing around it that is there.
    pub(crate) fn problem(&self, fault: Fault, file: &Path) -> Problem {
        let mut place = Place::Nowhere;
        let mut node = self.0.as_ref();
        for step in &fault.place.0 {
            let Step::Member(name) = step else { break };
            let entry = node.and_then(|node| node.entries().iter().find(|entry| entry.name == *name));
            let Some(entry) = entry else { break };
            place = entry.place.clone();
            node = Some(&entry.node);
        }
        Problem { fault, file: Some(file.to_path_buf()), place }
    }

    /// The members, by name, whose numbers would lose digits.
    pub(crate) fn lost_digits(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        if let Some(node) = &self.0 {
            lost_digits(node, &mut Vec::new(), &mut found);
        }
        found
    }
}

fn lost_digits(node: &Node, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match &node.value {
        Value::Digits(_) => found.push(path.clone()),
        Value::List(items) => items.iter().for_each(|item| lost_digits(item, path, found)),
        Value::Table(entries) => {
            for entry in entries {
                path.push(entry.name.clone());
                lost_digits(&entry.node, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}
