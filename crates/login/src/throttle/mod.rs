//! NIST SP 800-63B §3.2.2: wrong passwords slow down those who send them, and nobody else.
//!
//! Everything here is a bucket that leaks. A look at a password fills the buckets of its account and of the
//! networks around it, before it is taken; a right one gives back what it took. Browsers in which the person
//! signed in before have a bucket of their own, so that strangers keep nobody out. New accounts and
//! registrations fill buckets of their networks too.

mod bucket;
mod limits;
mod newcomers;
#[cfg(test)]
mod simulated;

use signet_core::change::Change;
use signet_core::record::{Attempts, Fill, Tally};
use signet_core::secret::{MacKey, keyed};
use signet_core::time::Timestamp;

use crate::network::Network;

use bucket::{Bucket, level};
pub use bucket::{Cause, Count};
pub use limits::Limits;
pub use newcomers::Newcomers;

/// How many of its kind of right sign-in lower the count of a network: one a person and hour.
const HOUR: u64 = 3_600_000;
/// So much less does another try at the same name from the same network weigh: who sprays many names guesses,
/// who repeats one has mistyped it.
const REPEAT: u64 = 4;
/// Names that nobody has share so many buckets, so that strangers cannot fill a store with them.
const UNKNOWN: u32 = 1 << 20;

/// Whose password is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(String);

impl Account {
    /// Somebody who exists.
    pub fn of(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// A name that nobody has: it counts as others do, and is kept nowhere. `name` is the same for all
    /// spellings by which one person would be found, because tries at all of those count together.
    pub fn unknown(key: &MacKey, name: &str) -> Self {
        let [a, b, c, d, ..] = keyed(key, "unknown name", &[name.as_bytes()]);
        Self(format!("?{:05x}", u32::from_be_bytes([a, b, c, d]) % UNKNOWN))
    }

    /// A name that nobody has, as it was listed.
    pub fn listed_unknown(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('?').filter(|digits| digits.len() == 5)?;
        let known = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        digits.bytes().all(known).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one sign-in counts under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    account: Account,
    device: Option<String>,
    network: Option<Network>,
}

/// Whose budget a try comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// A browser in which the person signed in before.
    Known,
    /// Any other.
    Stranger,
}

/// Whether a password may be tried now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes; so many tries are left before a wait.
    Try {
        /// Including this one, and those that a known browser has as a stranger when its own are used up.
        left: u32,
        /// Where it counts.
        budget: Budget,
    },
    /// Not before so many seconds.
    Wait {
        /// Seconds.
        seconds: u64,
        /// Why.
        cause: Cause,
    },
}

impl SignIn {
    /// `device` is this browser's budget, if it is known to the person. The account need not exist: guesses
    /// at unknown names count alike.
    pub fn new(account: Account, device: Option<String>, network: Option<Network>) -> Self {
        Self { account, device, network }
    }

    /// Whose budget it counts under, wherever it comes from: a known browser's, or that of all other
    /// browsers at the account.
    pub fn budget(&self) -> String {
        self.device(&Limits::default()).map_or_else(|| self.at_once(), |bucket| bucket.key)
    }

