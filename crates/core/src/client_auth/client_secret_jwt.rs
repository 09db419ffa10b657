//! OpenID Connect Core §9, RFC 7523 §2.2: an assertion protected with the client secret, which itself is
//! never sent.

use super::{Credentials, Method, Proof, Proved, in_force};
use crate::alg::is_mac;
use crate::assertion::Assertion;
use crate::env::{Env, JoseError};
use crate::error::Error;
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::lookup::{Facts, Lookup};
use crate::record::Client;
use crate::record::client::KeptSecret;
use crate::rule::{self, Rule};

/// `client_secret_jwt`
pub(super) struct ClientSecretJwt;

struct Protected(Assertion);

/// Stands in where there is no secret, so that an unknown client costs as much as a known one.
const DECOY: &[u8] = &[0; 64];

impl Method for ClientSecretJwt {
    fn name(&self) -> &'static str {
        "client_secret_jwt"
    }

    fn proof(&self) -> Proof {
        Proof::SecretMac
    }

    fn rule(&self) -> &'static Rule {
        &rule::CLIENT_SECRET_JWT
    }

    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error> {
        let assertion = Assertion::read(incoming, is_mac)?;
        Ok(assertion.map(|assertion| Box::new(Protected(assertion)) as Box<dyn Credentials>))
    }
}

impl Credentials for Protected {
    fn client_id(&self) -> &ClientId {
        &self.0.client_id
    }

    fn lookup(&self) -> Vec<Lookup> {
        vec![self.0.lookup().into()]
    }

    fn prove(&self, env: &Env<'_>, client: Option<&Client>, facts: &Facts) -> Result<Proved, Error> {
        let Self(assertion) = self;
        assertion.judge(env)?;
        let kept = client.map_or([KeptSecret::NONE; 2], Client::kept_secrets);
        let [by_current, by_previous] = kept.each_ref().map(|secret| self.is_made_with(env, secret));
        let is_previous = by_current.is_err() && by_previous.is_ok();
        let signature = if is_previous { by_previous } else { by_current };
        let signature = signature.map_err(|error| match kept.last().and_then(|previous| previous.secret) {
            Some(previous) => error.nor_by_previous(previous.expose().as_bytes(), &assertion.alg),
            None => error,
        });
        let changes = assertion.accept(env, client, facts, signature)?;
        let by_previous_secret = client.map_or(Ok(false), |client| in_force(env, client, is_previous))?;
        Ok(Proved { changes, by_previous_secret })
    }
}

impl Protected {
    /// A secret that is kept as a hash only cannot make a MAC.
    fn is_made_with(&self, env: &Env<'_>, kept: &KeptSecret<'_>) -> Result<(), JoseError> {
        let secret = kept.clear();
        let verified = env.jose.verify_mac(&self.0.token, secret.unwrap_or(DECOY), &self.0.alg);
        secret.ok_or_else(|| JoseError("the client has no secret that is kept in clear".into()))?;
        verified
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::error::ErrorCode;
    use crate::secret::Secret;
    use crate::testing::{self, Asserting};

    fn registered() -> Client {
        let mut client = testing::client("web");
        client.token_endpoint_auth_method = Some("client_secret_jwt".into());
        client
    }

    #[test]
    fn the_secret_proves_the_client() {
        let outcome = Asserting::mac(testing::SECRET).authenticate(Some(registered()));
        let (client, changes) = outcome.unwrap();
        assert_eq!(client.client_id.as_str(), "web");
        assert!(
            matches!(&changes[..], [Change::SeeJti { issuer, jti, .. }] if issuer == "web" && jti == "j-1")
        );
    }

    #[test]
    fn the_previous_secret_signs_as_well_as_the_new_one_until_its_end() {
        let mut client = registered();
        client.client_secret_previous = client.client_secret.replace(Secret::new("the-new-one".into()));
        let copy = |client: &Client| Some(client.duplicate().unwrap());
        for secret in [testing::SECRET, "the-new-one"] {
            Asserting::mac(secret).authenticate(copy(&client)).unwrap();
        }
        let short = client.client_secret_previous.replace(Secret::new("the-old-one".into()));
        let error = Asserting::mac("another").authenticate(copy(&client)).unwrap_err();
        let detail = error.detail.unwrap_or_default();
        assert!(detail.contains("previous secret is too short, as HS256 needs 32 bytes"), "{detail}");
        client.client_secret_previous = short;
        client.client_secret_previous_expires_at = testing::NOW;
        Asserting::mac("the-new-one").authenticate(copy(&client)).unwrap();
        let error = Asserting::mac(testing::SECRET).authenticate(copy(&client)).unwrap_err();
        assert!(error.description.contains("was replaced by a new one"), "{error}");
    }

    #[test]
    fn without_the_clear_secret_nothing_does() {
        let hashed = |client: &mut Client| {
            client.client_secret = None;
            client.client_secret_hash = Some("00".repeat(32));
        };
        let empty = |client: &mut Client| client.client_secret = Some(Secret::new(String::new()));
        for (edit, secret) in [(hashed as fn(&mut Client), "00"), (empty, ""), (|_| {}, "another")] {
            let mut client = registered();
            edit(&mut client);
            let error = Asserting::mac(secret).authenticate(Some(client)).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidClient);
            assert!(error.description.contains("client is unknown, or none"), "{error}");
        }
    }

    #[test]
    fn the_stand_in_for_a_secret_opens_nothing() {
        let zeros = String::from_utf8(DECOY.to_vec()).unwrap();
        let mut client = registered();
        client.client_secret = None;
        client.client_secret_hash = Some("00".repeat(32));
        assert!(Asserting::mac(&zeros).authenticate(Some(client)).is_err());
    }

    #[test]
    fn an_expired_secret_is_refused() {
        let mut client = registered();
        client.client_secret_expires_at = testing::NOW;
        let error = Asserting::mac(testing::SECRET).authenticate(Some(client)).unwrap_err();
        assert_eq!(
            error.description,
            "the client secret has expired; update the registration, or ask the operator for a new one"
        );
    }

    #[test]
    fn key_pairs_are_another_method() {
        let incoming = Asserting::key("k-1").incoming();
        assert!(ClientSecretJwt.parse(&incoming).unwrap().is_none());
        assert!(ClientSecretJwt.parse(&testing::incoming(&[("client_id", "web")])).unwrap().is_none());
    }
}
