//! OpenID Connect Core §3.1.2.3: who is signed in when a request is evaluated.

use std::sync::Arc;

use crate::acr::{self, SignIn};
use crate::env::Env;
use crate::record::{Consent, Session, User};
use crate::scope::Scope;

/// Who is there, and what was done within this request.
#[derive(Debug, Default)]
pub struct Present {
    /// A live session of somebody who may sign in.
    pub session: Option<Session>,
    /// That person.
    pub user: Option<Arc<User>>,
    /// What that person agreed to before.
    pub consent: Option<Consent>,
    /// They proved who they are within this request,
    pub authenticated_now: bool,
    /// by these methods.
    pub proven_now: Vec<String>,
    /// They chose the account within this request.
    pub account_selected: bool,
    /// They agreed within this request, but for these optional scopes.
    pub consented_now: Option<Scope>,
    /// They want to make an account (`true`), or said within this request that they have one.
    pub sign_up: Option<bool>,
    /// They only look at a page again.
    pub shown_again: bool,
}

impl Present {
    /// The sign-in, as this request sees it.
    pub fn sign_in(&self, env: &Env<'_>) -> Option<SignIn<'_>> {
        let session = self.session.as_ref()?;
        Some(SignIn { proofs: &session.proofs, fresh: &self.proven_now, now: env.now })
    }

    /// The place of the strongest authentication context that the sign-in reaches.
    pub fn reached(&self, env: &Env<'_>) -> Option<usize> {
        acr::reached(&env.settings.authentication, self.sign_in(env)?)
    }
}
