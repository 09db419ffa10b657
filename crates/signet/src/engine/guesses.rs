//! RFC 6749 §10.10, RFC 6819 §4.3.4: client secrets and assertions are not guessed: wrong ones of a client
//! slow down the network they come from.

use signet_core::client_auth::ClientAuth;
use signet_core::decision::Reply;
use signet_core::endpoint::Incoming;
use signet_core::error::{Error, ErrorCode};
use signet_core::lookup::Lookup;
use signet_core::secret::keyed;
use signet_login::network::Network;
use signet_login::throttle::Count;

use crate::provider::Provider;

impl Provider {
    /// Answers a request that a client authenticates, unless too many wrong secrets of that client came from
    /// this network, or from a larger one around it.
    pub(crate) async fn unless_guessed(
        &self,
        incoming: &Incoming,
        address: Option<&str>,
        answer: impl Future<Output = Result<Reply, Error>>,
    ) -> Result<Reply, Error> {
        // Where the network is not known all clients would wait for each other.
        let Some(network) = address.and_then(Network::parse) else { return answer.await };
        let guesses = &self.inner.guesses.wrong;
        // Where nothing was guessed a right secret costs nothing here.
        let known = (!guesses.is_empty()).then(|| self.guessed_at(incoming, network));
        let known = known.filter(|keys| keys.iter().any(|(key, _)| guesses.counts(key)));
        if let Some(keys) = &known {
            self.guess(incoming, network, keys).await?;
        }
        let answer = answer.await;
        let wrong = match &answer {
            Ok(Reply::Refuse(error)) | Err(error) => error.code == ErrorCode::InvalidClient,
            Ok(_) => false,
        };
        match known {
            Some(keys) if !wrong => self.give_back(&keys),
            None if wrong => self.guess(incoming, network, &self.guessed_at(incoming, network)).await?,
            _ => {}
        }
        answer
    }

    async fn guess(&self, incoming: &Incoming, network: Network, keys: &[Guessed]) -> Result<(), Error> {
        let counted = self.count_guess(keys);
        if counted.is_err()
            && let Some((key, _)) = keys.first()
        {
            self.note_guesses(incoming, network, *key).await;
        }
        counted
    }

    /// Operators see in the store which client has to wait. Only of clients that there are, and not at each
    /// guess: strangers write none.
    async fn note_guesses(&self, incoming: &Incoming, network: Network, key: [u8; 32]) {
        let (guesses, now) = (&self.inner.guesses, self.inner.clock.now_ms());
        if guesses.noted.spend(key, 1, now).is_err() || guesses.notes.spend((), 1, now).is_err() {
            return;
        }
        let Ok(auth) = ClientAuth::parse(incoming) else { return };
        let (id, store) = (auth.client_id(), &self.inner.store);
        let known = self.state().config.clients.contains_key(id)
            || store.find(&[Lookup::Client(id.clone())]).await.is_ok_and(|facts| facts.client.is_some());
        if known
            && let Err(error) =
                store.commit(vec![Count::note(id.as_str(), network, self.inner.clock.now())]).await
        {
            tracing::warn!(%error, client = id.as_str(), "failed to record that a client is throttled");
        }
    }

    fn count_guess(&self, keys: &[Guessed]) -> Result<(), Error> {
        let now = self.inner.clock.now_ms();
        let mut spent = Vec::new();
        for (key, times) in keys {
            let Err(wait) = self.inner.guesses.wrong.spend(*key, *times, now) else {
                spent.push((*key, *times));
                continue;
            };
            self.give_back(&spent);
            self.inner.metrics.client_throttled();
            let words = "too many wrong secrets or assertions of this client came from this network; correct them, and try again later";
            return Err(Error::new(ErrorCode::TemporarilyUnavailable, words)
                .because("client authentication is throttled for this client and network")
                .after(wait.div_ceil(1000)));
        }
        Ok(())
    }

    fn give_back(&self, keys: &[Guessed]) {
        for (key, _) in keys {
            self.inner.guesses.wrong.refund(key, self.inner.clock.now_ms());
        }
    }

    /// Which client from which networks, without keeping what strangers send.
    fn guessed_at(&self, incoming: &Incoming, network: Network) -> Vec<Guessed> {
        let state = self.state();
        let client = ClientAuth::parse(incoming).map(|auth| auth.client_id().as_str().to_owned());
        let (client, secret) = (client.unwrap_or_default(), state.config.settings.handle_key.expose());
        let key = |network: Network| {
            keyed(secret, "client guess", &[client.as_bytes(), network.to_string().as_bytes()])
        };
        network.widths().map(|(network, times)| (key(network), times)).collect()
    }
}

/// A client and a network, and how many times as many guesses are allowed there.
type Guessed = ([u8; 32], u64);
