//! RFC 8707: an API, as written.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use signet_core::record::client::AccessTokenFormat;

use super::access_token_format;
use crate::config::value::{Seconds, Words};

/// An API that applications may name by `resource` (RFC 8707). `name#fr` and the like give its name by
/// language.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["identifier"]), transform = localised)]
pub struct ResourceWritten {
    /// An absolute URI without a fragment: what applications ask for, and the `aud` of its access tokens. A
    /// request may write it as URL parsers do, with a slash for an empty path or without. No two resources may
    /// differ by that, or by slashes at the end, alone. It is not an address of Signet's own.
    #[schemars(extend("examples" = ["https://api.example.org"]))]
    pub identifier: String,
    /// Its name, for people.
    #[schemars(extend("examples" = ["Meadow API"]))]
    pub name: Option<String>,
    /// Scopes that mean something there. They are offered to whom the resource is open, and to nobody else.
    /// Those of sign-in (`openid`, `profile` and so on) are of no API; applications ask for both in one
    /// request.
    #[schemars(extend("examples" = [["notes.read", "notes.write"]]))]
    pub scopes: Vec<String>,
    /// Who may ask for it: `all`, `registered` (applications that registered themselves, or are known by
    /// their metadata document), or a list of `client_id`s. An application may also have it among its own
    /// `resources`.
    #[schemars(extend("examples" = [["web"]]))]
    pub open_to: Words,
    /// Format of its access tokens, whatever the application's are.
    #[schemars(schema_with = "access_token_format", extend("x-aliases" = ["token_format"], "examples" = ["jwt"]))]
    pub access_token_format: Option<AccessTokenFormat>,
    /// The header `typ` of its JWT access tokens: `at+jwt` (RFC 9068), or `JWT` for libraries that refuse
    /// that. With `JWT` the API must check `aud`, or it takes ID tokens for access tokens.
    #[schemars(schema_with = "typ")]
    pub typ: TypWritten,
    /// How its JWT access tokens are signed. Default: the first of `keys.signing`.
    #[schemars(extend("examples" = ["ES256"]))]
    pub signing_alg: Option<String>,
    /// Clients that may introspect its access tokens: its own servers.
    #[schemars(extend("examples" = [["api"]]))]
    pub introspected_by: Vec<String>,
    /// How long its tokens are valid.
    pub lifetimes: ResourceLifetimes,
}

impl Default for ResourceWritten {
    fn default() -> Self {
        Self {
            identifier: String::new(),
            name: None,
            scopes: Vec::new(),
            open_to: Words(vec!["all".to_owned()]),
            access_token_format: None,
            typ: TypWritten::default(),
            signing_alg: None,
            introspected_by: Vec::new(),
            lifetimes: ResourceLifetimes::default(),
        }
    }
}

/// A resource's own lifetimes.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceLifetimes {
    /// Access tokens. Default: as the application's; where both say, the shorter counts.
    pub access_token: Option<Seconds>,
}

/// `typ` of JWT access tokens.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub enum TypWritten {
    /// RFC 9068.
    #[default]
    #[serde(rename = "at+jwt")]
    AccessToken,
    /// Any JWT.
    #[serde(rename = "JWT")]
    Jwt,
}

fn typ(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["at+jwt", "JWT"] })
}

fn localised(schema: &mut Schema) {
    schema.insert("patternProperties".into(), json!({ "^name#.+$": { "type": "string" } }));
    schema.insert("additionalProperties".into(), false.into());
}