    /// What to look up.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![self.at_once(), self.in_a_month(), self.forgiven()];
        names.extend(self.tried());
        names.extend(self.device(&Limits::default()).map(|bucket| bucket.key));
        names.extend(self.of_networks(&Limits::default(), false).map(|bucket| bucket.key));
        names
    }

    /// Judges the stored levels.
    pub fn judge(&self, limits: &Limits, attempts: &[Attempts], now: Timestamp) -> Verdict {
        let stranger = self.judge_stranger(limits, attempts, now);
        match self.device(limits).map(|device| device.room(attempts, now)) {
            Some(Ok(own)) => {
                let more = if let Verdict::Try { left, .. } = stranger { left } else { 0 };
                Verdict::Try { left: own.saturating_add(more), budget: Budget::Known }
            }
            Some(Err(_)) | None => stranger,
        }
    }

    fn judge_stranger(&self, limits: &Limits, attempts: &[Attempts], now: Timestamp) -> Verdict {
        let repeat = self.is_repeat(attempts, now);
        let buckets = self.of_account(limits).into_iter().chain(self.of_networks(limits, repeat));
        let (mut least, mut longest) = (u32::MAX, None);
        for bucket in buckets {
            match bucket.room(attempts, now) {
                Ok(left) => least = least.min(left),
                Err(seconds) => longest = longest.max(Some((seconds, bucket.cause))),
            }
        }
        match longest {
            Some((seconds, cause)) => Verdict::Wait { seconds, cause },
            None => Verdict::Try { left: least, budget: Budget::Stranger },
        }
    }

    /// The writes before a password is looked at; they fail where others at the same instant took the room.
    /// `attempts` are those from before, here and below.
    pub fn looked(
        &self,
        limits: &Limits,
        budget: Budget,
        attempts: &[Attempts],
        now: Timestamp,
    ) -> Vec<Change> {
        let spend = |bucket: Bucket| Change::Tally(Tally::Spend(bucket.fill(now)));
        let spent = self.spent(limits, budget, attempts, now).into_iter().map(spend);
        let tried = self.tried().filter(|_| budget == Budget::Stranger);
        let tried = tried.map(|key| Fill { key, cost: mistyped(limits), limit: mistyped(limits), at: now });
        spent.chain(tried.map(|fill| Change::Tally(Tally::Charge(fill)))).collect()
    }

    /// The writes where it was not looked at after all.
    pub fn unlooked(
        &self,
        limits: &Limits,
        budget: Budget,
        attempts: &[Attempts],
        now: Timestamp,
    ) -> Vec<Change> {
        let spent = self.spent(limits, budget, attempts, now).into_iter();
        let refunds = spent.map(|bucket| bucket.refund(now));
        let first = budget == Budget::Stranger && !self.is_repeat(attempts, now);
        let tried = self.tried().filter(|_| first).map(|key| Tally::Clear { key });
        refunds.chain(tried).map(Change::Tally).collect()
    }

    /// The writes after a right one: the look is given back, and once an hour a person's good sign-in makes
    /// up for somebody's wrong password in the same network.
    pub fn right(
        &self,
        limits: &Limits,
        budget: Budget,
        attempts: &[Attempts],
        now: Timestamp,
    ) -> Vec<Change> {
        let refund = |bucket: Bucket| bucket.refund(now);
        let mut tallies: Vec<Tally> =
            self.spent(limits, budget, attempts, now).into_iter().map(refund).collect();
        if budget == Budget::Stranger {
            tallies.push(Tally::Clear { key: self.at_once() });
            tallies.extend(self.tried().map(|key| Tally::Clear { key }));
        }
        if self.network.is_some() && level(attempts, &self.forgiven(), now) == 0 {
            tallies.extend(self.of_networks(limits, false).map(refund));
            let fill = Fill { key: self.forgiven(), cost: HOUR, limit: HOUR, at: now };
            tallies.push(Tally::Charge(fill));
        }
        tallies.into_iter().map(Change::Tally).collect()
    }

    fn spent(&self, limits: &Limits, budget: Budget, attempts: &[Attempts], now: Timestamp) -> Vec<Bucket> {
        match budget {
            Budget::Known => self.device(limits).into_iter().collect(),
            Budget::Stranger => {
                let repeat = self.is_repeat(attempts, now);
                self.of_account(limits).into_iter().chain(self.of_networks(limits, repeat)).collect()
            }
        }
    }

    fn device(&self, limits: &Limits) -> Option<Bucket> {
        let device = self.device.as_ref()?;
        // With its account, so that operators see whose it is.
        Some(Bucket::of_person(Cause::Device, &format!("{device}@{}", self.account.0), limits))
    }

    fn of_account(&self, limits: &Limits) -> [Bucket; 2] {
        [Cause::Account, Cause::Month].map(|cause| Bucket::of_person(cause, &self.account.0, limits))
    }

    fn of_networks(&self, limits: &Limits, repeat: bool) -> impl Iterator<Item = Bucket> + use<> {
        Bucket::around(Cause::Network, self.network, limits).map(move |bucket| Bucket {
            cost: if repeat { bucket.cost.div_ceil(REPEAT) } else { bucket.cost },
            ..bucket
        })
    }

    /// Whether the same name was tried a moment ago in the same network. What others tried elsewhere says
    /// nothing: names that many networks spray would weigh next to nothing in all but the first.
    fn is_repeat(&self, attempts: &[Attempts], now: Timestamp) -> bool {
        self.tried().is_some_and(|key| level(attempts, &key, now) > 0)
    }

    fn tried(&self) -> Option<String> {
        self.network.map(|network| format!("tried:{}@{network}", self.account.0))
    }

    fn at_once(&self) -> String {
        Cause::Account.key(&self.account.0)
    }

    fn in_a_month(&self) -> String {
        Cause::Month.key(&self.account.0)
    }

    fn forgiven(&self) -> String {
        format!("forgiven:{}", self.account.0)
    }
}

