//! RFC 3986 §3, §6.2: how URLs are spelled, so that the one compared, the one shown and the one that a
//! browser opens are the same.

use url::Url;

use super::{has_dot_segments, has_plain_host, has_uri_characters, is_loopback, is_never_for_answers};

/// What is wrong with an address. In ASCII, as it is sent to clients too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

impl Fault {
    fn new(what: impl Into<String>, instead: impl Into<String>) -> Option<Self> {
        Some(Self { what: what.into(), instead: instead.into() })
    }
}

/// What is wrong with an address to which people or answers may be sent, no matter who wrote it down: an
/// operator, a client that registers, or a metadata document.
pub fn fault(uri: &str) -> Option<Fault> {
    spelled(uri, false)
}

/// The same of a client that is answered at any port of this machine: to a program that listens there, the
/// usual port is one like all others (RFC 8252 §7.3).
pub fn fault_at_any_port(uri: &str) -> Option<Fault> {
    spelled(uri, true)
}

fn spelled(uri: &str, any_port: bool) -> Option<Fault> {
    if !has_uri_characters(uri) {
        let is_good = |right: &String| has_uri_characters(right) && spelled(right, any_port).is_none();
        let instead = in_ascii(uri).filter(is_good);
        return Fault::new(
            "holds a character that no URI has (RFC 3986 section 2)",
            instead.map_or_else(|| "percent-encode it".to_owned(), |right| format!("write {right}")),
        );
    }
    if let Some(hidden) = hidden(uri) {
        let what =
            format!("holds {hidden}, which programs on its way may read as the end of a line or a path");
        return Fault::new(what, "leave it out");
    }
    let Ok(url) = Url::parse(uri) else {
        return Fault::new(
            "is not an absolute address",
            "write it with its scheme, such as https://HOST/PATH",
        );
    };
    if is_never_for_answers(&url) {
        return Fault::new(
            "has a scheme that a browser would run or open locally",
            "write https://HOST/PATH",
        );
    }
    if !uri.starts_with(url.scheme()) {
        let rest = uri.get(url.scheme().len()..).unwrap_or_default();
        let instead = format!("write {}{rest}", url.scheme());
        return Fault::new("has capitals in its scheme, which programs write in small letters", instead);
    }
    if has_dot_segments(uri) {
        return Fault::new(
            "has . or .. in its path, which browsers take out",
            "write the address that it leads to",
        );
    }
    let after = uri.get(url.scheme().len() + 1..).unwrap_or_default();
    let authority =
        after.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Fault::new("must not hold a user name or password", "leave out all before the @");
    }
    match authority {
        _ if !matches!(url.scheme(), "http" | "https") => None,
        // A URL parser finds a host behind any number of slashes; nobody else does.
        None | Some("") => Fault::new("has no // and host after its scheme", "write https://HOST/PATH"),
        Some(authority) => web(&url, authority, after, any_port),
    }
}

/// RFC 3987 §3.1, RFC 5890 §2.3.2.1: a web address with letters of other alphabets, as programs send it: the
/// host by its A-labels, all else percent-encoded.
fn in_ascii(uri: &str) -> Option<String> {
    let (scheme, after) = uri.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end)?;
    let ascii: String = authority.chars().filter(char::is_ascii).collect();
    if authority.contains('@') || !has_uri_characters(&ascii) {
        return None;
    }
    let url = Url::parse(&format!("{scheme}://{authority}/")).ok()?;
    let rest = rest.bytes().fold(String::new(), |rest, byte| match byte.is_ascii() {
        true => rest + char::from(byte).encode_utf8(&mut [0; 4]),
        false => rest + &format!("%{byte:02X}"),
    });
    Some(format!("{}{rest}", url.origin().ascii_serialization()))
}

/// What is wrong with the address of a page or a picture that people are shown.
pub fn page_fault(uri: &str) -> Option<Fault> {
    if let Some(fault) = fault(uri) {
        return Some(fault);
    }
    match Url::parse(uri) {
        Ok(url) if url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url) => None,
        Ok(url) if url.scheme() == "http" => {
            Fault::new("is reached over the network in clear", "write https://HOST/PATH")
        }
        _ => Fault::new("is not a web address", "write https://HOST/PATH"),
    }
}

