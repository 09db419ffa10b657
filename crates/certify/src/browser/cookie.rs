//! RFC 6265 §5 with RFC 6265bis prefixes and SameSite: a strict cookie jar.
//!
//! Two simplifications, both on the strict side or without effect on one provider: a site is the scheme and
//! the last two labels of the host (no public suffix list), and only https counts as secure, not loopback.

use http::Method;
use url::{Host, Url};

use super::date;

/// RFC 6265bis §5.5: no cookie lasts longer than 400 days.
const LONGEST: u64 = 400 * 24 * 3600;

/// When a cookie travels with requests that another site started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Never.
    Strict,
    /// Only when a person follows a link: top-level navigation by a safe method. Also the default.
    Lax,
    /// Always; needs `Secure`.
    None,
}

/// One stored cookie with its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The cookie's name, prefix included.
    pub name: String,
    /// The cookie's value.
    pub value: String,
    /// The host or domain it belongs to.
    pub domain: String,
    /// Whether only exactly that host gets it.
    pub host_only: bool,
    /// The path below which it is sent.
    pub path: String,
    /// Whether only https gets it.
    pub secure: bool,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// What the server said about other sites, if anything.
    pub same_site: Option<SameSite>,
    /// Seconds since 1970; `None` lasts as long as the browser is open.
    pub expires: Option<u64>,
    created: u64,
}

/// How a request came about, which decides the cookies it may carry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) url: &'a Url,
    pub(super) method: &'a Method,
    /// The page or link that started the navigation; `None` when a person typed the address.
    pub(super) initiator: Option<&'a Url>,
    pub(super) now: u64,
}

/// The cookies of one browser.
#[derive(Debug, Default)]
pub(super) struct Jar {
    cookies: Vec<Cookie>,
    created: u64,
}

impl Jar {
    /// RFC 6265 §5.3: stores what `Set-Cookie` says, or tells why a browser would not.
    pub(super) fn store(&mut self, header: &str, url: &Url, now: u64) -> Result<Cookie, String> {
        self.created += 1;
        let cookie = parse(header, url, now, self.created)?;
        let same = |other: &Cookie| {
            (&other.name, &other.domain, &other.path, other.host_only)
                == (&cookie.name, &cookie.domain, &cookie.path, cookie.host_only)
        };
        let mut stored = cookie.clone();
        if let Some(old) = self.cookies.iter().find(|other| same(other)) {
            stored.created = old.created;
        }
        self.cookies.retain(|other| !same(other));
        if stored.expires.is_none_or(|expires| expires > now) {
            self.cookies.push(stored);
        }
        Ok(cookie)
    }

    /// RFC 6265 §5.4: the `Cookie` header of a navigation, longest path first.
    pub(super) fn header(&self, context: Context<'_>) -> Option<String> {
        let mut sent: Vec<&Cookie> = self.cookies.iter().filter(|cookie| travels(cookie, context)).collect();
        sent.sort_by_key(|cookie| (usize::MAX - cookie.path.len(), cookie.created));
        let pairs: Vec<String> =
            sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Every cookie that has not expired.
    pub(super) fn live(&self, now: u64) -> impl Iterator<Item = &Cookie> {
        self.cookies.iter().filter(move |cookie| cookie.expires.is_none_or(|expires| expires > now))
    }

    /// Closes the browser: session cookies go, lasting ones stay.
    pub(super) fn close(&mut self) {
        self.cookies.retain(|cookie| cookie.expires.is_some());
    }

    /// Forgets one cookie by name.
    pub(super) fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    /// Keeps a cookie that no server set, as an attacker or a restored profile would.
    pub(super) fn plant(&mut self, mut cookie: Cookie) {
        self.created += 1;
        cookie.created = self.created;
        self.cookies.retain(|other| {
            (&other.name, &other.domain, &other.path) != (&cookie.name, &cookie.domain, &cookie.path)
        });
        self.cookies.push(cookie);
    }
}

/// The same site: scheme and registrable domain; ports do not matter.
pub(super) fn same_site(one: &Url, other: &Url) -> bool {
    fn site(url: &Url) -> (&str, Option<String>) {
        let host = match url.host() {
            Some(Host::Domain(name)) => {
                let labels: Vec<&str> = name.rsplitn(3, '.').take(2).collect();
                Some(labels.join("."))
            }
            other => other.map(|host| host.to_string()),
        };
        (url.scheme(), host)
    }
    site(one) == site(other)
}

fn travels(cookie: &Cookie, context: Context<'_>) -> bool {
    let Context { url, method, initiator, now } = context;
    let host = url.host_str().unwrap_or_default();
    let domain = if cookie.host_only { host == cookie.domain } else { domain_match(host, &cookie.domain) };
    let foreign = initiator.is_some_and(|initiator| !same_site(initiator, url));
    let site = match cookie.same_site.unwrap_or(SameSite::Lax) {
        _ if !foreign => true,
        SameSite::None => true,
        SameSite::Lax => method.is_safe(),
        SameSite::Strict => false,
    };
    domain
        && site
        && path_match(url.path(), &cookie.path)
        && (!cookie.secure || url.scheme() == "https")
        && cookie.expires.is_none_or(|expires| expires > now)
}

fn parse(header: &str, url: &Url, now: u64, created: u64) -> Result<Cookie, String> {
    let mut parts = header.split(';').map(str::trim);
    let (name, value) =
        parts.next().and_then(|pair| pair.split_once('=')).ok_or("there is no name=value pair")?;
    let (name, value) = (name.trim(), value.trim());
    let host = url.host_str().unwrap_or_default();
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: host.to_owned(),
        host_only: true,
        path: default_path(url.path()).to_owned(),
        secure: false,
        http_only: false,
        same_site: None,
        expires: None,
        created,
    };
    let (mut max_age, mut plain_path) = (None, false);
    for attribute in parts {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "path" if value.starts_with('/') => {
                cookie.path = value.to_owned();
                plain_path = value == "/";
            }
            "domain" if !value.is_empty() => {
                cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                cookie.host_only = false;
            }
            "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
            "expires" => cookie.expires = date::parse(value).or(cookie.expires),
            "samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => Some(SameSite::Strict),
                    "lax" => Some(SameSite::Lax),
                    "none" => Some(SameSite::None),
                    _ => None,
                }
            }
            _ => {}
        }
    }
    if let Some(seconds) = max_age {
        cookie.expires = Some(
            u64::try_from(seconds)
                .map_or(0, |seconds| if seconds == 0 { 0 } else { now + seconds.min(LONGEST) }),
        );
    }
    accept(&cookie, url, plain_path).map(|()| cookie)
}

