//! What an event says besides who and where: a few members in their order, of which each is there once.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// Members with their values, few enough that a list finds them soonest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail(Vec<(Cow<'static, str>, Value)>);

impl Detail {
    /// What a member has.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Puts a member in place of any of this name.
    pub fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Every member, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The values, in order, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Takes out what is not to be kept.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Value) -> bool) {
        self.0.retain(|(name, value)| keep(name, value));
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Null where there is no such member.
impl std::ops::Index<&str> for Detail {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl<N: Into<Cow<'static, str>>> FromIterator<(N, Value)> for Detail {
    fn from_iter<T: IntoIterator<Item = (N, Value)>>(members: T) -> Self {
        let mut detail = Self::default();
        members.into_iter().for_each(|(name, value)| detail.insert(name, value));
        detail
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Detail;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Detail, A::Error> {
        let mut detail = Detail::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            detail.insert(name, value);
        }
        Ok(detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_an_object_and_read_back() {
        let mut detail: Detail = [("by", "server".into()), ("page", true.into())].into_iter().collect();
        detail.insert("by", "diana");
        detail.insert("times", 2);
        let written = serde_json::to_string(&detail).unwrap();
        assert_eq!(written, r#"{"by":"diana","page":true,"times":2}"#);
        assert_eq!(serde_json::from_str::<Detail>(&written).unwrap(), detail);
        detail.retain(|name, value| name == "by" && value == "diana");
        assert_eq!((&detail["by"], &detail["page"]), (&"diana".into(), &Value::Null));
        assert!(!detail.is_empty() && serde_json::from_str::<Detail>("{}").unwrap().is_empty());
    }
}
