//! `[lifetimes]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::value::Seconds;

/// Lifetimes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    /// Authorization codes; RFC 6749 §4.1.2 allows at most ten minutes.
    pub code: Seconds,
    /// Access tokens.
    pub access_token: Seconds,
    /// Refresh tokens, counted from their last use.
    pub refresh_token: Seconds,
    /// ID tokens.
    pub id_token: Seconds,
    /// Everything issued from one authorization, including refresh tokens; 0: as long as the session, or
    /// unlimited with `offline_access`.
    pub grant: Seconds,
    /// Sessions, counted from the sign-in.
    pub session: Seconds,
    /// Sign-in pages.
    pub interaction: Seconds,
    /// Remembered consent; 0: until it is withdrawn (`signet consent revoke`).
    pub consent: Seconds,
    /// How long a client can resend a rotated refresh token after a lost response.
    pub refresh_grace: Seconds,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let core = signet_core::settings::Lifetimes::default();
        Self {
            code: Seconds(core.code),
            access_token: Seconds(core.access_token),
            refresh_token: Seconds(core.refresh_token),
            id_token: Seconds(core.id_token),
            grant: Seconds(core.grant),
            session: Seconds(core.session),
            interaction: Seconds(core.interaction),
            consent: Seconds(core.consent),
            refresh_grace: Seconds(core.refresh_grace),
        }
    }
}
