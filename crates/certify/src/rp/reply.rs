//! RFC 6749 §5, RFC 6750 §3: the provider's answer to a client, and what makes it a good one.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use serde_json::Value;

use crate::Error;

/// An answer with what is needed to judge it.
#[derive(Clone)]
pub struct Reply {
    /// The response's status.
    pub status: StatusCode,
    /// The response's header.
    pub headers: HeaderMap,
    /// The response's body as it came.
    pub body: Bytes,
    /// The body as JSON; `null` where it is not.
    pub json: Value,
    asked: Asked,
    tail: String,
}

/// What the judgement needs to know of the request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    line: String,
    /// The scheme of its `Authorization` header, if it had one.
    scheme: Option<String>,
}

/// RFC 6749 §5.1: a successful token response.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// `Bearer` or `DPoP`.
    pub token_type: String,
    /// Seconds the access token lives.
    pub expires_in: Option<u64>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// The ID token.
    pub id_token: Option<String>,
    /// The granted scope, where stated.
    pub scope: Option<String>,
    /// The whole response.
    pub json: Value,
}

/// The access token, so that tokens can be handed to `userinfo`, `introspect` and `revoke` as they are.
impl AsRef<str> for Tokens {
    fn as_ref(&self) -> &str {
        &self.access_token
    }
}

impl Tokens {
    /// The refresh token, or an error that says there is none.
    pub fn refresh(&self) -> Result<&str, Error> {
        self.refresh_token.as_deref().ok_or_else(|| Error::new("no refresh token was issued"))
    }
}

impl Asked {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let scheme = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        Self {
            line: format!("{} {}", request.method(), request.uri()),
            scheme: scheme.and_then(|value| value.split(' ').next()).map(str::to_owned),
        }
    }
}

