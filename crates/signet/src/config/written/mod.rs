//! The configuration as people write it. These types are the one source of the keys, their meaning and their
//! defaults: the loader's checks, `config schema`, `config default` and `docs/configuration.md` all come from
//! them.

mod authentication;
mod capabilities;
mod client;
mod endpoint;
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
pub use self::client::{ClientLifetimes, ClientWritten};
pub use self::endpoint::{Endpoint, Endpoints};
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
    /// The provider's own address, to the letter as applications compare it: without query; a slash at its
    /// end counts, and is kept with a warning. `{domain}` and `{port}` are filled in.
    #[schemars(extend("examples" = ["https://login.example.org"]))]
    pub issuer: Option<String>,
    /// The issuer that the store belonged to before this provider moved to another address: without this, a
    /// store is served under the issuer of its first start alone.
    #[schemars(extend("examples" = ["https://old.example.org"]))]
    pub moved_from: Option<String>,
    /// The address and port to listen on. Default: the port of `port`, else 8080, on this machine only.
    #[schemars(extend("examples" = ["127.0.0.1:8080"]))]
    pub listen: Option<String>,
    /// Where everything is kept: `sqlite:PATH`, or `memory:`. Default: `signet.db` in `data_dir`.
    #[schemars(extend("examples" = ["sqlite:signet-data/signet.db"]))]
    pub store: Option<SecretText>,
    /// The folder for what Signet makes itself, relative to this file.
    pub data_dir: String,
    /// Fills `{domain}` in `issuer`, `listen` and redirect URIs.
    #[schemars(extend("examples" = ["login.example.org"]))]
    pub domain: Option<String>,
    /// Fills `{port}` in `issuer`, `listen` and redirect URIs.
    #[schemars(extend("examples" = [8080]))]
    pub port: Option<u16>,
    /// A folder of page templates that replace the built-in ones of the same name.
    #[schemars(extend("examples" = ["templates"]))]
    pub template_dir: Option<String>,
    /// Format of access tokens where the client has none of its own: `opaque`, or `jwt` (RFC 9068).
    #[schemars(schema_with = "access_token_format")]
    pub access_token_format: AccessTokenFormat,
    /// Audience of access tokens where the client has none of its own (RFC 9068 §3). Default: the issuer.
    #[schemars(extend("examples" = [["https://api.example.org"]]))]
    pub access_token_audience: Vec<String>,
    /// How people are named to applications that do not say it themselves: `public` (one name everywhere),
    /// `pairwise` (another in each sector) or `ephemeral` (another in each sign-in session).
    #[schemars(schema_with = "client::subject_type")]
    pub subject_type: SubjectType,
    /// APIs that applications may name by `resource` (RFC 8707), configured or registered.
    pub resources: Vec<ResourceWritten>,
    /// Which claims a scope releases: adds to the standard scopes, or replaces one of them. With `openid`
    /// among them these are all the scopes that there are, as with oidc-op.
    #[schemars(extend("examples" = [{"team": ["groups", "department"]}]))]
    pub scopes_to_claims: BTreeMap<String, Vec<String>>,
    /// The only scopes offered. Default: the standard ones and all that this file names.
    #[schemars(extend("examples" = [["openid", "profile", "email"]]))]
    pub allowed_scopes: Option<Vec<String>>,
    /// Scopes of your own: a name → its `description` for the consent page (`description#de` says it in a
    /// language), and the `claims` that it releases.
    #[schemars(extend("examples" = [{"calendar.read": {"description": "Read your calendar", "description#de": "Ihren Kalender lesen", "claims": []}}]))]
    pub scopes: BTreeMap<String, ScopeWritten>,
    /// Claims of your own: a name → its `label` for the consent page (`label#de` in a language). Those of
    /// OpenID Connect have theirs.
    #[schemars(extend("examples" = [{"department": {"label": "Department", "label#de": "Abteilung"}}]))]
    pub claims: BTreeMap<String, ClaimWritten>,
    /// Which claims are released where.
    pub release: Release,
    /// HTTPS by Signet itself.
    pub tls: Option<Tls>,
    /// The key ring. Keys are kept in the store and made on first start where absent; a key is published
    /// before it signs, and stays published as long as anything that it signed can be valid.
    pub keys: Keys,
    /// How long things are valid: seconds, or text such as `"10m"`, `"12h"`, `"30d"`.
    pub lifetimes: Lifetimes,
    /// What discovery tells beyond what Signet knows itself.
    pub capabilities: Capabilities,
    /// How subjects are made.
    pub session_params: SessionParams,
    /// Additions to the protocol.
    pub add_on: AddOn,
    /// Finding this issuer by a person's address (OpenID Connect Discovery §2).
    pub webfinger: WebFinger,
    /// Paths of the endpoints, below the issuer: `[endpoint.token] path = "/oauth/token"`.
    pub endpoint: Endpoints,
    /// Authentication contexts, weakest first: a name of your own → `acr`, the `methods` it takes
    /// (`password`), and where needed `fresh` (only a sign-in within the request counts), `lifetime` and a
    /// `label` for people. Default: a password.
    #[schemars(extend("examples" = [{"password": {"acr": "urn:example:password"}, "again": {"acr": "urn:example:password-now", "fresh": true}}]))]
    pub authentication: InOrder<ContextWritten>,
    /// What a `login_hint` asks for by its scheme.
    pub login_hint2acrs: LoginHint2Acrs,
    /// How the name in a `login_hint` is read.
    pub login_hint_lookup: LoginHintLookup,
    /// Password sign-in.
    pub login: Login,
    /// New accounts that people make themselves.
    pub sign_up: SignUp,
    /// Applications that register themselves.
    pub registration: Registration,
    /// Requests that Signet itself makes. For development and conformance runs only.
    pub outbound: Outbound,
    /// Which browser applications of other origins may call discovery, JWKS, token, userinfo, revocation and
    /// registration.
    pub cors: Cors,
    /// Proxies in front of Signet.
    pub proxy: Proxy,
    /// The log, on standard error.
    pub log: Log,
    /// `Strict-Transport-Security`: browsers remember that this host is reached by https alone.
    pub hsts: Hsts,
    /// Prometheus metrics at `/metrics`.
    pub metrics: Metrics,
    /// Limits of the HTTP server.
    pub server: Server,
    /// What weakens security; each is off for a reason.
    pub dangerous: Dangerous,
    /// Applications, with any registration metadata of OpenID Connect Registration §2 and RFC 7591 §2.
    pub clients: Vec<ClientWritten>,
    /// People. More can be added with `signet user add` and `signet user import`.
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

