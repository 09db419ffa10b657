//! OpenID Connect Core §3.1.2.1: `id_token_hint`, including an expired one. One that cannot be read any more
//! is none: it names nobody.

use super::{At, Check};
use crate::error::Error;
use crate::rule;
use crate::token::id_token_hint;

pub(super) const CHECK: Check = Check {
    name: "id_token_hint",
    rule: &rule::ID_TOKEN_HINT,
    at: &[At::Authorization],
    run: |env, client, params, asked| {
        let Some(token) = params.get("id_token_hint") else { return Ok(()) };
        let Ok(hint) = id_token_hint::read(env, token, Some(client)) else { return Ok(()) };
        if !hint.audience.iter().any(|aud| aud == client.client_id.as_str()) {
            return Err(Error::invalid_request("id_token_hint was issued to another client"));
        }
        (asked.hinted_sub, asked.hinted_acr) = (Some(hint.sub), hint.acr);
        Ok(())
    },
};