/// The reasons for which a browser drops a cookie.
fn accept(cookie: &Cookie, url: &Url, plain_path: bool) -> Result<(), String> {
    let https = url.scheme() == "https";
    let host = url.host_str().unwrap_or_default();
    let lower = cookie.name.to_ascii_lowercase();
    let refuse = |why: &str| Err(why.to_owned());
    if cookie.name.is_empty() {
        return refuse("it has no name");
    }
    if cookie.name.len() + cookie.value.len() > 4096 {
        return refuse("name and value are longer than 4096 bytes");
    }
    if cookie.name.chars().chain(cookie.value.chars()).any(char::is_control) {
        return refuse("it contains a control character");
    }
    if !cookie.host_only {
        if !domain_match(host, &cookie.domain) {
            return refuse("Domain is not a parent of the host");
        }
        if cookie.domain != host && !cookie.domain.contains('.') {
            return refuse("Domain is a public suffix");
        }
    }
    if cookie.secure && !https {
        return refuse("Secure was set over an insecure connection");
    }
    if cookie.same_site == Some(SameSite::None) && !cookie.secure {
        return refuse("SameSite=None needs Secure");
    }
    if lower.starts_with("__secure-") && !cookie.secure {
        return refuse("the prefix __Secure- needs Secure");
    }
    if lower.starts_with("__host-") && !(cookie.secure && cookie.host_only && plain_path) {
        return refuse("the prefix __Host- needs Secure, Path=/ and no Domain");
    }
    Ok(())
}

/// RFC 6265 §5.1.3.
fn domain_match(host: &str, domain: &str) -> bool {
    let below = || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    host == domain || (below() && Host::parse(host).is_ok_and(|host| matches!(host, Host::Domain(_))))
}

