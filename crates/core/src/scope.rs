//! RFC 6749 §3.3: scope, an ordered set of case-sensitive values.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(&'static str);

impl Fault {
    /// In words for the client's developer.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// More than anybody needs; each word is compared with all before it.
const MAX_WORDS: usize = 100;

/// RFC 6749 §3.3: whether this can be one word of a scope.
pub fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// A scope: distinct words in the order they were asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads a scope parameter.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut words: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            if !is_word(word) {
                return Err(Fault("scope holds a character that RFC 6749 does not allow"));
            }
            if !words.iter().any(|w| w == word) {
                words.push(word.to_owned());
            }
            if words.len() > MAX_WORDS {
                return Err(Fault("scope has more than 100 words"));
            }
        }
        Ok(Self(words))
    }

    /// From words known to be well formed.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut scope = Self::default();
        for word in words {
            if !scope.contains(word) {
                scope.0.push(word.to_owned());
            }
        }
        scope
    }

    /// Whether the word is in it.
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|w| w == word)
    }

    /// Whether every word of `other` is in it.
    pub fn covers(&self, other: &Scope) -> bool {
        other.iter().all(|word| self.contains(word))
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Only the words that pass.
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|w| keep(w)).cloned().collect())
    }

    /// Both together, without repeats.
    pub fn union(&self, other: &Scope) -> Self {
        Self::from_words(self.iter().chain(other.iter()))
    }

    /// Whether it has no words.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Scope::parse(&text).map_err(|fault| serde::de::Error::custom(fault.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_keep_their_order() {
        let scope = Scope::parse("openid  email openid profile").unwrap();
        assert_eq!(scope.to_string(), "openid email profile");
        assert!(scope.covers(&Scope::parse("profile email").unwrap()));
        assert!(!scope.covers(&Scope::parse("phone").unwrap()));
    }

    #[test]
    fn endless_scopes_are_refused() {
        let words = |count: usize| (0..count).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert!(Scope::parse(&words(100)).is_ok());
        assert_eq!(Scope::parse(&words(101)).unwrap_err(), Fault("scope has more than 100 words"));
    }

    #[test]
    fn forbidden_characters_are_refused() {
        for bad in ["a\"b", "a\\b", "a\tb", "caf\u{e9}"] {
            assert!(Scope::parse(bad).is_err(), "{bad}");
        }
    }
}
