//! RFC 6749 §5.2, RFC 6750 §2, §3: the endpoints, and what the direct ones share: the request as it came and
//! the form of a refusal.

pub mod authorization;
pub mod discovery;
pub mod end_session;
pub mod introspection;
pub mod registration;
pub mod revocation;
pub mod token;
pub mod userinfo;
pub mod webfinger;

use serde_json::{Value, json};

use crate::error::{Error, ErrorCode};
use crate::params::Params;
use crate::settings::Settings;

/// A request to a direct endpoint (not through a browser), as the shell received it.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The form body. Never the query: credentials and tokens in an address end up in logs (RFC 9700 §4.3.2).
    pub params: Params,
    /// The `Authorization` header as it came.
    pub authorization: Option<String>,
    /// The `Accept` header as it came.
    pub accept: Option<String>,
}

impl Incoming {
    /// The `Authorization` header's scheme and what follows it.
    pub fn credentials(&self) -> Option<(&str, &str)> {
        let header = self.authorization.as_deref()?.trim();
        Some(header.split_once(' ').map_or((header, ""), |(scheme, rest)| (scheme, rest.trim())))
    }

    /// Whether the `Accept` header names this media type itself: RFC 9110 §12.5.1 without weights, as a
    /// wildcard asks for nothing special and a weight of 0 for what one does not name anyway.
    pub fn accepts(&self, media_type: &str) -> bool {
        let ranges = self.accept.iter().flat_map(|header| header.split(','));
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

/// The authentication scheme that an endpoint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Client authentication: token, introspection, revocation.
    Basic,
    /// Access tokens: userinfo.
    Bearer,
    /// Initial and registration access tokens: registration, whose other refusals are not about tokens.
    Registration,
}

/// The `WWW-Authenticate` header of a refusal, where one is due: with every 401, and with what RFC 6750 §3.1
/// tells about tokens.
pub fn challenge(scheme: Scheme, settings: &Settings, error: &Error) -> Option<String> {
    let realm = quotable(&settings.issuer);
    let code = error.code;
    match scheme {
        Scheme::Basic if code.status() == 401 => Some(format!("Basic realm=\"{realm}\"")),
        Scheme::Basic => None,
        Scheme::Registration if code.status() != 401 => None,
        Scheme::Bearer | Scheme::Registration if code == ErrorCode::MissingToken => {
            Some(format!("Bearer realm=\"{realm}\""))
        }
        Scheme::Bearer | Scheme::Registration if code.status() < 500 => {
            let scope = if code == ErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" };
            let description = error.wire_description();
            Some(format!(
                "Bearer realm=\"{realm}\", error=\"{code}\", error_description=\"{description}\"{scope}"
            ))
        }
        Scheme::Bearer | Scheme::Registration => None,
    }
}

/// The JSON body of a refusal (RFC 6749 §5.2); none when no access token came, as nothing may be told then
/// (RFC 6750 §3.1).
pub fn body(error: &Error) -> Option<Value> {
    let told = error.code != ErrorCode::MissingToken;
    told.then(|| json!({"error": error.code.as_str(), "error_description": error.wire_description()}))
}

fn quotable(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn with_header(header: &str, params: &[(&str, &str)]) -> Incoming {
        Incoming { authorization: Some(header.into()), ..testing::incoming(params) }
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
        let incoming = |accept: &str| Incoming { accept: Some(accept.into()), ..Incoming::default() };
        for accept in ["a/b+jwt", "A/B+JWT", "text/html, a/b+jwt;q=0.9", "*/*;q=0.1 ,a/b+jwt"] {
            assert!(incoming(accept).accepts("a/b+jwt"), "{accept}");
        }
        for accept in ["", "*/*", "a/*", "a/b", "xa/b+jwt", "text/html;x=a/b+jwt"] {
            assert!(!incoming(accept).accepts("a/b+jwt"), "{accept}");
        }
        assert!(!Incoming::default().accepts("a/b+jwt"));
    }

    #[test]
    fn without_a_token_the_challenge_is_bare() {
        for none in [
            testing::incoming(&[]),
            with_header("Basic d2ViOng=", &[]),
            testing::incoming(&[("access_token", "")]),
        ] {
            let error = none.bearer().unwrap_err();
            assert_eq!(error.code.status(), 401);
            let header = challenge(Scheme::Bearer, &testing::settings(), &error);
            assert_eq!(header.as_deref(), Some("Bearer realm=\"https://op.example\""));
            assert_eq!(body(&error), None);
        }
    }

    #[test]
    fn refused_tokens_are_explained() {
        let settings = testing::settings();
        let header = |error| challenge(Scheme::Bearer, &settings, &error);
        assert_eq!(
            header(Error::invalid_token("it has \"expired\"")).unwrap(),
            "Bearer realm=\"https://op.example\", error=\"invalid_token\", error_description=\"it has 'expired'\""
        );
        let scope = header(Error::new(ErrorCode::InsufficientScope, "openid is missing")).unwrap();
        assert!(scope.ends_with(", scope=\"openid\""), "{scope}");
        assert_eq!(header(Error::server("disk")), None);
    }

    #[test]
    fn only_401_asks_for_client_authentication() {
        let settings = testing::settings();
        let header = |error| challenge(Scheme::Basic, &settings, &error);
        assert_eq!(header(Error::invalid_client("no")).unwrap(), "Basic realm=\"https://op.example\"");
        assert_eq!(header(Error::invalid_grant("no")), None);
        assert_eq!(
            body(&Error::invalid_grant("no").because("private")).unwrap(),
            json!({"error": "invalid_grant", "error_description": "no"})
        );
    }
}
