//! NIST SP 800-63B §3.2.2: leaky buckets, and their purposes.

use std::fmt::Display;

use signet_core::change::Change;
use signet_core::record::{Attempts, Fill, Tally};
use signet_core::time::Timestamp;

use super::Limits;
use crate::network::Network;

pub(super) const MONTH: u64 = 30 * 86_400_000;

/// What has to wait, and why: a kind of count, as the store and the command line name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Wrong passwords for an account, a moment ago.
    Account,
    /// Wrong passwords for an account from strangers, in 30 days.
    Month,
    /// Wrong passwords for an account from a browser in which its owner signed in before.
    Device,
    /// Wrong passwords from a network, whatever the account.
    Network,
    /// New accounts from a network.
    SignUp,
    /// Registrations of applications from a network.
    Registration,
    /// Wrong secrets or assertions of a client from a network. Each process counts them for itself; the store
    /// has a note of it.
    Client,
}

impl Cause {
    /// Every one.
    pub const ALL: [Cause; 7] = [
        Cause::Account,
        Cause::Month,
        Cause::Device,
        Cause::Network,
        Cause::SignUp,
        Cause::Registration,
        Cause::Client,
    ];

    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Account => "account",
            Cause::Month => "month",
            Cause::Device => "device",
            Cause::Network => "network",
            Cause::SignUp => "sign-up",
            Cause::Registration => "registration",
            Cause::Client => "client",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Cause::Account => "wrong passwords for the account",
            Cause::Month => "wrong passwords for the account from unknown browsers, in 30 days",
            Cause::Device => "wrong passwords for the account from a browser that is known to it",
            Cause::Network => "wrong passwords from the network",
            Cause::SignUp => "new accounts from the network",
            Cause::Registration => "registrations of applications from the network",
            Cause::Client => "wrong secrets or assertions of the client from the network",
        }
    }

    pub(super) fn key(self, of: &impl Display) -> String {
        format!("{}:{of}", self.name())
    }
}

/// What a stored count is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<'a> {
    /// What is counted.
    pub cause: Cause,
    /// The id of a person, or `?…` for names that nobody has.
    pub account: Option<&'a str>,
    /// An address or network.
    pub network: Option<&'a str>,
    /// The `client_id` of an application.
    pub client: Option<&'a str>,
}

/// What is noted of a client with wrong secrets is forgotten after so many milliseconds, and noted again
/// after so many seconds at the least.
const NOTED: u64 = 600_000;
const AGAIN: u64 = 10;

impl<'a> Count<'a> {
    /// By its key; none where nobody has to wait for what is counted under it.
    pub fn read(key: &'a str) -> Option<Self> {
        let (name, of) = key.split_once(':')?;
        let cause = Cause::ALL.into_iter().find(|cause| cause.name() == name)?;
        let nobody = Self { cause, account: None, network: None, client: None };
        Some(match cause {
            Cause::Account | Cause::Month => Self { account: Some(of), ..nobody },
            Cause::Device => Self { account: of.split_once('@').map(|(_, account)| account), ..nobody },
            Cause::Network | Cause::SignUp | Cause::Registration => Self { network: Some(of), ..nobody },
            Cause::Client => {
                let (network, client) = of.split_once('@')?;
                Self { network: Some(network), client: Some(client), ..nobody }
            }
        })
    }

    /// How many seconds its next try has to wait, if it has to. A client waits for a second or two at a time,
    /// as long as the guesses go on.
    pub fn wait(&self, limits: &Limits, row: &Attempts, now: Timestamp) -> Option<u64> {
        let bucket = match self.cause {
            Cause::Account | Cause::Month | Cause::Device => Bucket::of_person(self.cause, "", limits),
            Cause::Network | Cause::SignUp | Cause::Registration => {
                let network = Network::parse(self.network?)?;
                Bucket::of_network(self.cause, network, network.times(), limits)
            }
            Cause::Client => return AGAIN.checked_sub(now.since(row.at)).filter(|seconds| *seconds > 0),
        };
        let level = row.level_at(now);
        bucket.room_at(level).err()
    }

    /// The write by which operators learn of a client that has to wait.
    pub fn note(client: &str, network: Network, now: Timestamp) -> Change {
        let key = Cause::Client.key(&format_args!("{network}@{client}"));
        Change::Tally(Tally::Charge(Fill { key, cost: NOTED, limit: NOTED, at: now }))
    }
}

/// A bucket, and what one try costs there.
pub(super) struct Bucket {
    pub(super) key: String,
    pub(super) cause: Cause,
    pub(super) cost: u64,
    pub(super) limit: u64,
}

impl Bucket {
    /// `tries` at once, and one more each `refill` milliseconds.
    fn new(cause: Cause, of: &impl Display, tries: u64, refill: u64) -> Self {
        Self { key: cause.key(of), cause, cost: refill, limit: refill.saturating_mul(tries) }
    }

