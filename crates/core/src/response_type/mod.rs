//! RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices §3 to §5: what the authorization
//! endpoint issues.
//!
//! A response type is a set of words, each a file of its own: hybrid ones are compositions. The order of the
//! words in the table is the order of minting, as an ID token holds the hashes of what comes with it.

mod code;
mod id_token;
mod none;
mod token;

use crate::change::Change;
use crate::claims::Point;
use crate::env::{ClientKeys, Env};
use crate::error::Error;
use crate::offer::Offer;
use crate::pkce::Challenge;
use crate::record::{Client, Grant, User};

/// One response type.
pub struct ResponseType {
    /// The wire name, words in canonical order.
    pub name: &'static str,
    /// Where it is defined.
    pub spec: &'static str,
    parts: &'static [Part],
}

/// One word of a response type.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    /// What a client must have registered for it (OpenID Connect Registration §2).
    grant_type: &'static str,
    /// It gives a token, which must not travel in a query.
    is_token: bool,
    mint: fn(&Env<'_>, &Sent<'_>, &mut Answer) -> Result<(), Error>,
}

/// What a person grants: everything that an answer is made of, wherever it goes.
#[derive(Debug)]
pub struct Granted<'a> {
    /// To whom.
    pub client: &'a Client,
    /// The client's keys, as far as they were asked for.
    pub keys: Option<&'a dyn ClientKeys>,
    /// About whom.
    pub user: &'a User,
    /// `nonce`
    pub nonce: Option<&'a str>,
    /// PKCE.
    pub challenge: Option<&'a Challenge>,
    /// What is allowed.
    pub grant: Grant,
}

/// What is granted and sent to a redirect URI.
struct Sent<'a> {
    granted: Granted<'a>,
    redirect_uri: &'a str,
}

/// What the words have given so far.
#[derive(Default)]
pub(crate) struct Answer {
    /// What to write.
    pub changes: Vec<Change>,
    /// What to send to the client.
    pub fields: Vec<(String, String)>,
    code: Option<String>,
    access_token: Option<String>,
}

const ENCODING: &str = "OAuth 2.0 Multiple Response Type Encoding Practices section 5";

/// Every response type.
pub static RESPONSE_TYPES: &[ResponseType] = &[
    ResponseType { name: "code", spec: "RFC 6749 section 4.1.1", parts: &[code::PART] },
    ResponseType { name: "id_token", spec: "OpenID Connect Core 1.0 section 3.2", parts: &[id_token::PART] },
    ResponseType { name: "token", spec: "RFC 6749 section 4.2.1", parts: &[token::PART] },
    ResponseType { name: "code id_token", spec: ENCODING, parts: &[code::PART, id_token::PART] },
    ResponseType { name: "code token", spec: ENCODING, parts: &[code::PART, token::PART] },
    ResponseType {
        name: "id_token token",
        spec: "OpenID Connect Core 1.0 section 3.2",
        parts: &[token::PART, id_token::PART],
    },
    ResponseType {
        name: "code id_token token",
        spec: ENCODING,
        parts: &[code::PART, token::PART, id_token::PART],
    },
    none::TYPE,
];

/// The wire names of those that are offered, for advice.
pub(crate) fn names(offer: &Offer) -> String {
    let offered = RESPONSE_TYPES.iter().map(|t| t.name).filter(|name| offer.has(OFFERED, name));
    offered.collect::<Vec<_>>().join(", ")
}

/// Where metadata lists them.
pub(crate) const OFFERED: &str = "response_types_supported";

impl ResponseType {
    /// By wire name; the words may come in any order.
    pub fn find(text: &str) -> Option<&'static ResponseType> {
        RESPONSE_TYPES.iter().find(|t| t.is_written(text))
    }

    /// Whether the text has the words of this response type, each once, in any order.
    pub(crate) fn is_written(&self, text: &str) -> bool {
        let words = || self.name.split(' ');
        text.split_ascii_whitespace().all(|word| words().any(|own| own == word))
            && words().all(|own| text.split_ascii_whitespace().filter(|word| *word == own).count() == 1)
    }

    /// Whether the client is registered for it.
    pub fn is_allowed(&self, client: &Client) -> bool {
        match &client.response_types {
            Some(types) => types.iter().any(|written| self.is_written(written)),
            None => self.name == "code",
        }
    }

    /// Whether the answer holds this word: `code`, `token`, `id_token`.
    pub fn has(&self, word: &str) -> bool {
        self.parts.iter().any(|part| part.name == word)
    }

    /// Whether the answer holds tokens, so that it must not travel in a query.
    pub fn has_tokens(&self) -> bool {
        self.parts.iter().any(|part| part.is_token)
    }

    /// Where claims about the person come to the client by an answer of this type; `none` speaks for all that
    /// may follow.
    pub fn points(&self, openid: bool) -> &'static [Point] {
        use Point::{AccessToken, IdToken, IdTokenAlone, Introspection, UserInfo};
        match (self.has("code") || self.parts.is_empty(), self.has("token"), openid) {
            (true, _, true) => &[UserInfo, IdToken, Introspection, AccessToken],
            (false, true, true) if self.has("id_token") => &[UserInfo, IdToken, Introspection, AccessToken],
            (false, true, true) => &[UserInfo, Introspection, AccessToken],
            (false, false, true) => &[IdTokenAlone],
            // OpenID Connect Core §3.1.2.1: without the scope there is neither an ID token nor UserInfo.
            (_, _, false) => &[Introspection, AccessToken],
        }
    }

    /// The grant types that a client must have registered for it (OpenID Connect Registration §2), one for
    /// each of its words.
    pub fn grant_types(&self) -> impl Iterator<Item = &'static str> {
        self.parts.iter().map(|part| part.grant_type)
    }

    /// The response mode when none is asked for.
    pub fn default_mode(&self) -> &'static str {
        if self.has_tokens() { "fragment" } else { "query" }
    }

    /// What the words give, each in its turn.
    pub(crate) fn answer(
        &self,
        env: &Env<'_>,
        granted: Granted<'_>,
        redirect_uri: &str,
    ) -> Result<Answer, Error> {
        let sent = Sent { granted, redirect_uri };
        let mut answer = Answer::default();
        for part in self.parts {
            (part.mint)(env, &sent, &mut answer)?;
        }
        if !self.parts.is_empty() {
            // Before the tokens below it.
            answer.changes.insert(0, Change::InsertGrant(sent.granted.grant));
        }
        Ok(answer)
    }
}

impl std::fmt::Debug for ResponseType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_come_in_any_order_and_each_once() {
        for (text, name) in [
            ("code", Some("code")),
            ("none", Some("none")),
            ("token id_token", Some("id_token token")),
            (" id_token  token code", Some("code id_token token")),
            ("code code", None),
            ("code token token", None),
            ("code none", None),
            ("CODE", None),
            ("co", None),
            ("", None),
        ] {
            assert_eq!(ResponseType::find(text).map(|found| found.name), name, "{text:?}");
        }
        for found in RESPONSE_TYPES {
            assert!(std::ptr::eq(ResponseType::find(found.name).unwrap(), found), "{found:?}");
        }
    }
}
