//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: client metadata, and what operators can add to
//! it.

mod secrets;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::claims::AddClaims;
use crate::id::ClientId;
use crate::localised::Localised;
use crate::scope::Scope;
use crate::secret::{self, Secret, TokenHash};
use crate::time::Timestamp;
use crate::uri;

pub use secrets::KeptSecret;
pub use terms::{AccessTokenFormat, Lifetimes, SubjectType};
pub use uri::ApplicationType;

/// A registered application. Missing members mean the defaults of the methods below.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Client {
    /// RFC 6749 §2.2.
    pub client_id: ClientId,
    /// Kept in clear because HMAC-based methods need it; JWT-free deployments may store `client_secret_hash`
    /// instead.
    #[serde(default, with = "secret::stored", skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret<String>>,
    /// Hex SHA-256 of a secret that is not kept in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_hash: Option<String>,
    /// 0: does not expire.
    #[serde(default)]
    pub client_secret_expires_at: Timestamp,
    /// The secret before that one, while instances of the application still have it. Nothing is made with it.
    #[serde(default, with = "secret::stored", skip_serializing_if = "Option::is_none")]
    pub client_secret_previous: Option<Secret<String>>,
    /// The same, where it is not kept in clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_previous_hash: Option<String>,
    /// When the previous secret ends; 0: when it is taken away.
    #[serde(default, skip_serializing_if = "is_never")]
    pub client_secret_previous_expires_at: Timestamp,
    /// When the client was registered.
    #[serde(default)]
    pub client_id_issued_at: Timestamp,
    /// It registered itself: no operator has looked at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub registered: bool,
    /// RFC 7592 §3: what its registration access token is checked against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_access_token_hash: Option<TokenHash>,
    /// RFC 7591 §2: the software that it is an instance of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The software's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// What vouched for it at registration (RFC 7591 §2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    /// Shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Terms of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// People to ask about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// `web` or `native`.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// Where answers may go; compared exactly (RFC 9700 §4.1.3), but for the port of a native client's
    /// loopback URI.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after sign-out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Default `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_types: Option<Vec<String>>,
    /// Default `authorization_code`, and `refresh_token` for clients that an operator wrote down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_types: Option<Vec<String>>,
    /// Default: the secret by header or body for clients that an operator wrote down, `client_secret_basic`
    /// for others, `none` without a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    /// Others that do as well as that one. Registration knows one only: these are the operator's to name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods: Vec<String>,
    /// For JWT assertions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Default RS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    /// Set: userinfo answers are JWTs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    /// RFC 9701 §6. Set: introspection answers are JWTs, unless plain JSON is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<String>,
    /// Set: ID tokens are encrypted after signing, their key managed so (OpenID Connect Core §16.14).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<String>,
    /// Content encryption of ID tokens; default A128CBC-HS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<String>,
    /// Set: userinfo answers are encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<String>,
    /// Content encryption of userinfo answers; default A128CBC-HS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<String>,
    /// RFC 9701 §6. Set: introspection answers are encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_alg: Option<String>,
    /// Content encryption of introspection answers; default A128CBC-HS256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_enc: Option<String>,
    /// The one algorithm by which its request objects are signed; default: any that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<String>,
    /// Others that will do as well as that one. Registration knows one only: these are the operator's to
    /// name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_object_signing_algs: Vec<String>,
    /// How the key of its encrypted request objects is managed; default: any that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_alg: Option<String>,
    /// How the content of its encrypted request objects is encrypted; default: any that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_enc: Option<String>,
    /// Where its request objects are (OpenID Connect Registration §2); a fragment is the hash of what is
    /// there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// RFC 9101 §10.5: only what is in a signed request object counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// OpenID Connect Core §8: how people are named to it; default: the general setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<SubjectType>,
    /// Whose host is the sector of its pairwise subjects, and where its redirect URIs are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// Default maximum age of the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// `auth_time` always (Signet sends it anyway).
    #[serde(default)]
    pub require_auth_time: bool,
    /// acr values asked for when the request names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Third-party initiated login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// Keys by value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Keys by address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// RFC 7591: the scope it may ask for; default: everything configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// Which claims a scope releases to it, in place of the general map; default: that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_to_claims: Option<BTreeMap<String, Vec<String>>>,
    /// What it gets at each release point beyond what it asks for.
    #[serde(default, skip_serializing_if = "AddClaims::is_empty")]
    pub add_claims: AddClaims,
    /// Scope → what it is for, in the operator's words, for the consent page; `scope#de` says it in a
    /// language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub purpose: BTreeMap<String, String>,
    /// First-party: people are not asked.
    #[serde(default)]
    pub skip_consent: bool,
    /// PKCE for this client; default: public clients and the general policy.
    #[serde(default, alias = "pkce_essential", skip_serializing_if = "Option::is_none")]
    pub require_pkce: Option<bool>,
    /// `jwt` (RFC 9068) or `opaque`; default: the general setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Default audience of its access tokens (RFC 9068 §3); default: the issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_token_audience: Vec<String>,
    /// RFC 8707: resources that it may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Refresh tokens without `offline_access`, bound to the sign-in session.
    #[serde(default)]
    pub refresh_without_offline_access: bool,
    /// May introspect tokens that are not its own and not for it.
    #[serde(default)]
    pub may_introspect: bool,
    /// Held to FAPI 2.0 where it is stricter than OpenID Connect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fapi: bool,
    /// How often the stored record was written; of a client in the configuration the number that it began
    /// with ([`Change::BeginClient`](crate::change::Change::BeginClient)); otherwise 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u64,
    /// Lifetimes of its own.
    #[serde(default, skip_serializing_if = "Lifetimes::is_empty")]
    pub lifetimes: Lifetimes,
    /// Everything else: localised names (`client_name#de`), members that later parts of Signet use.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_never(instant: &Timestamp) -> bool {
    *instant == Timestamp::NEVER
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Client {
    /// An otherwise empty record.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self { client_id: ClientId(client_id.into()), ..Self::default() }
    }

    /// A second copy, made on purpose to change it, by way of its stored form, which holds all of it.
    pub fn duplicate(&self) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(self)?)
    }

    /// Where its answers can go: each [`uri::Place`] once.
    pub fn places(&self) -> BTreeSet<String> {
        let places = self.redirect_uris.iter().filter_map(|uri| uri::place_of(uri));
        places.map(|place| place.to_string()).collect()
    }

    /// The authentication method it is registered for; the first of them, where it may use several.
    pub fn auth_method(&self) -> &str {
        match &self.token_endpoint_auth_method {
            Some(method) => method,
            None if self.has_secret() => "client_secret_basic",
            None => "none",
        }
    }

    /// Every authentication method that it may use.
    pub fn auth_methods(&self) -> Vec<&str> {
        let others = self.token_endpoint_auth_methods.iter().map(String::as_str);
        // RFC 6749 §2.3.1 leaves the choice to the client where nobody has made it, and half of all
        // applications take the body.
        let unsaid = self.token_endpoint_auth_method.is_none() && self.has_secret() && !self.registered;
        let by_body = unsaid.then_some("client_secret_post");
        let mut methods = vec![self.auth_method()];
        for method in others.chain(by_body) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    /// Whether it may authenticate so.
    pub fn takes_method(&self, method: &str) -> bool {
        self.auth_methods().contains(&method)
    }

    /// RFC 6749 §2.1: it cannot keep a secret.
    pub fn is_public(&self) -> bool {
        self.auth_method() == "none"
    }

    /// Whether it runs on the person's device, where it listens on a port that the system chooses. Not every
    /// program registers as native, but a public client that is answered on loopback can be nothing else.
    pub fn may_use_any_port(&self) -> bool {
        self.application_type == ApplicationType::Native || self.is_public()
    }

    /// Whether it may be answered at any port of this registered address.
    pub fn takes_any_port_of(&self, registered: &str) -> bool {
        self.may_use_any_port() && uri::has_free_port(registered)
    }

    /// RFC 8252 §8.6: whether any program on the device can be answered there in its name. Without a secret
    /// only the address tells clients apart, and a loopback address or a private scheme belongs to nobody,
    /// whether or not the client calls itself native.
    pub fn is_anyones_at(&self, redirect_uri: &str) -> bool {
        let is_on_device = || !matches!(uri::place_of(redirect_uri), Some(uri::Place::Site(_)));
        self.is_public() && (self.application_type == ApplicationType::Native || is_on_device())
    }

    /// Whether the grant type is registered.
    pub fn allows_grant(&self, grant_type: &str) -> bool {
        match &self.grant_types {
            Some(types) => types.iter().any(|t| t == grant_type),
            None => matches!(grant_type, "authorization_code" | "refresh_token"),
        }
    }

    /// Its names, each under its member: `client_name`, `client_name#de`.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let tagged = self.extra.iter().filter(|(name, _)| name.starts_with("client_name#"));
        let tagged = tagged.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        self.client_name.as_deref().map(|name| ("client_name", name)).into_iter().chain(tagged)
    }

    /// A name to show on a page in a language, and its own language where that is known to be another one: in
    /// the wanted language when the client gave one, else the plain one, else the English one, else the id.
    pub fn display_name(&self, language: &str) -> (String, Option<&'static str>) {
        let names = Localised::of("client_name", self.names());
        let name = names.on_page(language).map(|(name, other)| (name.to_owned(), other));
        name.unwrap_or_else(|| (self.client_id.as_str().to_owned(), None))
    }
}
