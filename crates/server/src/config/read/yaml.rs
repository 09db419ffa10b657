//! YAML → tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::NonFiniteFloatPolicy;
use serde_saphyr::{Location, Spanned};

use crate::config::problem::{Place, Problem};
use crate::config::tree::{Entry, Lines, Node, Value};

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Node {
    if text.trim().is_empty() {
        return Node::table(Place::Nowhere);
    }
    // Each level costs tens of kilobytes of stack in a build without optimisation, and no configuration is as
    // deep.
    let budget = serde_saphyr::budget! { max_depth: 24 };
    let options = serde_saphyr::options! {
        strict_booleans: true, budget: budget, non_finite_float_policy: NonFiniteFloatPolicy::PassThrough
    };
    match serde_saphyr::from_str_with_options::<Spanned<Tree>>(text, options) {
        Ok(tree) => match as_written(node(tree), &Lines::of(text)) {
            Node { value: Value::Null, place, .. } => Node::table(place),
            node => node,
        },
        Err(error) => {
            let error = error.without_snippet();
            let place = error.location().map_or(Place::Nowhere, place);
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            problems.push(Problem::error("", place, format!("this is not YAML that can be read: {what}")));
            Node::table(Place::Nowhere)
        }
    }
}

fn place(at: Location) -> Place {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Place::File { line: number(at.line()), column: number(at.column()) }
}

fn node(tree: Spanned<Tree>) -> Node {
    Node::new(tree.value.0, place(tree.referenced))
}

/// The parser keeps no text of a number, so it is read again where one is: `007` and `+43` lose something.
fn as_written(mut node: Node, lines: &Lines<'_>) -> Node {
    match &mut node.value {
        Value::Integer(_) => {
            let text = number(lines, &node.place).filter(|text| is_decimal(text));
            if let Some(text) = text.filter(|text| !signet_json::keeps_digits(&text.replace('_', ""))) {
                node.value = Value::Digits(text.to_owned());
            }
        }
        Value::Float(value) => {
            let text = number(lines, &node.place).map_or_else(|| value.to_string(), str::to_owned);
            if !(value.is_finite() && signet_json::keeps_digits(&text.replace('_', ""))) {
                node.value = Value::Digits(text);
            }
        }
        Value::List(items) => *items = items.drain(..).map(|item| as_written(item, lines)).collect(),
        Value::Table(entries) => {
            for entry in entries {
                let item = Node::new(Value::Null, entry.node.place.clone());
                entry.node = as_written(std::mem::replace(&mut entry.node, item), lines);
            }
        }
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::Digits(_) => {}
    }
    node
}

/// The text of the number at a place; none where an alias repeats one.
fn number<'a>(lines: &Lines<'a>, place: &Place) -> Option<&'a str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}');
    let mut words = lines.at(place)?.split(ends).filter(|word| !word.is_empty());
    words.find(|word| !word.starts_with(['!', '&'])).filter(|word| !word.starts_with('*'))
}

/// Whether it is not hexadecimal or the like, in which nothing is lost.
fn is_decimal(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    !["0x", "0X", "0o", "0O", "0b", "0B"].iter().any(|prefix| digits.starts_with(prefix))
}

struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any).map(Tree)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(Any)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Digits(value.to_string()), Value::Integer))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Digits(value.to_string()), Value::Integer))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Digits(value.to_string()), Value::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Tree>>()? {
            list.push(node(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((name, item)) = pairs.next_entry::<Spanned<String>, Spanned<Tree>>()? {
            entries.push(Entry { name: name.value, place: place(name.referenced), node: node(item) });
        }
        Ok(Value::Table(entries))
    }
}
