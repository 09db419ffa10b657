//! OWASP Password Storage: a fixed number of threads hashes passwords, off the async ones, and shares them
//! fairly.
//!
//! Each hash needs 19 MiB and 14 ms. Without a bound a burst of sign-ins would take all memory; with one
//! queue for all, one network could keep everybody else out, be it with its own right password. So networks
//! take turns: the large ones, in each of them the smaller ones, and in the smallest the sign-ins as they
//! came. Who has a whole IPv6 /48 or IPv4 /24 has one turn among others by that. A network that asks for more
//! than its budget gets what the others leave. Where its queue is full, a sign-in waits a while for a place
//! in it.

mod queue;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use signet_login::network::Network;
use signet_login::password::Memory;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use self::queue::Queue;
use crate::rates::Rates;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// How long a sign-in waits for a place in the queue of its network.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many times longer waits who has a hash that takes much: those before them take their time too.
const DEAR: u32 = 6;
/// Hashes that a network may ask for at once before others go first, and the milliseconds until one more.
const BURST: u64 = 40;
const REFILL: u64 = 500;
/// Lanes whose places are kept although none is taken.
const IDLE: usize = 1024;

/// For whom a password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// Somebody waits for the answer: in a network, where that is known.
    Network(Option<Network>),
    /// Nobody waits for it.
    Background,
}

impl Lane {
    /// It and those around it, from small to large, each with how many times as many places it has.
    fn nested(self) -> Vec<(Self, u64)> {
        match self {
            Lane::Network(Some(network)) => {
                network.nested().map(|(network, times)| (Lane::Network(Some(network)), times)).collect()
            }
            Lane::Network(None) | Lane::Background => vec![(self, 1)],
        }
    }
}

/// The threads; they end when the pool is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    /// Places in the queue of one network.
    places: usize,
    patience: Duration,
    /// One hash that takes much is made at a time.
    dear: Arc<Semaphore>,
    work: Rates<Network>,
    began: Instant,
}

/// A place in the queue of a lane.
pub(crate) struct Place {
    lane: Lane,
    places: Vec<OwnedSemaphorePermit>,
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
    /// Those within their budget, and the others.
    first: Queue<Lane, Job>,
    rest: Queue<Lane, Job>,
    places: BTreeMap<Lane, Arc<Semaphore>>,
    /// Look for places that nobody has when there are more lanes than this.
    tidy: usize,
    closed: bool,
}

