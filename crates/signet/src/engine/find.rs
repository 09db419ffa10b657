//! The answers to what a decision asks: from the configuration, from one snapshot of the store, and from
//! others on the network.

use std::sync::Arc;

use signet_core::env::ClientKeys;
use signet_core::error::Error;
use signet_core::id::{ClientId, UserId};
use signet_core::lookup::{ClientById, Facts, Lookup, Question};
use signet_core::record::{Client, User};

use super::{Asking, unavailable};
use crate::provider::directory;

impl Asking {
    /// Reads facts.
    pub(crate) async fn find(&self, lookups: &[Lookup]) -> Result<Facts, Error> {
        let mut facts = Facts::default();
        self.find_more(&mut facts, lookups).await?;
        Ok(facts)
    }

    /// Asks one question, which the configuration or the store can answer.
    pub(crate) async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Found, Error>
    where
        Q::Found: Default,
    {
        let mut facts = self.find(&[question.clone().into()]).await?;
        Ok(facts.take(&question).unwrap_or_default())
    }

    /// Reads facts, and what they show to be missing, until nothing new is asked for.
    pub(super) async fn find_on(
        &self,
        lookups: &[Lookup],
        follow_up: impl Fn(&Facts) -> Vec<Lookup>,
    ) -> Result<Facts, Error> {
        let mut facts = self.find(lookups).await?;
        let mut asked = Vec::new();
        loop {
            let more = facts.unanswered(follow_up(&facts));
            if more.is_empty() || more == asked {
                return Ok(facts);
            }
            self.find_more(&mut facts, &more).await?;
            asked = more;
        }
    }

    /// Adds what these questions find.
    pub(super) async fn find_more(&self, facts: &mut Facts, lookups: &[Lookup]) -> Result<(), Error> {
        let elsewhere = |lookup: &&Lookup| !self.is_configured(lookup) && !is_remote(lookup);
        let stored: Vec<Lookup> = lookups.iter().filter(elsewhere).cloned().collect();
        if !stored.is_empty() {
            facts.absorb(self.inner.store.find(&stored).await.map_err(unavailable)?);
        }
        let config = &*self.state.config;
        if config.directory.is_some() {
            // People of the store, from before there was a directory, are nobody.
            facts.user = facts.user.take().filter(|user| user.id.in_directory().is_some());
        }
        for lookup in lookups {
            match lookup {
                Lookup::Client(ClientById(id)) => self.find_client(facts, id).await,
                Lookup::Username(name) if let Some(user) = config.people.by_name.get(name) => {
                    facts.user = Some(user.clone());
                }
                Lookup::User(id) if facts.user.is_none() => facts.user = self.person_of(id).await?,
                Lookup::Named(keys) => {
                    facts.named = config.people.named(keys, std::mem::take(&mut facts.named));
                }
                _ => {}
            }
        }
        if facts.user.is_none() {
            let named = facts.session.as_ref().map(|s| &s.user);
            let named = named.or_else(|| facts.grant.as_ref().and_then(|g| g.user.as_ref()));
            if let Some(id) = named.cloned() {
                facts.user = self.person_of(&id).await?;
            }
        }
        // The registration says where the keys are, so they come last, and no snapshot of the store is held
        // while anything is fetched.
        for lookup in lookups {
            self.find_remote(facts, lookup).await;
        }
        Ok(())
    }

    fn is_configured(&self, lookup: &Lookup) -> bool {
        let config = &*self.state.config;
        match lookup {
            Lookup::Client(ClientById(id)) => config.clients.contains_key(id),
            Lookup::Username(name) => config.people.by_name.contains_key(name),
            Lookup::User(id) => config.directory.is_some() || config.people.by_id.contains_key(id),
            _ => false,
        }
    }

    /// A person whom the store does not have: of the application's directory, or of the configuration.
    async fn person_of(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        let config = &self.state.config;
        match &config.directory {
            Some(directory) => directory::by_id(&**directory, id).await,
            None => Ok(config.people.by_id.get(id).cloned()),
        }
    }

    /// A client that the store does not know.
    async fn find_client(&self, facts: &mut Facts, id: &ClientId) {
        let found = match self.state.config.clients.get(id) {
            Some(client) => Some(client.clone().into()),
            None if facts.client(id).is_some() => None,
            None => self.described(id).await,
        };
        if let Some(found) = found {
            facts.answer(ClientById(id.clone()), found);
        }
    }

    async fn find_remote(&self, facts: &mut Facts, lookup: &Lookup) {
        match lookup {
            Lookup::ClientKeys(asked) => {
                let client = facts.client(&asked.client).cloned();
                let found = self.keys(client.as_deref(), asked.kid.as_deref()).await;
                facts.answer(asked.clone(), found);
            }
            Lookup::IssuerKeys(asked) => {
                let issuer = self.state.config.statement_issuers.get(&ClientId(asked.issuer.clone()));
                let found = self.keys(issuer, asked.kid.as_deref()).await;
                facts.answer(asked.clone(), found);
            }
            Lookup::Fetch(asked) => {
                let found = self.inner.documents.at(&asked.url, asked.what).await;
                facts.answer(asked.clone(), found);
            }
            _ => {}
        }
    }

    async fn keys(&self, of: Option<&Client>, kid: Option<&str>) -> Option<Arc<dyn ClientKeys>> {
        self.inner.client_keys.of(of?, kid).await
    }
}

fn is_remote(lookup: &Lookup) -> bool {
    matches!(lookup, Lookup::ClientKeys(_) | Lookup::IssuerKeys(_) | Lookup::Fetch(_))
}
