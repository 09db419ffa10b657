//! RFC 6749 §3.2, RFC 6750 §2: requests of clients themselves, from start to finish.

use signet_core::client_auth::ClientAuth;
use signet_core::endpoint::{self, OfBearer, OfClient};
use signet_core::error::Error;
use signet_core::incoming::Incoming;
use signet_core::reply::Reply;

use super::{Asking, Request};

impl Asking {
    /// A request whose client authenticates: how often it may be wrong is bounded.
    pub(crate) async fn of_client(
        &self,
        name: &'static str,
        endpoint: OfClient,
        incoming: &Incoming,
    ) -> Result<Reply, Error> {
        let request = Request::direct(name, incoming);
        let (auth, address) = (ClientAuth::parse(incoming), incoming.address.as_deref());
        let claimed = auth.as_ref().ok().and_then(Option::as_ref);
        let claimed = claimed.map(|auth| (auth.client_id().clone(), auth.proof()));
        let guess = self.guess(claimed.as_ref().map(|(client, _)| client), address).await?;
        let answer = match endpoint::read(endpoint, &self.env(), incoming, auth) {
            Ok(step) => self.run(&guess.watching(&*step, claimed.as_ref()), request).await,
            Err(error) => Err(self.rejected(error, request)),
        };
        guess.answered(answer)
    }

    /// A request with an access token. That one has expired is nothing to keep.
    pub(crate) async fn of_bearer(
        &self,
        endpoint: &'static str,
        parse: OfBearer,
        incoming: &Incoming,
    ) -> Result<Reply, Error> {
        let matters = self.settings().events.tokens;
        let request = Request { matters, ..Request::direct(endpoint, incoming) };
        let step = parse(&self.env(), incoming).map_err(|error| self.rejected(error, request))?;
        self.run(&*step, request).await
    }
}