impl Pool {
    /// Starts the threads; `places` is how many jobs of one network may wait.
    pub(crate) fn start(threads: usize, places: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { queues: Mutex::default(), work: Condvar::new() });
        for number in 0..threads.max(1) {
            let shared = shared.clone();
            std::thread::Builder::new().name(format!("password-{number}")).spawn(move || shared.serve())?;
        }
        let (work, began) = (Rates::new(BURST, REFILL), Instant::now());
        Ok(Self {
            shared,
            places: places.max(1),
            patience: PATIENCE,
            dear: Arc::new(Semaphore::new(1)),
            work,
            began,
        })
    }

    /// For tests: each job is lost.
    #[cfg(test)]
    pub(crate) fn losing() -> Self {
        let shared = Arc::new(Shared { queues: Mutex::default(), work: Condvar::new() });
        let thread = shared.clone();
        std::thread::spawn(move || {
            while !thread.lock().closed {
                drop(thread.lock().next());
                std::thread::yield_now();
            }
        });
        let mut pool = Self::start(1, 1).unwrap();
        let usual = std::mem::replace(&mut pool.shared, shared);
        usual.lock().closed = true;
        usual.work.notify_all();
        pool
    }

    /// For tests, which do not wait.
    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits for a place in the lane's queue. Who has one may take their time: nothing is counted or hashed
    /// for those who find none.
    pub(crate) async fn enter(&self, lane: Lane) -> Result<Place, Refused> {
        let places = tokio::time::timeout(self.patience, self.places(lane)).await.ok().flatten();
        places.map(|places| Place { lane, places }).ok_or(Refused::Busy)
    }

    /// Waits until no other hash is made that takes much memory or time. Those of another system may; were
    /// all threads at them, everybody else would wait for seconds. Who holds the permit is alone until the
    /// job ends.
    pub(crate) async fn alone(&self) -> Result<OwnedSemaphorePermit, Refused> {
        let waits =
            tokio::time::timeout(self.patience.saturating_mul(DEAR), self.dear.clone().acquire_owned());
        waits.await.ok().and_then(Result::ok).ok_or(Refused::Busy)
    }

    /// Runs a job when it is its turn. When its caller has gone by then, it is skipped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        place: Place,
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let Place { lane, places } = place;
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            // Kept until here, so that callers who come and go do not fill a queue without end.
            let _places = places;
            if !sender.is_closed() {
                // The caller may have gone in the meantime: nobody is left to tell.
                let _gone = sender.send(job(memory));
            }
        });
        self.shared.lock().enter(lane, job, self.is_within_budget(lane));
        self.shared.work.notify_one();
        receiver.await.map_err(|_| Refused::Lost)
    }

    /// A place in the lane's queue, and in those around it: the small one first, so that it has no more of a
    /// large one than it can use.
    async fn places(&self, lane: Lane) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut taken = Vec::new();
        for (lane, times) in lane.nested() {
            let most = self.places.saturating_mul(usize::try_from(times).unwrap_or(usize::MAX));
            let places = self.shared.lock().places(lane, most.min(Semaphore::MAX_PERMITS));
            taken.push(places.acquire_owned().await.ok()?);
        }
        Some(taken)
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
    fn places(&mut self, lane: Lane, most: usize) -> Arc<Semaphore> {
        if self.places.len() > self.tidy.max(IDLE) && !self.places.contains_key(&lane) {
            // Who has a place, or waits for one, holds the semaphore too.
            self.places.retain(|_, places| Arc::strong_count(places) > 1);
            self.tidy = self.places.len().saturating_mul(2);
        }
        self.places.entry(lane).or_insert_with(|| Arc::new(Semaphore::new(most))).clone()
    }

    fn enter(&mut self, lane: Lane, job: Job, within_budget: bool) {
        let way: Vec<Lane> = lane.nested().into_iter().map(|(lane, _)| lane).rev().collect();
        let queue = if within_budget { &mut self.first } else { &mut self.rest };
        queue.enter(&way, job);
    }

    /// The job whose turn it is.
    fn next(&mut self) -> Option<Job> {
        self.first.next().or_else(|| self.rest.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(text: &str) -> Lane {
        Lane::Network(Network::parse(text))
    }

    async fn run<T: Send + 'static>(
        pool: &Pool,
        lane: Lane,
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let place = pool.enter(lane).await?;
        pool.run(place, job).await
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
    const B: &str = "198.51.100.2";
    const C: &str = "2001:db8::/64";

    #[test]
    fn networks_take_turns() {
        let entered = [(A, true), (A, true), (A, true), (B, true), (C, true), (B, true)];
        assert_eq!(order(&entered), [A, B, C, A, B, A]);
    }

    #[test]
    fn who_has_a_large_network_has_one_turn_by_it() {
        let sites = ["2001:db8:0:1::/64", "2001:db8:0:2::/64", "2001:db8:0:3::/64", "2001:db8:0:100::/64"];
        let [one, two, three, apart] = sites;
        let entered = [one, two, three, apart, one, A, B].map(|who| (who, true));
        // The /48 has every third turn; in it the /56 that has one network as many as the other, and in that
        // each network its own.
        assert_eq!(order(&entered), [one, A, B, apart, two, three, one]);
        let neighbours =
            ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.3.1"].map(|who| (who, true));
        assert_eq!(order(&neighbours), ["192.0.2.1", "192.0.3.1", "192.0.2.2", "192.0.2.3", "192.0.2.1"]);
    }

    #[test]
    fn who_is_over_budget_gets_what_the_others_leave() {
        assert_eq!(order(&[(A, false), (A, false), (B, true), (B, true), (C, false)]), [B, B, A, C, A]);
    }

    #[test]
    fn a_large_network_has_one_budget_for_all_its_small_ones() {
        let pool = Pool::start(1, 4).unwrap();
        let within = |number: usize| pool.is_within_budget(lane(&format!("2001:db8:0:{number:x}::1")));
        // Each /64 asks once: four times the budget of one in each /56, and those that are refused count in
        // the /48.
        let let_in = (0..2000).filter(|number| within(*number)).count();
        assert!((400..600).contains(&let_in), "{let_in}");
    }

    #[tokio::test]
    async fn a_job_that_panics_ends_no_thread() {
        let pool = Pool::start(1, 4).unwrap();
        let here = lane(A);
        for _ in 0..3 {
            assert_eq!(
                run(&pool, here, |_| -> u32 { panic!("a job of the test") }).await,
                Err(Refused::Lost)
            );
        }
        assert_eq!(run(&pool, here, |_| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_large_network_has_no_more_places_than_its_share() {
        let mut pool = Pool::start(1, 1).unwrap();
        pool.patience = Duration::from_millis(20);
        let mut taken = Vec::new();
        for number in 0..16 {
            taken.push(pool.places(lane(&format!("2001:db8:0:{:x}::1", number * 256))).await.unwrap());
        }
        // Each /56 has three more, and the /48 none.
        assert_eq!(run(&pool, lane("2001:db8:0:1::1"), |_| 1).await, Err(Refused::Busy));
        assert_eq!(run(&pool, lane("2001:db8:1:1::1"), |_| 1).await, Ok(1));
        drop(taken);
        assert_eq!(run(&pool, lane("2001:db8:0:1::1"), |_| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn a_full_queue_is_waited_for_and_holds_up_no_other_network() {
        let mut pool = Pool::start(2, 1).unwrap();
        pool.patience = Duration::from_millis(20);
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let busy = run(&pool, lane(A), move |_| gate.recv().is_ok());
        let others = async {
            assert_eq!(run(&pool, lane(A), |_| 0).await, Err(Refused::Busy));
            assert_eq!(run(&pool, lane(B), |_| 1).await, Ok(1));
            go.send(()).unwrap();
        };
        let (busy, ()) = tokio::join!(busy, others);
        assert_eq!(busy, Ok(true));
        assert_eq!(run(&pool, lane(A), |_| 2).await, Ok(2));
    }
}
