//! RFC 7591 §2, §3.1: client metadata as received: one JSON object.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorCode};

/// The longest metadata that is read at all.
pub const MAX_BODY: usize = 64 * 1024;

/// The members of one client; `null` counts as absent.
#[derive(Clone, Debug, Default)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// Reads a request body or a document.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let invalid = |words: &'static str| Error::new(ErrorCode::InvalidClientMetadata, words);
        if body.len() > MAX_BODY {
            return Err(invalid("the metadata is longer than 64 KiB"));
        }
        let object = signet_json::written_object(body).map_err(|why| {
            invalid("the metadata must be one JSON object in UTF-8 in which no member is repeated")
                .because(why)
        })?;
        Ok(Self::from(object))
    }

    /// RFC 7591 §2.3: what the other says goes before.
    pub(crate) fn overlaid(mut self, other: &Metadata) -> Self {
        for (name, value) in &other.0 {
            self.0.insert(name.clone(), value.clone());
        }
        self
    }

    /// Without these members.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.contains(&name.as_str()));
        self
    }

    /// The members, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A member that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

impl From<Map<String, Value>> for Metadata {
    fn from(mut members: Map<String, Value>) -> Self {
        members.retain(|_, value| !value.is_null());
        Self(members)
    }
}
