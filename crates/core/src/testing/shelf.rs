//! A store for unit tests, and what a shell does with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{World, keys, read, user};
use crate::change::{Change, Conflict};
use crate::decision::Decision;
use crate::endpoint::token;
use crate::error::Error;
use crate::id::{ClientId, GrantId, TokenId, UserId};
use crate::incoming::Incoming;
use crate::lookup::{Facts, Lookup, TokenById, TokenFound};
use crate::record::{Client, Grant, Token, TokenKind, User};
use crate::reply::{Contents, Reply};

/// A store in memory that keeps its promises: joined facts, and all changes of a commit or none.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) clients: BTreeMap<ClientId, Arc<Client>>,
    pub(crate) users: BTreeMap<UserId, Arc<User>>,
    pub(crate) grants: BTreeMap<GrantId, Grant>,
    pub(crate) tokens: BTreeMap<(TokenKind, TokenId), Token>,
    /// The only key of a client, by name.
    pub(crate) keys: BTreeMap<ClientId, &'static str>,
}

impl Shelf {
    pub(crate) fn with(clients: Vec<Client>, users: Vec<User>) -> Self {
        Self {
            clients: clients.into_iter().map(|client| (client.client_id.clone(), Arc::new(client))).collect(),
            users: users.into_iter().map(|user| (user.id.clone(), Arc::new(user))).collect(),
            ..Self::default()
        }
    }

    /// Changes a client's record.
    pub(crate) fn edit_client(&mut self, id: &str, edit: impl FnOnce(&mut Client)) {
        edit(Arc::get_mut(self.clients.get_mut(&ClientId::from(id)).unwrap()).unwrap());
    }

    /// Changes the record of [`user`]`(username)`.
    pub(crate) fn edit_user(&mut self, username: &str, edit: impl FnOnce(&mut User)) {
        let id = user(username).id;
        edit(Arc::get_mut(self.users.get_mut(&id).unwrap()).unwrap());
    }

    pub(crate) fn find(&self, lookups: &[Lookup]) -> Facts {
        let mut facts = Facts::default();
        for lookup in lookups {
            match lookup {
                Lookup::Client(asked) => {
                    facts.answer(asked.clone(), self.clients.get(&asked.0).cloned().into());
                }
                Lookup::User(asked) => facts.answer(asked.clone(), self.users.get(&asked.0).cloned()),
                Lookup::Token(asked) => facts.answer(*asked, self.token(asked).map(Box::new)),
                Lookup::ClientKeys(asked) => {
                    facts.answer(asked.clone(), self.keys.get(&asked.client).and_then(|name| keys(name)));
                }
                other => panic!("the shelf does not keep {other:?}"),
            }
        }
        facts
    }

    fn token(&self, TokenById { kind, id, hash }: &TokenById) -> Option<TokenFound> {
        let token = self.tokens.get(&(*kind, *id)).filter(|token| token.hash == *hash)?.clone();
        let grant = self.grants.get(&token.grant).cloned();
        let user = grant.as_ref().and_then(|grant| grant.user.as_ref());
        let user = user.and_then(|id| self.users.get(id)).cloned();
        Some(TokenFound { token, grant, user })
    }

    /// The same, and what the facts so far show to be missing.
    pub(crate) fn find_on(&self, lookups: &[Lookup], follow_up: impl Fn(&Facts) -> Vec<Lookup>) -> Facts {
        let mut facts = self.find(lookups);
        loop {
            let more = facts.unanswered(follow_up(&facts));
            if more.is_empty() {
                return facts;
            }
            facts.extend(self.find(&more));
        }
    }

    pub(crate) fn commit(&mut self, changes: &[Change]) -> Result<(), Conflict> {
        let before = self.clone();
        for (index, change) in changes.iter().enumerate() {
            if self.apply(change).is_none() {
                *self = before;
                return Err(Conflict { index });
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change) -> Option<()> {
        match change {
            Change::InsertGrant(grant) => self.grants.insert(grant.id, grant.clone()).is_none().then_some(()),
            Change::InsertToken(token) => {
                self.tokens.insert((token.kind, token.id), token.clone()).is_none().then_some(())
            }
            Change::RevokeGrant(id) => self.grants.get_mut(id).map(|grant| grant.revoked = true),
            Change::RevokeToken(kind, id) => {
                self.tokens.get_mut(&(*kind, *id)).map(|token| token.revoked = true)
            }
            Change::UseToken(kind, id, at) => {
                let token = self.tokens.get_mut(&(*kind, *id))?;
                let live = !token.revoked && !self.grants.get(&token.grant)?.revoked;
                (live && (token.max_usage == 0 || token.used < token.max_usage)).then_some(())?;
                (token.used, token.used_at) = (token.used + 1, *at);
                Some(())
            }
            Change::RotateRefresh { id, from, at, expires_at } => {
                let token = self.tokens.get_mut(&(TokenKind::RefreshToken, *id))?;
                let live = !token.revoked && !self.grants.get(&token.grant)?.revoked;
                (live && token.used == *from).then_some(())?;
                (token.used, token.used_at, token.expires_at) = (from + 1, *at, *expires_at);
                Some(())
            }
            other => panic!("the shelf does not keep {other:?}"),
        }
    }
}

/// What a shell does with a request to the token endpoint.
pub(crate) fn exchange(world: &World, shelf: &mut Shelf, incoming: &Incoming) -> Result<Value, Error> {
    let env = world.env();
    let request = read(&token::Token, &env, incoming)?;
    let facts = shelf.find_on(&request.lookup(), |facts| request.follow_up(&env, facts));
    match request.decide(&env, facts) {
        Ok(Decision { changes, reply: Reply { body: Contents::Json(answer), .. }, .. }) => {
            shelf.commit(&changes).unwrap();
            Ok(answer)
        }
        Ok(other) => panic!("not a token response: {other:?}"),
        Err(error) => {
            shelf.commit(&error.changes).unwrap();
            Err(error)
        }
    }
}
