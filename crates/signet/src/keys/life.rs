//! The life of a key, computed: made and published as next, active, retired, gone. Nothing here makes a key
//! or writes one.
//!
//! Every node computes the same from the same ring and instant; of those that write at once, one wins and the
//! others read what it wrote.

use signet_core::time::Timestamp;
use signet_jose::alg::KeyType;
use signet_jose::{KeyManagementAlg, SigningAlg};

use super::key::{Key, Order, Purpose, Slot, State, signing_alg};
use super::{KeyError, KeyOptions, Promotion};

/// How long a key is published before it signs: twice as long as clients may keep the key set (`max-age` of
/// `web/well_known.rs`), so that none meets a signature by a key that it has not seen.
pub const LEAD: u64 = 2 * 3600;

/// How far the ring's time has come: never behind what was done to its keys, whatever this clock says. By a
/// clock that is behind, keys that were just made would all be next, and a second ring would be made; so the
/// newest keys work. Where there is none but those that wait to sign, the first of them does.
pub(super) fn reached(keys: &[Key], clock: Timestamp) -> Timestamp {
    let done = keys.iter().flat_map(|key| [Some(key.times.created_at), key.times.retired_at]);
    let now = done.flatten().fold(clock, Timestamp::max);
    let signing = || keys.iter().filter(|key| key.purpose() == Purpose::Sig && key.jwk.is_private());
    if signing().any(|key| key.state(now) == State::Active) {
        return now;
    }
    let waiting = signing().filter(|key| key.state(now) == State::Next).map(Key::active_at);
    waiting.min().unwrap_or(now)
}

/// What is due at this instant: some keys go, some retire, and some are to be made.
pub(super) fn tend(keys: &mut Vec<Key>, options: &KeyOptions, now: Timestamp) -> Vec<Order> {
    for key in keys.iter_mut() {
        // Rings of an earlier version did not say when a retired key goes.
        let times = &key.times;
        if let (Some(at), None, false) = (times.retired_at, times.remove_at, times.from_file) {
            key.times.remove_at = Some(at.plus(options.keep()));
        }
    }
    sweep(keys, now);
    supersede(keys, options, options.keep(), now);
    if options.period() == 0 {
        return Vec::new();
    }
    let due: Vec<usize> = (0..keys.len())
        .filter(|index| rotation(keys, *index, options, now).is_some_and(|(_, at)| at <= now))
        .collect();
    let mut orders = Vec::new();
    for index in due {
        let Some(key) = keys.get_mut(index) else { continue };
        if key.serves(options).is_empty() {
            // Its algorithm is no longer configured: nothing takes its place.
            key.retire(now, options.keep());
        } else {
            let active_at = now.plus(LEAD).max(key.active_at().plus(options.period()));
            orders.push(Order::like(key, active_at));
        }
    }
    orders
}

/// When something is due next.
pub(super) fn due(keys: &[Key], options: &KeyOptions, now: Timestamp) -> Timestamp {
    let own = keys.iter().enumerate().filter_map(|(index, key)| match key.state(now) {
        State::Retired if key.times.from_file => key.times.remove_at,
        State::Retired => key.times.remove_at.or(Some(now)),
        State::Next => Some(key.active_at()),
        State::Active if is_superseded(keys, index, options, now) => Some(now),
        State::Active if options.period() == 0 => None,
        State::Active => rotation(keys, index, options, now).map(|(_, at)| at),
    });
    own.min().unwrap_or(Timestamp(u64::MAX))
}

/// For an active key that has no successor: itself, and when that is to be made.
fn rotation<'a>(
    keys: &'a [Key],
    index: usize,
    options: &KeyOptions,
    now: Timestamp,
) -> Option<(&'a Key, Timestamp)> {
    let key = keys.get(index).filter(|key| key.state(now) == State::Active)?;
    let slot = key.slot();
    if next(keys, &slot, now).is_some() || is_superseded(keys, index, options, now) {
        return None;
    }
    let end = key.active_at().plus(options.period());
    Some((key, if key.serves(options).is_empty() { end } else { end.minus(LEAD) }))
}

/// Makes new keys for all that are in use, whatever their age.
pub(super) fn rotate(
    keys: &mut [Key],
    options: &KeyOptions,
    now: Timestamp,
    promotion: Promotion,
) -> Vec<Order> {
    let at_once = promotion != Promotion::Due;
    let active = |key: &&Key| key.state(now) == State::Active && !key.serves(options).is_empty();
    let found: Vec<Key> = keys.iter().filter(active).cloned().collect();
    let mut orders: Vec<Order> = Vec::new();
    for key in found {
        let slot = key.slot();
        match next(keys, &slot, now).and_then(|index| keys.get_mut(index)) {
            Some(waiting) if at_once => waiting.times.active_at = Some(now),
            Some(_) => {}
            None if orders.iter().any(|order| order.slot == slot) => {}
            None => orders.push(Order::like(&key, if at_once { now } else { now.plus(LEAD) })),
        }
    }
    orders
}

