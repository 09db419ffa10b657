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

/// Requests that Signet itself makes.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Allow loopback and private addresses, which protect your inner network otherwise.
    pub allow_private_addresses: bool,
    /// Networks and hosts of your inner network that may be fetched from all the same, hosts by plain http
    /// too.
    #[schemars(extend("examples" = [["10.0.0.0/8", "keys.internal"]]))]
    pub allow: Vec<String>,
    /// PEM files of certificate authorities to trust besides the public ones.
    pub extra_ca: Vec<String>,
}

/// Cross-origin requests.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins, or `*` for any: these endpoints never read cookies.
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
    /// Addresses and networks whose `Forwarded` and `X-Forwarded-*` headers are believed. Behind a proxy that
    /// is not named here all people seem to come from one address, and wait for each other's wrong passwords;
    /// `[]` says that there is none.
    #[schemars(extend("examples" = [["127.0.0.1", "::1"]]))]
    pub trusted: Option<Vec<String>>,
}

/// The log.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least grave lines to write.
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

/// RFC 6797: browsers remember that this host is reached by https alone.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hsts {
    /// Whether `Strict-Transport-Security` is sent, where the issuer is https and its host is not this
    /// machine.
    pub enabled: bool,
    /// How long browsers remember it.
    pub max_age: Seconds,
    /// Whether it is said of all subdomains as well; only where none of them needs http.
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
    /// Whether they are served.
    pub enabled: bool,
    /// An address of their own for `/metrics` and `/health`, which are then served there and nowhere else.
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
    /// Bytes of a request's body.
    pub max_body: usize,
    /// Connections at one time. When there are more, those go that have been idle for longest.
    pub max_connections: usize,
    /// Connections at one time of one network: an IPv4 address or an IPv6 /64. An IPv6 /56 may have twice as
    /// many, a /48 or an IPv4 /24 four times as many, but half of all at most. Proxies that are trusted, and
    /// this machine, may have all.
    pub max_connections_per_network: usize,
    /// How long a client may take to send a request's headers.
    pub header_timeout: Seconds,
    /// How long requests in flight may take to finish when Signet is asked to stop.
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
