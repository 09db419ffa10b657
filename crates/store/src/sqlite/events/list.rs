//! Listed events: whole blocks are passed over in which what is sought cannot be.

use rusqlite::{Row, Rows};
use signet_core::id::{ClientId, EventId, SessionId, UserId};
use signet_core::record::{Cause, Recorded, Severity};

use super::blocks::Kinds;
use super::signature::Key;
use super::{ORDINARY, STRANGERS};
use crate::events::EventFilter;
use crate::retention::STEP;
use crate::row::{EventPayload, decode};
use crate::sqlite::apply::get;
use crate::sqlite::reader::Reader;
use crate::{Listing, StoreError};

/// How many blocks a page passes over.
const BLOCKS: usize = 20_000;

/// Blocks from an event on.
pub(in crate::sqlite) const FORWARDS: &str =
    "SELECT first, last, kinds, signature FROM event_blocks WHERE last > ?1 ORDER BY last";

/// Those from the one that an event is in, or would be, back to the oldest.
const BACKWARDS: &str = "SELECT first, last, kinds, signature FROM event_blocks \
     WHERE last <= coalesce((SELECT min(last) FROM event_blocks WHERE last >= ?1), ?1) ORDER BY last DESC";

/// The events between two ids.
pub(in crate::sqlite) fn page(newest_first: bool) -> String {
    let order = if newest_first { "DESC" } else { "ASC" };
    format!(
        "SELECT id, kind, user_id, client_id, session_id, cause, v FROM events \
         WHERE id > ?1 AND id < ?2 ORDER BY id {order}"
    )
}

impl Reader<'_> {
    /// A page that looks at a bounded number of events and blocks.
    pub(in crate::sqlite) fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&str>,
        size: usize,
        page: &mut Listing,
    ) -> Result<(), StoreError> {
        let (after, end) = filter.between(after)?;
        let sought = Sought::of(self, filter)?;
        let mut search = Search { reader: self, filter, size, found: Vec::new(), looked: 0, passed: 0 };
        let next = match (&sought, filter.newest_first) {
            (None, _) => search.events(after, end)?,
            (Some(sought), false) => search.forwards(sought, after, end)?,
            (Some(sought), true) => search.backwards(sought, after, end)?,
        };
        page.events = search.found;
        page.next = next.map(|id| id.to_string());
        Ok(())
    }
}

/// What a block must hold.
struct Sought<'a> {
    /// One of these bits.
    kinds: u64,
    /// Of each of these at least one.
    keys: Vec<Vec<Key<'a>>>,
}

impl<'a> Sought<'a> {
    /// Nothing where every event is listed.
    fn of(reader: &Reader<'_>, filter: &'a EventFilter) -> Result<Option<Self>, StoreError> {
        let EventFilter { kind, severity, users, client, session, .. } = filter;
        let any_kind = kind.is_empty() && *severity == Severity::Info;
        let users: Vec<Key<'_>> = users.iter().map(|UserId(user)| Key::User(user)).collect();
        let client = client.iter().map(|ClientId(client)| Key::Client(client)).collect();
        let session = session.iter().map(|SessionId(session)| Key::Session(*session)).collect();
        let mut keys = vec![users, client, session];
        keys.retain(|any| !any.is_empty());
        if any_kind && keys.is_empty() {
            return Ok(None);
        }
        let kinds = Kinds::read(reader.connection).map_err(|e| reader.failed(&e))?;
        Ok(Some(Self { kinds: kinds.all_but_those(|kind| filter.may_have(kind)), keys }))
    }

    fn may_be_in(&self, kinds: u64, signature: &[u8]) -> bool {
        let one = |any: &Vec<Key<'_>>| any.iter().any(|key| key.may_be_in(signature));
        kinds & self.kinds != 0 && self.keys.iter().all(one)
    }
}

/// A block that is passed over or looked into.
struct Place {
    first: i64,
    last: i64,
    has: bool,
}

/// A page in the making. What is not whole says where the next one begins.
struct Search<'a> {
    reader: &'a Reader<'a>,
    filter: &'a EventFilter,
    size: usize,
    found: Vec<Recorded>,
    /// Events.
    looked: usize,
    /// Blocks.
    passed: usize,
}