/// RFC 9700 §2.1: what is registered for comparing is compared to the letter, so that a `*` there matches
/// itself alone, which nobody means who writes one. Percent-encoded it is meant.
pub fn wildcard(uri: &str) -> Option<Fault> {
    if !uri.contains('*') {
        return None;
    }
    Fault::new(
        "has a *, and there are no wildcards in OpenID Connect: addresses are compared to the letter",
        "write each address out, or %2A for the character itself",
    )
}

fn web(url: &Url, authority: &str, after: &str, any_port: bool) -> Option<Fault> {
    if url.host_str().is_some_and(|host| host.contains('*')) {
        return Fault::new("has a * in its host, which no host has", "write each address out");
    }
    if url.port() == Some(0) {
        return Fault::new("names the port 0, which nobody can connect to", "leave it out, or name another");
    }
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_end_matches('.');
    if !bare.is_empty() && host.ends_with('.') && !bare.ends_with('.') {
        let rest = after.get(2 + authority.len()..).unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        return Fault::new(
            "has a dot at the end of its host",
            format!("write {}://{bare}{port}{rest}", url.scheme()),
        );
    }
    if !has_plain_host(url) {
        return Fault::new(
            "names a host with characters that no host has, or in places where no host has them",
            "write the host in letters, digits, dots and inner dashes",
        );
    }
    let usual = url.origin().ascii_serialization();
    let usual = usual.split_once("//").map(|(_, usual)| usual).unwrap_or_default();
    let free = any_port && url.scheme() == "http" && is_loopback(url);
    if authority == usual || free && authority.strip_suffix(":80") == Some(usual) {
        return None;
    }
    let rest = after.get(2 + authority.len()..).unwrap_or_default();
    Fault::new(
        "is compared to the letter, and programs that parse it write it otherwise",
        format!("write {}://{usual}{rest}", url.scheme()),
    )
}

