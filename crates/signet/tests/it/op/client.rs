//! Clients, as scenarios register them.

use serde_json::{Map, Value, json};
use signet_core::record::Client;

use super::SECRET;

/// A client's registration, by the names of OpenID Connect Registration and Signet's configuration.
#[derive(Clone)]
pub(crate) struct ClientSpec(Map<String, Value>);

/// A confidential web client with `client_secret_basic`, answered at `https://NAME.example/cb`.
pub(crate) fn client(id: &str) -> ClientSpec {
    let spec = ClientSpec(Map::new());
    spec.set("client_id", id)
        .set("client_name", format!("The {id} application"))
        .set("client_secret", SECRET)
        .set("redirect_uris", json!([format!("https://{id}.example/cb")]))
}

impl ClientSpec {
    pub(crate) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn client_secret_post(self) -> Self {
        self.set("token_endpoint_auth_method", "client_secret_post")
    }

    /// Without a secret.
    pub(crate) fn public(mut self) -> Self {
        self.0.remove("client_secret");
        self
    }

    /// A public program on the person's device.
    pub(crate) fn native(self) -> Self {
        self.public().set("application_type", "native")
    }

    /// May act for itself.
    pub(crate) fn service(self, scope: &str) -> Self {
        self.set("grant_types", json!(["client_credentials"])).set("scope", scope)
    }

    pub(crate) fn redirect_uri(self, uri: &str) -> Self {
        self.set("redirect_uris", json!([uri]))
    }

    /// The record that the provider works with.
    pub(crate) fn record(&self) -> Client {
        serde_json::from_value(Value::Object(self.0.clone())).unwrap()
    }

    pub(super) fn id(&self) -> &str {
        self.0["client_id"].as_str().unwrap()
    }
}
