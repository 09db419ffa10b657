//! `[capabilities]`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::known;

/// What discovery tells beyond what Signet knows itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = offered)]
pub struct Capabilities {
    /// Refuse scopes that are not offered instead of ignoring them.
    pub deny_unknown_scopes: bool,
    /// The `acr` value of the password sign-in, where `authentication` is not written; else it need not be
    /// said.
    #[schemars(extend("examples" = [["urn:example:password"]]))]
    pub acr_values_supported: Vec<String>,
    /// Languages of the pages.
    pub ui_locales_supported: Vec<String>,
    /// Names of claims that may be known about people. Default: those of the scopes.
    #[schemars(extend("examples" = [["sub", "name", "email"]]))]
    pub claims_supported: Option<Vec<String>>,
    /// Languages in which claims are kept about people (`name#de`), for discovery.
    #[schemars(extend("examples" = [["de", "fr-BE"]]))]
    pub claims_locales_supported: Vec<String>,
    /// Where developers find help.
    #[schemars(extend("examples" = ["https://example.org/developers"]))]
    pub service_documentation: Option<String>,
    /// Your policy page.
    #[schemars(extend("examples" = ["https://example.org/policy"]))]
    pub op_policy_uri: Option<String>,
    /// Your terms page.
    #[schemars(extend("examples" = ["https://example.org/terms"]))]
    pub op_tos_uri: Option<String>,
    /// The `claims` parameter is read; without this it is passed over.
    pub claims_parameter_supported: bool,
    /// Client assertions must have the issuer as their only `aud`, as the revision of RFC 7523 wants it.
    /// Without this the address of an endpoint is taken as well, which many libraries send; others than
    /// Signet must not be named in any case.
    pub strict_client_assertion_audience: bool,
    /// Request objects by value are taken (`request`).
    pub request_parameter_supported: bool,
    /// Request objects by reference are fetched (`request_uri`).
    pub request_uri_parameter_supported: bool,
    /// Only from addresses that the client registered in `request_uris`. Without this, strangers choose what
    /// Signet fetches.
    pub require_request_uri_registration: bool,
    /// Request objects need no signature (`alg` `none`), as plain parameters need none; but those of clients
    /// with `require_signed_request_object`, with another `request_object_signing_alg` or with `fapi` always
    /// do.
    pub unsigned_request_objects: bool,
    /// Lists of the metadata, made shorter.
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

/// The lists of the metadata that may be made shorter.
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
