//! OpenID Connect Core §5.4, §5.5: which claims are released where, as written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use signet_core::claims::Selection;

/// Which claims are released at which endpoint, in addition to those that applications request. oidc-op's
/// places are read too: `endpoint.userinfo.kwargs`, `endpoint.introspection.kwargs`,
/// `token_handler_args.id_token.kwargs` and `token_handler_args.token.kwargs`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// The UserInfo endpoint.
    pub userinfo: ReleasePoint,
    /// ID tokens. An ID token issued alone (`response_type=id_token`) always contains the claims of the
    /// scopes.
    pub id_token: ReleasePoint,
    /// Introspection responses. The claim `username` is the name with which the user signs in.
    pub introspection: ReleasePoint,
    /// Access tokens: in JWTs, and at introspection for all. Anyone who obtains the token can read them.
    pub access_token: ReleasePoint,
}

/// The claims released at one endpoint.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReleasePoint {
    /// Claims that every application gets: names, or a table as in the `claims` parameter.
    #[schemars(extend("examples" = [["email", "email_verified"]]))]
    pub base_claims: Claims,
    /// The same; if both name a claim, this one decides which values are accepted.
    #[schemars(extend("x-aliases" = ["add_claims"], "examples" = [{"email": {"value": "a@example.org"}}]))]
    pub always_add_claims: Claims,
    /// Release the claims of the granted scopes. Default: only at userinfo.
    #[schemars(extend("examples" = [true]))]
    pub add_claims_by_scope: Option<bool>,
    /// Apply clients' own `add_claims`. Default: yes.
    #[schemars(extend("examples" = [true]))]
    pub enable_claims_per_client: Option<bool>,
}

/// Claims that one application gets in addition to `release`, or does not get.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddClaimsWritten {
    /// Claims that it always gets: names, or a table as in the `claims` parameter.
    pub always: AlwaysWritten,
    /// Whether it gets the claims of the granted scopes, instead of `add_claims_by_scope`.
    pub by_scope: ByScopeWritten,
}

/// Claims that an application always gets.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlwaysWritten {
    /// At the UserInfo endpoint.
    #[schemars(extend("examples" = [["picture", "phone_number"]]))]
    pub userinfo: Claims,
    /// In ID tokens.
    #[schemars(extend("examples" = [{"email": {"essential": true}}]))]
    pub id_token: Claims,
    /// At introspection.
    #[schemars(extend("examples" = [["username"]]))]
    pub introspection: Claims,
    /// In access tokens.
    #[schemars(extend("examples" = [["groups"]]))]
    pub access_token: Claims,
}

/// Whether an application gets the claims of the granted scopes.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ByScopeWritten {
    /// At the UserInfo endpoint.
    #[schemars(extend("examples" = [false]))]
    pub userinfo: Option<bool>,
    /// In ID tokens.
    #[schemars(extend("examples" = [true]))]
    pub id_token: Option<bool>,
    /// At introspection.
    #[schemars(extend("examples" = [true]))]
    pub introspection: Option<bool>,
    /// In access tokens.
    #[schemars(extend("examples" = [true]))]
    pub access_token: Option<bool>,
}

/// A list of claims, or a table of claims with the accepted values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Claims(pub Selection);

impl JsonSchema for Claims {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Claims".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["array", "object"],
            "items": { "type": "string" },
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "essential": { "type": "boolean" },
                    "value": {},
                    "values": { "type": "array" },
                },
                "additionalProperties": false,
            },
            "x-kind": "claims",
        })
    }
}
