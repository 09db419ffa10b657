//! OpenID Connect Core §3.2.2.1, §3.3.2.11: `nonce`, without which an ID token that is returned through the
//! browser could be an old one.

use super::state::has_control;
use super::{At, Check};
use crate::error::Error;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "nonce",
    rule: &rule::NONCE,
    at: &[At::Authorization],
    run: |_env, _client, params, asked| {
        asked.nonce = params.get("nonce").filter(|nonce| !nonce.is_empty()).map(str::to_owned);
        let by_browser = asked.response_type.is_some_and(|response_type| response_type.has("id_token"));
        if asked.nonce.as_deref().is_some_and(has_control) {
            return Err(Error::invalid_request(
                "nonce has control characters, such as a line break, which would not come back as they are; encode them",
            ));
        }
        if by_browser && asked.nonce.is_none() {
            return Err(Error::invalid_request(
                "nonce is missing; where the ID token comes through the browser, the application must tie it to its request",
            ));
        }
        Ok(())
    },
};
