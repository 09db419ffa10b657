//! NIST SP 800-63B §3.2.2: looks at one account's password from one network come one after the other, or nearly so.
//!
//! A look is counted before it is taken and given back if it was right. Sign-ins of one person at the same instant would use up the
//! account's budget between them although all are right; so they wait for each other here, in this process.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Accounts share gates: one that is in use now and then makes another wait for the length of a hash.
const GATES: usize = 4096;
/// How many looks pass a gate at a time; fewer than an account's budget.
const ABREAST: usize = 2;

/// The gates.
pub(crate) struct Turns(Vec<Arc<Semaphore>>);

/// A turn; it ends when this is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Turns {
    pub(crate) fn new() -> Self {
        Self((0..GATES).map(|_| Arc::new(Semaphore::new(ABREAST))).collect())
    }

    /// Waits for the turn of what `key` names, which is a hash.
    pub(crate) async fn take(&self, key: [u8; 32]) -> Option<Turn> {
        let [first, second, ..] = key;
        let gate = self.0.get(usize::from(u16::from_be_bytes([first, second])) % GATES)?;
        gate.clone().acquire_owned().await.ok()
    }
}
