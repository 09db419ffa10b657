//! People and applications that are new here, counted by the network they come from.

use signet_core::change::Change;
use signet_core::record::{Attempts, Tally};
use signet_core::time::Timestamp;

use super::{Bucket, Cause, Limits};
use crate::network::Network;

/// What a new account or a registration counts under. They count apart from sign-ins: who is new keeps nobody
/// else out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newcomers {
    cause: Cause,
    network: Option<Network>,
}

impl Newcomers {
    /// People who make an account.
    pub fn sign_up(network: Option<Network>) -> Self {
        Self { cause: Cause::SignUp, network }
    }

    /// Applications that register themselves.
    pub fn registration(network: Option<Network>) -> Self {
        Self { cause: Cause::Registration, network }
    }

    /// What is counted.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// What to look up.
    pub fn names(&self) -> Vec<String> {
        self.buckets(&Limits::default()).map(|bucket| bucket.key).collect()
    }

    /// How many seconds to wait, if one has to.
    pub fn wait(&self, limits: &Limits, attempts: &[Attempts], now: Timestamp) -> Option<u64> {
        self.buckets(limits).filter_map(|bucket| bucket.room(attempts, now).err()).max()
    }

    /// The writes, whatever comes of it; they fail where others at the same instant took the room.
    pub fn counted(&self, limits: &Limits, now: Timestamp) -> Vec<Change> {
        self.buckets(limits).map(|bucket| Change::Tally(Tally::Spend(bucket.fill(now)))).collect()
    }

    /// The writes where nothing came of it, through no fault of theirs.
    pub fn given_back(&self, limits: &Limits, now: Timestamp) -> Vec<Change> {
        self.buckets(limits).map(|bucket| Change::Tally(bucket.refund(now))).collect()
    }

    fn buckets(&self, limits: &Limits) -> impl Iterator<Item = Bucket> + use<> {
        Bucket::around(self.cause, self.network, limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { account: 3, account_refill: 10, strangers_per_month: 8, address: 5, address_refill: 60 };
    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn new_accounts_are_counted_by_network_and_apart() {
        let row =
            |key: &str| Attempts { key: key.to_owned(), level: 300_000, at: NOW, expires_at: NOW.plus(300) };
        let here = Newcomers::sign_up(Network::parse("2001:db8::1"));
        assert_eq!(
            here.wait(&LIMITS, &[row("network:2001:db8::/64"), row("registration:2001:db8::/64")], NOW),
            None
        );
        assert_eq!(here.wait(&LIMITS, &[row("sign-up:2001:db8::/64")], NOW), Some(60));
        assert_eq!(here.names(), ["sign-up:2001:db8::/64", "sign-up:2001:db8::/56", "sign-up:2001:db8::/48"]);
        assert_eq!(here.counted(&LIMITS, NOW).len(), 3);
        assert!(Newcomers::registration(None).counted(&LIMITS, NOW).is_empty());
    }
}
