//! Blocks of events: what is in each is written beside it once, when it is sorted, instead of index entries
//! for each event.

use rusqlite::{Connection, OptionalExtension as _, Result, Row};

use super::signature::{Key, Signature};
use crate::sqlite::apply::{get, run, there};

/// Events of a block, without any that come late.
const EVENTS: i64 = 64;

/// What an event can be found by.
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) kind: String,
    user: Option<String>,
    client: Option<String>,
    session: Option<i64>,
    pub(super) cause: i64,
}

impl Entry {
    /// Those of a range of ids, the oldest first.
    pub(super) fn between(c: &Connection, first: i64, last: i64, limit: usize) -> Result<Vec<Self>> {
        c.prepare_cached(
            "SELECT id, kind, user_id, client_id, session_id, cause FROM events \
             WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
        )?
        .query_map((first, last, i64::try_from(limit).unwrap_or(i64::MAX)), Self::read)?
        .collect()
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            user: row.get(2)?,
            client: row.get(3)?,
            session: row.get(4)?,
            cause: row.get(5)?,
        })
    }

    fn keys(&self) -> impl Iterator<Item = Key<'_>> {
        let user = self.user.as_deref().map(Key::User);
        let client = self.client.as_deref().map(Key::Client);
        [user, client, self.session.map(Key::Session)].into_iter().flatten()
    }
}

/// The kinds that there are, each in the place of its bit.
pub(super) struct Kinds(Vec<String>);

impl Kinds {
    /// Those that come after all bits but one share that one.
    const SHARED: usize = 63;

    pub(super) fn read(c: &Connection) -> Result<Self> {
        let mut found = c.prepare_cached("SELECT kind FROM event_kinds ORDER BY id")?;
        Ok(Self(found.query_map([], |row| row.get(0))?.collect::<Result<_>>()?))
    }

    /// The bit of a kind, which it gets if it is new.
    fn bit(&mut self, c: &Connection, kind: &str) -> Result<u64> {
        if let Some(place) = self.0.iter().position(|known| known == kind) {
            return Ok(Self::at(place));
        }
        let place = self.0.len();
        let id = i64::try_from(place).unwrap_or(i64::MAX);
        run(c, "INSERT INTO event_kinds (id, kind) VALUES (?1, ?2)", (id, kind))?;
        self.0.push(kind.to_owned());
        Ok(Self::at(place))
    }

    fn at(place: usize) -> u64 {
        1 << place.min(Self::SHARED)
    }

    /// Each kind and its bit.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().enumerate().map(|(place, kind)| (kind.as_str(), Self::at(place)))
    }

    /// All bits but those that only kinds have of which this does not hold.
    pub(super) fn all_but_those(&self, has: impl Fn(&str) -> bool) -> u64 {
        let own = self.each().take(Self::SHARED);
        own.filter(|(kind, _)| !has(kind)).fold(u64::MAX, |bits, (_, bit)| bits & !bit)
    }
}

/// Numbers of events by their cause.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts([i64; 4]);

impl Counts {
    pub(super) fn add(&mut self, entry: &Entry, more: i64) {
        if let Some(count) = usize::try_from(entry.cause).ok().and_then(|cause| self.0.get_mut(cause)) {
            *count += more;
        }
    }

    /// Adds them to those of the whole store.
    pub(super) fn keep(self, c: &Connection) -> Result<()> {
        for (cause, more) in (0_i64..).zip(self.0).filter(|(_, more)| *more != 0) {
            run(c, "UPDATE event_counts SET n = n + ?2 WHERE cause = ?1", (cause, more))?;
        }
        Ok(())
    }
}

/// The events between two ids, and what is written beside them.
pub(super) struct Block {
    pub(super) first: i64,
    pub(super) last: i64,
    kinds: u64,
    counts: Counts,
    signature: Signature,
}

impl Block {
    fn empty(first: i64, last: i64) -> Self {
        Self { first, last, kinds: 0, counts: Counts::default(), signature: Signature::empty() }
    }