/// A percent-encoded control character or backslash, as it is written.
fn hidden(uri: &str) -> Option<&str> {
    let starts = uri.match_indices('%').map(|(at, _)| at);
    starts.filter_map(|at| uri.get(at..at + 3)).find(|code| {
        let byte = code.get(1..).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte.is_ascii_control() || byte == b'\\')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_urls_are_written_are_good() {
        for good in [
            "https://app.example.org",
            "https://app.example.org/",
            "https://app.example.org:8443/cb?x=%20#y",
            "https://app.example.org/a@b;c/..x/.well-known/%C3%BC",
            "https://inner_host/cb",
            "https://192.0.2.1/cb",
            "https://[2001:db8::1]:8443/cb",
            "http://localhost:8080/cb",
            "com.example.app:/cb",
            "com.example.app://Callback/x",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    /// RFC 9700 §4.1.3: an address is compared to the letter, and half of the programs leave this port out.
    #[test]
    fn the_usual_port_is_written_where_any_port_is_taken() {
        for (written, right) in [
            ("http://127.0.0.1:80/cb", "http://127.0.0.1/cb"),
            ("http://[::1]:80/cb?x", "http://[::1]/cb?x"),
            ("http://app.localhost:80", "http://app.localhost"),
        ] {
            assert_eq!(fault(written).unwrap().instead, format!("write {right}"), "{written}");
            assert_eq!(fault_at_any_port(written), None, "{written}");
            assert_eq!(fault(right), None, "{right}");
        }
        for written in ["http://127.0.0.1:080/cb", "https://127.0.0.1:443/cb", "http://app.example:80/cb"] {
            assert!(fault_at_any_port(written).is_some(), "{written}");
        }
    }

    #[test]
    fn another_spelling_is_refused_with_the_right_one() {
        for (written, right) in [
            ("HTTPS://app.example.org/cb", "https://app.example.org/cb"),
            ("Com.Example.App:/cb", "com.example.app:/cb"),
            ("https://App.example.org/CB", "https://app.example.org/CB"),
            ("https://app.example.org:443/cb", "https://app.example.org/cb"),
            ("https://app.example.org:/cb", "https://app.example.org/cb"),
            ("http://app.example.org:80", "http://app.example.org"),
            ("https://app.example.org:08443/cb", "https://app.example.org:8443/cb"),
            ("https://app.example.org./cb", "https://app.example.org/cb"),
            ("https://0x7f.1/cb", "https://127.0.0.1/cb"),
            ("https://[2001:DB8:0::1]/cb", "https://[2001:db8::1]/cb"),
        ] {
            let fault = fault(written).unwrap_or_else(|| panic!("{written}"));
            assert_eq!(fault.instead, format!("write {right}"), "{written}");
        }
    }

    #[test]
    fn letters_of_other_alphabets_are_refused_with_what_programs_send() {
        for (written, right) in [
            ("https://bücher.example/cb", "https://xn--bcher-kva.example/cb"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://Bücher.example:443/ü?x=é#y", "https://xn--bcher-kva.example/%C3%BC?x=%C3%A9#y"),
            ("http://bücher.example:8080/cb", "http://xn--bcher-kva.example:8080/cb"),
            ("https://app.example.org/é", "https://app.example.org/%C3%A9"),
        ] {
            assert_eq!(fault(written).unwrap().instead, format!("write {right}"), "{written}");
            assert_eq!(fault(right), None, "{right}");
        }
        // Where that is not all, or would be another address.
        for written in [
            "https://bücher.example/a b",
            "https://bücher.example/a/../b",
            "https://user@bücher.example/cb",
            "https://bücher.example\\@evil.example/",
            "https://a..ü/cb",
            "com.example.app:/ü",
        ] {
            assert_eq!(fault(written).unwrap().instead, "percent-encode it", "{written}");
        }
    }

    #[test]
    fn what_leads_elsewhere_than_it_says_is_refused() {
        for (bad, words) in [
            ("https://app.example.org/a%0d%0ab", "%0d"),
            ("https://app.example.org/%0A", "%0A"),
            ("https://app.example.org/%00", "%00"),
            ("https://app.example.org/a?x=%7f", "%7f"),
            ("https://app.example.org/%5c..%5C", "%5c"),
            ("https://app.example.org/\\x", "no URI has"),
            ("https://app.example.org/a/..;/b", "browsers take out"),
            ("https://app.example.org/a/..;x=1/b", "browsers take out"),
            ("https://app.example.org/a/./b", "browsers take out"),
            ("https://app.example.org/a/%2e%2E/b", "browsers take out"),
            ("https://app.example.org/a/.%2e", "browsers take out"),
            ("https://app.example.org/a%2f..%2fb", "browsers take out"),
            ("https://user@app.example.org/", "user name"),
            ("https://@app.example.org/", "user name"),
            ("com.example.app://user@x/", "user name"),
            ("https://app.example.org:0/cb", "port 0"),
            ("https://a..b/cb", "no host has"),
            ("https://-a.example/cb", "no host has"),
            ("https://a-.example/cb", "no host has"),
            ("https://.example/cb", "no host has"),
            ("https://*.example/cb", "* in its host"),
            ("https:app.example.org/cb", "no // and host"),
            ("https:///app.example.org/cb", "no // and host"),
            ("https://app.example.org:99999/", "not an absolute address"),
            ("javascript:alert(1)", "run or open"),
            ("/cb", "not an absolute address"),
            ("", "not an absolute address"),
        ] {
            let found = fault(bad).map(|fault| fault.what).unwrap_or_default();
            assert!(found.contains(words), "{bad}: {found}");
            assert!(found.is_ascii());
        }
    }

    #[test]
    fn a_star_is_no_wildcard() {
        for bad in [
            "https://a.example/*",
            "https://a.example/cb?next=*",
            "com.example.app:/*",
            "https://a.example/*/cb",
        ] {
            assert!(wildcard(bad).unwrap().what.contains("no wildcards"), "{bad}");
        }
        assert_eq!(wildcard("https://a.example/%2A"), None);
    }

    #[test]
    fn pages_are_reached_by_https() {
        for (page, words) in [
            ("https://app.example.org/policy#privacy", ""),
            ("http://localhost:8080/logo.png", ""),
            ("http://app.example.org/logo.png", "in clear"),
            ("com.example.app:/policy", "not a web address"),
        ] {
            let found = page_fault(page).map(|fault| fault.what).unwrap_or_default();
            assert!(found.contains(words) && found.is_empty() == words.is_empty(), "{page}: {found}");
        }
    }
}
