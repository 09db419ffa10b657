//! The only place where the core meets the store: find, decide, commit; on a conflict once more with fresh
//! facts.

mod account;
mod asking;
mod authorization;
mod consent;
mod counted;
mod described;
mod direct;
mod find;
mod form;
mod guesses;
mod happened;
mod interaction;
mod log;
mod opening;
pub(crate) mod outbox;
mod people;
mod registration;
mod sign_in;
mod sign_out;
mod sign_up;
mod submission;

use signet_core::change::Change;
use signet_core::decision::Decision;
use signet_core::endpoint::Step;
use signet_core::error::{Error, ErrorCode};
use signet_core::id::ClientId;
use signet_core::reply::Reply;
use signet_core::rule;
use signet_store::{CommitError, StoreError};

use crate::provider::Inner;

pub(crate) use asking::Asking;
pub(crate) use consent::OPTIONAL_SCOPES;
pub(crate) use form::Form;
use happened::Request;
pub(crate) use interaction::{Problem, Resumed, Shown, SignedIn};
pub(crate) use sign_in::unknown_account;
pub(crate) use sign_out::SignedOut;

/// A race is lost to one winner; after this many lost ones something else is wrong.
const ATTEMPTS: usize = 4;

/// The browser's own values: which session it claims, and its marker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    /// The session cookie.
    pub(crate) session: Option<String>,
    /// The marker that ties interactions to this browser.
    pub(crate) browser: Option<String>,
    /// By which it is known to people who signed in here before.
    pub(crate) known: Option<String>,
    /// Its name, as it tells it.
    pub(crate) agent: Option<String>,
    /// The address it comes from.
    pub(crate) address: Option<String>,
    /// What the log and the answer call its request.
    pub(crate) request: Option<String>,
}

impl Asking {
    /// Makes the writes of an answer; `false` when a precondition did not hold.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<bool, Error> {
        self.inner.commit(changes).await
    }

    /// One protocol step, start to end. A refusal's own writes are made too, and what happened is kept with
    /// them.
    async fn run(&self, step: &dyn Step, request: Request<'_>) -> Result<Reply, Error> {
        self.contest(ATTEMPTS, step, request).await
    }

    /// The same, where so many races may be lost.
    async fn contest(&self, attempts: usize, step: &dyn Step, request: Request<'_>) -> Result<Reply, Error> {
        let (env, lookups) = (self.env(), step.lookup());
        for _ in 0..attempts {
            let facts = self.find_on(&lookups, |facts| step.follow_up(&env, facts)).await?;
            let (changes, events, answer) = match step.decide(&env, facts) {
                Ok(Decision { changes, reply, events }) => (changes, events, Ok(reply)),
                Err(mut error) => {
                    let own = error.event.take().map(|event| *event);
                    let refused = || error.rejected(request.endpoint).filter(|_| request.matters);
                    let event = own.or_else(refused);
                    (std::mem::take(&mut error.changes), event.into_iter().collect(), Err(error))
                }
            };
            if self.commit_with(changes, &events, request.source).await? {
                return answer;
            }
        }
        Err(contended())
    }
}

impl Inner {
    /// Makes the writes of an answer; `false` when a precondition did not hold.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<bool, Error> {
        if changes.is_empty() {
            return Ok(true);
        }
        let owes = changes.iter().any(|change| matches!(change, Change::Enqueue(_)));
        let written: Vec<Option<ClientId>> = changes.iter().map(written_client).collect();
        match self.store.commit(changes).await {
            Ok(()) => {
                if owes {
                    self.outbox.ring();
                }
                Ok(true)
            }
            Err(CommitError::Conflict(conflict)) if let Some(Some(client)) = written.get(conflict.index) => {
                self.metrics.store_conflict();
                Err(written_no_more(client))
            }
            Err(CommitError::Conflict(conflict)) => {
                self.metrics.store_conflict();
                tracing::debug!(index = conflict.index, "write conflict; retrying");
                Ok(false)
            }
            Err(CommitError::Store(error)) => Err(unavailable(error)),
        }
    }
}

/// The client in the configuration that must still be there. Deciding again would find the same
/// configuration.
fn written_client(change: &Change) -> Option<ClientId> {
    match change {
        Change::RequireClient(id, version) if *version >= Change::FIRST_BEGINNING => Some(id.clone()),
        _ => None,
    }
}

fn written_no_more(client: &ClientId) -> Error {
    tracing::warn!(%client, "client is no longer in the configuration; reload this process if it still uses the earlier one");
    Error::new(ErrorCode::UnauthorizedClient, "the client is no longer in the configuration")
        .at(&rule::CLIENT_ID)
}

fn unavailable(error: StoreError) -> Error {
    // Waiting does not mend it.
    if matches!(error, StoreError::Damaged { .. } | StoreError::Unreadable { .. }) {
        return Error::new(ErrorCode::ServerError, "the service cannot read what it has stored")
            .because(error.to_string());
    }
    Error::new(ErrorCode::TemporarilyUnavailable, "the service is busy; try again in a moment")
        .because(error.to_string())
}

fn contended() -> Error {
    Error::new(ErrorCode::TemporarilyUnavailable, "the service is busy; try again in a moment")
        .because("too many commits in a row met a conflict")
        .in_a_crowd()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_store_is_no_reason_to_try_again() {
        let (at, reason) = (|| "here".to_owned(), || "page 5".to_owned());
        let code = |error: StoreError| unavailable(error).code;
        assert_eq!(code(StoreError::Damaged { at: at(), reason: reason() }), ErrorCode::ServerError);
        assert_eq!(code(StoreError::Unreadable { at: at(), reason: reason() }), ErrorCode::ServerError);
        assert_eq!(code(StoreError::Full { at: at() }), ErrorCode::TemporarilyUnavailable);
    }
}
