//! One change as statements. `false` means that its precondition does not hold, and that it has written
//! nothing.

use rusqlite::{Connection, OptionalExtension as _, Params, Result, Row};
use signet_core::change::Change;
use signet_core::id::{SessionId, UserId};
use signet_core::name;
use signet_core::record::{Document, Session, Tally, User};
use signet_core::secret::TokenHash;

use super::clients;
use super::deliver;
use super::events;
use super::reader::{attempts, seconds};
use super::statements;
use super::tokens::{self, Earlier};

/// Makes a change; `v` is the JSON it writes.
pub(super) fn apply(c: &Connection, change: &Change, v: &str, earlier: &mut Earlier) -> Result<bool> {
    if revokes(change) {
        *earlier = Earlier::default();
    }
    match change {
        Change::PutClient(client) => clients::put(c, client, v),
        Change::DeleteClient(id) => clients::delete(c, id),
        Change::ExpectUse(id, at) => run(
            c,
            "INSERT INTO unused_clients (id, expires_at) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET expires_at = ?2",
            (id.as_str(), seconds(*at)),
        ),
        Change::ClientUsed(id) => run(c, "DELETE FROM unused_clients WHERE id = ?1", [id.as_str()]),
        Change::BeginClient(id, life) => clients::begin(c, id, *life),
        Change::EndClient(id) => clients::end(c, id),
        Change::PutUser(user) => put_user(c, user, v),
        Change::FreeName(keys) => names_free(c, keys),
        Change::DeleteUser(id) => {
            if !one(c, "DELETE FROM users WHERE id = ?1", [id.as_str()])? {
                return Ok(false);
            }
            run(c, "DELETE FROM names WHERE user_id = ?1", [id.as_str()])?;
            run(c, "DELETE FROM consents WHERE user_id = ?1", [id.as_str()])?;
            end_user(c, id, false)
        }
        Change::RequireUser(id, version) => {
            let sql = "SELECT 1 FROM users WHERE id = ?1 AND version = ?2";
            there(c, sql, (id.as_str(), number(*version)))
        }
        Change::RequireClient(id, version) => clients::require(c, id, *version),
        Change::RequireDocument(name, version) => {
            let sql = "SELECT 1 FROM documents WHERE name = ?1 AND version = ?2";
            there(c, sql, (name, number(*version)))
        }
        Change::RequireSession(id) => there(c, "SELECT 1 FROM sessions WHERE id = ?1", [id.0]),
        Change::InsertSession(session) => insert_session(c, session, v),
        Change::ReplaceSession(id) => one(c, "DELETE FROM sessions WHERE id = ?1", [id.0]),
        Change::EndSession(id) => end_session(c, *id),
        Change::EndUser { user, keep_offline } => end_user(c, user, *keep_offline),
        Change::PutConsent(consent) => clients::agree(c, consent, v),
        Change::RequireConsent(user, client) => clients::is_agreed(c, user, client),
        Change::EndConsent(user, client) => clients::end_consent(c, user, client),
        Change::InsertGrant(grant) => tokens::insert_grant(c, grant, v, earlier),
        Change::RevokeGrant(id) => {
            run(c, "UPDATE grants SET revoked = 1 WHERE id = ?1 AND revoked = 0", [id.0])
        }
        Change::InsertToken(token) => tokens::insert_token(c, token, v, earlier),
        Change::UseToken(kind, id, at) => tokens::use_token(c, *kind, *id, *at, earlier),
        Change::RotateRefresh { id, from, at, expires_at } => {
            tokens::rotate_refresh(c, *id, *from, *at, *expires_at, earlier)
        }
        Change::RevokeToken(kind, id) => run(c, statements::of(*kind).revoke, [id.0]),
        Change::SeeJti { issuer, jti, expires_at } => one(
            c,
            "INSERT INTO seen (hash, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (seen_hash(issuer, jti).as_bytes(), seconds(*expires_at)),
        ),
        Change::Tally(tally) => tallied(c, tally),
        Change::PutDocument(document) => put_document(c, document),
        Change::DeleteDocument(name, version) => {
            let version = i64::try_from(*version).unwrap_or_default();
            one(c, "DELETE FROM documents WHERE name = ?1 AND version = ?2", (name, version))
        }
        Change::Enqueue(delivery) => deliver::enqueue(c, delivery, v),
        Change::Claim { id, tries, until } => deliver::claim(c, *id, *tries, *until),
        Change::PutOff { id, tries, due_at } => deliver::put_off(c, *id, *tries, *due_at),
        Change::EndDelivery(id, tries) => deliver::end(c, *id, *tries),
        Change::Record(event) => events::record(c, event, v),
    }
}

/// Whether a grant may be revoked by it.
fn revokes(change: &Change) -> bool {
    matches!(
        change,
        Change::RevokeGrant(_)
            | Change::EndSession(_)
            | Change::EndUser { .. }
            | Change::DeleteUser(_)
            | Change::EndConsent(..)
            | Change::BeginClient(..)
            | Change::EndClient(_)
            | Change::DeleteClient(_)
    )
}