/// RFC 6265 §5.1.4.
fn path_match(path: &str, cookie: &str) -> bool {
    match path.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

fn default_path(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn jar(cookies: &[&str]) -> Jar {
        let mut jar = Jar::default();
        for cookie in cookies {
            jar.store(cookie, &url("https://op.example.org/a/login"), NOW).unwrap();
        }
        jar
    }

    fn sent(jar: &Jar, to: &str) -> String {
        sent_by(jar, to, &Method::GET, None, NOW)
    }

    fn sent_by(jar: &Jar, to: &str, method: &Method, initiator: Option<&str>, now: u64) -> String {
        let (to, initiator) = (url(to), initiator.map(url));
        jar.header(Context { url: &to, method, initiator: initiator.as_ref(), now }).unwrap_or_default()
    }

    #[test]
    fn host_domain_and_path_decide_where_a_cookie_goes() {
        let jar =
            jar(&["host=1; Path=/", "wide=2; Domain=.example.org; Path=/", "deep=3; Path=/a/b", "near=4"]);
        assert_eq!(sent(&jar, "https://op.example.org/"), "host=1; wide=2");
        assert_eq!(sent(&jar, "https://op.example.org/a/b/c"), "deep=3; near=4; host=1; wide=2");
        assert_eq!(sent(&jar, "https://op.example.org/a/bc"), "near=4; host=1; wide=2");
        assert_eq!(sent(&jar, "https://other.example.org/"), "wide=2");
        assert_eq!(sent(&jar, "https://sub.op.example.org/"), "wide=2");
        assert_eq!(sent(&jar, "https://badexample.org/"), "");
    }

    #[test]
    fn secure_cookies_stay_on_https() {
        let jar = jar(&["s=1; Secure; Path=/", "p=2; Path=/"]);
        assert_eq!(sent(&jar, "http://op.example.org/"), "p=2");
    }

    #[test]
    fn max_age_wins_over_expires_and_zero_deletes() {
        let mut jar = jar(&["a=1; Path=/; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2; Path=/"]);
        let to = "https://op.example.org/";
        assert_eq!(sent_by(&jar, to, &Method::GET, None, NOW + 9), "a=1; b=2");
        assert_eq!(sent_by(&jar, to, &Method::GET, None, NOW + 10), "b=2");
        jar.store("b=; Path=/; Max-Age=0", &url(to), NOW).unwrap();
        assert_eq!(sent(&jar, to), "a=1");
        jar.store("a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", &url(to), NOW).unwrap();
        assert_eq!(sent(&jar, to), "");
        jar.store("c=3; Path=/; Expires=Fri, 31 Dec 2100 23:59:59 GMT", &url(to), NOW).unwrap();
        jar.store("d=4; Path=/", &url(to), NOW).unwrap();
        jar.close();
        assert_eq!(sent(&jar, to), "c=3");
    }

    #[test]
    fn a_new_value_replaces_the_old_one_in_its_place() {
        let jar = jar(&["a=1; Path=/", "b=2; Path=/", "a=3; Path=/"]);
        assert_eq!(sent(&jar, "https://op.example.org/"), "a=3; b=2");
    }

    #[test]
    fn other_sites_get_what_same_site_allows() {
        let jar = jar(&[
            "strict=1; Path=/; SameSite=Strict",
            "lax=2; Path=/; SameSite=lax",
            "unsaid=3; Path=/",
            "none=4; Path=/; SameSite=None; Secure",
        ]);
        let to = "https://op.example.org/x";
        let all = "strict=1; lax=2; unsaid=3; none=4";
        assert_eq!(sent_by(&jar, to, &Method::POST, None, NOW), all);
        assert_eq!(sent_by(&jar, to, &Method::POST, Some("https://rp.example.org:8/"), NOW), all);
        assert_eq!(sent_by(&jar, to, &Method::GET, Some("https://rp.test/"), NOW), "lax=2; unsaid=3; none=4");
        assert_eq!(sent_by(&jar, to, &Method::POST, Some("https://rp.test/"), NOW), "none=4");
        assert_eq!(sent_by(&jar, to, &Method::POST, Some("http://op.example.org/"), NOW), "none=4");
        assert!(!same_site(&url("http://127.0.0.1:1/"), &url("http://127.0.0.2:1/")));
        assert!(same_site(&url("http://localhost:1/"), &url("http://localhost:2/")));
    }

    #[test]
    fn breaking_cookies_are_refused_with_the_reason() {
        let refused = |cookie: &str, from: &str| Jar::default().store(cookie, &url(from), NOW).unwrap_err();
        let (https, http) = ("https://op.example.org/", "http://op.example.org/");
        for cookie in [
            "__Host-s=1; Path=/",
            "__Host-s=1; Secure; Path=/x",
            "__Host-s=1; Secure; Path=/; Domain=op.example.org",
            "__Host-s=1; Secure",
            "__HOST-s=1; Path=/",
        ] {
            assert!(refused(cookie, https).contains("__Host-"), "{cookie}");
        }
        assert!(refused("__Secure-s=1", https).contains("__Secure-"));
        assert!(refused("s=1; Secure", http).contains("insecure"));
        assert!(refused("s=1; SameSite=None", https).contains("SameSite=None"));
        assert!(refused("s=1; Domain=other.org", https).contains("parent"));
        assert!(refused("s=1; Domain=org", https).contains("public suffix"));
        assert!(refused("s", https).contains("name=value"));
        assert!(refused("=1", https).contains("no name"));
        assert!(refused(&format!("s={}", "x".repeat(4096)), https).contains("4096"));
        assert!(Jar::default().store("__Host-s=1; Secure; Path=/; HttpOnly", &url(https), NOW).is_ok());
    }
}
