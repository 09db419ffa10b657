//! RFC 7517 §5: what becomes of a ring, computed before anything is written, and then written at once.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::settings::Lifetimes;
use signet_core::time::Timestamp;
use signet_store::{List, Listed, Store};

use super::gone::Gone;
use super::key::{Key, Order};
use super::stored::{self, Read};
use super::{KeyError, KeyOptions, KeyRing, changed, life, longest, make};

/// A ring as it is to be, and the writes that make it so: none where it is so already.
pub(crate) struct Planned {
    ring: KeyRing,
    changes: Vec<Change>,
}

impl Planned {
    /// As it is to be.
    pub(crate) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The ring for those who only rehearse.
    pub(crate) fn unwritten(self) -> KeyRing {
        self.ring
    }

    /// Writes it; if another node was faster, the ring is opened again.
    pub(crate) async fn written(self, store: &dyn Store, now: Timestamp) -> Result<KeyRing, KeyError> {
        let options = self.ring.options.clone();
        match self.commit(store).await? {
            Some(ring) => Ok(ring),
            None => KeyRing::open(store, &options, now).await,
        }
    }

    /// `None` when another node was faster.
    async fn commit(self, store: &dyn Store) -> Result<Option<KeyRing>, KeyError> {
        let written = self.changes.is_empty() || stored::commit(store, self.changes).await?;
        Ok(written.then_some(self.ring))
    }
}

/// Changes a ring: on a copy, then by one write that names the version which was changed. Who comes too late
/// begins anew.
pub(super) async fn revise(
    store: &dyn Store,
    options: &Arc<KeyOptions>,
    now: Timestamp,
    keep: Option<u64>,
    mut first: Option<Read>,
    step: &(impl Fn(&mut Vec<Key>, &Gone, &KeyOptions, Timestamp) -> Result<Vec<Order>, KeyError> + Send + Sync),
) -> Result<KeyRing, KeyError> {
    loop {
        let planned = plan(store, options, now, keep, first.take(), step).await?;
        if let Some(ring) = planned.commit(store).await? {
            return Ok(ring);
        }
    }
}

/// The first half of it: nothing is written.
pub(super) async fn plan(
    store: &dyn Store,
    options: &Arc<KeyOptions>,
    now: Timestamp,
    keep: Option<u64>,
    first: Option<Read>,
    step: &(impl Fn(&mut Vec<Key>, &Gone, &KeyOptions, Timestamp) -> Result<Vec<Order>, KeyError> + Send + Sync),
) -> Result<Planned, KeyError> {
    let Read { version, mut keys, gone, tidy } = match first {
        Some(read) => read,
        None => stored::read(store, &options.at_rest).await?,
    };
    let before = keys.clone();
    let clock = now;
    let mut now = life::reached(&keys, clock);
    let mut orders = step(&mut keys, &gone, options, now)?;
    if keep == Some(0) && now > clock {
        // None of the old keys stays, nor does the time of a clock that was ahead.
        keys.clear();
        orders.iter_mut().for_each(|order| order.active_at = clock);
        now = clock;
    }
    keys.extend(make::make(orders, now).await?);
    life::supersede(&mut keys, options, keep.unwrap_or(options.keep()), now);
    if keep.is_none() {
        stay_for_stored_clients(store, options, &before, &mut keys).await?;
    }
    life::sweep(&mut keys, now);
    if tidy && same(&before, &keys) {
        let ring = KeyRing::build(version, keys, options.clone(), clock)?;
        return Ok(Planned { ring, changes: Vec::new() });
    }
    let gone = gone.after(&before, &keys);
    let mut changes = vec![stored::written(&options.at_rest, version, &keys, gone)?];
    changes.extend(changed::event(options, &before, &keys, now));
    Ok(Planned { ring: KeyRing::build(version + 1, keys, options.clone(), clock)?, changes })
}

pub(super) fn same(before: &[Key], after: &[Key]) -> bool {
    let same = |(a, b): (&Key, &Key)| Arc::ptr_eq(&a.jwk, &b.jwk) && a.times == b.times;
    before.len() == after.len() && before.iter().zip(after).all(same)
}

/// Clients in the store may have lifetimes of their own too. They are looked at when a key retires, which is
/// seldom.
async fn stay_for_stored_clients(
    store: &dyn Store,
    options: &KeyOptions,
    before: &[Key],
    keys: &mut [Key],
) -> Result<(), KeyError> {
    let was = |key: &Key| before.iter().any(|old| Arc::ptr_eq(&old.jwk, &key.jwk) && old.times == key.times);
    let retiring = |key: &Key| key.times.retired_at.is_some() && key.times.remove_at.is_some() && !was(key);
    if !keys.iter().any(retiring) {
        return Ok(());
    }
    const PAGE: usize = 500;
    let mut query = List::first(Listed::Clients, PAGE);
    let mut most = 0;
    loop {
        let page = store.list(query.clone()).await?;
        let own = page.clients.iter().map(|client| &client.lifetimes);
        let none = Lifetimes { access_token: 0, id_token: 0, session: 0, ..Lifetimes::default() };
        most = most.max(longest(&none, own));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let more = most.saturating_sub(options.longest);
    for key in keys.iter_mut().filter(|key| more > 0 && retiring(key)) {
        key.times.remove_at = key.times.remove_at.map(|at| at.plus(more));
    }
    Ok(())
}
