//! Events: kept with what they tell of, one row each; sorted into blocks later, many at a time; found by
//! what is written beside each block; forgotten by age and by number.

mod blocks;
mod forget;
mod list;
mod signature;

use rusqlite::{Connection, Result};
use signet_core::id::{ClientId, UserId};
use signet_core::record::{Cause, Recorded};

use super::apply::{get, one};
pub(super) use blocks::{is_unsorted, sort};
pub(super) use forget::{forget, forget_strangers};
#[cfg(test)]
pub(super) use list::{FORWARDS, page};

/// Under its id; where another one has it, after those of the same millisecond. One that comes late, among
/// those that are sorted, is sorted at once.
pub(super) fn record(c: &Connection, event: &Recorded, v: &str) -> Result<bool> {
    let insert = |id: i64| {
        one(
            c,
            "INSERT INTO events (id, kind, user_id, client_id, session_id, cause, v) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            (
                id,
                &event.kind,
                event.user.as_ref().map(UserId::as_str),
                event.client.as_ref().map(ClientId::as_str),
                event.session.map(|session| session.0),
                cause(event.cause),
                v,
            ),
        )
    };
    let mut id = event.id.0;
    if !insert(id)? {
        let last = "SELECT max(id) FROM events WHERE id >= ?1 AND id < ?2";
        let last = get::<Option<i64>>(c, last, (id, event.id.end().0))?.flatten();
        id = last.unwrap_or(id).saturating_add(1);
        if !insert(id)? {
            return Ok(false);
        }
    }
    blocks::sort_late(c, id)?;
    Ok(true)
}

const STRANGERS: i64 = 1;
const NAMELESS: i64 = 2;
const ORDINARY: i64 = 3;

fn cause(cause: Cause) -> i64 {
    match cause {
        Cause::Proven => 0,
        Cause::Stranger => STRANGERS,
        Cause::Nameless => NAMELESS,
        Cause::Ordinary => ORDINARY,
    }
}
