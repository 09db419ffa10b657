//! OpenID Connect Core §3.1.2.1: `display`. All four are served by the same responsive pages.

use super::{At, Check};
use crate::error::Error;
use crate::rule;

/// The values, for discovery.
pub(crate) const VALUES: &[&str] = &["page", "popup", "touch", "wap"];

pub(super) const CHECK: Check = Check {
    name: "display",
    rule: &rule::DISPLAY,
    at: &[At::Authorization],
    run: |_env, _client, params, _asked| match params.get("display") {
        Some(display) if !VALUES.contains(&display) => {
            Err(Error::invalid_request("display is unknown; use page, popup, touch or wap"))
        }
        _ => Ok(()),
    },
};
