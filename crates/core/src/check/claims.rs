//! OpenID Connect Core §5.5, §5.2: the `claims` and `claims_locales` parameters.

use super::Check;
use crate::claims::ClaimsRequest;

pub(super) const CHECK: Check = Check {
    name: "claims",
    spec: "OpenID Connect Core 1.0 section 5.5",
    run: |env, _client, params, asked| {
        let claims = params.get("claims").filter(|_| env.settings.offer.claims_parameter);
        asked.claims = ClaimsRequest::of(claims, params.get("claims_locales"))?;
        Ok(())
    },
};
