//! RFC 9449 §5.2, RFC 8705 §3.4, RFC 9126 §6, JARM §3: protection that a client can request and Signet does
//! not provide.
//!
//! What no rule knows is left out of a registration, and that is harmless as a rule. These members are not: a
//! client that asks for one of them relies on it, so it must not learn by an attack that it was left out.
//! They are refused by name, until there is a rule for them.

use serde_json::Value;

use super::{Asked, GROUPS, Group, invalid};
use crate::error::Error;
use crate::record::Client;
use crate::rule;

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

pub(super) const GROUP: Group =
    Group { name: "protection", rule: &rule::PROTECTION, members: &[], localised: &[], read };

fn read(asked: &Asked<'_>, _: &mut Client) -> Result<(), Error> {
    let mut wanted = asked.members.iter().filter(|(name, value)| protects(name) && !asks_nothing(value));
    match wanted.next() {
        Some((name, _)) => Err(invalid(format!(
            "{name}: this provider does not give that protection; leave it out, if the application can do without"
        ))),
        None => Ok(()),
    }
}

/// Whether a member announces a protection that is not given: those that are known to, and those whose name
/// says so, by the way in which the specifications name such members.
fn protects(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "_bound_access_tokens",
        "_signed_response_alg",
        "_encrypted_response_alg",
        "_encrypted_response_enc",
    ];
    let says = name.starts_with("require_") || ENDS.iter().any(|end| name.ends_with(end));
    NOT_ENFORCED.contains(&name) || says && !GROUPS.iter().any(|group| group.members.contains(&name))
}

/// Whether a member that could ask for protection asks for none.
pub fn asks_nothing(value: &Value) -> bool {
    matches!(value, Value::Bool(false) | Value::Null) || matches!(value.as_str(), Some("none" | ""))
}
