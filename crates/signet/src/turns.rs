//! NIST SP 800-63B §3.2.2: verifications of one account's password from one network run nearly one at a time,
//! and no network has more in progress than it has attempts.
//!
//! A look is counted before it is taken and given back if it was right. Sign-ins at the same instant would
//! use up the budget of their account or network between them although all are right; so they wait for each
//! other here, in this process. Who waits has a place in the queue of their network already, and waits for
//! those of the same account or network only. Those whose hashes take much wait longer, and leave half of the
//! turns of their network to the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many looks at one account pass at a time.
const OF_AN_ACCOUNT: u32 = 2;
/// How many of one small network.
const OF_A_NETWORK: u32 = 16;
/// How many wait at one gate; more are asked to come again.
const WAITING: usize = 32;
const PATIENCE: Duration = Duration::from_secs(5);
/// So many times longer waits who has a hash that takes much: those before them take their time too.
const DEAR: u32 = 6;
/// Gates that are remembered although nobody is at them.
const IDLE: usize = 1024;

/// Of what a turn is taken: a hash of its name, how many pass at a time, how many wait, and how many times as
/// long as usual.
pub(crate) struct Gate {
    key: [u8; 32],
    abreast: usize,
    waiting: usize,
    times: u32,
}

impl Gate {
    /// That of an account, of whose tries half are left for those who type a wrong password.
    pub(crate) fn of_account(key: [u8; 32], tries: u32) -> Self {
        let abreast = OF_AN_ACCOUNT.min(tries / 2).max(1);
        Self { key, abreast: usize::try_from(abreast).unwrap_or(1), waiting: WAITING, times: 1 }
    }

    /// That of a network, which has so many times the tries of a small one. Those who wait have a place in
    /// its queue, which has an end.
    pub(crate) fn of_network(key: [u8; 32], tries: u32, times: u64) -> Self {
        let abreast = u64::from(OF_A_NETWORK.min(tries / 2).max(1)).saturating_mul(times);
        let abreast = usize::try_from(abreast).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        Self { key, abreast, waiting: usize::MAX, times: 1 }
    }

    /// That of a network before its own one, for those whose hashes take much.
    pub(crate) fn of_dear(key: [u8; 32], tries: u32, times: u64) -> Self {
        let of_all = Self::of_network(key, tries, times);
        Self { abreast: (of_all.abreast / 2).max(1), times: DEAR, ..of_all }
    }
}

/// The gates that somebody is at.
pub(crate) struct Turns {
    gates: Mutex<Gates>,
    patience: Duration,
}

#[derive(Default)]
struct Gates {
    by_key: BTreeMap<[u8; 32], Weak<Semaphore>>,
    /// Look for those that nobody is at when there are more than this.
    tidy: usize,
}

/// A turn; it ends when this is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Turns {
    pub(crate) fn new() -> Self {
        Self { gates: Mutex::default(), patience: PATIENCE }
    }

    /// Waits for a turn at each of these, in this order, which is the same for everybody. None where too many
    /// wait, or for too long.
    pub(crate) async fn take(&self, gates: impl IntoIterator<Item = Gate>) -> Option<Vec<Turn>> {
        let mut turns = Vec::new();
        for Gate { key, abreast, waiting, times } in gates {
            let gate = self.at(key, abreast);
            // All who have a turn or wait for one hold it, and so do we.
            if Arc::strong_count(&gate).saturating_sub(1) >= abreast.saturating_add(waiting) {
                return None;
            }
            let patience = self.patience.saturating_mul(times);
            turns.push(tokio::time::timeout(patience, gate.acquire_owned()).await.ok()?.ok()?);
        }
        Some(turns)
    }

    fn at(&self, key: [u8; 32], abreast: usize) -> Arc<Semaphore> {
        // Nothing that holds the lock can panic halfway.
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.by_key.get(&key).and_then(Weak::upgrade) {
            return gate;
        }
        if gates.by_key.len() > gates.tidy.max(IDLE) {
            gates.by_key.retain(|_, gate| gate.strong_count() > 0);
            gates.tidy = gates.by_key.len().saturating_mul(2);
        }
        let gate = Arc::new(Semaphore::new(abreast));
        gates.by_key.insert(key, Arc::downgrade(&gate));
        gate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(number: u16) -> Gate {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        Gate::of_account(key, 5)
    }

    fn impatient() -> Turns {
        Turns { patience: Duration::from_millis(20), ..Turns::new() }
    }

    #[tokio::test]
    async fn no_account_waits_for_another() {
        let turns = impatient();
        let mut taken = Vec::new();
        for number in 0..5000 {
            for _ in 0..2 {
                taken.push(turns.take([gate(number)]).await.unwrap());
            }
        }
        assert!(turns.take([gate(7)]).await.is_none());
        taken.truncate(7 * 2);
        assert!(turns.take([gate(7)]).await.is_some());
        drop(taken);
        for number in 5000..20_000 {
            drop(turns.take([gate(number)]).await.unwrap());
        }
        let kept = turns.gates.lock().unwrap().by_key.len();
        assert!(kept <= IDLE + 1, "{kept}");
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let turns = Turns::new();
        let first = turns.take([gate(1)]).await.unwrap();
        let second = turns.take([gate(1)]).await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(turns.take([gate(1)]))).collect();
        for one in &mut waiting {
            assert!(asked_once(one).await.is_none());
        }
        let refused = asked_once(&mut Box::pin(turns.take([gate(1)]))).await;
        assert!(refused.is_some_and(|turn| turn.is_none()), "there is no room to wait");
        drop(first);
        drop(second);
        for one in waiting {
            assert!(one.await.is_some());
        }
    }

    /// What it comes to when it is asked once.
    async fn asked_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
                std::task::Poll::Ready(value) => Some(value),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn dear_hashes_leave_half_of_the_turns_to_their_own_network() {
        let turns = impatient();
        let usual = || Gate::of_network([1; 32], 50, 1);
        let dear = || [Gate::of_dear([2; 32], 50, 1), usual()];
        let mut taken = Vec::new();
        for _ in 0..8 {
            taken.push(turns.take(dear()).await.unwrap());
        }
        let mut ninth = Box::pin(turns.take(dear()));
        assert!(asked_once(&mut ninth).await.is_none());
        for _ in 0..8 {
            taken.push(turns.take([usual()]).await.unwrap());
        }
        assert!(turns.take([usual()]).await.is_none());
        taken.clear();
        assert!(ninth.await.is_some());
    }

    #[test]
    fn fewer_pass_at_a_time_than_there_are_tries() {
        let abreast =
            |tries| (Gate::of_account([0; 32], tries).abreast, Gate::of_network([0; 32], tries, 1).abreast);
        assert_eq!([1, 2, 5, 50].map(abreast), [(1, 1), (1, 1), (2, 2), (2, 16)]);
        assert_eq!(Gate::of_network([0; 32], 50, 16).abreast, 256);
    }
}