impl Reply {
    pub(super) fn new(asked: Asked, response: Response<Bytes>, tail: String) -> Self {
        let (parts, body) = response.into_parts();
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body, json, asked, tail }
    }

    /// A header's value as text, several joined by commas; empty where absent.
    pub fn header(&self, name: header::HeaderName) -> String {
        let values = self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(", ")
    }

    /// The error code: of the body, else of the challenge.
    pub fn error(&self) -> Option<String> {
        let body = self.json.get("error").and_then(Value::as_str).map(str::to_owned);
        body.or_else(|| self.challenge_parameter("error"))
    }

    /// Succeeds when the request did: a 2xx status, and any JSON it announces is well formed.
    pub fn success(&self) -> Result<&Self, Error> {
        if !self.status.is_success() {
            return Err(self.wrong("expected success"));
        }
        if self.header(header::CONTENT_TYPE).starts_with("application/json") && self.json.is_null() {
            return Err(self.wrong("the body is not the JSON it claims to be"));
        }
        Ok(self)
    }

    /// The body as a JSON object of a successful answer.
    pub fn json_object(&self) -> Result<&Value, Error> {
        self.success()?;
        self.expect_json()?;
        Ok(&self.json)
    }

    /// RFC 6749 §5.1: a well-formed and uncacheable token response.
    pub fn token_set(&self) -> Result<Tokens, Error> {
        let json = self.json_object()?;
        if self.status != StatusCode::OK {
            return Err(self.wrong("a token response has status 200"));
        }
        self.expect_no_store()?;
        let text = |name: &str| match json.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(other) => Err(self.wrong(format!("{name} is {other}"))),
        };
        let needed = |name: &str| text(name)?.ok_or_else(|| self.wrong(format!("{name} is missing")));
        let expires_in = match json.get("expires_in") {
            None => None,
            Some(value) => Some(value.as_u64().ok_or_else(|| self.wrong(format!("expires_in is {value}")))?),
        };
        Ok(Tokens {
            access_token: needed("access_token")?,
            token_type: needed("token_type")?,
            expires_in,
            refresh_token: text("refresh_token")?,
            id_token: text("id_token")?,
            scope: text("scope")?,
            json: json.clone(),
        })
    }

    /// A refusal with this code that keeps every rule: status, challenge, JSON, `no-store` and a usable
    /// description.
    pub fn refusal(&self, code: &str) -> Result<&Self, Error> {
        let expected = status_of(code);
        if self.status.as_u16() != expected {
            return Err(self.wrong(format!("expected {expected} {code}")));
        }
        let challenge = self.header(header::WWW_AUTHENTICATE);
        let bearer = self.asked.scheme.as_deref().is_some_and(|scheme| !scheme.eq_ignore_ascii_case("basic"));
        if expected == 401 {
            let scheme = self.asked.scheme.as_deref().unwrap_or_default();
            if challenge.is_empty() || !starts_with(&challenge, scheme) {
                return Err(self.wrong(format!("expected WWW-Authenticate: {scheme} …, found {challenge:?}")));
            }
        }
        let told = self.challenge_parameter("error");
        if bearer && told.as_deref() != Some(code) {
            return Err(
                self.wrong(format!("expected error=\"{code}\" in WWW-Authenticate, found {challenge:?}"))
            );
        }
        // RFC 6750 §3 leaves the body of a protected resource open; where there is one, it must agree.
        let description = if bearer && self.body.is_empty() {
            self.challenge_parameter("error_description")
        } else {
            self.expect_json()?;
            if self.json.get("error").and_then(Value::as_str) != Some(code) {
                return Err(self.wrong(format!("expected error {code}")));
            }
            self.json.get("error_description").and_then(Value::as_str).map(str::to_owned)
        };
        self.expect_no_store()?;
        let Some(description) = description.filter(|text| !text.is_empty()) else {
            return Err(self.wrong("error_description is missing"));
        };
        if !description.chars().all(is_nqschar) {
            return Err(self.wrong(format!(
                "error_description holds characters RFC 6749 §5.2 forbids: {description:?}"
            )));
        }
        Ok(self)
    }

    /// RFC 6750 §3.1: no token was shown, so the challenge names no error.
    pub fn challenge(&self) -> Result<&Self, Error> {
        let challenge = self.header(header::WWW_AUTHENTICATE);
        if self.status != StatusCode::UNAUTHORIZED || !starts_with(&challenge, "Bearer") {
            return Err(
                self.wrong(format!("expected 401 with WWW-Authenticate: Bearer, found {challenge:?}"))
            );
        }
        match self.challenge_parameter("error") {
            Some(code) => {
                Err(self.wrong(format!("the challenge names error {code:?} although no token was shown")))
            }
            None => Ok(self),
        }
    }

    /// An error about this answer.
    pub(crate) fn wrong(&self, why: impl Into<String>) -> Error {
        let said = match self.error() {
            Some(code) => {
                let description =
                    self.json.get("error_description").and_then(Value::as_str).unwrap_or_default();
                format!("{} {code} {description}", self.status)
            }
            None => self.status.to_string(),
        };
        Error::new(format!("{}: {} (answered {})", self.asked.line, why.into(), said.trim_end()))
            .after(|| self.tail.clone())
    }

    fn expect_json(&self) -> Result<(), Error> {
        let kind = self.header(header::CONTENT_TYPE);
        if kind.split(';').next().map(str::trim) != Some("application/json") || !self.json.is_object() {
            return Err(self.wrong(format!("expected a JSON object, found {kind:?}")));
        }
        Ok(())
    }

    fn expect_no_store(&self) -> Result<(), Error> {
        if self.header(header::CACHE_CONTROL).to_ascii_lowercase().contains("no-store") {
            return Ok(());
        }
        Err(self.wrong("expected Cache-Control: no-store"))
    }

    /// A quoted parameter of the challenge.
    fn challenge_parameter(&self, name: &str) -> Option<String> {
        let challenge = self.header(header::WWW_AUTHENTICATE);
        let start = format!("{name}=\"");
        let whole = |at: usize| challenge.get(..at).is_some_and(|before| before.ends_with([' ', ',']));
        let (at, _) = challenge.match_indices(&start).find(|(at, _)| whole(*at))?;
        challenge.get(at + start.len()..)?.split_once('"').map(|(value, _)| value.to_owned())
    }
}

/// The status each error goes with (RFC 6749 §5.2, RFC 6750 §3.1, RFC 9470 §3).
fn status_of(code: &str) -> u16 {
    match code {
        "invalid_client" | "invalid_token" | "insufficient_user_authentication" => 401,
        "insufficient_scope" => 403,
        "server_error" => 500,
        "temporarily_unavailable" => 503,
        _ => 400,
    }
}

