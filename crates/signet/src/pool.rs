//! OWASP Password Storage: a fixed number of threads hashes passwords, off the async ones, and shares them
//! fairly.
//!
//! Each hash needs 19 MiB and 14 ms. Without a bound a burst of sign-ins would take all memory; with one
//! queue for all, one network could keep everybody else out, be it with its own right password. So networks
//! take turns: the large ones, in each of them the smaller ones, and in the smallest the sign-ins as they
//! came. Who has a whole IPv6 /48 or IPv4 /24 has one turn among others by that. A network that asks for more
//! than its budget gets what the others leave. Where its queue is full, a sign-in waits a while for a place
//! in it.
//!
//! Of the hashes that take much more memory or time one is made at a time: were all threads at them,
//! everybody else would wait for seconds. Those of all networks wait in a queue of their own, in which
//! networks take turns as well, and which has one turn as a large network has. While one of them is made, it
//! is passed over. Who waits too long for any is refused while there is time left to say so.

mod queue;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use signet_login::network::Network;
use signet_login::password::Memory;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use self::queue::Queue;
use crate::rates::Rates;

/// How long a sign-in waits for a place in the queue of its network.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits in all until its hash is begun. The server ends a request after 30 seconds, of which its
/// body may take ten: who waits longer would get no page.
pub(crate) const LONGEST: Duration = Duration::from_secs(15);
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

/// What a hash takes of memory and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    /// About as much as a new one.
    Usual,
    /// Much more.
    Dear,
}

/// Those who take turns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// All whose hashes are dear.
    Dear,
    Of(Lane),
}

/// A hash to be made.
struct Job {
    cost: Cost,
    hash: Box<dyn FnOnce(&mut Memory) + Send>,
}

/// The threads; they end when the pool is dropped.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    /// Places in the queue of one network.
    places: usize,
    patience: Duration,
    longest: Duration,
    work: Rates<Network>,
    began: Instant,
}

/// A place in the queue of a lane.
pub(crate) struct Place {
    lane: Lane,
    cost: Cost,
    places: Vec<OwnedSemaphorePermit>,
    until: Instant,
    look: Look,
}

impl Place {
    /// When its hash must have begun.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// Whether its hash begins.
    pub(crate) fn look(&self) -> Look {
        self.look.clone()
    }
}

/// A hash either begins or is given up.
#[derive(Clone, Default)]
pub(crate) struct Look(Arc<AtomicU8>);

impl Look {
    const BEGUN: u8 = 1;
    const GIVEN_UP: u8 = 2;

    pub(crate) fn begin(&self) -> bool {
        self.becomes(Self::BEGUN)
    }

    /// Whether it has not begun; it never will.
    pub(crate) fn give_up(&self) -> bool {
        self.becomes(Self::GIVEN_UP)
    }

    fn becomes(&self, state: u8) -> bool {
        let now = self.0.compare_exchange(0, state, Ordering::AcqRel, Ordering::Acquire);
        now.map_or_else(|now| now == state, |_| true)
    }
}

/// Why a job did not run to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The queue of the network, or the part of it for such hashes, stayed full.
    Busy(Cost),
    /// Its turn did not come in time.
    Late(Cost),
    /// It panicked.
    Lost,
}

impl Refused {
    /// For the log; none where it is our fault.
    pub(crate) fn words(&self) -> Option<&'static str> {
        match self {
            Self::Busy(Cost::Usual) => Some("the password queue of this network is full"),
            Self::Busy(Cost::Dear) => {
                Some("the password queue of this network is full of hashes that cost much to verify")
            }
            Self::Late(Cost::Usual) => Some("the password threads are busy: its turn did not come in time"),
            Self::Late(Cost::Dear) => {
                Some("hashes that cost much to verify take turns, and that of this one did not come in time")
            }
            Self::Lost => None,
        }
    }
}

struct Shared {
    queues: Mutex<Queues>,
    work: Condvar,
}

