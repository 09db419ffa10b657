//! What a person sends to show who they are: it is judged once, and after a lost race only as far as somebody
//! else may have changed what it was judged by.

use signet_core::error::Error;
use signet_core::waiting::Interaction;
use signet_login::Sent;

use super::sign_in::{Attempt, Trial};
use super::sign_up::Applicant;
use super::{Asking, Form, Visitor};

/// A form by which somebody shows who they are.
pub(super) enum Submission<'a> {
    /// An answer to the page of a method.
    SignIn(Trial<'a>),
    /// What a new account is to be made of.
    SignUp(Applicant<'a>),
}

impl Asking {
    /// What there is to judge of a form, at the step that the person has come to.
    pub(super) fn submission<'a>(
        &'a self,
        visitor: &'a Visitor,
        record: &'a Interaction,
        form: &'a Form,
    ) -> Option<Submission<'a>> {
        let client = &record.client;
        match form {
            Form::Method { method, fields } => {
                let state = record.state_of(Some(method));
                let sent = Sent { fields, state, now: self.now(), chance: self.env().random() };
                let method = self.state.config.methods.find(method)?;
                Some(Submission::SignIn(Trial { visitor, client, method, sent }))
            }
            Form::SignUp(wish) => {
                let applicant = Applicant { visitor, client, wish };
                self.settings().sign_up.then_some(Submission::SignUp(applicant))
            }
            Form::Again
            | Form::Named(_)
            | Form::Choose(_)
            | Form::NewAccount
            | Form::HaveAccount
            | Form::ThisAccount
            | Form::AnotherAccount
            | Form::Allow { .. }
            | Form::Deny => None,
        }
    }

    /// Judges it. None where it is no answer.
    pub(super) async fn judge(&self, submission: &Submission<'_>) -> Result<Option<Attempt>, Error> {
        match submission {
            Submission::SignIn(trial) => self.sign_in(trial).await,
            Submission::SignUp(applicant) => self.sign_up(applicant).await.map(Some),
        }
    }

    /// Judges it after a lost race, with what came of it before.
    pub(super) async fn rejudge(
        &self,
        submission: &Submission<'_>,
        before: Attempt,
    ) -> Result<Option<Attempt>, Error> {
        match submission {
            Submission::SignIn(trial) => match self.still(trial, before).await? {
                Some(attempt) => Ok(Some(attempt)),
                None => self.sign_in(trial).await,
            },
            Submission::SignUp(applicant) => self.made_again(applicant.wish, before).await.map(Some),
        }
    }
}
