//! `[events]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_core::settings::events::Events as Settings;

use crate::config::value::Seconds;

/// Events: what happened, for `signet event list`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Events {
    /// Also keep an event for each issued, introspected or used token. A busy provider has thousands of these
    /// a second.
    pub tokens: bool,
    /// How long events are kept; 0: none are.
    pub keep: Seconds,
    /// How long those of severity `notice` are kept. Default: as `keep`.
    #[schemars(extend("examples" = ["180d"]))]
    pub keep_notices: Option<Seconds>,
    /// How long those of severity `warning` are kept. Default: as `keep`.
    #[schemars(extend("examples" = ["52w"]))]
    pub keep_warnings: Option<Seconds>,
    /// The most events that are kept, each of about 1 KiB at most. Beyond that, the oldest are deleted.
    pub max_stored: u64,
}

impl Default for Events {
    fn default() -> Self {
        let Settings { tokens, keep: [keep, ..], most } = Settings::default();
        Self { tokens, keep: Seconds(keep), keep_notices: None, keep_warnings: None, max_stored: most }
    }
}

impl Events {
    /// What they mean.
    pub fn settings(&self) -> Settings {
        let [notices, warnings] =
            [self.keep_notices, self.keep_warnings].map(|own| own.unwrap_or(self.keep).0);
        Settings { tokens: self.tokens, keep: [self.keep.0, notices, warnings], most: self.max_stored }
    }
}
