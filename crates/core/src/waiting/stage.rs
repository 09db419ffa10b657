//! OpenID Connect Core §3.1.2.3, §3.1.2.4: how far the user has come with a request that waits.

use std::fmt;

use crate::id::{SessionId, UserId};
use crate::record::Session;
use crate::scope::Scope;

/// How far the person has come. What they do leads on to the next stage; what does not fit the stage is
/// [`Unfit`], and changes nothing. That the request was answered is no stage of it but a mark in the store,
/// which is made once: see [`super::Waiting::finish`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has said yet who goes on with it.
    Asked {
        /// The sign-in ([`Session::root`]) with which the person does not want to go on.
        declined: Option<SessionId>,
    },
    /// The person goes on with an account.
    Known(Account),
    /// They agreed.
    Consented {
        /// With this account.
        account: Account,
        /// Who it was: their consent stays theirs when they sign in again.
        user: UserId,
        /// Optional scopes that they left out.
        left_out: Scope,
    },
}

/// An account with which a person goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its sign-in ([`Session::root`]): who proves once more who they are, in whatever tab, is still the one
    /// who goes on.
    pub root: SessionId,
    /// How it came to be the one.
    pub by: By,
}

/// How an account came to be the one with which a person goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// They were signed in before, and agreed as this person.
    Found,
    /// They chose it within this request.
    Choice,
    /// They signed in within this request: `prompt=login` asks for it.
    SignIn,
}

/// An answer that does not fit the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Nobody is signed in.
    NobodyThere,
    /// The person has said that they do not go on with this session.
    Declined,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unfit::NobodyThere => "no user is signed in",
            Unfit::Declined => "the user has declined this session",
        })
    }
}

impl Stage {
    /// The sign-in with which the person does not want to go on.
    pub fn declined(&self) -> Option<SessionId> {
        match self {
            Stage::Asked { declined } => *declined,
            Stage::Known(_) | Stage::Consented { .. } => None,
        }
    }

    /// The sign-in with which the person goes on, or does not want to go on.
    pub(super) fn root(&self) -> Option<SessionId> {
        match self {
            Stage::Asked { declined } => *declined,
            Stage::Known(account) | Stage::Consented { account, .. } => Some(account.root),
        }
    }

    /// How this sign-in ([`Session::root`]) came to be the one with which the person goes on, if it is.
    pub fn by(&self, root: SessionId) -> Option<By> {
        match self {
            Stage::Asked { .. } => None,
            Stage::Known(account) | Stage::Consented { account, .. } => {
                (account.root == root).then_some(account.by)
            }
        }
    }

    /// What this person left out when they agreed, if they have.
    pub fn consented(&self, by: &UserId) -> Option<&Scope> {
        match self {
            Stage::Consented { user, left_out, .. } if user == by => Some(left_out),
            _ => None,
        }
    }

    /// Somebody has proved who they are, which begins this session. It fits everywhere: what somebody else
    /// has answered is void.
    pub(super) fn sign_in(&mut self, session: &Session) {
        self.go_on(session, By::SignIn);
    }

    /// This sign-in began at this stage before, and the person came back to it.
    pub(super) fn has_signed_in(&mut self, root: SessionId) {
        *self = Stage::Known(Account { root, by: By::SignIn });
    }

    /// The person goes on with the account that is signed in.
    pub(super) fn choose(&mut self, session: &Session) -> Result<(), Unfit> {
        self.accepts(session)?;
        let by = if self.by(session.root) == Some(By::SignIn) { By::SignIn } else { By::Choice };
        self.go_on(session, by);
        Ok(())
    }

    /// The person does not go on with this session.
    pub(super) fn decline(&mut self, session: &Session) {
        *self = Stage::Asked { declined: Some(session.root) };
    }

    /// The person agrees, but for what they left out.
    pub(super) fn consent(&mut self, session: &Session, left_out: Scope) -> Result<(), Unfit> {
        self.accepts(session)?;
        let account = Account { root: session.root, by: self.by(session.root).unwrap_or(By::Found) };
        *self = Stage::Consented { account, user: session.user.clone(), left_out };
        Ok(())
    }

    fn accepts(&self, session: &Session) -> Result<(), Unfit> {
        if self.declined() == Some(session.root) { Err(Unfit::Declined) } else { Ok(()) }
    }

