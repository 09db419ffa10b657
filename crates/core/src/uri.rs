//! RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1: redirect URIs, compared as strings.

mod origin;
mod place;
mod spelling;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use origin::origin_fault;
pub use place::{Place, place_of};
pub use spelling::{Fault, fault, fault_at_any_port, page_fault, wildcard};

/// `application_type` (OpenID Connect Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    #[default]
    Web,
    /// Runs on the person's device.
    Native,
}

/// Whether a requested URI, for an answer or after sign-out, is the registered one. Exact text decides (RFC
/// 9700 §2.1); only the port of a loopback URI is free, for clients that run on the device (RFC 8252 §7.3).
pub fn matches_registered(registered: &str, requested: &str, any_port: bool) -> bool {
    if registered == requested {
        return true;
    }
    // A port is all that can be more, so that nobody has long addresses parsed once for each registered one.
    any_port
        && requested.len() <= registered.len() + ":65535".len()
        && loopback_without_port(registered)
            .is_some_and(|registered| loopback_without_port(requested) == Some(registered))
}

/// Whether the port of a registered address is free for a client that runs on the device.
pub fn has_free_port(registered: &str) -> bool {
    loopback_without_port(registered).is_some()
}

/// The text before and after the port of an `http` loopback URI. The requested text must be what a URL parser
/// makes of it, so that no clever spelling of another host passes.
fn loopback_without_port(uri: &str) -> Option<(&'static str, &str)> {
    const HOSTS: &[&str] = &["http://127.0.0.1", "http://[::1]", "http://localhost"];
    let url = Url::parse(uri).ok()?;
    if !is_loopback(&url) || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = HOSTS.iter().find(|host| uri.starts_with(**host))?;
    let rest = uri.strip_prefix(host)?;
    let after = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    (after.is_empty() || after.starts_with(['/', '?'])).then_some((host, after))
}

/// RFC 8252 §8.3, RFC 6761 §6.3: whether the URL names this very machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        // RFC 4291 §2.5.5.2: an IPv4 address that is mapped into IPv6 is what it was.
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// RFC 3986 §2: whether it is made of the characters of URIs and of whole percent-encodings. A URL parser
/// mends others in silence, so that what is compared, what is shown and where a browser goes would be three
/// things.
pub fn has_uri_characters(uri: &str) -> bool {
    const MARKS: &[u8] = b"-._~:/?#[]@!$&'()*+,;=";
    let mut bytes = uri.bytes();
    while let Some(byte) = bytes.next() {
        let mut digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
        if !(byte.is_ascii_alphanumeric() || MARKS.contains(&byte) || byte == b'%' && digit() && digit()) {
            return false;
        }
    }
    true
}

/// RFC 3986 §5.2.4: whether its path has `.` or `..` in it, plain or percent-encoded, alone or with
/// parameters behind `;`. A browser takes these out before it goes there, and some servers do, so that the
/// address that was compared is not the one that is called.
pub fn has_dot_segments(uri: &str) -> bool {
    let path = uri.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let path = path.replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    path.split('/').filter_map(|segment| segment.split(';').next()).any(|name| name == "." || name == "..")
}

/// What answers are made of (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Core §3.2.2.5), and an address must
/// not say beforehand.
pub const ANSWERS: &[&str] =
    &["code", "state", "iss", "error", "error_description", "error_uri", "id_token", "access_token"];

