//! RFC 7636: proof key for code exchange.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secret::constant_time_eq;

/// RFC 7636 §4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// The challenge is the SHA-256 of the verifier.
    S256,
    /// The challenge is the verifier; only where configured.
    #[serde(rename = "plain")]
    Plain,
}

impl Method {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::S256 => "S256",
            Method::Plain => "plain",
        }
    }
}

/// What the client promised to prove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    method: Method,
    value: String,
}

impl Challenge {
    /// RFC 7636 §4.3: reads `code_challenge` and `code_challenge_method` (absent: `plain`).
    pub fn parse(
        challenge: Option<&str>,
        method: Option<&str>,
        plain_allowed: bool,
    ) -> Result<Option<Self>, &'static str> {
        let Some(value) = challenge else {
            return match method {
                Some(_) => Err("code_challenge_method is given without code_challenge"),
                None => Ok(None),
            };
        };
        let method = match method.unwrap_or("plain") {
            "S256" => Method::S256,
            "plain" if plain_allowed => Method::Plain,
            "plain" => return Err("code_challenge_method must be S256"),
            _ => return Err("code_challenge_method is unknown; use S256"),
        };
        let right_length = match method {
            Method::S256 => value.len() == 43,
            Method::Plain => (43..=128).contains(&value.len()),
        };
        if !right_length || !value.bytes().all(is_unreserved) {
            return Err("code_challenge is malformed; for S256 it has 43 base64url characters");
        }
        Ok(Some(Self { method, value: value.to_owned() }))
    }

    /// RFC 7636 §4.6: checks the verifier.
    pub fn verify(&self, verifier: Option<&str>) -> Result<(), &'static str> {
        let Some(verifier) = verifier else {
            return Err("code_verifier is missing; the authorization request had a code_challenge");
        };
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(is_unreserved) {
            return Err("code_verifier must have 43 to 128 unreserved characters");
        }
        let proven = match self.method {
            Method::S256 => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
            Method::Plain => verifier.to_owned(),
        };
        if constant_time_eq(proven.as_bytes(), self.value.as_bytes()) {
            Ok(())
        } else {
            Err("code_verifier does not match the code_challenge of the authorization request")
        }
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn rfc_7636_appendix_b() {
        let challenge = Challenge::parse(Some(CHALLENGE), Some("S256"), false).unwrap().unwrap();
        challenge.verify(Some(VERIFIER)).unwrap();
        assert!(challenge.verify(None).is_err());
        assert!(challenge.verify(Some(CHALLENGE)).is_err());
        assert!(challenge.verify(Some("short")).is_err());
    }

    #[test]
    fn plain_only_where_allowed() {
        assert!(Challenge::parse(Some(VERIFIER), None, false).is_err());
        let plain = Challenge::parse(Some(VERIFIER), None, true).unwrap().unwrap();
        plain.verify(Some(VERIFIER)).unwrap();
    }

    #[test]
    fn malformed_challenges_are_refused() {
        assert!(Challenge::parse(None, Some("S256"), false).is_err());
        assert!(Challenge::parse(Some("abc"), Some("S256"), false).is_err());
        assert!(Challenge::parse(Some(CHALLENGE), Some("S512"), false).is_err());
        assert!(Challenge::parse(None, None, false).unwrap().is_none());
    }
}