    fn go_on(&mut self, session: &Session, by: By) {
        let account = Account { root: session.root, by };
        *self = match self.consented(&session.user) {
            Some(left_out) => {
                Stage::Consented { account, user: session.user.clone(), left_out: left_out.clone() }
            }
            None => Stage::Known(account),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::TokenHash;
    use crate::testing::NOW;

    const START: Stage = Stage::Asked { declined: None };

    fn session(id: i64, user: &str) -> Session {
        Session {
            id: SessionId(id),
            hash: TokenHash::of(b"cookie"),
            root: SessionId(id),
            user: user.into(),
            proofs: Vec::new(),
            created_at: NOW,
            expires_at: NOW.plus(3600),
            agent: None,
            address: None,
        }
    }

    fn left_out() -> Scope {
        Scope::parse("offline_access").unwrap()
    }

    #[test]
    fn each_answer_leads_on() {
        let (mut stage, diana) = (START, session(1, "diana"));
        stage.sign_in(&diana);
        assert_eq!((stage.by(diana.id), stage.by(SessionId(2))), (Some(By::SignIn), None));
        assert_eq!(stage.choose(&diana), Ok(()));
        assert_eq!(stage.by(diana.id), Some(By::SignIn), "who has just signed in has chosen as well");
        assert_eq!(stage.consented(&diana.user), None);
        assert_eq!(stage.consent(&diana, left_out()), Ok(()));
        assert_eq!(stage.by(diana.id), Some(By::SignIn));
        assert_eq!(stage.consented(&diana.user), Some(&left_out()));
    }

    #[test]
    fn who_was_signed_in_before_chooses_or_agrees_at_once() {
        let (mut stage, diana) = (START, session(1, "diana"));
        assert_eq!(stage.choose(&diana), Ok(()));
        assert_eq!(stage, Stage::Known(Account { root: diana.id, by: By::Choice }));
        let mut stage = START;
        assert_eq!(stage.consent(&diana, Scope::default()), Ok(()));
        assert_eq!(stage.by(diana.id), Some(By::Found), "nobody has chosen anything");
    }

    #[test]
    fn a_session_that_was_declined_is_neither_chosen_nor_agreed_with() {
        let (mut stage, diana, bob) = (START, session(1, "diana"), session(2, "bob"));
        stage.decline(&diana);
        let declined = Stage::Asked { declined: Some(diana.id) };
        assert_eq!(stage, declined);
        assert_eq!(stage.choose(&diana), Err(Unfit::Declined));
        assert_eq!(stage.consent(&diana, left_out()), Err(Unfit::Declined));
        assert_eq!(stage, declined, "what does not fit changes nothing");
        assert_eq!(stage.choose(&bob), Ok(()));
        assert_eq!(stage.declined(), None);
    }

    /// In another tab, or as they were asked to: the chain of their sign-ins goes on.
    #[test]
    fn who_proves_it_once_more_is_still_the_one_who_goes_on() {
        let again = Session { id: SessionId(2), ..session(1, "diana") };
        let (mut stage, diana) = (START, session(1, "diana"));
        stage.sign_in(&diana);
        assert_eq!(stage.by(again.root), Some(By::SignIn));
        stage.decline(&diana);
        assert_eq!(stage.choose(&again), Err(Unfit::Declined));
        stage.sign_in(&again);
        assert_eq!(stage.by(again.root), Some(By::SignIn));
    }

    #[test]
    fn a_consent_is_of_the_person_who_gave_it() {
        let (mut stage, diana) = (START, session(1, "diana"));
        stage.consent(&diana, left_out()).unwrap();
        stage.sign_in(&session(2, "diana"));
        assert_eq!(stage.by(SessionId(2)), Some(By::SignIn));
        assert_eq!(stage.consented(&diana.user), Some(&left_out()), "they only signed in again");
        stage.sign_in(&session(3, "bob"));
        assert_eq!(stage, Stage::Known(Account { root: SessionId(3), by: By::SignIn }));
        stage.consent(&session(3, "bob"), Scope::default()).unwrap();
        stage.decline(&session(3, "bob"));
        assert_eq!(stage.consented(&"bob".into()), None);
    }
}
