//! Fetch Standard §4: one step of a navigation and the headers by which a browser tells how it came about.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use url::{Host, Url};

use super::cookie::same_site;
use super::{Landed, encode};
use crate::Error;
use crate::csp::FormAction;

/// A page or address on its way.
#[derive(Clone, Debug)]
pub(super) struct Navigation {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) fields: Vec<(String, String)>,
    /// The page whose link or form started it.
    pub(super) initiator: Option<Url>,
    /// That page's referrer policy.
    policy: String,
    /// Where that page lets its forms lead, redirects included.
    pub(super) form_action: FormAction,
    /// The least trusting answer so far to "who asks?".
    site: Asker,
}

/// Fetch Metadata §2.4: who caused a request, from most to least trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asker {
    None,
    Origin,
    Site,
    Foreign,
}

impl Navigation {
    pub(super) fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            fields: Vec::new(),
            initiator: None,
            policy: String::new(),
            form_action: FormAction::default(),
            site: Asker::None,
        }
    }

    pub(super) fn post(url: Url, fields: Vec<(String, String)>) -> Self {
        Self { method: Method::POST, fields, ..Self::get(url) }
    }

    /// Says that a link or form on this page starts the navigation.
    pub(super) fn from(mut self, page: Url) -> Self {
        self.site = self.site.max(relation(&page, &self.url));
        self.initiator = Some(page);
        self
    }

    /// The `Referrer-Policy` of the page that starts the navigation.
    pub(super) fn under(mut self, policy: &str) -> Self {
        let last = policy.rsplit(',').next().unwrap_or_default();
        self.policy = last.trim().to_ascii_lowercase();
        self
    }

    /// Where the page whose form starts the navigation lets it lead.
    pub(super) fn within(mut self, allowed: FormAction) -> Self {
        self.form_action = allowed;
        self
    }

    /// RFC 9110 §15.4: 303 always, 301 and 302 after POST, continue as GET; 307 and 308 repeat the request.
    pub(super) fn redirected(mut self, location: Url, status: StatusCode) -> Self {
        let repeats = matches!(status.as_u16(), 307 | 308);
        if !repeats {
            self.method = Method::GET;
            self.fields.clear();
        }
        if self.initiator.is_some() {
            self.site = self.site.max(relation(&self.url, &location));
        }
        self.url = location;
        self
    }

    /// A page that moves on by itself: a new navigation, by GET, that no form's policy has a say in.
    pub(super) fn refreshed(self, target: Url, page: &Response<Bytes>) -> Self {
        let policy = page.headers().get(header::REFERRER_POLICY).and_then(|value| value.to_str().ok());
        Self::get(target).from(self.url).under(policy.unwrap_or_default())
    }

    /// What is left to say when the target is another origin's.
    pub(super) fn left(self) -> Landed {
        if self.method == Method::POST {
            Landed::Posted(self.url, self.fields)
        } else {
            Landed::Callback(self.url)
        }
    }

    pub(super) fn request(&self) -> Result<Request<Bytes>, Error> {
        let mut target = self.url.clone();
        target.set_fragment(None);
        let authority = target.host_str().map(|host| match target.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let mut request = Request::builder()
            .method(&self.method)
            .uri(target.as_str())
            .header(header::HOST, authority.unwrap_or_default())
            .header(header::ACCEPT, "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
        if trustworthy(&self.url) {
            let site = match self.site {
                Asker::None => "none",
                Asker::Origin => "same-origin",
                Asker::Site => "same-site",
                Asker::Foreign => "cross-site",
            };
            request = request
                .header("sec-fetch-site", site)
                .header("sec-fetch-mode", "navigate")
                .header("sec-fetch-dest", "document")
                .header("sec-fetch-user", "?1");
        }
        if let Some(referrer) = self.referrer() {
            request = request.header(header::REFERER, referrer);
        }
        if self.method != Method::POST {
            return Ok(request.body(Bytes::new())?);
        }
        if let Some(origin) = self.origin() {
            request = request.header(header::ORIGIN, origin);
        }
        Ok(request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encode(&self.fields).into())?)
    }

    /// Fetch §3.1, Origin header: a page that hides its address also hides its origin, even from itself.
    fn origin(&self) -> Option<String> {
        let page = self.initiator.as_ref()?;
        let hidden = match self.policy.as_str() {
            "no-referrer" => true,
            "same-origin" => page.origin() != self.url.origin(),
            "origin" | "origin-when-cross-origin" | "unsafe-url" => false,
            _ => downgrade(page, &self.url),
        };
        Some(if hidden { "null".to_owned() } else { page.origin().ascii_serialization() })
    }

    /// Referrer Policy §8.3.
    fn referrer(&self) -> Option<String> {
        let page = self.initiator.as_ref()?;
        let same = page.origin() == self.url.origin();
        let origin = || Some(format!("{}/", page.origin().ascii_serialization()));
        let full = || {
            let mut page = page.clone();
            page.set_fragment(None);
            Some(page.to_string())
        };
        let downgrade = downgrade(page, &self.url);
        match self.policy.as_str() {
            "no-referrer" => None,
            "same-origin" if same => full(),
            "same-origin" => None,
            "origin" => origin(),
            "strict-origin" if downgrade => None,
            "strict-origin" => origin(),
            "origin-when-cross-origin" if same => full(),
            "origin-when-cross-origin" => origin(),
            "unsafe-url" => full(),
            "no-referrer-when-downgrade" if downgrade => None,
            "no-referrer-when-downgrade" => full(),
            _ if same => full(),
            _ if downgrade => None,
            _ => origin(),
        }
    }
}

fn relation(from: &Url, to: &Url) -> Asker {
    if from.origin() == to.origin() {
        Asker::Origin
    } else if same_site(from, to) {
        Asker::Site
    } else {
        Asker::Foreign
    }
}

fn downgrade(from: &Url, to: &Url) -> bool {
    from.scheme() == "https" && !trustworthy(to)
}

/// Secure Contexts §3.1: https, or this very machine.
fn trustworthy(url: &Url) -> bool {
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    local || url.scheme() == "https"
}
