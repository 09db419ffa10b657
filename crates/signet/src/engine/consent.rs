//! OpenID Connect Core §3.1.2.4: consent covers what the page showed, and nothing that was added or changed
//! since.

use signet_core::change::Change;
use signet_core::env::Env;
use signet_core::lookup::Facts;
use signet_core::prompt::Ask;
use signet_core::reply::Interact;
use signet_core::secret::constant_time_eq;
use signet_core::waiting::Waiting;

/// Scopes that a person may leave out on the consent page.
pub(crate) const OPTIONAL_SCOPES: &[&str] = &["offline_access"];

/// What is written for a yes: to what is asked now, if that is what the page said. `optional` are the
/// optional scopes that were ticked; only what can be left out can be missing from the form.
pub(super) fn allowed(
    env: &Env<'_>,
    interact: &Interact,
    waiting: &mut Waiting,
    facts: &mut Facts,
    optional: &[String],
    mark: &str,
) -> Vec<Change> {
    let now = interact.disclosure(env.settings).filter(|_| interact.reason.ask == Ask::Consent);
    let is_said = now.is_some_and(|now| constant_time_eq(now.mark().as_bytes(), mark.as_bytes()));
    if !is_said {
        return Vec::new();
    }
    let left_out = interact
        .scope
        .filtered(|word| OPTIONAL_SCOPES.contains(&word) && !optional.iter().any(|o| o == word));
    let allowed = interact.scope.filtered(|word| !left_out.contains(word));
    let names = interact.names(env.settings, &allowed);
    waiting.consented(env, facts, &allowed, left_out, &names)
}
