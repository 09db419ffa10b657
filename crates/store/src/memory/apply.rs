//! One change: its precondition, then its writes. `None` means that the precondition does not hold.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::{ClientId, GrantId, SessionId, TokenId, UserId};
use signet_core::name;
use signet_core::record::{Client, Document, Grant, Session, Tally, Token, TokenKind, User};
use signet_core::time::Timestamp;

use super::{ConsentRow, GrantRow, Tables};
use crate::retention::{extended, first_until};
use crate::version::{next_client, next_user};

impl Tables {
    pub(super) fn apply(&mut self, change: Change) -> Option<()> {
        match change {
            Change::PutClient(client) => self.put_client(&client),
            Change::DeleteClient(id) => self.delete_client(&id),
            Change::ExpectUse(id, at) => {
                self.unused.put(id, at);
                Some(())
            }
            Change::ClientUsed(id) => {
                self.unused.remove(&id);
                Some(())
            }
            Change::PutUser(user) => self.put_user(&user),
            Change::FreeName(keys) => absent(keys.iter().any(|key| self.named(key).next().is_some())),
            Change::DeleteUser(id) => self.delete_user(&id),
            Change::InsertSession(session) => self.insert_session(session),
            Change::RequireUser(id, version) => {
                self.users.get(&id).filter(|user| user.version == version).map(drop)
            }
            Change::RequireClient(id, version) => {
                let stored = self.clients.get(&id).is_some_and(|client| client.version == version);
                (stored || self.begun_lives.get(&id) == Some(&version)).then_some(())
            }
            Change::RequireDocument(name, version) => {
                self.documents.get(&name).filter(|document| document.version == version).map(drop)
            }
            Change::RequireSession(id) => self.sessions.has(&id.0).then_some(()),
            Change::ReplaceSession(id) => self.remove_session(id).map(drop),
            Change::EndSession(id) => {
                let Session { user, root, .. } = self.remove_session(id)?;
                self.revoke_grants_of(&user, |grant| grant.session == Some(root) && !grant.offline)
            }
            Change::BeginClient(id, life) => self.begin_client(id, life),
            Change::EndClient(id) => {
                self.begun_lives.remove(&id);
                Some(())
            }
            Change::EndUser { user, keep_offline } => self.end_user(&user, keep_offline),
            Change::PutConsent(consent) => {
                let life = self.life(&consent.client);
                let row = ConsentRow { consent, life };
                self.consents.put((row.consent.user.clone(), row.consent.client.clone()), row);
                Some(())
            }
            Change::RequireConsent(user, client) => self.live_consent(&(user, client)),
            Change::EndConsent(user, client) => {
                let key = (user, client);
                self.live_consent(&key)?;
                self.consents.remove(&key);
                let (user, client) = key;
                self.revoke_grants_of(&user, |grant| grant.client == client)
            }
            Change::InsertGrant(grant) => self.insert_grant(grant),
            Change::RevokeGrant(id) => self.revoke_grant(id),
            Change::InsertToken(token) => self.insert_token(token),
            Change::UseToken(kind, id, at) => self.use_token(kind, id, at),
            Change::RotateRefresh { id, from, at, expires_at } => {
                self.rotate_refresh(id, from, at, expires_at)
            }
            Change::RevokeToken(kind, id) => {
                if let Some(token) = self.tokens(kind).get(&id.0).filter(|t| !t.revoked).cloned() {
                    self.tokens_mut(kind).put(id.0, Token { revoked: true, ..token });
                }
                Some(())
            }
            Change::SeeJti { issuer, jti, expires_at } => {
                let key = (issuer, jti);
                absent(self.seen.has(&key))?;
                self.seen.put(key, expires_at);
                Some(())
            }
            Change::Tally(tally) => self.tally(&tally),
            Change::PutDocument(document) => self.put_document(document),
            Change::DeleteDocument(name, version) => {
                self.documents.get(&name).filter(|document| document.version == version)?;
                self.documents.remove(&name);
                Some(())
            }
            Change::Enqueue(delivery) => self.enqueue(delivery),
            Change::Claim { id, tries, until } => self.claim(id, tries, until),
            Change::PutOff { id, tries, due_at } => self.put_off(id, tries, due_at),
            Change::EndDelivery(id, tries) => self.end_delivery(id, tries),
            Change::Record(event) => self.record(*event),
        }
    }

