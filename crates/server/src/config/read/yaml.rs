//! YAML → tree.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::config::problem::{Place, Problem};
use crate::config::tree::{Entry, Node, Value};

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Node {
    if text.trim().is_empty() {
        return Node::table(Place::Nowhere);
    }
    // Each level costs tens of kilobytes of stack in a build without optimisation, and no configuration is as
    // deep.
    let budget = serde_saphyr::budget! { max_depth: 24 };
    let options = serde_saphyr::options! { strict_booleans: true, budget: budget };
    match serde_saphyr::from_str_with_options::<Spanned<Tree>>(text, options) {
        Ok(tree) => match node(tree) {
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
        Ok(i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Integer))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Integer))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Integer))
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
