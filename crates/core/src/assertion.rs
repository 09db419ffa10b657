//! RFC 7521 §4.2, RFC 7523 §3: client assertions: how they are sent, what they contain, and the rules for
//! their claims.
//!
//! What an assertion says is judged here against the request and the clock; its signature is judged by the
//! two methods that use it, with the client's secret or with its keys. The claims come first: the sender of a
//! wrong one learns what is wrong with it, known or not, and no key is needed to say so.

use serde_json::{Map, Value};

use crate::alg;
use crate::change::Change;
use crate::env::{Env, JoseError};
use crate::error::Error;
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::jwt::{self, Instants, SKEW};
use crate::lookup::{Facts, JtiSeen};
use crate::record::Client;
use crate::time::Timestamp;

/// RFC 7523 §2.2.
pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far ahead `exp` may lie; each `jti` is remembered until then.
const LONGEST: u64 = 3600;
/// Nothing that a client signs about itself is longer.
const MAX_TOKEN: usize = 16 * 1024;
/// `jti`s are kept: nobody needs longer ones.
const MAX_JTI: usize = 512;

/// An assertion as it came: its claims are well formed, its signature is not checked.
pub(crate) struct Assertion {
    /// The whole JWS.
    pub(crate) token: String,
    /// The algorithm that its header names.
    pub(crate) alg: String,
    /// The key that its header names.
    pub(crate) kid: Option<String>,
    /// `iss` and `sub`.
    pub(crate) client_id: ClientId,
    audience: Vec<String>,
    expires_at: i64,
    instants: Instants,
    jti: String,
}

impl Assertion {
    /// The assertion of a request, if it has one and its algorithm is for the method that asks.
    pub(crate) fn read(incoming: &Incoming, is_own: impl Fn(&str) -> bool) -> Result<Option<Self>, Error> {
        let params = &incoming.params;
        let token = match (params.get("client_assertion_type"), params.get("client_assertion")) {
            (None, None) => return Ok(None),
            (Some(TYPE), Some(token)) => token,
            (Some(TYPE), None) => return Err(Error::invalid_client("client_assertion is missing")),
            _ => return Err(Error::invalid_client(format!("client_assertion_type must be {TYPE}"))),
        };
        let Some(assertion) = Self::parse(token, is_own)? else { return Ok(None) };
        if params.get("client_id").is_some_and(|named| named != assertion.client_id.as_str()) {
            return Err(malformed("client_id in the body names another client than sub"));
        }
        Ok(Some(assertion))
    }

    fn parse(token: &str, is_own: impl Fn(&str) -> bool) -> Result<Option<Self>, Error> {
        const PARTS: &str = "it must be a JWT of three parts, each base64url without padding, of at most 16 KiB, with no member twice";
        let (signed, _) =
            token.rsplit_once('.').filter(|_| token.len() <= MAX_TOKEN).ok_or_else(|| malformed(PARTS))?;
        let (header, payload) = signed.split_once('.').ok_or_else(|| malformed(PARTS))?;
        let header = jwt::object(header).ok_or_else(|| malformed(PARTS))?;
        let alg = text(&header, "alg").filter(|alg| *alg != "none");
        let alg = alg.ok_or_else(|| malformed("its header must name a signature algorithm (alg)"))?;
        if !is_own(alg) {
            return Ok(None);
        }
        let claims = jwt::object(payload).ok_or_else(|| malformed(PARTS))?;
        let kid = header
            .get("kid")
            .map(|kid| kid.as_str().ok_or_else(|| malformed("kid must be text")))
            .transpose()?;
        jwt::purpose(&header, "client-authentication+jwt").map_err(|why| malformed(&why))?;
        let issuer = text(&claims, "iss").ok_or_else(|| malformed("iss must be the client_id"))?;
        if text(&claims, "sub") != Some(issuer) {
            return Err(malformed("iss and sub must both be the client_id"));
        }
        let jti = text(&claims, "jti").ok_or_else(|| malformed("jti is missing"))?;
        if jti.len() > MAX_JTI {
            return Err(malformed("jti is longer than 512 bytes"));
        }
        let instants = Instants::read(&claims).map_err(|why| malformed(&why))?;
        let audience = jwt::audience(&claims).map_err(malformed)?.unwrap_or_default();
        Ok(Some(Self {
            token: token.to_owned(),
            alg: alg.to_owned(),
            kid: kid.map(str::to_owned),
            client_id: ClientId::from(issuer),
            audience: audience.into_iter().map(str::to_owned).collect(),
            expires_at: instants.expires_at.ok_or_else(|| malformed("exp is missing"))?,
            instants,
            jti: jti.to_owned(),
        }))
    }

