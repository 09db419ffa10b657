//! OAuth 2.0 Multiple Response Type Encoding Practices §2.1: how an answer travels to the redirect URI.

mod form_post;
mod fragment;
mod query;

use crate::decision::Reply;

/// One response mode.
pub struct ResponseMode {
    /// The wire name.
    pub name: &'static str,
    /// Where it is defined.
    pub spec: &'static str,
    /// Whether tokens may travel this way (never in a query).
    pub carries_tokens: bool,
    deliver: fn(&str, Vec<(String, String)>) -> Reply,
}

/// Every response mode.
pub static RESPONSE_MODES: &[ResponseMode] = &[query::MODE, fragment::MODE, form_post::MODE];

impl ResponseMode {
    /// By wire name.
    pub fn find(name: &str) -> Option<&'static ResponseMode> {
        RESPONSE_MODES.iter().find(|mode| mode.name == name)
    }

    pub(crate) fn deliver(&self, redirect_uri: &str, fields: Vec<(String, String)>) -> Reply {
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

fn encode(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
