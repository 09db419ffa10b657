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
        let mut grants: Vec<_> =
            response_type.grant_types().filter(|grant| !client.allows_grant(grant)).collect();
        grants.dedup();
        let is_allowed = response_type.is_allowed(client);
        if !is_allowed || !grants.is_empty() {
            // Where no grant types are written, those of the response types are meant.
            let due = is_allowed || client.grant_types.is_some();
            let grants = Some(grants.join(" and ")).filter(|grants| due && !grants.is_empty());
            let add = [
                (!is_allowed).then(|| "it to its response_types".to_owned()),
                grants.map(|grants| format!("{grants} to its grant_types")),
            ];
            let add: Vec<String> = add.into_iter().flatten().collect();
            let what = format!(
                "client {} is not registered for response_type {}; add {}",
                client.client_id,
                response_type.name,
                add.join(", and ")
            );
            return Err(Error::new(ErrorCode::UnauthorizedClient, what));
        }
        asked.response_type = Some(response_type);
        Ok(())
    },
};
