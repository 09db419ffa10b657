//! RFC 8259 §4, RFC 7515 §4, RFC 7517 §4, RFC 7519 §4: JSON whose objects have unique member names.
//!
//! Two parsers that disagree on which duplicate counts can be played against each other, so neither is taken.

mod number;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

pub use self::number::{is_number, keeps_digits, lost_digits};

/// Parses one JSON object and nothing before or after it, as signed texts are; the words of a refusal are for
/// the log.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice::<Unique>(bytes) {
        Ok(Unique(Value::Object(members))) => Ok(members),
        Ok(_) => Err("not an object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The same for what an editor may have written: a byte order mark in front is ignored (RFC 8259 §8.1).
pub fn written_object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    is_utf8(bytes)?;
    object(without_mark(bytes))
}

/// Parses one JSON value of any kind, under the same rules.
pub fn written_value(bytes: &[u8]) -> Result<Value, String> {
    is_utf8(bytes)?;
    serde_json::from_slice(without_mark(bytes)).map(|Unique(value)| value).map_err(|error| error.to_string())
}

/// RFC 8259 §8.1: without the byte order mark that some editors write in front.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Other encodings are named, as a parser would only complain of the first byte.
fn is_utf8(bytes: &[u8]) -> Result<(), String> {
    let wide = matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]);
    if wide { Err("the text is UTF-16 or UTF-32; save it as UTF-8".to_owned()) } else { Ok(()) }
}

/// So much of a member's name is repeated in a refusal.
const LONGEST: usize = 64;

/// A JSON value whose objects, at any depth, have unique member names.
pub struct Unique(pub Value);

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
    fn plain_objects_come_through_unchanged() {
        let text = r#"{"s":"x","n":-1,"u":2,"f":1.5,"b":true,"z":null,"a":[{"k":1},{"k":1}],"o":{"s":1}}"#;
        let read = object(text.as_bytes()).map(|members| Value::Object(members).to_string());
        assert_eq!(read, Ok(text.to_owned()));
    }

    #[test]
    fn members_occur_once_at_any_depth_and_in_any_spelling() {
        for bad in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"b": {"a": 1, "\u0061": 2}}"#,
            r#"{"b": [{"a": 1, "a": 2}]}"#,
            r#"[{"a": 1, "a": 2}]"#,
        ] {
            assert!(object(bad.as_bytes()).is_err() && written_value(bad.as_bytes()).is_err(), "{bad}");
        }
        let said = written_value(br#"[{"a": 1, "a": 2}]"#).unwrap_err();
        assert!(said.contains("\"a\" occurs twice") && said.contains("line 1"), "{said}");
    }

    #[test]
    fn only_one_object_is_taken() {
        for bad in ["", "[]", "null", "1", "{", "{} {}", "{}x", "\u{feff}{}"] {
            assert!(object(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_ignored_once_and_in_front_only() {
        assert_eq!(written_object("\u{feff}{\"a\": 1}".as_bytes()).unwrap().len(), 1);
        assert_eq!(written_value("\u{feff}[]".as_bytes()).unwrap(), Value::Array(Vec::new()));
        for bad in ["\u{feff}\u{feff}{}", "{}\u{feff}", " \u{feff}{}", "\u{feff}"] {
            let bad = bad.as_bytes();
            assert!(written_object(bad).is_err() && written_value(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn another_encoding_is_named() {
        for bad in [&b"\xff\xfe{\0}\0"[..], b"\xfe\xff\0{\0}", b"{\0}\0", b"\0{\0}", b"\0\0\0{"] {
            assert!(written_object(bad).unwrap_err().contains("save it as UTF-8"), "{bad:?}");
        }
    }
}
