//! OpenID Connect Dynamic Client Registration 1.0 §2: defaults for sign-ins that a request does not specify.

use super::{Asked, Group, not_offered};
use crate::error::Error;
use crate::record::Client;
use crate::rule;

pub(super) const GROUP: Group = Group {
    name: "sign_in",
    rule: &rule::SIGN_IN,
    members: &["default_max_age", "require_auth_time", "default_acr_values"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    client.default_max_age = asked.members.number("default_max_age")?;
    client.require_auth_time = asked.members.flag("require_auth_time")?.unwrap_or(false);
    client.default_acr_values = asked.members.texts("default_acr_values")?.unwrap_or_default();
    let offered = asked.offered("acr_values_supported");
    match client.default_acr_values.iter().find(|acr| !offered.contains(&acr.as_str())) {
        Some(unknown) => Err(not_offered("default_acr_values", unknown, offered)),
        None => Ok(()),
    }
}
