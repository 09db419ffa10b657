//! Keys that the ring once had. A key file that is behind, as on a node that was off for long, does not bring
//! them back.

use serde::{Deserialize, Serialize};
use signet_jose::Jwk;

use super::key::Key;

/// So many are remembered: of a ring with four keys those of six years.
const MOST: usize = 100;

/// Their thumbprints, the oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Gone(Vec<String>);

impl Gone {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, jwk: &Jwk) -> bool {
        let thumbprint = jwk.thumbprint();
        self.0.contains(&thumbprint)
    }

    /// After a change of the ring.
    pub(super) fn after(mut self, before: &[Key], after: &[Key]) -> Self {
        let thumbprint = |key: &Key| key.jwk.thumbprint();
        let there: Vec<String> = after.iter().map(thumbprint).collect();
        self.0.extend(before.iter().map(thumbprint));
        self.0.retain(|one| !there.contains(one));
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
        self
    }
}
