//! OAuth 2.0 Multiple Response Type Encoding Practices §2.1, §5: `response_mode`.

use super::{At, Check};
use crate::error::Error;
use crate::response_mode::{RESPONSE_MODES, ResponseMode};
use crate::response_type::ResponseType;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "response_mode",
    rule: &rule::RESPONSE_MODE,
    at: &[At::Authorization],
    run: |env, _client, params, asked| {
        let Some(text) = params.get("response_mode") else { return Ok(()) };
        let Some(mode) = ResponseMode::find(text) else {
            return Err(Error::invalid_request("response_mode is unknown; use query, fragment or form_post"));
        };
        if !env.settings.offer.has("response_modes_supported", text) {
            let names = RESPONSE_MODES.iter().map(|mode| mode.name);
            let offered = names.filter(|name| env.settings.offer.has("response_modes_supported", name));
            let offered = offered.collect::<Vec<_>>().join(", ");
            let what = format!("response_mode {text} is not offered here; use one of {offered}");
            return Err(Error::invalid_request(what));
        }
        if asked.response_type.is_some_and(ResponseType::has_tokens) && !mode.carries_tokens {
            return Err(Error::invalid_request(
                "response_mode query must not carry tokens; use fragment or form_post",
            ));
        }
        Ok(())
    },
};
