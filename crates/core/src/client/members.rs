//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 7591 §2: every member of client metadata, a row
//! each.
//!
//! A row says all that there is to say about its member: who may set it, what it may be, by which rule it is
//! refused, and what operators read. The record has the same names; a member that has no field there is kept
//! with the rest ([`Client::extra`](crate::record::Client)). What members require of each other is in the
//! rules next to this file.

use super::kind::Kind::{self, *};
use crate::client_auth::OFFERED;
use crate::rule::{self, Rule};

/// Who may set a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Operators, and clients that register.
    Anybody,
    /// Operators; a client that registers is given it, and sees it.
    Server,
    /// Operators.
    Operator,
}

/// One member.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Who may set it.
    pub who: Who,
    /// What it may be.
    pub kind: Kind,
    /// What refuses it, and where it is defined.
    pub rule: &'static Rule,
    /// What it means, for operators; empty for those that do nothing here.
    pub doc: &'static str,
    /// An example, as JSON.
    pub example: &'static str,
    /// Other names that operators may write.
    pub aliases: &'static [&'static str],
    /// The same in the singular, which some software sends (RFC 7591 knows no such member).
    pub singular: Option<&'static str>,
    /// It may have a form per language (OpenID Connect Registration §2.1).
    pub localised: bool,
}

impl Member {
    const fn new(name: &'static str, who: Who, rule: &'static Rule, kind: Kind, doc: &'static str) -> Self {
        Self { name, who, kind, rule, doc, example: "", aliases: &[], singular: None, localised: false }
    }
}

/// The row of a name.
pub fn find(name: &str) -> Option<&'static Member> {
    let (base, language) = name.split_once('#').map_or((name, None), |(base, tag)| (base, Some(tag)));
    MEMBERS.iter().find(|member| member.name == base && (language.is_none() || member.localised))
}

macro_rules! members {
    ($(
        $name:literal $who:ident $rule:ident $kind:expr => $doc:literal $(, $field:ident: $value:expr)*;
    )*) => {
        /// Every member, in the order in which operators read about them.
        pub static MEMBERS: &[Member] = &[$(
            Member { $($field: $value,)* ..Member::new($name, Who::$who, &rule::$rule, $kind, $doc) }
        ),*];
    };
}

