//! OpenID Connect Core §3.1.2.3: who counts as signed in when a request is evaluated.

use crate::authorization::{Before, Present};
use crate::lookup::Facts;
use crate::record::{Client, Consent};
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::waiting::Interaction;

/// What the person agreed to give the client at the place where its answer goes.
pub(super) fn consent<'a>(facts: &'a Facts, client: &Client, redirect_uri: &str) -> Option<&'a Consent> {
    facts.consent.as_ref().filter(|consent| client.heeds(consent, redirect_uri))
}

/// Optional scopes that the person left out when they last agreed. Where nobody is asked, none is left out.
pub(super) fn left_out(client: &Client, present: &Present) -> Scope {
    let consent = present.consent.as_ref().filter(|_| !client.skip_consent);
    consent.map(|consent| consent.left_out.clone()).unwrap_or_default()
}

/// Who counts as present: a live session, of a person who exists and is not locked, that was not declined in
/// this request.
pub(super) fn present(
    now: Timestamp,
    facts: &Facts,
    client: &Client,
    redirect_uri: &str,
    interaction: Option<&Interaction>,
    before: &Before,
) -> Present {
    let declined = interaction.map_or(before.declined, |i| i.declined);
    let session = facts
        .session
        .as_ref()
        .filter(|s| !s.expires_at.expired_at(now))
        .filter(|s| facts.user.as_ref().is_some_and(|user| user.id == s.user && !user.locked))
        .filter(|s| declined != Some(s.id));
    let sign_up = interaction.map_or(before.sign_up, |i| i.sign_up);
    let Some(session) = session else { return Present { sign_up, ..Present::default() } };
    Present {
        authenticated_now: interaction.and_then(|i| i.authenticated) == Some(session.id),
        account_selected: interaction.and_then(|i| i.selected) == Some(session.id),
        consented_now: interaction.is_some_and(|i| i.consented.as_ref() == Some(&session.user)),
        consent: consent(facts, client, redirect_uri).cloned(),
        session: Some(session.clone()),
        user: facts.user.clone(),
        sign_up,
        shown_again: before.shown_again,
    }
}
