//! RFC 7591 §2.3: a software statement: metadata signed by a trusted party.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::alg::is_mac;
use crate::client::Metadata;
use crate::env::{Env, JoseError};
use crate::error::{Error, ErrorCode};
use crate::jwt::{self, Instants};
use crate::lookup::{Facts, KeysOfIssuer};

const MAX_TOKEN: usize = 32 * 1024;
/// Claims about the statement itself (RFC 7519 §4.1), which are no metadata.
const ABOUT_ITSELF: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"];

/// A software statement as it came: well formed, its signature not checked.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    token: String,
    alg: String,
    kid: Option<String>,
    issuer: String,
    claims: Map<String, Value>,
}

impl Statement {
    /// The statement of a registration, if it has one.
    pub(crate) fn read(metadata: &Metadata) -> Result<Option<Self>, Error> {
        match metadata.get("software_statement") {
            None => Ok(None),
            // RFC 7592 §2.2: as if it were not there.
            Some(Value::String(nothing)) if nothing.is_empty() => Ok(None),
            Some(Value::String(token)) => Self::parse(token).map(Some),
            Some(_) => Err(wrong("software_statement must be a signed JWT")),
        }
    }

    fn parse(token: &str) -> Result<Self, Error> {
        let malformed = || wrong("software_statement must be a signed JWT of at most 32 KiB");
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        if token.len() > MAX_TOKEN {
            return Err(malformed());
        }
        let (header, claims) = jwt::object(header).zip(jwt::object(claims)).ok_or_else(malformed)?;
        let text =
            |from: &Map<String, Value>, name: &str| from.get(name).and_then(Value::as_str).map(str::to_owned);
        let alg = text(&header, "alg").filter(|alg| alg != "none" && !is_mac(alg));
        let alg = alg.ok_or_else(|| wrong("software_statement must be signed with a key pair (alg)"))?;
        let issuer = text(&claims, "iss").ok_or_else(|| wrong("software_statement has no iss"))?;
        Ok(Self { token: token.to_owned(), alg, kid: text(&header, "kid"), issuer, claims })
    }

    /// The keys of its issuer.
    pub(crate) fn lookup(&self) -> KeysOfIssuer {
        KeysOfIssuer { issuer: self.issuer.clone(), kid: self.kid.clone() }
    }

    /// As it came, to be shown again unmodified (§3.2.1).
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// What its issuer says of the client, once the signature is good.
    pub(crate) fn accept(&self, env: &Env<'_>, facts: &Facts) -> Result<Metadata, Error> {
        let keys = facts.found(&self.lookup()).ok_or_else(|| {
            Error::new(
                ErrorCode::UnapprovedSoftwareStatement,
                "the issuer of software_statement is not trusted here; ask the operator to name it",
            )
            .because(format!("issuer {:?}", self.issuer))
        })?;
        keys.verify(&self.token, &self.alg).map_err(|JoseError(why)| {
            wrong("the signature of software_statement is wrong, or is by a key that its issuer does not publish")
                .because(why)
        })?;
        self.judge(env).map_err(|why| wrong(format!("software_statement: {why}")))?;
        Ok(Metadata::from(self.claims.clone()).without(ABOUT_ITSELF))
    }

    /// RFC 7519 §4.1: whether it is for us, as far as it says for whom it is, and for now.
    fn judge(&self, env: &Env<'_>) -> Result<(), Cow<'static, str>> {
        let settings = env.settings;
        let ours = [settings.issuer.clone(), settings.endpoint("registration")];
        if let Some(named) = jwt::audience(&self.claims)?
            && !named.iter().any(|name| ours.iter().any(|own| own == name))
        {
            return Err("aud names others; it must name the issuer, or be left out".into());
        }
        Ok(Instants::read(&self.claims)?.judge(env.now)?)
    }
}

fn wrong(description: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidSoftwareStatement, description)
}
