//! A month of sign-ins with a clock of its own: who is kept out, and how often an account is guessed at.

use std::collections::BTreeMap;

use signet_core::change::Change;
use signet_core::record::Attempts;
use signet_core::time::Timestamp;

use super::{Account, Budget, Limits, SignIn, Verdict};
use crate::network::Network;

const DAY: u64 = 86_400;
const BEGIN: u64 = 1_800_000_000;

/// Numbers that look like chance and are the same every time (Knuth's constants for a linear congruential
/// generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[derive(Default)]
struct World {
    buckets: BTreeMap<String, Attempts>,
}

impl World {
    fn commit(&mut self, changes: Vec<Change>) {
        for change in changes {
            let Change::Tally(tally) = change else { panic!("{change:?}") };
            match tally.on(self.buckets.get(tally.key())).unwrap() {
                Some(row) => drop(self.buckets.insert(row.key.clone(), row)),
                None => drop(self.buckets.remove(tally.key())),
            }
        }
    }

    /// Whether the password was looked at, and from which budget.
    fn sign_in(&mut self, keys: &SignIn, right: bool, now: u64) -> Option<Budget> {
        let (limits, now) = (Limits::default(), Timestamp(now));
        let attempts: Vec<_> = keys.names().iter().filter_map(|key| self.buckets.get(key).cloned()).collect();
        let Verdict::Try { budget, .. } = keys.judge(&limits, &attempts, now) else { return None };
        self.commit(keys.looked(&limits, budget, &attempts, now));
        if right {
            self.commit(keys.right(&limits, budget, &attempts, now));
        }
        Some(budget)
    }
}

/// Nobody has a known browser here, which is the worst case; each mistyped password is followed by another
/// try. Most come in the same hour of the morning.
#[test]
fn an_office_of_200_with_2_percent_typos_is_not_kept_out() {
    let (mut world, mut chance) = (World::default(), Chance(7));
    let network = Network::parse("192.0.2.7");
    let (mut right, mut refused) = (0_u64, 0_u64);
    for day in 0..30 {
        let mut times = Vec::new();
        for person in 0..200_u64 {
            times.push((9 * 3600 + chance.below(1800), person));
            for _ in 0..3 {
                times.push((8 * 3600 + chance.below(10 * 3600), person));
            }
        }
        times.sort_unstable();
        for (time, person) in times {
            let mut now = BEGIN + day * DAY + time;
            let keys = SignIn::new(Account::of(&format!("person {person}")), None, network);
            while chance.below(100) < 2 {
                world.sign_in(&keys, false, now);
                now += 5;
            }
            right += 1;
            refused += u64::from(world.sign_in(&keys, true, now).is_none());
        }
    }
    assert!(refused * 1000 < right, "{refused} of {right}");
}

/// Eight times a day each name is tried from another address. The owners sign in once a day from their own
/// browser, in a network that the attackers use too. One name in twenty is played; the others are like them.
#[test]
fn spraying_from_10_000_addresses_guesses_at_no_account_more_than_100_times_and_keeps_no_owner_out() {
    let (mut world, mut chance) = (World::default(), Chance(11));
    let network = |number: u64| {
        let number = u32::try_from(number % 10_000).unwrap();
        Some(Network::of(std::net::Ipv4Addr::from(0x0a00_0000 + number * 7).into()))
    };
    let mut most = 0;
    let mut guesses = BTreeMap::<u64, u32>::new();
    for turn in 0..30 * 8_u64 {
        for name in (0..10_000_u64).step_by(20) {
            let now = BEGIN + turn * DAY / 8 + chance.below(DAY / 8);
            let account = Account::of(&name.to_string());
            let guess = SignIn::new(account.clone(), None, network(name + turn * 31));
            if world.sign_in(&guess, false, now).is_some() {
                let guesses = guesses.entry(name).or_default();
                *guesses += 1;
                most = most.max(*guesses);
            }
            if turn % 8 == 3 {
                let owner = SignIn::new(account, Some(name.to_string()), network(name));
                let now = BEGIN + (turn + 1) * DAY / 8;
                assert_eq!(world.sign_in(&owner, true, now), Some(Budget::Known), "{name}");
            }
        }
    }
    assert!((80..=100).contains(&most), "{most}");
}
