//! NIST SP 800-63B §5.2.2: failed sign-ins slow down, per account and per address, and say how long to wait. So do new accounts, per
//! address.

use signet_core::change::Change;
use signet_core::record::Attempts;
use signet_core::time::Timestamp;

/// How patient to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failures per account before the first wait.
    pub account: u32,
    /// Failures per address before the first wait; many people may share one.
    pub address: u32,
    /// Seconds of the first wait; each further failure doubles it.
    pub first_wait: u64,
    /// Seconds of the longest wait.
    pub longest_wait: u64,
    /// Seconds of quiet after which failures are forgotten.
    pub forget_after: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { account: 5, address: 50, first_wait: 15, longest_wait: 900, forget_after: 3600 }
    }
}

/// The keys that one sign-in or sign-up counts under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    account: Option<String>,
    address: Option<String>,
}

/// Whether a password may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; so many tries are left before a wait.
    Try {
        /// Including this one.
        left: u32,
    },
    /// Not before so many seconds.
    Wait {
        /// Seconds.
        seconds: u64,
    },
}

impl Keys {
    /// For a typed name and the address it comes from. The name need not exist: guesses at unknown names count alike.
    pub fn new(username: &str, address: Option<&str>) -> Self {
        Self {
            account: Some(format!("account:{username}")),
            address: address.map(|a| format!("address:{a}")),
        }
    }

    /// For new accounts from an address. They count apart from sign-ins: people who sign up must not keep others from signing in.
    pub fn of_sign_up(address: Option<&str>) -> Self {
        Self { account: None, address: address.map(|a| format!("sign-up:{a}")) }
    }

    /// For applications that register themselves from an address.
    pub fn of_registration(address: Option<&str>) -> Self {
        Self { account: None, address: address.map(|a| format!("registration:{a}")) }
    }

    /// What to look up.
    pub fn names(&self) -> Vec<String> {
        self.account.iter().chain(&self.address).cloned().collect()
    }

    /// Judges the stored counts.
    pub fn judge(&self, limits: &Limits, attempts: &[Attempts], now: Timestamp) -> Verdict {
        let account = self.account.iter().map(|key| (key, limits.account));
        let address = self.address.iter().map(|key| (key, limits.address));
        let verdicts =
            account.chain(address).map(|(key, allowed)| self.verdict(attempts, key, allowed, limits, now));
        verdicts.fold(Verdict::Try { left: u32::MAX }, |one, other| match (one, other) {
            (Verdict::Wait { seconds }, Verdict::Wait { seconds: other }) => {
                Verdict::Wait { seconds: seconds.max(other) }
            }
            (wait @ Verdict::Wait { .. }, _) | (_, wait @ Verdict::Wait { .. }) => wait,
            (Verdict::Try { left }, Verdict::Try { left: other }) => Verdict::Try { left: left.min(other) },
        })
    }

    /// The writes after a wrong password, or after a sign-up, whatever came of it.
    pub fn failed(&self, limits: &Limits, now: Timestamp) -> Vec<Change> {
        let row = |key| Attempts { key, failures: 1, last: now, expires_at: now.plus(limits.forget_after) };
        self.names().into_iter().map(|key| Change::RecordFailure(row(key))).collect()
    }

    /// The writes after a right one. The address stays counted: one good account must not clear guesses at others.
    pub fn succeeded(&self, attempts: &[Attempts]) -> Vec<Change> {
        let counted = self.account.iter().filter(|key| attempts.iter().any(|a| a.key == **key));
        counted.map(|key| Change::ClearFailures(key.clone())).collect()
    }

    /// What must still hold when the writes of a sign-in are made: as many failures of the account as were judged. So guesses that come at
    /// the same instant are answered one after the other. An address is shared by too many for that; its count may be a few behind.
    pub fn as_judged(&self, attempts: &[Attempts], now: Timestamp) -> Option<Change> {
        let key = self.account.clone()?;
        let failures = remembered(attempts, &key, now).map_or(0, |row| row.failures);
        Some(Change::CountedFailures { key, failures, at: now })
    }

    fn verdict(
        &self,
        attempts: &[Attempts],
        key: &str,
        allowed: u32,
        limits: &Limits,
        now: Timestamp,
    ) -> Verdict {
        let Some(row) = remembered(attempts, key, now) else { return Verdict::Try { left: allowed } };
        let Some(beyond) = row.failures.checked_sub(allowed) else {
            return Verdict::Try { left: allowed - row.failures };
        };
        let wait = limits.first_wait.saturating_mul(1 << beyond.min(32)).min(limits.longest_wait);
        match row.last.plus(wait).since(now) {
            0 => Verdict::Try { left: 1 },
            seconds => Verdict::Wait { seconds },
        }
    }
}

