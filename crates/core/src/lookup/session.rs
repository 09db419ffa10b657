//! Who is signed in in a browser.

use std::sync::Arc;

use super::{Fact, Facts};
use crate::id::{ClientId, SessionId};
use crate::record::{Consent, Session, User};
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// The session that a cookie names, with its person and what that person agreed to give a client. A wrong
/// hash finds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionByCookie {
    /// From the handle.
    pub id: SessionId,
    /// From the handle.
    pub hash: TokenHash,
    /// Whose consent to join.
    pub client: Option<ClientId>,
}

/// The session that is alive in a chain (`Session::root`), with its person; for what proves the chain without
/// a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionOfChain(pub SessionId);

/// A session that was found.
#[derive(Clone, Debug)]
pub struct SessionFound {
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub user: Option<Arc<User>>,
    /// What they agreed to give the client that was named.
    pub consent: Option<Consent>,
}

impl Facts {
    /// Who is signed in where a request comes from: it names one session at most, by a cookie or a chain.
    pub fn session(&self) -> Option<&SessionFound> {
        self.answers.iter().find_map(|fact| match fact {
            Fact::Session(_, found) | Fact::Chain(_, found) => found.as_deref(),
            _ => None,
        })
    }

    /// The same while the session lasts.
    pub fn live_session(&self, now: Timestamp) -> Option<&SessionFound> {
        self.session().filter(|found| found.session.is_live(now))
    }

    /// The same if its person exists and may sign in: who is signed in.
    pub fn signed_in(&self, now: Timestamp) -> Option<&SessionFound> {
        let may_sign_in = |found: &&SessionFound| {
            found.user.as_ref().is_some_and(|user| user.id == found.session.user && !user.locked)
        };
        self.live_session(now).filter(may_sign_in)
    }

    /// The same, to change what later steps of this request see.
    pub fn session_mut(&mut self) -> Option<&mut SessionFound> {
        self.answers.iter_mut().find_map(|fact| match fact {
            Fact::Session(_, found) | Fact::Chain(_, found) => found.as_deref_mut(),
            _ => None,
        })
    }

    /// Somebody has signed in; this session takes the place of the one before.
    pub fn sign_in(&mut self, client: &ClientId, found: SessionFound) {
        self.answers.retain(|fact| !matches!(fact, Fact::Session(..) | Fact::Chain(..)));
        let Session { id, hash, .. } = found.session;
        self.answer(SessionByCookie { id, hash, client: Some(client.clone()) }, Some(Box::new(found)));
    }
}
