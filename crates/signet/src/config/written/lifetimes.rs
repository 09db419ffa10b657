//! `[lifetimes]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::value::Seconds;

/// How long things are valid.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lifetimes {
    /// Authorization codes; RFC 6749 §4.1.2 allows ten minutes at most.
    pub code: Seconds,
    /// Access tokens.
    pub access_token: Seconds,
    /// A refresh token that is not used for so long ends.
    pub refresh_token: Seconds,
    /// ID tokens.
    pub id_token: Seconds,
    /// All that an application gets by one answer, refresh tokens too; 0: as long as the session, or with
    /// `offline_access` without end.
    pub grant: Seconds,
    /// Sessions, counted from the sign-in.
    pub session: Seconds,
    /// How long a sign-in page may be used.
    pub interaction: Seconds,
    /// How long a remembered consent is valid; 0: until withdrawn.
    pub consent: Seconds,
    /// How long a rotated refresh token may be sent again by its own client, whose answer was lost.
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
