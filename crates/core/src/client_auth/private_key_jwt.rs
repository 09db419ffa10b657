//! OpenID Connect Core §9, RFC 7523 §2.2: an assertion signed with a private key of the client, whose public
//! key is registered.
//!
//! Nothing hides how long the fetching of an unknown key set takes: client ids are no secrets (RFC 6749
//! §2.2), only what is wrong with a proof is.

use super::{Credentials, Method, Proof, Proved};
use crate::alg::is_mac;
use crate::assertion::Assertion;
use crate::env::{Env, JoseError};
use crate::error::Error;
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::lookup::{Facts, KeysOfClient, Lookup};
use crate::record::Client;
use crate::rule::{self, Rule};

/// `private_key_jwt`
pub(super) struct PrivateKeyJwt;

struct Signed(Assertion);

impl Method for PrivateKeyJwt {
    fn name(&self) -> &'static str {
        "private_key_jwt"
    }

    fn proof(&self) -> Proof {
        Proof::Key
    }

    fn rule(&self) -> &'static Rule {
        &rule::PRIVATE_KEY_JWT
    }

    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error> {
        let assertion = Assertion::read(incoming, |alg| !is_mac(alg))?;
        Ok(assertion.map(|assertion| Box::new(Signed(assertion)) as Box<dyn Credentials>))
    }
}

impl Signed {
    fn keys(&self) -> KeysOfClient {
        KeysOfClient { client: self.0.client_id.clone(), kid: self.0.kid.clone() }
    }
}

impl Credentials for Signed {
    fn client_id(&self) -> &ClientId {
        &self.0.client_id
    }

    fn lookup(&self) -> Vec<Lookup> {
        vec![self.0.lookup().into(), self.keys().into()]
    }

    fn prove(&self, env: &Env<'_>, client: Option<&Client>, facts: &Facts) -> Result<Proved, Error> {
        let Self(assertion) = self;
        assertion.judge(env)?;
        let keys = facts.found(&self.keys()).ok_or_else(|| JoseError("the client has no keys".into()));
        let signature = keys.and_then(|keys| keys.verify(&assertion.token, &assertion.alg));
        let changes = assertion.accept(env, client, facts, signature)?;
        Ok(Proved { changes, ..Proved::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::error::ErrorCode;
    use crate::lookup::JtiSeen;
    use crate::testing::{self, Asserting};

    fn registered() -> Client {
        let mut client = Client::new("web");
        client.token_endpoint_auth_method = Some("private_key_jwt".into());
        client
    }

    #[test]
    fn a_registered_key_proves_the_client() {
        let (client, changes) = Asserting::key("k-1").authenticate(Some(registered())).unwrap();
        assert_eq!(client.client_id.as_str(), "web");
        assert!(
            matches!(&changes[..], [Change::SeeJti { issuer, jti, .. }] if issuer == "web" && jti == "j-1")
        );
    }

    #[test]
    fn the_key_that_kid_names_is_asked_for() {
        let credentials = PrivateKeyJwt.parse(&Asserting::key("k-1").incoming()).unwrap().unwrap();
        let keys = KeysOfClient { client: ClientId::from("web"), kid: Some("k-1".into()) };
        let jti = JtiSeen { issuer: "web".into(), jti: "j-1".into() };
        assert_eq!(credentials.lookup(), [jti.into(), keys.into()]);
    }

    #[test]
    fn another_key_or_none_proves_nothing() {
        let foreign = Asserting::key("k-2").authenticate(Some(registered())).unwrap_err();
        let keyless = Asserting::key("k-1").keyless().authenticate(Some(registered())).unwrap_err();
        for error in [&foreign, &keyless] {
            assert_eq!(error.code, ErrorCode::InvalidClient);
            assert!(error.description.contains("client is unknown, or none"), "{error}");
        }
        assert_eq!(keyless.detail.as_deref(), Some("the client has no keys"));
    }

    #[test]
    fn shared_secrets_are_another_method() {
        assert!(PrivateKeyJwt.parse(&Asserting::mac("s").incoming()).unwrap().is_none());
        let error = Asserting::key("k-1").authenticate(Some(testing::client("web"))).unwrap_err();
        assert_eq!(
            error.description,
            "this client accepts client_secret_basic or client_secret_post, but authenticated by private_key_jwt"
        );
    }
}
