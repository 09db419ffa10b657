//! RFC 6749 §3.1.1, §4.1.2.1: `response_type`.

use super::Check;
use crate::error::{Error, ErrorCode};
use crate::response_type::ResponseType;

pub(super) const CHECK: Check = Check {
    name: "response_type",
    spec: "RFC 6749 section 3.1.1",
    run: |_env, client, params, asked| {
        let text = params.require("response_type")?;
        let Some(response_type) = ResponseType::find(text) else {
            return Err(Error::new(
                ErrorCode::UnsupportedResponseType,
                "this response_type is not supported; use code",
            ));
        };
        if !client.allows_response_type(text) || !client.allows_grant(response_type.grant_type) {
            return Err(Error::new(
                ErrorCode::UnauthorizedClient,
                format!(
                    "client {} is not registered for response_type {}",
                    client.client_id, response_type.name
                ),
            ));
        }
        asked.response_type = Some(response_type);
        Ok(())
    },
};
