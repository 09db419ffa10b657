//! RFC 7591 §2, §3.1: client metadata as received: one JSON object whose members are read by kind.

use serde_json::{Map, Value};

use super::invalid;
use crate::error::Error;
use crate::json;

/// The longest metadata that is read at all.
pub const MAX_BODY: usize = 64 * 1024;
/// Nobody needs more of anything.
const MAX_ENTRIES: usize = 100;
const MAX_TEXT: usize = 2048;

/// The members of one registration; `null` counts as absent.
#[derive(Clone, Debug, Default)]
pub struct Members(Map<String, Value>);

impl Members {
    /// Reads a request body or a document.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        if body.len() > MAX_BODY {
            return Err(invalid("the metadata is longer than 64 KiB"));
        }
        let object = json::object(body).map_err(|why| {
            invalid("the metadata must be one JSON object in which no member stands twice").because(why)
        })?;
        Ok(Self::from(object))
    }

    /// RFC 7591 §2.3: what the other says goes before.
    pub(crate) fn overlaid(mut self, other: &Members) -> Self {
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn raw(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Text; empty text counts as absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > MAX_TEXT => {
                Err(invalid(format!("{name} is longer than {MAX_TEXT} bytes")))
            }
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(invalid(format!("{name} must be text"))),
        }
    }

    /// A list of texts, each once; an empty list counts as absent.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        let wrong = || invalid(format!("{name} must be a list of texts"));
        let list = match self.0.get(name) {
            None => return Ok(None),
            Some(list) => list.as_array().ok_or_else(wrong)?,
        };
        if list.len() > MAX_ENTRIES {
            return Err(invalid(format!("{name} has more than {MAX_ENTRIES} entries")));
        }
        let mut texts: Vec<String> = Vec::new();
        for entry in list {
            let text = entry.as_str().filter(|text| !text.is_empty()).ok_or_else(wrong)?;
            if text.len() > MAX_TEXT {
                return Err(invalid(format!("{name} has an entry of more than {MAX_TEXT} bytes")));
            }
            if !texts.iter().any(|earlier| earlier == text) {
                texts.push(text.to_owned());
            }
        }
        Ok(Some(texts).filter(|texts| !texts.is_empty()))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        let wrong = || invalid(format!("{name} must be true or false"));
        self.0.get(name).map(|value| value.as_bool().ok_or_else(wrong)).transpose()
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        let wrong = || invalid(format!("{name} must be a whole number that is not negative"));
        self.0.get(name).map(|value| value.as_u64().ok_or_else(wrong)).transpose()
    }

    /// The forms of a member per language, with their full names.
    pub(crate) fn localised<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.keys().filter_map(move |member| {
            let (base, language) = member.split_once('#')?;
            (base == name).then_some((member.as_str(), language))
        })
    }
}

impl From<Map<String, Value>> for Members {
    fn from(mut members: Map<String, Value>) -> Self {
        members.retain(|_, value| !value.is_null());
        Self(members)
    }
}