    /// Whether it was used before.
    pub(crate) fn lookup(&self) -> JtiSeen {
        JtiSeen { issuer: self.client_id.0.clone(), jti: self.jti.clone() }
    }

    /// RFC 7523 §3, points 3 to 6, and its revision (draft-ietf-oauth-rfc7523bis §4): whether it is for us
    /// alone and for now. One that names somebody else as well could be taken from there and shown here.
    pub(crate) fn judge(&self, env: &Env<'_>) -> Result<(), Error> {
        let settings = env.settings;
        let strict = settings.strict_assertion_audience;
        let base = settings.issuer.strip_suffix('/').unwrap_or(&settings.issuer);
        let is_endpoint = |named: &str| {
            let path = named.strip_prefix(base);
            settings.paths.all().any(|place| place.authenticates && Some(&*place.path) == path)
        };
        let is_ours = |named: &String| *named == settings.issuer || !strict && is_endpoint(named);
        if self.audience.is_empty() || !self.audience.iter().all(is_ours) {
            return Err(malformed(match strict {
                true => "aud must be the issuer and nothing else",
                false => "aud must be the issuer (or the token endpoint), and nobody else",
            }));
        }
        self.instants.judge(env.now).map_err(malformed)?;
        let latest = env.now.plus(LONGEST + SKEW);
        if u64::try_from(self.expires_at).is_ok_and(|end| end > latest.0) {
            return Err(malformed("exp is more than an hour ahead"));
        }
        Ok(())
    }

    /// The end of both methods, once the signature has shown who speaks: the rules that depend on the
    /// registration, and single use.
    pub(crate) fn accept(
        &self,
        env: &Env<'_>,
        client: Option<&Client>,
        facts: &Facts,
        signature: Result<(), JoseError>,
    ) -> Result<Vec<Change>, Error> {
        let client = client.ok_or_else(|| refused("unknown client".into()))?;
        signature.map_err(|JoseError(why)| refused(why))?;
        if let Some(registered) =
            client.token_endpoint_auth_signing_alg.as_ref().filter(|alg| **alg != self.alg)
        {
            return Err(Error::invalid_client(format!(
                "this client is registered to sign its assertions by {registered}, but this one is signed by {}",
                self.alg
            )));
        }
        if client.fapi {
            self.strict(env)?;
        }
        if facts.seen(&self.lookup()) {
            return Err(malformed("it was used before (jti); make a new one for each request"));
        }
        // It is refused from `exp` and the skew on, so until then it has to be remembered.
        let expires_at = Timestamp(u64::try_from(self.expires_at).unwrap_or_default().saturating_add(SKEW));
        Ok(vec![Change::SeeJti { issuer: self.client_id.0.clone(), jti: self.jti.clone(), expires_at }])
    }

    /// FAPI 2.0 §5.3.2.1 and the revision of RFC 7523 §3: an assertion made for another server must not be of
    /// use here.
    fn strict(&self, env: &Env<'_>) -> Result<(), Error> {
        if self.audience != [env.settings.issuer.as_str()] {
            return Err(malformed(
                "aud must be the issuer and nothing else, as this client is marked for FAPI",
            ));
        }
        if !alg::is_for_fapi(&self.alg) {
            return Err(malformed("alg must be PS256, ES256 or EdDSA, as this client is marked for FAPI"));
        }
        Ok(())
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn malformed(why: &str) -> Error {
    Error::invalid_client(format!("client_assertion: {why}"))
}

/// The one refusal for unknown clients and bad signatures; only the log knows which it was.
fn refused(why: String) -> Error {
    Error::invalid_client(
        "client_assertion: the client is unknown, or none of its registered keys made this signature, or its jwks_uri cannot be fetched, or it is registered for another authentication method",
    )
    .because(why)
}

#[cfg(test)]
mod tests;
