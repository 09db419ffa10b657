//! RFC 8259: JSON → tree. serde_json judges the text, its depth too; a second, trusting walk over it finds
//! the places.

use crate::config::problem::{Place, Problem};
use crate::config::tree::{Entry, Lines, Node, Value};

pub(super) fn read(text: &str, problems: &mut Vec<Problem>) -> Node {
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let place = Place::File { line: error.line(), column: error.column() };
        let message = error.to_string();
        let what = message.split(" at line ").next().unwrap_or_default();
        problems.push(Problem::error("", place, format!("this is not JSON: {what}")));
        return Node::table(Place::Nowhere);
    }
    let mut walk = Walk { text, lines: Lines::of(text), at: 0 };
    walk.value().unwrap_or_else(|| Node::table(Place::Nowhere))
}

/// A walk over text that is known to be JSON and at most 128 levels deep.
struct Walk<'a> {
    text: &'a str,
    lines: Lines<'a>,
    at: usize,
}

impl<'a> Walk<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self) -> Option<Node> {
        let first = self.peek()?;
        let place = self.lines.place(self.at);
        let value = match first {
            b'{' => self.table()?,
            b'[' => self.list()?,
            b'"' => Value::Text(self.string()?),
            _ => self.word()?,
        };
        Some(Node::new(value, place))
    }

    fn table(&mut self) -> Option<Value> {
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            match self.peek()? {
                b'}' => break,
                b'"' => {
                    let place = self.lines.place(self.at);
                    let name = self.string()?;
                    self.peek()?; // the colon
                    self.at += 1;
                    entries.push(Entry { name, place, node: self.value()? });
                }
                _ => self.at += 1, // a comma
            }
        }
        self.at += 1;
        Some(Value::Table(entries))
    }

    fn list(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.peek()? {
                b']' => break,
                b',' => self.at += 1,
                _ => items.push(self.value()?),
            }
        }
        self.at += 1;
        Some(Value::List(items))
    }

    fn string(&mut self) -> Option<String> {
        let mut escaped = false;
        let end = self.rest().bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        let literal = self.rest().get(..end + 2)?;
        self.at += literal.len();
        serde_json::from_str(literal).ok()
    }

    fn word(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let word = rest.get(..end)?;
        self.at += end;
        Some(match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number if !signet_json::keeps_digits(number) => Value::Digits(number.to_owned()),
            number => match number.parse() {
                Ok(integer) => Value::Integer(integer),
                Err(_) => Value::Float(number.parse().ok()?),
            },
        })
    }
}
