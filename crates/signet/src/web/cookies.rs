//! RFC 6265bis §4.1.3.2: cookies that only this origin can set and no script can read.

use http::HeaderMap;
use http::header::COOKIE;

/// Names and attributes of the two cookies of an issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    secure: bool,
}

/// One of our cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The signed-in browser.
    Session,
    /// The marker that ties interactions to this browser.
    Browser,
}

impl Cookies {
    /// For an issuer; without https the `__Host-` prefix is not allowed.
    pub(crate) fn of(issuer: &str) -> Self {
        Self { secure: issuer.starts_with("https://") }
    }

    fn name(self, name: Name) -> &'static str {
        match (name, self.secure) {
            (Name::Session, true) => "__Host-signet-session",
            (Name::Session, false) => "signet-session",
            (Name::Browser, true) => "__Host-signet-browser",
            (Name::Browser, false) => "signet-browser",
        }
    }

    /// The value that the browser sent.
    pub(crate) fn read(self, headers: &HeaderMap, name: Name) -> Option<&str> {
        let wanted = self.name(name);
        let pairs =
            headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(';'));
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    }

    /// A `Set-Cookie` header; `max_age` 0 removes the cookie.
    pub(crate) fn write(self, name: Name, value: &str, max_age: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}", self.name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_prefix_on_https_only() {
        let set = Cookies::of("https://op.example").write(Name::Session, "v", 60);
        assert_eq!(set, "__Host-signet-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        let set = Cookies::of("http://127.0.0.1:9400").write(Name::Browser, "v", 60);
        assert_eq!(set, "signet-browser=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn reads_its_own_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; xsignet-session=no; signet-session=yes".parse().unwrap());
        let cookies = Cookies::of("http://localhost");
        assert_eq!(cookies.read(&headers, Name::Session), Some("yes"));
        assert_eq!(cookies.read(&headers, Name::Browser), None);
    }
}
