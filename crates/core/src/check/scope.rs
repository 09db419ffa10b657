//! RFC 6749 §3.3, OpenID Connect Core §3.1.2.1, §11: `scope`.

use super::{At, Check};
use crate::error::{Error, ErrorCode};
use crate::resource::{self, is_scope_allowed};
use crate::rule;
use crate::scope::Scope;

pub(super) const CHECK: Check = Check {
    name: "scope",
    rule: &rule::SCOPE,
    at: &[At::Authorization],
    run: |env, client, params, asked| {
        let written = params.get("scope").map(Scope::parse).transpose()?;
        let is_missing = written.is_none();
        let usual = || {
            let named = resource::requested(env, client, params)?;
            Ok::<Scope, Error>(resource::usual_scope(env.settings, client, &named, |_| true))
        };
        let scope = written.map_or_else(usual, Ok)?;
        let known = |word: &str| is_scope_allowed(env.settings, client, word);
        let unknown = scope.iter().find(|word| !known(word));
        if let Some(unknown) = unknown.filter(|_| env.settings.deny_unknown_scopes) {
            let open = resource::open_scopes(env.settings, client, |_| true);
            let id = &client.client_id;
            let what = format!("scope {unknown} is unknown or not allowed for client {id}");
            return Err(Error::new(ErrorCode::InvalidScope, format!("{what}; it can request {open}")));
        }
        // OpenID Connect Core §11: offline access is asked for with a code, or not at all.
        let gives_code = asked.response_type.is_some_and(|response_type| response_type.has("code"));
        let may_refresh = gives_code && client.allows_grant("refresh_token");
        asked.scope = scope.filtered(|word| known(word) && (word != "offline_access" || may_refresh));
        if asked.scope.is_empty() {
            let what = match is_missing {
                true => {
                    "scope is missing, and neither the client's registration nor a resource has a default"
                }
                false => "none of the requested scopes is available to this client",
            };
            let open = resource::open_scopes(env.settings, client, |_| true);
            return Err(Error::new(ErrorCode::InvalidScope, format!("{what}; it can request {open}")));
        }
        let gives_id_token = asked.response_type.is_some_and(|response_type| response_type.has("id_token"));
        if gives_id_token && !asked.scope.contains("openid") {
            let description = "a response_type with id_token needs scope openid";
            return Err(Error::new(ErrorCode::InvalidScope, description));
        }
        Ok(())
    },
};
