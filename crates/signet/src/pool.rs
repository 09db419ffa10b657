//! OWASP Password Storage: a fixed number of threads hashes passwords, off the async ones, and shares them fairly.
//!
//! Each hash needs 19 MiB and 14 ms. Without a bound a burst of sign-ins would take all memory; with one queue for all, one network could
//! keep everybody else out, be it with its own right password. So each network has a queue of its own, and they take turns. A network that
//! asks for more than its budget gets what the others leave. Where its queue is full, a sign-in waits a while for a place in it.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use signet_login::network::Network;
use signet_login::password::Memory;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::rates::Rates;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// How long a sign-in waits for a place in the queue of its network.
const PATIENCE: Duration = Duration::from_secs(5);
/// Hashes that a network may ask for at once before others go first, and the milliseconds until one more.
const BURST: u64 = 40;
const REFILL: u64 = 500;
/// Networks whose queues are kept although they are empty.
const IDLE: usize = 1024;

/// For whom a password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// Somebody waits for the answer: in a network, where that is known.
    Network(Option<Network>),
    /// Nobody waits for it.
    Background,
}

/// The threads; they end when the pool is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    /// Places in the queue of one network.
    places: usize,
    patience: Duration,
    work: Rates<Network>,
    began: Instant,
}

/// Why a job did not run to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The queue of the network stayed full.
    Busy,
    /// It panicked.
    Lost,
}

struct Shared {
    queues: Mutex<Queues>,
    work: Condvar,
}

#[derive(Default)]
struct Queues {
    lanes: BTreeMap<Lane, Waiting>,
    /// Lanes with jobs, in the order of their turns: those within their budget, and the others.
    first: VecDeque<Lane>,
    rest: VecDeque<Lane>,
    closed: bool,
}

struct Waiting {
    jobs: VecDeque<Job>,
    places: Arc<Semaphore>,
    within_budget: bool,
}