fn put_user(c: &Connection, user: &User, v: &str) -> Result<bool> {
    let (id, version) = (user.id.as_str(), number(user.version));
    if version == 0 {
        // Both the id and the username must be new.
        let sql =
            "INSERT INTO users (id, username, version, v) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING";
        return Ok(one(c, sql, (id, &user.username, v))? && put_names(c, user)?);
    }
    let written = one(
        c,
        "UPDATE OR IGNORE users SET username = ?3, version = ?2 + 1, v = ?4 WHERE id = ?1 AND version = ?2",
        (id, version, &user.username, v),
    )?;
    Ok(written && run(c, "DELETE FROM names WHERE user_id = ?1", [id])? && put_names(c, user)?)
}

fn put_names(c: &Connection, user: &User) -> Result<bool> {
    for key in name::keys(user) {
        run(c, "INSERT INTO names (key, user_id) VALUES (?1, ?2)", (key, user.id.as_str()))?;
    }
    Ok(true)
}

fn names_free(c: &Connection, keys: &[String]) -> Result<bool> {
    for key in keys {
        if get::<i64>(c, "SELECT 1 FROM names WHERE key = ?1 LIMIT 1", [key])?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn insert_session(c: &Connection, session: &Session, v: &str) -> Result<bool> {
    one(
        c,
        "INSERT INTO sessions (id, hash, user_id, root, expires_at, v) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT DO NOTHING",
        (
            session.id.0,
            session.hash.as_bytes(),
            session.user.as_str(),
            session.root.0,
            seconds(session.expires_at),
            v,
        ),
    )
}

fn end_session(c: &Connection, id: SessionId) -> Result<bool> {
    let of = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(String, i64)> = c
        .prepare_cached("DELETE FROM sessions WHERE id = ?1 RETURNING user_id, root")?
        .query_row([id.0], of)
        .optional()?;
    let Some(chain) = found else { return Ok(false) };
    run(
        c,
        "UPDATE grants SET revoked = 1 WHERE user_id = ?1 AND session_id = ?2 AND offline = 0 AND revoked = 0",
        chain,
    )
}

fn end_user(c: &Connection, id: &UserId, keep_offline: bool) -> Result<bool> {
    run(c, "DELETE FROM sessions WHERE user_id = ?1", [id.as_str()])?;
    run(
        c,
        "UPDATE grants SET revoked = 1 WHERE user_id = ?1 AND revoked = 0 AND (?2 = 0 OR offline = 0)",
        (id.as_str(), keep_offline),
    )
}

fn put_document(c: &Connection, document: &Document) -> Result<bool> {
    // Versions fit: each is one more than the last, from one on.
    let Ok(version) = i64::try_from(document.version) else { return Ok(false) };
    if version == 1 {
        let sql = "INSERT INTO documents (name, version, value) VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING";
        return one(c, sql, (&document.name, &document.value));
    }
    one(
        c,
        "UPDATE documents SET version = ?2, value = ?3 WHERE name = ?1 AND version = ?2 - 1",
        (&document.name, version, &document.value),
    )
}

/// A version as a column keeps it.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

pub(super) fn seen_hash(issuer: &str, jti: &str) -> TokenHash {
    // The length keeps ("a", "bc") and ("ab", "c") apart.
    let mut bytes = issuer.len().to_be_bytes().to_vec();
    bytes.extend_from_slice(issuer.as_bytes());
    bytes.extend_from_slice(jti.as_bytes());
    TokenHash::of(&bytes)
}

/// Runs a statement that holds its precondition: whether it wrote its row.
pub(super) fn one(c: &Connection, sql: &str, parameters: impl Params) -> Result<bool> {
    Ok(c.prepare_cached(sql)?.execute(parameters)? == 1)
}

/// Whether there is such a row.
pub(super) fn there(c: &Connection, sql: &str, parameters: impl Params) -> Result<bool> {
    c.prepare_cached(sql)?.exists(parameters)
}

/// Runs a statement without precondition.
pub(super) fn run(c: &Connection, sql: &str, parameters: impl Params) -> Result<bool> {
    c.prepare_cached(sql)?.execute(parameters)?;
    Ok(true)
}

pub(super) fn get<T: rusqlite::types::FromSql>(
    c: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Result<Option<T>> {
    c.prepare_cached(sql)?.query_row(parameters, |row| row.get(0)).optional()
}

fn tallied(c: &Connection, tally: &Tally) -> Result<bool> {
    let mut find = c.prepare_cached("SELECT key, level, at, expires_at FROM attempts WHERE key = ?1")?;
    let stored = find.query_row([tally.key()], attempts).optional()?;
    let Ok(row) = tally.on(stored.as_ref()) else { return Ok(false) };
    match row {
        Some(row) => run(
            c,
            "INSERT INTO attempts (key, level, at, expires_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (key) DO UPDATE SET level = ?2, at = ?3, expires_at = ?4",
            (
                row.key.as_str(),
                i64::try_from(row.level).unwrap_or(i64::MAX),
                seconds(row.at),
                seconds(row.expires_at),
            ),
        ),
        None if stored.is_none() => Ok(true),
        None => run(c, "DELETE FROM attempts WHERE key = ?1", [tally.key()]),
    }
}
