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
    /// Answers a request that a client authenticates, unless too many wrong secrets of that client came from this network.
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
        let known = known.filter(|key| guesses.counts(key));
        if let Some(key) = known {
            self.count_guess(key)?;
        }
        let answer = answer.await;
        let wrong = match &answer {
            Ok(Reply::Refuse(error)) | Err(error) => error.code == ErrorCode::InvalidClient,
            Ok(_) => false,
        };
        match known {
            Some(key) if !wrong => guesses.refund(&key, self.inner.clock.now_ms()),
            None if wrong => self.count_guess(self.guessed_at(incoming, network))?,
            _ => {}
        }
        answer
    }

    fn count_guess(&self, key: [u8; 32]) -> Result<(), Error> {
        self.inner.guesses.spend(key, 1, self.inner.clock.now_ms()).map_err(|wait| {
            self.inner.metrics.client_throttled();
            let seconds = wait.div_ceil(1000);
            let words = "too many wrong secrets or assertions of this client came from this network; correct them, and try again later";
            Error::new(ErrorCode::TemporarilyUnavailable, words)
                .because("client authentication is throttled for this client and network")
                .after(seconds)
        })
    }

    /// Which client from which network, without keeping what strangers send.
    fn guessed_at(&self, incoming: &Incoming, network: Network) -> [u8; 32] {
        let state = self.state();
        let client = ClientAuth::parse(incoming).map(|auth| auth.client_id().as_str().to_owned());
        let parts = [client.unwrap_or_default(), network.to_string()];
        let [client, network] = parts.each_ref().map(|part| part.as_bytes());
        keyed(state.config.settings.handle_key.expose(), "client guess", &[client, network])
    }
}
