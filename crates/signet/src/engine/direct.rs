//! RFC 6749 §3.2, RFC 6750 §2: requests of clients themselves, from start to finish.

use signet_core::client_auth::ClientAuth;
use signet_core::endpoint::{self, OfBearer, OfClient};
use signet_core::error::Error;
use signet_core::incoming::Incoming;
use signet_core::reply::Reply;

use super::Asking;

impl Asking {
    /// A request whose client authenticates: how often it may be wrong is bounded.
    pub(crate) async fn of_client(&self, parse: OfClient, incoming: &Incoming) -> Result<Reply, Error> {
        let (auth, address) = (ClientAuth::parse(incoming), incoming.address.as_deref());
        let guess = self.guess(auth.as_ref().ok().map(ClientAuth::client_id), address).await?;
        let answer = match endpoint::read(parse, &self.env(), incoming, auth) {
            Ok(step) => self.run(&guess.watching(&*step), address).await,
            Err(error) => Err(error),
        };
        guess.answered(answer)
    }

    /// A request with an access token.
    pub(crate) async fn of_bearer(&self, parse: OfBearer, incoming: &Incoming) -> Result<Reply, Error> {
        self.run(&*parse(&self.env(), incoming)?, incoming.address.as_deref()).await
    }
}
