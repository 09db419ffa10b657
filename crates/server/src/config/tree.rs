//! A configuration as it was written, in any format: values that remember where they are.

use serde_json::{Map, Value as Json};
use signet_core::fault;

use super::problem::Place;

/// A value with its place.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
    /// The text of an environment variable, in case a string was meant after all.
    pub(crate) raw: Option<String>,
    /// The key by which people know it; set by `label`.
    pub(crate) key: String,
}

/// What a format can say.
#[derive(Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    /// A number as it was written, which would lose digits, zeros or its sign if it were kept as one.
    Digits(String),
    Text(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

/// One step from a value into it.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Step::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

impl<'a> From<&'a fault::Step> for Step<'a> {
    fn from(step: &'a fault::Step) -> Self {
        match step {
            fault::Step::Member(name) => Step::Key(name),
            fault::Step::Entry(entry) => Step::Index(*entry),
        }
    }
}

impl Node {
    pub(crate) fn new(value: Value, place: Place) -> Self {
        Self { value, place, raw: None, key: String::new() }
    }

    pub(crate) fn table(place: Place) -> Self {
        Self::new(Value::Table(Vec::new()), place)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.name == key).map(|entry| &entry.node)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn step(&self, step: Step<'_>) -> Option<&Node> {
        match (step, &self.value) {
            (Step::Key(key), _) => self.get(key),
            (Step::Index(index), Value::List(items)) => items.get(index),
            (Step::Index(_), _) => None,
        }
    }

    /// The key and place of what the steps lead to; where they lead nowhere, what it would be called, and its
    /// parent's place.
    pub(crate) fn locate(&self, steps: &[Step<'_>]) -> (String, Place) {
        let mut at = Some(self);
        let mut place = Place::Nowhere;
        let mut key = String::new();
        for step in steps {
            at = at.and_then(|node| node.step(*step));
            match at {
                Some(node) => {
                    key.clone_from(&node.key);
                    place = node.place.clone();
                }
                None => key = below(&key, *step),
            }
        }
        (key, place)
    }

    /// Gives each value its key, before anything is taken out of the tree.
    pub(crate) fn label(&mut self, key: String) {
        match &mut self.value {
            Value::Table(entries) => {
                for entry in entries {
                    entry.node.label(below(&key, Step::Key(&entry.name)));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    item.label(below(&key, Step::Index(index)));
                }
            }
            _ => {}
        }
        self.key = key;
    }

    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Integer(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::Text(text) | Value::Digits(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Table(entries) => {
                let pairs = entries.iter().map(|entry| (entry.name.clone(), entry.node.to_json()));
                Json::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

impl Value {
    /// What people call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Digits(_) => "a number that cannot be kept as it is written",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// The name of a part.
pub(crate) fn below(key: &str, step: Step<'_>) -> String {
    match step {
        Step::Index(index) => format!("{key}[{index}]"),
        Step::Key(name) if key.is_empty() => name.to_owned(),
        Step::Key(name) => format!("{key}.{name}"),
    }
}

/// Where each line of a text begins, so that places are found quickly.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// Line and column, both from 1, of a byte offset.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        Place::File { line, column: before.chars().count() + 1 }
    }
    /// What is written at a place of this text.
    pub(crate) fn at(&self, place: &Place) -> Option<&'a str> {
        let Place::File { line, column } = place else { return None };
        let text = self.text.get(*self.starts.get(line.checked_sub(1)?)?..)?;
        let (offset, _) = text.char_indices().nth(column.checked_sub(1)?)?;
        text.get(offset..)
    }
}
