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

use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::lookup::{Facts, Lookup};
use crate::reply::{Contents, Reply};
use crate::settings::Settings;

/// A request that was read: what must be found for it, and what comes of it. The shell finds, lets it decide,
/// and commits; after a lost race it finds and decides again.
pub trait Step: Send + Sync {
    /// What is looked up first, from one snapshot.
    fn lookup(&self) -> Vec<Lookup>;

    /// What was found shows this to be missing; asked until it asks for nothing new.
    fn follow_up(&self, _env: &Env<'_>, _facts: &Facts) -> Vec<Lookup> {
        Vec::new()
    }

    /// The rules, in the order of the specification.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error>;
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

/// A refusal as it is answered directly: RFC 6749 §5.2, RFC 6750 §3, and RFC 6585 §4 where too much was
/// asked.
pub fn refusal(scheme: Scheme, settings: &Settings, error: &Error) -> Reply {
    let mut reply = Reply::from(body(error).map_or(Contents::Empty, Contents::Json));
    reply.status = if error.retry_after.is_some() { 429 } else { error.code.status() };
    let challenge = challenge(scheme, settings, error).map(|challenge| ("www-authenticate", challenge));
    let later = error.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
    reply.headers.extend(challenge.into_iter().chain(later));
    reply
}

/// The `WWW-Authenticate` header of a refusal, where one is due: with every 401, and with what RFC 6750 §3.1
/// tells about tokens.
fn challenge(scheme: Scheme, settings: &Settings, error: &Error) -> Option<String> {
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
fn body(error: &Error) -> Option<Value> {
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

    #[test]
    fn without_a_token_the_challenge_is_bare() {
        for none in [
            testing::incoming(&[]),
            testing::with_header(testing::incoming(&[]), "authorization", "Basic d2ViOng="),
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
    fn who_asked_too_much_learns_when_to_come_again() {
        let error = Error::new(ErrorCode::TemporarilyUnavailable, "wait").after(7);
        let reply = refusal(Scheme::Basic, &testing::settings(), &error);
        assert_eq!((reply.status, reply.headers), (429, vec![("retry-after", "7".to_owned())]));
        let wrong = refusal(Scheme::Basic, &testing::settings(), &Error::invalid_client("no"));
        assert_eq!(wrong.status, 401);
        assert_eq!(wrong.headers, [("www-authenticate", "Basic realm=\"https://op.example\"".to_owned())]);
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
