//! RFC 6749 §4.4: a confidential client acts for itself.

use super::{GrantRequest, GrantType, Issue, issue};
use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::id::GrantId;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::{Client, Grant};
use crate::resource;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::time::Timestamp;

/// `client_credentials`
pub(super) struct ClientCredentials;

struct Request {
    scope: Option<Scope>,
    params: Params,
}

/// Scopes that mean something only for a person.
const PERSONAL: &[&str] = &["openid", "offline_access"];

impl GrantType for ClientCredentials {
    fn name(&self) -> &'static str {
        "client_credentials"
    }

    fn spec(&self) -> &'static str {
        "RFC 6749 section 4.4"
    }

    fn parse(&self, _env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error> {
        let scope = params.get("scope").map(Scope::parse).transpose()?;
        Ok(Box::new(Request { scope, params: params.only(&["resource"]) }))
    }
}

impl GrantRequest for Request {
    fn lookup(&self) -> Vec<Lookup> {
        Vec::new()
    }

    fn decide(&self, env: &Env<'_>, client: &Authenticated, _facts: Facts) -> Result<Decision, Error> {
        if client.is_public() {
            return Err(Error::new(
                ErrorCode::UnauthorizedClient,
                "a public client cannot act for itself; register it with a secret or a key",
            ));
        }
        let scope = self.scope(env.settings, client)?;
        let asked = resource::requested(env, client, &self.params)?;
        let seconds = client.lifetimes.access_token.unwrap_or(env.settings.lifetimes.access_token);
        let grant = Grant {
            id: GrantId(env.ids.next()),
            user: None,
            client: client.client_id.clone(),
            session: None,
            sub: client.client_id.as_str().to_owned(),
            scope,
            claims: None,
            resources: Vec::new(),
            nonce: None,
            auth_time: Timestamp::default(),
            acr: None,
            amr: Vec::new(),
            offline: false,
            issued_at: env.now,
            expires_at: env.now.plus(seconds),
            revoked: false,
        };
        let audience = resource::audience(env.settings, client, &[], &grant.scope, &asked);
        let what = Issue {
            client,
            grant: &grant,
            user: None,
            scope: &grant.scope,
            audience,
            based_on: None,
            nonce: None,
            refresh_token: None,
        };
        issue(env, vec![Change::InsertGrant(grant.clone())], what)
    }
}

impl Request {
    /// What was asked and is allowed; without a scope in the request, all that the client is registered for.
    fn scope(&self, settings: &Settings, client: &Client) -> Result<Scope, Error> {
        let known = |word: &str| settings.scopes.contains_key(word);
        let allowed = |word: &str| client.scope.as_ref().is_none_or(|scope| scope.contains(word));
        let Some(asked) = &self.scope else {
            let registered = client.scope.clone().unwrap_or_default();
            return Ok(registered.filtered(|word| known(word) && !PERSONAL.contains(&word)));
        };
        if let Some(word) = asked.iter().find(|word| PERSONAL.contains(word)) {
            return Err(invalid_scope(format!("scope {word} needs a person; there is none in this grant")));
        }
        if let Some(word) = asked.iter().find(|word| known(word) && !allowed(word)) {
            return Err(invalid_scope(format!("this client is not registered for scope {word}")));
        }
        let scope = asked.filtered(known);
        if scope.is_empty() || (settings.deny_unknown_scopes && scope != *asked) {
            return Err(invalid_scope("scope names something that is not configured here".to_owned()));
        }
        Ok(scope)
    }
}

fn invalid_scope(description: String) -> Error {
    Error::new(ErrorCode::InvalidScope, description)
}
