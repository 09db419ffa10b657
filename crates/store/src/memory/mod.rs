//! Everything in this process's memory: for tests, for trying things out, and for deployments that may
//! forget.

mod apply;
mod deliver;
mod events;
mod list;
mod sweep;
mod table;

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signet_core::change::{Change, Conflict};
use signet_core::id::{ClientId, GrantId, SessionId, UserId};
use signet_core::lookup::{Facts, Lookup, SessionFound, TokenById, TokenFound, UsersByKeys};
use signet_core::record::{
    Attempts, Client, Consent, Delivery, Document, Grant, Recorded, Session, Token, TokenKind, User,
};
use signet_core::time::Timestamp;

use crate::{Answer, CommitError, Forget, List, Listing, Store, StoreError};
use table::Table;

/// A store that ends with its process.
pub struct MemoryStore {
    // One lock: every operation takes microseconds, and a snapshot is whatever is there while it is held.
    tables: Mutex<Tables>,
}

struct Tables {
    clients: Table<ClientId, Arc<Client>>,
    /// What was granted to a client is so for one life of it: from when it is stored until it is deleted, or
    /// from when it begins until it ends.
    stored_lives: Table<ClientId, Life>,
    begun_lives: Table<ClientId, Life>,
    /// The last versions of clients that were removed: one of the same name counts on from there.
    ended_clients: Table<ClientId, u64>,
    /// The last life that was given to a stored client.
    last_life: Life,
    /// What the clients look like that operators added.
    titles: Table<(String, ClientId), ()>,
    /// When clients go that were not used yet.
    unused: Table<ClientId, Timestamp>,
    users: Table<UserId, Arc<User>>,
    usernames: Table<String, UserId>,
    names: Table<(String, UserId), ()>,
    sessions: Table<i64, Session>,
    user_sessions: Table<(UserId, SessionId), ()>,
    /// By `Session::root`.
    chains: Table<(SessionId, SessionId), ()>,
    consents: Table<(UserId, ClientId), ConsentRow>,
    grants: Table<GrantId, GrantRow>,
    user_grants: Table<(UserId, GrantId), ()>,
    codes: Table<i64, Token>,
    access: Table<i64, Token>,
    refresh: Table<i64, Token>,
    seen: Table<(String, String), Timestamp>,
    attempts: Table<String, Attempts>,
    documents: Table<String, Document>,
    deliveries: Table<i64, Delivery>,
    /// By when they may be tried.
    due: Table<(Timestamp, i64), ()>,
    events: Table<i64, Recorded>,
    /// Whether they name somebody, and their ids.
    of_strangers: Table<(bool, i64), ()>,
    /// Events that go first where there are too many.
    ordinary: Table<i64, ()>,
    places: sweep::Places,
}

type Life = u64;

#[derive(Clone)]
struct GrantRow {
    grant: Grant,
    /// Of the client; none of one that is neither stored nor has begun.
    life: Option<Life>,
    /// See `retention`.
    until: u64,
}

#[derive(Clone)]
struct ConsentRow {
    consent: Consent,
    /// As above.
    life: Option<Life>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self { tables: Mutex::new(Tables::new()) }
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        // Nothing that holds the lock can panic halfway and leave a commit half made: `undo` follows every
        // failure.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn find<'a>(&'a self, lookups: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
        Box::pin(async move { Ok(self.lock().find(lookups)) })
    }

    fn commit(&self, changes: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
        Box::pin(async move { self.lock().commit(changes).map_err(CommitError::from) })
    }

    fn list(&self, query: List) -> Answer<'_, Result<Listing, StoreError>> {
        Box::pin(async move { self.lock().list(&query) })
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Answer<'_, Result<usize, StoreError>> {
        Box::pin(async move { Ok(self.lock().sweep(now, limit)) })
    }

    fn forget<'a>(&'a self, what: &'a Forget, limit: usize) -> Answer<'a, Result<usize, StoreError>> {
        Box::pin(async move { Ok(self.lock().forget(what, limit)) })
    }

    fn health(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }

    fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }
}

