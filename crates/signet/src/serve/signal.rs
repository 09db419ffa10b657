//! POSIX signals: what an operator says to a running process.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Error;

/// Ends at SIGINT or SIGTERM. They are watched from the call on, so none is lost before the first wait.
pub fn told_to_stop() -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// SIGHUP: read the configuration again.
#[derive(Debug)]
pub struct Hangups(Signal);

impl Hangups {
    /// Watches from now on; without it SIGHUP would end the process.
    pub fn watch() -> Result<Self, Error> {
        signal(SignalKind::hangup()).map(Self).map_err(Error::Signal)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            // No more can come; a task that waits here waits along with something that ends.
            std::future::pending::<()>().await;
        }
    }
}
