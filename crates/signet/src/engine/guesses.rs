//! RFC 6749 §10.10, RFC 6819 §4.3.4: client secrets and assertions are not guessed: wrong ones of a client slow down the network they
//! come from.

use signet_core::client_auth::ClientAuth;
use signet_core::decision::Reply;
use signet_core::endpoint::Incoming;
use signet_core::error::{Error, ErrorCode};
use signet_core::secret::keyed;
use signet_login::network::Network;

use crate::provider::Provider;

impl Provider {
    /// Answers a request that a client authenticates, unless too many wrong secrets of that client came from this network, or from a larger
    /// one around it.
    pub(crate) async fn unless_guessed(
        &self,
        incoming: &Incoming,
        address: Option<&str>,
        answer: impl Future<Output = Result<Reply, Error>>,
    ) -> Result<Reply, Error> {
        // Where the network is not known all clients would wait for each other.
        let Some(network) = address.and_then(Network::parse) else { return answer.await };
        let guesses = &self.inner.guesses;
        // Where nothing was guessed a right secret costs nothing here.
        let known = (!guesses.is_empty()).then(|| self.guessed_at(incoming, network));
        let known = known.filter(|keys| keys.iter().any(|(key, _)| guesses.counts(key)));
        if let Some(keys) = &known {
            self.count_guess(keys)?;
        }
        let answer = answer.await;
        let wrong = match &answer {
            Ok(Reply::Refuse(error)) | Err(error) => error.code == ErrorCode::InvalidClient,
            Ok(_) => false,
        };
        match known {
            Some(keys) if !wrong => self.give_back(&keys),
            None if wrong => self.count_guess(&self.guessed_at(incoming, network))?,
            _ => {}
        }
        answer
    }

    fn count_guess(&self, keys: &[Guessed]) -> Result<(), Error> {
        let now = self.inner.clock.now_ms();
        let mut spent = Vec::new();
        for (key, times) in keys {
            let Err(wait) = self.inner.guesses.spend(*key, *times, now) else {
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
            self.inner.guesses.refund(key, self.inner.clock.now_ms());
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
