//! What a request has counted before work is done for it. Where that work never begins, be it that the
//! request ends meanwhile, it is given back.

use signet_core::change::Change;
use signet_core::time::Timestamp;

use super::Asking;
use crate::pool::Look;

pub(super) struct Counted {
    asking: Asking,
    look: Look,
    refund: Option<Box<dyn FnOnce(Timestamp) -> Vec<Change> + Send + Sync>>,
}

impl Counted {
    /// It is counted already; `refund` gives it back.
    pub(super) fn new(
        asking: Asking,
        look: Look,
        refund: impl FnOnce(Timestamp) -> Vec<Change> + Send + Sync + 'static,
    ) -> Self {
        Self { asking, look, refund: Some(Box::new(refund)) }
    }

    /// Nothing came of it.
    pub(super) async fn give_back(mut self) {
        if let Some(refunded) = self.refunded() {
            // What goes wrong here too leaves it counted.
            let _ended = refunded.await;
        }
    }

    /// In a task of its own, which the end of the request does not end.
    fn refunded(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        let refund = self.refund.take()?;
        let asking = self.asking.clone();
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        Some(runtime.spawn(async move {
            if let Err(error) = asking.commit(refund(asking.inner.clock.now())).await {
                tracing::warn!(detail = error.detail.as_deref(), "failed to undo a throttle count");
            }
        }))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.look.give_up() {
            let _runs_on = self.refunded();
        }
    }
}
