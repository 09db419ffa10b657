//! TOML → tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::problem::{Place, Problem};
use crate::config::tree::{Entry, Lines, Node, Value};

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Node {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let place = error.span().map_or(Place::Nowhere, |span| lines.place(span.start));
        let problem = Problem::error("", place, format!("this is not TOML: {}", error.message().trim()));
        let bare = error.span().and_then(|span| bare(text, span.start));
        problems.push(match bare.filter(|_| !error.message().contains("quoted")) {
            Some(bare) => problem.instead(format!("if it is text, put it in quotes: {bare:?}")),
            None => problem,
        });
    }
    Node::new(entries(table.get_ref(), &|offset| lines.place(offset)), Place::Nowhere)
}

/// What begins like a number and goes on otherwise, such as an address: all of it, up to what ends a value.
fn bare(text: &str, at: usize) -> Option<&str> {
    let ends = |c: &char| c.is_whitespace() || ",]}=[{\"'#".contains(*c);
    let (before, after) = text.split_at_checked(at)?;
    let last = before.char_indices().rev().find(|(_, c)| ends(c));
    let start = last.map_or(0, |(last, c)| last + c.len_utf8());
    let length = after.char_indices().find(|(_, c)| ends(c)).map_or(after.len(), |(length, _)| length);
    let is_value = before.get(..start)?.trim_end_matches([' ', '\t']).ends_with(['=', ',', '[']);
    let bare = text.get(start..at.saturating_add(length)).filter(|_| is_value)?;
    bare.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-').then_some(bare)
}

/// The value of an environment variable when it is written as TOML; else it is text.
pub(in crate::config) fn scalar(text: &str, place: &Place) -> Value {
    match DeValue::parse(text) {
        Ok(parsed) => value(parsed.get_ref(), &|_| place.clone()),
        Err(_) => Value::Text(text.to_owned()),
    }
}

fn entries(table: &DeTable<'_>, place: &dyn Fn(usize) -> Place) -> Value {
    let entry = |(name, item): (&Spanned<_>, &Spanned<DeValue<'_>>)| -> Entry {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        Entry { name: name.to_string(), place: Place::Nowhere, node: node(item, place) }
    };
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|pair| {
            let start = pair.0.span().start;
            let mut entry = entry(pair);
            entry.place = place(start);
            (start, entry)
        })
        .collect();
    entries.sort_by_key(|(start, _)| *start);
    Value::Table(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn node(item: &Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Place) -> Node {
    Node::new(value(item.get_ref(), place), place(item.span().start))
}

fn value(item: &DeValue<'_>, place: &dyn Fn(usize) -> Place) -> Value {
    match item {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()),
        DeValue::Float(number) => float(number.as_str()),
        DeValue::Datetime(instant) => Value::Text(instant.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item, place)).collect()),
        DeValue::Table(table) => entries(table, place),
    }
}

fn integer(written: &str, radix: u32) -> Value {
    let digits = written.replace('_', "");
    match i64::from_str_radix(&digits, radix) {
        Ok(value) if !digits.starts_with('+') => Value::Integer(value),
        _ => Value::Digits(written.to_owned()),
    }
}

fn float(written: &str) -> Value {
    let digits = written.replace('_', "");
    match digits.parse() {
        Ok(value) if signet_json::keeps_digits(&digits) => Value::Float(value),
        _ => Value::Digits(written.to_owned()),
    }
}
