//! RFC 6749 §3.3: scope, an ordered set of case-sensitive words.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, ErrorCode};
use crate::record::Client;
use crate::resource;
use crate::settings::Settings;

/// More than anybody needs; each word is compared with all before it.
const MAX_WORDS: usize = 100;

/// A scope: distinct words in the order they were asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads a scope parameter.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut words: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            if !word.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
                return Err(Error::new(
                    ErrorCode::InvalidScope,
                    "scope holds a character that RFC 6749 does not allow",
                ));
            }
            if !words.iter().any(|w| w == word) {
                words.push(word.to_owned());
            }
            if words.len() > MAX_WORDS {
                return Err(Error::new(ErrorCode::InvalidScope, "scope has more than 100 words"));
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

/// Whether a client may ask for this word: it means something, and the client is registered for it. A client
/// that is registered for nothing may ask for what its own map has, and without one for everything that is
/// offered. Words of resources are for those to whom one of these is open.
pub fn is_allowed(settings: &Settings, client: &Client, word: &str) -> bool {
    let own = client.scopes_to_claims.as_ref().map(|map| map.contains_key(word));
    let is_known = settings.scopes.contains_key(word) || own == Some(true);
    let mut having = resource::having(settings, word).peekable();
    let is_open = having.peek().is_none()
        || having
            .any(|resource| resource.is_open_to(client) || client.resources.contains(&resource.identifier));
    is_known && is_open && client.scope.as_ref().map(|scope| scope.contains(word)).or(own).unwrap_or(true)
}

/// The claims that a word releases to a client.
pub fn claims<'a>(settings: &'a Settings, client: &'a Client, word: &str) -> impl Iterator<Item = &'a str> {
    let claims = match &client.scopes_to_claims {
        Some(own) => own.get(word),
        None => settings.scopes.get(word).map(|meaning| &meaning.claims),
    };
    claims.into_iter().flatten().map(String::as_str)
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
        Scope::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn words_are_distinct_and_keep_their_order() {
        let scope = Scope::parse("openid  email openid profile").unwrap();
        assert_eq!(scope.to_string(), "openid email profile");
        assert!(scope.covers(&Scope::parse("profile email").unwrap()));
        assert!(!scope.covers(&Scope::parse("phone").unwrap()));
    }

    #[test]
    fn a_client_may_ask_for_what_it_is_registered_for() {
        let settings = testing::settings();
        let allowed = |client: &Client| {
            let words = ["openid", "email", "phone", "team", "unheard-of"];
            words.into_iter().filter(|word| is_allowed(&settings, client, word)).collect::<Vec<_>>()
        };
        let mut client = testing::client("web");
        assert_eq!(allowed(&client), ["openid", "email", "phone"]);
        let own =
            [("openid", vec![]), ("team", vec!["groups".to_owned()]), ("email", vec!["mail".to_owned()])];
        client.scopes_to_claims = Some(own.map(|(word, claims)| (word.to_owned(), claims)).into());
        assert_eq!(allowed(&client), ["openid", "email", "team"], "the words of its own map");
        client.scope = Some(Scope::from_words(["openid", "phone", "team", "unheard-of"]));
        assert_eq!(allowed(&client), ["openid", "phone", "team"], "its own words go first");
        client.scopes_to_claims = None;
        assert_eq!(allowed(&client), ["openid", "phone"]);
    }

    #[test]
    fn words_of_a_resource_are_for_those_to_whom_it_is_open() {
        use crate::resource::{OpenTo, Resource};
        let mut settings = testing::settings();
        settings.scopes.insert("read".into(), crate::settings::ScopeMeaning::default());
        settings.resources = vec![Resource {
            identifier: "https://api.example".into(),
            scopes: vec!["read".into()],
            open_to: OpenTo::Clients(vec!["web".into()]),
            ..Resource::default()
        }];
        assert!(is_allowed(&settings, &testing::client("web"), "read"));
        assert!(!is_allowed(&settings, &testing::client("other"), "read"));
        let mut named = testing::client("other");
        named.resources = vec!["https://api.example".into()];
        assert!(is_allowed(&settings, &named, "read"));
        assert!(is_allowed(&settings, &testing::client("other"), "email"));
    }

    #[test]
    fn a_map_of_its_own_replaces_the_general_one() {
        let settings = testing::settings();
        let mut client = testing::client("web");
        let told =
            |client: &Client, word| claims(&settings, client, word).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(told(&client, "email"), ["email", "email_verified"]);
        client.scopes_to_claims = Some([("email".to_owned(), vec!["mail".to_owned()])].into());
        assert_eq!(told(&client, "email"), ["mail"]);
        assert!(told(&client, "phone").is_empty());
    }

    #[test]
    fn endless_scopes_are_refused() {
        let words = |count: usize| (0..count).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert!(Scope::parse(&words(100)).is_ok());
        assert_eq!(Scope::parse(&words(101)).unwrap_err().code, ErrorCode::InvalidScope);
    }

    #[test]
    fn forbidden_characters_are_refused() {
        for bad in ["a\"b", "a\\b", "a\tb", "caf\u{e9}"] {
            assert_eq!(Scope::parse(bad).unwrap_err().code, ErrorCode::InvalidScope, "{bad}");
        }
    }
}
