//! While nothing can be stored every request fails alike: the log says it at once, and then once a minute
//! with a count.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const PACE: Duration = Duration::from_secs(60);

/// Failures of the same kind, from the first to the last.
#[derive(Default)]
pub(super) struct Outage(Mutex<Option<Period>>);

struct Period {
    said: Instant,
    unsaid: u64,
}

impl Outage {
    /// Notes a failure. How many came since the last line, where it is time for another; nothing where it is
    /// not.
    pub(super) fn note(&self, now: Instant) -> Option<u64> {
        let mut period = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match period.as_mut() {
            Some(open) if now.saturating_duration_since(open.said) < PACE => {
                open.unsaid += 1;
                None
            }
            _ => {
                let unsaid = period.take().map_or(0, |period| period.unsaid);
                *period = Some(Period { said: now, unsaid: 0 });
                Some(unsaid)
            }
        }
    }
}

impl Outage {
    /// Notes that it is over, so that the next failure is said at once; whether there was one.
    pub(super) fn end(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_said_and_then_one_a_minute_with_a_count() {
        let (outage, start) = (Outage::default(), Instant::now());
        let at = |seconds| outage.note(start + Duration::from_secs(seconds));
        assert_eq!((at(0), at(1), at(59)), (Some(0), None, None));
        assert_eq!((at(60), at(61)), (Some(2), None));
        assert_eq!(at(600), Some(1));
        // Another outage may have another cause.
        assert!(outage.end() && !outage.end());
        assert_eq!(at(601), Some(0));
    }
}
