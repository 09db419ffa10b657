//! JWT ids (RFC 7519 §4.1.7) that were seen before.

use super::Facts;

/// Whether an id was seen for this issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JtiSeen {
    /// Who gives out such ids.
    pub issuer: String,
    /// The id.
    pub jti: String,
}

impl Facts {
    /// Whether the id was seen.
    pub fn seen(&self, jti: &JtiSeen) -> bool {
        self.get(jti).copied().unwrap_or_default()
    }
}