/// RFC 6749 §3.1: a parameter comes once, so the query of an address that answers are added to must have none
/// of their names. Tells which it has.
pub fn says_beforehand(uri: &str, names: &[&'static str]) -> Option<&'static str> {
    let url = Url::parse(uri).ok()?;
    url.query_pairs().find_map(|(name, _)| names.iter().find(|known| **known == name).copied())
}

/// Schemes by which a browser runs something or opens it on the person's device, in place of an application:
/// nobody is sent there.
const NEVER: &[&str] =
    &["javascript", "data", "vbscript", "file", "filesystem", "blob", "about", "view-source", "mailto"];

/// Whether nobody is to be sent to an address, no matter who registered it.
pub fn is_never_for_answers(url: &Url) -> bool {
    NEVER.contains(&url.scheme())
}

/// Why responses must not be sent to an address, in words for the one who registers it, and whether an
/// operator can have it all the same; `implicit`: tokens can be sent there.
pub fn redirect_fault(uri: &str, application: ApplicationType, implicit: bool) -> Option<(Fault, bool)> {
    // Who is answered at one port alone is held to [`fault`] besides.
    if let Some(fault) = fault_at_any_port(uri).or_else(|| wildcard(uri)) {
        return Some((fault, false));
    }
    let native = matches!(application, ApplicationType::Native);
    let of = |what: &str, instead: &str, trusted| {
        Some((Fault { what: what.to_owned(), instead: instead.to_owned() }, trusted))
    };
    if uri.contains('#') {
        return of("must not have a fragment (RFC 6749 section 3.1.2)", "leave out all from # on", false);
    }
    let url = Url::parse(uri).ok()?;
    match url.scheme() {
        "https" | "http" if implicit && !native && is_loopback(&url) => of(
            "is this very machine, which a web application with the implicit grant must not use",
            "register https://YOUR.HOST/PATH, or application_type native with http://127.0.0.1/PATH",
            true,
        ),
        "https" => None,
        "http" if is_loopback(&url) => None,
        "http" if native => of(
            "of a native application must be https, a loopback address or a private scheme",
            "write http://127.0.0.1/PATH or https://HOST/PATH",
            false,
        ),
        "http" => of(
            "sends responses over the network in clear",
            "write https://HOST/PATH; http is for loopback addresses only",
            true,
        ),
        scheme if !scheme.contains('.') => of(
            &format!(
                "has the scheme {scheme}, which any program on a device may claim (RFC 8252 section 7.1)"
            ),
            "register with application_type native http://127.0.0.1/PATH, which takes any port, or a scheme that is a \
             reversed domain name, as in com.example.app:/PATH; or ask the operator for a client of the configuration",
            native,
        ),
        _ if !native => of(
            "has a private scheme, which is for native applications",
            "register it with application_type native, or https://HOST/PATH",
            false,
        ),
        _ => None,
    }
}

/// Whether codes can be sent to an address, and tokens cannot.
pub(crate) fn is_closed_to_tokens(uri: &str, application: ApplicationType) -> bool {
    let fault = |implicit| redirect_fault(uri, application, implicit);
    fault(false).is_none() && fault(true).is_some()
}

/// Appends parameters to the query, keeping a registered one, and a fragment behind it.
pub fn with_query(uri: &str, encoded: &str) -> String {
    let (address, fragment) = uri.split_at(uri.find('#').unwrap_or(uri.len()));
    let separator = match address.find('?') {
        None => "?",
        Some(at) if at + 1 == address.len() => "",
        Some(_) => "&",
    };
    format!("{address}{separator}{encoded}{fragment}")
}

/// Whether the host is written as hosts are (RFC 1123 §2.1, and the underscore that some inner networks
/// have). A URL parser lets through more: `;` and `'` among others, which mean something where a host is
/// repeated, such as a content security policy.
pub fn has_plain_host(url: &Url) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    match url.host() {
        Some(Host::Domain(name)) => name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        }),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        // Private-use schemes have hosts that nobody parsed.
        None => false,
    }
}

