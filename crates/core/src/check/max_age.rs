//! OpenID Connect Core §3.1.2.1, OpenID Connect Registration §2 (`default_max_age`), RFC 9470 §4: `max_age`.

use super::{At, Check};
use crate::error::Error;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "max_age",
    rule: &rule::MAX_AGE,
    at: &[At::Authorization],
    run: |_env, client, params, asked| {
        asked.max_age = match params.get("max_age") {
            Some(text) => Some(text.parse().map_err(|_| {
                Error::invalid_request("max_age must be a whole number of seconds, 0 or more")
            })?),
            None => client.default_max_age,
        };
        Ok(())
    },
};
