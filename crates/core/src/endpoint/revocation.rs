//! RFC 7009 §2: token revocation.

use crate::change::Change;
use crate::client_auth::ClientAuth;
use crate::decision::{Decision, Reply};
use crate::endpoint::Incoming;
use crate::env::Env;
use crate::error::Error;
use crate::lookup::{Facts, Lookup};
use crate::record::TokenKind;
use crate::token::{self, Presented};

/// The endpoint's metadata name without `_endpoint`.
pub const NAME: &str = "revocation";
/// Where it is defined.
pub const SPEC: &str = "RFC 7009 section 2";

/// A revocation request.
pub struct Request {
    auth: ClientAuth,
    token: Option<(Presented, Lookup)>,
}

impl Request {
    /// Reads the client's authentication and the token; the hint is not needed, as our tokens tell their kind.
    pub fn parse(env: &Env<'_>, incoming: &Incoming) -> Result<Self, Error> {
        incoming.params.single()?;
        let auth = ClientAuth::parse(incoming)?;
        let token = token::read(env, incoming.params.require("token")?);
        Ok(Self { auth, token })
    }

    /// The client, and the token with its grant.
    pub fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = self.auth.lookup();
        lookups.extend(self.token.iter().map(|(_, lookup)| lookup.clone()));
        lookups
    }

    /// A refresh token takes its whole grant with it, an access token only itself. What is unknown is as good as revoked (§2.2).
    pub fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let (client, mut changes) = self.auth.decide(env, &facts)?;
        if let (Some((presented, _)), Some(token), Some(grant)) = (&self.token, facts.token, facts.grant) {
            if grant.client != client.client_id {
                return Err(Error::invalid_grant("the token was issued to another client"));
            }
            changes.push(match presented {
                Presented::Refresh { .. } => Change::RevokeGrant(grant.id),
                Presented::Access => Change::RevokeToken(TokenKind::AccessToken, token.id),
            });
        }
        Ok(Decision { changes, reply: Reply::Empty })
    }
}