/// What is stored under a key, unless it is to be forgotten.
fn remembered<'a>(attempts: &'a [Attempts], key: &str, now: Timestamp) -> Option<&'a Attempts> {
    attempts.iter().find(|a| a.key == key && !a.expires_at.expired_at(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { account: 3, address: 5, first_wait: 10, longest_wait: 60, forget_after: 3600 };

    fn row(key: &str, failures: u32, last: u64) -> Attempts {
        Attempts { key: key.into(), failures, last: Timestamp(last), expires_at: Timestamp(last + 3600) }
    }

    #[test]
    fn waits_grow_and_end() {
        let keys = Keys::new("diana", None);
        let judge =
            |failures, now| keys.judge(&LIMITS, &[row("account:diana", failures, 1000)], Timestamp(now));
        assert_eq!(keys.judge(&LIMITS, &[], Timestamp(1000)), Verdict::Try { left: 3 });
        assert_eq!(judge(2, 1000), Verdict::Try { left: 1 });
        assert_eq!(judge(3, 1000), Verdict::Wait { seconds: 10 });
        assert_eq!(judge(3, 1009), Verdict::Wait { seconds: 1 });
        assert_eq!(judge(3, 1010), Verdict::Try { left: 1 });
        assert_eq!(judge(5, 1000), Verdict::Wait { seconds: 40 });
        assert_eq!(judge(60, 1000), Verdict::Wait { seconds: 60 });
        assert_eq!(judge(60, 1000 + 3600), Verdict::Try { left: 3 });
    }

    #[test]
    fn an_address_waits_for_all_its_accounts() {
        let keys = Keys::new("diana", Some("192.0.2.7"));
        let rows = [row("address:192.0.2.7", 5, 1000)];
        assert_eq!(keys.judge(&LIMITS, &rows, Timestamp(1000)), Verdict::Wait { seconds: 10 });
        assert_eq!(Keys::new("diana", None).judge(&LIMITS, &rows, Timestamp(1000)), Verdict::Try { left: 3 });
    }

    #[test]
    fn new_accounts_are_counted_by_address_and_apart() {
        let keys = Keys::of_sign_up(Some("192.0.2.7"));
        assert_eq!(
            keys.judge(&LIMITS, &[row("address:192.0.2.7", 9, 1000)], Timestamp(1000)),
            Verdict::Try { left: 5 }
        );
        assert_eq!(
            keys.judge(&LIMITS, &[row("sign-up:192.0.2.7", 5, 1000)], Timestamp(1000)),
            Verdict::Wait { seconds: 10 }
        );
        assert!(
            matches!(&keys.failed(&LIMITS, Timestamp(1))[..], [Change::RecordFailure(row)] if row.key == "sign-up:192.0.2.7")
        );
        assert!(Keys::of_sign_up(None).failed(&LIMITS, Timestamp(1)).is_empty());
    }

    #[test]
    fn success_clears_the_account_only() {
        let keys = Keys::new("diana", Some("192.0.2.7"));
        assert_eq!(keys.failed(&LIMITS, Timestamp(1)).len(), 2);
        let cleared = keys.succeeded(&[row("account:diana", 1, 1)]);
        assert!(matches!(&cleared[..], [Change::ClearFailures(key)] if key == "account:diana"));
        assert!(keys.succeeded(&[]).is_empty());
    }

    #[test]
    fn what_was_judged_is_the_count_of_the_account_alone() {
        let keys = Keys::new("diana", Some("192.0.2.7"));
        let judged = |rows: &[Attempts]| match keys.as_judged(rows, Timestamp(1000)) {
            Some(Change::CountedFailures { key, failures, at: Timestamp(1000) })
                if key == "account:diana" =>
            {
                failures
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(judged(&[]), 0);
        assert_eq!(judged(&[row("address:192.0.2.7", 4, 900), row("account:diana", 2, 900)]), 2);
        let forgotten = Attempts { expires_at: Timestamp(1000), ..row("account:diana", 2, 900) };
        assert_eq!(judged(&[forgotten]), 0);
        assert!(Keys::of_sign_up(Some("192.0.2.7")).as_judged(&[], Timestamp(1)).is_none());
    }
}
