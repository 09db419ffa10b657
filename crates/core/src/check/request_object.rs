//! OpenID Connect Core §6, §7.2.1, RFC 9101 §10.5: how the parameters were sent, and `registration`, which is
//! only for self-issued providers.
//!
//! Request objects themselves were resolved before ([`crate::request_object`]).

use super::{At, Check};
use crate::authorization::Source;
use crate::error::{Error, ErrorCode};
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "request, request_uri, registration",
    rule: &rule::REQUEST,
    at: &[At::Authorization],
    run: |_env, client, params, asked| {
        if params.get("registration").is_some() {
            let description = "registration is not supported; register the client before";
            return Err(Error::new(ErrorCode::RegistrationNotSupported, description));
        }
        if client.require_signed_request_object && asked.source != Source::Signed {
            return Err(Error::invalid_request(
                "this client must send its parameters in a signed request object (request or request_uri)",
            ));
        }
        Ok(())
    },
};
