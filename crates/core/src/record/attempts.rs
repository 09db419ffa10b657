//! How full the buckets are that bound the tries of strangers, kept in the store so that every node counts
//! the same.
//!
//! A bucket leaks: its level is the time that it takes to run empty. So a row is a level and the instant at
//! which it was that high, and nothing has to be written for it to fall.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// So far may the clocks of nodes differ, in seconds.
const SKEW: u64 = 60;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// What is counted: a kind and a name, such as `network:192.0.2.7`.
    pub key: String,
    /// Milliseconds until it is empty, from `at` on.
    pub level: u64,
    /// When it was so full.
    pub at: Timestamp,
    /// When it is empty: from then on the row means nothing any more.
    pub expires_at: Timestamp,
}

/// What is done to a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tally {
    /// Fills it by `cost`: only if it then is no fuller than `limit`.
    Spend(Fill),
    /// Fills it by `cost`, but no higher than `limit`.
    Charge(Fill),
    /// Lowers it.
    Refund {
        /// Which.
        key: String,
        /// By so many milliseconds.
        amount: u64,
        /// When.
        at: Timestamp,
    },
    /// Empties it.
    Clear {
        /// Which.
        key: String,
    },
}

/// How a bucket is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Which.
    pub key: String,
    /// Milliseconds.
    pub cost: u64,
    /// Milliseconds.
    pub limit: u64,
    /// When.
    pub at: Timestamp,
}

/// A bucket would be fuller than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Attempts {
    /// The level at an instant. A row from the future was written before the clock went back: it must keep
    /// nobody waiting for that long.
    pub fn level_at(&self, now: Timestamp) -> u64 {
        if self.at.since(now) > SKEW {
            return 0;
        }
        self.level.saturating_sub(now.since(self.at).saturating_mul(1000))
    }

    fn of(key: &str, level: u64, at: Timestamp) -> Option<Self> {
        let expires_at = at.plus(level.div_ceil(1000));
        (level > 0).then(|| Self { key: key.to_owned(), level, at, expires_at })
    }
}

impl Tally {
    /// Which bucket.
    pub fn key(&self) -> &str {
        match self {
            Tally::Spend(fill) | Tally::Charge(fill) => &fill.key,
            Tally::Refund { key, .. } | Tally::Clear { key } => key,
        }
    }

    /// What takes the place of the stored row: none where the bucket is empty.
    pub fn on(&self, stored: Option<&Attempts>) -> Result<Option<Attempts>, Full> {
        // A request that waited is written after a later one: what has leaked until then does not leak twice.
        let latest =
            |at: Timestamp| stored.filter(|row| row.at.since(at) <= SKEW).map_or(at, |row| at.max(row.at));
        let level = |at| stored.map_or(0, |row| row.level_at(at));
        match self {
            Tally::Spend(Fill { key, cost, limit, at }) => {
                let at = latest(*at);
                let level = level(at).saturating_add(*cost);
                if level > *limit { Err(Full) } else { Ok(Attempts::of(key, level, at)) }
            }
            Tally::Charge(Fill { key, cost, limit, at }) => {
                let at = latest(*at);
                let level = level(at);
                Ok(Attempts::of(key, level.saturating_add(*cost).min(level.max(*limit)), at))
            }
            Tally::Refund { key, amount, at } => {
                let at = latest(*at);
                Ok(Attempts::of(key, level(at).saturating_sub(*amount), at))
            }
            Tally::Clear { .. } => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(cost: u64, limit: u64, at: u64) -> Fill {
        Fill { key: "a".to_owned(), cost, limit, at: Timestamp(at) }
    }

    fn row(level: u64, at: u64) -> Attempts {
        Attempts {
            key: "a".to_owned(),
            level,
            at: Timestamp(at),
            expires_at: Timestamp(at + level.div_ceil(1000)),
        }
    }

    #[test]
    fn a_bucket_leaks_and_is_never_filled_over_its_limit() {
        let first = Tally::Spend(fill(2000, 5000, 100)).on(None).unwrap().unwrap();
        assert_eq!(first, row(2000, 100));
        assert_eq!(Tally::Spend(fill(2000, 5000, 101)).on(Some(&first)), Ok(Some(row(3000, 101))));
        assert_eq!(Tally::Spend(fill(2000, 5000, 101)).on(Some(&row(3001, 101))), Err(Full));
        assert_eq!(Tally::Spend(fill(2000, 5000, 102)).on(Some(&row(3001, 101))), Ok(Some(row(4001, 102))));
        assert_eq!(Tally::Charge(fill(2000, 5000, 101)).on(Some(&row(4000, 101))), Ok(Some(row(5000, 101))));
        // A limit that was higher once takes nothing away.
        assert_eq!(Tally::Charge(fill(2000, 5000, 101)).on(Some(&row(9000, 101))), Ok(Some(row(9000, 101))));
        let refund = |amount| Tally::Refund { key: "a".to_owned(), amount, at: Timestamp(101) };
        assert_eq!(refund(1000).on(Some(&row(3000, 101))), Ok(Some(row(2000, 101))));
        assert_eq!(refund(9000).on(Some(&row(3000, 101))), Ok(None));
        assert_eq!(refund(1).on(None), Ok(None));
        assert_eq!(Tally::Clear { key: "a".to_owned() }.on(Some(&row(3000, 101))), Ok(None));
    }

    #[test]
    fn a_request_that_waited_lets_nothing_leak_twice() {
        let late = row(4000, 110);
        assert_eq!(Tally::Spend(fill(1000, 5000, 100)).on(Some(&late)), Ok(Some(row(5000, 110))));
        assert_eq!(Tally::Charge(fill(1000, 9000, 100)).on(Some(&late)), Ok(Some(row(5000, 110))));
        let refund = Tally::Refund { key: "a".to_owned(), amount: 1000, at: Timestamp(100) };
        assert_eq!(refund.on(Some(&late)), Ok(Some(row(3000, 110))));
        // A clock that went back by more is believed.
        assert_eq!(Tally::Spend(fill(1000, 5000, 100)).on(Some(&row(4000, 9000))), Ok(Some(row(1000, 100))));
    }

    #[test]
    fn a_clock_that_steps_back_keeps_nobody_waiting() {
        let full = row(900_000, 20_000);
        assert_eq!(full.level_at(Timestamp(20_000 - 3 * 3600)), 0);
        assert_eq!(full.level_at(Timestamp(20_000 - 60)), 900_000);
        assert_eq!(full.level_at(Timestamp(20_060)), 840_000);
        assert_eq!(full.level_at(Timestamp(u64::MAX)), 0);
    }
}
