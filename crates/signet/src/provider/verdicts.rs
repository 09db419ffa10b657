//! What came of judging the documents of clients that their own address describes: kept for a while, because
//! judging is work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use signet_core::id::ClientId;
use signet_core::lookup::ClientFound;
use signet_core::time::Timestamp;

use super::State;

/// Verdicts that are kept.
const MOST: usize = 1000;
/// For how many seconds: an application that an operator adds to the store may have taken the name.
const KEPT: u64 = 60;

/// What came of judging documents.
#[derive(Default)]
pub(crate) struct Verdicts(Mutex<BTreeMap<ClientId, Verdict>>);

struct Verdict {
    /// Of this document,
    text: Arc<str>,
    /// by this configuration and these keys,
    by: Weak<State>,
    /// until then.
    until: Timestamp,
    found: ClientFound,
}

impl Verdicts {
    pub(crate) fn of(
        &self,
        id: &ClientId,
        text: &Arc<str>,
        by: &Arc<State>,
        now: Timestamp,
    ) -> Option<ClientFound> {
        let verdicts = self.lock();
        let holds = |verdict: &&Verdict| {
            Arc::ptr_eq(&verdict.text, text)
                && std::ptr::eq(verdict.by.as_ptr(), Arc::as_ptr(by))
                && !verdict.until.expired_at(now)
        };
        verdicts.get(id).filter(holds).map(|verdict| verdict.found.clone())
    }

    pub(crate) fn keep(
        &self,
        id: &ClientId,
        text: Arc<str>,
        by: &Arc<State>,
        found: ClientFound,
        now: Timestamp,
    ) {
        let mut verdicts = self.lock();
        verdicts.retain(|known, verdict| known != id && !verdict.until.expired_at(now));
        while verdicts.len() >= MOST && verdicts.pop_first().is_some() {}
        let (by, until) = (Arc::downgrade(by), now.plus(KEPT));
        verdicts.insert(id.clone(), Verdict { text, by, until, found });
    }

    /// Nothing that holds the lock can panic halfway.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ClientId, Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
