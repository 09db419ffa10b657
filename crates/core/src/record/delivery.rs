//! What Signet owes somebody outside: written in the commit that causes it, kept until it was delivered or
//! its time is over.

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, DeliveryId};
use crate::time::Timestamp;

/// A message that waits to be delivered, at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Grows, so that older ones come first.
    pub id: DeliveryId,
    /// The name of its kind, which knows how to make a request of it.
    pub kind: String,
    /// The client that it goes to, where it goes to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// What its kind needs to know, as JSON. The request itself is made at each try, so that what is signed
    /// in it is fresh.
    pub data: String,
    /// When it was caused.
    pub created_at: Timestamp,
    /// Not tried before this; while it is being tried, when somebody else may try it.
    pub due_at: Timestamp,
    /// Not tried after this.
    pub expires_at: Timestamp,
    /// How often it was claimed. Who claimed it knows this number, so that nobody writes for a later claim.
    pub tries: u32,
}

/// The deliveries of one kind that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Their kind.
    pub kind: String,
    /// How many there are.
    pub count: u64,
    /// When the oldest was caused.
    pub oldest: Timestamp,
}
