//! RFC 6749 §3.2 and the endpoints around it: direct requests, from start to finish.

use signet_core::client_auth::ClientAuth;
use signet_core::decision::Reply;
use signet_core::endpoint::{introspection, revocation, token, userinfo};
use signet_core::error::Error;
use signet_core::incoming::Incoming;
use signet_core::resource;

use super::guesses::Guess;
use super::log::audience_ignored;
use crate::provider::Provider;

impl Provider {
    /// RFC 6749 §3.2: tokens.
    pub(crate) async fn token(&self, incoming: &Incoming, address: Option<&str>) -> Result<Reply, Error> {
        let auth = ClientAuth::parse(incoming);
        let guess = self.guess(&auth, address).await?;
        let answer = self.tokens(incoming, auth, address, &guess).await;
        guess.answered(answer)
    }

    async fn tokens(
        &self,
        incoming: &Incoming,
        auth: Result<ClientAuth, Error>,
        address: Option<&str>,
        guess: &Guess<'_>,
    ) -> Result<Reply, Error> {
        let state = self.state();
        let request = token::Request::parse_from(&self.env(&state), incoming, auth)?;
        let follow_up = |facts: &_| request.follow_up(facts);
        let lookups = request.lookup();
        let reply = self
            .step_on(&state, address, &lookups, follow_up, |env, facts| {
                let client = facts.client.clone();
                let decision = guess.decided(request.decide(env, facts))?;
                if let Some(client) = &client
                    && let Some(resource) =
                        resource::meant_by_audience(env.settings, client, &incoming.params)
                {
                    audience_ignored(client, resource);
                }
                Ok(decision)
            })
            .await?;
        // An unknown grant type never gets here, so there are only a few.
        self.inner.metrics.tokens_issued(incoming.params.get("grant_type").unwrap_or_default());
        Ok(reply)
    }

    /// OpenID Connect Core §5.3: claims about the person.
    pub(crate) async fn userinfo(&self, incoming: &Incoming) -> Result<Reply, Error> {
        let state = self.state();
        let request = userinfo::Request::parse(&self.env(&state), incoming)?;
        let follow_up = |facts: &_| request.follow_up(facts);
        self.step_on(&state, None, &request.lookup(), follow_up, |env, facts| request.decide(env, facts))
            .await
    }

    /// RFC 7662 §2: what a token means.
    pub(crate) async fn introspection(
        &self,
        incoming: &Incoming,
        address: Option<&str>,
    ) -> Result<Reply, Error> {
        let auth = ClientAuth::parse(incoming);
        let guess = self.guess(&auth, address).await?;
        let answer = self.introspected(incoming, auth, &guess).await;
        guess.answered(answer)
    }

    async fn introspected(
        &self,
        incoming: &Incoming,
        auth: Result<ClientAuth, Error>,
        guess: &Guess<'_>,
    ) -> Result<Reply, Error> {
        let state = self.state();
        let request = introspection::Request::parse_from(&self.env(&state), incoming, auth)?;
        let follow_up = |facts: &_| request.follow_up(facts);
        self.step_on(&state, None, &request.lookup(), follow_up, |env, facts| {
            let asker = facts.client.as_ref().map(|client| client.client_id.0.clone());
            let withheld = request.withheld(env, &facts).cloned();
            let decision = guess.decided(request.decide(env, facts))?;
            if let Some(holder) = withheld {
                tracing::info!(
                    client = asker,
                    issued_to = holder.as_str(),
                    "introspection says active: false of a good token of another client; may_introspect, introspected_by of its resource, \
                     or the asker's client_id in its audience would let it know"
                );
            }
            Ok(decision)
        })
        .await
    }

    /// RFC 7009 §2: a token is given up.
    pub(crate) async fn revocation(
        &self,
        incoming: &Incoming,
        address: Option<&str>,
    ) -> Result<Reply, Error> {
        let auth = ClientAuth::parse(incoming);
        let guess = self.guess(&auth, address).await?;
        let answer = self.revoked(incoming, auth, address, &guess).await;
        guess.answered(answer)
    }

    async fn revoked(
        &self,
        incoming: &Incoming,
        auth: Result<ClientAuth, Error>,
        address: Option<&str>,
        guess: &Guess<'_>,
    ) -> Result<Reply, Error> {
        let state = self.state();
        let request = revocation::Request::parse_from(&self.env(&state), incoming, auth)?;
        let lookups = request.lookup();
        self.step(&state, address, &lookups, |env, facts| guess.decided(request.decide(env, facts))).await
    }
}
