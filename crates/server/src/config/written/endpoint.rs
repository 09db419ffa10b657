//! `[endpoint]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Paths of the endpoints.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// Default `/authorize`.
    pub authorization: Endpoint,
    /// Default `/token`.
    pub token: Endpoint,
    /// Default `/userinfo`.
    pub userinfo: Endpoint,
    /// Default `/introspect`.
    pub introspection: Endpoint,
    /// Default `/revoke`.
    pub revocation: Endpoint,
    /// Default `/end_session`.
    pub end_session: Endpoint,
    /// Default `/jwks.json`.
    pub jwks: Endpoint,
    /// Default `/register`.
    pub registration: Endpoint,
}

/// One endpoint.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoint {
    /// Its path below the issuer.
    #[schemars(extend("examples" = ["/oauth/token"]))]
    pub path: Option<String>,
}
