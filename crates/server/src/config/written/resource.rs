//! RFC 8707: an API, as written.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use signet_core::record::client::AccessTokenFormat;

use super::access_token_format;
use crate::config::value::{Seconds, Words};

/// An API that applications can request with `resource` (RFC 8707). Its name can be given by language, for
/// example as `name#fr`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["identifier"]), transform = localised)]
pub struct ResourceWritten {
    /// An absolute URI without a fragment: the value of `resource`, and the `aud` of its access tokens. For
    /// an empty path, a request can write it with or without a slash, as URL parsers do. Two resources must
    /// differ by more than that or slashes at the end. It must not be a URL of Signet itself.
    #[schemars(extend("examples" = ["https://api.example.org"]))]
    pub identifier: String,
    /// The name shown to users.
    #[schemars(extend("examples" = ["Meadow API"]))]
    pub name: Option<String>,
    /// Its scopes. They are offered only to applications that the resource is open to. Scopes for signing in
    /// (`openid`, `profile` and so on) belong to no API; applications request both kinds in one request.
    #[schemars(extend("examples" = [["notes.read", "notes.write"]]))]
    pub scopes: Vec<String>,
    /// Who can request it: `all`, `registered` (applications that registered themselves, or are known by
    /// their metadata document), or a list of `client_id`s. An application can also list it in its own
    /// `resources`.
    #[schemars(extend("examples" = [["web"]]))]
    pub open_to: Words,
    /// Format of its access tokens; takes precedence over the application's.
    #[schemars(schema_with = "access_token_format", extend("x-aliases" = ["token_format"], "examples" = ["jwt"]))]
    pub access_token_format: Option<AccessTokenFormat>,
    /// The header `typ` of its JWT access tokens: `at+jwt` (RFC 9068), or `JWT` for libraries that reject
    /// this. With `JWT` the API must check `aud`, or it would accept ID tokens as access tokens.
    #[schemars(schema_with = "typ")]
    pub typ: TypWritten,
    /// The algorithm that signs its JWT access tokens. Default: the first of `keys.signing`.
    #[schemars(extend("examples" = ["ES256"]))]
    pub signing_alg: Option<String>,
    /// Clients that can introspect its access tokens, such as its own servers.
    #[schemars(extend("examples" = [["api"]]))]
    pub introspected_by: Vec<String>,
    /// Lifetimes of its tokens.
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
    /// Access tokens. Default: the application's lifetime; if both are set, the shorter applies.
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
