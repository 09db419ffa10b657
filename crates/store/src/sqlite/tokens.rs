//! Grants and the tokens below them: what is used or rotated is looked at first, so that what is minted under
//! the same grant need not look again.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use signet_core::id::{GrantId, TokenId};
use signet_core::record::{Grant, Token, TokenKind};
use signet_core::secret::TokenHash;
use signet_core::time::Timestamp;

use super::apply::{get, one, run};
use super::clients::{life_now, lives};
use super::reader::seconds;
use super::statements::{self, Statements};
use crate::retention::{extended, first_until};

/// What the changes of one request know of those before them.
#[derive(Default)]
pub(super) struct Earlier {
    /// The grant that was written last or found good, and its `until`: a token below it need not read it
    /// again.
    grant: Option<(GrantId, i64)>,
}

pub(super) fn insert_grant(c: &Connection, grant: &Grant, v: &str, earlier: &mut Earlier) -> Result<bool> {
    let until = first_until(grant.issued_at).cast_signed();
    let inserted = one(
        c,
        concat!(
            "INSERT INTO grants (client_id, id, user_id, life, session_id, offline, expires_at, until, revoked, v) ",
            "VALUES (?1, ?2, ?3, ",
            life_now!(),
            ", ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING"
        ),
        params![
            grant.client.as_str(),
            grant.id.0,
            grant.user.as_ref().map(|u| u.as_str()),
            grant.session.map(|s| s.0),
            grant.offline,
            seconds(grant.expires_at),
            until,
            grant.revoked,
            v
        ],
    )?;
    earlier.grant = (inserted && !grant.revoked).then_some((grant.id, until));
    Ok(inserted)
}

pub(super) fn insert_token(c: &Connection, token: &Token, v: &str, earlier: &mut Earlier) -> Result<bool> {
    let until = match earlier.grant {
        Some((id, until)) if id == token.grant => Some(until),
        _ => get(
            c,
            concat!("SELECT until FROM grants g WHERE id = ?1 AND revoked = 0 AND ", lives!("g")),
            [token.grant.0],
        )?,
    };
    let Some(until) = until else { return Ok(false) };
    let inserted = one(
        c,
        statements::of(token.kind).insert,
        params![
            token.id.0,
            token.hash.as_ref().map(TokenHash::as_bytes),
            token.grant.0,
            seconds(token.expires_at),
            token.revoked,
            token.used,
            token.max_usage,
            seconds(token.used_at),
            v
        ],
    )?;
    if inserted {
        let until = extend_grant(c, token.grant, until, token.expires_at)?;
        earlier.grant = Some((token.grant, until));
    }
    Ok(inserted)
}

pub(super) fn use_token(
    c: &Connection,
    kind: TokenKind,
    id: TokenId,
    at: Timestamp,
    earlier: &mut Earlier,
) -> Result<bool> {
    let Statements { usable, count_use, .. } = statements::of(kind);
    let found =
        c.prepare_cached(usable)?.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((grant, until)) = found else { return Ok(false) };
    earlier.grant = Some((GrantId(grant), until));
    one(c, count_use, (id.0, seconds(at)))
}

pub(super) fn rotate_refresh(
    c: &Connection,
    id: TokenId,
    from: u32,
    at: Timestamp,
    expires_at: Timestamp,
    earlier: &mut Earlier,
) -> Result<bool> {
    let sql = concat!(
        "SELECT g.id, g.until FROM refresh_tokens t JOIN grants g ON g.id = t.grant_id ",
        "WHERE t.id = ?1 AND t.used = ?2 AND t.used < 4294967295 AND t.revoked = 0 AND g.revoked = 0 AND ",
        lives!("g")
    );
    let found =
        c.prepare_cached(sql)?.query_row((id.0, from), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((grant, until)) = found else { return Ok(false) };
    run(
        c,
        "UPDATE refresh_tokens SET used = used + 1, used_at = ?2, expires_at = ?3 WHERE id = ?1",
        (id.0, seconds(at), seconds(expires_at)),
    )?;
    let grant = GrantId(grant);
    earlier.grant = Some((grant, extend_grant(c, grant, until, expires_at)?));
    Ok(true)
}

/// The grant's `until` once a token below it ends at `expires_at`.
fn extend_grant(c: &Connection, id: GrantId, until: i64, expires_at: Timestamp) -> Result<i64> {
    let Some(later) = extended(until.unsigned_abs(), expires_at) else { return Ok(until) };
    run(c, "UPDATE grants SET until = ?2 WHERE id = ?1", (id.0, later.cast_signed()))?;
    Ok(later.cast_signed())
}
