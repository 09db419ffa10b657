//! Old events are forgotten by age and by number, a block after the other.

use std::collections::BTreeMap;

use rusqlite::{Connection, Params, Result};
use signet_core::id::EventId;

use super::blocks::{self, Block, Counts, Entry, Kinds};
use super::{NAMELESS, ORDINARY, STRANGERS};
use crate::Forget;
use crate::sqlite::apply::{get, run};

/// Deletes what is too old of each kind, then what there is too much of.
pub(in crate::sqlite) fn forget(c: &Connection, what: &Forget, limit: usize) -> Result<usize> {
    let mut kinds = Kinds::read(c)?;
    let mut gone = too_old(c, what, &mut kinds, limit)?;
    let number = |sql| Ok::<_, rusqlite::Error>(get::<i64>(c, sql, [])?.unwrap_or_default());
    let strangers = "SELECT sum(n) FROM event_counts WHERE cause IN (1, 2)";
    let all = "SELECT sum(n) FROM event_counts";
    let others = number("SELECT sum(n) FROM event_counts WHERE cause IN (0, 3)")?;
    let most_of_strangers = what.most_of_strangers(u64::try_from(others).unwrap_or_default());
    for (cause, counted, most) in [
        (Some(NAMELESS), strangers, most_of_strangers),
        (Some(STRANGERS), strangers, most_of_strangers),
        (Some(ORDINARY), all, what.most),
        (None, all, what.most),
    ] {
        let excess = number(counted)?.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX));
        let excess = usize::try_from(excess).unwrap_or_default();
        gone += oldest(c, cause, &mut kinds, excess.min(limit.saturating_sub(gone)))?;
    }
    Ok(gone)
}

/// Deletes at most so many that strangers have caused, those first that name nobody, in a transaction of its
/// own; whether there may be more.
pub(in crate::sqlite) fn forget_strangers(c: &Connection, limit: usize) -> Result<bool> {
    let transaction = c.unchecked_transaction()?;
    let sorted = blocks::sort(c, limit)?;
    let mut kinds = Kinds::read(c)?;
    let mut gone = oldest(c, Some(NAMELESS), &mut kinds, limit)?;
    gone += oldest(c, Some(STRANGERS), &mut kinds, limit.saturating_sub(gone))?;
    transaction.commit()?;
    Ok(sorted + gone > 0)
}

/// Of each kind those before the first that stays, and of those that name nobody. Blocks that end after it
/// are not looked at, but for the one that it is in.
fn too_old(c: &Connection, what: &Forget, kinds: &mut Kinds, limit: usize) -> Result<usize> {
    const OLD: &str = "SELECT last FROM event_blocks WHERE first < ?1 AND kinds & ?2 <> 0 AND last <= \
         coalesce((SELECT min(last) FROM event_blocks WHERE last >= ?1), ?1) ORDER BY last LIMIT ?3";
    const OLD_NAMELESS: &str = "SELECT last FROM event_blocks WHERE first < ?1 AND strangers + nameless > 0 \
         AND nameless > 0 ORDER BY last LIMIT ?2";
    let nameless = EventId::first_at(what.nameless).0;
    let is_due = |entry: &Entry| {
        entry.id < what.first_kept(&entry.kind).0 || is_of(NAMELESS, entry) && entry.id < nameless
    };
    // Kinds that are kept for the same time go together.
    let mut by_first_kept: BTreeMap<i64, u64> = BTreeMap::new();
    for (kind, bit) in kinds.each() {
        *by_first_kept.entry(what.first_kept(kind).0).or_default() |= bit;
    }
    let mut gone = 0;
    for (first_kept, bits) in by_first_kept {
        let left = limit.saturating_sub(gone);
        let old = found(c, OLD, (first_kept, bits.cast_signed(), number(left)))?;
        gone += thin(c, old, kinds, left, is_due)?;
    }
    let left = limit.saturating_sub(gone);
    let old = found(c, OLD_NAMELESS, (nameless, number(left)))?;
    Ok(gone + thin(c, old, kinds, left, is_due)?)
}

/// So many of the oldest, whoever caused them or of one cause.
fn oldest(c: &Connection, cause: Option<i64>, kinds: &mut Kinds, limit: usize) -> Result<usize> {
    let with = match cause {
        Some(STRANGERS) => "WHERE strangers + nameless > 0 AND strangers > 0",
        Some(NAMELESS) => "WHERE strangers + nameless > 0 AND nameless > 0",
        Some(_) => "WHERE ordinary > 0",
        None => "",
    };
    let sql = format!("SELECT last FROM event_blocks {with} ORDER BY last LIMIT ?1");
    let old = found(c, &sql, [number(limit)])?;
    thin(c, old, kinds, limit, |entry| cause.is_none_or(|cause| is_of(cause, entry)))
}

fn is_of(cause: i64, entry: &Entry) -> bool {
    entry.cause == cause
}

fn found(c: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<i64>> {
    c.prepare_cached(sql)?.query_map(parameters, |row| row.get(0))?.collect()
}

/// Deletes at most so many events of these blocks, the oldest first; how many.
fn thin(
    c: &Connection,
    blocks: Vec<i64>,
    kinds: &mut Kinds,
    limit: usize,
    is_due: impl Fn(&Entry) -> bool,
) -> Result<usize> {
    let mut gone = 0;
    for last in blocks {
        if gone >= limit {
            break;
        }
        let Some(block) = Block::covering(c, last)?.filter(|block| block.last == last) else { continue };
        let (mut left, mut counts) = (Vec::new(), Counts::default());
        for entry in Entry::between(c, block.first, last, usize::MAX)? {
            if gone >= limit || !is_due(&entry) {
                left.push(entry);
                continue;
            }
            run(c, "DELETE FROM events WHERE id = ?1", [entry.id])?;
            counts.add(&entry, -1);
            gone += 1;
        }
        if counts != Counts::default() {
            block.leave(c, kinds, &left)?;
            counts.keep(c)?;
        }
    }
    Ok(gone)
}

fn number(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
