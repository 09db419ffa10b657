//! Events: kept with what they tell of, listed by whichever index leads to the fewest, forgotten by age and
//! by number.

use rusqlite::types::Value;
use rusqlite::{Connection, Result, Row, params_from_iter};
use signet_core::id::{ClientId, EventId, SessionId, UserId};
use signet_core::record::{Cause, Recorded};

use super::apply::{get, one};
use super::reader::Reader;
use crate::events::{EventFilter, Forget};
use crate::retention::STEP;
use crate::row::{EventPayload, decode};
use crate::{Listing, StoreError};

/// Under its id; where another one has it, after those of the same millisecond.
pub(super) fn record(c: &Connection, event: &Recorded, v: &str) -> Result<bool> {
    one(
        c,
        "INSERT INTO events (id, kind, user_id, client_id, session_id, cause, v) VALUES (\
         CASE WHEN EXISTS (SELECT 1 FROM events WHERE id = ?1) \
         THEN (SELECT id + 1 FROM events WHERE id >= ?1 AND id < ?8 ORDER BY id DESC LIMIT 1) ELSE ?1 END, \
         ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        (
            event.id.0,
            &event.kind,
            event.user.as_ref().map(UserId::as_str),
            event.client.as_ref().map(ClientId::as_str),
            event.session.map(|session| session.0),
            cause(event.cause),
            v,
            event.id.end().0,
        ),
    )
}

fn cause(cause: Cause) -> i64 {
    match cause {
        Cause::Proven => 0,
        Cause::Stranger => 1,
        Cause::Nameless => 2,
    }
}

/// The oldest before an id, at most so many. The condition names the index.
const NAMELESS: &str = "DELETE FROM events WHERE id IN \
     (SELECT id FROM events WHERE cause > 0 AND cause = 2 AND id < ?2 ORDER BY id LIMIT ?1)";
const OF_STRANGERS: &str = "DELETE FROM events WHERE id IN \
     (SELECT id FROM events WHERE cause > 0 AND cause = 1 AND id < ?2 ORDER BY id LIMIT ?1)";
const ANY: &str = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < ?2 ORDER BY id LIMIT ?1)";

/// Deletes at most so many that strangers have caused, those first that name nobody; how many.
pub(super) fn forget_strangers(c: &Connection, limit: usize) -> Result<usize> {
    let gone = c.prepare_cached(NAMELESS)?.execute((left(limit, 0), i64::MAX))?;
    Ok(gone + c.prepare_cached(OF_STRANGERS)?.execute((left(limit, gone), i64::MAX))?)
}

/// Deletes what is too old of each kind, then what there is too much of.
pub(super) fn forget(c: &Connection, what: &Forget, limit: usize) -> Result<usize> {
    let mut gone = 0;
    for kind in kinds(c, "")? {
        let sql = "DELETE FROM events WHERE id IN \
                   (SELECT id FROM events WHERE kind = ?2 AND id < ?3 ORDER BY id LIMIT ?1)";
        let first_kept = what.first_kept(&kind).0;
        gone += c.prepare_cached(sql)?.execute((left(limit, gone), &kind, first_kept))?;
    }
    let first_kept = EventId::first_at(what.nameless).0;
    gone += c.prepare_cached(NAMELESS)?.execute((left(limit, gone), first_kept))?;
    let number = |sql| get::<i64>(c, sql, []).map(Option::unwrap_or_default);
    let strangers = "SELECT sum(n) FROM event_counts WHERE cause > 0";
    let others = number("SELECT n FROM event_counts WHERE cause = 0")?;
    let most_of_strangers = what.most_of_strangers(u64::try_from(others).unwrap_or_default());
    for (among, count, most) in [
        (NAMELESS, strangers, most_of_strangers),
        (OF_STRANGERS, strangers, most_of_strangers),
        (ANY, "SELECT sum(n) FROM event_counts", what.most),
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
        get::<Option<String>>(c, "SELECT min(kind) FROM events WHERE kind >= ?1", [prefix])?.flatten();
    while let Some(kind) = next.filter(|kind| kind.starts_with(prefix)) {
        next = get::<Option<String>>(c, "SELECT min(kind) FROM events WHERE kind > ?1", [&kind])?.flatten();
        kinds.push(kind);
    }
    Ok(kinds)
}

/// The ways to a page: `?1` and `?2` are the ids that it is between, `?3` is what an index is looked up by.
pub(super) const BY: [&str; 5] =
    ["session_id = ?3 AND", "user_id = ?3 AND", "client_id = ?3 AND", "kind = ?3 AND", ""];

pub(super) fn page(by: &str, newest_first: bool) -> String {
    let order = if newest_first { "DESC" } else { "ASC" };
    format!(
        "SELECT id, kind, user_id, client_id, session_id, cause, v FROM events \
         WHERE {by} id > ?1 AND id < ?2 ORDER BY id {order}"
    )
}

/// What is looked for in an index.
struct Wanted<'a> {
    sql: String,
    /// The ids that it is between.
    between: (i64, i64),
    filter: &'a EventFilter,
    /// How many events a page has at most.
    size: usize,
}

