//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: an application, as written.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use signet_core::record::client::{AccessTokenFormat, ApplicationType, SubjectType};

use super::{AddClaimsWritten, access_token_format};
use crate::config::known;
use crate::config::value::{Seconds, SecretText, Words};

/// An application. `client_name#de` and the like give texts and addresses by language.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["client_id"]), transform = more_metadata)]
pub struct ClientWritten {
    /// Its name on the wire.
    #[schemars(extend("examples" = ["web"]))]
    pub client_id: String,
    /// Its secret; without one it is a public client.
    #[schemars(extend("examples" = [{"file": "web.secret"}]))]
    pub client_secret: Option<SecretText>,
    /// Instead of the secret: its SHA-256 in hexadecimal, as `signet client add` makes it.
    #[schemars(extend("examples" = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]))]
    pub client_secret_hash: Option<String>,
    /// When the secret ends, in seconds since 1970; 0: never.
    pub client_secret_expires_at: u64,
    /// When the client was registered, in seconds since 1970.
    pub client_id_issued_at: u64,
    /// The software that it is an instance of (RFC 7591 §2).
    pub software_id: Option<String>,
    /// The software's version.
    pub software_version: Option<String>,
    /// What vouched for it when it was registered.
    pub software_statement: Option<String>,
    /// Shown to people.
    #[schemars(extend("examples" = ["Meadow Notes"]))]
    pub client_name: Option<String>,
    /// Home page.
    #[schemars(extend("examples" = ["https://app.example.org"]))]
    pub client_uri: Option<String>,
    /// Logo, shown on the sign-in and consent pages.
    #[schemars(extend("examples" = ["https://app.example.org/logo.png"]))]
    pub logo_uri: Option<String>,
    /// Privacy policy, linked from the consent page.
    #[schemars(extend("examples" = ["https://app.example.org/policy"]))]
    pub policy_uri: Option<String>,
    /// Terms of service, linked from the consent page.
    #[schemars(extend("examples" = ["https://app.example.org/terms"]))]
    pub tos_uri: Option<String>,
    /// People to ask about it.
    #[schemars(extend("examples" = [["team@example.org"]]))]
    pub contacts: Vec<String>,
    /// `web`, or `native` for an application on the person's device (RFC 8252).
    #[schemars(schema_with = "application_type")]
    pub application_type: ApplicationType,
    /// Where answers may go; compared exactly. A native client's loopback address may come with any port.
    /// `{domain}` and `{port}` are filled in.
    #[schemars(extend("examples" = [["https://app.example.org/callback"]]))]
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after sign-out.
    #[schemars(extend("x-aliases" = ["post_logout_redirect_uri"], "examples" = [["https://app.example.org/"]]))]
    pub post_logout_redirect_uris: Vec<String>,
    /// Default `code` for clients with the grant type `authorization_code`.
    #[schemars(extend("x-aliases" = ["response_types_supported"], "examples" = [["code"]]))]
    pub response_types: Option<Vec<String>>,
    /// Default `authorization_code` and `refresh_token`, and `implicit` where `response_types` needs it.
    #[schemars(extend("x-aliases" = ["grant_types_supported"], "examples" = [["authorization_code", "refresh_token"]]))]
    pub grant_types: Option<Vec<String>>,
    /// How it authenticates; several where it does so in several ways. Default: its secret by header or body,
    /// or `none` without a secret.
    #[schemars(extend("x-aliases" = ["auth_method"], "examples" = ["private_key_jwt"]))]
    pub token_endpoint_auth_method: Option<Words>,
    /// For JWT assertions.
    #[schemars(extend("examples" = ["ES256"]))]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Default: the first of `keys.signing`.
    #[schemars(extend("examples" = ["ES256"]))]
    pub id_token_signed_response_alg: Option<String>,
    /// When set, userinfo answers are JWTs signed so.
    #[schemars(extend("examples" = ["RS256"]))]
    pub userinfo_signed_response_alg: Option<String>,
    /// When set, introspection answers are JWTs signed so (RFC 9701), unless plain JSON is asked for.
    #[schemars(extend("examples" = ["RS256"]))]
    pub introspection_signed_response_alg: Option<String>,
    /// When set, ID tokens are encrypted after signing; the value says how their key is managed.
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub id_token_encrypted_response_alg: Option<String>,
    /// Content encryption of ID tokens. Default: `A128CBC-HS256`.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub id_token_encrypted_response_enc: Option<String>,
    /// When set, userinfo answers are encrypted.
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub userinfo_encrypted_response_alg: Option<String>,
    /// Content encryption of userinfo answers. Default: `A128CBC-HS256`.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub userinfo_encrypted_response_enc: Option<String>,
    /// When set, introspection answers are encrypted (RFC 9701).
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub introspection_encrypted_response_alg: Option<String>,
    /// Content encryption of introspection answers. Default: `A128CBC-HS256`.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub introspection_encrypted_response_enc: Option<String>,
    /// The one algorithm by which its request objects are signed. Default: any that is offered.
    #[schemars(extend("examples" = ["ES256"]))]
    pub request_object_signing_alg: Option<String>,
    /// Others that will do as well as that one.
    #[schemars(extend("examples" = [["PS256"]]))]
    pub request_object_signing_algs: Vec<String>,
    /// How it means to protect the key of its encrypted request objects. Whatever else is offered is taken as
    /// well.
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub request_object_encryption_alg: Option<String>,
    /// How it means to encrypt the content of its request objects. Whatever else is offered is taken as well.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub request_object_encryption_enc: Option<String>,
    /// Where its request objects are; a fragment is the hash of what is there.
    #[schemars(extend("examples" = [["https://app.example.org/request.jwt"]]))]
    pub request_uris: Vec<String>,
    /// Only what is in a signed request object counts (RFC 9101).
    pub require_signed_request_object: bool,
    /// `public`, `pairwise` or `ephemeral`: how people are named to it. Default: the general setting.
    #[schemars(schema_with = "subject_type", extend("examples" = ["pairwise"]))]
    pub subject_type: Option<SubjectType>,
    /// Its host is the sector of pairwise subjects; the list there names all redirect URIs of the sector.
    #[schemars(extend("examples" = ["https://app.example.org/redirect-uris.json"]))]
    pub sector_identifier_uri: Option<String>,
    /// The oldest sign-in that is good enough when the request names none, in seconds.
    #[schemars(extend("examples" = ["1h"]))]
    pub default_max_age: Option<Seconds>,
    /// `auth_time` in every ID token, which Signet sends anyway.
    pub require_auth_time: bool,
    /// Authentication contexts asked for when the request names none.
    #[schemars(extend("examples" = [["urn:example:strong"]]))]
    pub default_acr_values: Vec<String>,
    /// Where third parties may start a sign-in.
    #[schemars(extend("examples" = ["https://app.example.org/login"]))]
    pub initiate_login_uri: Option<String>,
    /// Its keys, by value.
    #[schemars(extend("examples" = [{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}]))]
    pub jwks: Option<serde_json::Map<String, Value>>,
    /// Its keys, by address.
    #[schemars(extend("examples" = ["https://app.example.org/jwks.json"]))]
    pub jwks_uri: Option<String>,
    /// The scopes that it may ask for. Default: all that are offered. Naming a scope here offers it to this
    /// client.
    #[schemars(extend("x-aliases" = ["allowed_scopes"], "examples" = ["openid profile email"]))]
    pub scope: Option<Words>,
    /// Which claims a scope releases to it, in place of the general map. Without `scope` these are the scopes
    /// that it may ask for.
    #[schemars(extend("examples" = [{"openid": [], "team": ["groups"]}]))]
    pub scopes_to_claims: Option<BTreeMap<String, Vec<String>>>,
    /// What it gets beyond or short of `release`.
    pub add_claims: AddClaimsWritten,
    /// The claims of the granted scopes are in its ID tokens too, as applications need that never ask the
    /// UserInfo endpoint; short for `add_claims.by_scope.id_token`.
    pub claims_in_id_token: bool,
    /// What a scope is for, in your words: shown on its consent page with what the scope brings. `email#de`
    /// says it in a language.
    #[schemars(extend("examples" = [{"email": "To send you the minutes", "email#de": "Um Ihnen das Protokoll zu schicken"}]))]
    pub purpose: BTreeMap<String, String>,
    /// First-party: people are not asked for consent.
    pub skip_consent: bool,
    /// PKCE for this client. Default: clients without a secret always, others by `add_on.pkce.essential`.
    #[schemars(extend("x-aliases" = ["pkce_essential"], "examples" = [true]))]
    pub require_pkce: Option<bool>,
    /// Format of its access tokens. Default: the general `access_token_format`.
    #[schemars(schema_with = "access_token_format", extend("examples" = ["jwt"]))]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Default audience of its access tokens (RFC 9068 §3). Default: the issuer.
    #[schemars(extend("examples" = [["https://api.example.org"]]))]
    pub access_token_audience: Vec<String>,
    /// RFC 8707: resources that it may name.
    #[schemars(extend("examples" = [["https://api.example.org"]]))]
    pub resources: Vec<String>,
    /// Refresh tokens without `offline_access`, bound to the sign-in session.
    pub refresh_without_offline_access: bool,
    /// May introspect tokens that are neither its own nor for it.
    pub may_introspect: bool,
    /// Held to FAPI 2.0 where it is stricter than OpenID Connect.
    pub fapi: bool,
    /// Lifetimes of its own.
    pub lifetimes: ClientLifetimes,
}

/// A client's own lifetimes; what is missing comes from the general ones.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientLifetimes {
    /// Authorization codes.
    pub code: Option<Seconds>,
    /// Access tokens.
    pub access_token: Option<Seconds>,
    /// Refresh tokens.
    pub refresh_token: Option<Seconds>,
    /// ID tokens.
    pub id_token: Option<Seconds>,
}

fn application_type(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["web", "native"] })
}

pub(super) fn subject_type(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["public", "pairwise", "ephemeral"] })
}

/// Localised members, and metadata that is kept in the record although this version does not act on it.
fn more_metadata(schema: &mut Schema) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for name in known::KEPT.iter().chain(known::NOT_ENFORCED) {
            properties.insert((*name).to_owned(), json!({ "x-kept": true }));
        }
    }
    let localised: serde_json::Map<_, _> =
        known::LOCALISED.iter().map(|name| (format!("^{name}#.+$"), json!({ "type": "string" }))).collect();
    schema.insert("patternProperties".into(), localised.into());
    schema.insert("additionalProperties".into(), false.into());
}
