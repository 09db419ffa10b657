//! OAuth 2.0 Multiple Response Type Encoding Practices §2.1: how a response is sent to the redirect URI.

mod form_post;
mod fragment;
mod query;

use crate::reply::Contents;

/// One response mode.
pub struct ResponseMode {
    /// The wire name.
    pub name: &'static str,
    /// Where it is defined.
    pub spec: &'static str,
    /// Whether tokens may travel this way (never in a query).
    pub carries_tokens: bool,
    deliver: fn(&str, Vec<(String, String)>) -> Contents,
}

/// Every response mode.
pub static RESPONSE_MODES: &[ResponseMode] = &[query::MODE, fragment::MODE, form_post::MODE];

impl ResponseMode {
    /// By wire name.
    pub fn find(name: &str) -> Option<&'static ResponseMode> {
        RESPONSE_MODES.iter().find(|mode| mode.name == name)
    }

    /// Whether the answer is a page of ours, and no redirect.
    pub(crate) fn is_page(&self) -> bool {
        *self == form_post::MODE
    }

    pub(crate) fn deliver(&self, redirect_uri: &str, fields: Vec<(String, String)>) -> Contents {
        (self.deliver)(redirect_uri, fields)
    }
}

impl PartialEq for ResponseMode {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for ResponseMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// As `application/x-www-form-urlencoded`.
fn encode(fields: &[(String, String)]) -> String {
    let mut text =
        String::with_capacity(fields.iter().map(|(name, value)| name.len() + value.len() + 24).sum());
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        encode_onto(&mut text, name);
        text.push('=');
        encode_onto(&mut text, value);
    }
    text
}

/// Most of what is sent has nothing to encode.
fn encode_onto(text: &mut String, part: &str) {
    if part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_')) {
        text.push_str(part);
    } else {
        text.extend(url::form_urlencoded::byte_serialize(part.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn answers_are_encoded_as_forms_are(fields in prop::collection::vec((".{0,9}", "[a-zA-Z0-9*._~ &=%+-]{0,9}"), 0..4)) {
            let same = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
            prop_assert_eq!(encode(&fields), same);
        }
    }
}
