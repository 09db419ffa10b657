//! Events: kept with what they tell of in one place, and sorted into the indexes later, many at a time;
//! listed by whichever index leads to the fewest, forgotten by age and by number.

use rusqlite::types::Value;
use rusqlite::{Connection, Result, Row, params_from_iter};
use signet_core::id::{ClientId, EventId, SessionId, UserId};
use signet_core::record::{Cause, Recorded, Severity};

use super::apply::{get, one, run, there};
use super::reader::Reader;
use crate::events::{EventFilter, Forget};
use crate::retention::STEP;
use crate::row::{EventPayload, decode};
use crate::{Listing, StoreError};

/// Under its id; where another one has it, after those of the same millisecond. One that comes late, among
/// those that are sorted, is sorted at once.
pub(super) fn record(c: &Connection, event: &Recorded, v: &str) -> Result<bool> {
    let is_late = get(c, "SELECT ?1 <= up_to FROM events_sorted", [event.id.0])?.unwrap_or(false);
    let is_new = one(
        c,
        "INSERT INTO events (id, kind, user_id, client_id, session_id, cause, v, sorted) VALUES (\
         CASE WHEN EXISTS (SELECT 1 FROM events WHERE id = ?1) \
         THEN (SELECT id + 1 FROM events WHERE id >= ?1 AND id < ?8 ORDER BY id DESC LIMIT 1) ELSE ?1 END, \
         ?2, ?3, ?4, ?5, ?6, ?7, ?9) ON CONFLICT DO NOTHING",
        (
            event.id.0,
            &event.kind,
            event.user.as_ref().map(UserId::as_str),
            event.client.as_ref().map(ClientId::as_str),
            event.session.map(|session| session.0),
            cause(event.cause),
            v,
            event.id.end().0,
            is_late,
        ),
    )?;
    if is_new && is_late {
        run(c, "UPDATE event_counts SET n = n + 1 WHERE cause = ?1", [cause(event.cause)])?;
    }
    Ok(is_new)
}

fn cause(cause: Cause) -> i64 {
    match cause {
        Cause::Proven => 0,
        Cause::Stranger => 1,
        Cause::Nameless => 2,
        Cause::Ordinary => 3,
    }
}

/// Whether there are any that are not sorted.
pub(super) fn is_unsorted(c: &Connection) -> Result<bool> {
    there(c, "SELECT 1 FROM events WHERE id > (SELECT up_to FROM events_sorted)", [])
}

/// Sorts the oldest that are not, at most so many; how many.
pub(super) fn sort(c: &Connection, limit: usize) -> Result<usize> {
    let last = "SELECT max(id) FROM (SELECT id FROM events \
                WHERE id > (SELECT up_to FROM events_sorted) ORDER BY id LIMIT ?1)";
    let Some(last) = get::<Option<i64>>(c, last, [left(limit, 0)])?.flatten() else { return Ok(0) };
    let these = "id > (SELECT up_to FROM events_sorted) AND id <= ?1 AND sorted = 0";
    let count = format!(
        "UPDATE event_counts SET n = n + \
         (SELECT count(*) FROM events WHERE {these} AND events.cause = event_counts.cause)"
    );
    c.prepare_cached(&count)?.execute([last])?;
    let sorted = c.prepare_cached(&format!("UPDATE events SET sorted = 1 WHERE {these}"))?.execute([last])?;
    run(c, "UPDATE events_sorted SET up_to = ?1", [last])?;
    Ok(sorted)
}

/// The oldest before an id, at most so many. The condition names the index.
const NAMELESS: &str = "DELETE FROM events WHERE id IN (SELECT id FROM events \
     WHERE sorted = 1 AND cause > 0 AND cause = 2 AND id < ?2 ORDER BY id LIMIT ?1)";
const OF_STRANGERS: &str = "DELETE FROM events WHERE id IN (SELECT id FROM events \
     WHERE sorted = 1 AND cause > 0 AND cause = 1 AND id < ?2 ORDER BY id LIMIT ?1)";
const ORDINARY: &str = "DELETE FROM events WHERE id IN (SELECT id FROM events \
     WHERE sorted = 1 AND cause > 0 AND cause = 3 AND id < ?2 ORDER BY id LIMIT ?1)";
