//! OpenID Connect Core §5.5, §5.2: the `claims` and `claims_locales` parameters.

use super::{At, Check};
use crate::claims::ClaimsRequest;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "claims",
    rule: &rule::CLAIMS,
    at: &[At::Authorization],
    run: |env, _client, params, asked| {
        let claims = params.get("claims").filter(|_| env.settings.offer.claims_parameter);
        asked.claims = ClaimsRequest::of(claims, params.get("claims_locales"))?;
        Ok(())
    },
};
