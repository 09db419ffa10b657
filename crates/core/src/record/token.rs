//! Codes, access tokens and refresh tokens: type, validity, usage rules, and the token each was minted from.

use serde::{Deserialize, Serialize};

use crate::id::{GrantId, TokenId};
use crate::pkce::Challenge;
use crate::scope::Scope;
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// What kind of token; each kind has a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// Authorization code: used once.
    AuthorizationCode,
    /// Access token, opaque or JWT.
    AccessToken,
    /// Refresh token family: `used` counts its generations.
    RefreshToken,
}

/// One issued token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Its kind.
    pub kind: TokenKind,
    /// Of its handle; none for JWTs and for refresh tokens, which a key of ours proves.
    pub hash: Option<TokenHash>,
    /// What it was minted under.
    pub grant: GrantId,
    /// The token it was minted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<TokenId>,
    /// When it was minted.
    pub issued_at: Timestamp,
    /// `NEVER`, or when it ends.
    pub expires_at: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
    /// How often it was used; for a refresh token the generation that is good now.
    pub used: u32,
    /// How often it may be used; 0 is without bound.
    pub max_usage: u32,
    /// When it was last used (refresh tokens: rotated).
    #[serde(default)]
    pub used_at: Timestamp,
    /// Its own scope where it is narrower than the grant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Its audience (RFC 8707), for access tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// What a code is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeBinding>,
}

/// RFC 6749 §4.1.3 and RFC 7636 §4.4: what must be shown again with a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeBinding {
    /// The `redirect_uri` of the authorization request, exactly.
    pub redirect_uri: String,
    /// The PKCE challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
}

impl Token {
    /// Whether it is within its time, not revoked and not used up.
    pub fn is_active(&self, now: Timestamp) -> bool {
        !self.revoked
            && !self.expires_at.expired_at(now)
            && (self.max_usage == 0 || self.used < self.max_usage)
    }
}
