//! RFC 6749 §4.1.3, §4.1.4, RFC 7636 §4.5, OpenID Connect Core §3.1.3: exchanges a code for tokens.

use super::{GrantRequest, GrantType, Issue, issue};
use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::Error;
use crate::event::Used;
use crate::lookup::{Facts, Lookup, TokenById, TokenFound};
use crate::params::Params;
use crate::record::{CodeBinding, Grant, TokenKind};
use crate::resource;
use crate::rule::{self, Rule};
use crate::secret::Secret;
use crate::token::{Standing, code, refresh_token};

/// `authorization_code`
pub(super) struct AuthorizationCode;

struct Request {
    code: Option<TokenById>,
    redirect_uri: String,
    verifier: Option<Secret<String>>,
    params: Params,
}

impl GrantType for AuthorizationCode {
    fn name(&self) -> &'static str {
        "authorization_code"
    }

    fn rule(&self) -> &'static Rule {
        &rule::AUTHORIZATION_CODE
    }

    fn parse(&self, _env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error> {
        let code = code::read(params.require("code")?);
        let redirect_uri = params.require("redirect_uri")?.to_owned();
        let verifier = params.get("code_verifier").map(|verifier| Secret::new(verifier.to_owned()));
        Ok(Box::new(Request { code, redirect_uri, verifier, params: params.only(&["resource"]) }))
    }
}

impl GrantRequest for Request {
    fn lookup(&self) -> Vec<Lookup> {
        self.code.into_iter().map(Lookup::from).collect()
    }

    fn grant<'a>(&self, facts: &'a Facts) -> Option<&'a Grant> {
        facts.grant_of(self.code.as_ref()?)
    }

    fn decide(&self, env: &Env<'_>, client: &Authenticated, mut facts: Facts) -> Result<Decision, Error> {
        let found = self.code.and_then(|code| facts.take_token(&code));
        let Some(TokenFound { token: code, grant: Some(grant), user }) = found else {
            return Err(Error::invalid_grant("the code is unknown, mistyped or expired long ago"));
        };
        if grant.client != client.client_id {
            return Err(Error::invalid_grant("the code was issued to another client"));
        }
        // RFC 6749 §4.1.2: a second use means that somebody else has the code as well; what it gave falls.
        if code.used >= code.max_usage {
            let error = Error::invalid_grant(
                "the code was used before; all tokens that were issued for it are revoked",
            );
            // Only the first replay ends anything: those that follow are no alarm.
            if grant.revoked {
                return Err(error);
            }
            let error = error.with(vec![Change::RevokeGrant(grant.id)]);
            return Err(error.replayed(Used::Code, client, user.as_deref()));
        }
        if !code.is_active(env.now) {
            return Err(Error::invalid_grant("the code has expired; a code must be redeemed at once"));
        }
        let Standing { grant, user } = Standing::of(env, Some(grant), user).map_err(|why| {
            Error::invalid_grant("the authorization was withdrawn or has ended").because(why)
        })?;
        self.prove_binding(code.code.as_ref())?;
        let scope = resource::scope_left(env.settings, client, &grant, &grant.scope)?;
        let asked = resource::requested(env, client, &self.params)?;
        let granted = resource::left(env.settings, client, &grant)?;
        resource::within(&granted, &asked)?;

        let mut changes = vec![Change::UseToken(TokenKind::AuthorizationCode, code.id, env.now)];
        let mut refresh = None;
        if refresh_token::is_due(client, &grant) {
            let minted = refresh_token::mint(env, &grant, client, Some(code.id));
            changes.push(Change::InsertToken(minted.record));
            refresh = Some(minted.wire);
        }
        let audience = resource::audience(env.settings, client, &granted, &scope, &asked)?;
        let what = Issue {
            client,
            grant: &grant,
            user: user.as_deref(),
            scope: &scope,
            audience,
            based_on: Some(code.id),
            nonce: grant.nonce.as_deref(),
            refresh_token: refresh,
            grant_type: AuthorizationCode.name(),
            keys: facts.keys_of(&client.client_id),
        };
        issue(env, changes, what)
    }
}

impl Request {
    fn prove_binding(&self, binding: Option<&CodeBinding>) -> Result<(), Error> {
        let binding = binding.ok_or_else(|| Error::server("a code without its binding"))?;
        if binding.redirect_uri != self.redirect_uri {
            return Err(Error::invalid_grant(
                "redirect_uri is not the one of the authorization request, character by character",
            ));
        }
        match (&binding.challenge, &self.verifier) {
            (Some(challenge), verifier) => {
                challenge.verify(verifier.as_ref().map(|v| v.expose().as_str())).map_err(Error::invalid_grant)
            }
            // RFC 9700 §2.1.1: somebody may have removed the challenge on the way to us.
            (None, Some(_)) => Err(Error::invalid_grant(
                "code_verifier is given, but the authorization request had no code_challenge",
            )),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
