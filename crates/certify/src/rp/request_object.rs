//! OpenID Connect Core §6, RFC 9101 §4, §5: an authorization request that travels as a request object.

use serde_json::{Map, Value, json};
use signet_jose::jwe::{self, EncryptionKey};
use signet_jose::{ContentEncryption, HmacKey, JwkSet, KeyManagementAlg, SigningAlg, SigningKey, jws};

use super::{AuthorizationRequest, RelyingParty};
use crate::Error;

/// RFC 9101 §10.8.1: the explicit type of a request object.
const TYPE: &str = "oauth-authz-req+jwt";
/// Seconds for which a request object is made out.
const LIFETIME: u64 = 60;

/// What shows that a request object is the client's.
#[derive(Clone, Copy)]
pub enum Protection<'a> {
    /// Nothing: `alg` `none`.
    None,
    /// The client's secret, by this HMAC algorithm.
    Secret(&'a str, SigningAlg),
    /// A key of the client's.
    Key(&'a SigningKey),
}

impl RelyingParty {
    /// What the request says as a request object for the provider, with these claims instead of the right
    /// ones; null leaves a claim out.
    pub fn request_object(
        &self,
        request: &AuthorizationRequest,
        protection: Protection<'_>,
        instead: &Value,
    ) -> Result<String, Error> {
        let now = self.wire.now();
        let mut claims = Map::new();
        for (name, value) in request.params() {
            let parsed = || serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
            let json = ["max_age", "claims"].contains(&name.as_str());
            claims.insert(name.clone(), if json { parsed() } else { Value::from(value.as_str()) });
        }
        let own =
            json!({"iss": self.client_id, "aud": self.issuer, "iat": now, "nbf": now, "exp": now + LIFETIME});
        for (name, value) in own.as_object().into_iter().chain(instead.as_object()).flatten() {
            claims.insert(name.clone(), value.clone());
        }
        claims.retain(|_, value| !value.is_null());
        let payload = Value::Object(claims).to_string();
        match protection {
            Protection::None => Ok(jws::encode_unsecured(Some(TYPE), payload.as_bytes())),
            Protection::Secret(secret, alg) => {
                let key = HmacKey::new(alg, secret.as_bytes()).map_err(told)?;
                Ok(jws::sign_hmac(&key, Some(TYPE), payload.as_bytes()))
            }
            Protection::Key(key) => jws::sign(key, Some(TYPE), payload.as_bytes()).map_err(told),
        }
    }

    /// RFC 9101 §6.1: a request object that only the provider can read, by the first of its published keys
    /// that fits.
    pub async fn sealed(
        &self,
        object: &str,
        alg: KeyManagementAlg,
        enc: ContentEncryption,
    ) -> Result<String, Error> {
        let published = self.jwks().await?;
        let set = JwkSet::from_json(&published.body).map_err(told)?;
        let mut keys = set.keys.iter().filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok());
        let key = keys.find(|key| key.allows(alg, enc));
        let key = key.ok_or_else(|| published.wrong(format!("no published key encrypts by {alg}")))?;
        seal(&key, object, alg, enc)
    }
}

/// The same, by a key that the client's secret makes (OpenID Connect Core §10.2).
pub fn sealed_by_secret(
    secret: &str,
    object: &str,
    alg: KeyManagementAlg,
    enc: ContentEncryption,
) -> Result<String, Error> {
    seal(&EncryptionKey::from_client_secret(secret.as_bytes(), alg, enc).map_err(told)?, object, alg, enc)
}

fn seal(
    key: &EncryptionKey,
    object: &str,
    alg: KeyManagementAlg,
    enc: ContentEncryption,
) -> Result<String, Error> {
    let extra = jwe::Extra { typ: None, cty: Some("JWT") };
    jwe::encrypt(key, alg, enc, extra, object.as_bytes()).map_err(told)
}

fn told(error: signet_jose::Error) -> Error {
    Error::new(format!("the request object cannot be made: {error}"))
}

impl AuthorizationRequest {
    /// Sends this request object instead of the parameters: outside it stand only those that OAuth 2.0 asks
    /// for.
    pub fn by_value(self, object: &str) -> Self {
        self.sending("request", object)
    }

    /// Sends the address of a request object instead of the parameters.
    pub fn by_reference(self, url: &str) -> Self {
        self.sending("request_uri", url)
    }

    fn sending(mut self, name: &str, value: &str) -> Self {
        let outside = ["client_id", "response_type", "scope"];
        let kept = self.params().iter().filter(|(known, _)| outside.contains(&known.as_str()));
        let mut sent: Vec<_> = kept.cloned().collect();
        sent.push((name.to_owned(), value.to_owned()));
        self.sent = Some(sent);
        self
    }
}
