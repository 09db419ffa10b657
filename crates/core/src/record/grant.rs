//! What was allowed once, and from which sign-in: the parent of codes and tokens. Revoking it revokes them
//! all.

use serde::{Deserialize, Serialize};

use crate::claims::{ClaimsRequest, Names};
use crate::id::{ClientId, GrantId, SessionId, UserId};
use crate::scope::Scope;
use crate::time::Timestamp;

/// One authorization, by a person or by a client for itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The person; none when a client acts for itself.
    pub user: Option<UserId>,
    /// The client it was given to.
    pub client: ClientId,
    /// The sign-in it came from (`Session::root`).
    pub session: Option<SessionId>,
    /// The subject as this client knows it.
    pub sub: String,
    /// What was allowed.
    pub scope: Scope,
    /// The `claims` request parameter as accepted (OpenID Connect Core §5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// The claims that the person was asked about; no other is released under it. `None`: nobody had to be
    /// asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Names>,
    /// RFC 8707: resources named in the authorization request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// `nonce` of the authorization request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person proved who they are.
    #[serde(default)]
    pub auth_time: Timestamp,
    /// The authentication context, as the application learns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// By which methods (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// Whether it outlives the session (`offline_access`).
    #[serde(default)]
    pub offline: bool,
    /// When it was given.
    pub issued_at: Timestamp,
    /// `NEVER`, or when everything below it ends.
    pub expires_at: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
}
