//! What happened is said in the log and kept, both from the same value: with the writes that it tells of, or
//! where there are none, and where anybody can cause it, in one commit with others.

use signet_core::change::Change;
use signet_core::env::Sequence as _;
use signet_core::error::{Error, ErrorCode};
use signet_core::event::{Event, Failure, Kind, Source, What, kind};
use signet_core::id::EventId;
use signet_core::incoming::Incoming;
use signet_core::record::Recorded;

use super::log::log;
use super::{Asking, Visitor};
use crate::web::metrics::Metrics;

/// A kind, and what metrics do with it.
type Counted = (&'static Kind, fn(&Metrics));

/// Kinds that metrics count, whatever else is said of them.
static COUNTED: [Counted; 4] = [
    (&kind::CONSENT_REFUSED, |metrics| metrics.refused(ErrorCode::AccessDenied.as_str())),
    (&kind::SIGN_IN_SUCCEEDED, |metrics| metrics.signed_in("succeeded")),
    (&kind::SIGN_IN_THROTTLED, |metrics| metrics.sign_in_throttled()),
    (&kind::SIGN_IN_BUSY, |metrics| metrics.signed_in("busy")),
];

/// What a request is, besides what it asks.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    /// Where it came from.
    pub(super) source: Source<'a>,
    /// Which endpoint has it.
    pub(super) endpoint: &'static str,
    /// Whether its refusal is kept.
    pub(super) matters: bool,
}

impl<'a> Request<'a> {
    /// To an endpoint that clients call.
    pub(super) fn direct(endpoint: &'static str, incoming: &'a Incoming) -> Self {
        Self { source: incoming.source(), endpoint, matters: true }
    }

    /// By a browser.
    pub(super) fn of(endpoint: &'static str, visitor: &'a Visitor) -> Self {
        Self { source: visitor.source(), endpoint, matters: true }
    }
}

impl Visitor {
    /// Where this browser's request came from.
    pub(super) fn source(&self) -> Source<'_> {
        Source { address: self.address.as_deref(), request: self.request.as_deref() }
    }
}

impl Asking {
    /// Makes the writes of an answer, and keeps with them what happened; `false` when a precondition did not
    /// hold: then nothing happened.
    pub(super) async fn commit_with(
        &self,
        mut changes: Vec<Change>,
        events: &[Event],
        source: Source<'_>,
    ) -> Result<bool, Error> {
        let kept = events.iter().filter_map(|event| self.kept(event, source));
        // What strangers cause is bounded, and never takes the room of what matters.
        let is_of_writes = |event: &Recorded| !changes.is_empty() && !event.cause.is_stranger();
        let (with, alone): (Vec<_>, Vec<_>) = kept.partition(is_of_writes);
        if !changes.is_empty() {
            changes.extend(with.into_iter().map(|event| Change::Record(Box::new(event))));
            if !self.commit(changes).await? {
                return Ok(false);
            }
        }
        alone.into_iter().for_each(|event| self.waits(event));
        events.iter().for_each(|event| self.tell(event, source));
        Ok(true)
    }

    /// What happened without a write.
    pub(super) fn note(&self, event: &Event, source: Source<'_>) {
        self.kept(event, source).into_iter().for_each(|event| self.waits(event));
        self.tell(event, source);
    }

    /// In the log and in the metrics. A refusal that no redirect takes to an application is counted where it
    /// is answered.
    fn tell(&self, event: &Event, source: Source<'_>) {
        log(event, source.address);
        let metrics = &self.inner.metrics;
        match &event.what {
            What::Issued { grant_type, .. } => metrics.tokens_issued(grant_type),
            What::Replayed { what } => metrics.replayed(what.grant_type()),
            What::Refused { code, .. } => metrics.refused(code),
            What::SignInFailed { reason: Failure::Locked, .. } => metrics.signed_in("locked"),
            What::SignInFailed { reason: Failure::Wrong(_), .. } => metrics.signed_in("wrong"),
            What::Of { kind, .. } => {
                if let Some((_, count)) = COUNTED.iter().find(|(counted, _)| counted == kind) {
                    count(metrics);
                }
            }
            What::Rejected { .. } => {}
        }
    }

    /// A request was refused before it came to a decision.
    pub(super) fn rejected(&self, error: Error, request: Request<'_>) -> Error {
        if let Some(event) = error.rejected(request.endpoint).filter(|_| request.matters) {
            self.note(&event, request.source);
        }
        error
    }

    /// As it is kept, if it is.
    fn kept(&self, event: &Event, source: Source<'_>) -> Option<Recorded> {
        let keeps = self.settings().events.keeps(event);
        keeps.then(|| event.recorded(EventId(self.next()), self.now(), source))
    }

    fn waits(&self, event: Recorded) {
        if let Err(why) = self.inner.journal.keep(event, self.now_ms) {
            self.inner.metrics.event_dropped(why, 1);
        }
    }
}
