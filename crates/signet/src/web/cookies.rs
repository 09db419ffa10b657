//! RFC 6265bis §4.1.3.2: cookies that only this origin can set and no script can read.

use std::sync::Arc;

use http::HeaderMap;
use http::header::COOKIE;
use sha2::{Digest as _, Sha256};

/// Names and attributes of the cookies of an issuer.
///
/// Browsers keep cookies by host: neither a port nor, under `Path=/`, a path keeps those of two issuers
/// apart. So their names do.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    secure: bool,
    session: Arc<str>,
    browser: Arc<str>,
    known: Arc<str>,
    language: Arc<str>,
}

/// One of our cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The signed-in browser.
    Session,
    /// The marker that ties interactions to this browser.
    Browser,
    /// By which this browser is known to people who signed in here.
    Known,
    /// The language that was chosen on a page.
    Language,
}

impl Cookies {
    /// For an issuer; without https the `__Host-` prefix is not allowed.
    pub(crate) fn of(issuer: &str) -> Self {
        let secure = issuer.starts_with("https://");
        let prefix = if secure { "__Host-" } else { "" };
        // Four bytes tell the issuers of one host apart; they guard nothing.
        let hash = Sha256::digest(issuer).into_iter().take(4).map(|byte| format!("{byte:02x}"));
        let hash: String = hash.collect();
        let name = |what: &str| -> Arc<str> { format!("{prefix}signet-{what}-{hash}").into() };
        let [session, browser, known, language] = ["session", "browser", "known", "lang"].map(name);
        Self { secure, session, browser, known, language }
    }

    fn name(&self, name: Name) -> &str {
        match name {
            Name::Session => &self.session,
            Name::Browser => &self.browser,
            Name::Known => &self.known,
            Name::Language => &self.language,
        }
    }

    /// The value that the browser sent.
    pub(crate) fn read<'a>(&self, headers: &'a HeaderMap, name: Name) -> Option<&'a str> {
        let [value] = self.read_each(headers, [name]);
        value
    }

    /// The same of several, looked for together.
    pub(crate) fn read_each<'a, const N: usize>(
        &self,
        headers: &'a HeaderMap,
        names: [Name; N],
    ) -> [Option<&'a str>; N] {
        let mut found = [None; N];
        // Cookies are bytes: one of another application's that is no text must not hide ours.
        let pairs = headers.get_all(COOKIE).iter().flat_map(|value| value.as_bytes().split(|b| *b == b';'));
        let texts = pairs.filter_map(|pair| std::str::from_utf8(pair).ok());
        for (name, value) in texts.filter_map(|pair| pair.trim().split_once('=')) {
            for (wanted, found) in names.iter().zip(&mut found) {
                if found.is_none() && self.name(*wanted) == name {
                    *found = Some(value);
                }
            }
        }
        found
    }

    /// A `Set-Cookie` header; `max_age` 0 removes the cookie.
    ///
    /// The path is `/` for an issuer with a path too: `__Host-` demands it, and it keeps more out than a path
    /// would.
    pub(crate) fn write(&self, name: Name, value: &str, max_age: u64) -> String {
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
        assert_eq!(
            set,
            "__Host-signet-session-d18dc5af=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        let set = Cookies::of("http://127.0.0.1:9400").write(Name::Browser, "v", 60);
        assert_eq!(set, "signet-browser-ff6ceb44=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn reads_its_own_cookie_among_others() {
        let cookies = Cookies::of("http://localhost");
        let own = cookies.session.clone();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, format!("a=1; x{own}=no; {own}=yes; {own}2=no").parse().unwrap());
        assert_eq!(cookies.read(&headers, Name::Session), Some("yes"));
        assert_eq!(cookies.read(&headers, Name::Browser), None);
    }

    #[test]
    fn a_cookie_of_another_application_that_is_no_ascii_hides_none_of_ours() {
        let cookies = Cookies::of("http://localhost");
        let own = cookies.session.clone();
        for foreign in [&b"n=zo\xc3\xab"[..], b"n=zo\xeb", b"\xff"] {
            let line = [foreign, b"; ", own.as_bytes(), b"=yes; m=", foreign].concat();
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, http::HeaderValue::from_bytes(&line).unwrap());
            assert_eq!(cookies.read(&headers, Name::Session), Some("yes"), "{foreign:?}");
        }
    }

    #[test]
    fn issuers_of_one_host_have_cookies_of_their_own() {
        let issuers =
            ["http://localhost:1", "http://localhost:2", "https://a.example/x", "https://a.example/y"];
        let names: std::collections::BTreeSet<_> =
            issuers.iter().map(|issuer| Cookies::of(issuer).session).collect();
        assert_eq!(names.len(), issuers.len());
    }
}