    fn put_client(&mut self, client: &Client) -> Option<()> {
        let stored = self.clients.get(&client.client_id).map_or(0, |stored| stored.version);
        (stored == client.version).then_some(())?;
        if stored == 0 {
            self.last_life = self.last_life.checked_add(1)?;
            self.stored_lives.put(client.client_id.clone(), self.last_life);
        }
        let mut next = next_client(client).ok()?;
        if stored == 0 {
            let ended = self.ended_clients.get(&client.client_id).copied().unwrap_or_default();
            next.version = ended.checked_add(1)?;
        }
        self.forget_titles(&client.client_id);
        for title in name::titles(client) {
            self.titles.put((title, client.client_id.clone()), ());
        }
        self.clients.put(client.client_id.clone(), Arc::new(next));
        Some(())
    }

    fn forget_titles(&mut self, id: &ClientId) {
        let titles = self.clients.get(id).map(|client| name::titles(client)).unwrap_or_default();
        for title in titles {
            self.titles.remove(&(title, id.clone()));
        }
    }

    fn begin_client(&mut self, id: ClientId, life: u64) -> Option<()> {
        if self.stored_lives.get(&id).is_some() {
            self.last_life = self.last_life.checked_add(1)?;
            self.stored_lives.put(id.clone(), self.last_life);
        }
        self.begun_lives.put(id, life);
        Some(())
    }

    fn delete_client(&mut self, id: &ClientId) -> Option<()> {
        let ended = self.clients.get(id)?;
        // Who registered itself has a name that nobody has again.
        if !ended.registered {
            self.ended_clients.put(id.clone(), ended.version);
        }
        self.forget_titles(id);
        self.stored_lives.remove(id);
        self.unused.remove(id);
        self.clients.remove(id).then_some(())
    }

    fn put_user(&mut self, user: &User) -> Option<()> {
        let old = self.users.get(&user.id).cloned();
        (old.as_ref().map_or(0, |old| old.version) == user.version).then_some(())?;
        if let Some(owner) = self.usernames.get(&user.username)
            && *owner != user.id
        {
            return None;
        }
        if let Some(old) = old {
            self.forget_names(&old);
        }
        for key in name::keys(user) {
            self.names.put((key, user.id.clone()), ());
        }
        self.usernames.put(user.username.clone(), user.id.clone());
        self.users.put(user.id.clone(), Arc::new(next_user(user)));
        Some(())
    }

    fn forget_names(&mut self, user: &User) {
        self.usernames.remove(&user.username);
        for key in name::keys(user) {
            self.names.remove(&(key, user.id.clone()));
        }
    }

    fn delete_user(&mut self, id: &UserId) -> Option<()> {
        let user = self.users.get(id)?.clone();
        self.users.remove(id);
        self.forget_names(&user);
        let first = (id.clone(), ClientId(String::new()));
        let consents: Vec<_> = self
            .consents
            .from(first)
            .map(|(key, _)| key)
            .take_while(|(user, _)| user == id)
            .cloned()
            .collect();
        for key in consents {
            self.consents.remove(&key);
        }
        self.end_user(id, false)
    }

    fn end_user(&mut self, id: &UserId, keep_offline: bool) -> Option<()> {
        let sessions: Vec<SessionId> = self.sessions_of(id).collect();
        for session in sessions {
            self.remove_session(session)?;
        }
        self.revoke_grants_of(id, |grant| !(keep_offline && grant.offline))
    }

    fn insert_session(&mut self, session: Session) -> Option<()> {
        absent(self.sessions.has(&session.id.0))?;
        self.user_sessions.put((session.user.clone(), session.id), ());
        self.chains.put((session.root, session.id), ());
        self.sessions.put(session.id.0, session);
        Some(())
    }

    pub(super) fn remove_session(&mut self, id: SessionId) -> Option<Session> {
        let session = self.sessions.get(&id.0)?.clone();
        self.user_sessions.remove(&(session.user.clone(), id));
        self.chains.remove(&(session.root, id));
        self.sessions.remove(&id.0);
        Some(session)
    }

