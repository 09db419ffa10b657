//! OpenID Connect Core §5.5: the `claims` parameter.

use super::Check;
use crate::claims::ClaimsRequest;

pub(super) const CHECK: Check = Check {
    name: "claims",
    spec: "OpenID Connect Core 1.0 section 5.5",
    run: |_env, _client, params, asked| {
        asked.claims = params.get("claims").map(ClaimsRequest::parse).transpose()?;
        Ok(())
    },
};
