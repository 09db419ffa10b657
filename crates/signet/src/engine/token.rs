//! RFC 6749 §3.2 and the endpoints around it: direct requests, from start to finish.

use signet_core::client_auth::ClientAuth;
use signet_core::endpoint::{Step, introspection, revocation, token, userinfo};
use signet_core::env::Env;
use signet_core::error::Error;
use signet_core::incoming::Incoming;
use signet_core::reply::Reply;

use super::Asking;

/// How a request is read whose client authenticates.
type Parse = fn(&Env<'_>, &Incoming, Result<ClientAuth, Error>) -> Result<Box<dyn Step>, Error>;

impl Asking {
    /// RFC 6749 §3.2: tokens.
    pub(crate) async fn token(&self, incoming: &Incoming) -> Result<Reply, Error> {
        let parse: Parse =
            |env, incoming, auth| Ok(Box::new(token::Request::parse_from(env, incoming, auth)?));
        let reply = self.of_client(incoming, parse).await?;
        // An unknown grant type never gets here, so there are only a few.
        self.inner.metrics.tokens_issued(incoming.params.get("grant_type").unwrap_or_default());
        Ok(reply)
    }

    /// OpenID Connect Core §5.3: claims about the person.
    pub(crate) async fn userinfo(&self, incoming: &Incoming) -> Result<Reply, Error> {
        self.run(&userinfo::Request::parse(&self.env(), incoming)?, None).await
    }

    /// RFC 7662 §2: what a token means.
    pub(crate) async fn introspection(&self, incoming: &Incoming) -> Result<Reply, Error> {
        self.of_client(incoming, |env, incoming, auth| {
            Ok(Box::new(introspection::Request::parse_from(env, incoming, auth)?))
        })
        .await
    }

    /// RFC 7009 §2: a token is given up.
    pub(crate) async fn revocation(&self, incoming: &Incoming) -> Result<Reply, Error> {
        self.of_client(incoming, |env, incoming, auth| {
            Ok(Box::new(revocation::Request::parse_from(env, incoming, auth)?))
        })
        .await
    }

    /// A request whose client authenticates: how often it may be wrong is bounded.
    async fn of_client(&self, incoming: &Incoming, parse: Parse) -> Result<Reply, Error> {
        let (auth, address) = (ClientAuth::parse(incoming), incoming.address.as_deref());
        let guess = self.guess(&auth, address).await?;
        let answer = match parse(&self.env(), incoming, auth) {
            Ok(step) => self.run(&guess.watching(&*step), address).await,
            Err(error) => Err(error),
        };
        guess.answered(answer)
    }
}
