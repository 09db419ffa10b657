//! Expiry in SQL: `retention`'s rules as conditions, to find due rows and, because they may have changed
//! since, to delete them.

use rusqlite::{Connection, Result};
use signet_core::record::TokenKind;
use signet_core::time::Timestamp;

use super::events;
use super::reader::seconds;
use super::statements;
use crate::Forget;
use crate::retention::{DAY, STEP, kept};

/// Tables whose ids grow: they are searched in id order, without an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aging {
    Sessions,
    Tokens(TokenKind),
    Grants,
}

/// In the order of deletion: what belongs to a grant before the grant.
pub(super) const AGING: [Aging; 5] = [
    Aging::Sessions,
    Aging::Tokens(TokenKind::AccessToken),
    Aging::Tokens(TokenKind::AuthorizationCode),
    Aging::Tokens(TokenKind::RefreshToken),
    Aging::Grants,
];

/// One step of expiry.
pub(super) enum Deletion {
    /// Tables that have an index on their end: nothing needs to be searched.
    Indexed { now: Timestamp, limit: usize },
    /// Rows that were found due.
    Rows { now: Timestamp, found: Vec<(Aging, Vec<i64>)> },
    /// What happened, of which enough is kept.
    Events { what: Forget, limit: usize },
    /// None: what happened is sorted, so that it is found, and counted.
    Sort { limit: usize },
}

pub(super) fn delete(c: &Connection, deletion: &Deletion) -> Result<usize> {
    let mut count = 0;
    match deletion {
        Deletion::Indexed { now, limit } => {
            let mut last = 0;
            for sql in [
                "DELETE FROM attempts WHERE key IN \
                 (SELECT key FROM attempts WHERE expires_at > 0 AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
                "DELETE FROM seen WHERE hash IN \
                 (SELECT hash FROM seen WHERE expires_at > 0 AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
                "DELETE FROM consents WHERE (user_id, client_id) IN (SELECT user_id, client_id FROM consents \
                 WHERE expires_at > 0 AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
                "DELETE FROM consents WHERE (user_id, client_id) IN (SELECT c.user_id, c.client_id FROM ended_lives e \
                 JOIN consents c ON c.client_id = e.client_id AND c.life = e.life WHERE ?1 >= 0 LIMIT ?2)",
                // The clients first, then what named them.
                "DELETE FROM clients WHERE id IN \
                 (SELECT id FROM unused_clients WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2)",
            ] {
                let left = i64::try_from(limit.saturating_sub(count)).unwrap_or(i64::MAX);
                count += c.prepare_cached(sql)?.execute((seconds(*now), left))?;
                last = left;
            }
            c.prepare_cached(
                "DELETE FROM unused_clients WHERE id IN \
                 (SELECT id FROM unused_clients WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2)",
            )?
            .execute((seconds(*now), last))?;
            c.prepare_cached(
                "DELETE FROM ended_lives AS e WHERE NOT EXISTS \
                 (SELECT 1 FROM consents c WHERE c.client_id = e.client_id AND c.life = e.life)",
            )?
            .execute([])?;
        }
        Deletion::Events { what, limit } => count = events::forget(c, what, *limit)?,
        Deletion::Sort { limit } => count = events::sort(c, *limit)?,
        Deletion::Rows { now, found } => {
            for (table, ids) in found {
                let sql = format!("DELETE FROM {} AS t WHERE t.id = ?1 AND {}", table.name(), table.due());
                let mut statement = c.prepare_cached(&sql)?;
                for id in ids {
                    count += statement.execute((id, seconds(*now), table.cutoff(*now)))?;
                }
            }
        }
    }
    Ok(count)
}

/// Up to `limit` due ids after `place`, which is moved to where the search stopped; round to the start when
/// the end is reached.
pub(super) fn find(
    c: &Connection,
    table: Aging,
    place: &mut Option<i64>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<i64>> {
    let mut found = Vec::new();
    let Some(begun) = (limit > 0).then(|| place.take()) else { return Ok(found) };
    let sql = format!(
        "SELECT t.id, {} FROM {} AS t WHERE t.id > ?1 AND t.id <= ?4 ORDER BY t.id",
        table.due(),
        table.name()
    );
    let mut statement = c.prepare_cached(&sql)?;
    let mut looked = 0;
    let rest = (begun.unwrap_or(i64::MIN), i64::MAX);
    let start = begun.map(|begun| (i64::MIN, begun));
    for (after, last) in std::iter::once(rest).chain(start) {
        let mut rows = statement.query((after, seconds(now), table.cutoff(now), last))?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            if row.get(1)? {
                found.push(id);
            }
            looked += 1;
            if found.len() == limit || looked == STEP {
                *place = Some(id);
                return Ok(found);
            }
        }
    }
    Ok(found)
}

impl Aging {
    fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Tokens(kind) => statements::of(kind).table,
            Self::Grants => "grants",
        }
    }

    /// With ?2 = now and ?3 = the cutoff.
    fn due(self) -> &'static str {
        match self {
            Self::Sessions => "(t.expires_at > 0 AND t.expires_at <= ?3 AND ?2 >= 0)",
            Self::Tokens(TokenKind::AccessToken) => {
                "(CASE WHEN t.expires_at > ?3 THEN 0 WHEN t.expires_at > 0 THEN ?2 >= 0 \
                 ELSE NOT EXISTS (SELECT 1 FROM grants g WHERE g.id = t.grant_id) END)"
            }
            Self::Tokens(TokenKind::AuthorizationCode | TokenKind::RefreshToken) => {
                "(CASE WHEN t.expires_at > ?3 THEN 0 ELSE NOT EXISTS (SELECT 1 FROM grants g WHERE g.id = t.grant_id \
                 AND (t.expires_at = 0 OR (g.revoked = 0 AND g.until > ?2 \
                 AND (g.expires_at = 0 OR g.expires_at > ?2)))) END)"
            }
            Self::Grants => {
                "(min(t.until, CASE WHEN t.expires_at = 0 THEN t.until ELSE t.expires_at END) <= ?3 AND ?2 >= 0)"
            }
        }
    }

    fn cutoff(self, now: Timestamp) -> i64 {
        let kept = match self {
            Self::Sessions => 0,
            Self::Tokens(kind) => kept(kind),
            Self::Grants => 2 * DAY,
        };
        seconds(Timestamp(now.0.min(i64::MAX.unsigned_abs())).minus(kept))
    }
}
