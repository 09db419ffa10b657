//! Content Security Policy Level 3, RFC 9700 §4.16: the headers of pages and of direct answers.

use axum::response::Response;
use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, PRAGMA, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use signet_core::uri;

/// Puts a header whose value was made by us; one that cannot be a header value is left out.
pub(crate) fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// RFC 6749 §5.1: answers with credentials are not kept.
pub(crate) fn no_store(response: &mut Response) {
    put(response, CACHE_CONTROL, "no-store");
    put(response, PRAGMA, "no-cache");
}

/// What a page may reach beyond this origin.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Where its form may end up: browsers apply `form-action` to redirects after a post too.
    pub(crate) form: Vec<String>,
    /// Where its images come from.
    pub(crate) images: Vec<String>,
    /// Whether it posts itself by our one script.
    pub(crate) script: bool,
}

impl Reach {
    /// Lets the form end at a client's address.
    pub(crate) fn to(uri: &str) -> Self {
        Self { form: uri::origin_of(uri).into_iter().collect(), ..Self::default() }
    }

    /// Lets a logo be shown.
    pub(crate) fn showing(mut self, logo: Option<&str>) -> Self {
        self.images.extend(logo.and_then(uri::origin_of));
        self
    }
}

/// Makes a response a page: not cached, not framed, no referrer to other sites, and a policy without inline anything.
pub(crate) fn page(response: &mut Response, reach: &Reach) {
    let list = |origins: &[String]| origins.iter().map(|o| format!(" {o}")).collect::<String>();
    let script = if reach.script { "'self'" } else { "'none'" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src {script}; img-src 'self'{}; form-action 'self'{}; \
         frame-ancestors 'none'; base-uri 'none'",
        list(&reach.images),
        list(&reach.form),
    );
    no_store(response);
    put(response, CONTENT_TYPE, "text/html; charset=utf-8");
    put(response, CONTENT_SECURITY_POLICY, &policy);
    put(response, X_FRAME_OPTIONS, "DENY");
    put(response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(response, REFERRER_POLICY, "same-origin");
    put(response, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
}
