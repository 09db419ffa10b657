//! Clients, and the lives for which something is granted to them: what was granted in a life that is over
//! counts for nothing.

use rusqlite::{Connection, Result};
use signet_core::change::Change;
use signet_core::id::{ClientId, UserId};
use signet_core::name;
use signet_core::record::{Client, Consent};

use super::apply::{number, one, run, there};
use super::reader::seconds;

/// The condition that a row of `grants` or `consents` is of a life that its client still has.
macro_rules! lives {
    ($row:literal) => {
        concat!(
            "(",
            $row,
            ".life IS NULL OR EXISTS (SELECT 1 FROM client_lives l WHERE l.client_id = ",
            $row,
            ".client_id AND l.life = ",
            $row,
            ".life) OR EXISTS (SELECT 1 FROM clients l WHERE l.id = ",
            $row,
            ".client_id AND l.life = ",
            $row,
            ".life))"
        )
    };
}
pub(super) use lives;

/// The life that the client of a new row has now, where the client is parameter `?1`.
macro_rules! life_now {
    () => {
        "coalesce((SELECT life FROM client_lives WHERE client_id = ?1), (SELECT life FROM clients WHERE id = ?1))"
    };
}
pub(super) use life_now;

pub(super) fn put(c: &Connection, client: &Client, v: &str) -> Result<bool> {
    let (id, version) = (client.client_id.as_str(), number(client.version));
    if version == 0 {
        let sql = "INSERT INTO clients (id, version, life, v) \
                   SELECT ?1, next, random(), json_set(?2, '$.version', next) \
                   FROM (SELECT 1 + coalesce((SELECT version FROM ended_clients WHERE id = ?1), 0) AS next) \
                   WHERE true ON CONFLICT DO NOTHING";
        return Ok(one(c, sql, (id, v))? && title(c, client)?);
    }
    let sql = "UPDATE clients SET version = ?2 + 1, v = ?3 WHERE id = ?1 AND version = ?2";
    let written = one(c, sql, (id, version, v))?;
    Ok(written && run(c, "DELETE FROM titles WHERE client_id = ?1", [id])? && title(c, client)?)
}

fn title(c: &Connection, client: &Client) -> Result<bool> {
    for title in name::titles(client) {
        run(c, "INSERT INTO titles (title, client_id) VALUES (?1, ?2)", (title, client.client_id.as_str()))?;
    }
    Ok(true)
}

/// Of the clients that were stored before there were titles.
pub(super) fn title_all(c: &Connection) -> Result<()> {
    let mut clients = c.prepare("SELECT v FROM clients WHERE NOT coalesce(v ->> 'registered', 0)")?;
    let mut rows = clients.query([])?;
    while let Some(row) = rows.next()? {
        // One that cannot be read is reported when somebody asks for it.
        if let Ok(client) = serde_json::from_str(&row.get::<_, String>(0)?) {
            title(c, &client)?;
        }
    }
    Ok(())
}

pub(super) fn delete(c: &Connection, id: &ClientId) -> Result<bool> {
    run(c, "DELETE FROM unused_clients WHERE id = ?1", [id.as_str()])?;
    let ended = "INSERT INTO ended_clients (id, version) \
                 SELECT id, version FROM clients WHERE id = ?1 AND NOT coalesce(v ->> 'registered', 0) \
                 ON CONFLICT (id) DO UPDATE SET version = excluded.version";
    run(c, ended, [id.as_str()])?;
    one(c, "DELETE FROM clients WHERE id = ?1", [id.as_str()])
}

pub(super) fn begin(c: &Connection, id: &ClientId, life: u64) -> Result<bool> {
    end(c, id)?;
    run(c, "UPDATE clients SET life = random() WHERE id = ?1", [id.as_str()])?;
    let begun = (id.as_str(), number(life));
    run(c, "INSERT INTO client_lives (client_id, life) VALUES (?1, ?2)", begun)?;
    // The same one may have ended before: what it has is not swept now.
    run(c, "DELETE FROM ended_lives WHERE client_id = ?1 AND life = ?2", begun)
}

pub(super) fn end(c: &Connection, id: &ClientId) -> Result<bool> {
    run(c, "DELETE FROM client_lives WHERE client_id = ?1", [id.as_str()])
}

pub(super) fn require(c: &Connection, id: &ClientId, version: u64) -> Result<bool> {
    let sql = match version < Change::FIRST_BEGINNING {
        true => "SELECT 1 FROM clients WHERE id = ?1 AND version = ?2",
        false => "SELECT 1 FROM client_lives WHERE client_id = ?1 AND life = ?2",
    };
    there(c, sql, (id.as_str(), number(version)))
}

pub(super) fn agree(c: &Connection, consent: &Consent, v: &str) -> Result<bool> {
    run(
        c,
        concat!(
            "INSERT INTO consents (client_id, user_id, life, expires_at, v) VALUES (?1, ?2, ",
            life_now!(),
            ", ?3, ?4) ON CONFLICT (user_id, client_id) DO UPDATE SET life = excluded.life, expires_at = ?3, v = ?4"
        ),
        (consent.client.as_str(), consent.user.as_str(), seconds(consent.expires_at), v),
    )
}

pub(super) fn is_agreed(c: &Connection, user: &UserId, client: &ClientId) -> Result<bool> {
    let sql = concat!("SELECT 1 FROM consents c WHERE c.user_id = ?1 AND c.client_id = ?2 AND ", lives!("c"));
    there(c, sql, (user.as_str(), client.as_str()))
}

pub(super) fn end_consent(c: &Connection, user: &UserId, client: &ClientId) -> Result<bool> {
    let ids = (user.as_str(), client.as_str());
    let sql =
        concat!("DELETE FROM consents AS c WHERE c.user_id = ?1 AND c.client_id = ?2 AND ", lives!("c"));
    let revoked = "UPDATE grants SET revoked = 1 WHERE user_id = ?1 AND client_id = ?2 AND revoked = 0";
    Ok(one(c, sql, ids)? && run(c, revoked, ids)?)
}