impl Tables {
    fn new() -> Self {
        Self {
            clients: Table::new(),
            stored_lives: Table::new(),
            begun_lives: Table::new(),
            ended_clients: Table::new(),
            last_life: 0,
            titles: Table::new(),
            unused: Table::new(),
            users: Table::new(),
            usernames: Table::new(),
            names: Table::new(),
            sessions: Table::new(),
            user_sessions: Table::new(),
            chains: Table::new(),
            consents: Table::new(),
            grants: Table::new(),
            user_grants: Table::new(),
            codes: Table::new(),
            access: Table::new(),
            refresh: Table::new(),
            seen: Table::new(),
            attempts: Table::new(),
            documents: Table::new(),
            deliveries: Table::new(),
            due: Table::new(),
            events: Table::new(),
            of_strangers: Table::new(),
            ordinary: Table::new(),
            places: sweep::Places::default(),
        }
    }

    /// Who has a key.
    fn named(&self, key: &str) -> impl Iterator<Item = &UserId> {
        let first = (key.to_owned(), UserId(String::new()));
        let has = move |one: &&(String, UserId)| one.0 == key;
        self.names.from(first).map(|(one, ())| one).take_while(has).map(|(_, id)| id)
    }

    /// Whether a client of an operator's looks like this.
    fn is_title(&self, title: &str) -> bool {
        let first = (title.to_owned(), ClientId::from(""));
        self.titles.from(first).next().is_some_and(|((next, _), ())| next == title)
    }

    /// The life that a client has now.
    fn life(&self, client: &ClientId) -> Option<Life> {
        self.begun_lives.get(client).or_else(|| self.stored_lives.get(client)).copied()
    }

    fn lives(&self, client: &ClientId, life: Option<Life>) -> bool {
        let is = |lives: &Table<ClientId, Life>| lives.get(client).copied() == life;
        life.is_none() || is(&self.begun_lives) || is(&self.stored_lives)
    }

    /// As it counts: revoked too when the life of its client is over.
    fn grant(&self, id: GrantId) -> Option<Grant> {
        let row = self.grants.get(&id)?;
        let revoked = row.grant.revoked || !self.lives(&row.grant.client, row.life);
        Some(Grant { revoked, ..row.grant.clone() })
    }

    fn consent(&self, user: &UserId, client: &ClientId) -> Option<Consent> {
        let row = self.consents.get(&(user.clone(), client.clone()))?;
        self.lives(client, row.life).then(|| row.consent.clone())
    }

    fn tokens(&self, kind: TokenKind) -> &Table<i64, Token> {
        match kind {
            TokenKind::AuthorizationCode => &self.codes,
            TokenKind::AccessToken => &self.access,
            TokenKind::RefreshToken => &self.refresh,
        }
    }

    fn tokens_mut(&mut self, kind: TokenKind) -> &mut Table<i64, Token> {
        match kind {
            TokenKind::AuthorizationCode => &mut self.codes,
            TokenKind::AccessToken => &mut self.access,
            TokenKind::RefreshToken => &mut self.refresh,
        }
    }

    fn find(&self, lookups: &[Lookup]) -> Facts {
        let mut facts = Facts::default();
        for lookup in lookups {
            self.find_one(lookup, &mut facts);
        }
        facts
    }

