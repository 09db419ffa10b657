//! What a client says about itself, right and wrong.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{NOW, World, incoming, keys, set};
use crate::assertion::{self, Assertion};
use crate::change::Change;
use crate::client_auth::{Authenticated, ClientAuth};
use crate::env::ClientKeys;
use crate::error::Error;
use crate::incoming::Incoming;
use crate::lookup::{Facts, KeysOfClient};
use crate::record::Client;

/// A client assertion of the client `web`, good unless told otherwise.
#[derive(Clone)]
pub(crate) struct Asserting {
    header: Value,
    claims: Value,
    signature: String,
    params: Vec<(&'static str, String)>,
    /// The client's own keys.
    own: Option<Arc<dyn ClientKeys>>,
    /// It was used before.
    pub(crate) seen: bool,
}

impl Asserting {
    fn new(header: Value, signature: &str) -> Self {
        let claims = json!({
            "iss": "web", "sub": "web", "aud": "https://op.example", "jti": "j-1", "exp": NOW.0 + 60, "iat": NOW.0,
        });
        let params = vec![("client_assertion_type", assertion::TYPE.to_owned())];
        Self { header, claims, signature: signature.into(), params, own: None, seen: false }
    }

    /// Protected by a secret.
    pub(crate) fn mac(secret: &str) -> Self {
        Self::new(json!({"alg": "HS256"}), secret)
    }

    /// Signed by the key of this name; the client's own is `k-1`.
    pub(crate) fn key(name: &str) -> Self {
        let mut this = Self::new(json!({"alg": "ES256", "kid": name}), name);
        this.own = keys("k-1");
        this
    }

    /// Of a client without keys.
    pub(crate) fn keyless(mut self) -> Self {
        self.own = None;
        self
    }

    /// Another value for a claim; null takes it out.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// Another value for a header member; null takes it out.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// Another request parameter.
    pub(crate) fn param(mut self, name: &'static str, value: &str) -> Self {
        self.params.retain(|(known, _)| *known != name);
        self.params.push((name, value.to_owned()));
        self
    }

    pub(crate) fn incoming(&self) -> Incoming {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signature = URL_SAFE_NO_PAD.encode(&self.signature);
        let token = format!("{}.{}.{signature}", part(&self.header), part(&self.claims));
        let mut params: Vec<(&str, &str)> =
            self.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if !params.iter().any(|(name, _)| *name == "client_assertion") {
            params.push(("client_assertion", &token));
        }
        incoming(&params)
    }

    /// What a shell finds for it, if it can be read.
    pub(crate) fn facts(&self, client: Option<Client>) -> Facts {
        let facts =
            client.map_or_else(Facts::default, |client| Facts::default().with_client(Arc::new(client)));
        let Ok(Some(assertion)) = Assertion::read(&self.incoming(), |_| true) else { return facts };
        let keys = KeysOfClient { client: assertion.client_id.clone(), kid: assertion.kid.clone() };
        facts.with(assertion.lookup(), self.seen).with(keys, self.own.clone())
    }

    /// Authenticates the client, or nobody.
    pub(crate) fn authenticate(&self, client: Option<Client>) -> Result<(Authenticated, Vec<Change>), Error> {
        let world = World::new();
        let auth = ClientAuth::parse(&self.incoming())?.unwrap();
        auth.decide(&world.env(), &self.facts(client)).map(|(client, proven)| (client, proven.changes))
    }
}
