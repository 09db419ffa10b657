//! An authorization request that waits for a person: it outlives restarts, tabs and expired pages.

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, InteractionId, SessionId, UserId};
use crate::request_object::Source;
use crate::scope::Scope;
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
    /// What is asked: the request's parameters, or those of its request object.
    pub params: Vec<(String, String)>,
    /// How they came; judged once, so that a page that is answered later needs neither the object nor the client's keys again.
    #[serde(default)]
    pub source: Source,
    /// The request as it came, where that was a request object: to start anew, it is judged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_sent: Option<Vec<(String, String)>>,
    /// When it began.
    pub started_at: Timestamp,
    /// From when on the page starts the request again instead of going on.
    pub expires_at: Timestamp,
    /// The session that was begun within this request: `prompt=login` asks for one.
    #[serde(default)]
    pub authenticated: Option<SessionId>,
    /// The session that the person chose to go on with.
    #[serde(default)]
    pub selected: Option<SessionId>,
    /// The session that the person does not want to go on with.
    #[serde(default)]
    pub declined: Option<SessionId>,
    /// Whether the person wants to make an account (`true`), or said that they have one.
    #[serde(default)]
    pub sign_up: Option<bool>,
    /// Who agreed within this request.
    #[serde(default)]
    pub consented: Option<UserId>,
    /// Optional scopes that the person left out.
    #[serde(default)]
    pub left_out: Scope,
    /// Answered; a second answer is refused.
    #[serde(default)]
    pub finished: bool,
    /// Counts changes: a write names the version that it was made from.
    #[serde(default)]
    pub version: u32,
}
