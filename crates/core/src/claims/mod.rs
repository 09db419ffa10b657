//! OpenID Connect Core §5: claims about a user: how they are requested, where they can be released, and other
//! sources of them. The module `release` says what is released.

pub mod kept;
mod names;
mod point;
mod request;
pub mod sources;

use serde_json::Value;

pub use self::names::Names;
pub use self::point::{AddClaims, At, Point, PointRules};
pub use self::request::{ClaimsRequest, Fault, Selection, Wanted};

/// The claim types of discovery (§5.6).
pub const TYPES: &[&str] = &["normal", "aggregated", "distributed"];

/// Members of tokens and of answers that Signet itself sets: the directory never does.
const PROTOCOL: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "act",
    "may_act",
    "client_id",
    "scope",
    "authorization_details",
    "events",
    "active",
    "token_type",
    sources::NAMES,
    sources::SOURCES,
];

/// OpenID Connect Core §5.1: the claims that every provider knows.
pub const STANDARD: &[&str] = &[
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// OpenID Connect Core §5.1: claims that only say something of another.
pub const VERIFIED: [(&str, &str); 2] =
    [("email", "email_verified"), ("phone_number", "phone_number_verified")];

/// Whether a claim of this name, in whatever language, is Signet's own.
pub fn is_protocol(name: &str) -> bool {
    PROTOCOL.contains(&stem(name))
}

/// A claim's name without its language.
pub(crate) fn stem(name: &str) -> &str {
    name.bytes().position(|byte| byte == b'#').and_then(|end| name.get(..end)).unwrap_or(name)
}

/// Whether there is nothing in it.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
