//! What is wrong with a page or a redirect, whatever the check at hand was about.

use std::fmt;

use http::{HeaderMap, Method, StatusCode, header};
use serde::Serialize;
use url::Url;

use crate::csp::FormAction;
use crate::html::Document;

/// One thing that no response of a provider to a browser should do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The rule that was broken.
    pub rule: &'static str,
    /// Where the rule comes from.
    pub spec: &'static str,
    /// The request that showed it, without its query.
    pub at: String,
    /// What was seen.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {} ({})", self.rule, self.at, self.detail, self.spec)
    }
}

/// A response as a browser met it.
pub(crate) struct Seen<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    /// Whether the request carried form fields.
    pub(crate) fields: bool,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) page: Option<&'a Document>,
    /// Where it redirects, made absolute.
    pub(crate) location: Option<&'a Url>,
    /// Where the form that led here may lead.
    pub(crate) form_action: &'a FormAction,
    /// Passwords typed and cookie values held: none may show up in another origin's address.
    pub(crate) secrets: &'a [String],
}

/// Parameters that have no business in any redirect.
const NEVER: [&str; 6] =
    ["password", "username", "client_secret", "refresh_token", "registration_access_token", "code_verifier"];
/// Parameters that may stand in a fragment only (OAuth 2.0 Multiple Response Types §5).
const FRAGMENT_ONLY: [&str; 2] = ["access_token", "id_token"];
const QUIET: [&str; 5] =
    ["no-referrer", "same-origin", "origin", "strict-origin", "strict-origin-when-cross-origin"];

/// Judges one response; an empty list is the expected outcome.
pub(crate) fn judge(seen: &Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |rule, spec, detail: String| found.push(Finding { rule, spec, at: place(seen), detail });
    if seen.method == Method::POST && seen.fields && matches!(seen.status.as_u16(), 307 | 308) {
        let detail = format!("{} makes the browser send the form again", seen.status);
        add("redirect-repeats-form", "RFC 9700 §4.12", detail);
    }
    if let Some(location) = seen.location {
        if !seen.form_action.allows(location) {
            let detail =
                format!("form-action of the page does not allow {}", location.origin().ascii_serialization());
            add("form-action-blocks-redirect", "CSP Level 3 §6.4.1", detail);
        }
        for detail in leaks(seen, location) {
            add("secret-in-redirect", "RFC 9700 §4.3", detail);
        }
    }
    let Some(page) = seen.page else { return found };
    if !page.forms.is_empty() && !has(seen.headers, header::CACHE_CONTROL, |v| v.contains("no-store")) {
        add(
            "form-may-be-cached",
            "RFC 9111 §5.2.2.5",
            "a page with a form lacks Cache-Control: no-store".into(),
        );
    }
    let policies = all(seen.headers, header::CONTENT_SECURITY_POLICY);
    if policies.is_empty() {
        add("no-content-security-policy", "CSP Level 3", "Content-Security-Policy is missing".into());
    }
    for word in ["'unsafe-inline'", "'unsafe-eval'"].iter().filter(|word| policies.contains(**word)) {
        add("loose-content-security-policy", "CSP Level 3", format!("the policy allows {word}"));
    }
    let frames = has(seen.headers, header::X_FRAME_OPTIONS, |v| matches!(v.trim(), "deny" | "sameorigin"));
    if !frames && !policies.contains("frame-ancestors") {
        let detail = "neither frame-ancestors nor X-Frame-Options is set";
        add("may-be-framed", "RFC 9700 §4.16", detail.into());
    }
    if !has(seen.headers, header::REFERRER_POLICY, |v| {
        v.rsplit(',').next().is_some_and(|last| QUIET.contains(&last.trim()))
    }) {
        add(
            "referrer-leaks",
            "RFC 9700 §4.2.4",
            "Referrer-Policy does not keep the address to itself".into(),
        );
    }
    let exposed = |form: &&crate::html::Form| {
        form.method == "get" && form.controls.iter().any(|c| c.kind == "password")
    };
    for form in page.forms.iter().filter(exposed) {
        add(
            "password-in-address",
            "RFC 9110 §17.9",
            format!("the form to {:?} sends a password by GET", form.action),
        );
    }
    let allowed = FormAction::of(seen.url, seen.headers);
    for form in &page.forms {
        if seen.url.join(&form.action).is_ok_and(|target| !allowed.allows(&target)) {
            add(
                "form-action-blocks-form",
                "CSP Level 3 §6.4.1",
                format!("the policy forbids the form to {:?}", form.action),
            );
        }
    }
    found
}

