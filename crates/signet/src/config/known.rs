//! What a client's metadata may name. The protocol's tables decide; these lists say which of their entries exist.

/// Values of `token_endpoint_auth_method`.
pub const AUTH_METHODS: &[&str] = &["client_secret_basic", "client_secret_post", "none"];

/// Values of `grant_types`.
pub const GRANT_TYPES: &[&str] = &["authorization_code", "refresh_token", "client_credentials"];

/// Values of `response_types`.
pub const RESPONSE_TYPES: &[&str] = &["code"];

/// Values of `keys.signing`.
pub const SIGNING_ALGS: &[&str] =
    &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

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
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "request_object_signing_alg",
    "request_uris",
    "revoke_refresh_on_issue",
    "sector_identifier_uri",
    "software_id",
    "software_statement",
    "software_version",
];

/// Metadata that asks for protection which this version does not give: refused unless it is false, rather than silently not done.
pub const NOT_ENFORCED: &[&str] = &[
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "authorization_signed_response_alg",
    "dpop_bound_access_tokens",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "subject_type",
    "tls_client_certificate_bound_access_tokens",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
];
