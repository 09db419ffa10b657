//! `[capabilities]`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use signet::program::known;

/// Additional discovery metadata, and limits on what Signet offers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = offered)]
pub struct Capabilities {
    /// Reject scopes that are not offered, instead of ignoring them.
    pub deny_unknown_scopes: bool,
    /// The `acr` value of the password sign-in, if `authentication` is not set; otherwise not needed.
    #[schemars(extend("examples" = [["urn:example:password"]]))]
    pub acr_values_supported: Vec<String>,
    /// Languages of the pages.
    pub ui_locales_supported: Vec<String>,
    /// Claims that may be available about users. Default: those of the scopes.
    #[schemars(extend("examples" = [["sub", "name", "email"]]))]
    pub claims_supported: Option<Vec<String>>,
    /// Languages of users' claims (`name#de`), for discovery.
    #[schemars(extend("examples" = [["de", "fr-BE"]]))]
    pub claims_locales_supported: Vec<String>,
    /// The documentation for developers, for discovery.
    #[schemars(extend("examples" = ["https://example.org/developers"]))]
    pub service_documentation: Option<String>,
    /// Your help for users who cannot sign in: *Help* on the pages.
    #[schemars(extend("examples" = ["https://example.org/help"]))]
    pub help_uri: Option<String>,
    /// Your privacy policy.
    #[schemars(extend("examples" = ["https://example.org/policy"]))]
    pub op_policy_uri: Option<String>,
    /// Your terms of service.
    #[schemars(extend("examples" = ["https://example.org/terms"]))]
    pub op_tos_uri: Option<String>,
    /// Process the `claims` parameter; otherwise it is ignored.
    pub claims_parameter_supported: bool,
    /// Require the issuer as the only `aud` of client assertions, as the revision of RFC 7523 does. Otherwise
    /// the URL of an endpoint is accepted too, which many libraries send. Other audiences are never accepted.
    pub strict_client_assertion_audience: bool,
    /// Accept request objects by value (`request`).
    pub request_parameter_supported: bool,
    /// Fetch request objects by reference (`request_uri`).
    pub request_uri_parameter_supported: bool,
    /// Fetch them only from URLs in the client's `request_uris`. Otherwise strangers choose what Signet
    /// fetches.
    pub require_request_uri_registration: bool,
    /// Accept unsigned request objects (`alg` `none`), since plain parameters are unsigned too. Clients with
    /// `require_signed_request_object`, another `request_object_signing_alg` or `fapi` must always sign.
    pub unsigned_request_objects: bool,
    /// Lists of the metadata that are restricted.
    #[serde(flatten)]
    #[schemars(skip)]
    pub lists: BTreeMap<String, Vec<String>>,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            deny_unknown_scopes: false,
            acr_values_supported: Vec::new(),
            ui_locales_supported: ["en", "de", "fr", "nl"].map(String::from).into(),
            claims_supported: None,
            claims_locales_supported: Vec::new(),
            service_documentation: None,
            help_uri: None,
            op_policy_uri: None,
            op_tos_uri: None,
            claims_parameter_supported: true,
            strict_client_assertion_audience: false,
            request_parameter_supported: true,
            request_uri_parameter_supported: true,
            require_request_uri_registration: true,
            unsigned_request_objects: true,
            lists: BTreeMap::new(),
        }
    }
}

/// The lists of the metadata that can be restricted.
fn offered(schema: &mut Schema) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for list in known::OFFERED {
            let about = format!("{}. Default: all.", list.what);
            let all = (list.values)();
            let example = if all.is_empty() { vec!["openid", "profile"] } else { all };
            let list_schema = json!({
                "description": about, "type": "array", "items": { "type": "string" }, "examples": [example],
            });
            properties.insert(list.name.to_owned(), list_schema);
        }
    }
    schema.insert("additionalProperties".into(), false.into());
}
