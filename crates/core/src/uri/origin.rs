//! RFC 6454 §6.2, WHATWG HTML "origins": origins as browsers and WebViews send them.

use url::Url;

use super::{Fault, NEVER, has_plain_host};

/// What keeps a text from ever being the value of an `Origin` header, with which it is compared byte for
/// byte. Extensions, and applications that are pages in a WebView, have origins of their own schemes.
pub fn origin_fault(text: &str) -> Option<Fault> {
    if text == "null" {
        return Some(Fault {
            what: "is the origin of every sandboxed page, whoever wrote it".to_owned(),
            instead: "leave it out".to_owned(),
        });
    }
    let good = match text.split_once("://") {
        Some(("http" | "https", _)) => is_web(text),
        Some((scheme, place)) => is_scheme(scheme) && !NEVER.contains(&scheme) && is_place(place),
        None => false,
    };
    (!good).then(|| Fault {
        what: "is not an origin".to_owned(),
        instead: "write scheme, host and port alone, such as \"https://app.example.org\" or \"capacitor://localhost\""
            .to_owned(),
    })
}

fn is_web(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        url.origin().ascii_serialization() == text && has_plain_host(&url) && url.port() != Some(0)
    })
}

/// RFC 3986 §3.1, in the small letters in which programs write it.
fn is_scheme(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.');
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(inner)
}

/// A host, and perhaps a port, of a scheme of which a URL parser knows nothing: no port goes without saying,
/// and capitals stay, as in `safari-web-extension:`.
fn is_place(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_host = |url: Url| {
        url.host_str().is_some_and(|parsed| parsed.eq_ignore_ascii_case(host)) && has_plain_host(&url)
    };
    let is_port =
        |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
    Url::parse(&format!("http://{host}/")).is_ok_and(is_host) && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_and_web_views_send_is_an_origin() {
        for good in [
            "https://app.example.org",
            "https://app.example.org:8443",
            "http://localhost:8100",
            "http://[::1]:3000",
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "app://obsidian.md",
            "app://localhost:80",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://7f4a2c0e-5d1b-4a35-9d8c-0123456789ab",
            "safari-web-extension://E3449EA7-EC25-4696-8E6F-0123456789AB",
            "com.example.app+x://localhost",
        ] {
            assert_eq!(origin_fault(good), None, "{good}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_none() {
        for bad in [
            "",
            "*",
            "null",
            "localhost",
            "app.example.org",
            "https://app.example.org/",
            "https://app.example.org/cb",
            "https://app.example.org:443",
            "https://App.example.org",
            "https://*.example.org",
            "https://app.example.org:0",
            "HTTPS://app.example.org",
            "https:app.example.org",
            "capacitor://",
            "capacitor:localhost",
            "capacitor://localhost/",
            "capacitor://localhost/index.html",
            "capacitor://localhost?x",
            "capacitor://localhost#x",
            "capacitor://user@localhost",
            "capacitor://local host",
            "capacitor://localhost:",
            "capacitor://localhost:0",
            "capacitor://localhost:080",
            "capacitor://localhost:65536",
            "capacitor://*",
            "Capacitor://localhost",
            "1app://localhost",
            "app_x://localhost",
            "://localhost",
            "file://",
            "file://host",
            "data://x",
            "javascript://x",
            "about://x",
        ] {
            assert!(origin_fault(bad).is_some(), "{bad}");
        }
    }
}
