//! Instants and durations in whole seconds, as JWTs count them (RFC 7519 §2, NumericDate).

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// For expiry fields: this thing does not expire.
    pub const NEVER: Timestamp = Timestamp(0);

    /// The instant `seconds` later.
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The instant `seconds` earlier.
    pub fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` until this instant, 0 when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whether an expiry instant (`NEVER` means it has none) has come.
    pub fn expired_at(self, now: Timestamp) -> bool {
        self != Self::NEVER && now >= self
    }
}
