//! What holds after every scenario, whatever it was about: looked up in all that was said on the wire and to
//! the log.

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use signet_certify::{Exchange, Transcript};
use signet_core::error::ErrorCode;
use signet_core::event::{self, Holds};
use signet_core::record::Recorded;

use crate::op;

/// The kinds of handles, each a bearer secret: a prefix and 59 characters.
const HANDLES: &[&str] = &["sgc_", "sga_", "sgr_", "sgs_", "sgi_", "sgk_", "sgn_", "sgm_"];

/// Secrets of every world, and traces of secrets.
fn never() -> impl Iterator<Item = &'static str> {
    let passwords = ["diana", "elvis", "ella", "nina"].into_iter().map(op::password);
    passwords.chain([op::SECRET, "$argon2", "a+secret", "code_verifier=", "PRIVATE KEY"])
}

/// Checks every exchange.
pub(crate) fn hold(issuer: &str, transcript: &Transcript) {
    for exchange in transcript.exchanges() {
        let mut problems = secrets(issuer, exchange);
        problems.extend(cookies(issuer, exchange));
        problems.extend(caching(exchange));
        problems.extend(status(exchange.status));
        assert!(problems.is_empty(), "{problems:#?}\n{exchange}");
    }
}

/// Checks the log: it tells what happened, but nothing that would let its reader in.
pub(crate) fn hold_in_log(log: &str) {
    for line in log.lines() {
        let told = never().find(|text| line.contains(text)).or_else(|| handle(line, HANDLES));
        assert_eq!(told, None, "the log holds a secret: {line}");
        assert!(!line.starts_with("ERROR"), "something is our own fault: {line}");
        let refused = ErrorCode::all().filter(|code| code.status() < 500);
        let refused = refused.into_iter().any(|code| line.contains(&format!(" code=\"{code}\"")));
        assert!(!refused || line.contains(" rule=\""), "a refusal names no rule: {line}");
    }
}

/// What is kept of what happened holds no secret either.
pub(crate) fn hold_in_events(events: &[Recorded]) {
    for event in events {
        let said = format!("{event:?}");
        let told = never().find(|text| said.contains(text)).or_else(|| handle(&said, HANDLES));
        assert_eq!(told, None, "an event holds a secret: {said}");
        let kind = event::KINDS.iter().find(|kind| kind.name == event.kind);
        let kind = kind.unwrap_or_else(|| panic!("no row: {said}"));
        for (name, value) in event.detail.iter() {
            let holds: &[Holds] = match value {
                Value::String(_) => &[Holds::Text, Holds::Ids],
                Value::Bool(_) => &[Holds::Flag],
                _ => &[Holds::Number],
            };
            let kept = kind.member(name).filter(|member| !member.log_only);
            let has = kept.is_some_and(|member| holds.contains(&member.holds));
            assert!(has || name == "times", "the row does not have {name}: {said}");
        }
    }
}

/// Each kind of secret may be in one kind of place only.
fn secrets(issuer: &str, exchange: &Exchange) -> Vec<String> {
    let body = String::from_utf8_lossy(&exchange.body);
    let leads = [header::LOCATION, header::REFRESH];
    let headers = flat(&exchange.headers, |name| name != header::SET_COOKIE && !leads.contains(name));
    let location = flat(&exchange.headers, |name| leads.contains(name));
    let target = ["location: ", "refresh: 0; url="].iter().find_map(|lead| location.strip_prefix(lead));
    let target = target.unwrap_or_default();
    let home = target.starts_with('/') || target.starts_with(&format!("{issuer}/"));
    let page = is_html(exchange);
    let mut problems = Vec::new();
    for text in never() {
        if [&body, &headers[..], &location].iter().any(|place| place.contains(text)) {
            problems.push(format!("{text:?} was sent"));
        }
    }
    // A fragment stays in the browser; only there may an access token travel (OAuth 2.0 Multiple Response
    // Types §5).
    let (address, fragment) = location.split_once('#').unwrap_or((&location, ""));
    let may_hold: [(&str, &str, &[&str]); 4] = [
        ("a header", &headers, &[]),
        // Clients get codes, browsers the address of their own sign-in page.
        ("a redirect", address, if home { &["sgi_"] } else { &["sgc_"] }),
        ("a fragment", fragment, if home { &[] } else { &["sgc_", "sga_"] }),
        // Clients get codes and front-channel tokens by a form that posts itself, and tokens from the token
        // endpoint.
        (
            "a body",
            &body,
            if page {
                &["sgc_", "sga_"]
            } else if is_token_endpoint(exchange) {
                &["sga_", "sgr_"]
            } else if exchange.url.path().contains("/register") {
                &["sgk_", "sgm_"]
            } else {
                &[]
            },
        ),
    ];
    for (place, text, allowed) in may_hold {
        let kinds: Vec<&str> = HANDLES.iter().filter(|kind| !allowed.contains(kind)).copied().collect();
        problems.extend(handle(text, &kinds).map(|kind| format!("a handle {kind} stands in {place}")));
    }
    problems
}

