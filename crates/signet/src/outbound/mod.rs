//! RFC 7591 §5, OpenID Connect Core §10.1.1: requests to URLs that clients registered, without exposing the
//! internal network.
//!
//! Each request is one connection to an address that was judged before it: whatever the name server says a
//! moment later, nothing else is connected to. There are no redirects, no proxies, no cookies, no
//! compression; time and size are bounded. Built on hyper and rustls, which are here anyway: a general HTTP
//! client would bring its own resolver, pool and redirects, all to be switched off.

mod address;
mod client_keys;
mod connect;
mod documents;
mod error;
mod flights;
mod gate;
mod logos;
mod never;
mod shelf;
#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use crate::network::Network;
use connect::{Connector, Stream};

pub(crate) use client_keys::KeysOfClients;
pub(crate) use documents::Documents;
pub(crate) use error::OutboundError;
pub(crate) use logos::Logos;
pub use never::never_fetched;

/// Where requests of Signet's own may go.
#[derive(Clone, Debug, Default)]
pub struct OutboundOptions {
    /// For development and conformance runs: this machine and private networks too, and plain http.
    pub allow_private_addresses: bool,
    /// Networks that are not of the public Internet and may be fetched from all the same.
    pub networks: Vec<Network>,
    /// Hosts of which the same is true, by plain http too.
    pub hosts: Vec<String>,
    /// PEM files with certificate authorities to trust besides the public ones.
    pub extra_ca: Vec<PathBuf>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The body.
    pub(crate) body: Bytes,
    /// RFC 9111 §5.2.2: for how many seconds it may be used, where the server says so.
    pub(crate) max_age: Option<u64>,
}

/// Fetches; another one in tests.
pub(crate) trait Fetch: Send + Sync {
    /// The body of a successful answer to GET.
    fn get<'a>(
        &'a self,
        url: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, OutboundError>> + Send + 'a>>;
}

/// A request of Signet's own.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// GET or POST.
    pub(crate) method: Method,
    /// Where to.
    pub(crate) url: String,
    /// What the body is, where there is one.
    pub(crate) content_type: Option<&'static str>,
    /// The body.
    pub(crate) body: Bytes,
}

/// Sends; another one in tests.
pub(crate) trait Sending: Send + Sync {
    /// The status of the answer.
    fn send<'a>(
        &'a self,
        request: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<StatusCode, OutboundError>> + Send + 'a>>;
}

/// How long a request may take in all.
pub(crate) const LONGEST: Duration = Duration::from_secs(6);

/// Bounds of one request.
#[derive(Clone, Copy, Debug)]
struct Limits {
    connect: Duration,
    total: Duration,
    body: usize,
    header: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A token request waits for this: better a quick refusal than a slow one.
        Self { connect: Duration::from_secs(3), total: LONGEST, body: 256 * 1024, header: 32 * 1024 }
    }
}

/// The guarded HTTP client.
pub struct Outbound {
    connector: Connector,
    limits: Limits,
}

impl Outbound {
    /// Reads the extra authorities; the words say which file is wrong.
    pub fn new(options: &OutboundOptions) -> Result<Self, String> {
        let connector = Connector::new(options)?;
        Ok(Self { connector, limits: Limits::default() })
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, OutboundError> {
        let get =
            Outgoing { method: Method::GET, url: url.to_owned(), content_type: None, body: Bytes::new() };
        let (parts, body) = self.answer(&get).await?.into_parts();
        if parts.status != StatusCode::OK {
            return Err(OutboundError::Status(parts.status.as_u16()));
        }
        Ok(Fetched { body, max_age: max_age(&parts.headers) })
    }

    /// What came back, which is no redirect.
    async fn answer(&self, request: &Outgoing) -> Result<http::Response<Bytes>, OutboundError> {
        let url = Url::parse(&request.url).map_err(|_| OutboundError::Address("it is not a web address"))?;
        let stream = timeout(self.limits.connect, self.connector.connect(&url))
            .await
            .map_err(|_| OutboundError::Slow)??;
        let response = self.exchange(stream, &url, request).await?;
        if response.status().is_redirection() {
            return Err(OutboundError::Redirect(response.status().as_u16()));
        }
        Ok(response)
    }

    async fn exchange(
        &self,
        stream: Stream,
        url: &Url,
        request: &Outgoing,
    ) -> Result<http::Response<Bytes>, OutboundError> {
        let broken = |error: hyper::Error| OutboundError::Broken(error.to_string());
        let mut http = http1::Builder::new();
        http.max_buf_size(self.limits.header);
        let (mut sender, connection) = http.handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // It ends with this set, at whatever point the exchange is given up.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let mut builder = Request::builder()
            .method(request.method.clone())
            .uri(path)
            .header(HOST, host)
            .header(ACCEPT, ACCEPTED)
            .header(USER_AGENT, concat!("signet/", env!("CARGO_PKG_VERSION")))
            .header(CONNECTION, "close");
        if let Some(content_type) = request.content_type {
            builder = builder.header(CONTENT_TYPE, content_type);
        }
        let request = builder
            .body(Full::new(request.body.clone()))
            .map_err(|_| OutboundError::Address("it holds characters that no request may hold"))?;
        let (parts, body) = sender.send_request(request).await.map_err(broken)?.into_parts();
        let body = Limited::new(body, self.limits.body).collect().await;
        let body = body.map_err(|error| match error.downcast::<http_body_util::LengthLimitError>() {
            Ok(_) => OutboundError::TooLarge(self.limits.body),
            Err(error) => OutboundError::Broken(error.to_string()),
        })?;
        Ok(http::Response::from_parts(parts, body.to_bytes()))
    }
}

/// Key sets and lists, request objects; servers that care little for names may send any.
const ACCEPTED: &str =
    "application/jwk-set+json, application/json, application/oauth-authz-req+jwt, application/jwt, */*;q=0.1";

impl Fetch for Arc<Outbound> {
    fn get<'a>(
        &'a self,
        url: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, OutboundError>> + Send + 'a>> {
        Outbound::get(self, url)
    }
}

impl Fetch for Outbound {
    fn get<'a>(
        &'a self,
        url: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, OutboundError>> + Send + 'a>> {
        Box::pin(async move {
            timeout(self.limits.total, self.fetch(url)).await.map_err(|_| OutboundError::Slow)?
        })
    }
}

impl Sending for Outbound {
    fn send<'a>(
        &'a self,
        request: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<StatusCode, OutboundError>> + Send + 'a>> {
        Box::pin(async move {
            let answer = timeout(self.limits.total, self.answer(request));
            Ok(answer.await.map_err(|_| OutboundError::Slow)??.status())
        })
    }
}

/// RFC 9111 §5.2.2.1, §5.2.2.4: of several values the first; what must not be kept may be used for no time.
fn max_age(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let directives: Vec<String> =
        values.flat_map(|value| value.split(',')).map(|d| d.trim().to_ascii_lowercase()).collect();
    if directives.iter().any(|directive| directive == "no-store" || directive == "no-cache") {
        return Some(0);
    }
    directives.iter().find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok())
}
