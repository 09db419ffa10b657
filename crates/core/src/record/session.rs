//! A signed-in browser. One session serves every application; each sign-in gets a new id, so a planted cookie
//! is worth nothing.

use serde::{Deserialize, Serialize};

use crate::id::{SessionId, UserId};
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, new at every sign-in.
    pub id: SessionId,
    /// Of the session cookie.
    pub hash: TokenHash,
    /// The first session of this chain: the same person in the same browser, however often they proved it
    /// again. `sid` comes from it.
    pub root: SessionId,
    /// Who.
    pub user: UserId,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// The strongest authentication context that this sign-in reached when it was made.
    pub acr: Option<String>,
    /// By which methods (RFC 8176).
    pub amr: Vec<String>,
    /// When the chain began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The browser's name as it told it, for people's account page.
    #[serde(default)]
    pub agent: Option<String>,
    /// The address of the last sign-in.
    #[serde(default)]
    pub address: Option<String>,
}