#[derive(Default)]
struct Queues {
    /// Those within their budget, and the others.
    first: Queue<Group, Job>,
    rest: Queue<Group, Job>,
    /// From when a dear hash is handed out until it has ended.
    dear_runs: bool,
    places: BTreeMap<(Lane, Cost), Arc<Semaphore>>,
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
        Ok(Self { shared, places: places.max(1), patience: PATIENCE, longest: LONGEST, work, began })
    }

    /// For tests: each job is lost.
    #[cfg(test)]
    pub(crate) fn losing() -> Self {
        let shared = Arc::new(Shared { queues: Mutex::default(), work: Condvar::new() });
        let thread = shared.clone();
        std::thread::spawn(move || {
            while !thread.lock().closed {
                let lost = thread.lock().next();
                if let Some(job) = lost {
                    thread.lock().ended(job.cost);
                }
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

    /// For tests, which do not wait for their turn either.
    #[cfg(test)]
    pub(crate) fn with_longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Waits for a place in the lane's queue. Who has one may take their time: nothing is counted or hashed
    /// for those who find none.
    pub(crate) async fn enter(&self, lane: Lane, cost: Cost) -> Result<Place, Refused> {
        let until = Instant::now() + self.longest;
        let places = tokio::time::timeout(self.patience, self.places(lane, cost)).await.ok().flatten();
        let place = |places| Place { lane, cost, places, until, look: Look::default() };
        places.map(place).ok_or(Refused::Busy(cost))
    }

    /// Runs a job when it is its turn. When its caller has gone by then, it is skipped; so it is when its
    /// turn comes too late.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        place: Place,
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let Place { lane, cost, places, until, look } = place;
        let (sender, mut receiver) = oneshot::channel();
        let begins = look.clone();
        let hash = Box::new(move |memory: &mut Memory| {
            // Kept until here, so that callers who come and go do not fill a queue without end.
            let _places = places;
            if !sender.is_closed() && begins.begin() {
                // The caller may have gone in the meantime: nobody is left to tell.
                let _gone = sender.send(job(memory));
            }
        });
        self.shared.lock().enter(lane, Job { cost, hash }, self.is_within_budget(lane));
        self.shared.work.notify_one();
        let ran = match tokio::time::timeout_at(until.into(), &mut receiver).await {
            Ok(ran) => ran,
            Err(_) if look.give_up() => return Err(Refused::Late(cost)),
            Err(_) => receiver.await,
        };
        ran.map_err(|_| Refused::Lost)
    }

    /// A place in the lane's queue, and in those around it: the small one first, so that it has no more of a
    /// large one than it can use. Dear hashes have half of the places, so that those who wait long for them
    /// leave some to the others of their network.
    async fn places(&self, lane: Lane, cost: Cost) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut taken = Vec::new();
        for (lane, times) in lane.nested() {
            let most = self.places.saturating_mul(usize::try_from(times).unwrap_or(usize::MAX));
            let most = most.min(Semaphore::MAX_PERMITS);
            let of_dear = (cost == Cost::Dear).then_some((Cost::Dear, (most / 2).max(1)));
            for (cost, most) in of_dear.into_iter().chain([(Cost::Usual, most)]) {
                let places = self.shared.lock().places((lane, cost), most);
                taken.push(places.acquire_owned().await.ok()?);
            }
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
            let Job { cost, hash } = job;
            // One hash that cannot be made must not take a thread away from everybody.
            if catch_unwind(AssertUnwindSafe(|| hash(&mut memory))).is_err() {
                tracing::error!("a password job panicked");
                memory = Memory::default();
            }
            // This thread looks for the next one: nobody else has to wake up for it.
            self.lock().ended(cost);
        }
    }
}

impl Queues {
    fn places(&mut self, of: (Lane, Cost), most: usize) -> Arc<Semaphore> {
        if self.places.len() > self.tidy.max(IDLE) && !self.places.contains_key(&of) {
            // Who has a place, or waits for one, holds the semaphore too.
            self.places.retain(|_, places| Arc::strong_count(places) > 1);
            self.tidy = self.places.len().saturating_mul(2);
        }
        self.places.entry(of).or_insert_with(|| Arc::new(Semaphore::new(most))).clone()
    }

    fn enter(&mut self, lane: Lane, job: Job, within_budget: bool) {
        let nested: Vec<Lane> = lane.nested().into_iter().map(|(lane, _)| lane).rev().collect();
        let dear = (job.cost == Cost::Dear).then_some(Group::Dear);
        let way: Vec<Group> = dear.into_iter().chain(nested.into_iter().map(Group::Of)).collect();
        let queue = if within_budget { &mut self.first } else { &mut self.rest };
        queue.enter(&way, job);
    }

    /// The job whose turn it is. When it has run, it has to be reported as ended.
    fn next(&mut self) -> Option<Job> {
        let but = self.dear_runs.then_some(Group::Dear);
        let job = self.first.next(but).or_else(|| self.rest.next(but))?;
        self.dear_runs |= job.cost == Cost::Dear;
        Some(job)
    }

    fn ended(&mut self, cost: Cost) {
        if cost == Cost::Dear {
            self.dear_runs = false;
        }
    }
}

#[cfg(test)]
mod tests;
