//! One short name for each request: in every log line, in the answer, and on error pages as their reference.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName};
use signet_core::env::Rng;

/// The header that carries it.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The name of a request; a request extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    /// What a proxy named the request, when it is short and plain enough for a log line.
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(HEADER)?.to_str().ok()?;
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        (plain && (1..=64).contains(&text.len())).then(|| Self(text.to_owned()))
    }
}

/// Makes names: the process by chance, then a counter, so that lines of one process sort by arrival.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    /// Names for this process.
    pub fn new(rng: &dyn Rng) -> Self {
        let mut process = [0; 4];
        rng.fill(&mut process);
        Self { process: u32::from_be_bytes(process), next: AtomicU64::new(1) }
    }

    /// The next name.
    pub fn next(&self) -> RequestId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        RequestId(format!("{:08x}-{number:x}", self.process))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRng;

    #[test]
    fn names_differ() {
        let ids = RequestIds::new(&SystemRng);
        assert_ne!(ids.next(), ids.next());
    }

    #[test]
    fn only_plain_names_are_taken_over() {
        let given = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, http::HeaderValue::from_static(value));
            RequestId::given(&headers).map(|id| id.0)
        };
        assert_eq!(given("4bf92f35-77b3_4d.a"), Some("4bf92f35-77b3_4d.a".to_owned()));
        for bad in [
            "",
            "a b",
            "a\"b",
            "<script>",
            "0123456789012345678901234567890123456789012345678901234567890123456789",
        ] {
            assert_eq!(given(bad), None, "{bad:?}");
        }
        assert_eq!(RequestId::given(&HeaderMap::new()), None);
    }
}
