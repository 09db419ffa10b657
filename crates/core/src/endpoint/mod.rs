//! RFC 6749 §5.2, RFC 6750 §2, §3: the endpoints, and what the direct ones share: the request as received and
//! the form of an error.

pub mod authorization;
pub mod end_session;
pub mod introspection;
pub mod registration;
pub mod revocation;
pub mod token;
pub mod userinfo;
pub mod webfinger;

use serde_json::{Value, json};

use crate::error::{Error, ErrorCode};
use crate::settings::Settings;

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
    use crate::incoming::Incoming;
    use crate::testing;

    fn with_header(header: &str, params: &[(&str, &str)]) -> Incoming {
        Incoming { authorization: Some(header.into()), ..testing::incoming(params) }
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
