//! The configuration as people write it. These types are the one source of the keys, their meaning and their
//! defaults: the loader's checks, `config schema`, `config default` and `docs/configuration.md` all come from
//! them.

mod authentication;
mod capabilities;
mod client;
mod endpoint;
mod events;
mod keys;
mod lifetimes;
mod login;
mod registration;
mod release;
mod resource;
mod serving;
mod subjects;
mod user;

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use signet_core::record::client::{AccessTokenFormat, SubjectType};

pub use self::authentication::{
    ContextWritten, InOrder, LoginHint2Acrs, LoginHint2AcrsKwargs, LoginHintLookup,
};
pub use self::capabilities::Capabilities;
pub use self::client::ClientWritten;
pub use self::endpoint::{Endpoint, Endpoints};
pub use self::events::Events;
pub use self::keys::{KeyDefWritten, Keys};
pub use self::lifetimes::Lifetimes;
pub use self::login::{Argon2, Login, SignUp, Throttle};
pub use self::registration::{Registration, RegistrationMode, StatementIssuer};
pub use self::release::{AddClaimsWritten, AlwaysWritten, ByScopeWritten, Claims, Release, ReleasePoint};
pub use self::resource::{ResourceLifetimes, ResourceWritten, TypWritten};
pub use self::serving::{Cors, Hsts, Level, Log, LogFormat, Metrics, Outbound, Proxy, Server, Tls};
pub use self::subjects::{SessionParams, SubFunc, SubFuncs};
pub use self::user::UserWritten;
use super::value::SecretText;