/// `scheme://host:port`, for content security policies and CORS; `scheme:` for private schemes. None where
/// the host is no plain one.
pub fn origin_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    match url.origin() {
        url::Origin::Tuple(..) if !has_plain_host(&url) => None,
        origin @ url::Origin::Tuple(..) => Some(origin.ascii_serialization()),
        url::Origin::Opaque(_) => Some(format!("{}:", url.scheme())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApplicationType::{Native, Web};

    #[test]
    fn a_host_cannot_write_into_a_policy() {
        for uri in ["https://x;sandbox/l", "https://x'none'/l", "https://x,y/l", "https://a$b/l"] {
            assert_eq!(origin_of(uri), None, "{uri}");
            assert!(redirect_fault(uri, Web, false).is_some(), "{uri}");
        }
        for (uri, origin) in [
            ("https://x_1.example:8443/l", "https://x_1.example:8443"),
            ("http://[::1]:80/", "http://[::1]"),
            ("com.example.app:/cb;x", "com.example.app:"),
        ] {
            assert_eq!(origin_of(uri).as_deref(), Some(origin));
        }
    }

    #[test]
    fn only_what_rfc_3986_knows_is_a_uri_character() {
        for good in
            ["https://rp.example/cb?a=1&b=%C3%bc;c#f", "com.example.app:/a~b", "http://[::1]:80/(x)*+,'!$@"]
        {
            assert!(has_uri_characters(good), "{good}");
        }
        for bad in [
            "\"", "<", ">", " ", "\\", "^", "`", "{", "|", "}", "\t", "\u{7f}", "\u{fc}", "%", "%2", "%zz",
            "%2g",
        ] {
            assert!(!has_uri_characters(&format!("https://rp.example/{bad}")), "{bad}");
        }
    }

    #[test]
    fn an_address_does_not_say_what_answers_say() {
        let says = |query: &str| says_beforehand(&format!("https://rp.example/cb?{query}"), ANSWERS);
        for (query, found) in [
            ("code=x", Some("code")),
            ("a=1&state", Some("state")),
            ("c%6Fde=x", Some("code")),
            ("iss=", Some("iss")),
            ("dummy1=lorem&dummy2=ipsum", None),
            ("Code=x&code[]=x&x=code&zip_code=1", None),
            ("", None),
        ] {
            assert_eq!(says(query), found, "{query}");
        }
        assert_eq!(says_beforehand("com.example.app:/cb?code=x", ANSWERS), Some("code"));
        assert_eq!(says_beforehand("https://rp.example/code=x", ANSWERS), None);
    }

    #[test]
    fn this_machine_is_known_by_every_name() {
        let loopback = |host: &str| is_loopback(&Url::parse(&format!("https://{host}/cb")).unwrap());
        for host in
            ["127.0.0.1", "127.9.8.7", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "a.localhost"]
        {
            assert!(loopback(host), "{host}");
            let uri = format!("https://{host}/cb");
            assert!(redirect_fault(&uri, Web, true).is_some(), "{host}");
        }
        for host in ["128.0.0.1", "[::2]", "[::ffff:8000:1]", "localhost.example"] {
            assert!(!loopback(host), "{host}");
        }
    }

    #[test]
    fn comparison_is_exact() {
        assert!(matches_registered("https://rp.example/cb", "https://rp.example/cb", false));
        for other in [
            "https://rp.example/cb/",
            "https://rp.example/CB",
            "https://rp.example/cb?x=1",
            "https://rp.example:443/cb",
        ] {
            assert!(!matches_registered("https://rp.example/cb", other, false), "{other}");
        }
    }

    #[test]
    fn a_native_loopback_uri_may_name_any_port() {
        let registered = "http://127.0.0.1/cb?x=1";
        assert!(matches_registered(registered, "http://127.0.0.1:49152/cb?x=1", true));
        assert!(!matches_registered(registered, "http://127.0.0.1:49152/cb?x=1", false));
        assert!(matches_registered("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", true));
        for other in [
            "http://127.0.0.1:49152/cb",
            "http://[::1]:49152/cb?x=1",
            "https://127.0.0.1:49152/cb?x=1",
            "http://127.0.0.1:80@evil.example/cb?x=1",
            "http://127.0.0.1.evil.example/cb?x=1",
            "http://127.0.0.1:1:2/cb?x=1",
            "http://127.0.0.1:49152\\@evil.example/cb?x=1",
        ] {
            assert!(!matches_registered(registered, other, true), "{other}");
        }
    }

    #[test]
    fn what_can_be_registered() {
        assert_eq!(redirect_fault("https://rp.example/cb", Web, false), None);
        assert_eq!(redirect_fault("com.example.app:/cb", Native, false), None);
        assert_eq!(redirect_fault("https://rp.example/.well-known/cb?next=../x", Web, false), None);
        for (bad, kind) in [
            ("/cb", Web),
            ("https://rp.example/../cb", Web),
            ("https://rp.example/a/.", Web),
            ("https://rp.example/a/%2E%2e/cb?x", Web),
            ("com.example.app:/./cb", Native),
            ("https://rp.example/cb#x", Web),
            ("javascript:alert(1)", Native),
            ("view-source:https://a.example/", Native),
            ("filesystem:https://a.example/temporary/x", Native),
            ("com.example.app:/cb", Web),
            ("myapp:/cb", Native),
            ("http://rp.example/cb", Native),
            ("https://user:pass@rp.example/", Web),
            ("https://rp.example/*", Web),
            ("com.example.app:/*", Native),
        ] {
            assert!(redirect_fault(bad, kind, false).is_some(), "{bad}");
        }
    }

    #[test]
    fn parameters_are_appended_to_a_registered_query() {
        assert_eq!(with_query("https://rp/cb", "a=1"), "https://rp/cb?a=1");
        assert_eq!(with_query("https://rp/cb?x=2", "a=1"), "https://rp/cb?x=2&a=1");
        assert_eq!(with_query("https://rp/cb?", "a=1"), "https://rp/cb?a=1");
        assert_eq!(with_query("https://rp/#/login?y", "a=1"), "https://rp/?a=1#/login?y");
    }
}
