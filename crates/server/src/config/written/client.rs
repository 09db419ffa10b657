//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: an application, as written.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use signet_core::record::client::{AccessTokenFormat, ApplicationType, SubjectType};

use super::{AddClaimsWritten, access_token_format};
use crate::config::known;
use crate::config::value::{Seconds, SecretText, Words};

/// An application. Texts and URLs can be given by language, for example as `client_name#de`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["client_id"]), transform = more_metadata)]
pub struct ClientWritten {
    /// Its identifier in the protocol.
    #[schemars(extend("examples" = ["web"]))]
    pub client_id: String,
    /// Its secret; without one it is a public client.
    #[schemars(extend("examples" = [{"file": "web.secret"}]))]
    pub client_secret: Option<SecretText>,
    /// The SHA-256 of the secret in hexadecimal, instead of the secret, as `signet client add` writes it.
    #[schemars(extend("examples" = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]))]
    pub client_secret_hash: Option<String>,
    /// When the secret expires, in seconds since 1970; 0: never.
    pub client_secret_expires_at: u64,
    /// When the client was registered, in seconds since 1970.
    pub client_id_issued_at: u64,
    /// The software that it is an instance of (RFC 7591 §2).
    pub software_id: Option<String>,
    /// The software's version.
    pub software_version: Option<String>,
    /// The software statement with which it was registered.
    pub software_statement: Option<String>,
    /// The name shown to users.
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
    /// Contacts, such as e-mail addresses.
    #[schemars(extend("examples" = [["team@example.org"]]))]
    pub contacts: Vec<String>,
    /// `web`, or `native` for an application on the user's device (RFC 8252).
    #[schemars(schema_with = "application_type")]
    pub application_type: ApplicationType,
    /// Where responses can be sent; must match exactly. A native client can use any port of a loopback
    /// address. `{domain}` and `{port}` are replaced.
    #[schemars(extend("examples" = [["https://app.example.org/callback"]]))]
    pub redirect_uris: Vec<String>,
    /// Where users can be redirected after sign-out; compared like `redirect_uris`.
    #[schemars(extend("x-aliases" = ["post_logout_redirect_uri"], "examples" = [["https://app.example.org/"]]))]
    pub post_logout_redirect_uris: Vec<String>,
    /// Default: `code` for clients with the grant type `authorization_code`.
    #[schemars(extend("x-aliases" = ["response_types_supported"], "examples" = [["code"]]))]
    pub response_types: Option<Vec<String>>,
    /// Default: `authorization_code` and `refresh_token`, and `implicit` if `response_types` requires it.
    #[schemars(extend("x-aliases" = ["grant_types_supported"], "examples" = [["authorization_code", "refresh_token"]]))]
    pub grant_types: Option<Vec<String>>,
    /// How it authenticates; a list allows several methods. Default: with its secret in the header or the
    /// body, or `none` without a secret.
    #[schemars(extend("x-aliases" = ["auth_method"], "examples" = ["private_key_jwt"]))]
    pub token_endpoint_auth_method: Option<Words>,
    /// For JWT assertions.
    #[schemars(extend("examples" = ["ES256"]))]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Default: the first of `keys.signing`.
    #[schemars(extend("examples" = ["ES256"]))]
    pub id_token_signed_response_alg: Option<String>,
    /// If set, userinfo responses are JWTs signed with this algorithm.
    #[schemars(extend("examples" = ["RS256"]))]
    pub userinfo_signed_response_alg: Option<String>,
    /// If set, introspection responses are JWTs signed with this algorithm (RFC 9701), unless the request
    /// asks for plain JSON.
    #[schemars(extend("examples" = ["RS256"]))]
    pub introspection_signed_response_alg: Option<String>,
    /// If set, ID tokens are encrypted after signing, with this key management algorithm.
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub id_token_encrypted_response_alg: Option<String>,
    /// Content encryption of ID tokens. Default: `A128CBC-HS256`.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub id_token_encrypted_response_enc: Option<String>,
    /// If set, userinfo responses are encrypted.
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub userinfo_encrypted_response_alg: Option<String>,
    /// Content encryption of userinfo responses. Default: `A128CBC-HS256`.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub userinfo_encrypted_response_enc: Option<String>,
    /// If set, introspection responses are encrypted (RFC 9701).
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub introspection_encrypted_response_alg: Option<String>,
    /// Content encryption of introspection responses. Default: `A128CBC-HS256`.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub introspection_encrypted_response_enc: Option<String>,
    /// The only algorithm accepted for its request objects. Default: any that is offered.
    #[schemars(extend("examples" = ["ES256"]))]
    pub request_object_signing_alg: Option<String>,
    /// Other accepted algorithms.
    #[schemars(extend("examples" = [["PS256"]]))]
    pub request_object_signing_algs: Vec<String>,
    /// How it intends to encrypt the key of its request objects. Other offered algorithms are accepted too.
    #[schemars(extend("examples" = ["RSA-OAEP-256"]))]
    pub request_object_encryption_alg: Option<String>,
    /// How it intends to encrypt the content of its request objects. Other offered algorithms are accepted
    /// too.
    #[schemars(extend("examples" = ["A256GCM"]))]
    pub request_object_encryption_enc: Option<String>,
    /// URLs of its request objects; a fragment is the hash of the content.
    #[schemars(extend("examples" = [["https://app.example.org/request.jwt"]]))]
    pub request_uris: Vec<String>,
    /// Only parameters in a signed request object are used (RFC 9101).
    pub require_signed_request_object: bool,
    /// The type of its subjects: `public`, `pairwise` or `ephemeral`. Default: the global `subject_type`.
    #[schemars(schema_with = "subject_type", extend("examples" = ["pairwise"]))]
    pub subject_type: Option<SubjectType>,
    /// Its host is the sector of pairwise subjects; the list at this URL contains all redirect URIs of the
    /// sector.
    #[schemars(extend("examples" = ["https://app.example.org/redirect-uris.json"]))]
    pub sector_identifier_uri: Option<String>,
    /// The maximum age of the sign-in, in seconds, if the request has no `max_age`.
    #[schemars(extend("examples" = ["1h"]))]
    pub default_max_age: Option<Seconds>,
    /// Requires `auth_time` in every ID token; Signet always includes it.
    pub require_auth_time: bool,
    /// Authentication contexts requested by default.
    #[schemars(extend("examples" = [["urn:example:strong"]]))]
    pub default_acr_values: Vec<String>,
    /// Where third parties can start a sign-in.
    #[schemars(extend("examples" = ["https://app.example.org/login"]))]
    pub initiate_login_uri: Option<String>,
    /// Its keys, by value.
    #[schemars(extend("examples" = [{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}]))]
    pub jwks: Option<serde_json::Map<String, Value>>,
    /// Its keys, by URL.
    #[schemars(extend("examples" = ["https://app.example.org/jwks.json"]))]
    pub jwks_uri: Option<String>,
    /// The scopes that it can request. Default: all that are offered. A scope listed here is offered to this
    /// client.
    #[schemars(extend("x-aliases" = ["allowed_scopes"], "examples" = ["openid profile email"]))]
    pub scope: Option<Words>,
    /// The claims that each scope releases to it, instead of the global map. Without `scope`, these are the
    /// scopes that it can request.
    #[schemars(extend("examples" = [{"openid": [], "team": ["groups"]}]))]
    pub scopes_to_claims: Option<BTreeMap<String, Vec<String>>>,
    /// Claims that it gets in addition to `release`, or does not get.
    pub add_claims: AddClaimsWritten,
    /// Include the claims of the granted scopes in its ID tokens, for applications that never call the
    /// UserInfo endpoint; short for `add_claims.by_scope.id_token`.
    pub claims_in_id_token: bool,
    /// Why it needs a scope, in your words: shown on the consent page with what the scope releases.
    /// `email#de` gives the text in a language.
    #[schemars(extend("examples" = [{"email": "To send you the minutes", "email#de": "Um Ihnen das Protokoll zu schicken"}]))]
    pub purpose: BTreeMap<String, String>,
    /// First-party: users are not asked for consent.
    pub skip_consent: bool,
    /// Whether PKCE is required. Default: always for clients without a secret, otherwise
    /// `add_on.pkce.essential`.
    #[schemars(extend("x-aliases" = ["pkce_essential"], "examples" = [true]))]
    pub require_pkce: Option<bool>,
    /// Format of its access tokens. Default: the global `access_token_format`.
    #[schemars(schema_with = "access_token_format", extend("examples" = ["jwt"]))]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Default audience of its access tokens (RFC 9068 §3). Default: the issuer.
    #[schemars(extend("examples" = [["https://api.example.org"]]))]
    pub access_token_audience: Vec<String>,
    /// Resources that it can request (RFC 8707).
    #[schemars(extend("examples" = [["https://api.example.org"]]))]
    pub resources: Vec<String>,
    /// Issue refresh tokens without `offline_access`; they end with the sign-in session.
    pub refresh_without_offline_access: bool,
    /// It can introspect tokens that are neither its own nor intended for it.
    pub may_introspect: bool,
    /// Apply the rules of FAPI 2.0 where they are stricter than OpenID Connect.
    pub fapi: bool,
    /// Its own lifetimes.
    pub lifetimes: ClientLifetimes,
}

/// A client's own lifetimes; others use the global defaults.
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
