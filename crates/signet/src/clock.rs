//! The one file that reads the operating system's clock and randomness; everything else gets them as
//! parameters.

use std::sync::atomic::{AtomicI64, Ordering};

use signet_core::env::Rng;
use signet_core::time::Timestamp;

/// Where instants come from.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;

    /// The instant in seconds.
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms() / 1000)
    }
}

/// The operating system's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the place where the clock is read")]
    fn now_ms(&self) -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    #[expect(clippy::panic, reason = "without randomness no secret may be made; the process must not go on")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}

/// Growing ids: milliseconds above, then a counter, then ten bits that differ between nodes.
pub struct Ids {
    node: i64,
    last: AtomicI64,
}

const NODE_BITS: u32 = 10;
const STEP: i64 = 1 << NODE_BITS;
const MILLISECOND_BITS: u32 = 20;

impl Ids {
    /// Ids of a node; its number is drawn by chance, and a clash shows as a conflict that is tried again.
    pub fn new(rng: &dyn Rng) -> Self {
        let mut node = [0; 2];
        rng.fill(&mut node);
        Self { node: i64::from(u16::from_be_bytes(node)) % STEP, last: AtomicI64::new(0) }
    }

    /// One that is made at this instant, in milliseconds; greater than every earlier one of this node.
    pub fn at(&self, now_ms: u64) -> i64 {
        let now = i64::try_from(now_ms << MILLISECOND_BITS).unwrap_or(i64::MAX) | self.node;
        let grow = |last: i64| Some(now.max(last + STEP));
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grow).unwrap_or_default();
        now.max(before + STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_stands_still() {
        let ids = Ids::new(&SystemRng);
        let drawn: Vec<i64> = (0..5000).map(|_| ids.at(1_795_000_000_000)).collect();
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(drawn.iter().all(|id| id % STEP == ids.node && *id > 0));
    }
}
