//! An authorization request that waits for a person: it outlives restarts, tabs and expired pages.

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, InteractionId};
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// A waiting authorization request. It stays a while after its end, so that an old page can start the request again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// Its id.
    pub id: InteractionId,
    /// Of the handle in the page's address.
    pub hash: TokenHash,
    /// Of the cookie of the browser that asked; no other browser may go on with it.
    pub browser: TokenHash,
    /// Who asks.
    pub client: ClientId,
    /// The request as it came.
    pub params: Vec<(String, String)>,
    /// When it began.
    pub started_at: Timestamp,
    /// From when on the page starts the request again instead of going on.
    pub expires_at: Timestamp,
    /// When the person proved who they are within this request.
    #[serde(default)]
    pub authenticated_at: Option<Timestamp>,
    /// Whether the person chose the account within this request.
    #[serde(default)]
    pub account_selected: bool,
    /// Whether the person agreed within this request.
    #[serde(default)]
    pub consented: bool,
    /// Answered; a second answer is refused.
    #[serde(default)]
    pub finished: bool,
    /// Counts changes: a write names the version that it was made from.
    #[serde(default)]
    pub version: u32,
}
