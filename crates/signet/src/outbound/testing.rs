//! For unit tests: a clock that does not run, and servers that give what a test says.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::client_keys::locked;
use super::error::OutboundError;
use super::{Fetch, Fetched};
use crate::clock::Clock;

#[derive(Default)]
pub(super) struct World {
    now: AtomicU64,
    /// What was asked for.
    pub(super) asked: Mutex<Vec<String>>,
    answer: Mutex<Option<(Vec<u8>, Option<u64>)>>,
    /// Servers wait for it, if it is there.
    gate: Option<Notify>,
}

impl World {
    pub(super) fn new() -> Arc<Self> {
        Self::default().started()
    }

    /// With servers that wait.
    pub(super) fn gated() -> Arc<Self> {
        Self { gate: Some(Notify::new()), ..Self::default() }.started()
    }

    fn started(self) -> Arc<Self> {
        self.now.store(1_800_000_000, Ordering::SeqCst);
        Arc::new(self)
    }

    pub(super) fn serve(&self, body: impl Into<Vec<u8>>, max_age: Option<u64>) {
        *locked(&self.answer) = Some((body.into(), max_age));
    }

    pub(super) fn fail(&self) {
        *locked(&self.answer) = None;
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn fetches(&self) -> usize {
        locked(&self.asked).len()
    }
}

impl Clock for Arc<World> {
    fn now_ms(&self) -> u64 {
        self.now.load(Ordering::SeqCst) * 1000
    }
}

impl Fetch for Arc<World> {
    fn get<'a>(
        &'a self,
        url: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, OutboundError>> + Send + 'a>> {
        Box::pin(async move {
            locked(&self.asked).push(url.to_owned());
            match &self.gate {
                Some(gate) => gate.notified().await,
                None => tokio::task::yield_now().await,
            }
            let (body, max_age) = locked(&self.answer).clone().ok_or(OutboundError::Slow)?;
            Ok(Fetched { body: body.into(), max_age })
        })
    }
}
