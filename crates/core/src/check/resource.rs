//! RFC 8707 §2: `resource`.

use super::Check;
use crate::resource;

pub(super) const CHECK: Check = Check {
    name: "resource",
    spec: "RFC 8707 section 2",
    run: |env, client, params, asked| {
        asked.resources = resource::requested(env, client, params)?;
        Ok(())
    },
};
