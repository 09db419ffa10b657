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

/// A guess each twenty seconds, from one of 10,000 addresses, all at one account. Its owner signs in ten
/// times a day from the own browser, and once from a new one.
#[test]
fn one_account_is_guessed_at_100_times_from_however_many_addresses_and_its_owner_gets_in() {
    let (mut world, mut chance) = (World::default(), Chance(13));
    let attacker = |number: u64| {
        let number = u32::try_from(number).unwrap();
        Network::of(std::net::Ipv4Addr::from(0x0a00_0000 + number * 7).into())
    };
    let account = Account::of("diana");
    let mut guesses = 0;
    for day in 0..30_u64 {
        // In ten parts, so that owner and attackers take turns.
        for part in 0..10_u64 {
            let mut now = BEGIN + day * DAY + part * DAY / 10;
            for _ in 0..400 {
                now += 20;
                let guess = SignIn::new(account.clone(), None, Some(attacker(chance.below(10_000))));
                guesses += u32::from(world.sign_in(&guess, false, now).is_some());
            }
            // At home, and in a network that the attackers use too.
            for network in [Network::parse("192.0.2.7").unwrap(), attacker(part)] {
                let owner = SignIn::new(account.clone(), Some("own".to_owned()), Some(network));
                assert_eq!(world.sign_in(&owner, true, now), Some(Budget::Known), "{day} {part}");
            }
        }
    }
    println!("one account from 10,000 addresses: {guesses} guesses in 30 days");
    assert!((80..=100).contains(&guesses), "{guesses}");
}

/// As many guesses as fit, each from another /64 of one /48, at ever new names: as much as 16 small networks
/// have at once, and then one a minute, however many /64s there are.
#[test]
fn a_site_that_rotates_its_networks_guesses_as_often_as_sixteen_small_ones() {
    let (mut world, mut looks) = (World::default(), 0_u64);
    let at = |number: u64| {
        let groups = (number * 7919) % 65_536;
        Network::parse(&format!("2001:db8:1:{groups:x}::1"))
    };
    let mut number = 0;
    for minute in 0..7 * 24 * 60_u64 {
        for _ in 0..if minute == 0 { 3000 } else { 4 } {
            number += 1;
            let guess = SignIn::new(Account::of(&number.to_string()), None, at(number));
            looks += u64::from(world.sign_in(&guess, false, BEGIN + minute * 60).is_some());
        }
    }
    println!("a /48 that rotates its /64s: {looks} guesses in 7 days");
    let limits = Limits::default();
    let at_once = u64::from(limits.address) * 16;
    assert!((at_once..=at_once + 7 * DAY / limits.address_refill).contains(&looks), "{looks}");
    // Who is elsewhere notices nothing.
    let owner = SignIn::new(Account::of("1"), None, Network::parse("2001:db8:2::1"));
    assert!(world.sign_in(&owner, true, BEGIN + 7 * DAY).is_some());
}

/// The office of 200, and in it somebody who guesses as often as it goes, at the names of all, through the
/// address that all share. Each person has a browser that knows them; on ten days a tenth of them come with a
/// new one.
#[test]
fn who_guesses_from_the_offices_own_address_keeps_no_known_browser_out() {
    let (mut world, mut chance) = (World::default(), Chance(17));
    let network = Network::parse("192.0.2.7");
    let (mut right, mut refused, mut anew, mut anew_refused) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut guesses = BTreeMap::<u64, u32>::new();
    for day in 0..30 {
        let mut next = BTreeMap::<u64, Vec<u64>>::new();
        for person in 0..200_u64 {
            next.entry(9 * 3600 + chance.below(1800)).or_default().push(person);
            for _ in 0..3 {
                next.entry(8 * 3600 + chance.below(10 * 3600)).or_default().push(person);
            }
        }
        for time in (0..DAY).step_by(30) {
            let now = BEGIN + day * DAY + time;
            let victim = chance.below(200);
            let guess = SignIn::new(Account::of(&format!("person {victim}")), None, network);
            if world.sign_in(&guess, false, now).is_some() {
                *guesses.entry(victim).or_default() += 1;
            }
            let later = next.split_off(&(time + 30));
            for person in std::mem::replace(&mut next, later).into_values().flatten() {
                let account = Account::of(&format!("person {person}"));
                let known = SignIn::new(account.clone(), Some(person.to_string()), network);
                while chance.below(100) < 2 {
                    world.sign_in(&known, false, now);
                }
                right += 1;
                refused += u64::from(world.sign_in(&known, true, now).is_none());
                if day % 3 == 0 && person % 10 == 0 {
                    anew += 1;
                    anew_refused +=
                        u64::from(world.sign_in(&SignIn::new(account, None, network), true, now).is_none());
                }
            }
        }
    }
    let most = guesses.values().max().copied().unwrap_or(0);
    println!(
        "an attacker in the office: {refused} of {right} right sign-ins refused in known browsers, {anew_refused} of \
         {anew} in new ones; {most} guesses at an account at most, {} in all",
        guesses.values().sum::<u32>()
    );
    assert!(refused * 1000 < right, "{refused} of {right}");
    assert!(most <= 100, "{most}");
}

/// Ten networks go through one list of names, one network behind the other. A name that somebody tried
/// elsewhere weighs as any other.
#[test]
fn names_that_others_tried_weigh_as_much_as_new_ones() {
    let mut world = World::default();
    for network in 0..10 {
        let address = Network::parse(&format!("192.0.2.{network}"));
        let mut looks = 0;
        for name in 0..200 {
            let guess = SignIn::new(Account::of(&name.to_string()), None, address);
            looks += u32::from(world.sign_in(&guess, false, BEGIN + network).is_some());
        }
        assert!(looks <= Limits::default().address, "network {network}: {looks} names at once");
    }
}