/// Lets no key that is to go stay longer than this. Where none is to stay, those that wait to sign are not
/// trusted either.
pub(super) fn hasten(keys: &mut Vec<Key>, keep: u64, now: Timestamp) {
    if keep == 0 {
        keys.retain(|key| key.state(now) != State::Next);
    }
    for key in keys.iter_mut().filter(|key| key.state(now) == State::Retired) {
        let latest = now.plus(keep);
        key.times.remove_at = Some(key.times.remove_at.map_or(latest, |at| at.min(latest)));
    }
}

/// Keys for configured algorithms that have none: those of `key_defs` first, then one for each algorithm that
/// is still left.
pub(super) fn missing(keys: &[Key], options: &KeyOptions, now: Timestamp) -> Result<Vec<Order>, KeyError> {
    let mut orders: Vec<Order> = Vec::new();
    let held =
        |slot: &dyn Fn(&Key) -> bool| keys.iter().any(|key| key.state(now) == State::Active && slot(key));
    for def in &options.defs {
        if held(&|key| key.purpose() == def.purpose && key.jwk.key_type() == def.key_type) {
            continue;
        }
        let slot = Slot {
            purpose: def.purpose,
            alg: only(options, def.purpose, def.key_type),
            key_type: def.key_type,
        };
        let kid = def.kid.clone().filter(|kid| keys.iter().all(|key| key.kid() != kid));
        orders.push(Order { size: def.size, kid, ..Order::new(slot, now) });
    }
    for name in &options.signing {
        let alg = signing_alg(name)?;
        let ordered = |order: &Order| {
            order.slot.purpose == Purpose::Sig
                && order.slot.key_type == alg.key_type()
                && order.slot.alg.as_ref().is_none_or(|meant| meant == name)
        };
        if !held(&|key| key.signs(alg)) && !orders.iter().any(ordered) {
            // Ed25519 has two names: where both are wanted, one key has neither.
            let named = match alg.key_type() {
                KeyType::Ed25519 => only(options, Purpose::Sig, KeyType::Ed25519),
                _ => Some(name.clone()),
            };
            let slot = Slot { purpose: Purpose::Sig, alg: named, key_type: alg.key_type() };
            orders.push(Order::new(slot, now));
        }
    }
    for name in &options.encryption {
        let (alg, key_type) = super::make::encryption_alg(name)?;
        let ordered = |order: &Order| order.slot.purpose == Purpose::Enc && alg.fits(order.slot.key_type);
        if !held(&|key| key.decrypts(alg)) && !orders.iter().any(ordered) {
            let slot = Slot { purpose: Purpose::Enc, alg: only(options, Purpose::Enc, key_type), key_type };
            orders.push(Order::new(slot, now));
        }
    }
    Ok(orders)
}

/// A key that is alone with its algorithm says so; one that serves several leaves it open.
fn only(options: &KeyOptions, purpose: Purpose, key_type: KeyType) -> Option<String> {
    let signs = |name: &str| name.parse().is_ok_and(|alg: SigningAlg| alg.key_type() == key_type);
    let decrypts = |name: &str| name.parse().is_ok_and(|alg: KeyManagementAlg| alg.fits(key_type));
    let mut fitting = match purpose {
        Purpose::Sig => options.signing.iter().filter(|name| signs(name)).collect::<Vec<_>>(),
        Purpose::Enc => options.encryption.iter().filter(|name| decrypts(name)).collect(),
    };
    let last = fitting.pop();
    last.filter(|_| fitting.is_empty()).cloned()
}

/// Takes out what has been retired for long enough.
pub(super) fn sweep(keys: &mut Vec<Key>, now: Timestamp) {
    keys.retain(|key| key.times.remove_at.is_none_or(|at| at > now));
}

/// Retires active keys whose place a newer one has taken.
pub(super) fn supersede(keys: &mut [Key], options: &KeyOptions, keep: u64, now: Timestamp) {
    let old: Vec<usize> = (0..keys.len()).filter(|index| is_superseded(keys, *index, options, now)).collect();
    for index in old {
        if let Some(key) = keys.get_mut(index) {
            key.retire(now, keep);
        }
    }
}

/// Retires active keys whose algorithms are no longer configured.
pub(super) fn retire_unused(keys: &mut [Key], options: &KeyOptions, keep: u64, now: Timestamp) {
    for key in keys.iter_mut().filter(|key| key.state(now) == State::Active) {
        if key.serves(options).is_empty() {
            key.retire(now, keep);
        }
    }
}

/// Whether newer active keys do all that this one does.
fn is_superseded(keys: &[Key], index: usize, options: &KeyOptions, now: Timestamp) -> bool {
    let Some(key) = keys.get(index).filter(|key| key.state(now) == State::Active) else { return false };
    let newer = || {
        keys.iter().enumerate().filter(move |(other, candidate)| {
            candidate.state(now) == State::Active
                && candidate.purpose() == key.purpose()
                && (candidate.active_at(), *other) > (key.active_at(), index)
        })
    };
    let slot = key.slot();
    let serves = key.serves(options);
    let taken = |alg: &&str| newer().any(|(_, candidate)| candidate.serves(options).contains(alg));
    newer().any(|(_, candidate)| candidate.slot() == slot) || (!serves.is_empty() && serves.iter().all(taken))
}

fn next(keys: &[Key], slot: &Slot, now: Timestamp) -> Option<usize> {
    keys.iter().position(|key| key.state(now) == State::Next && key.slot() == *slot)
}
