//! What arrives: RFC 6749 §2.3, RFC 6750 §2: a request to a direct endpoint, as received.

use crate::error::{Error, ErrorCode};
use crate::event::Source;
use crate::params::Params;

/// The methods of HTTP that endpoints take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    #[default]
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

/// Client authentication and access tokens.
pub const AUTHORIZATION: &str = "authorization";
/// The form of an answer that is asked for.
pub const ACCEPT: &str = "accept";

/// The headers that protocols give a meaning to, as received. Others do not get this far.
#[derive(Debug, Default)]
pub struct Headers(Vec<(&'static str, String)>);

impl Headers {
    /// The names that the shell brings.
    pub const NAMES: [&'static str; 2] = [AUTHORIZATION, ACCEPT];

    /// Adds a header line.
    pub fn add(&mut self, name: &'static str, value: String) {
        self.0.push((name, value));
    }

    /// The first line of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every line of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// A request to a direct endpoint (not through a browser), as the shell received it.
#[derive(Debug, Default)]
pub struct Incoming {
    /// How it was sent.
    pub method: Method,
    /// Where to, as clients see it, whatever proxies made of it; without a query.
    pub url: String,
    /// The form body. Never the query: credentials and tokens in an address end up in logs (RFC 9700 §4.3.2).
    pub params: Params,
    /// Its headers, as they came.
    pub headers: Headers,
    /// The network address that it comes from, where that is known.
    pub address: Option<String>,
    /// What the log and its answer call it.
    pub request: Option<String>,
}

impl Incoming {
    /// Where it came from, for what is kept of it.
    pub fn source(&self) -> Source<'_> {
        Source { address: self.address.as_deref(), request: self.request.as_deref() }
    }

    /// The `Authorization` header's scheme and what follows it.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        let header = self.headers.get(AUTHORIZATION)?.trim();
        Some(header.split_once(' ').map_or((header, ""), |(scheme, rest)| (scheme, rest.trim())))
    }

    /// Whether the `Accept` header names this media type itself: RFC 9110 §12.5.1 without weights, as a
    /// wildcard asks for nothing special and a weight of 0 for what one does not name anyway.
    pub fn accepts(&self, media_type: &str) -> bool {
        let ranges = self.headers.all(ACCEPT).flat_map(|header| header.split(','));
        let mut names = ranges.map(|range| range.split(';').next().unwrap_or_default().trim());
        names.any(|name| name.eq_ignore_ascii_case(media_type))
    }

    /// RFC 6750 §2.1, §2.2: the access token, by header or by form body. A header of another scheme is no
    /// credential here, so the answer is the bare challenge.
    pub fn bearer(&self) -> Result<&str, Error> {
        self.params.single()?;
        let header = self.credentials().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match (header, self.params.get("access_token")) {
            (Some(_), Some(_)) => Err(Error::invalid_request(
                "the access token is sent twice; send it in the Authorization header only",
            )),
            (Some((_, "")), None) => {
                Err(Error::invalid_request("the Authorization header holds no access token"))
            }
            (Some((_, token)), None) | (None, Some(token)) => Ok(token),
            (None, None) => Err(Error::new(
                ErrorCode::MissingToken,
                "send the access token in an Authorization header: Bearer and the token",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn with_header(header: &str, params: &[(&str, &str)]) -> Incoming {
        testing::with_header(testing::incoming(params), AUTHORIZATION, header)
    }

    #[test]
    fn a_token_comes_by_header_or_by_body() {
        assert_eq!(with_header("Bearer abc", &[]).bearer().unwrap(), "abc");
        assert_eq!(with_header("bEARER  abc ", &[]).bearer().unwrap(), "abc");
        assert_eq!(testing::incoming(&[("access_token", "abc")]).bearer().unwrap(), "abc");
    }

    #[test]
    fn two_tokens_or_an_empty_one_are_an_invalid_request() {
        let twice = [("access_token", "abc"), ("access_token", "abc")];
        for bad in [
            with_header("Bearer abc", &[("access_token", "abc")]),
            with_header("Bearer", &[]),
            with_header("Bearer ", &[]),
            testing::incoming(&twice),
        ] {
            assert_eq!(bad.bearer().unwrap_err().code, ErrorCode::InvalidRequest, "{bad:?}");
        }
    }

    #[test]
    fn media_types_are_found_by_name_alone() {
        let incoming = |accept: &str| testing::with_header(Incoming::default(), ACCEPT, accept);
        for accept in ["a/b+jwt", "A/B+JWT", "text/html, a/b+jwt;q=0.9", "*/*;q=0.1 ,a/b+jwt"] {
            assert!(incoming(accept).accepts("a/b+jwt"), "{accept}");
        }
        for accept in ["", "*/*", "a/*", "a/b", "xa/b+jwt", "text/html;x=a/b+jwt"] {
            assert!(!incoming(accept).accepts("a/b+jwt"), "{accept}");
        }
        assert!(!Incoming::default().accepts("a/b+jwt"));
        let lines = testing::with_header(incoming("text/html"), ACCEPT, "a/b+jwt");
        assert!(lines.accepts("a/b+jwt"));
    }
}