/// Paths are configurable: what was asked for tells better which endpoint this is.
fn is_token_endpoint(exchange: &Exchange) -> bool {
    exchange.method == http::Method::POST && exchange.sent_body.windows(11).any(|part| part == b"grant_type=")
}

/// The kind of the first whole handle in a text.
fn handle<'a>(text: &str, kinds: &[&'a str]) -> Option<&'a str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut words = text.split(|c| !is_part(c)).filter(|word| word.len() >= 63);
    words.find_map(|word| kinds.iter().find(|kind| word.starts_with(**kind)).copied())
}

/// RFC 6265bis §4.1.3.2: what a cookie must have so that nobody else sets, reads or sends it.
fn cookies(issuer: &str, exchange: &Exchange) -> Vec<String> {
    let guards: &[&str] = &["; HttpOnly", "; SameSite=Lax", "; Path=/;"];
    let told = exchange.headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| {
        let text = cookie.to_str().unwrap();
        let host =
            !issuer.starts_with("https:") || (text.starts_with("__Host-") && text.contains("; Secure"));
        let guarded = guards.iter().all(|guard| text.contains(guard)) && !text.contains("Domain=");
        (!host || !guarded)
            .then(|| format!("a cookie lacks a guard: {}", text.split('=').next().unwrap_or_default()))
    });
    told.collect()
}

/// RFC 6749 §5.1: whatever depends on who asks is not kept.
fn caching(exchange: &Exchange) -> Option<String> {
    let cached = flat(&exchange.headers, |name| name == header::CACHE_CONTROL);
    let public = ["/.well-known/", "/jwks.json", "/assets/", "/logo/"]
        .iter()
        .any(|path| exchange.url.path().contains(path));
    let preflight = exchange.method == http::Method::OPTIONS;
    (!public && !preflight && !cached.contains("no-store")).then(|| format!("it may be kept: {cached:?}"))
}

/// Nothing broke, and no redirect makes a browser send a form again.
fn status(status: StatusCode) -> Option<String> {
    let broke = status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE;
    let repeats = matches!(status.as_u16(), 301 | 302 | 307 | 308);
    (broke || repeats).then(|| format!("{status} is not for us to answer"))
}

fn is_html(exchange: &Exchange) -> bool {
    exchange.headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn flat(headers: &HeaderMap, wanted: impl Fn(&header::HeaderName) -> bool) -> String {
    let lines = headers.iter().filter(|(name, _)| wanted(name));
    lines.map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))).collect()
}

#[test]
fn a_handle_is_found_where_it_stands_alone() {
    let handle_text = format!("sgc_{}", "a".repeat(59));
    assert_eq!(handle(&format!("code={handle_text}&state=x"), HANDLES), Some("sgc_"));
    assert_eq!(handle(&handle_text, &["sga_"]), None);
    assert_eq!(handle(&format!("eyJ{handle_text}.x"), HANDLES), None);
    assert_eq!(handle("sgc_17…[redacted]", HANDLES), None);
}