    fn insert_grant(&mut self, grant: Grant) -> Option<()> {
        absent(self.grants.has(&grant.id))?;
        if let Some(user) = &grant.user {
            self.user_grants.put((user.clone(), grant.id), ());
        }
        let (until, life) = (first_until(grant.issued_at), self.life(&grant.client));
        self.grants.put(grant.id, GrantRow { grant, life, until });
        Some(())
    }

    fn revoke_grant(&mut self, id: GrantId) -> Option<()> {
        if let Some(mut row) = self.grants.get(&id).filter(|row| !row.grant.revoked).cloned() {
            row.grant.revoked = true;
            self.grants.put(id, row);
        }
        Some(())
    }

    fn revoke_grants_of(&mut self, user: &UserId, which: impl Fn(&Grant) -> bool) -> Option<()> {
        let wanted = |id: &GrantId| self.grants.get(id).is_some_and(|row| which(&row.grant));
        let grants: Vec<GrantId> = self.grants_of(user, None).filter(wanted).collect();
        for id in grants {
            self.revoke_grant(id)?;
        }
        Some(())
    }

    fn insert_token(&mut self, token: Token) -> Option<()> {
        absent(self.tokens(token.kind).has(&token.id.0))?;
        self.live_grant(token.grant)?;
        self.extend_grant(token.grant, token.expires_at)?;
        self.tokens_mut(token.kind).put(token.id.0, token);
        Some(())
    }

    fn use_token(&mut self, kind: TokenKind, id: TokenId, at: Timestamp) -> Option<()> {
        let token = self.usable(kind, id)?;
        (token.max_usage == 0 || token.used < token.max_usage).then_some(())?;
        let used = token.used.checked_add(1)?;
        self.tokens_mut(kind).put(id.0, Token { used, used_at: at, ..token });
        Some(())
    }

    fn rotate_refresh(&mut self, id: TokenId, from: u32, at: Timestamp, expires_at: Timestamp) -> Option<()> {
        let token = self.usable(TokenKind::RefreshToken, id)?;
        (token.used == from).then_some(())?;
        let used = from.checked_add(1)?;
        self.extend_grant(token.grant, expires_at)?;
        self.refresh.put(id.0, Token { used, used_at: at, expires_at, ..token });
        Some(())
    }

    /// A token that is not revoked, under a grant that is not revoked.
    fn usable(&self, kind: TokenKind, id: TokenId) -> Option<Token> {
        let token = self.tokens(kind).get(&id.0).filter(|token| !token.revoked)?;
        self.live_grant(token.grant)?;
        Some(token.clone())
    }

    /// A consent to a client in the same life.
    fn live_consent(&self, key: &(UserId, ClientId)) -> Option<()> {
        self.consents.get(key).filter(|row| self.lives(&key.1, row.life)).map(drop)
    }

    /// A grant that is not revoked, to a client in the same life.
    fn live_grant(&self, id: GrantId) -> Option<&GrantRow> {
        self.grants.get(&id).filter(|row| !row.grant.revoked && self.lives(&row.grant.client, row.life))
    }

    fn extend_grant(&mut self, id: GrantId, expires_at: Timestamp) -> Option<()> {
        let row = self.grants.get(&id)?;
        if let Some(until) = extended(row.until, expires_at) {
            let row = GrantRow { until, ..row.clone() };
            self.grants.put(id, row);
        }
        Some(())
    }

    fn tally(&mut self, tally: &Tally) -> Option<()> {
        match tally.on(self.attempts.get(tally.key())).ok()? {
            Some(row) => self.attempts.put(row.key.clone(), row),
            None => drop(self.attempts.remove(tally.key())),
        }
        Some(())
    }

    fn put_document(&mut self, document: Document) -> Option<()> {
        let stored = self.documents.get(&document.name).map_or(0, |d| d.version);
        (stored.checked_add(1) == Some(document.version)).then_some(())?;
        self.documents.put(document.name.clone(), document);
        Some(())
    }
}

pub(super) fn absent(present: bool) -> Option<()> {
    (!present).then_some(())
}