/// Everything a configuration file may say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Signet configuration", extend("required" = ["issuer"]))]
pub struct Config {
    /// The provider's URL. Applications compare it as a string. It has no query; a trailing slash is
    /// significant and kept with a warning. `{domain}` and `{port}` are replaced.
    #[schemars(extend("examples" = ["https://login.example.org"]))]
    pub issuer: Option<String>,
    /// The previous issuer, if this provider has moved to another URL. Without this, a store can only be
    /// served with the issuer that first used it.
    #[schemars(extend("examples" = ["https://old.example.org"]))]
    pub moved_from: Option<String>,
    /// The address and port to listen on. Default: port `port`, or 8080, on this machine only.
    #[schemars(extend("examples" = ["127.0.0.1:8080"]))]
    pub listen: Option<String>,
    /// Where everything is stored: `sqlite:PATH`, or `memory:`. Default: `signet.db` in `data_dir`.
    #[schemars(extend("examples" = ["sqlite:signet-data/signet.db"]))]
    pub store: Option<SecretText>,
    /// The folder for files that Signet creates, relative to this file.
    pub data_dir: String,
    /// Replaces `{domain}` in `issuer`, `listen` and redirect URIs.
    #[schemars(extend("examples" = ["login.example.org"]))]
    pub domain: Option<String>,
    /// Replaces `{port}` in `issuer`, `listen` and redirect URIs.
    #[schemars(extend("examples" = [8080]))]
    pub port: Option<u16>,
    /// A folder of page templates that replace the built-in ones of the same name.
    #[schemars(extend("examples" = ["templates"]))]
    pub template_dir: Option<String>,
    /// Format of access tokens, unless the client sets its own: `opaque`, or `jwt` (RFC 9068).
    #[schemars(schema_with = "access_token_format")]
    pub access_token_format: AccessTokenFormat,
    /// Audience of access tokens, unless the client sets its own (RFC 9068 §3). Default: the issuer.
    #[schemars(extend("examples" = [["https://api.example.org"]]))]
    pub access_token_audience: Vec<String>,
    /// The type of `sub`, unless the client sets its own: `public` (the same everywhere), `pairwise`
    /// (different in each sector) or `ephemeral` (different in each sign-in session).
    #[schemars(schema_with = "subject_type")]
    pub subject_type: SubjectType,
    /// APIs that configured or registered applications can request with `resource` (RFC 8707).
    pub resources: Vec<ResourceWritten>,
    /// The claims that each scope releases. Adds to the standard scopes, or replaces one of them. A map that
    /// contains `openid` defines all the scopes, as in oidc-op.
    #[schemars(extend("examples" = [{"team": ["groups", "department"]}]))]
    pub scopes_to_claims: BTreeMap<String, Vec<String>>,
    /// The only scopes offered. Default: the standard scopes and all scopes in this file.
    #[schemars(extend("examples" = [["openid", "profile", "email"]]))]
    pub allowed_scopes: Option<Vec<String>>,
    /// Custom scopes: each name → its `description` for the consent page (`description#de` in a language),
    /// and the `claims` that it releases.
    #[schemars(extend("examples" = [{"calendar.read": {"description": "Read your calendar", "description#de": "Ihren Kalender lesen", "claims": []}}]))]
    pub scopes: BTreeMap<String, ScopeWritten>,
    /// Custom claims: each name → its `label` for the consent page (`label#de` in a language). The claims of
    /// OpenID Connect have built-in labels.
    #[schemars(extend("examples" = [{"department": {"label": "Department", "label#de": "Abteilung"}}]))]
    pub claims: BTreeMap<String, ClaimWritten>,
    /// Which claims are released at which endpoint.
    pub release: Release,
    /// HTTPS by Signet itself.
    pub tls: Option<Tls>,
    /// The key ring. Keys are kept in the store, and created on the first start if there are none. A key is
    /// published before it signs, and stays published as long as anything that it signed can be valid.
    pub keys: Keys,
    /// Lifetimes: seconds, or text such as `"10m"`, `"12h"`, `"30d"`.
    pub lifetimes: Lifetimes,
    /// Additional discovery metadata, and limits on what Signet offers.
    pub capabilities: Capabilities,
    /// How subjects are derived.
    pub session_params: SessionParams,
    /// Protocol extensions.
    pub add_on: AddOn,
    /// Discovery of this issuer from a user's e-mail address (OpenID Connect Discovery §2).
    pub webfinger: WebFinger,
    /// Paths of the endpoints, below the issuer: `[endpoint.token] path = "/oauth/token"`.
    pub endpoint: Endpoints,
    /// Authentication contexts, weakest first: each name → its `acr`, its `methods` (`password`), and
    /// optionally `fresh` (only a sign-in within the request counts), a `lifetime` and a `label` for users.
    /// Default: one context, a password.
    #[schemars(extend("examples" = [{"password": {"acr": "urn:example:password"}, "again": {"acr": "urn:example:password-now", "fresh": true}}]))]
    pub authentication: InOrder<ContextWritten>,
    /// Authentication contexts requested by the scheme of a `login_hint`.
    pub login_hint2acrs: LoginHint2Acrs,
    /// How the name in a `login_hint` is interpreted.
    pub login_hint_lookup: LoginHintLookup,
    /// Password sign-in.
    pub login: Login,
    /// Accounts that users create themselves.
    pub sign_up: SignUp,
    /// Applications that register themselves.
    pub registration: Registration,
    /// Outbound requests of Signet itself. For development and conformance runs only.
    pub outbound: Outbound,
    /// Browser origins that can call discovery, JWKS, token, userinfo, revocation and registration.
    pub cors: Cors,
    /// Proxies in front of Signet.
    pub proxy: Proxy,
    /// Events: what happened, kept in the store for `signet event list`.
    pub events: Events,
    /// The log, on standard error.
    pub log: Log,
    /// `Strict-Transport-Security`: tells browsers to use only https for this host.
    pub hsts: Hsts,
    /// Prometheus metrics at `/metrics`.
    pub metrics: Metrics,
    /// Limits of the HTTP server.
    pub server: Server,
    /// Settings that weaken security; all are off by default.
    pub dangerous: Dangerous,
    /// Applications, with any registration metadata of OpenID Connect Registration §2 and RFC 7591 §2.
    pub clients: Vec<ClientWritten>,
    /// Users. Add more with `signet user add` and `signet user import`.
    pub users: Vec<UserWritten>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: None,
            moved_from: None,
            listen: None,
            store: None,
            data_dir: "signet-data".into(),
            domain: None,
            port: None,
            template_dir: None,
            access_token_format: AccessTokenFormat::default(),
            access_token_audience: Vec::new(),
            resources: Vec::new(),
            subject_type: SubjectType::default(),
            scopes_to_claims: BTreeMap::new(),
            allowed_scopes: None,
            scopes: BTreeMap::new(),
            claims: BTreeMap::new(),
            release: Release::default(),
            tls: None,
            keys: Keys::default(),
            lifetimes: Lifetimes::default(),
            capabilities: Capabilities::default(),
            session_params: SessionParams::default(),
            add_on: AddOn::default(),
            webfinger: WebFinger::default(),
            endpoint: Endpoints::default(),
            authentication: InOrder::default(),
            login_hint2acrs: LoginHint2Acrs::default(),
            login_hint_lookup: LoginHintLookup::default(),
            login: Login::default(),
            sign_up: SignUp::default(),
            registration: Registration::default(),
            outbound: Outbound::default(),
            cors: Cors::default(),
            proxy: Proxy::default(),
            events: Events::default(),
            log: Log::default(),
            hsts: Hsts::default(),
            metrics: Metrics::default(),
            server: Server::default(),
            dangerous: Dangerous::default(),
            clients: Vec::new(),
            users: Vec::new(),
        }
    }
}