/// For how long a name that is typed again was mistyped, in milliseconds: as long as the tries that an
/// account has at once take to come back.
fn mistyped(limits: &Limits) -> u64 {
    limits.account_refill.saturating_mul(1000).saturating_mul(limits.account.into())
}

/// Everything that is counted for a person who exists, to be cleared.
pub fn of_person(id: &str) -> [String; 2] {
    let sign_in = SignIn::new(Account::of(id), None, None);
    [sign_in.at_once(), sign_in.in_a_month()]
}

#[cfg(test)]
mod tests {
    use super::bucket::MONTH;
    use super::*;

    const LIMITS: Limits =
        Limits { account: 3, account_refill: 10, strangers_per_month: 8, address: 5, address_refill: 60 };
    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn row(key: &str, level: u64) -> Attempts {
        Attempts { key: key.into(), level, at: NOW, expires_at: NOW.plus(level.div_ceil(1000)) }
    }

    fn diana(device: Option<&str>) -> SignIn {
        SignIn::new(Account::of("diana"), device.map(str::to_owned), Network::parse("192.0.2.7"))
    }

    fn wait(seconds: u64, cause: Cause) -> Verdict {
        Verdict::Wait { seconds, cause }
    }

    fn stranger(left: u32) -> Verdict {
        Verdict::Try { left, budget: Budget::Stranger }
    }

    #[test]
    fn an_account_refills_with_time() {
        let judge = |level, now| diana(None).judge(&LIMITS, &[row("account:diana", level)], now);
        assert_eq!(diana(None).judge(&LIMITS, &[], NOW), stranger(3));
        assert_eq!(judge(20_000, NOW), stranger(1));
        assert_eq!(judge(20_001, NOW), wait(1, Cause::Account));
        assert_eq!(judge(30_000, NOW), wait(10, Cause::Account));
        assert_eq!(judge(30_000, NOW.plus(10)), stranger(1));
        // The clock goes back: nobody waits longer for that.
        assert_eq!(judge(30_000, NOW.minus(10_800)), stranger(3));
    }

    #[test]
    fn strangers_have_so_many_tries_a_month_and_no_more() {
        let four = MONTH / 4;
        let judge = |level, now| diana(None).judge(&LIMITS, &[row("month:diana", level)], now);
        assert_eq!(judge(3 * four, NOW), stranger(1));
        assert_eq!(judge(4 * four, NOW), wait(four / 1000, Cause::Month));
        assert_eq!(judge(4 * four, NOW.plus(four / 1000)), stranger(1));
    }

    #[test]
    fn a_known_browser_is_kept_out_by_no_stranger() {
        let rows =
            [row("account:diana", 30_000), row("month:diana", MONTH), row("network:192.0.2.7", 300_000)];
        let known = Verdict::Try { left: 3, budget: Budget::Known };
        assert_eq!(diana(Some("x")).judge(&LIMITS, &rows, NOW), known);
        // When it has used its own up, it is a stranger: nobody is told of a wait before.
        let room = |left| Verdict::Try { left, budget: Budget::Known };
        assert_eq!(diana(Some("x")).judge(&LIMITS, &[row("device:x@diana", 20_000)], NOW), room(1 + 3));
        let used = [row("device:x@diana", 30_000)];
        assert_eq!(diana(Some("x")).judge(&LIMITS, &used, NOW), stranger(3));
        assert!(matches!(
            &diana(Some("x")).looked(&LIMITS, Budget::Known, &[], NOW)[..],
            [Change::Tally(Tally::Spend(fill))] if fill.key == "device:x@diana"
        ));
    }

