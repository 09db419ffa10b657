//! Content Security Policy Level 3, Referrer Policy, Fetch, RFC 9700 §4.16: the headers of pages and of
//! direct responses.

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

/// The same of a value that is always this one, which need not be looked at.
pub(crate) fn fixed(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// RFC 6749 §5.1: answers with credentials are not kept.
pub(crate) fn no_store(response: &mut Response) {
    fixed(response, CACHE_CONTROL, "no-store");
    fixed(response, PRAGMA, "no-cache");
}

/// What a page may reach beyond this origin.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Where its form may end up.
    pub form: FormEnds,
    /// Whether it posts itself by our one script.
    pub script: bool,
    /// What of its address other sites see.
    pub referrer: Referrer,
    /// Origins whose pages may show it in a frame: for an answer that nobody is to see.
    pub framed_by: Vec<String>,
}

/// Where a page's form may end up. Chromium and WebKit hold every hop after a post to this, those of the
/// application behind its callback too, which nobody here can list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FormEnds {
    /// Within this origin: answers leave by a navigation of their own.
    #[default]
    Here,
    /// There as well.
    AlsoAt(String),
    /// Anywhere: the form's target was verified, and where the application goes on to is its own affair.
    Anywhere,
}

/// What of a page's address other sites see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Referrer {
    /// Nothing.
    #[default]
    SameOrigin,
    /// The origin alone, which applications compare: else a post to another origin has `Origin: null` (Fetch,
    /// "append a request Origin header").
    Origin,
    /// Nothing, and neither do our own pages.
    Never,
}

impl Reach {
    /// Lets the form end at another origin.
    pub fn to(uri: &str) -> Self {
        Self { form: uri::origin_of(uri).map_or(FormEnds::Here, FormEnds::AlsoAt), ..Self::default() }
    }

    /// For a page whose answer goes to a client's address: only private schemes may be answered by a plain
    /// redirect after a post.
    pub(crate) fn answering(uri: &str) -> Self {
        if is_web(uri) { Self::default() } else { Self::to(uri) }
    }
}

/// Whether a browser fetches what is at this address, instead of opening an application on the device.
pub(crate) fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// Features that no page of ours uses.
const NO_FEATURES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
                           magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// What every answer has, whatever it is: its type is what it says, and other origins embed none of it.
/// Origins that may read an answer by script do so by CORS, which the latter does not touch.
pub(crate) async fn every(mut response: Response) -> Response {
    fixed(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    fixed(&mut response, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    response
}

/// Makes a response a page: not cached, not framed but by whom `reach` names, no address to other sites, and
/// a policy without inline anything.
///
/// It has no `Cross-Origin-Opener-Policy`: applications open these pages in a popup, and that header would
/// cut their callback off from its opener for good.
pub fn page(response: &mut Response, reach: &Reach) {
    let script = if reach.script { "'self'" } else { "'none'" };
    let form = match &reach.form {
        FormEnds::Here => "form-action 'self'; ".to_owned(),
        FormEnds::AlsoAt(origin) => format!("form-action 'self' {origin}; "),
        FormEnds::Anywhere => String::new(),
    };
    let is_framed = !reach.framed_by.is_empty();
    let ancestors = if is_framed { reach.framed_by.join(" ") } else { "'none'".to_owned() };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src {script}; img-src 'self'; {form}\
         frame-ancestors {ancestors}; base-uri 'none'",
    );
    let referrer = match reach.referrer {
        Referrer::SameOrigin => "same-origin",
        Referrer::Origin => "origin",
        Referrer::Never => "no-referrer",
    };
    no_store(response);
    fixed(response, CONTENT_TYPE, "text/html; charset=utf-8");
    put(response, CONTENT_SECURITY_POLICY, &policy);
    // It knows no list of origins.
    if !is_framed {
        fixed(response, X_FRAME_OPTIONS, "DENY");
    }
    fixed(response, REFERRER_POLICY, referrer);
    fixed(response, HeaderName::from_static("permissions-policy"), NO_FEATURES);
}
