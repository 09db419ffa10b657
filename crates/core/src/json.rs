//! RFC 8259 §4, RFC 7515 §4: JSON objects without duplicate members.
//!
//! Two parsers that disagree on which duplicate counts can be played against each other, so neither is taken.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// RFC 8259 §8.1: what some editors write before a text is passed over.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Parses one JSON value and nothing after it.
pub fn value(text: &str) -> Result<Value, String> {
    serde_json::from_slice::<Unique>(without_mark(text.as_bytes()))
        .map(|Unique(value)| value)
        .map_err(|error| error.to_string())
}

/// Parses one JSON object and nothing after it; the words of a refusal are for the log.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice::<Unique>(without_mark(bytes)) {
        Ok(Unique(Value::Object(members))) => Ok(members),
        Ok(_) => Err("not an object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// So much of a member's name is repeated in a refusal.
const LONGEST: usize = 64;

/// A JSON value whose objects, at any depth, have unique member names.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with unique member names")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unique(value))) = members.next_entry::<String, Unique>()? {
            if object.contains_key(&name) {
                let name: String = name.chars().take(LONGEST).collect();
                return Err(A::Error::custom(format!("the member {name:?} occurs twice")));
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_passed_over_once_and_in_front_only() {
        assert_eq!(object("\u{feff}{\"a\": 1}".as_bytes()).unwrap().len(), 1);
        assert_eq!(value("\u{feff}[]").unwrap(), Value::Array(Vec::new()));
        for bad in ["\u{feff}\u{feff}{}", "{}\u{feff}", " \u{feff}{}", "\u{feff}"] {
            assert!(object(bad.as_bytes()).is_err() && value(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn members_occur_once_at_any_depth() {
        assert_eq!(object(br#"{"a": 1, "b": {"a": [2.5, null, "x", true, -1]}}"#).unwrap().len(), 2);
        for bad in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"b": {"a": 1, "\u0061": 2}}"#,
            r#"[{"a": 1, "a": 2}]"#,
            "[]",
            "{} {}",
            "{",
            "",
        ] {
            assert!(object(bad.as_bytes()).is_err(), "{bad}");
        }
        let said = value(r#"[{"a": 1, "a": 2}]"#).unwrap_err();
        assert!(said.contains("\"a\" occurs twice") && said.contains("line 1"), "{said}");
    }
}
