//! Answering lookups. Each lookup is one prepared statement with its joins, so it sees one snapshot by
//! itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row};
use signet_core::id::{GrantId, TokenId};
use signet_core::lookup::{
    Facts, Lookup, SessionByCookie, SessionFound, SessionOfChain, TokenById, TokenFound, UsersByKeys,
};
use signet_core::record::{Attempts, Document, Grant, Session, Token, TokenKind, User};
use signet_core::secret::TokenHash;
use signet_core::time::Timestamp;

use super::apply::seen_hash;
use super::clients::lives;
use super::connect::failure;
use super::statements;
use crate::StoreError;
use crate::row::{TokenPayload, decode};

/// A connection that reads, and the path for its errors.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    pub(super) path: &'a Path,
}

/// A transaction that only reads; its statements are prepared once per connection.
struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    fn take(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(connection))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // It only read: ending it by commit or by rollback is the same. When even this fails, the next BEGIN
        // says so.
        let _ = self.0.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
    }
}

impl Reader<'_> {
    pub(super) fn find(&self, lookups: &[Lookup]) -> Result<Facts, StoreError> {
        let mut facts = Facts::default();
        // One statement is its own snapshot; several need a transaction around them.
        let snapshot = match lookups {
            [] | [_] => None,
            _ => Some(Snapshot::take(self.connection).map_err(|e| self.failed(&e))?),
        };
        for lookup in lookups {
            self.find_one(lookup, &mut facts)?;
        }
        drop(snapshot);
        Ok(facts)
    }

    fn find_one(&self, lookup: &Lookup, facts: &mut Facts) -> Result<(), StoreError> {
        match lookup {
            Lookup::Client(asked) => {
                let json = self.one("SELECT v FROM clients WHERE id = ?1", [asked.0.as_str()], text)?;
                facts.answer(asked.clone(), self.read("client", json)?.map(Arc::new).into());
            }
            Lookup::Titles(asked) => {
                let mut taken = Vec::new();
                for title in &asked.0 {
                    let sql = "SELECT title FROM titles WHERE title = ?1 LIMIT 1";
                    taken.extend(self.one(sql, [title], text)?);
                }
                facts.answer(asked.clone(), taken);
            }
            Lookup::User(asked) => {
                let json = self.one("SELECT v FROM users WHERE id = ?1", [asked.0.as_str()], text)?;
                facts.answer(asked.clone(), self.read("user", json)?.map(Arc::new));
            }
            Lookup::Username(asked) => {
                let json = self.one("SELECT v FROM users WHERE username = ?1", [&asked.0], text)?;
                facts.answer(asked.clone(), self.read("user", json)?.map(Arc::new));
            }
            Lookup::Named(asked) => {
                // Between zero and two keys, as a rule: each is one range of the index.
                let mut found: BTreeMap<String, Arc<User>> = BTreeMap::new();
                let most = i64::try_from(UsersByKeys::MOST).unwrap_or(i64::MAX);
                for key in &asked.0 {
                    let sql = "SELECT u.v FROM names n JOIN users u ON u.id = n.user_id WHERE n.key = ?1 \
                               ORDER BY u.username LIMIT ?2";
                    for json in self.all(sql, (key, most), text)? {
                        if let Some(user) = self.read::<User>("user", Some(json))? {
                            found.insert(user.username.clone(), Arc::new(user));
                        }
                    }
                }
                facts.answer(asked.clone(), found.into_values().collect());
            }
            Lookup::Session(asked) => facts.answer(asked.clone(), self.find_session(asked)?.map(Box::new)),
            Lookup::Chain(asked) => facts.answer(*asked, self.find_chain(asked)?.map(Box::new)),
            Lookup::Consent(asked) => {
                let sql = concat!(
                    "SELECT v FROM consents c WHERE user_id = ?1 AND client_id = ?2 AND ",
                    lives!("c")
                );
                let json = self.one(sql, [asked.user.as_str(), asked.client.as_str()], text)?;
                facts.answer(asked.clone(), self.read("consent", json)?);
            }
            Lookup::Token(asked) => facts.answer(*asked, self.find_token(asked)?.map(Box::new)),
            Lookup::Attempts(asked) => {
                let sql = "SELECT key, level, at, expires_at FROM attempts WHERE key = ?1";
                let mut rows = Vec::new();
                for key in &asked.0 {
                    rows.extend(self.one(sql, [key], attempts)?);
                }
                facts.answer(asked.clone(), rows);
            }
            Lookup::Document(asked) => {
                let sql = "SELECT name, version, value FROM documents WHERE name = ?1";
                facts.answer(asked.clone(), self.one(sql, [&asked.0], document)?);
            }
            Lookup::Jti(asked) => {
                let sql = "SELECT 1 FROM seen WHERE hash = ?1";
                let found = self.one(sql, [seen_hash(&asked.issuer, &asked.jti).as_bytes()], |_| Ok(()))?;
                facts.answer(asked.clone(), found.is_some());
            }
            Lookup::ClientKeys(_) | Lookup::IssuerKeys(_) | Lookup::Fetch(_) => {}
        }
        Ok(())
    }

    fn find_session(&self, asked: &SessionByCookie) -> Result<Option<SessionFound>, StoreError> {
        let sql = concat!(
            "SELECT s.v, u.v, c.v, s.hash FROM sessions s LEFT JOIN users u ON u.id = s.user_id ",
            "LEFT JOIN consents c ON c.user_id = s.user_id AND c.client_id = ?2 AND ",
            lives!("c"),
            " WHERE s.id = ?1"
        );
        let client = asked.client.as_ref().map(|client| client.as_str());
        let found = self.one(sql, (asked.id.0, client), |row| {
            Ok((stored_hash(row, 3)?, [row.get(0)?, row.get(1)?, row.get(2)?]))
        })?;
        match found {
            Some((stored, row)) if stored == Some(asked.hash) => self.session_found(row),
            _ => Ok(None),
        }
    }

    fn find_chain(&self, SessionOfChain(root): &SessionOfChain) -> Result<Option<SessionFound>, StoreError> {
        let sql = "SELECT s.v, u.v FROM sessions s LEFT JOIN users u ON u.id = s.user_id \
                   WHERE s.root = ?1 ORDER BY s.id DESC LIMIT 1";
        let found = self.one(sql, [root.0], |row| Ok([row.get(0)?, row.get(1)?, None]))?;
        found.map_or(Ok(None), |row| self.session_found(row))
    }

    fn session_found(
        &self,
        [session, user, consent]: [Option<String>; 3],
    ) -> Result<Option<SessionFound>, StoreError> {
        let Some(session) = self.read::<Session>("session", session)? else { return Ok(None) };
        let user = self.read::<User>("user", user)?.map(Arc::new);
        Ok(Some(SessionFound { session, user, consent: self.read("consent", consent)? }))
    }

    fn find_token(&self, asked: &TokenById) -> Result<Option<TokenFound>, StoreError> {
        let found = self.one(statements::of(asked.kind).find, [asked.id.0], |row| {
            let token = TokenRow::read(row)?;
            Ok((token, row.get::<_, Option<bool>>(9)?, row.get(10)?, row.get(11)?))
        })?;
        let Some((row, revoked, grant, user)) = found else { return Ok(None) };
        if asked.hash.is_some() && row.hash != asked.hash {
            return Ok(None);
        }
        let grant = self.read::<Grant>("grant", grant)?;
        let grant = grant.map(|grant| Grant { revoked: revoked.unwrap_or(true), ..grant });
        let user = self.read::<User>("user", user)?.map(Arc::new);
        Ok(Some(TokenFound { token: self.token(asked.kind, row)?, grant, user }))
    }

    pub(super) fn token(&self, kind: TokenKind, row: TokenRow) -> Result<Token, StoreError> {
        let TokenPayload { issued_at, based_on, scope, audience, code } =
            decode("token", self.path.display(), &row.payload)?;
        Ok(Token {
            id: TokenId(row.id),
            kind,
            hash: row.hash,
            grant: GrantId(row.grant),
            based_on,
            issued_at,
            expires_at: row.expires_at,
            revoked: row.revoked,
            used: row.used,
            max_usage: row.max_usage,
            used_at: row.used_at,
            scope,
            audience,
            code,
        })
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.failed(&e))?;
        statement.query_row(parameters, read).optional().map_err(|e| self.failed(&e))
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.failed(&e))?;
        let rows = statement.query_map(parameters, read).and_then(Iterator::collect);
        rows.map_err(|e| self.failed(&e))
    }

    pub(super) fn read<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        json: Option<String>,
    ) -> Result<Option<T>, StoreError> {
        json.map(|json| decode(what, self.path.display(), &json)).transpose()
    }

    pub(super) fn failed(&self, error: &rusqlite::Error) -> StoreError {
        failure(self.path, error)
    }
}

