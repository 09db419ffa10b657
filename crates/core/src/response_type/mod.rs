//! RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices §3: what the authorization endpoint hands out.

mod code;

use crate::decision::Decision;
use crate::endpoint::authorization::Granted;
use crate::env::Env;
use crate::error::Error;

/// One response type.
pub struct ResponseType {
    /// The wire name, words in canonical order.
    pub name: &'static str,
    /// Where it is defined.
    pub spec: &'static str,
    /// Whether the answer holds tokens, so that it must not travel in a query.
    pub has_tokens: bool,
    /// The grant type that a client must have registered for it (OpenID Connect Registration §2).
    pub grant_type: &'static str,
    answer: fn(&Env<'_>, Granted<'_>) -> Result<Decision, Error>,
}

/// Every response type.
pub static RESPONSE_TYPES: &[ResponseType] = &[code::TYPE];

impl ResponseType {
    /// By wire name; the words may come in any order.
    pub fn find(text: &str) -> Option<&'static ResponseType> {
        let words = |text: &str| {
            let mut words: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        let asked = words(text);
        RESPONSE_TYPES.iter().find(|t| words(t.name) == asked)
    }

    /// The response mode when none is asked for.
    pub fn default_mode(&self) -> &'static str {
        if self.has_tokens { "fragment" } else { "query" }
    }

    pub(crate) fn answer(&self, env: &Env<'_>, granted: Granted<'_>) -> Result<Decision, Error> {
        (self.answer)(env, granted)
    }
}

impl std::fmt::Debug for ResponseType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
