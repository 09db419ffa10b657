//! What a client's metadata may name: the protocol's tables say, so that nothing can be configured that is not there.

use signet_core::client_auth::METHODS;
use signet_core::grant;
use signet_core::response_type::RESPONSE_TYPES;
use signet_jose::alg::KeyType;
use signet_jose::{KeyManagementAlg, SigningAlg};

/// Values of `token_endpoint_auth_method`.
pub fn auth_methods() -> Vec<&'static str> {
    METHODS.iter().map(|method| method.name()).collect()
}

/// Values of `grant_types`.
pub fn grant_types() -> Vec<&'static str> {
    grant::registrable()
}

/// Values of `response_types`.
pub fn response_types() -> Vec<&'static str> {
    RESPONSE_TYPES.iter().map(|response_type| response_type.name).collect()
}

/// Values of `keys.signing`: all but those of shared secrets.
pub fn signing_algs() -> Vec<&'static str> {
    let own = SigningAlg::ALL.iter().filter(|alg| alg.key_type() != KeyType::Oct);
    own.map(|alg| alg.as_str()).collect()
}

/// Values of `keys.encryption`: all but those of shared secrets.
pub fn own_encryption_algs() -> Vec<&'static str> {
    KeyManagementAlg::ALL.iter().filter(|alg| !alg.is_symmetric()).map(|alg| alg.as_str()).collect()
}

/// Members with a form per language (OpenID Connect Registration §2.1).
pub const LOCALISED: &[&str] = &["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// Metadata that is kept in the client's record and does nothing in this version; harmless to leave out.
pub const KEPT: &[&str] = &[
    "backchannel_logout_session_required",
    "backchannel_logout_uri",
    "client_registration_types",
    "client_salt",
    "federation_type",
    "frontchannel_logout_session_required",
    "frontchannel_logout_uri",
    "organization_name",
    "registration_access_token",
    "registration_client_uri",
    "revoke_refresh_on_issue",
];

/// Metadata that asks for protection which this version does not give: refused unless it is false, rather than silently not done.
pub const NOT_ENFORCED: &[&str] = &[
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "authorization_signed_response_alg",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
    "tls_client_certificate_bound_access_tokens",
];
