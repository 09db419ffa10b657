//! OpenID Connect Core §3.1.2.3: who is signed in when a request is evaluated.

use std::sync::Arc;

use crate::acr::{self, SignIn};
use crate::env::Env;
use crate::record::{Consent, Session, User};

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
    /// They only look at a page again.
    pub shown_again: bool,
}

impl Present {
    /// The place of the strongest authentication context that the sign-in reaches.
    pub fn reached(&self, env: &Env<'_>) -> Option<usize> {
        let session = self.session.as_ref()?;
        acr::reached(&env.settings.authentication, SignIn::of(env, session, self.authenticated_now))
    }
}
