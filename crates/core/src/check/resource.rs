//! RFC 8707 §2: `resource`.

use super::{At, Check};
use crate::resource;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "resource",
    rule: &rule::RESOURCE,
    at: &[At::Authorization],
    run: |env, client, params, asked| {
        asked.resources = resource::requested(env, client, params)?;
        // A code may still be redeemed with a `resource`; a token comes at once.
        if asked.response_type.is_some_and(|response_type| response_type.has("token")) {
            resource::audience(env.settings, client, &asked.resources, &asked.scope, &[])?;
        }
        Ok(())
    },
};