    #[test]
    fn another_name_weighs_more_than_the_same_again() {
        let cost = |rows: &[Attempts]| match &diana(None).looked(&LIMITS, Budget::Stranger, rows, NOW)[..] {
            [_, _, Change::Tally(Tally::Spend(fill)), ..] if fill.key == "network:192.0.2.7" => fill.cost,
            other => panic!("{other:?}"),
        };
        assert_eq!((cost(&[]), cost(&[row("tried:diana@192.0.2.7", 1)])), (60_000, 15_000));
        // What was tried elsewhere says nothing.
        let elsewhere =
            [row("account:diana", 1), row("tried:diana@192.0.2.8", 1), row("tried:ella@192.0.2.7", 1)];
        assert_eq!(cost(&elsewhere), 60_000);
    }

    #[test]
    fn what_a_look_takes_is_given_back_when_it_was_right_or_never_taken() {
        // No hour has passed since the last good sign-in, so that nothing else is given back.
        let fresh = vec![row("forgiven:diana", HOUR)];
        for before in [fresh.clone(), [fresh, vec![row("tried:diana@192.0.2.7", 10_000)]].concat()] {
            for (device, budget) in [(None, Budget::Stranger), (Some("x"), Budget::Known)] {
                let keys = diana(device);
                let taken = keys.looked(&LIMITS, budget, &before, NOW);
                let taken: Vec<(String, u64)> = taken
                    .into_iter()
                    .filter_map(|change| match change {
                        Change::Tally(Tally::Spend(fill)) => Some((fill.key, fill.cost)),
                        Change::Tally(Tally::Charge(fill)) if fill.key.starts_with("tried:") => None,
                        other => panic!("{other:?}"),
                    })
                    .collect();
                let refunds = |changes: Vec<Change>| {
                    let refund = |change| match change {
                        Change::Tally(Tally::Refund { key, amount, .. }) => Some((key, amount)),
                        _ => None,
                    };
                    changes.into_iter().filter_map(refund).collect::<Vec<_>>()
                };
                assert_eq!(refunds(keys.unlooked(&LIMITS, budget, &before, NOW)), taken);
                assert_eq!(refunds(keys.right(&LIMITS, budget, &before, NOW)), taken);
            }
        }
    }

    #[test]
    fn the_wider_networks_of_ipv6_bound_who_has_many() {
        let at = |address| SignIn::new(Account::of("diana"), None, Network::parse(address));
        let full = [row("network:2001:db8::/48", 16 * 300_000)];
        assert!(matches!(
            at("2001:db8:0:77::1").judge(&LIMITS, &full, NOW),
            Verdict::Wait { cause: Cause::Network, .. }
        ));
        assert_eq!(at("2001:db8:1::1").judge(&LIMITS, &full, NOW), stranger(3));
        let keys: Vec<String> = at("2001:db8::1").names();
        assert_eq!(keys.iter().filter(|key| key.starts_with("network:")).count(), 3);
    }

    #[test]
    fn a_good_sign_in_makes_up_for_one_mistake_of_its_network_an_hour() {
        let lowers = |rows: &[Attempts]| {
            let right = diana(None).right(&LIMITS, Budget::Stranger, rows, NOW);
            let of_network = |c: &&Change| matches!(c, Change::Tally(Tally::Refund { key, .. }) if key.starts_with("network:"));
            right.iter().filter(of_network).count()
        };
        // Its own look is given back each time.
        assert_eq!((lowers(&[]), lowers(&[row("forgiven:diana", 1)])), (2, 1));
    }

    #[test]
    fn what_nobody_is_called_is_neither_kept_nor_told_apart() {
        let long = "secret ".repeat(10_000);
        let keys = SignIn::new(Account::unknown(&MacKey::new(b"key"), &long), None, None).names();
        assert!(keys.iter().all(|key| key.len() < 20 && !key.contains("secret")), "{keys:?}");
        let judge = |account| SignIn::new(account, None, None).judge(&LIMITS, &[], NOW);
        assert_eq!(judge(Account::unknown(&MacKey::new(b"key"), "nobody")), judge(Account::of("diana")));
    }
}
