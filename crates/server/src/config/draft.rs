//! What a configuration says about the provider, short of the two secrets that live in the store.

use std::collections::BTreeMap;

use signet_core::claims::{At, PointRules};
use signet_core::localised::Localised;
use signet_core::login_hint::LoginHints;
use signet_core::offer::Offer;
use signet_core::record::client::AccessTokenFormat;
use signet_core::secret::Secret;
use signet_core::settings::authentication::Context;
use signet_core::settings::registration::Policy;
use signet_core::settings::request_objects::RequestObjects;
use signet_core::settings::resources::Resource;
use signet_core::settings::{self, Dangerous, Paths, ScopeMeaning, Settings};

/// All of the core's settings but its two secrets, which live in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of the same name of signet_core::settings::Settings")]
pub struct SettingsDraft {
    pub issuer: String,
    pub paths: Paths,
    pub lifetimes: settings::Lifetimes,
    pub scopes: BTreeMap<String, ScopeMeaning>,
    pub claim_labels: BTreeMap<String, Localised>,
    pub release: At<PointRules>,
    pub pkce_required: bool,
    pub access_token_format: AccessTokenFormat,
    pub default_signing_alg: String,
    pub authentication: Vec<Context>,
    pub login_hints: LoginHints,
    pub ui_locales: Vec<String>,
    pub claims_supported: Vec<String>,
    pub claims_locales: Vec<String>,
    pub deny_unknown_scopes: bool,
    pub request_objects: RequestObjects,
    pub strict_assertion_audience: bool,
    pub offer: Offer,
    pub access_token_audience: Vec<String>,
    pub resources: Vec<Resource>,
    pub sign_up: bool,
    pub sign_in_by_email: bool,
    pub reserved_names: Vec<String>,
    pub registration: Policy,
    pub service_documentation: Option<String>,
    pub op_policy_uri: Option<String>,
    pub op_tos_uri: Option<String>,
    pub webfinger_domains: Vec<String>,
    pub dangerous: Dangerous,
}

impl SettingsDraft {
    /// With the two secrets.
    pub fn into_settings(self, subject_salt: Secret<Vec<u8>>, handle_key: Secret<Vec<u8>>) -> Settings {
        Settings {
            lifetimes: self.lifetimes,
            scopes: self.scopes,
            claim_labels: self.claim_labels,
            release: self.release,
            pkce_required: self.pkce_required,
            access_token_format: self.access_token_format,
            default_signing_alg: self.default_signing_alg,
            authentication: self.authentication,
            login_hints: self.login_hints,
            ui_locales: self.ui_locales,
            claims_supported: self.claims_supported,
            claims_locales: self.claims_locales,
            deny_unknown_scopes: self.deny_unknown_scopes,
            request_objects: self.request_objects,
            strict_assertion_audience: self.strict_assertion_audience,
            offer: self.offer,
            access_token_audience: self.access_token_audience,
            resources: self.resources,
            sign_up: self.sign_up,
            sign_in_by_email: self.sign_in_by_email,
            reserved_names: self.reserved_names,
            registration: self.registration,
            service_documentation: self.service_documentation,
            op_policy_uri: self.op_policy_uri,
            op_tos_uri: self.op_tos_uri,
            webfinger_domains: self.webfinger_domains,
            dangerous: self.dangerous,
            ..Settings::new(self.issuer, self.paths, subject_salt, handle_key)
        }
    }
}
