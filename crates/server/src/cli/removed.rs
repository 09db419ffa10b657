//! What is said of a stored user or application that was removed.

use serde_json::json;
use signet_store::Held;

use super::{Console, Context};
use signet::program::counted;

/// That it is gone, and what ended with it.
pub(super) fn said_removed(
    context: &Context,
    console: &mut Console,
    name: &str,
    is_configured: bool,
    ended: Held,
) -> anyhow::Result<()> {
    if context.json {
        let Held { sessions, grants, consents } = ended;
        return console.json(&json!({
            "removed": name, "sessions": sessions, "authorizations": grants, "consents": consents,
        }));
    }
    let stored =
        if is_configured { " from the store; the entry in the configuration file stays" } else { "" };
    let lost = if ended == Held::default() { String::new() } else { format!(", with {}", counted(ended)) };
    console.line(&format!("removed {name}{lost}{stored}"))
}