impl Reader<'_> {
    /// A page that looks at a bounded part of one index.
    pub(super) fn list_events(
        &self,
        filter: &EventFilter,
        after: Option<&str>,
        size: usize,
        page: &mut Listing,
    ) -> std::result::Result<(), StoreError> {
        let [by_session, by_user, by_client, by_kind, all] = BY;
        let (by, keys): (_, Vec<Option<Value>>) = match filter {
            EventFilter { session: Some(SessionId(session)), .. } => {
                (by_session, vec![Some(Value::from(*session))])
            }
            EventFilter { users, .. } if !users.is_empty() => {
                (by_user, users.iter().map(|UserId(user)| Some(user.clone().into())).collect())
            }
            EventFilter { client: Some(ClientId(client)), .. } => {
                (by_client, vec![Some(client.clone().into())])
            }
            EventFilter { kind, .. } if !kind.is_empty() => {
                let kinds = kinds(self.connection, kind).map_err(|e| self.failed(&e))?;
                (by_kind, kinds.into_iter().map(|kind| Some(kind.into())).collect())
            }
            _ => (all, vec![None]),
        };
        let between = filter.between(after)?;
        let wanted = Wanted { sql: self::page(by, filter.newest_first), between, filter, size };
        let mut next: Vec<i64> = Vec::new();
        for key in keys {
            next.extend(self.some_events(&wanted, key, page)?);
        }
        let order = |id: i64| if filter.newest_first { !id } else { id };
        page.events.sort_by_key(|event| order(event.id.0));
        // Where one index was looked at no further, the others count no further either.
        let looked = next.into_iter().min_by_key(|id| order(*id));
        if let Some(looked) = looked {
            page.events.retain(|event| order(event.id.0) <= order(looked));
        }
        let cut = crate::list::cut(&mut page.events, size, |event| event.id.to_string());
        page.next = cut.or(looked.map(|id| id.to_string()));
        Ok(())
    }

    /// What one index leads to, and how far it was looked at where it goes on.
    fn some_events(
        &self,
        wanted: &Wanted<'_>,
        key: Option<Value>,
        page: &mut Listing,
    ) -> std::result::Result<Option<i64>, StoreError> {
        let failed = |e: rusqlite::Error| self.failed(&e);
        let mut statement = self.connection.prepare(&wanted.sql).map_err(failed)?;
        let (after, end) = wanted.between;
        let parameters = [Some(after.into()), Some(end.into()), key].into_iter().flatten();
        let mut rows = statement.query(params_from_iter(parameters)).map_err(failed)?;
        let (mut found, mut last) = (0, None);
        for looked in 0.. {
            let Some(row) = rows.next().map_err(failed)? else { return Ok(None) };
            if found == wanted.size || looked == STEP {
                return Ok(last);
            }
            let (event, payload) = read(row).map_err(failed)?;
            last = Some(event.id.0);
            if wanted.filter.has(&event) {
                found += 1;
                page.events.push(self.whole(event, &payload)?);
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
