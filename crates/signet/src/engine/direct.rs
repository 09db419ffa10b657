//! RFC 6749 §3.2, RFC 6750 §2: requests of clients themselves, from start to finish.

use signet_core::client_auth::ClientAuth;
use signet_core::endpoint::{self, Door, Endpoint, OfBearer, OfClient};
use signet_core::error::Error;
use signet_core::id::ClientId;
use signet_core::incoming::Incoming;
use signet_core::lookup::ClientById;
use signet_core::reply::Reply;

use super::{Asking, Request, unavailable};

impl Asking {
    /// A request whose client authenticates: how often it may be wrong is bounded.
    pub(crate) async fn of_client(
        &self,
        name: &'static str,
        endpoint: OfClient,
        incoming: &Incoming,
    ) -> Result<Reply, Error> {
        let request = Request::direct(name, incoming);
        let (mut auth, address) = (ClientAuth::parse(incoming), incoming.address.as_deref());
        if let Ok(Some(auth)) = &mut auth {
            self.find_out_who(auth).await?;
        }
        let claimed = auth.as_ref().ok().and_then(Option::as_ref);
        let claimed = claimed.map(|auth| (auth.client_id().clone(), auth.proof()));
        let guess = self.guess(claimed.as_ref().map(|(client, _)| client), address).await?;
        let answer = match endpoint::read(endpoint, &self.env(), incoming, auth) {
            Ok(step) => self.run(&guess.watching(&*step, claimed.as_ref()), request).await,
            Err(error) => Err(self.rejected(self.naming(error, incoming).await, request)),
        };
        guess.answered(answer)
    }

    /// A request to an endpoint that could not even be read: its method, headers or body are wrong.
    pub(crate) async fn unread(&self, endpoint: &dyn Endpoint, incoming: &Incoming, error: Error) -> Error {
        let matters = matches!(endpoint.door(), Door::Client(_)) || self.settings().events.tokens;
        let error = self.naming(error, incoming).await;
        self.rejected(error, Request { matters, ..Request::direct(endpoint.name(), incoming) })
    }

    /// A request with a method that is not taken at this path: at an endpoint it is one that cannot be read.
    pub(crate) async fn not_allowed(&self, path: &str, incoming: &Incoming, error: Error) -> Error {
        match endpoint::at(self.settings(), path) {
            Some(endpoint) => self.unread(endpoint, incoming, error).await,
            None => error,
        }
    }

    /// Names the application that a request says it is from, if there is one.
    async fn naming(&self, error: Error, incoming: &Incoming) -> Error {
        let is_named = error.client.is_some() || error.named.is_some();
        let Some(id) = ClientAuth::claimed(incoming).filter(|_| !is_named) else { return error };
        let is_known = self.is_known(&id).await;
        Error { named: is_known.then(|| Box::new(id)), ..error }
    }

    /// Whether there is such an application. It has shown nothing, so that nothing is fetched to find out.
    async fn is_known(&self, id: &ClientId) -> bool {
        let asked = ClientById(id.clone());
        self.state.config.clients.contains_key(id)
            || self.inner.store.ask(asked).await.is_ok_and(|found| found.known().is_some())
    }

    /// Where an id may have been sent in two forms, whose it is: before anything is counted or looked up for
    /// the client. It takes one read, whoever there is.
    async fn find_out_who(&self, auth: &mut ClientAuth) -> Result<(), Error> {
        let Some(undecoded) = auth.undecoded_id() else { return Ok(()) };
        let [decoded, undecoded] = [auth.client_id(), undecoded].map(|id| ClientById(id.clone()));
        let asked = [decoded.clone().into(), undecoded.clone().into()];
        let stored = self.inner.store.find(&asked).await.map_err(unavailable)?;
        let configured = &self.state.config.clients;
        let is_there =
            |ClientById(id): &ClientById| configured.contains_key(id) | stored.client(id).is_some();
        if !is_there(&decoded) & is_there(&undecoded) {
            auth.go_by_undecoded();
        }
        Ok(())
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