/// The request without its query, so that the same rule at the same place is told once.
fn place(seen: &Seen<'_>) -> String {
    let mut url = seen.url.clone();
    url.set_query(None);
    format!("{} {url}", seen.method)
}

fn leaks(seen: &Seen<'_>, location: &Url) -> Vec<String> {
    let mut leaks = Vec::new();
    let target = location.origin().ascii_serialization();
    let fragment = location.fragment().unwrap_or_default();
    let pairs = |text: &str| -> Vec<(String, String)> {
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    };
    let query = pairs(location.query().unwrap_or_default());
    for (name, _) in &query {
        if FRAGMENT_ONLY.contains(&name.as_str()) {
            leaks.push(format!("{name} travels in a query to {target}"));
        }
    }
    let foreign = location.origin() != seen.url.origin();
    for (name, value) in query.iter().chain(&pairs(fragment)) {
        if foreign && NEVER.contains(&name.as_str()) {
            leaks.push(format!("{name} is sent to {target}"));
        }
        // Applications keep their own state in a cookie, and nobody else's fits there.
        if foreign && name != "state" && name != "nonce" && seen.secrets.contains(value) {
            leaks.push(format!("{name} repeats a password or cookie, towards {target}"));
        }
    }
    leaks
}

fn all(headers: &HeaderMap, name: header::HeaderName) -> String {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|v| String::from_utf8_lossy(v.as_bytes()).to_ascii_lowercase())
        .collect();
    values.join(", ")
}

fn has(headers: &HeaderMap, name: header::HeaderName, good: impl Fn(&str) -> bool) -> bool {
    good(&all(headers, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html;

    const FORM: &str = "<form method=post><input type=password name=p></form>";

    fn rules(
        method: Method,
        status: u16,
        headers: &[(&str, &str)],
        body: &str,
        location: Option<&str>,
    ) -> Vec<&'static str> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let page = html::parse(body);
        let location = location.map(|location| Url::parse(location).unwrap());
        judge(&Seen {
            fields: method == Method::POST,
            method: &method,
            url: &Url::parse("https://op.test/login?secret=1").unwrap(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: &map,
            page: (!body.is_empty()).then_some(&page),
            location: location.as_ref(),
            form_action: &FormAction::default(),
            secrets: &["s3cret-cookie".to_owned()],
        })
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
    }

    #[test]
    fn a_bare_page_breaks_every_rule() {
        let found = rules(Method::GET, 200, &[], FORM, None);
        assert_eq!(
            found,
            ["form-may-be-cached", "no-content-security-policy", "may-be-framed", "referrer-leaks"]
        );
    }

    #[test]
    fn a_guarded_page_breaks_none() {
        let guarded = [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
        ];
        assert!(rules(Method::GET, 200, &guarded, FORM, None).is_empty());
        let loose = [
            ("content-security-policy", "style-src 'unsafe-inline'"),
            ("x-frame-options", "DENY"),
            guarded[2],
        ];
        assert_eq!(rules(Method::GET, 200, &loose, "<p>", None), ["loose-content-security-policy"]);
        let by_get = FORM.replace("post", "get");
        assert_eq!(rules(Method::GET, 200, &guarded, &by_get, None), ["password-in-address"]);
        let strict = [
            guarded[0],
            ("content-security-policy", "form-action 'self'; frame-ancestors 'none'"),
            guarded[2],
        ];
        assert!(rules(Method::GET, 200, &strict, FORM, None).is_empty());
        let away = FORM.replace("method", "action='https://rp.test/cb' method");
        assert_eq!(rules(Method::GET, 200, &strict, &away, None), ["form-action-blocks-form"]);
    }

    #[test]
    fn redirects_keep_secrets() {
        let to = |location| rules(Method::POST, 303, &[], "", Some(location));
        assert!(to("https://rp.test/cb?code=x&state=y&iss=z").is_empty());
        assert!(to("https://rp.test/cb#access_token=x&id_token=y").is_empty());
        assert_eq!(to("https://rp.test/cb?id_token=x").len(), 1);
        assert_eq!(to("https://rp.test/cb?password=x").len(), 1);
        assert_eq!(to("https://rp.test/cb?hint=s3cret-cookie").len(), 1);
        assert!(to("https://rp.test/cb?state=s3cret-cookie").is_empty());
        assert!(to("https://op.test/interaction?id=s3cret-cookie").is_empty());
        assert_eq!(
            rules(Method::POST, 307, &[], "", Some("https://op.test/next")),
            ["redirect-repeats-form"]
        );
        assert!(rules(Method::GET, 307, &[], "", Some("https://op.test/next")).is_empty());
    }
}
