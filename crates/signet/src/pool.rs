//! OWASP Password Storage: a fixed number of threads hashes passwords, off the async ones, with a bounded queue.
//!
//! Each hash needs 19 MiB and 14 ms. Without a bound a burst of sign-ins would take all memory; with it they wait their turn, and beyond
//! the queue they are told to try again.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};

use signet_login::password::Memory;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The threads; they end when the pool is dropped.
pub(crate) struct Pool {
    queue: SyncSender<Job>,
}

/// The queue is full.
#[derive(Debug)]
pub(crate) struct Busy;

impl Pool {
    /// Starts the threads.
    pub(crate) fn start(threads: usize, queue: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel::<Job>(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads.max(1) {
            let receiver = receiver.clone();
            std::thread::Builder::new().name(format!("password-{number}")).spawn(move || work(&receiver))?;
        }
        Ok(Self { queue: sender })
    }

    /// Runs a job when a thread is free. When its caller has gone by then, it is skipped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            if !sender.is_closed() {
                // The caller may have gone in the meantime: nobody is left to tell.
                let _gone = sender.send(job(memory));
            }
        });
        match self.queue.try_send(job) {
            Ok(()) => receiver.await.map_err(|_| Busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Busy),
        }
    }
}

fn work(receiver: &Mutex<Receiver<Job>>) {
    let mut memory = Memory::default();
    loop {
        let job = match receiver.lock() {
            Ok(queue) => queue.recv(),
            Err(_poisoned) => return,
        };
        match job {
            Ok(job) => job(&mut memory),
            Err(_closed) => return,
        }
    }
}
