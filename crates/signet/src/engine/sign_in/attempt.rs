//! What comes of an answer to the page of a sign-in method.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::record::{Session, User};
use signet_core::time::Timestamp;
use signet_login::{FollowUp, Login};

use crate::engine::interaction::Problem;
use crate::turns::Turn;

/// What came of an answer to the page of a method, or of a new account, with the writes that belong to it.
pub(in crate::engine) struct Attempt {
    pub(in crate::engine) outcome: Result<Progress, Problem>,
    pub(in crate::engine) writes: Vec<Change>,
    /// What is left to do once the writes are made.
    pub(super) follow_up: Option<FollowUp>,
    /// More was proved of the person who was signed in.
    pub(super) of_present: bool,
    /// Until the writes are made, other sign-ins of this person and network wait for their turn.
    pub(super) _turns: Vec<Turn>,
}

/// How far an answer has brought somebody.
pub(in crate::engine) enum Progress {
    /// They have shown who they are.
    Proven(Arc<User>, Login),
    /// The same, with an account that is made together with their session.
    Made(Arc<User>, Login),
    /// This method has a further step, for which this has to be known.
    Next(&'static str, String),
}

impl Attempt {
    /// It came to nothing, and nothing is left to be written.
    pub(in crate::engine) fn refused(problem: Problem) -> Self {
        Self::of(Err(problem))
    }

    /// A new account, with the writes that make it.
    pub(in crate::engine) fn signed_up(user: Arc<User>, login: Login, writes: Vec<Change>) -> Self {
        Self { writes, ..Self::of(Ok(Progress::Made(user, login))) }
    }

    pub(super) fn of(outcome: Result<Progress, Problem>) -> Self {
        Self { outcome, writes: Vec::new(), follow_up: None, of_present: false, _turns: Vec::new() }
    }

    /// What is left to do, and for whom, once their session has begun.
    pub(in crate::engine) fn left_to_do(self) -> Option<(Arc<User>, FollowUp)> {
        match self.outcome {
            Ok(Progress::Proven(user, _)) => Some((user, self.follow_up?)),
            Ok(Progress::Made(..) | Progress::Next(..)) | Err(_) => None,
        }
    }

    /// Whether it proves more of somebody else than who is signed in by now.
    pub(in crate::engine) fn is_of_another(&self, session: Option<&Session>, now: Timestamp) -> bool {
        let session = session.filter(|session| session.is_live(now));
        let is_same = |user: &Arc<User>| session.is_some_and(|session| session.user == user.id);
        self.of_present && matches!(&self.outcome, Ok(Progress::Proven(user, _)) if !is_same(user))
    }
}