impl Search<'_> {
    /// Blocks, then what is not sorted yet. What is sorted meanwhile is found as if it were not.
    fn forwards(&mut self, sought: &Sought<'_>, mut after: i64, end: i64) -> Result<Option<i64>, StoreError> {
        let failed = |e: rusqlite::Error| self.reader.failed(&e);
        let mut blocks = self.reader.connection.prepare_cached(FORWARDS).map_err(failed)?;
        let mut blocks = blocks.query([after]).map_err(failed)?;
        while let Some(place) = self.next(sought, &mut blocks)? {
            if place.first >= end {
                return Ok(None);
            }
            if self.passed > BLOCKS {
                return Ok(Some(after));
            }
            if let Some(next) = self.events_of(&place, after, end)? {
                return Ok(Some(next));
            }
            after = place.last;
        }
        self.events(after, end)
    }

    /// What is not sorted yet, then blocks.
    fn backwards(
        &mut self,
        sought: &Sought<'_>,
        after: i64,
        mut end: i64,
    ) -> Result<Option<i64>, StoreError> {
        let failed = |e: rusqlite::Error| self.reader.failed(&e);
        let c = self.reader.connection;
        let sorted = get::<Option<i64>>(c, "SELECT max(last) FROM event_blocks", []).map_err(failed)?;
        let sorted = sorted.flatten().unwrap_or(i64::MIN);
        if let Some(next) = self.events(after.max(sorted), end)? {
            return Ok(Some(next));
        }
        end = end.min(sorted.saturating_add(1));
        let mut blocks = c.prepare_cached(BACKWARDS).map_err(failed)?;
        let mut blocks = blocks.query([end.saturating_sub(1)]).map_err(failed)?;
        while let Some(place) = self.next(sought, &mut blocks)? {
            if place.last <= after {
                return Ok(None);
            }
            if self.passed > BLOCKS {
                return Ok(Some(end));
            }
            if let Some(next) = self.events_of(&place, after, end)? {
                return Ok(Some(next));
            }
            end = end.min(place.first);
        }
        Ok(None)
    }

    /// What of a block is between two ids, unless what is sought cannot be in it.
    fn events_of(&mut self, place: &Place, after: i64, end: i64) -> Result<Option<i64>, StoreError> {
        let Place { first, last, has } = *place;
        match has {
            true => self.events(after.max(first.saturating_sub(1)), end.min(last.saturating_add(1))),
            false => Ok(None),
        }
    }

    fn next(&mut self, sought: &Sought<'_>, blocks: &mut Rows<'_>) -> Result<Option<Place>, StoreError> {
        let failed = |e: rusqlite::Error| self.reader.failed(&e);
        self.passed += 1;
        let Some(row) = blocks.next().map_err(failed)? else { return Ok(None) };
        let place = || {
            let signature = row.get_ref(3)?.as_blob().unwrap_or_default();
            let has = sought.may_be_in(row.get::<_, i64>(2)?.cast_unsigned(), signature);
            Ok(Place { first: row.get(0)?, last: row.get(1)?, has })
        };
        place().map(Some).map_err(failed)
    }

    /// The events between two ids; where to go on, where there may be more that the page has no room for.
    fn events(&mut self, after: i64, end: i64) -> Result<Option<i64>, StoreError> {
        let failed = |e: rusqlite::Error| self.reader.failed(&e);
        let sql = page(self.filter.newest_first);
        let mut statement = self.reader.connection.prepare_cached(&sql).map_err(failed)?;
        let mut rows = statement.query([after, end]).map_err(failed)?;
        let mut last = None;
        while let Some(row) = rows.next().map_err(failed)? {
            let (event, payload) = read(row).map_err(failed)?;
            if self.found.len() == self.size || self.looked == STEP {
                // Before it, whatever came before.
                let before = if self.filter.newest_first {
                    event.id.0.saturating_add(1)
                } else {
                    event.id.0.saturating_sub(1)
                };
                return Ok(Some(last.unwrap_or(before)));
            }
            self.looked += 1;
            last = Some(event.id.0);
            if self.filter.has(&event) {
                let event = self.reader.whole(event, &payload)?;
                if self.filter.has_severity(&event) {
                    self.found.push(event);
                }
            }
        }
        Ok(None)
    }
}

impl Reader<'_> {
    fn whole(&self, event: Recorded, payload: &str) -> Result<Recorded, StoreError> {
        let EventPayload { at, severity, username, address, request, rule, detail } =
            decode("event", self.path.display(), payload)?;
        Ok(Recorded { at, severity, username, address, request, rule, detail, ..event })
    }
}

/// The columns of an event, and its JSON.
fn read(row: &Row<'_>) -> rusqlite::Result<(Recorded, String)> {
    let cause = match row.get::<_, i64>(5)? {
        0 => Cause::Proven,
        STRANGERS => Cause::Stranger,
        ORDINARY => Cause::Ordinary,
        _ => Cause::Nameless,
    };
    let event = Recorded {
        id: EventId(row.get(0)?),
        at: Default::default(),
        kind: row.get(1)?,
        severity: Default::default(),
        user: row.get::<_, Option<String>>(2)?.map(UserId),
        username: None,
        client: row.get::<_, Option<String>>(3)?.map(ClientId),
        session: row.get::<_, Option<i64>>(4)?.map(SessionId),
        address: None,
        request: None,
        rule: None,
        detail: Default::default(),
        cause,
    };
    Ok((event, row.get(6)?))
}
