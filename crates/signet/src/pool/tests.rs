//! Whose turn it is at the password threads, and who waits for a place.

use std::task::{Context, Waker};

use super::*;

fn lane(text: &str) -> Lane {
    Lane::Network(Network::parse(text))
}

async fn run<T: Send + 'static>(
    pool: &Pool,
    lane: Lane,
    job: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> Result<T, Refused> {
    let place = pool.enter(lane, Cost::Usual).await?;
    pool.run(place, job).await
}

/// Queues without threads: a job leaves the name of who entered it.
#[derive(Default)]
struct Line {
    queues: Queues,
    ran: Arc<Mutex<Vec<&'static str>>>,
}

impl Line {
    fn enter(&mut self, who: &'static str, cost: Cost, within_budget: bool) {
        let ran = self.ran.clone();
        let hash = Box::new(move |_: &mut Memory| ran.lock().unwrap().push(who));
        self.queues.enter(lane(who), Job { cost, hash }, within_budget);
    }

    /// Who is next; until this one has ended others can be.
    fn begin(&mut self) -> Option<(&'static str, Cost)> {
        let Job { cost, hash } = self.queues.next()?;
        hash(&mut Memory::default());
        self.ran.lock().unwrap().last().map(|who| (*who, cost))
    }

    /// Who comes, one after the other.
    fn all(mut self) -> Vec<&'static str> {
        while let Some((_, cost)) = self.begin() {
            self.queues.ended(cost);
        }
        self.ran.lock().unwrap().clone()
    }
}

