//! RFC 6749 §2.3.1: ID and secret in the form body.

use super::{Credentials, IdAndSecret, Method, Proof};
use crate::error::Error;
use crate::id::ClientId;
use crate::incoming::{AUTHORIZATION, Incoming};
use crate::rule::{self, Rule};
use crate::secret::Secret;

/// `client_secret_post`
pub(super) struct ClientSecretPost;

impl Method for ClientSecretPost {
    fn name(&self) -> &'static str {
        "client_secret_post"
    }

    fn proof(&self) -> Proof {
        Proof::Secret
    }

    fn rule(&self) -> &'static Rule {
        &rule::CLIENT_SECRET_POST
    }

    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error> {
        let Some(secret) = incoming.params.get("client_secret") else { return Ok(None) };
        // With HTTP Basic as well the id may be missing here; that request is refused for using two methods.
        let client_id = match incoming.headers.get(AUTHORIZATION) {
            Some(_) => incoming.params.get("client_id").unwrap_or_default(),
            None => incoming.params.require("client_id")?,
        };
        let (client_id, secret) = (ClientId::from(client_id), Secret::new(secret.to_owned()));
        Ok(Some(Box::new(IdAndSecret { client_id, undecoded_id: None, secret, undecoded: None })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::testing::incoming;

    #[test]
    fn it_needs_id_and_secret() {
        let posted =
            ClientSecretPost.parse(&incoming(&[("client_id", "web"), ("client_secret", "s")])).unwrap();
        assert_eq!(posted.unwrap().client_id().as_str(), "web");
        assert!(ClientSecretPost.parse(&incoming(&[("client_id", "web")])).unwrap().is_none());
        let error = ClientSecretPost.parse(&incoming(&[("client_secret", "s")])).err().unwrap();
        assert_eq!((error.code, &*error.description), (ErrorCode::InvalidRequest, "client_id is missing"));
    }
}
