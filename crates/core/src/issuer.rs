//! OpenID Connect Discovery §3, §4.3, RFC 8414 §2, RFC 3986 §6.2: the issuer, in the spelling that URL
//! parsers produce.
//!
//! Everybody compares the issuer to the letter, with discovery, with `iss`, with what they configured.
//! Applications that parse it lose capitals, default ports and more on the way, and then find another issuer;
//! so each issuer has one spelling here.

use url::Url;

use crate::uri;
pub use crate::uri::Fault;

/// What is wrong with an issuer, if anything; http is for loopback and for `http_hosts` alone.
pub fn fault(text: &str, http_hosts: &[String]) -> Option<Fault> {
    let fault =
        |what: &str, instead: &str| Some(Fault { what: what.to_owned(), instead: instead.to_owned() });
    let Ok(url) = Url::parse(text) else {
        return Some(Fault {
            what: format!("{text:?} is not an absolute address"),
            instead: "write https://YOUR.HOST".to_owned(),
        });
    };
    if url.query().is_some() || url.fragment().is_some() {
        return fault("an issuer has neither query nor fragment", "leave out all from `?` or `#` on");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return fault("an issuer holds no user or password", "leave out all before `@`");
    }
    let host = url.host_str().unwrap_or_default();
    let plain_http = || uri::is_loopback(&url) || http_hosts.iter().any(|known| known == host);
    if url.scheme() != "https" && !(url.scheme() == "http" && plain_http()) {
        let what = "an issuer must be https; http is for this machine alone (127.0.0.1, [::1], localhost)";
        return fault(what, "write https://…, and set `tls` or put a proxy with TLS before Signet");
    }
    if url.port() == Some(0) {
        return fault("nobody can connect to the port 0", "leave it out, or name another");
    }
    let trailing_dot = host.len() > 1 && host.ends_with('.') && !host.ends_with("..");
    if !uri::has_plain_host(&url) && !trailing_dot {
        return fault(
            "an issuer names a host of letters, digits, dots and dashes",
            "write https://YOUR.HOST",
        );
    }
    match usual(&url) {
        // Discovery §4.1 allows one slash at the end, and providers that are replaced have it.
        Some(usual) if usual == text.strip_suffix('/').unwrap_or(text) => None,
        Some(usual) => Some(Fault {
            what:
                "an issuer is compared to the letter, and applications that parse this one write it otherwise"
                    .to_owned(),
            instead: format!("write {usual:?}"),
        }),
        None => fault(
            "the path of an issuer has characters that not everybody writes alike",
            "write letters, digits and - . _ ~ between its slashes",
        ),
    }
}

/// The path of an issuer, without a slash at its end: `https://example.org/tenant` has `/tenant`.
pub fn path(issuer: &str) -> String {
    let path = Url::parse(issuer).map(|url| url.path().to_owned()).unwrap_or_default();
    path.trim_end_matches('/').to_owned()
}

/// The one spelling: lower case, punycode, no default port, no dot at the host's end, nothing in the path
/// that needs encoding.
fn usual(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.');
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut path = String::new();
    for segment in url.path_segments()?.filter(|segment| !segment.is_empty()) {
        path.push('/');
        path.push_str(&plain(segment)?);
    }
    Some(format!("{}://{host}{port}{path}", url.scheme()))
}

/// RFC 3986 §2.3: unreserved characters only, decoded.
fn plain(segment: &str) -> Option<String> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut plain = String::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(digit()? * 16 + digit()?).ok()?
        } else {
            byte
        };
        plain.push(Some(byte).filter(|byte| unreserved(*byte)).map(char::from)?);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_as_urls_are_written_are_good() {
        for good in [
            "https://login.example.org",
            "https://login.example.org:8443",
            "https://example.org/realms/a",
            "https://xn--mller-kva.example",
            "https://[2001:db8::1]",
            "https://192.0.2.1/op_1~x",
            "http://localhost:8080",
            "http://127.0.0.1:9400",
            "http://[::1]:9400/op",
            "http://op.localhost",
            "https://example.org/",
            "https://example.org/op/",
        ] {
            assert_eq!(fault(good, &[]), None, "{good}");
        }
    }

    #[test]
    fn another_spelling_is_refused_with_the_right_one() {
        for (written, right) in [
            ("HTTPS://login.example.org", "https://login.example.org"),
            ("https://Login.Example.org", "https://login.example.org"),
            ("https://login.example.org:443", "https://login.example.org"),
            ("http://localhost:80", "http://localhost"),
            ("https://müller.example", "https://xn--mller-kva.example"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
            ("https://[2001:db8:0::1]", "https://[2001:db8::1]"),
            ("https://0x7f.1", "https://127.0.0.1"),
            ("https://example.org.", "https://example.org"),
            ("https://Example.org//", "https://example.org"),
            ("https://example.org/op//", "https://example.org/op"),
            ("https://example.org/a//b", "https://example.org/a/b"),
            ("https://example.org/a/./b", "https://example.org/a/b"),
            ("https://example.org/a/../b", "https://example.org/b"),
            ("https://example.org/%7Ea", "https://example.org/~a"),
            ("https:example.org", "https://example.org"),
            ("https:\\\\example.org\\a", "https://example.org/a"),
            (" https://example.org", "https://example.org"),
            ("https://example.org\t", "https://example.org"),
        ] {
            let fault = fault(written, &[]).unwrap_or_else(|| panic!("{written}"));
            assert_eq!(fault.instead, format!("write {right:?}"), "{written}");
        }
    }

    #[test]
    fn what_has_no_one_spelling_is_refused() {
        for bad in [
            "",
            "example.org",
            "https://",
            "ftp://example.org",
            "http://example.org",
            "https://example.org?a",
            "https://example.org?",
            "https://example.org/#",
            "https://a@example.org",
            "https://a:b@example.org",
            "https://example.org/a b",
            "https://example.org/a%2Fb",
            "https://example.org/%zz",
            "https://example.org/é",
            "https://a'b.example",
        ] {
            assert!(fault(bad, &[]).is_some(), "{bad}");
        }
    }

    #[test]
    fn http_is_for_hosts_that_are_named() {
        let named = ["signet".to_owned()];
        assert_eq!(fault("http://signet:9400", &named), None);
        assert!(fault("http://signet:9400", &[]).is_some());
        assert!(fault("http://signet.example:9400", &named).is_some());
        assert!(fault("HTTP://signet:9400", &named).is_some());
    }
}