fn subject_type(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["public", "pairwise", "ephemeral"] })
}

fn access_token_format(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["opaque", "jwt"] })
}

/// A custom scope.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = text_by_language)]
pub struct ScopeWritten {
    /// Claims that it releases wherever claims are released by scope; by default, at the UserInfo endpoint.
    pub claims: Vec<String>,
    /// What it permits, for the consent page.
    pub description: Option<String>,
    /// `description#de` and the like.
    #[serde(flatten)]
    #[schemars(skip)]
    pub languages: BTreeMap<String, String>,
}

/// A custom claim.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = text_by_language)]
pub struct ClaimWritten {
    /// Its label on the consent page.
    pub label: Option<String>,
    /// `label#de` and the like.
    #[serde(flatten)]
    #[schemars(skip)]
    pub languages: BTreeMap<String, String>,
}

/// Texts may come by language: `description#de`, `label#de`.
pub(super) fn text_by_language(schema: &mut Schema) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let texts = ["description", "label"].into_iter();
    let texts = texts.filter(|name| properties.is_some_and(|properties| properties.contains_key(*name)));
    let patterns: serde_json::Map<_, _> =
        texts.map(|name| (format!("^{name}#.+$"), json!({ "type": "string" }))).collect();
    schema.insert("patternProperties".into(), patterns.into());
    schema.insert("additionalProperties".into(), false.into());
}

/// Protocol extensions.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddOn {
    /// RFC 7636. Always required from clients without a secret, with the method S256.
    pub pkce: Pkce,
}

/// RFC 7636.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pkce {
    /// Also required from clients with a secret; a client's `require_pkce` overrides this.
    pub essential: bool,
}

/// Discovery of this issuer from a user's e-mail address.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebFinger {
    /// Domains, in addition to the issuer's own, whose users sign in here. With `example.org`,
    /// `joe@example.org` leads to this issuer, provided that `https://example.org/.well-known/webfinger` is
    /// proxied or redirected to Signet.
    #[schemars(extend("examples" = [["example.org"]]))]
    pub domains: Vec<String>,
}

/// Settings that weaken security.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dangerous {
    /// Allows the PKCE method `plain`: anyone who reads the request can redeem the code.
    pub pkce_plain: bool,
    /// Lets clients without a secret omit PKCE, unless their `require_pkce` or `add_on.pkce` requires it:
    /// anyone who sees a code can redeem it. The certification suite's public clients do not use PKCE.
    pub public_clients_without_pkce: bool,
    /// Hosts that `issuer` can contain with `http`, such as a container name in a private network. Everyone
    /// in that network can read passwords.
    #[schemars(extend("examples" = [["signet"]]))]
    pub http_hosts: Vec<String>,
}