    /// Those of an account, or of a browser that is known to its owner. Of strangers some are taken at once,
    /// and so many in a month: half of these may come at once, and the other half as time goes by.
    pub(super) fn of_person(cause: Cause, of: &str, limits: &Limits) -> Self {
        let half = u64::from(limits.strangers_per_month / 2).max(1);
        match cause {
            Cause::Month => Self::new(cause, &of, half, MONTH.div_ceil(half)),
            _ => Self::new(cause, &of, limits.account.into(), limits.account_refill.saturating_mul(1000)),
        }
    }

    /// Those of a network, which may have so many times as much as a small one.
    fn of_network(cause: Cause, network: Network, times: u64, limits: &Limits) -> Self {
        let tries = u64::from(limits.address).saturating_mul(times);
        Self::new(cause, &network, tries, limits.address_refill.saturating_mul(1000))
    }

    /// Those of a network and of the larger ones around it.
    pub(super) fn around(
        cause: Cause,
        network: Option<Network>,
        limits: &Limits,
    ) -> impl Iterator<Item = Self> + use<> {
        let (widths, limits) = (network.into_iter().flat_map(Network::widths), *limits);
        widths.map(move |(network, times)| Self::of_network(cause, network, times, &limits))
    }

    pub(super) fn fill(&self, at: Timestamp) -> Fill {
        Fill { key: self.key.clone(), cost: self.cost, limit: self.limit, at }
    }

    /// Gives back what a try took.
    pub(super) fn refund(self, at: Timestamp) -> Tally {
        Tally::Refund { key: self.key, amount: self.cost, at }
    }

    /// How many tries fit, or how many seconds until one does.
    pub(super) fn room(&self, attempts: &[Attempts], now: Timestamp) -> Result<u32, u64> {
        self.room_at(level(attempts, &self.key, now))
    }

    fn room_at(&self, level: u64) -> Result<u32, u64> {
        match level.saturating_add(self.cost).saturating_sub(self.limit) {
            0 => Ok(u32::try_from((self.limit - level) / self.cost.max(1)).unwrap_or(u32::MAX)),
            beyond => Err(beyond.div_ceil(1000)),
        }
    }
}

pub(super) fn level(attempts: &[Attempts], key: &str, now: Timestamp) -> u64 {
    attempts.iter().find(|row| row.key == key).map_or(0, |row| row.level_at(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_says_how_long_its_next_try_waits() {
        let limits =
            Limits { account: 2, account_refill: 60, address: 2, address_refill: 10, ..Limits::default() };
        let now = Timestamp(1_800_000_000);
        let wait = |key: &str, level| {
            let row = Attempts { key: key.to_owned(), level, at: now, expires_at: now.plus(9999) };
            let count = Count::read(key).unwrap();
            count.wait(&limits, &row, now)
        };
        assert_eq!((wait("account:diana", 60_000), wait("account:diana", 120_000)), (None, Some(60)));
        assert_eq!(wait("device:x@config:diana", 90_000), Some(30));
        assert_eq!(wait("month:diana", 120_000), None);
        assert_eq!(wait("month:diana", MONTH), Some(MONTH / 50 / 1000));
        for network in ["network:192.0.2.7", "sign-up:2001:db8::/64", "registration:2001:db8::/64"] {
            assert_eq!((wait(network, 10_000), wait(network, 15_000)), (None, Some(5)), "{network}");
        }
        assert_eq!(
            (wait("network:2001:db8::/56", 70_000), wait("network:2001:db8::/56", 80_000)),
            (None, Some(10))
        );
        assert_eq!(wait("network:2001:db8::/48", 320_000), Some(10));
        assert_eq!(Count::read("forgiven:diana"), None);
    }

    #[test]
    fn a_count_says_whose_it_is() {
        let whose = |key: &str| {
            let Count { account, network, client, .. } = Count::read(key).unwrap();
            [account, network, client].map(|name| name.map(str::to_owned))
        };
        let named = |names: [&str; 3]| names.map(|name| (!name.is_empty()).then(|| name.to_owned()));
        assert_eq!(whose("account:config:diana"), named(["config:diana", "", ""]));
        assert_eq!(whose("device:abc@config:diana"), named(["config:diana", "", ""]));
        assert_eq!(whose("sign-up:2001:db8::/64"), named(["", "2001:db8::/64", ""]));
        let now = Timestamp(1_800_000_000);
        let Change::Tally(Tally::Charge(fill)) =
            Count::note("web@home:1", Network::parse("2001:db8::1").unwrap(), now)
        else {
            panic!("a note is a charge");
        };
        assert_eq!(whose(&fill.key), named(["", "2001:db8::/64", "web@home:1"]));
        let row = Attempts { key: fill.key, level: fill.cost, at: now, expires_at: now.plus(600) };
        let wait = |now| Count::read(&row.key).unwrap().wait(&Limits::default(), &row, now);
        assert_eq!((wait(now), wait(now.plus(9)), wait(now.plus(10))), (Some(10), Some(1), None));
    }
}