const ANY: &str = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ?2 ORDER BY id LIMIT ?1)";

/// Deletes at most so many that strangers have caused, those first that name nobody, in a transaction of its
/// own; whether there may be more.
pub(super) fn forget_strangers(c: &Connection, limit: usize) -> Result<bool> {
    let transaction = c.unchecked_transaction()?;
    let sorted = sort(c, limit)?;
    let mut gone = c.prepare_cached(NAMELESS)?.execute((left(limit, 0), i64::MAX))?;
    gone += c.prepare_cached(OF_STRANGERS)?.execute((left(limit, gone), i64::MAX))?;
    transaction.commit()?;
    Ok(sorted + gone > 0)
}

/// Deletes what is too old of each kind, then what there is too much of.
pub(super) fn forget(c: &Connection, what: &Forget, limit: usize) -> Result<usize> {
    let mut gone = 0;
    for kind in kinds(c, "")? {
        let sql = "DELETE FROM events WHERE id IN (SELECT id FROM events \
                   WHERE sorted = 1 AND kind = ?2 AND id < ?3 ORDER BY id LIMIT ?1)";
        let first_kept = what.first_kept(&kind).0;
        gone += c.prepare_cached(sql)?.execute((left(limit, gone), &kind, first_kept))?;
    }
    let first_kept = EventId::first_at(what.nameless).0;
    gone += c.prepare_cached(NAMELESS)?.execute((left(limit, gone), first_kept))?;
    let number = |sql| get::<i64>(c, sql, []).map(Option::unwrap_or_default);
    let strangers = "SELECT sum(n) FROM event_counts WHERE cause IN (1, 2)";
    let all = "SELECT sum(n) FROM event_counts";
    let others = number("SELECT sum(n) FROM event_counts WHERE cause IN (0, 3)")?;
    let most_of_strangers = what.most_of_strangers(u64::try_from(others).unwrap_or_default());
    for (among, count, most) in [
        (NAMELESS, strangers, most_of_strangers),
        (OF_STRANGERS, strangers, most_of_strangers),
        (ORDINARY, all, what.most),
        (ANY, all, what.most),
    ] {
        let excess = number(count)?.saturating_sub(i64::try_from(most).unwrap_or(i64::MAX)).max(0);
        gone += c.prepare_cached(among)?.execute((excess.min(left(limit, gone)), i64::MAX))?;
    }
    Ok(gone)
}

fn left(limit: usize, gone: usize) -> i64 {
    i64::try_from(limit.saturating_sub(gone)).unwrap_or(i64::MAX)
}

/// The kinds there are whose names begin so: one look at the index for each.
fn kinds(c: &Connection, prefix: &str) -> Result<Vec<String>> {
    let mut kinds = Vec::new();
    let mut next =
        get::<Option<String>>(c, "SELECT min(kind) FROM events WHERE sorted = 1 AND kind >= ?1", [prefix])?
            .flatten();
    while let Some(kind) = next.filter(|kind| kind.starts_with(prefix)) {
        next =
            get::<Option<String>>(c, "SELECT min(kind) FROM events WHERE sorted = 1 AND kind > ?1", [&kind])?
                .flatten();
        kinds.push(kind);
    }
    Ok(kinds)
}

/// The ways to a page: `?1` and `?2` are the ids that it is between, `?3` is what an index is looked up by.
pub(super) const BY: [&str; 5] = [
    "sorted = 1 AND session_id = ?3 AND",
    "sorted = 1 AND user_id = ?3 AND",
    "sorted = 1 AND client_id = ?3 AND",
    "sorted = 1 AND kind = ?3 AND",
    "",
];

pub(super) fn page(by: &str, newest_first: bool) -> String {
    let order = if newest_first { "DESC" } else { "ASC" };
    format!(
        "SELECT id, kind, user_id, client_id, session_id, cause, v FROM events \
         WHERE {by} id > ?1 AND id < ?2 ORDER BY id {order}"
    )
}

/// Where to look.
struct Way {
    by: &'static str,
    key: Option<Value>,
    /// The ids that it is between.
    between: (i64, i64),
}

