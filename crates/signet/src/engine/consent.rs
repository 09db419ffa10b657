//! OpenID Connect Core §3.1.2.4: consent covers what the page showed, and nothing that was added or changed
//! since.

use signet_core::change::Change;
use signet_core::env::Env;
use signet_core::event::{Event, What, kind};
use signet_core::lookup::Facts;
use signet_core::prompt::Ask;
use signet_core::reply::Interact;
use signet_core::secret::constant_time_eq;
use signet_core::waiting::{Unfit, Waiting, Yes};

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
) -> Result<(Vec<Change>, Option<Event>), Unfit> {
    let now = interact.disclosure(env.settings).filter(|_| interact.reason.ask == Ask::Consent);
    let is_said = now.is_some_and(|now| constant_time_eq(now.mark().as_bytes(), mark.as_bytes()));
    if !is_said {
        return Ok((Vec::new(), None));
    }
    let left_out = interact
        .scope
        .filtered(|word| OPTIONAL_SCOPES.contains(&word) && !optional.iter().any(|o| o == word));
    let allowed = interact.scope.filtered(|word| !left_out.contains(word));
    let claims = interact.names(env.settings, &allowed);
    let (client, returns_to) = (&*interact.client, interact.returns_to.as_deref());
    let consented = What::of(&kind::CONSENT_GIVEN, [("scope", allowed.to_string().into())]);
    let changes = waiting.consented(env, facts, Yes { client, returns_to, allowed, left_out, claims })?;
    Ok((changes, Some(Event::new(consented, client, interact.user.as_deref()))))
}
