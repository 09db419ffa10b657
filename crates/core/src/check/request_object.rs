//! OpenID Connect Core §6, §7.2.1: parameters of optional features that are not offered are refused, never ignored.

use super::Check;
use crate::error::{Error, ErrorCode};

pub(super) const CHECK: Check = Check {
    name: "request, request_uri, registration",
    spec: "OpenID Connect Core 1.0 sections 3.1.2.6 and 6",
    run: |_env, _client, params, _asked| {
        const REFUSED: &[(&str, ErrorCode)] = &[
            ("request", ErrorCode::RequestNotSupported),
            ("request_uri", ErrorCode::RequestUriNotSupported),
            ("registration", ErrorCode::RegistrationNotSupported),
        ];
        match REFUSED.iter().find(|(name, _)| params.get(name).is_some()) {
            Some((name, code)) => {
                Err(Error::new(*code, format!("{name} is not supported; send the parameters themselves")))
            }
            None => Ok(()),
        }
    },
};
