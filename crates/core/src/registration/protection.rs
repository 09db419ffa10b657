//! RFC 9449 §5.2, RFC 8705 §3.4, RFC 9126 §6, JARM §3: protection that a client may ask for and Signet does not give.
//!
//! What no rule knows is left out of a registration, and that is harmless as a rule. These members are not: a client that asks for one of
//! them relies on it, so it must not learn by an attack that it was left out. They are refused by name, until there is a rule for them.

use serde_json::Value;

use super::{Asked, Rule, invalid};
use crate::error::Error;
use crate::record::Client;

/// Members that ask for such protection.
pub const NOT_ENFORCED: &[&str] = &[
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "authorization_signed_response_alg",
    "dpop_bound_access_tokens",
    "dpop_jkt",
    "require_pushed_authorization_requests",
    "tls_client_certificate_bound_access_tokens",
];

pub(super) const RULE: Rule = Rule {
    name: "protection",
    spec: "RFC 9449 section 5.2, RFC 8705 section 3.4, RFC 9126 section 6",
    members: &[],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, _: &mut Client) -> Result<(), Error> {
    let wanted = |name: &&&str| asked.members.raw(name).is_some_and(|value| !asks_nothing(value));
    match NOT_ENFORCED.iter().find(wanted) {
        Some(name) => Err(invalid(format!(
            "{name}: this provider does not give that protection; leave it out, if the application can do without"
        ))),
        None => Ok(()),
    }
}

/// Whether a member that could ask for protection asks for none.
pub fn asks_nothing(value: &Value) -> bool {
    matches!(value, Value::Bool(false) | Value::Null) || matches!(value.as_str(), Some("none" | ""))
}
