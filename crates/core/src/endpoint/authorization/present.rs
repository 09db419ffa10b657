//! OpenID Connect Core §3.1.2.3: who counts as signed in when a request is evaluated.

use super::decide::{Browser, Turn};
use crate::authorization::destination::Destination;
use crate::authorization::{Before, Present};
use crate::lookup::{Facts, SessionFound};
use crate::record::{Client, Consent};
use crate::scope::Scope;
use crate::waiting::{By, Stage};

/// What the person agreed to give the client at the place where its answer goes.
pub(super) fn consent(facts: &Facts, destination: &dyn Destination) -> Option<Consent> {
    facts.session()?.consent.as_ref()?.at(destination.client(), destination.returns_to())
}

/// Optional scopes that the person left out when they last agreed. Where nobody is asked, none is left out.
pub(super) fn left_out(client: &Client, present: &Present) -> Scope {
    let consent = present.consent.as_ref().filter(|_| !client.skip_consent);
    consent.map(|consent| consent.left_out.clone()).unwrap_or_default()
}

/// Who counts as present: a live session, of a person who exists and is not locked, that was not declined in
/// this request.
pub(super) fn present(turn: &Turn<'_>, destination: &dyn Destination, before: &Before) -> Present {
    let new = Stage::Asked { declined: before.declined };
    let (stage, sign_up) = match turn.browser {
        Browser::New(_) => (&new, before.sign_up),
        Browser::Waiting(waiting) => (&waiting.record.stage, waiting.record.sign_up),
    };
    let found = turn.facts.signed_in(turn.env.now);
    let found = found.filter(|found| stage.declined() != Some(found.session.root));
    let Some(SessionFound { session, user, .. }) = found else {
        return Present { sign_up, ..Present::default() };
    };
    let by = stage.by(session.root);
    let proven = turn.waiting().filter(|_| by == Some(By::SignIn)).map(|waiting| &waiting.record.proven);
    Present {
        authenticated_now: by == Some(By::SignIn),
        proven_now: proven.cloned().unwrap_or_default(),
        account_selected: by == Some(By::Choice),
        consented_now: stage.consented(&session.user).cloned(),
        consent: consent(turn.facts, destination),
        session: Some(session.clone()),
        user: user.clone(),
        sign_up,
        shown_again: before.shown_again,
    }
}
