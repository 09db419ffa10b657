//! OpenID Connect Core §3.1.2.4: what a person has agreed to give a client, remembered.

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, UserId};
use crate::scope::Scope;
use crate::time::Timestamp;

/// One per person and client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who agreed.
    pub user: UserId,
    /// To what application.
    pub client: ClientId,
    /// Everything agreed so far.
    pub scope: Scope,
    /// Claims agreed to beyond those of the scopes.
    pub claims: Vec<String>,
    /// Where the application's answers could go then, if it says that itself: see `Client::heeds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// When it was last given.
    pub given_at: Timestamp,
    /// `NEVER`, or when it has to be asked again.
    pub expires_at: Timestamp,
}
