//! OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592: applications that register themselves,
//! as written.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use signet_core::settings::registration::Policy;

use crate::config::value::Seconds;

/// Applications that register themselves. Users are always asked for consent, and the page says that nobody
/// has checked the application.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Registration {
    /// `off`: no registration endpoint; `token`: requires an initial access token
    /// (`signet client token create`); `open`: anyone can register, and a token that is sent is checked and
    /// used up all the same.
    #[schemars(schema_with = "mode")]
    pub mode: RegistrationMode,
    /// Grant types that they can use. With `client_credentials` they could act without any user; with
    /// `implicit` tokens are returned through the browser, where they can be stolen (RFC 9700 §2.1.2).
    pub grant_types: Vec<String>,
    /// They can use the algorithm `none`: unsigned ID tokens.
    pub unsigned: bool,
    /// Scopes that they can use. Default: all that are offered.
    #[schemars(extend("examples" = [["openid", "profile", "email", "offline_access"]]))]
    pub scopes: Option<Vec<String>>,
    /// Lifetime of their secrets; 0: unlimited. An update after that issues a new secret.
    #[schemars(extend("x-aliases" = ["client_secret_expiration_time", "client_secret_expires"]))]
    pub client_secret_expires_in: Seconds,
    /// Each update of a registration issues a new registration access token.
    pub rotate_registration_tokens: bool,
    /// With `open`: registrations from one address before further ones are throttled by `login.throttle`; 0:
    /// no limit.
    pub per_address: u32,
    /// Unused registrations without an initial access token or a software statement are removed after this
    /// time, which is fixed when they are made; 0: never.
    pub unused_for: Seconds,
    /// Require a software statement of one of the issuers below.
    pub require_software_statement: bool,
    /// Trusted issuers of software statements (RFC 7591 §2.3).
    pub software_statements: Vec<StatementIssuer>,
    /// Accept the URL of an application's metadata as its `client_id` (OAuth Client ID Metadata Document).
    /// Signet fetches it.
    pub client_id_metadata_documents: bool,
    /// The only hosts allowed in such URLs. Default: any.
    #[schemars(extend("examples" = [["apps.example.org"]]))]
    pub client_id_metadata_document_hosts: Option<Vec<String>>,
}

impl Default for Registration {
    fn default() -> Self {
        let Policy {
            grant_types,
            unsigned,
            scopes,
            secret_expires_in,
            rotate_tokens,
            per_address,
            unused_for,
            ..
        } = Policy::default();
        Self {
            mode: RegistrationMode::Off,
            grant_types,
            unsigned,
            scopes,
            client_secret_expires_in: Seconds(secret_expires_in),
            rotate_registration_tokens: rotate_tokens,
            per_address,
            unused_for: Seconds(unused_for),
            require_software_statement: false,
            software_statements: Vec::new(),
            client_id_metadata_documents: false,
            client_id_metadata_document_hosts: None,
        }
    }
}

/// Who may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Nobody.
    #[default]
    Off,
    /// Anyone who has an initial access token.
    Token,
    /// Anybody.
    Open,
}

/// A trusted issuer of software statements.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["issuer"]))]
pub struct StatementIssuer {
    /// The `iss` of the statements.
    #[schemars(extend("examples" = ["https://registrar.example.org"]))]
    pub issuer: String,
    /// Its public keys, by value.
    #[schemars(extend("examples" = [{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}]))]
    pub jwks: Option<Map<String, Value>>,
    /// Its public keys, by URL.
    #[schemars(extend("examples" = ["https://registrar.example.org/jwks.json"]))]
    pub jwks_uri: Option<String>,
}

fn mode(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["off", "token", "open"] })
}