members! {
    "client_id" Operator REGISTRATION Text => "Its identifier in the protocol.", example: r#""web""#;
    "client_secret" Operator REGISTRATION Secret =>
        "Its secret; without one it is a public client.", example: r#"{"file": "web.secret"}"#;
    "client_secret_hash" Operator REGISTRATION Hash =>
        "The SHA-256 of the secret in hexadecimal, instead of the secret, as `signet client add` writes \
         it.", example: r#""9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08""#;
    "client_secret_expires_at" Operator REGISTRATION Number =>
        "When the secret expires, in seconds since 1970; 0: never.";
    "client_secret_previous" Operator REGISTRATION Secret =>
        "The secret that it had before: accepted too, so that its instances can get the new one one after \
         another. What is signed or encrypted with a secret is made with `client_secret`.",
        example: r#"{"file": "web.old.secret"}"#;
    "client_secret_previous_hash" Operator REGISTRATION Hash =>
        "The SHA-256 of the previous secret, instead of that secret.",
        example: r#""60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752""#;
    "client_secret_previous_expires_at" Operator REGISTRATION Number =>
        "Until when the previous secret is accepted, in seconds since 1970; 0: until it is taken out.";
    "client_id_issued_at" Operator REGISTRATION Number =>
        "When the client was registered, in seconds since 1970.";
    "software_id" Anybody SOFTWARE Text => "The software that it is an instance of (RFC 7591 §2).";
    "software_version" Anybody SOFTWARE Text => "The software's version.";
    "software_statement" Server SOFTWARE Text => "The software statement with which it was registered.";
    "client_name" Anybody PRESENTATION Name =>
        "The name shown to users.", example: r#""Meadow Notes""#, localised: true;
    "client_uri" Anybody PRESENTATION Page =>
        "Home page.", example: r#""https://app.example.org""#, localised: true;
    "logo_uri" Anybody PRESENTATION Page =>
        "Logo, shown on the sign-in and consent pages.", example: r#""https://app.example.org/logo.png""#,
        localised: true;
    "policy_uri" Anybody PRESENTATION Page =>
        "Privacy policy, linked from the consent page.", example: r#""https://app.example.org/policy""#,
        localised: true;
    "tos_uri" Anybody PRESENTATION Page =>
        "Terms of service, linked from the consent page.", example: r#""https://app.example.org/terms""#,
        localised: true;
    "contacts" Anybody PRESENTATION Texts =>
        "Contacts, such as e-mail addresses.", example: r#"["team@example.org"]"#;
    "application_type" Anybody FLOWS OneOf(&["web", "native"]) =>
        "`web`, or `native` for an application on the user's device (RFC 8252).";
    "redirect_uris" Anybody REDIRECTS Texts =>
        "Where responses can be sent; must match exactly. A native or public client can use any port of a \
         loopback address. `{domain}` and `{port}` are replaced.", example: r#"["https://app.example.org/callback"]"#;
    "post_logout_redirect_uris" Anybody REDIRECTS Texts =>
        "Where users can be redirected after sign-out; compared like `redirect_uris`.",
        example: r#"["https://app.example.org/"]"#,
        singular: Some("post_logout_redirect_uri");
    "response_types" Anybody FLOWS Choices("response_types_supported") =>
        "Default: `code` for clients with the grant type `authorization_code`.", example: r#"["code"]"#,
        aliases: &["response_types_supported"];
    "grant_types" Anybody FLOWS Texts =>
        "Default: `authorization_code` and `refresh_token`, and `implicit` if `response_types` requires \
         it.", example: r#"["authorization_code", "refresh_token"]"#, aliases: &["grant_types_supported"];
    "token_endpoint_auth_method" Anybody AUTHENTICATION
        Several(OFFERED, "token_endpoint_auth_methods") =>
        "How it authenticates; a list allows several methods. Default: with its secret in the header or \
         the body, or `none` without a secret.", example: r#""private_key_jwt""#, aliases: &["auth_method"];
    "token_endpoint_auth_signing_alg" Anybody AUTHENTICATION
        Choice("token_endpoint_auth_signing_alg_values_supported") =>
        "For JWT assertions.", example: r#""ES256""#;
    "id_token_signed_response_alg" Anybody ALGORITHMS Choice("id_token_signing_alg_values_supported") =>
        "Default: the first of `keys.signing`.", example: r#""ES256""#;
    "userinfo_signed_response_alg" Anybody ALGORITHMS Choice("userinfo_signing_alg_values_supported") =>
        "If set, userinfo responses are JWTs signed with this algorithm.", example: r#""RS256""#;
    "introspection_signed_response_alg" Anybody ALGORITHMS
        Choice("introspection_signing_alg_values_supported") =>
        "If set, introspection responses are JWTs signed with this algorithm (RFC 9701), unless the \
         request asks for plain JSON.", example: r#""RS256""#;
    "id_token_encrypted_response_alg" Anybody ALGORITHMS Choice("id_token_encryption_alg_values_supported") =>
        "If set, ID tokens are encrypted after signing, with this key management algorithm.",
        example: r#""RSA-OAEP-256""#;
    "id_token_encrypted_response_enc" Anybody ALGORITHMS Choice("id_token_encryption_enc_values_supported") =>
        "Content encryption of ID tokens. Default: `A128CBC-HS256`.", example: r#""A256GCM""#;
    "userinfo_encrypted_response_alg" Anybody ALGORITHMS Choice("userinfo_encryption_alg_values_supported") =>
        "If set, userinfo responses are encrypted.", example: r#""RSA-OAEP-256""#;
    "userinfo_encrypted_response_enc" Anybody ALGORITHMS Choice("userinfo_encryption_enc_values_supported") =>
        "Content encryption of userinfo responses. Default: `A128CBC-HS256`.", example: r#""A256GCM""#;
    "introspection_encrypted_response_alg" Anybody ALGORITHMS
        Choice("introspection_encryption_alg_values_supported") =>
        "If set, introspection responses are encrypted (RFC 9701).", example: r#""RSA-OAEP-256""#;
    "introspection_encrypted_response_enc" Anybody ALGORITHMS
        Choice("introspection_encryption_enc_values_supported") =>
        "Content encryption of introspection responses. Default: `A128CBC-HS256`.", example: r#""A256GCM""#;
    "request_object_signing_alg" Anybody REQUEST_OBJECTS
        Choice("request_object_signing_alg_values_supported") =>
        "The only algorithm accepted for its request objects. Default: any that is offered.",
        example: r#""ES256""#;
    "request_object_signing_algs" Operator REGISTRATION
        Choices("request_object_signing_alg_values_supported") =>
        "Other accepted algorithms.", example: r#"["PS256"]"#;
    "request_object_encryption_alg" Anybody REQUEST_OBJECTS
        Choice("request_object_encryption_alg_values_supported") =>
        "How it intends to encrypt the key of its request objects. Other offered algorithms are accepted \
         too.", example: r#""RSA-OAEP-256""#;
    "request_object_encryption_enc" Anybody REQUEST_OBJECTS
        Choice("request_object_encryption_enc_values_supported") =>
        "How it intends to encrypt the content of its request objects. Other offered algorithms are \
         accepted too.", example: r#""A256GCM""#;
    "request_uris" Anybody REQUEST_OBJECTS Texts =>
        "URLs of its request objects; a fragment is the hash of the content.",
        example: r#"["https://app.example.org/request.jwt"]"#;
    "require_signed_request_object" Anybody REQUEST_OBJECTS Flag =>
        "Only parameters in a signed request object are used (RFC 9101).";
    "subject_type" Anybody SUBJECTS Choice("subject_types_supported") =>
        "The type of its subjects: `public`, `pairwise` or `ephemeral`. Default: the global \
         `subject_type`.", example: r#""pairwise""#;
    "sector_identifier_uri" Anybody SUBJECTS Fetched =>
        "Its host is the sector of pairwise subjects; the list at this URL contains all redirect URIs of \
         the sector.", example: r#""https://app.example.org/redirect-uris.json""#;
    "default_max_age" Anybody SIGN_IN Duration =>
        "The maximum age of the sign-in, in seconds, if the request has no `max_age`.", example: r#""1h""#;
    "require_auth_time" Anybody SIGN_IN Flag =>
        "Requires `auth_time` in every ID token; Signet always includes it.";
    "default_acr_values" Anybody SIGN_IN Wishes("acr_values_supported") =>
        "Authentication contexts requested by default.", example: r#"["urn:example:strong"]"#;
    "initiate_login_uri" Anybody REDIRECTS Page =>
        "Where third parties can start a sign-in.", example: r#""https://app.example.org/login""#;
    "jwks" Anybody AUTHENTICATION Keys =>
        "Its keys, by value.",
        example: r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    "jwks_uri" Anybody AUTHENTICATION Fetched =>
        "Its keys, by URL.", example: r#""https://app.example.org/jwks.json""#;
    "scope" Anybody FLOWS Scope =>
        "The scopes that it can request. Default: all that are offered. A scope listed here is offered to \
         this client.", example: r#""openid profile email""#, aliases: &["allowed_scopes"];
    "scopes_to_claims" Operator REGISTRATION Table =>
        "The claims that each scope releases to it, instead of the global map. Without `scope`, these are \
         the scopes that it can request.", example: r#"{"openid": [], "team": ["groups"]}"#;
    "add_claims" Operator REGISTRATION Table =>
        "Claims that it gets in addition to `release`, or does not get.";
    "claims_in_id_token" Operator REGISTRATION Flag =>
        "Include the claims of the granted scopes in its ID tokens, for applications that never call the \
         UserInfo endpoint; short for `add_claims.by_scope.id_token`.";
    "purpose" Operator REGISTRATION Table =>
        "Why it needs a scope, in your words: shown on the consent page with what the scope releases. \
         `email#de` gives the text in a language.",
        example: r#"{"email": "To send you the minutes", "email#de": "Um Ihnen das Protokoll zu schicken"}"#;
    "skip_consent" Operator REGISTRATION Flag => "First-party: users are not asked for consent.";
    "require_pkce" Operator REGISTRATION Flag =>
        "Whether PKCE is required. Default: always for clients without a secret, otherwise \
         `add_on.pkce.essential`.", example: "true", aliases: &["pkce_essential"];
    "access_token_format" Operator REGISTRATION OneOf(&["opaque", "jwt"]) =>
        "Format of its access tokens. Default: the global `access_token_format`.", example: r#""jwt""#;
    "access_token_audience" Operator REGISTRATION Texts =>
        "Default audience of its access tokens (RFC 9068 §3). Default: the issuer.",
        example: r#"["https://api.example.org"]"#;
    "resources" Operator REGISTRATION Texts =>
        "Resources that it can request (RFC 8707).", example: r#"["https://api.example.org"]"#;
    "refresh_without_offline_access" Operator REGISTRATION Flag =>
        "Issue refresh tokens without `offline_access`; they end with the sign-in session.";
    "may_introspect" Operator REGISTRATION Flag =>
        "It can introspect tokens that are neither its own nor intended for it.";
    "fapi" Operator REGISTRATION Flag =>
        "Apply the rules of FAPI 2.0 where they are stricter than OpenID Connect.";
    "lifetimes" Operator REGISTRATION Durations => "Its own lifetimes.";
    "backchannel_logout_session_required" Operator REGISTRATION Kept => "";
    "backchannel_logout_uri" Operator REGISTRATION Kept => "";
    "client_registration_types" Operator REGISTRATION Kept => "";
    "client_salt" Operator REGISTRATION Kept => "";
    "federation_type" Operator REGISTRATION Kept => "";
    "frontchannel_logout_session_required" Operator REGISTRATION Kept => "";
    "frontchannel_logout_uri" Operator REGISTRATION Kept => "";
    "organization_name" Operator REGISTRATION Kept => "";
    "registration_access_token" Operator REGISTRATION Kept => "";
    "registration_client_uri" Operator REGISTRATION Kept => "";
    "sector_id" Operator REGISTRATION Kept => "";
    "si_redirects" Operator REGISTRATION Kept => "";
    "signed_jwks_uri" Operator REGISTRATION Kept => "";
    "authorization_encrypted_response_alg" Anybody PROTECTION NotGiven => "";
    "authorization_encrypted_response_enc" Anybody PROTECTION NotGiven => "";
    "authorization_signed_response_alg" Anybody PROTECTION NotGiven => "";
    "dpop_bound_access_tokens" Anybody PROTECTION NotGiven => "";
    "dpop_jkt" Anybody PROTECTION NotGiven => "";
    "require_pushed_authorization_requests" Anybody PROTECTION NotGiven => "";
    "tls_client_certificate_bound_access_tokens" Anybody PROTECTION NotGiven => "";
}