    fn find_one(&self, lookup: &Lookup, facts: &mut Facts) {
        match lookup {
            Lookup::Client(asked) => facts.answer(asked.clone(), self.clients.get(&asked.0).cloned().into()),
            Lookup::Titles(asked) => {
                let taken = asked.0.iter().filter(|title| self.is_title(title)).cloned().collect();
                facts.answer(asked.clone(), taken);
            }
            Lookup::User(asked) => facts.answer(asked.clone(), self.users.get(&asked.0).cloned()),
            Lookup::Username(asked) => {
                let user = self.usernames.get(&asked.0).and_then(|id| self.users.get(id));
                facts.answer(asked.clone(), user.cloned());
            }
            Lookup::Named(asked) => {
                let mut found = BTreeMap::new();
                for key in &asked.0 {
                    let users = self.named(key).filter_map(|id| self.users.get(id));
                    let by_name: BTreeMap<_, _> = users.map(|user| (&user.username, user)).collect();
                    found.extend(by_name.into_iter().take(UsersByKeys::MOST));
                }
                facts.answer(asked.clone(), found.into_values().cloned().collect());
            }
            Lookup::Session(asked) => {
                let session = self.sessions.get(&asked.id.0).filter(|s| s.hash == asked.hash);
                let found = session.map(|session| self.found(session, asked.client.as_ref()));
                facts.answer(asked.clone(), found.map(Box::new));
            }
            Lookup::Chain(asked) => {
                let root = asked.0;
                let chain = self.chains.from((root, SessionId(i64::MIN))).map(|(key, ())| key);
                let last = chain.take_while(|(of, _)| *of == root).last();
                let session = last.and_then(|(_, id)| self.sessions.get(&id.0));
                facts.answer(*asked, session.map(|session| Box::new(self.found(session, None))));
            }
            Lookup::Consent(asked) => {
                facts.answer(asked.clone(), self.consent(&asked.user, &asked.client));
            }
            Lookup::Token(asked) => facts.answer(*asked, self.token(asked).map(Box::new)),
            Lookup::Attempts(asked) => {
                let rows = asked.0.iter().filter_map(|key| self.attempts.get(key).cloned());
                facts.answer(asked.clone(), rows.collect());
            }
            Lookup::Document(asked) => facts.answer(asked.clone(), self.documents.get(&asked.0).cloned()),
            Lookup::Jti(asked) => {
                let seen = self.seen.has(&(asked.issuer.clone(), asked.jti.clone()));
                facts.answer(asked.clone(), seen);
            }
            Lookup::ClientKeys(_) | Lookup::IssuerKeys(_) | Lookup::Fetch(_) => {}
        }
    }

    fn found(&self, session: &Session, client: Option<&ClientId>) -> SessionFound {
        SessionFound {
            session: session.clone(),
            user: self.users.get(&session.user).cloned(),
            consent: client.and_then(|client| self.consent(&session.user, client)),
        }
    }

    fn token(&self, TokenById { kind, id, hash }: &TokenById) -> Option<TokenFound> {
        let right = |token: &&Token| hash.is_none() || token.hash == *hash;
        let token = self.tokens(*kind).get(&id.0).filter(right)?;
        let grant = self.grant(token.grant);
        let user = grant.as_ref().and_then(|grant| grant.user.as_ref()).and_then(|id| self.users.get(id));
        Some(TokenFound { token: token.clone(), user: user.cloned(), grant })
    }

    fn commit(&mut self, changes: Vec<Change>) -> Result<(), Conflict> {
        for (index, change) in changes.into_iter().enumerate() {
            if self.apply(change).is_none() {
                self.undo();
                return Err(Conflict { index });
            }
        }
        self.keep();
        Ok(())
    }

    fn keep(&mut self) {
        self.clients.keep();
        self.stored_lives.keep();
        self.begun_lives.keep();
        self.ended_clients.keep();
        self.unused.keep();
        self.users.keep();
        self.titles.keep();
        self.usernames.keep();
        self.names.keep();
        self.sessions.keep();
        self.user_sessions.keep();
        self.chains.keep();
        self.consents.keep();
        self.grants.keep();
        self.user_grants.keep();
        self.codes.keep();
        self.access.keep();
        self.refresh.keep();
        self.seen.keep();
        self.attempts.keep();
        self.documents.keep();
        self.deliveries.keep();
        self.due.keep();
        self.events.keep();
        self.of_strangers.keep();
        self.ordinary.keep();
    }

    fn undo(&mut self) {
        self.clients.undo();
        self.stored_lives.undo();
        self.begun_lives.undo();
        self.ended_clients.undo();
        self.unused.undo();
        self.users.undo();
        self.titles.undo();
        self.usernames.undo();
        self.names.undo();
        self.sessions.undo();
        self.user_sessions.undo();
        self.chains.undo();
        self.consents.undo();
        self.grants.undo();
        self.user_grants.undo();
        self.codes.undo();
        self.access.undo();
        self.refresh.undo();
        self.seen.undo();
        self.attempts.undo();
        self.documents.undo();
        self.deliveries.undo();
        self.due.undo();
        self.events.undo();
        self.of_strangers.undo();
        self.ordinary.undo();
    }
}