pub(super) fn access_token_format(_: &mut schemars::SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": ["opaque", "jwt"] })
}

/// A scope of the operator's own.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = text_by_language)]
pub struct ScopeWritten {
    /// Claims that it releases where claims come by scope: unless configured, at the UserInfo endpoint.
    pub claims: Vec<String>,
    /// What it allows, for the consent page.
    pub description: Option<String>,
    /// `description#de` and the like.
    #[serde(flatten)]
    #[schemars(skip)]
    pub languages: BTreeMap<String, String>,
}

/// A claim of the operator's own.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = text_by_language)]
pub struct ClaimWritten {
    /// What people call it, for the consent page.
    pub label: Option<String>,
    /// `label#de` and the like.
    #[serde(flatten)]
    #[schemars(skip)]
    pub languages: BTreeMap<String, String>,
}

/// Texts may come by language: `description#de`, `label#de`.
fn text_by_language(schema: &mut Schema) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let texts = ["description", "label"].into_iter();
    let texts = texts.filter(|name| properties.is_some_and(|properties| properties.contains_key(*name)));
    let patterns: serde_json::Map<_, _> =
        texts.map(|name| (format!("^{name}#.+$"), json!({ "type": "string" }))).collect();
    schema.insert("patternProperties".into(), patterns.into());
    schema.insert("additionalProperties".into(), false.into());
}

/// Additions to the protocol.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AddOn {
    /// RFC 7636. Clients without a secret need it always, with the method S256.
    pub pkce: Pkce,
}

/// RFC 7636.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pkce {
    /// Required from clients with a secret too; a client's `require_pkce` overrides it.
    pub essential: bool,
}

/// Finding this issuer by a person's address.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebFinger {
    /// Domains besides the issuer's own whose people sign in here: with `example.org`, `joe@example.org`
    /// leads to this issuer, provided that `https://example.org/.well-known/webfinger` is passed on or
    /// redirected to Signet.
    #[schemars(extend("examples" = [["example.org"]]))]
    pub domains: Vec<String>,
}

/// What weakens security.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dangerous {
    /// The PKCE method `plain`: anyone who reads the request can redeem the code.
    pub pkce_plain: bool,
    /// Clients without a secret may leave PKCE out, unless their `require_pkce` or `add_on.pkce` says
    /// otherwise: anyone who sees a code can redeem it. The certification suite's public clients have no
    /// PKCE.
    pub public_clients_without_pkce: bool,
    /// Hosts that `issuer` may name with `http`, such as a container's name in a network of its own: all in
    /// that network can read passwords.
    #[schemars(extend("examples" = [["signet"]]))]
    pub http_hosts: Vec<String>,
}
