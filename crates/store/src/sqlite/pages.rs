//! Pages of records for administration.

use std::sync::Arc;

use rusqlite::{Params, Row};
use signet_core::id::{ClientId, UserId};
use signet_core::record::{Consent, Delivery, Grant};
use signet_core::time::Timestamp;

use super::clients::lives;
use super::deliver::{DeliveryRow, backlog};
use super::reader::{Reader, TokenRow, attempts, document, seconds, text};
use super::statements;
use crate::list::{consent_key, cut};
use crate::row::decode;
use crate::{Held, List, Listed, Listing, StoreError};

// A page begins where an index leads to: with a condition such as `?1 IS NULL OR …` each page would read the
// table from its start.
const CLIENTS: &str = "SELECT v FROM clients WHERE id > ?1 ORDER BY id LIMIT ?2";
const USERS: &str = "SELECT v FROM users WHERE username > ?1 ORDER BY username LIMIT ?2";
const SESSIONS: &str = "SELECT v FROM sessions WHERE id > ?1 ORDER BY id LIMIT ?2";
const SESSIONS_OF: &str = "SELECT v FROM sessions WHERE user_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2";
const CONSENTS: &str = concat!(
    "SELECT v FROM consents c WHERE (user_id, client_id) > (?1, ?2) AND ",
    lives!("c"),
    " ORDER BY user_id, client_id LIMIT ?3"
);
const CONSENTS_OF: &str = concat!(
    "SELECT v FROM consents c WHERE user_id = ?4 AND (user_id, client_id) > (?1, ?2) AND ",
    lives!("c"),
    " ORDER BY user_id, client_id LIMIT ?3"
);
const CONSENTS_TO: &str = concat!(
    "SELECT v FROM consents c INDEXED BY consents_to_client \
     WHERE client_id = ?4 AND user_id >= ?1 AND (user_id, client_id) > (?1, ?2) AND ",
    lives!("c"),
    " ORDER BY user_id LIMIT ?3"
);
const CONSENT: &str = concat!(
    "SELECT v FROM consents c WHERE user_id = ?4 AND client_id = ?5 AND (user_id, client_id) > (?1, ?2) AND ",
    lives!("c"),
    " LIMIT ?3"
);
// How much there is; each row is looked at once, and no index leads from an application to its grants.
const OF_USER: &str = concat!(
    "SELECT (SELECT count(*) FROM sessions WHERE user_id = ?1 AND (expires_at = 0 OR expires_at > ?2)), \
     (SELECT count(*) FROM grants g WHERE user_id = ?1 AND revoked = 0 AND until > ?2 \
     AND (expires_at = 0 OR expires_at > ?2) AND ",
    lives!("g"),
    "), (SELECT count(*) FROM consents c WHERE user_id = ?1 AND (expires_at = 0 OR expires_at > ?2) AND ",
    lives!("c"),
    ")"
);
const OF_CLIENT: &str = concat!(
    "SELECT 0, (SELECT count(*) FROM grants g WHERE client_id = ?1 AND revoked = 0 AND until > ?2 \
     AND (expires_at = 0 OR expires_at > ?2) AND ",
    lives!("g"),
    "), (SELECT count(*) FROM consents c WHERE client_id = ?1 AND (expires_at = 0 OR expires_at > ?2) AND ",
    lives!("c"),
    ")"
);
const ATTEMPTS: &str = "SELECT key, level, at, expires_at FROM attempts WHERE key > ?1 ORDER BY key LIMIT ?2";
const DELIVERIES: &str = "SELECT due_at, tries, v FROM deliveries WHERE id > ?1 ORDER BY id LIMIT ?2";

