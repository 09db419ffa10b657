//! Failed sign-ins per account and per address, kept in the store so that every node counts the same.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Failed attempts under one key: `account:NAME` or `address:IP`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// What is counted.
    pub key: String,
    /// Failures since the last success or the last quiet period.
    pub failures: u32,
    /// When the last failure happened.
    pub last: Timestamp,
    /// From when on the row means nothing any more.
    pub expires_at: Timestamp,
}