fn starts_with(challenge: &str, scheme: &str) -> bool {
    challenge.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// RFC 6749 appendix A: printable ASCII without `"` and `\`.
fn is_nqschar(c: char) -> bool {
    matches!(c, ' '..='~') && c != '"' && c != '\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(scheme: Option<&str>, status: u16, headers: &[(header::HeaderName, &str)], body: &str) -> Reply {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, *value);
        }
        let asked = Asked { line: "POST https://op.test/token".into(), scheme: scheme.map(str::to_owned) };
        Reply::new(asked, response.body(Bytes::from(body.to_owned())).unwrap(), String::new())
    }

    const JSON: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/json");
    const NO_STORE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-store");
    const GRANT: &str = r#"{"error":"invalid_grant","error_description":"the code was used before"}"#;

    #[test]
    fn a_proper_refusal_passes() {
        assert!(reply(None, 400, &[JSON, NO_STORE], GRANT).refusal("invalid_grant").is_ok());
        let client = r#"{"error":"invalid_client","error_description":"unknown client"}"#;
        let basic = (header::WWW_AUTHENTICATE, "Basic realm=\"op\"");
        assert!(
            reply(Some("Basic"), 401, &[JSON, NO_STORE, basic], client).refusal("invalid_client").is_ok()
        );
        let bearer = (
            header::WWW_AUTHENTICATE,
            "Bearer realm=\"op\", error=\"invalid_token\", error_description=\"expired\"",
        );
        assert!(reply(Some("Bearer"), 401, &[NO_STORE, bearer], "").refusal("invalid_token").is_ok());
    }

    #[test]
    fn each_flaw_of_a_refusal_is_told() {
        let told = |reply: Reply, code: &str| reply.refusal(code).err().unwrap().message().to_owned();
        assert!(told(reply(None, 401, &[JSON, NO_STORE], GRANT), "invalid_grant").contains("expected 400"));
        assert!(told(reply(None, 400, &[JSON, NO_STORE], GRANT), "invalid_scope").contains("invalid_scope"));
        assert!(told(reply(None, 400, &[NO_STORE], GRANT), "invalid_grant").contains("JSON"));
        assert!(told(reply(None, 400, &[JSON], GRANT), "invalid_grant").contains("no-store"));
        let bare = r#"{"error":"invalid_grant"}"#;
        assert!(told(reply(None, 400, &[JSON, NO_STORE], bare), "invalid_grant").contains("missing"));
        let quoted = r#"{"error":"invalid_grant","error_description":"the \"code\""}"#;
        assert!(told(reply(None, 400, &[JSON, NO_STORE], quoted), "invalid_grant").contains("forbids"));
        let client = r#"{"error":"invalid_client","error_description":"x"}"#;
        let bearer = (header::WWW_AUTHENTICATE, "Bearer");
        assert!(
            told(reply(Some("Basic"), 401, &[JSON, NO_STORE, bearer], client), "invalid_client")
                .contains("Basic")
        );
        assert!(
            told(reply(None, 401, &[JSON, NO_STORE], client), "invalid_client").contains("WWW-Authenticate")
        );
    }

    #[test]
    fn tokens_need_their_members_and_no_store() {
        let body = r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#;
        let tokens = reply(None, 200, &[JSON, NO_STORE], body).token_set().unwrap();
        assert_eq!((tokens.as_ref(), tokens.expires_in), ("a", Some(60)));
        assert!(tokens.refresh().is_err());
        assert!(reply(None, 200, &[JSON], body).token_set().is_err());
        assert!(reply(None, 201, &[JSON, NO_STORE], body).token_set().is_err());
        for bad in [
            r#"{"access_token":"a"}"#,
            r#"{"access_token":null,"token_type":"Bearer"}"#,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":"60"}"#,
            r#"{"access_token":"a","token_type":"Bearer","refresh_token":null}"#,
        ] {
            assert!(reply(None, 200, &[JSON, NO_STORE], bad).token_set().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_challenge_without_token_names_no_error() {
        let plain = (header::WWW_AUTHENTICATE, "Bearer realm=\"op\"");
        let named = (header::WWW_AUTHENTICATE, "Bearer realm=\"op\", error=\"invalid_token\"");
        assert!(reply(None, 401, &[plain], "").challenge().is_ok());
        assert!(reply(None, 401, &[named], "").challenge().is_err());
        assert!(reply(None, 401, &[], "").challenge().is_err());
    }
}