/// The columns of a token's row, in the order in which every statement selects them.
pub(super) struct TokenRow {
    hash: Option<TokenHash>,
    id: i64,
    grant: i64,
    expires_at: Timestamp,
    revoked: bool,
    used: u32,
    max_usage: u32,
    used_at: Timestamp,
    payload: String,
}

impl TokenRow {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            hash: stored_hash(row, 0)?,
            id: row.get(1)?,
            grant: row.get(2)?,
            expires_at: instant(row, 3)?,
            revoked: row.get(4)?,
            used: row.get(5)?,
            max_usage: row.get(6)?,
            used_at: instant(row, 7)?,
            payload: row.get(8)?,
        })
    }
}

/// Compared as `TokenHash` after reading, in constant time; no statement compares a hash.
fn stored_hash(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<TokenHash>> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(TokenHash::from_bytes))
}

pub(super) fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    // Written by `seconds`, so it is never negative.
    Ok(Timestamp(row.get::<_, i64>(column)?.unsigned_abs()))
}

/// A time as a column keeps it.
pub(super) fn seconds(instant: Timestamp) -> i64 {
    i64::try_from(instant.0).unwrap_or(i64::MAX)
}

pub(super) fn text(row: &Row<'_>) -> rusqlite::Result<String> {
    row.get(0)
}

pub(super) fn attempts(row: &Row<'_>) -> rusqlite::Result<Attempts> {
    Ok(Attempts {
        key: row.get(0)?,
        level: row.get::<_, i64>(1)?.unsigned_abs(),
        at: instant(row, 2)?,
        expires_at: instant(row, 3)?,
    })
}

pub(super) fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document { name: row.get(0)?, version: row.get::<_, i64>(1)?.unsigned_abs(), value: row.get(2)? })
}
