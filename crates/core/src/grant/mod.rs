//! RFC 6749 §4: grant types: what a client may exchange for tokens. One file each, one table.

mod authorization_code;
mod client_credentials;
mod refresh_token;

use serde_json::{Map, Value};

use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::{Decision, Reply};
use crate::env::Env;
use crate::error::Error;
use crate::id::TokenId;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::{Grant, User};
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::token::{access_token, id_token};

/// Every grant type, by the values of `grant_type`.
pub static GRANTS: &[&dyn GrantType] = &[
    &authorization_code::AuthorizationCode,
    &refresh_token::RefreshToken,
    &client_credentials::ClientCredentials,
];

/// The grant type of this wire name.
pub fn find(name: &str) -> Option<&'static dyn GrantType> {
    GRANTS.iter().copied().find(|grant| grant.name() == name)
}

/// One grant type.
pub trait GrantType: Send + Sync {
    /// The wire name.
    fn name(&self) -> &'static str;
    /// Where it is defined.
    fn spec(&self) -> &'static str;
    /// Reads the request's parameters, once.
    fn parse(&self, env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error>;
}

/// A request for one grant type.
pub trait GrantRequest: Send + Sync {
    /// What must be fetched beside the client.
    fn lookup(&self) -> Vec<Lookup>;
    /// The rules, for a client that has shown who it is and may use this grant type.
    fn decide(&self, env: &Env<'_>, client: &Authenticated, facts: Facts) -> Result<Decision, Error>;
}

/// What is issued under a grant.
struct Issue<'a> {
    client: &'a Authenticated,
    grant: &'a Grant,
    user: Option<&'a User>,
    scope: &'a Scope,
    audience: Vec<String>,
    based_on: Option<TokenId>,
    nonce: Option<&'a str>,
    refresh_token: Option<String>,
}

/// RFC 6749 §5.1, OpenID Connect Core §3.1.3.3: mints access token and (with `openid`, for a person) ID token, and words the answer.
fn issue(env: &Env<'_>, mut changes: Vec<Change>, issue: Issue<'_>) -> Result<Decision, Error> {
    let Issue { client, grant, user, scope, audience, based_on, nonce, refresh_token } = issue;
    let access = access_token::mint(env, access_token::For { client, grant, scope, audience, based_on })?;
    let id_token = match user.filter(|_| scope.contains("openid")) {
        Some(user) => {
            let extras =
                id_token::Extras { nonce, access_token: Some(&access.wire), ..id_token::Extras::default() };
            Some(id_token::build(env, client, grant, user, &extras)?)
        }
        None => None,
    };
    let mut answer = Map::new();
    answer.insert("access_token".into(), access.wire.into());
    answer.insert("token_type".into(), "Bearer".into());
    if access.record.expires_at != Timestamp::NEVER {
        answer.insert("expires_in".into(), access.record.expires_at.since(env.now).into());
    }
    if !scope.is_empty() {
        answer.insert("scope".into(), scope.to_string().into());
    }
    if let Some(refresh_token) = refresh_token {
        answer.insert("refresh_token".into(), refresh_token.into());
    }
    if let Some(id_token) = id_token {
        answer.insert("id_token".into(), id_token.into());
    }
    changes.push(Change::InsertToken(access.record));
    Ok(Decision { changes, reply: Reply::Json(Value::Object(answer)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::files_of;

    #[test]
    fn every_file_is_one_line_of_the_table() {
        let mut names: Vec<&str> = GRANTS.iter().map(|grant| grant.name()).collect();
        names.sort_unstable();
        assert_eq!(names, files_of("grant"));
        assert!(
            GRANTS.iter().all(|grant| find(grant.name()).is_some_and(|found| found.spec() == grant.spec()))
        );
        assert!(find("password").is_none());
    }
}
