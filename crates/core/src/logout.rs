//! OpenID Connect RP-Initiated Logout §2, OWASP Session Management: how sign-ins end. Whatever ends one, a
//! person, an application, an operator, a lock, a new password or a removal, comes by here.

use crate::change::Change;
use crate::id::UserId;
use crate::record::Session;

/// What ends.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// One session, which must be there, and what was granted from its chain, except what is offline.
    Session(&'a Session),
    /// All sessions of a person, if there are any, and all that they granted.
    Everywhere {
        /// Who is signed out.
        user: &'a UserId,
        /// What is offline stays.
        keep_offline: bool,
    },
    /// The same of a person who is removed, and must be there.
    Removal(&'a UserId),
}

/// The writes by which it ends.
pub fn end(what: Ending<'_>) -> Vec<Change> {
    vec![match what {
        Ending::Session(session) => Change::EndSession(session.id),
        Ending::Everywhere { user, keep_offline } => Change::EndUser { user: user.clone(), keep_offline },
        Ending::Removal(user) => Change::DeleteUser(user.clone()),
    }]
}
