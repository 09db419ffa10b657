//! Everything that was said, to be read after a failure.

use std::fmt;
use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

/// Longest body that is shown; the rest is counted.
const SHOWN: usize = 1200;
/// Parts of the names of form fields and headers whose values are never shown.
const HIDDEN: [&str; 3] = ["password", "secret", "authorization"];

/// One request and its response.
#[derive(Clone)]
pub struct Exchange {
    /// Who asked: `browser`, or the client's id.
    pub who: String,
    /// The request's method.
    pub method: Method,
    /// Where the request went.
    pub url: Url,
    /// What the request's header said.
    pub sent: HeaderMap,
    /// What the request's body said.
    pub sent_body: Bytes,
    /// How the provider answered.
    pub status: StatusCode,
    /// What the response's header said.
    pub headers: HeaderMap,
    /// What the response's body said.
    pub body: Bytes,
}

/// Exchanges in the order they happened.
#[derive(Clone, Default)]
pub struct Transcript {
    exchanges: Vec<Exchange>,
}

impl Transcript {
    /// All exchanges, first to last.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The latest exchanges only.
    pub fn tail(&self, count: usize) -> Transcript {
        let from = self.exchanges.len().saturating_sub(count);
        Transcript { exchanges: self.exchanges.get(from..).unwrap_or_default().to_vec() }
    }

    pub(crate) fn push(&mut self, exchange: Exchange) {
        self.exchanges.push(exchange);
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.exchanges.iter().try_for_each(|exchange| write!(f, "{exchange}"))
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} {}", self.who, self.method, self.url)?;
        for name in [header::AUTHORIZATION, header::COOKIE, header::ORIGIN, header::CONTENT_TYPE] {
            for value in self.sent.get_all(&name) {
                writeln!(
                    f,
                    "  {name}: {}",
                    shown_value(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))
                )?;
            }
        }
        write_body(f, &self.sent, &self.sent_body)?;
        writeln!(f, "  => {}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        write_body(f, &self.headers, &self.body)
    }
}

fn shown_value<'a>(name: &str, value: &'a str) -> std::borrow::Cow<'a, str> {
    if !HIDDEN.iter().any(|part| name.contains(part)) {
        return value.into();
    }
    match value.split_once(' ') {
        Some((scheme, _)) if name == "authorization" => format!("{scheme} [hidden]").into(),
        _ => "[hidden]".into(),
    }
}

fn write_body(f: &mut fmt::Formatter<'_>, headers: &HeaderMap, body: &Bytes) -> fmt::Result {
    if body.is_empty() {
        return Ok(());
    }
    let form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let mut text = String::new();
    if form {
        for (name, value) in url::form_urlencoded::parse(body) {
            write!(text, "{name}={} ", shown_value(&name, &value))?;
        }
    } else {
        text.push_str(&String::from_utf8_lossy(body));
    }
    let mut left = SHOWN;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let part: String = line.chars().take(left).collect();
        left = left.saturating_sub(part.chars().count());
        writeln!(f, "    {}", part.trim_end())?;
        if left == 0 {
            return writeln!(f, "    … {} bytes in all", body.len());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange {
        let mut sent = HeaderMap::new();
        sent.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        sent.insert(header::AUTHORIZATION, "Basic c2VjcmV0".parse().unwrap());
        Exchange {
            who: "browser".into(),
            method: Method::POST,
            url: Url::parse("https://op.test/login").unwrap(),
            sent,
            sent_body: Bytes::from_static(b"username=diana&password=krall"),
            status: StatusCode::SEE_OTHER,
            headers: HeaderMap::new(),
            body: Bytes::from("x".repeat(SHOWN + 1)),
        }
    }

    #[test]
    fn shows_what_was_said_but_no_credential() {
        let text = exchange().to_string();
        assert!(text.starts_with("browser: POST https://op.test/login\n"), "{text}");
        assert!(text.contains("username=diana password=[hidden]"), "{text}");
        assert!(text.contains("authorization: Basic [hidden]"), "{text}");
        assert!(text.contains("=> 303 See Other"), "{text}");
        assert!(text.contains("… 1201 bytes in all"), "{text}");
        assert!(!text.contains("krall") && !text.contains("c2VjcmV0"), "{text}");
    }

    #[test]
    fn tail_keeps_the_latest() {
        let mut transcript = Transcript::default();
        for status in [200u16, 302, 404] {
            transcript.push(Exchange { status: StatusCode::from_u16(status).unwrap(), ..exchange() });
        }
        let tail: Vec<u16> = transcript.tail(2).exchanges().iter().map(|e| e.status.as_u16()).collect();
        assert_eq!(tail, [302, 404]);
        assert_eq!(transcript.tail(9).exchanges().len(), 3);
    }
}
