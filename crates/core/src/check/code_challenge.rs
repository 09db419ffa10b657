//! RFC 7636 §4.3, RFC 9700 §2.1.1: `code_challenge`, required of public clients and by policy.

use super::{At, Check};
use crate::error::Error;
use crate::pkce::Challenge;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "code_challenge",
    rule: &rule::CODE_CHALLENGE,
    at: &[At::Authorization],
    run: |env, client, params, asked| {
        asked.challenge = Challenge::parse(
            params.get("code_challenge"),
            params.get("code_challenge_method"),
            env.settings.dangerous.pkce_plain,
        )
        .map_err(Error::invalid_request)?;
        let gives_code = asked.response_type.is_some_and(|response_type| response_type.has("code"));
        let public = client.is_public() && !env.settings.dangerous.public_clients_without_pkce;
        let required = public || client.require_pkce.unwrap_or(env.settings.pkce_required);
        if gives_code && required && asked.challenge.is_none() {
            return Err(Error::invalid_request(
                "code_challenge is missing; this client must use PKCE with code_challenge_method S256",
            ));
        }
        Ok(())
    },
};
