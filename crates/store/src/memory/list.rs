//! Pages of records.

use signet_core::id::{ClientId, GrantId, SessionId, UserId};
use signet_core::record::Session;
use signet_core::time::Timestamp;

use super::{ConsentRow, GrantRow, Tables};
use crate::list::{consent_key, cut};
use crate::{Held, List, Listed, Listing, StoreError};

impl Tables {
    pub(super) fn list(&self, query: &List) -> Result<Listing, StoreError> {
        let mut page = Listing::default();
        let size = query.size();
        let more = size.saturating_add(1);
        match &query.what {
            Listed::Clients => {
                let after = query.after.as_deref().map(Into::into);
                page.clients =
                    self.clients.after(after.as_ref()).map(|(_, c)| c.clone()).take(more).collect();
                page.next = cut(&mut page.clients, size, |c| c.client_id.0.clone());
            }
            Listed::Users => {
                let names = self.usernames.after(query.after.as_ref());
                page.users = names.filter_map(|(_, id)| self.users.get(id).cloned()).take(more).collect();
                page.next = cut(&mut page.users, size, |u| u.username.clone());
            }
            Listed::Sessions(user) => {
                let after = query.after_id()?;
                page.sessions = match user {
                    None => self.sessions.after(Some(&after)).map(|(_, s)| s.clone()).take(more).collect(),
                    Some(user) => self.sessions_after(user, after).take(more).collect(),
                };
                page.next = cut(&mut page.sessions, size, |s| s.id.to_string());
            }
            Listed::Consents { user, client } => {
                let rows = self.consents.after(query.after_consent()?.as_ref());
                let wanted = |((of, to), row): &(&(UserId, ClientId), &ConsentRow)| {
                    user.as_ref().is_none_or(|user| user == of)
                        && client.as_ref().is_none_or(|client| client == to)
                        && self.lives(to, row.life)
                };
                page.consents = rows.filter(wanted).map(|(_, row)| row.consent.clone()).take(more).collect();
                page.next = cut(&mut page.consents, size, consent_key);
            }
            Listed::Grants(user) => {
                let after = GrantId(query.after_id()?);
                page.grants =
                    self.grants_of(user, Some(after)).filter_map(|id| self.grant(id)).take(more).collect();
                page.next = cut(&mut page.grants, size, |g| g.id.to_string());
            }
            Listed::Grant(id) => page.grants.extend(self.grant(*id)),
            Listed::OfUser(user, now) => {
                page.held =
                    self.held(*now, |row| row.grant.user.as_ref() == Some(user), |(of, _)| of == user);
                let sessions = self.sessions_after(user, i64::MIN);
                page.held.sessions = sessions.filter(|one| !one.expires_at.expired_at(*now)).count();
            }
            Listed::OfClient(client, now) => {
                page.held = self.held(*now, |row| row.grant.client == *client, |(_, to)| to == client);
            }
            Listed::Documents(prefix) => {
                let after = query.after.as_ref().filter(|after| *after > prefix);
                let rest = self.documents.after(Some(after.unwrap_or(prefix))).map(|(_, document)| document);
                let these = rest.take_while(|document| document.name.starts_with(prefix.as_str()));
                page.documents = these.take(more).cloned().collect();
                page.next = cut(&mut page.documents, size, |d| d.name.clone());
            }
            Listed::Attempts => {
                let rows = self.attempts.after(query.after.as_ref());
                page.attempts = rows.map(|(_, row)| row.clone()).take(more).collect();
                page.next = cut(&mut page.attempts, size, |row| row.key.clone());
            }
            Listed::Deliveries => {
                let rows = self.deliveries.after(Some(&query.after_id()?));
                page.deliveries = rows.map(|(_, row)| row.clone()).take(more).collect();
                page.next = cut(&mut page.deliveries, size, |row| row.id.to_string());
            }
            Listed::Due(now) => page.deliveries = self.due(*now, size),
            Listed::Backlog => page.backlog = self.backlog(),
            Listed::Events(filter) => self.list_events(filter, query.after.as_deref(), size, &mut page)?,
        }
        if !page.grants.is_empty() {
            let wanted: std::collections::BTreeSet<GrantId> = page.grants.iter().map(|g| g.id).collect();
            for table in [&self.codes, &self.access, &self.refresh] {
                let below = table.after(None).map(|(_, token)| token).filter(|t| wanted.contains(&t.grant));
                page.tokens.extend(below.cloned());
            }
        }
        Ok(page)
    }

    fn held(
        &self,
        now: Timestamp,
        is_grant: impl Fn(&GrantRow) -> bool,
        is_consent: impl Fn(&(UserId, ClientId)) -> bool,
    ) -> Held {
        let grants =
            self.grants.after(None).map(|(_, row)| row).filter(|row| {
                is_grant(row) && row.span().lives(now) && self.lives(&row.grant.client, row.life)
            });
        let consents = self.consents.after(None).filter(|(key, row)| {
            is_consent(key) && !row.consent.expires_at.expired_at(now) && self.lives(&key.1, row.life)
        });
        Held { sessions: 0, grants: grants.count(), consents: consents.count() }
    }

    pub(super) fn grants_of(&self, user: &UserId, after: Option<GrantId>) -> impl Iterator<Item = GrantId> {
        let start = (user.clone(), after.unwrap_or(GrantId(i64::MIN)));
        let keys = self.user_grants.after(Some(&start)).map(|(key, ())| key);
        keys.take_while(move |(owner, _)| owner == user).map(|(_, id)| *id)
    }

    pub(super) fn sessions_of(&self, user: &UserId) -> impl Iterator<Item = SessionId> {
        self.sessions_after(user, i64::MIN).map(|session| session.id)
    }

    fn sessions_after(&self, user: &UserId, after: i64) -> impl Iterator<Item = Session> {
        let keys = self.user_sessions.after(Some(&(user.clone(), SessionId(after)))).map(|(key, ())| key);
        keys.take_while(move |(owner, _)| owner == user)
            .filter_map(|(_, id)| self.sessions.get(&id.0).cloned())
    }
}
