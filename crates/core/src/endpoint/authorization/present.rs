//! OpenID Connect Core §3.1.2.3: who is there when a request is judged.

use std::sync::Arc;

use crate::acr::{self, SignIn};
use crate::callback::Callback;
use crate::env::Env;
use crate::interaction::Waiting;
use crate::lookup::Facts;
use crate::record::{Client, Consent, Session, User};
use crate::time::Timestamp;

/// Who is there, and what was done within this request.
#[derive(Debug, Default)]
pub struct Present {
    /// A live session of somebody who may sign in.
    pub session: Option<Session>,
    /// That person.
    pub user: Option<Arc<User>>,
    /// What that person agreed to before.
    pub consent: Option<Consent>,
    /// They proved who they are within this request.
    pub authenticated_now: bool,
    /// They chose the account within this request.
    pub account_selected: bool,
    /// They agreed within this request.
    pub consented_now: bool,
    /// They want to make an account (`true`), or said within this request that they have one.
    pub sign_up: Option<bool>,
}

impl Present {
    /// The place of the strongest authentication context that the sign-in reaches.
    pub fn reached(&self, env: &Env<'_>) -> Option<usize> {
        let session = self.session.as_ref()?;
        acr::reached(&env.settings.authentication, SignIn::of(env, session, self.authenticated_now))
    }
}

/// What the person agreed to give the client at the place where its answer goes.
pub(super) fn consent<'a>(facts: &'a Facts, client: &Client, callback: &Callback) -> Option<&'a Consent> {
    facts.consent.as_ref().filter(|consent| client.heeds(consent, callback.redirect_uri()))
}

/// Who counts as present: a live session, of a person who exists and is not locked, that was not declined in
/// this request.
pub(super) fn present(
    now: Timestamp,
    facts: &Facts,
    client: &Client,
    callback: &Callback,
    waiting: Option<&Waiting>,
) -> Present {
    let interaction = waiting.map(|w| &w.record);
    let session = facts
        .session
        .as_ref()
        .filter(|s| !s.expires_at.expired_at(now))
        .filter(|s| facts.user.as_ref().is_some_and(|user| user.id == s.user && !user.locked))
        .filter(|s| interaction.and_then(|i| i.declined) != Some(s.id));
    let sign_up = interaction.and_then(|i| i.sign_up);
    let Some(session) = session else { return Present { sign_up, ..Present::default() } };
    Present {
        authenticated_now: interaction.and_then(|i| i.authenticated) == Some(session.id),
        account_selected: interaction.and_then(|i| i.selected) == Some(session.id),
        consented_now: interaction.is_some_and(|i| i.consented.as_ref() == Some(&session.user)),
        consent: consent(facts, client, callback).cloned(),
        session: Some(session.clone()),
        user: facts.user.clone(),
        sign_up,
    }
}
