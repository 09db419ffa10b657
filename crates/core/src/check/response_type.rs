//! RFC 6749 §3.1.1, §4.1.2.1: `response_type`.

use super::{At, Check};
use crate::error::{Error, ErrorCode};
use crate::response_type::{self, OFFERED, ResponseType};
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "response_type",
    rule: &rule::RESPONSE_TYPE,
    at: &[At::Authorization],
    run: |env, client, params, asked| {
        let text = params.require("response_type")?;
        let offer = &env.settings.offer;
        let found = ResponseType::find(text).filter(|found| offer.has(OFFERED, found.name));
        let Some(response_type) = found else {
            return Err(Error::new(
                ErrorCode::UnsupportedResponseType,
                format!("this response_type is not supported; use one of {}", response_type::names(offer)),
            ));
        };
        let lacks_grant = response_type.grant_types().any(|grant| !client.allows_grant(grant));
        if !response_type.is_allowed(client) || lacks_grant {
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
