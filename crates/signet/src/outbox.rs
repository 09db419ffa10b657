//! What the deliveries of a process need: the kinds there are, the way out, and the bell that is rung when
//! one was written.

use std::sync::Arc;

use signet_core::env::Env;
use signet_core::record::Delivery;
use tokio::sync::Notify;

use crate::outbound::{Outgoing, Sending};

/// Makes requests of the deliveries of one kind.
pub(crate) trait Courier: Send + Sync {
    /// The name of the kind.
    fn kind(&self) -> &'static str;

    /// What is to be sent now. The words say why nothing ever can be.
    fn request(&self, env: &Env<'_>, delivery: &Delivery) -> Result<Outgoing, String>;
}

/// The kinds there are.
const COURIERS: &[&dyn Courier] = &[];

/// The deliveries of this process.
pub(crate) struct Outbox {
    pub(crate) couriers: Vec<&'static dyn Courier>,
    pub(crate) outbound: Arc<dyn Sending>,
    bell: Notify,
}

impl Outbox {
    pub(crate) fn new(outbound: Arc<dyn Sending>) -> Self {
        Self { couriers: COURIERS.to_vec(), outbound, bell: Notify::new() }
    }

    /// Something may be due: the next look is now.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Until it is rung.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Who knows a kind.
    pub(crate) fn courier(&self, kind: &str) -> Option<&'static dyn Courier> {
        self.couriers.iter().copied().find(|courier| courier.kind() == kind)
    }
}
