//! RFC 7523 §2.2, §3: what a client signs about itself to prove who it is.

use serde_json::{Map, Value, json};
use signet_jose::{HmacKey, SigningAlg, jws};

use super::{ClientAuth, RelyingParty};
use crate::Error;

/// RFC 7523 §2.2: the value of `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds for which an assertion is made out.
const LIFETIME: u64 = 60;

impl RelyingParty {
    /// A fresh assertion for the provider, with these claims instead of the right ones; null leaves a claim
    /// out. Only a client that authenticates by `client_secret_jwt` or `private_key_jwt` can make one.
    pub fn assertion(&self, instead: &Value) -> Result<String, Error> {
        let now = self.wire.now();
        let claims = json!({
            "iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "jti": self.wire.token(), "iat": now,
            "exp": now + LIFETIME,
        });
        let mut claims: Map<String, Value> = claims.as_object().cloned().unwrap_or_default();
        for (name, value) in instead.as_object().into_iter().flatten() {
            claims.insert(name.clone(), value.clone());
        }
        claims.retain(|_, value| !value.is_null());
        let payload = Value::Object(claims).to_string();
        let told = |error: signet_jose::Error| Error::new(format!("the assertion cannot be made: {error}"));
        match &self.auth {
            ClientAuth::PrivateKeyJwt(key) => jws::sign(key, None, payload.as_bytes()).map_err(told),
            ClientAuth::SecretJwt(secret) => {
                let key = HmacKey::new(SigningAlg::Hs256, secret.as_bytes()).map_err(told)?;
                Ok(jws::sign_hmac(&key, None, payload.as_bytes()))
            }
            other => Err(Error::new(format!("a client that authenticates by {other:?} signs no assertions"))),
        }
    }
}