impl Pool {
    /// Starts the threads; `places` is how many jobs of one network may wait.
    pub(crate) fn start(threads: usize, places: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queues: Mutex::default(), work: Condvar::new() });
        for number in 0..threads.max(1) {
            let shared = shared.clone();
            std::thread::Builder::new().name(format!("password-{number}")).spawn(move || shared.serve())?;
        }
        let work = Rates::new(BURST, REFILL);
        Ok(Self { shared, places: places.max(1), patience: PATIENCE, work, began: Instant::now() })
    }

    /// Runs a job when it is its turn. When its caller has gone by then, it is skipped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let place = tokio::time::timeout(self.patience, self.place(lane)).await.ok().flatten();
        let place = place.ok_or(Refused::Busy)?;
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            // Kept until here, so that callers who come and go do not fill a queue without end.
            let _place = place;
            if !sender.is_closed() {
                // The caller may have gone in the meantime: nobody is left to tell.
                let _gone = sender.send(job(memory));
            }
        });
        self.shared.lock().enter(lane, job, self.is_within_budget(lane));
        self.shared.work.notify_one();
        receiver.await.map_err(|_| Refused::Lost)
    }

    /// A place in the lane's queue.
    async fn place(&self, lane: Lane) -> Option<OwnedSemaphorePermit> {
        let places = self.shared.lock().places(lane, self.places);
        places.acquire_owned().await.ok()
    }

    /// All networks around it count: who has many small ones has them in a large one.
    fn is_within_budget(&self, lane: Lane) -> bool {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match lane {
            Lane::Background => false,
            Lane::Network(None) => true,
            Lane::Network(Some(network)) => {
                let spent = network.widths().map(|(network, times)| self.work.spend(network, times, now));
                // Each of them is spent from, also where another is used up.
                spent.filter(Result::is_err).count() == 0
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    /// Nothing that holds the lock can panic halfway: jobs run without it.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut memory = Memory::default();
        loop {
            let mut queues = self.lock();
            let job = loop {
                if queues.closed {
                    return;
                }
                match queues.next() {
                    Some(job) => break job,
                    None => queues = self.work.wait(queues).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(queues);
            // One hash that cannot be made must not take a thread away from everybody.
            if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
                tracing::error!("a password job panicked");
                memory = Memory::default();
            }
        }
    }
}

impl Queues {
    fn lane(&mut self, lane: Lane, places: usize) -> &mut Waiting {
        self.lanes.entry(lane).or_insert_with(|| Waiting {
            jobs: VecDeque::new(),
            places: Arc::new(Semaphore::new(places)),
            within_budget: true,
        })
    }

    fn places(&mut self, lane: Lane, places: usize) -> Arc<Semaphore> {
        if self.lanes.len() > IDLE && !self.lanes.contains_key(&lane) {
            self.lanes.retain(|_, waiting| {
                // A caller between its place and its job holds the semaphore too.
                !waiting.jobs.is_empty() || Arc::strong_count(&waiting.places) > 1
            });
        }
        self.lane(lane, places).places.clone()
    }

    fn enter(&mut self, lane: Lane, job: Job, within_budget: bool) {
        let waiting = self.lane(lane, 1);
        waiting.within_budget = within_budget;
        waiting.jobs.push_back(job);
        if waiting.jobs.len() == 1 {
            self.take_turn(lane, within_budget);
        }
    }

    fn take_turn(&mut self, lane: Lane, within_budget: bool) {
        let turns = if within_budget { &mut self.first } else { &mut self.rest };
        turns.push_back(lane);
    }

    /// One job of the lane whose turn it is.
    fn next(&mut self) -> Option<Job> {
        let lane = self.first.pop_front().or_else(|| self.rest.pop_front())?;
        let waiting = self.lanes.get_mut(&lane)?;
        let job = waiting.jobs.pop_front();
        if !waiting.jobs.is_empty() {
            let within_budget = waiting.within_budget;
            self.take_turn(lane, within_budget);
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(text: &str) -> Lane {
        Lane::Network(Network::parse(text))
    }

    /// In which order jobs run, given who entered them and whether within the budget.
    fn order(entered: &[(&'static str, bool)]) -> Vec<&'static str> {
        let mut queues = Queues::default();
        let ran = Arc::new(Mutex::new(Vec::new()));
        for (who, within_budget) in entered {
            let (ran, who) = (ran.clone(), *who);
            let job: Job = Box::new(move |_| ran.lock().unwrap().push(who));
            queues.enter(lane(who), job, *within_budget);
        }
        while let Some(job) = queues.next() {
            job(&mut Memory::default());
        }
        let ran = ran.lock().unwrap();
        ran.clone()
    }

    const A: &str = "192.0.2.1";
    const B: &str = "192.0.2.2";
    const C: &str = "2001:db8::/64";

    #[test]
    fn networks_take_turns() {
        let entered = [(A, true), (A, true), (A, true), (B, true), (C, true), (B, true)];
        assert_eq!(order(&entered), [A, B, C, A, B, A]);
    }

    #[test]
    fn who_is_over_budget_gets_what_the_others_leave() {
        assert_eq!(order(&[(A, false), (A, false), (B, true), (B, true), (C, false)]), [B, B, A, C, A]);
    }

    #[test]
    fn a_large_network_has_one_budget_for_all_its_small_ones() {
        let pool = Pool::start(1, 4).unwrap();
        let within = |number: usize| pool.is_within_budget(lane(&format!("2001:db8:0:{number:x}::1")));
        // Each /64 asks once: four times the budget of one in each /56, and those that are refused count in the /48.
        let let_in = (0..2000).filter(|number| within(*number)).count();
        assert!((400..600).contains(&let_in), "{let_in}");
    }

    #[tokio::test]
    async fn a_job_that_panics_ends_no_thread() {
        let pool = Pool::start(1, 4).unwrap();
        let here = lane(A);
        for _ in 0..3 {
            assert_eq!(pool.run(here, |_| -> u32 { panic!("a job of the test") }).await, Err(Refused::Lost));
        }
        assert_eq!(pool.run(here, |_| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_full_queue_is_waited_for_and_holds_up_no_other_network() {
        let mut pool = Pool::start(2, 1).unwrap();
        pool.patience = Duration::from_millis(20);
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let busy = pool.run(lane(A), move |_| gate.recv().is_ok());
        let others = async {
            assert_eq!(pool.run(lane(A), |_| 0).await, Err(Refused::Busy));
            assert_eq!(pool.run(lane(B), |_| 1).await, Ok(1));
            go.send(()).unwrap();
        };
        let (busy, ()) = tokio::join!(busy, others);
        assert_eq!(busy, Ok(true));
        assert_eq!(pool.run(lane(A), |_| 2).await, Ok(2));
    }
}
