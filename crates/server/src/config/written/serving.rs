//! What concerns the process and its connections, as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::value::Seconds;

/// HTTPS by Signet itself.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the certificate and its chain, relative to this file.
    #[schemars(extend("examples" = ["cert.pem"]))]
    pub cert: String,
    /// PEM file with the private key, relative to this file.
    #[schemars(extend("examples" = ["key.pem"]))]
    pub key: String,
}

/// Outbound requests of Signet itself.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Allow loopback and private addresses. Blocking them protects your internal network.
    pub allow_private_addresses: bool,
    /// Networks and hosts of your internal network that are allowed anyway; hosts also over plain http.
    #[schemars(extend("examples" = [["10.0.0.0/8", "keys.internal"]]))]
    pub allow: Vec<String>,
    /// PEM files of certificate authorities to trust in addition to the public ones.
    pub extra_ca: Vec<String>,
}

/// Cross-origin requests.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Allowed origins, or `*` for any: endpoints that scripts can call never read cookies. An origin is
    /// scheme, host and port: `https://app.example.org`; in a WebView or an extension
    /// `capacitor://localhost`, `chrome-extension://ID`.
    pub allowed_origins: Vec<String>,
}

impl Default for Cors {
    fn default() -> Self {
        Self { allowed_origins: vec!["*".into()] }
    }
}

/// Proxies in front of Signet.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxy {
    /// Addresses and networks whose `Forwarded` and `X-Forwarded-*` headers are trusted. Behind a proxy that
    /// is not listed, all users seem to come from one address and are throttled together. `[]` means that
    /// there is no proxy.
    #[schemars(extend("examples" = [["127.0.0.1", "::1"]]))]
    pub trusted: Option<Vec<String>>,
}

/// The log.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The lowest level to log.
    pub level: Level,
    /// `auto` is `pretty` on a terminal and `json` elsewhere.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::Info, format: LogFormat::Auto }
    }
}

/// How grave a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum LogFormat {
    Auto,
    Pretty,
    Json,
}

/// RFC 6797: tells browsers to use only https for this host.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hsts {
    /// Send `Strict-Transport-Security`, if the issuer is https and its host is not this machine.
    pub enabled: bool,
    /// How long browsers remember it.
    pub max_age: Seconds,
    /// Include all subdomains; only if none of them needs http.
    pub include_subdomains: bool,
}

impl Default for Hsts {
    fn default() -> Self {
        Self { enabled: true, max_age: Seconds(31_536_000), include_subdomains: false }
    }
}

/// Prometheus metrics.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Serve metrics.
    pub enabled: bool,
    /// A separate address for `/metrics` and `/health`, which are then served nowhere else.
    #[schemars(extend("examples" = ["127.0.0.1:9401"]))]
    pub listen: Option<String>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { enabled: true, listen: None }
    }
}

/// Limits of the HTTP server.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Threads; 0: as many as processors.
    pub workers: usize,
    /// Maximum size of a request body, in bytes.
    pub max_body: usize,
    /// Maximum number of connections. Beyond that, connections that have been idle longest are closed.
    pub max_connections: usize,
    /// Maximum number of connections from one network: an IPv4 address or an IPv6 /64. An IPv6 /56 can have
    /// twice as many, a /48 or an IPv4 /24 four times as many, but at most half of all. Trusted proxies and
    /// this machine have no such limit.
    pub max_connections_per_network: usize,
    /// Maximum time for a client to send the headers of a request.
    pub header_timeout: Seconds,
    /// Maximum time for requests in flight to finish when Signet is stopped.
    pub shutdown_timeout: Seconds,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            workers: 0,
            max_body: 65_536,
            max_connections: 10_000,
            max_connections_per_network: 1000,
            header_timeout: Seconds(10),
            shutdown_timeout: Seconds(20),
        }
    }
}