impl Reader<'_> {
    /// A page that looks at a bounded part of each way to it.
    pub(super) fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&str>,
        size: usize,
        page: &mut Listing,
    ) -> std::result::Result<(), StoreError> {
        let mut next: Vec<i64> = Vec::new();
        for way in self.ways(filter, filter.between(after)?).map_err(|e| self.failed(&e))? {
            next.extend(self.some_events(way, filter, size, page)?);
        }
        let order = |id: i64| if filter.newest_first { !id } else { id };
        page.events.sort_by_key(|event| order(event.id.0));
        // Where one way was looked at no further, the others count no further either.
        let looked = next.into_iter().min_by_key(|id| order(*id));
        if let Some(looked) = looked {
            page.events.retain(|event| order(event.id.0) <= order(looked));
        }
        let cut = crate::list::cut(&mut page.events, size, |event| event.id.to_string());
        page.next = cut.or(looked.map(|id| id.to_string()));
        Ok(())
    }

    /// One index, and what is not sorted yet; else all there is.
    fn ways(&self, filter: &EventFilter, (first, end): (i64, i64)) -> Result<Vec<Way>> {
        // Read before the indexes are: what is sorted meanwhile is found as if it were not.
        let sorted = get(self.connection, "SELECT up_to FROM events_sorted", [])?.unwrap_or(i64::MAX);
        let [by_session, by_user, by_client, by_kind, all] = BY;
        let (by, keys): (_, Vec<Value>) = match filter {
            EventFilter { session: Some(SessionId(session)), .. } => (by_session, vec![(*session).into()]),
            EventFilter { users, .. } if !users.is_empty() => {
                (by_user, users.iter().map(|UserId(user)| user.clone().into()).collect())
            }
            EventFilter { client: Some(ClientId(client)), .. } => (by_client, vec![client.clone().into()]),
            EventFilter { kind, severity, .. } if !kind.is_empty() || *severity > Severity::Info => {
                let mut kinds = kinds(self.connection, kind)?;
                kinds.retain(|kind| filter.may_have(kind));
                (by_kind, kinds.into_iter().map(Value::from).collect())
            }
            _ => return Ok(vec![Way { by: all, key: None, between: (first, end) }]),
        };
        let between = (first, end.min(sorted.saturating_add(1)));
        let indexed = keys.into_iter().map(|key| Way { by, key: Some(key), between });
        let rest = Way { by: all, key: None, between: (first.max(sorted), end) };
        Ok(indexed.chain([rest]).collect())
    }

    /// What one way leads to, and how far it was looked at where it goes on.
    fn some_events(
        &self,
        way: Way,
        filter: &EventFilter,
        size: usize,
        page: &mut Listing,
    ) -> std::result::Result<Option<i64>, StoreError> {
        let failed = |e: rusqlite::Error| self.failed(&e);
        let sql = self::page(way.by, filter.newest_first);
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        let (after, end) = way.between;
        let parameters = [Some(after.into()), Some(end.into()), way.key].into_iter().flatten();
        let mut rows = statement.query(params_from_iter(parameters)).map_err(failed)?;
        let (mut found, mut last) = (0, None);
        for looked in 0.. {
            let Some(row) = rows.next().map_err(failed)? else { return Ok(None) };
            if found == size || looked == STEP {
                return Ok(last);
            }
            let (event, payload) = read(row).map_err(failed)?;
            last = Some(event.id.0);
            if filter.has(&event) {
                let event = self.whole(event, &payload)?;
                if filter.has_severity(&event) {
                    found += 1;
                    page.events.push(event);
                }
            }
        }
        Ok(None)
    }

    fn whole(&self, event: Recorded, payload: &str) -> std::result::Result<Recorded, StoreError> {
        let EventPayload { at, severity, username, address, request, rule, detail } =
            decode("event", self.path.display(), payload)?;
        Ok(Recorded { at, severity, username, address, request, rule, detail, ..event })
    }
}

/// The columns of an event, and its JSON.
fn read(row: &Row<'_>) -> Result<(Recorded, String)> {
    let cause = match row.get::<_, i64>(5)? {
        0 => Cause::Proven,
        1 => Cause::Stranger,
        3 => Cause::Ordinary,
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