/// In which order jobs run, given who entered them and whether within the budget.
fn order(entered: &[(&'static str, bool)]) -> Vec<&'static str> {
    let mut line = Line::default();
    for (who, within_budget) in entered {
        line.enter(who, Cost::Usual, *within_budget);
    }
    line.all()
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
    let neighbours = ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.3.1"].map(|who| (who, true));
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
        assert_eq!(run(&pool, here, |_| -> u32 { panic!("a job of the test") }).await, Err(Refused::Lost));
    }
    assert_eq!(run(&pool, here, |_| 7).await, Ok(7));
}

#[tokio::test]
async fn a_large_network_has_no_more_places_than_its_share() {
    let mut pool = Pool::start(1, 1).unwrap();
    pool.patience = Duration::from_millis(20);
    let mut taken = Vec::new();
    for number in 0..16 {
        taken
            .push(pool.enter(lane(&format!("2001:db8:0:{:x}::1", number * 256)), Cost::Usual).await.unwrap());
    }
    // Each /56 has three more, and the /48 none.
    assert_eq!(run(&pool, lane("2001:db8:0:1::1"), |_| 1).await, Err(Refused::Busy(Cost::Usual)));
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
        assert_eq!(run(&pool, lane(A), |_| 0).await, Err(Refused::Busy(Cost::Usual)));
        assert_eq!(run(&pool, lane(B), |_| 1).await, Ok(1));
        go.send(()).unwrap();
    };
    let (busy, ()) = tokio::join!(busy, others);
    assert_eq!(busy, Ok(true));
    assert_eq!(run(&pool, lane(A), |_| 2).await, Ok(2));
}

/// Two that take much memory or time would hold both threads of a small machine.
#[test]
fn of_dear_hashes_one_is_made_at_a_time_and_others_pass() {
    let mut line = Line::default();
    line.enter(A, Cost::Dear, true);
    line.enter(B, Cost::Dear, true);
    line.enter(A, Cost::Usual, true);
    line.enter(C, Cost::Usual, false);
    assert_eq!(line.begin(), Some((A, Cost::Dear)));
    assert_eq!(line.begin(), Some((A, Cost::Usual)));
    assert_eq!(line.begin(), Some((C, Cost::Usual)));
    assert_eq!(line.begin(), None);
    line.queues.ended(Cost::Usual);
    assert_eq!(line.begin(), None, "what ended was not the dear one");
    line.queues.ended(Cost::Dear);
    assert_eq!(line.begin(), Some((B, Cost::Dear)));
}

#[test]
fn networks_take_turns_with_their_dear_hashes() {
    let mut line = Line::default();
    for _ in 0..10 {
        line.enter(A, Cost::Dear, true);
    }
    line.enter(B, Cost::Dear, true);
    assert_eq!(line.all()[..3], [A, B, A]);
}

/// Nobody's dear hash is passed over for ever because their network has others too.
#[test]
fn cheap_hashes_of_the_same_network_take_no_turn_from_a_dear_one() {
    let mut line = Line::default();
    for _ in 0..3 {
        line.enter(B, Cost::Dear, true);
    }
    assert_eq!(line.begin(), Some((B, Cost::Dear)));
    line.enter(A, Cost::Dear, true);
    for _ in 0..3 {
        line.enter(A, Cost::Usual, true);
        assert_eq!(line.begin(), Some((A, Cost::Usual)));
    }
    let mut dear = Vec::new();
    for _ in 0..2 {
        line.queues.ended(Cost::Dear);
        line.enter(A, Cost::Usual, true);
        dear.push(line.begin().unwrap());
        assert_eq!(line.begin(), Some((A, Cost::Usual)));
    }
    assert_eq!(dear, [(B, Cost::Dear), (A, Cost::Dear)]);
}

/// All of them have one turn among those of the networks, be there one thread only.
#[test]
fn dear_hashes_keep_nobody_waiting_for_more_than_one() {
    let mut line = Line::default();
    for who in [A, B, C, A, B, C] {
        line.enter(who, Cost::Dear, true);
    }
    for who in [B, C] {
        line.enter(who, Cost::Usual, true);
    }
    assert_eq!(line.all(), [A, B, C, B, C, A, B, C]);
}

#[tokio::test]
async fn a_dear_hash_ends_when_it_panics_and_when_nobody_waits_for_it() {
    let pool = Pool::start(2, 8).unwrap();
    let here = lane(A);
    let dear = async || pool.enter(here, Cost::Dear).await.unwrap();
    let lost = pool.run(dear().await, |_| -> u32 { panic!("a job of the test") }).await;
    assert_eq!(lost, Err(Refused::Lost));
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = oneshot::channel();
    let runs = pool.run(dear().await, move |_| (begun.send(()), gate.recv().is_ok()).1);
    let others = async {
        begins.await.unwrap();
        // Its caller goes while another dear one runs: neither that one ends by it, nor does it run.
        let (ran, runs) = std::sync::mpsc::channel::<()>();
        let mut gone = Box::pin(pool.run(dear().await, move |_| ran.send(()).is_ok()));
        assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(gone);
        let mut next = Box::pin(pool.run(dear().await, |_| 2));
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(run(&pool, here, |_| 1).await, Ok(1));
        assert!(pool.shared.lock().dear_runs);
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        go.send(()).unwrap();
        assert_eq!(next.await, Ok(2));
        assert!(runs.recv().is_err(), "nobody waited for it");
    };
    let (ran, ()) = tokio::join!(runs, others);
    assert_eq!(ran, Ok(true));
}

#[tokio::test]
async fn dear_hashes_leave_half_of_the_places_to_their_own_network() {
    let pool = Pool::start(1, 4).unwrap().with_patience(Duration::from_millis(20));
    let here = lane(A);
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(pool.enter(here, Cost::Dear).await.unwrap());
    }
    let refused = pool.enter(here, Cost::Dear).await.err();
    assert_eq!(refused, Some(Refused::Busy(Cost::Dear)));
    for _ in 0..2 {
        taken.push(pool.enter(here, Cost::Usual).await.unwrap());
    }
    assert_eq!(pool.enter(here, Cost::Usual).await.err(), Some(Refused::Busy(Cost::Usual)));
    assert!(pool.enter(lane(B), Cost::Dear).await.is_ok());
    taken.clear();
    assert!(pool.enter(here, Cost::Dear).await.is_ok());
}

#[tokio::test]
async fn whose_turn_comes_too_late_is_refused_and_never_hashed() {
    let pool = Pool::start(1, 4).unwrap().with_longest(Duration::from_millis(20));
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = oneshot::channel();
    let place = pool.enter(lane(A), Cost::Usual).await.unwrap();
    // What has begun goes on to its end, however long it takes.
    let runs = pool.run(place, move |_| (begun.send(()), gate.recv().is_ok()).1);
    let others = async {
        begins.await.unwrap();
        let (ran, runs) = std::sync::mpsc::channel::<()>();
        let place = pool.enter(lane(B), Cost::Dear).await.unwrap();
        let late = pool.run(place, move |_| ran.send(()).is_ok()).await;
        assert_eq!(late, Err(Refused::Late(Cost::Dear)));
        go.send(()).unwrap();
        assert_eq!(run(&pool, lane(B), |_| 1).await, Ok(1));
        assert!(runs.recv().is_err());
    };
    let (ran, ()) = tokio::join!(runs, others);
    assert_eq!(ran, Ok(true));
}

/// Who waits longest still gets a page, be their hash one of the dearest.
#[test]
fn a_turn_is_waited_for_until_well_before_the_server_ends_the_request() {
    let limits = crate::serve::Limits::default();
    let longest = Pool::start(1, 1).unwrap().longest;
    assert!(limits.body_timeout + longest + Duration::from_secs(5) <= limits.request_timeout);
}
