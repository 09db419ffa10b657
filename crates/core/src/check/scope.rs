//! RFC 6749 §3.3, OpenID Connect Core §3.1.2.1, §11: `scope`.

use super::{At, Check};
use crate::error::{Error, ErrorCode};
use crate::record::Client;
use crate::resource::{self, is_scope_allowed};
use crate::rule;
use crate::scope::Scope;
use crate::settings::Settings;

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
            let what = match is_missing {
                true => {
                    "scope is missing, and neither the client's registration nor a resource has a default"
                }
                false => "none of the requested scopes is available to this client",
            };
            let open = open(env.settings, client);
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

/// The scopes that a client may ask for, in words for its developer.
fn open(settings: &Settings, client: &Client) -> String {
    const MOST: usize = 20;
    let offered = settings.scopes.keys().filter(|word| settings.offer.has("scopes_supported", word));
    let own = client.scopes_to_claims.iter().flat_map(|map| map.keys());
    let all =
        client.scope.clone().unwrap_or_else(|| Scope::from_words(offered.chain(own).map(String::as_str)));
    let all = all.filtered(|word| is_scope_allowed(settings, client, word));
    match (all.iter().count(), Scope::from_words(all.iter().take(MOST))) {
        (0, _) => "nothing: the operator gives it scopes".to_owned(),
        (count, shown) if count > MOST => format!("{shown} and {} more", count - MOST),
        (_, shown) => shown.to_string(),
    }
}