    /// The one that an id falls into: with its last, or the oldest of those that are newer.
    pub(super) fn covering(c: &Connection, id: i64) -> Result<Option<Self>> {
        c.prepare_cached(
            "SELECT last, first, kinds, proven, strangers, nameless, ordinary, signature FROM event_blocks \
             WHERE last >= ?1 ORDER BY last LIMIT 1",
        )?
        .query_row([id], Self::read)
        .optional()
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            last: row.get(0)?,
            first: row.get(1)?,
            kinds: row.get::<_, i64>(2)?.cast_unsigned(),
            counts: Counts([row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?]),
            signature: Signature::stored(row.get(7)?),
        })
    }

    fn add(&mut self, c: &Connection, kinds: &mut Kinds, entry: &Entry) -> Result<()> {
        self.first = self.first.min(entry.id);
        self.last = self.last.max(entry.id);
        self.kinds |= kinds.bit(c, &entry.kind)?;
        self.counts.add(entry, 1);
        entry.keys().for_each(|key| self.signature.add(key));
        Ok(())
    }

    fn has_room(&self) -> bool {
        self.counts.0.iter().sum::<i64>() < EVENTS
    }

    fn put(&self, c: &Connection) -> Result<()> {
        let Counts([proven, strangers, nameless, ordinary]) = self.counts;
        run(
            c,
            "INSERT OR REPLACE INTO event_blocks \
             (last, first, kinds, proven, strangers, nameless, ordinary, signature) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                self.last,
                self.first,
                self.kinds.cast_signed(),
                proven,
                strangers,
                nameless,
                ordinary,
                self.signature.bytes(),
            ),
        )
        .map(drop)
    }

    fn delete(&self, c: &Connection) -> Result<()> {
        run(c, "DELETE FROM event_blocks WHERE last = ?1", [self.last]).map(drop)
    }

    /// Writes it anew, after all of its events but these have gone.
    pub(super) fn leave(&self, c: &Connection, kinds: &mut Kinds, left: &[Entry]) -> Result<()> {
        let [first, ..] = left else { return self.delete(c) };
        let mut block = Self::empty(first.id, self.last);
        left.iter().try_for_each(|entry| block.add(c, kinds, entry))?;
        block.put(c)
    }
}

/// The last event that is sorted.
fn sorted(c: &Connection) -> Result<i64> {
    Ok(get::<Option<i64>>(c, "SELECT max(last) FROM event_blocks", [])?.flatten().unwrap_or(i64::MIN))
}

/// Whether there are any that are not.
pub(in crate::sqlite) fn is_unsorted(c: &Connection) -> Result<bool> {
    there(c, "SELECT 1 FROM events WHERE id > ?1", [sorted(c)?])
}

/// Sorts the oldest that are not, at most so many; how many.
pub(in crate::sqlite) fn sort(c: &Connection, limit: usize) -> Result<usize> {
    let sorted = sorted(c)?;
    let entries = Entry::between(c, sorted.saturating_add(1), i64::MAX, limit)?;
    if entries.is_empty() {
        return Ok(0);
    }
    let mut kinds = Kinds::read(c)?;
    let mut block = Block::covering(c, sorted)?.filter(Block::has_room);
    if let Some(block) = &block {
        // It goes on, and has another last event then.
        block.delete(c)?;
    }
    let mut counts = Counts::default();
    for entry in &entries {
        if let Some(full) = block.take_if(|block| !block.has_room()) {
            full.put(c)?;
        }
        let block = block.get_or_insert_with(|| Block::empty(entry.id, entry.id));
        block.add(c, &mut kinds, entry)?;
        counts.add(entry, 1);
    }
    if let Some(block) = &block {
        block.put(c)?;
    }
    counts.keep(c)?;
    Ok(entries.len())
}

/// One that comes late, after others that are sorted, is sorted at once.
pub(super) fn sort_late(c: &Connection, id: i64) -> Result<()> {
    let Some(mut block) = Block::covering(c, id)? else { return Ok(()) };
    let mut counts = Counts::default();
    for entry in Entry::between(c, id, id, 1)? {
        block.add(c, &mut Kinds::read(c)?, &entry)?;
        counts.add(&entry, 1);
    }
    block.put(c)?;
    counts.keep(c)
}
