//! Small kinds of value that a configuration may hold: durations, secrets, words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::json;
use signet_core::secret::Secret;
use signet_core::time;
use signet_login::password::Given;

/// A length of time in whole seconds: a number, or text such as `"90s"`, `"10m"`, `"1h 30m"`, `"14d"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seconds(pub u64);

impl Seconds {
    /// Reads `"10m"` and the like; a bare number counts seconds.
    pub fn parse(text: &str) -> Option<Self> {
        time::seconds(text).map(Self)
    }

    /// The shortest text that reads back as the same.
    pub fn text(self) -> String {
        time::written(self.0)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(from)? {
            Either::Number(seconds) => Ok(Self(seconds)),
            Either::Text(text) => Self::parse(&text).ok_or_else(|| D::Error::custom("not a length of time")),
        }
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^([0-9]+[smhdw] *)+$|^[0-9]+$",
            "x-kind": "duration",
        })
    }
}

/// A secret: the text itself, or `{ file = "…" }`, which the loader has replaced by the file's text before
/// this is read.
pub struct SecretText(Secret<String>);

impl SecretText {
    /// Hands the secret on.
    pub fn into_secret(self) -> Secret<String> {
        self.0
    }

    /// The secret, to be judged.
    pub fn secret(&self) -> &Secret<String> {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(Secret::new(text.to_owned()))
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(Secret::new(String::deserialize(from)?)))
    }
}

impl JsonSchema for SecretText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SecretText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "object"],
            "properties": { "file": { "type": "string" } },
            "required": ["file"],
            "additionalProperties": false,
            "x-kind": "secret",
        })
    }
}

/// A person's password: a text that is judged by its look, or a table that says what it is:
/// `{ plain = "…" }`, `{ hash = "…" }`. The loader has replaced files by their text before this is read.
pub struct PasswordText(Given);

impl PasswordText {
    /// Hands it on, to be judged.
    pub fn into_given(self) -> Given {
        self.0
    }
}

impl std::fmt::Debug for PasswordText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for PasswordText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for PasswordText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Said(Said),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Said {
            Plain(String),
            Hash(String),
        }
        Ok(Self(match Either::deserialize(from)? {
            Either::Text(text) => Given::Unsaid(Secret::new(text)),
            Either::Said(Said::Plain(text)) => Given::Plain(Secret::new(text)),
            Either::Said(Said::Hash(text)) => Given::Hash(Secret::new(text)),
        }))
    }
}

impl JsonSchema for PasswordText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PasswordText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = json!({
            "type": ["string", "object"],
            "properties": { "file": { "type": "string" } },
            "required": ["file"],
            "additionalProperties": false,
        });
        json_schema!({
            "type": ["string", "object"],
            "properties": { "file": { "type": "string" }, "plain": text, "hash": text },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
            "x-kind": "password",
        })
    }
}

/// Words: a list, or one text with spaces between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Vec<String>);

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            List(Vec<String>),
        }
        Ok(match Either::deserialize(from)? {
            Either::Text(text) => Self(text.split_whitespace().map(str::to_owned).collect()),
            Either::List(words) => Self(words),
        })
    }
}

impl JsonSchema for Words {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "array"],
            "items": { "type": "string" },
            "x-kind": "words",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        for (text, seconds) in [
            ("0", 0),
            ("90", 90),
            ("90s", 90),
            ("10m", 600),
            ("1h 30m", 5400),
            ("1h30m", 5400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(Seconds::parse(text), Some(Seconds(seconds)), "{text}");
        }
        for text in ["", "m", "10 m", "10 minutes", "-5", "1.5h", "99999999999999999999w", "5x"] {
            assert_eq!(Seconds::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations_read_back_as_they_are_printed() {
        for seconds in [0, 1, 59, 60, 90, 3600, 5400, 86_400, 604_800, 2_592_000] {
            assert_eq!(Seconds::parse(&Seconds(seconds).text()), Some(Seconds(seconds)));
        }
    }

    #[test]
    fn words_come_as_a_list_or_as_one_text() {
        let list: Words = serde_json::from_str(r#"["openid","email"]"#).unwrap();
        assert_eq!(list, serde_json::from_str(r#""openid email""#).unwrap());
    }
}
