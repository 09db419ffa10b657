//! RFC 7515 §4, RFC 7517 §4, RFC 7519 §4: JSON objects without duplicate members.
//!
//! Two parsers that disagree on which duplicate counts can be played against each other, so we take neither.

use crate::error::Error;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Parses one JSON object and nothing after it; `what` is the text of the refusal.
pub(crate) fn object(bytes: &[u8], what: &'static str) -> Result<Map<String, Value>, Error> {
    match serde_json::from_slice::<Unique>(bytes) {
        Ok(Unique(Value::Object(map))) => Ok(map),
        _ => Err(Error::Malformed(what)),
    }
}

/// A JSON value whose objects, at any depth, have unique member names.
pub(crate) struct Unique(pub(crate) Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with unique member names")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Unique(value))) = members.next_entry::<String, Unique>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a member name occurs twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Map<String, Value>, Error> {
        object(text.as_bytes(), "refused")
    }

    #[test]
    fn plain_objects_come_through_unchanged() {
        let text = r#"{"s":"x","n":-1,"u":2,"f":1.5,"b":true,"z":null,"a":[{"k":1},{"k":1}],"o":{"s":1}}"#;
        assert_eq!(parse(text).map(|map| Value::Object(map).to_string()), Ok(text.to_owned()));
    }

    #[test]
    fn duplicates_are_refused_at_any_depth_and_in_any_spelling() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"o":{"a":1,"a":2}}"#, r#"{"o":[{"a":1,"\u0061":2}]}"#] {
            assert_eq!(parse(text), Err(Error::Malformed("refused")), "{text}");
        }
    }

    #[test]
    fn only_one_object_is_accepted() {
        for text in ["", "[]", "null", "1", "{", "{} {}", "{}x", "\u{feff}{}"] {
            assert_eq!(parse(text), Err(Error::Malformed("refused")), "{text:?}");
        }
    }
}