impl Reader<'_> {
    pub(super) fn list(&self, query: &List) -> Result<Listing, StoreError> {
        let snapshot = self.connection.unchecked_transaction().map_err(|e| self.failed(&e))?;
        let mut page = Listing::default();
        let size = query.size();
        let more = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
        match &query.what {
            Listed::Clients => {
                page.clients = self.records("client", CLIENTS, (query.after_key(), more))?;
                page.next = cut(&mut page.clients, size, |c| c.client_id.0.clone());
            }
            Listed::Users => {
                page.users = self.records("user", USERS, (query.after_key(), more))?;
                page.next = cut(&mut page.users, size, |u| u.username.clone());
            }
            Listed::Sessions(user) => {
                let after = query.after_id()?;
                let rows = match user {
                    None => self.rows(SESSIONS, (after, more), text)?,
                    Some(user) => self.rows(SESSIONS_OF, (after, more, user.as_str()), text)?,
                };
                page.sessions = rows
                    .iter()
                    .map(|json| self.decoded("session", json))
                    .collect::<Result<_, StoreError>>()?;
                page.next = cut(&mut page.sessions, size, |s| s.id.to_string());
            }
            Listed::Consents { user, client } => {
                page.consents = self.consents(query, user.as_ref(), client.as_ref(), more)?;
                page.next = cut(&mut page.consents, size, consent_key);
            }
            Listed::Grants(user) => {
                let sql = concat!(
                    "SELECT v, revoked OR NOT ",
                    lives!("g"),
                    " FROM grants g WHERE user_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2"
                );
                page.grants = self.grants(sql, (query.after_id()?, more, user.as_str()))?;
                page.next = cut(&mut page.grants, size, |g| g.id.to_string());
            }
            Listed::Grant(id) => {
                let sql = concat!("SELECT v, revoked OR NOT ", lives!("g"), " FROM grants g WHERE id = ?1");
                page.grants = self.grants(sql, [id.0])?;
            }
            Listed::OfUser(user, now) => page.held = self.held(OF_USER, user.as_str(), *now)?,
            Listed::OfClient(client, now) => page.held = self.held(OF_CLIENT, client.as_str(), *now)?,
            Listed::Documents(prefix) => {
                let after = query.after.as_ref().filter(|after| *after > prefix).unwrap_or(prefix);
                let sql = "SELECT name, version, value FROM documents \
                           WHERE name > ?1 AND substr(name, 1, length(?3)) = ?3 ORDER BY name LIMIT ?2";
                page.documents = self.rows(sql, (after, more, prefix), document)?;
                page.next = cut(&mut page.documents, size, |d| d.name.clone());
            }
            Listed::Attempts => {
                page.attempts = self.rows(ATTEMPTS, (query.after_key(), more), attempts)?;
                page.next = cut(&mut page.attempts, size, |row| row.key.clone());
            }
            Listed::Deliveries => {
                page.deliveries = self.deliveries(DELIVERIES, (query.after_id()?, more))?;
                page.next = cut(&mut page.deliveries, size, |row| row.id.to_string());
            }
            Listed::Due(now) => {
                let sql =
                    "SELECT due_at, tries, v FROM deliveries WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2";
                page.deliveries = self.deliveries(sql, (seconds(*now), more.saturating_sub(1)))?;
            }
            Listed::Backlog => {
                let sql =
                    "SELECT kind, count(*), min(created_at) FROM deliveries GROUP BY kind ORDER BY kind";
                page.backlog = self.rows(sql, [], backlog)?;
            }
            Listed::Events(filter) => self.list_events(filter, query.after.as_deref(), size, &mut page)?,
        }
        self.tokens_below(&mut page)?;
        drop(snapshot);
        Ok(page)
    }

    /// No index leads from a grant to its tokens (it would halve the commits a second), so this reads the
    /// token tables through.
    fn tokens_below(&self, page: &mut Listing) -> Result<(), StoreError> {
        if page.grants.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = page.grants.iter().map(|grant| grant.id.to_string()).collect();
        let ids = ids.join(",");
        for kind in statements::KINDS {
            let table = statements::of(kind).table;
            let sql = format!(
                "SELECT hash, id, grant_id, expires_at, revoked, used, max_usage, used_at, v FROM {table} \
                 WHERE grant_id IN ({ids}) ORDER BY id"
            );
            for row in self.rows(&sql, [], TokenRow::read)? {
                page.tokens.push(self.token(kind, row)?);
            }
        }
        Ok(())
    }

    fn grants(&self, sql: &str, parameters: impl Params) -> Result<Vec<Grant>, StoreError> {
        let rows = self.rows(sql, parameters, |row| Ok((text(row)?, row.get(1)?)))?;
        let read = |(json, revoked): (String, bool)| Ok(Grant { revoked, ..self.decoded("grant", &json)? });
        rows.into_iter().map(read).collect()
    }

    fn consents(
        &self,
        query: &List,
        user: Option<&UserId>,
        client: Option<&ClientId>,
        more: i64,
    ) -> Result<Vec<Consent>, StoreError> {
        // No id of a person is empty.
        let after = query.after_consent()?;
        let (of, to) = after.as_ref().map_or(("", ""), |(user, client)| (user.as_str(), client.as_str()));
        let rows = match (user.map(UserId::as_str), client.map(ClientId::as_str)) {
            (None, None) => self.rows(CONSENTS, (of, to, more), text)?,
            (Some(user), None) => self.rows(CONSENTS_OF, (of, to, more, user), text)?,
            (None, Some(client)) => self.rows(CONSENTS_TO, (of, to, more, client), text)?,
            (Some(user), Some(client)) => self.rows(CONSENT, (of, to, more, user, client), text)?,
        };
        rows.iter().map(|json| self.decoded("consent", json)).collect()
    }

    fn held(&self, sql: &str, id: &str, now: Timestamp) -> Result<Held, StoreError> {
        let held = self.rows(sql, (id, seconds(now)), |row| {
            let count = |at| row.get(at).map(|count: i64| usize::try_from(count).unwrap_or_default());
            Ok(Held { sessions: count(0)?, grants: count(1)?, consents: count(2)? })
        })?;
        Ok(held.into_iter().next().unwrap_or_default())
    }

    fn deliveries(&self, sql: &str, parameters: impl Params) -> Result<Vec<Delivery>, StoreError> {
        let rows = self.rows(sql, parameters, DeliveryRow::read)?;
        let read = |row: DeliveryRow| self.decoded("delivery", &row.payload).map(|of| row.over(of));
        rows.into_iter().map(read).collect()
    }

    fn records<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        sql: &str,
        parameters: impl Params,
    ) -> Result<Vec<Arc<T>>, StoreError> {
        let rows = self.rows(sql, parameters, text)?;
        rows.iter().map(|json| self.decoded(what, json).map(Arc::new)).collect()
    }

    fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare(sql).map_err(|e| self.failed(&e))?;
        let rows = statement.query_map(parameters, read).map_err(|e| self.failed(&e))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|e| self.failed(&e))
    }

    fn decoded<T: serde::de::DeserializeOwned>(&self, what: &str, json: &str) -> Result<T, StoreError> {
        decode(what, self.path.display(), json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::connect::{self, Role};
    use crate::sqlite::events::{FORWARDS, page as events};

    /// Else a list of all pages takes the square of the time that it should.
    #[test]
    fn every_page_begins_where_an_index_leads_to() {
        let folder = std::env::temp_dir().join(format!("signet-store-{}-pages", std::process::id()));
        let path = folder.join("signet.db");
        connect::create(&path).unwrap();
        let mut connection = connect::connect(&path, Role::Reader).unwrap();
        connect::migrate(&mut connection, &path).unwrap();
        let mut pages = [CLIENTS, USERS, SESSIONS, SESSIONS_OF, ATTEMPTS, DELIVERIES, FORWARDS]
            .map(str::to_owned)
            .to_vec();
        pages.extend([true, false].map(events));
        for sql in pages {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nulls = vec![rusqlite::types::Null; plan.parameter_count()];
            let rows =
                plan.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<String> = rows.map(Result::unwrap).collect();
            let [step] = steps.as_slice() else { panic!("{sql}: {steps:?}") };
            assert!(step.starts_with("SEARCH") && step.contains(">?"), "{sql}: {step}");
        }
        for (sql, by) in [
            (CONSENTS, "PRIMARY KEY ((user_id,client_id)>(?,?))"),
            (CONSENTS_OF, "PRIMARY KEY (user_id=?"),
            (CONSENTS_TO, "consents_to_client (client_id=? AND user_id>?)"),
            (CONSENT, "PRIMARY KEY (user_id=? AND client_id=?"),
        ] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nulls = vec![rusqlite::types::Null; plan.parameter_count()];
            let rows =
                plan.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<String> = rows.map(Result::unwrap).collect();
            assert!(
                steps[0].contains(by) && !steps.iter().any(|step| step.contains("B-TREE")),
                "{sql}: {steps:?}"
            );
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
