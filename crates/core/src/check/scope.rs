//! RFC 6749 §3.3, OpenID Connect Core §3.1.2.1, §11: `scope`.

use super::Check;
use crate::error::{Error, ErrorCode};
use crate::resource::is_scope_allowed;
use crate::rule;
use crate::scope::Scope;

pub(super) const CHECK: Check = Check {
    name: "scope",
    rule: &rule::SCOPE,
    run: |env, client, params, asked| {
        let scope = Scope::parse(params.get("scope").unwrap_or_default())?;
        let known = |word: &str| is_scope_allowed(env.settings, client, word);
        let unknown = scope.iter().find(|word| !known(word));
        if let Some(unknown) = unknown.filter(|_| env.settings.deny_unknown_scopes) {
            return Err(Error::new(
                ErrorCode::InvalidScope,
                format!("scope {unknown} is unknown or not allowed for client {}", client.client_id),
            ));
        }
        // OpenID Connect Core §11: offline access is asked for with a code, or not at all.
        let gives_code = asked.response_type.is_some_and(|response_type| response_type.has("code"));
        let may_refresh = gives_code && client.allows_grant("refresh_token");
        asked.scope = scope.filtered(|word| known(word) && (word != "offline_access" || may_refresh));
        if asked.scope.is_empty() {
            return Err(Error::new(
                ErrorCode::InvalidScope,
                "scope names nothing that this client may ask for; OpenID Connect needs openid",
            ));
        }
        let gives_id_token = asked.response_type.is_some_and(|response_type| response_type.has("id_token"));
        if gives_id_token && !asked.scope.contains("openid") {
            let description = "a response_type with id_token needs scope openid";
            return Err(Error::new(ErrorCode::InvalidScope, description));
        }
        Ok(())
    },
};
