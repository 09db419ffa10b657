//! RFC 6749 §6, OpenID Connect Core §12, RFC 9700 §4.14.2: a refresh token for new tokens, with rotation and reuse detection.

use super::{GrantRequest, GrantType, Issue, issue};
use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::Token;
use crate::resource;
use crate::scope::Scope;
use crate::token::Standing;
use crate::token::refresh_token::{self, Presented};

/// `refresh_token`
pub(super) struct RefreshToken;

struct Request {
    presented: Option<Presented>,
    scope: Option<Scope>,
    params: Params,
}

impl GrantType for RefreshToken {
    fn name(&self) -> &'static str {
        "refresh_token"
    }

    fn spec(&self) -> &'static str {
        "RFC 6749 section 6"
    }

    fn parse(&self, env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error> {
        let presented = refresh_token::read(env, params.require("refresh_token")?);
        let scope = params.get("scope").map(Scope::parse).transpose()?;
        Ok(Box::new(Request { presented, scope, params: params.only(&["resource"]) }))
    }
}

/// What a presented generation means for its family.
enum Use {
    /// It is the head: the family moves on.
    Rotate,
    /// It is the one before the head, sent again by a client that never saw the answer.
    Repeat,
}

impl GrantRequest for Request {
    fn lookup(&self) -> Vec<Lookup> {
        self.presented.iter().map(|presented| presented.lookup()).collect()
    }

    fn decide(&self, env: &Env<'_>, client: &Authenticated, facts: Facts) -> Result<Decision, Error> {
        let (Some(presented), Some(family), Some(grant)) = (self.presented, facts.token, facts.grant) else {
            return Err(Error::invalid_grant("the refresh token is unknown, mistyped or expired long ago"));
        };
        if grant.client != client.client_id {
            return Err(Error::invalid_grant("the refresh token was issued to another client"));
        }
        if family.revoked {
            return Err(Error::invalid_grant("the refresh token is revoked"));
        }
        let Standing { grant, user } = Standing::of(env, Some(grant), facts.user).map_err(|why| {
            Error::invalid_grant("the authorization was withdrawn or has ended").because(why)
        })?;
        let Some(usage) = judge(env, &family, presented.generation) else {
            return Err(Error::invalid_grant(
                "the refresh token was used before; all tokens of this authorization are revoked",
            )
            .because(format!("generation {} of {} presented", presented.generation, family.used))
            .with(vec![Change::RevokeGrant(grant.id)]));
        };
        if family.expires_at.expired_at(env.now) {
            return Err(Error::invalid_grant("the refresh token has expired"));
        }
        let scope = self.scope.as_ref().unwrap_or(&grant.scope);
        if !grant.scope.covers(scope) {
            return Err(Error::new(
                ErrorCode::InvalidScope,
                "scope goes beyond what was granted; a refresh can only narrow it",
            ));
        }
        let asked = resource::requested(env, client, &self.params)?;
        resource::within(&grant, &asked)?;

        let head = presented.generation.saturating_add(1);
        let changes = match usage {
            Use::Rotate => {
                let expires_at = refresh_token::sliding_end(env, &grant, client);
                vec![Change::RotateRefresh {
                    id: family.id,
                    from: presented.generation,
                    at: env.now,
                    expires_at,
                }]
            }
            Use::Repeat => Vec::new(),
        };
        let audience = resource::audience(env.settings, client, &grant.resources, scope, &asked);
        let what = Issue {
            client,
            grant: &grant,
            user: user.as_deref(),
            scope,
            audience,
            based_on: Some(family.id),
            // OpenID Connect Core §12.2: a refreshed ID token should have no nonce.
            nonce: None,
            refresh_token: Some(refresh_token::generation(env, family.id, head)),
        };
        issue(env, changes, what)
    }
}

/// `None`: an older token than an honest client could still hold.
fn judge(env: &Env<'_>, family: &Token, generation: u32) -> Option<Use> {
    if generation == family.used {
        return Some(Use::Rotate);
    }
    let one_before = generation.checked_add(1) == Some(family.used);
    let in_grace = env.now < family.used_at.plus(env.settings.lifetimes.refresh_grace);
    (one_before && in_grace).then_some(Use::Repeat)
}
