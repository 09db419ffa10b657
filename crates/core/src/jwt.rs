//! RFC 7515 §4, RFC 7519 §4.1, RFC 8725 §3.11: checks common to all JWTs of other parties: one strict reader
//! and one clock.
//!
//! Nothing that they say is believed before a signature is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::alg::{is_mac, is_symmetric};
use crate::time::Timestamp;

/// RFC 7516 §7.1.
const JWE_PARTS: usize = 5;

/// How far clocks may differ: FAPI 2.0 §5.3.2.1 wants 10 seconds borne and 60 refused.
pub(crate) const SKEW: u64 = 30;

/// A header or claims: base64url of a JSON object in which no member occurs twice.
pub(crate) fn object(part: &str) -> Option<Map<String, Value>> {
    signet_json::object(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What it takes to read a text, before anything in it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing that has to be counted.
    Little,
    /// A private key of ours, to which anybody can encrypt anything.
    OurKey,
    /// The secret of a client, by which it is encrypted or protected: who sends it tries that secret.
    ItsSecret,
    /// Public keys of a client that nobody has looked at, for which anybody can sign anything.
    StrangersKey,
}

impl Work {
    /// As the header of a text says.
    pub fn of(token: &str) -> Self {
        let token = token.trim_ascii();
        let header = token.split('.').next().and_then(object);
        let alg = header.as_ref().and_then(|header| header.get("alg")?.as_str()).unwrap_or_default();
        match is_encrypted(token) {
            true if is_symmetric(alg) => Work::ItsSecret,
            true => Work::OurKey,
            false if is_mac(alg) => Work::ItsSecret,
            false => Work::Little,
        }
    }
}

/// Whether it has the parts of an encrypted one.
pub fn is_encrypted(token: &str) -> bool {
    token.split('.').count() == JWE_PARTS
}

/// What was signed for another purpose must not serve for this one, whose `typ` is `own`.
pub(crate) fn purpose(header: &Map<String, Value>, own: &str) -> Result<(), String> {
    let Some(typ) = header.get("typ") else { return Ok(()) };
    let typ = typ.as_str().ok_or("typ must be text")?.to_ascii_lowercase();
    let short = typ.strip_prefix("application/").unwrap_or(&typ);
    if short.ends_with("+jwt") && short != own {
        return Err(format!("typ says that it is for another purpose; leave it out, or write {own}"));
    }
    Ok(())
}

/// `aud`: one text or several; none where it is absent.
pub(crate) fn audience(claims: &Map<String, Value>) -> Result<Option<Vec<&str>>, &'static str> {
    let named = match claims.get("aud") {
        None => return Ok(None),
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
        Some(one) => one.as_str().map(|one| vec![one]),
    };
    named.map(Some).ok_or("aud must be text or an array of texts")
}

/// `exp`, `nbf` and `iat`, in seconds since the epoch.
#[derive(Clone, Copy)]
pub(crate) struct Instants {
    pub(crate) expires_at: Option<i64>,
    pub(crate) not_before: Option<i64>,
    pub(crate) issued_at: Option<i64>,
}

impl Instants {
    pub(crate) fn read(claims: &Map<String, Value>) -> Result<Self, String> {
        let instant = |name: &str| {
            let wrong = || format!("{name} must be a number of seconds");
            claims.get(name).map(|value| seconds(value).ok_or_else(wrong)).transpose()
        };
        Ok(Self { expires_at: instant("exp")?, not_before: instant("nbf")?, issued_at: instant("iat")? })
    }

    /// What is there must fit the instant of the request.
    pub(crate) fn judge(&self, now: Timestamp) -> Result<(), &'static str> {
        let now = i64::try_from(now.0).unwrap_or(i64::MAX);
        let skew = SKEW.cast_signed();
        let ahead = |at: i64| at > now.saturating_add(skew);
        if self.expires_at.is_some_and(|at| at.saturating_add(skew) <= now) {
            return Err("it has expired (exp)");
        }
        if self.not_before.is_some_and(ahead) {
            return Err("it is not valid yet (nbf)");
        }
        if self.issued_at.is_some_and(ahead) {
            return Err("it was issued in the future (iat)");
        }
        Ok(())
    }
}

/// RFC 7519 §2, NumericDate: seconds since the epoch, fractions cut off.
fn seconds(value: &Value) -> Option<i64> {
    // Beyond 2^53 a JSON number is no longer exact, and no such instant is meant.
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    let seconds = value.as_f64().filter(|seconds| seconds.abs() <= LIMIT)?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, the fraction unwanted")]
    let seconds = seconds.floor() as i64;
    Some(seconds)
}
