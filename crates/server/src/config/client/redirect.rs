//! RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1: URLs to which responses can be sent.

use signet_core::record::Client;
use signet_core::uri;
use url::Url;

use super::Rules;
use crate::config::tree::Step;

pub(super) fn rules(rules: &mut Rules<'_, '_>) {
    type Uris = fn(&Client) -> &[String];
    let lists: [(&str, Uris); 2] = [
        ("redirect_uris", |client| &client.redirect_uris),
        ("post_logout_redirect_uris", |client| &client.post_logout_redirect_uris),
    ];
    for (key, uris) in lists {
        let uris = uris(rules.client);
        for (index, uri) in uris.iter().enumerate() {
            let steps = [Step::Key("clients"), Step::Index(rules.index), Step::Key(key), Step::Index(index)];
            let answers = key == "redirect_uris";
            let implicit = answers && rules.client.allows_grant("implicit");
            match judge(uri, rules.is_native(), implicit, answers) {
                Verdict::Good => {}
                Verdict::Doubtful(what, advice) => rules.report.warn(&steps, what, advice),
                Verdict::Bad(what, advice) => rules.report.error(&steps, what, advice),
            }
            if uris.iter().take(index).any(|earlier| earlier == uri) {
                rules.report.warn(&steps, "this address is written twice", "keep one");
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Doubtful(String, String),
    Bad(String, String),
}

fn judge(uri: &str, native: bool, implicit: bool, carries_code: bool) -> Verdict {
    let bad = |what: &str, advice: &str| Verdict::Bad(format!("{uri:?} {what}"), advice.to_owned());
    let doubtful = |what: &str, advice: &str| Verdict::Doubtful(format!("{uri:?} {what}"), advice.to_owned());
    if let Some(fault) = uri::fault(uri).or_else(|| uri::wildcard(uri)) {
        return bad(&fault.what, &fault.instead);
    }
    if uri.contains('#') {
        return bad("has a fragment (RFC 6749 §3.1.2)", "leave out all from `#` on");
    }
    let Ok(url) = Url::parse(uri) else {
        return bad("is not an absolute address", "write it with its scheme, such as https://…");
    };
    let verdict = match url.scheme() {
        // OpenID Connect Registration §2. Applications under development are written so; clients that
        // register are refused.
        "https" | "http" if implicit && !native && uri::is_loopback(&url) => doubtful(
            "is this very machine, where a web application must not get tokens through the browser",
            "write application_type = \"native\", or https://HOST/PATH",
        ),
        "https" => Verdict::Good,
        "http" if uri::is_loopback(&url) => Verdict::Good,
        "http" if native => {
            bad("sends codes in clear (RFC 8252 §7.3)", "write http://127.0.0.1/… or https://…")
        }
        "http" if carries_code => doubtful("sends codes over the network in clear", "write https://…"),
        "http" => doubtful("is reached over the network in clear", "write https://…"),
        _ if !native => {
            bad("is an address for native applications", "write https://…, or application_type = \"native\"")
        }
        scheme if !scheme.contains('.') => doubtful(
            "has a scheme that other applications may claim too (RFC 8252 §7.1)",
            "write your domain backwards, such as org.example.app:/callback",
        ),
        _ => Verdict::Good,
    };
    match uri::says_beforehand(uri, uri::ANSWERS) {
        Some(name) if carries_code && verdict == Verdict::Good => {
            doubtful(&format!("has {name} in its query, which answers have too"), "give it another name")
        }
        _ => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_by_where_they_lead() {
        for (uri, native, verdict) in [
            ("https://app.example.org/cb?x=1", false, "good"),
            ("http://127.0.0.1:9999/cb", false, "good"),
            ("http://localhost/cb", true, "good"),
            ("http://[::1]/cb", true, "good"),
            ("org.example.app:/cb", true, "good"),
            ("HTTPS://app.example.org/cb", false, "bad"),
            ("https://app.example.org:443/cb", false, "bad"),
            ("https://app.example.org/a%0d%0ab", false, "bad"),
            ("https://app.example.org/..;/cb", false, "bad"),
            ("https://app.example.org:0/cb", false, "bad"),
            ("https://a..b/cb", false, "bad"),
            ("http://app.example.org/cb", false, "doubtful"),
            ("https://*.example.org/cb", false, "bad"),
            ("https://app.example.org/*", false, "bad"),
            ("https://app.example.org/%2A", false, "good"),
            ("org.example.app:/*", true, "bad"),
            ("myapp:/cb", true, "doubtful"),
            ("https://app.example.org/cb?state=x", false, "doubtful"),
            ("https://app.example.org/{id}", false, "bad"),
            ("http://app.example.org/cb", true, "bad"),
            ("org.example.app:/cb", false, "bad"),
            ("https://app.example.org/cb#", false, "bad"),
            ("https://app.example.org/cb#x", false, "bad"),
            ("https://user@app.example.org/cb", false, "bad"),
            ("https:app.example.org/cb", false, "bad"),
            ("javascript:alert(1)", true, "bad"),
            ("data:text/html,x", true, "bad"),
            ("/cb", false, "bad"),
            ("https://app.example.org/a/../cb", false, "bad"),
            ("https://app.example.org/%2e%2E/cb", false, "bad"),
            ("app.example.org/cb", false, "bad"),
            ("https://app.example.org/a b", false, "bad"),
            ("https://app.example.org\\@evil.example/", false, "bad"),
            ("", false, "bad"),
        ] {
            let judged = match judge(uri, native, false, true) {
                Verdict::Good => "good",
                Verdict::Doubtful(..) => "doubtful",
                Verdict::Bad(..) => "bad",
            };
            assert_eq!(judged, verdict, "{uri} native={native}");
        }
    }

    /// OpenID Connect Registration §2.
    #[test]
    fn tokens_through_the_browser_are_not_for_web_applications_on_this_machine() {
        for uri in
            ["http://localhost/cb", "http://127.0.0.1:9999/cb", "http://[::1]/cb", "https://localhost/cb"]
        {
            let Verdict::Doubtful(_, advice) = judge(uri, false, true, true) else { panic!("{uri}") };
            assert!(advice.contains("native"), "{advice}");
            assert_eq!(judge(uri, true, true, true), Verdict::Good, "{uri}");
        }
    }
}
