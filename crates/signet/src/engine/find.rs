//! The answers to what a decision asks: from the configuration, from one snapshot of the store, and from
//! others on the network.

use std::sync::Arc;

use signet_core::env::ClientKeys;
use signet_core::error::Error;
use signet_core::id::{ClientId, UserId};
use signet_core::logout::{self, Ending};
use signet_core::lookup::{Facts, Lookup, Question};
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
        let mut stored = Vec::new();
        for lookup in lookups {
            if !self.find_configured(facts, lookup) && !self.is_remote(lookup) {
                stored.push(lookup.clone());
            }
        }
        if !stored.is_empty() {
            facts.extend(self.inner.store.find(&stored).await.map_err(unavailable)?);
        }
        let config = &*self.state.config;
        if config.directory.is_some() {
            // People of the store, from before there was a directory, are nobody.
            facts.retain_people(|user| user.id.in_directory().is_some());
        }
        for lookup in &stored {
            match lookup {
                Lookup::Client(asked) if facts.client(&asked.0).is_none() => {
                    if let Some(found) = self.described(&asked.0).await? {
                        facts.answer(asked.clone(), found);
                    }
                }
                Lookup::Named(asked) => {
                    let found = facts.take(asked).unwrap_or_default();
                    facts.answer(asked.clone(), config.people.named(&asked.0, found));
                }
                _ => {}
            }
        }
        for id in facts.missing_people() {
            if let Some(user) = self.person_of(&id).await? {
                if user.locked && user.id.in_directory().is_some() && facts.is_live(&id) {
                    self.shut_out(&id).await;
                }
                facts.join(&user);
            }
        }
        // The registration says where the keys are, so they come last, and no snapshot of the store is held
        // while anything is fetched.
        for lookup in lookups {
            self.find_remote(facts, lookup).await?;
        }
        Ok(())
    }

    /// What only the configuration knows; whether it does.
    fn find_configured(&self, facts: &mut Facts, lookup: &Lookup) -> bool {
        let config = &*self.state.config;
        match lookup {
            Lookup::Client(asked) if let Some(client) = config.clients.get(&asked.0) => {
                facts.answer(asked.clone(), client.clone().into());
            }
            Lookup::User(asked) if let Some(user) = config.people.by_id.get(&asked.0) => {
                facts.answer(asked.clone(), Some(user.clone()));
            }
            Lookup::Username(asked) if let Some(user) = config.people.by_name.get(&asked.0) => {
                facts.answer(asked.clone(), Some(user.clone()));
            }
            _ => return false,
        }
        true
    }

    /// A person whom the store does not have: of the application's directory, or of the configuration.
    async fn person_of(&self, id: &UserId) -> Result<Option<Arc<User>>, Error> {
        let config = &self.state.config;
        match &config.directory {
            Some(directory) => directory::by_id(&**directory, id).await,
            None => Ok(config.people.by_id.get(id).cloned()),
        }
    }

    /// Ends what somebody has whom the application's directory has locked: what was given before is of no use
    /// when they are unlocked. It is done by the first request that meets them; later ones find nothing live.
    async fn shut_out(&self, id: &UserId) {
        let ending = Ending::Everywhere { user: id, keep_offline: false };
        match self.inner.store.commit(logout::end(ending)).await {
            Ok(()) => tracing::info!(user = %id, "locked in the directory; signed out everywhere"),
            // They are refused all the same, and the next request tries again.
            Err(error) => {
                tracing::warn!(user = %id, %error, "failed to sign out a user whom the directory has locked")
            }
        }
    }

    async fn find_remote(&self, facts: &mut Facts, lookup: &Lookup) -> Result<(), Error> {
        match lookup {
            Lookup::User(asked) if self.is_remote(lookup) => {
                let found = self.person_of(&asked.0).await?;
                facts.answer(asked.clone(), found);
            }
            Lookup::ClientKeys(asked) => {
                let client = facts.client(&asked.client).cloned();
                let found = self.keys(client.as_deref(), asked.kid.as_deref()).await?;
                facts.answer(asked.clone(), found);
            }
            Lookup::IssuerKeys(asked) => {
                let issuer = self.state.config.statement_issuers.get(&ClientId(asked.issuer.clone()));
                let found = self.keys(issuer, asked.kid.as_deref()).await?;
                facts.answer(asked.clone(), found);
            }
            Lookup::Fetch(asked) => {
                let found = self.inner.documents.at(asked, self.asker).await;
                facts.answer(asked.clone(), found.map_err(|crowded| crowded.refusal(&asked.url))?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether neither the configuration nor the store has the answer.
    fn is_remote(&self, lookup: &Lookup) -> bool {
        match lookup {
            Lookup::User(_) => self.state.config.directory.is_some(),
            lookup => matches!(lookup, Lookup::ClientKeys(_) | Lookup::IssuerKeys(_) | Lookup::Fetch(_)),
        }
    }

    async fn keys(
        &self,
        of: Option<&Client>,
        kid: Option<&str>,
    ) -> Result<Option<Arc<dyn ClientKeys>>, Error> {
        let Some(client) = of else { return Ok(None) };
        let found = self.inner.client_keys.of(client, kid, self.asker).await;
        found.map_err(|(crowded, address)| crowded.refusal(&address))
    }
}

#[cfg(test)]
mod tests {
    use signet_core::change::Change;
    use signet_core::id::UserId;
    use signet_core::lookup::{Chosen, ClientById, Expected, Fetch, KeysOfClient, UserById, UserByName};

    use super::*;
    use crate::provider::{Provider, StaticUser};

    /// The clients `one` and `two` and the people `diana` and `elvis` are written in the configuration, the
    /// client `three` is stored.
    async fn provider() -> Provider {
        let client = |id: &str| {
            let mut client = Client::new(id);
            client.redirect_uris = vec![format!("https://{id}.example/cb")];
            client
        };
        let person = |name: &str| StaticUser {
            username: name.to_owned(),
            password: None,
            claims: serde_json::Map::new(),
            locked: false,
        };
        let builder = Provider::builder("https://op.example")
            .clients(["one", "two"].map(client))
            .users(["diana", "elvis"].map(person));
        let provider = builder.build().await.unwrap();
        let stored = Change::PutClient(Arc::new(client("three")));
        provider.inner.store.commit(vec![stored]).await.unwrap();
        provider
    }

    #[tokio::test]
    async fn the_configuration_and_the_store_answer_several_questions_of_one_kind() {
        let asking = Asking::of(&provider().await);
        let clients = ["one", "three", "none", "two"].map(|id| ClientById(id.into()));
        let people = ["elvis", "nobody", "diana"].map(|name| UserByName(name.to_owned()));
        let ids = ["diana", "nobody", "elvis"].map(|name| UserById(UserId::configured(name)));
        let keys = ["one", "none"].map(|id| KeysOfClient { client: id.into(), kid: None });
        let fetches = ["https://127.0.0.1/a", "https://127.0.0.1/b"].map(|url| Fetch {
            url: url.to_owned(),
            what: Expected::SectorIdentifier,
            chosen: Chosen::ByStranger,
        });
        let mut lookups: Vec<Lookup> = clients.iter().cloned().map(Lookup::from).collect();
        lookups.extend(people.iter().cloned().map(Lookup::from));
        lookups.extend(ids.iter().cloned().map(Lookup::from));
        lookups.extend(keys.iter().cloned().map(Lookup::from));
        lookups.extend(fetches.iter().cloned().map(Lookup::from));
        let facts = asking.find(&lookups).await.unwrap();
        assert_eq!(facts.unanswered(lookups), []);
        let client = |asked: &ClientById| facts.client(&asked.0).map(|found| found.client_id == asked.0);
        assert_eq!(clients.each_ref().map(client), [Some(true), Some(true), None, Some(true)]);
        let named = |asked: &UserByName| facts.found(asked).map(|found| found.username == asked.0);
        assert_eq!(people.each_ref().map(named), [Some(true), None, Some(true)]);
        let by_id = |asked: &UserById| facts.found(asked).map(|found| found.id == asked.0);
        assert_eq!(ids.each_ref().map(by_id), [Some(true), None, Some(true)]);
    }
}
