//! OpenID Connect Core §3.1.3.7, §3.1.3.8, §12.2: all checks before an ID token is trusted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use signet_jose::jwt::{Claims, Validation};
use signet_jose::{Error, KeySet, SigningAlg, hash, jws};

use super::data::CLIENT_ID;
use super::provider::Refusal;

/// What the application expects of an ID token.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    /// Seconds since the epoch.
    pub(super) now: i64,
    /// Sent with the authorization request; ID tokens of a refresh may leave it out.
    pub(super) nonce: Option<&'a str>,
    /// Came with it.
    pub(super) access_token: &'a str,
    /// Who signed in before, when it is one of a refresh.
    pub(super) sub: Option<&'a str>,
}

/// A verified ID token.
#[derive(Debug)]
pub(super) struct IdToken {
    pub(super) header: Value,
    pub(super) payload: Map<String, Value>,
}

impl Expected<'_> {
    /// Verifies the signature with one of the keys, then every claim that says whom it is for.
    pub(super) fn verify(&self, token: &str, keys: &KeySet) -> Result<IdToken, Refusal> {
        let wrong = |what: &str| Refusal::new("invalid_id_token", what);
        let failed = |error: Error| Refusal::new("invalid_id_token", error.to_string());
        let decoded = jws::decode(token, 32 * 1024).map_err(failed)?;
        let verified = decoded.verify_with(keys, &SigningAlg::ALL).map_err(failed)?;
        let claims = Claims::parse(verified.payload()).map_err(failed)?;
        let validation =
            Validation::at(self.now).leeway(60).issuer(self.issuer).audiences(&[CLIENT_ID]).check(&claims);
        validation.map_err(failed)?;
        let text = |name| claims.text(name).map_err(failed);
        if text("azp")?.is_some_and(|azp| azp != CLIENT_ID) {
            return Err(wrong("azp names another client"));
        }
        match (self.nonce, text("nonce")?) {
            (Some(sent), came) if came != Some(sent) => {
                return Err(wrong("the nonce is not the one that was sent"));
            }
            _ => {}
        }
        if text("at_hash")?.is_some_and(|sent| sent != hash::half_hash(verified.alg(), self.access_token)) {
            return Err(wrong("at_hash does not belong to the access token"));
        }
        match (self.sub, text("sub")?) {
            (_, None) => return Err(wrong("sub is missing")),
            (Some(before), Some(now)) if before != now => return Err(wrong("sub has changed")),
            _ => {}
        }
        let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let header = header.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(IdToken { header, payload: claims.into_map() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use signet_jose::SigningKey;

    const NOW: i64 = 1_795_000_000;

    fn check(change: impl FnOnce(&mut Value), sub: Option<&str>) -> Result<IdToken, Refusal> {
        let key = SigningKey::generate(SigningAlg::Es256).unwrap();
        let keys = KeySet::from_iter([key.verifying_key().unwrap()]);
        let mut claims = json!({
            "iss": "http://localhost:8080", "aud": "demo", "sub": "s", "exp": NOW + 60, "iat": NOW, "nonce": "n",
            "at_hash": hash::half_hash(SigningAlg::Es256, "access"),
        });
        change(&mut claims);
        let token = jws::sign(&key, Some("JWT"), claims.to_string().as_bytes()).unwrap();
        let issuer = "http://localhost:8080";
        Expected { issuer, now: NOW, nonce: Some("n"), access_token: "access", sub }.verify(&token, &keys)
    }

    #[test]
    fn a_good_one_is_taken() {
        let token = check(|_| {}, Some("s")).unwrap();
        assert_eq!((token.header["alg"].as_str(), token.payload["sub"].as_str()), (Some("ES256"), Some("s")));
    }

    #[test]
    fn each_wrong_claim_is_refused() {
        for (name, value) in [
            ("iss", json!("http://localhost:9999")),
            ("aud", json!("other")),
            ("azp", json!("other")),
            ("exp", json!(NOW - 61)),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
            ("sub", json!("t")),
        ] {
            let refusal = check(|claims| claims[name] = value.clone(), Some("s")).unwrap_err();
            assert_eq!(refusal.code, "invalid_id_token", "{name} {value}");
        }
    }

    #[test]
    fn a_foreign_signature_is_refused() {
        let [ours, theirs] = [(); 2].map(|()| SigningKey::generate(SigningAlg::Es256).unwrap());
        let token = jws::sign(&theirs, None, b"{}").unwrap();
        let expected = Expected { issuer: "i", now: NOW, nonce: None, access_token: "", sub: None };
        let keys = KeySet::from_iter([ours.verifying_key().unwrap()]);
        assert_eq!(expected.verify(&token, &keys).unwrap_err().code, "invalid_id_token");
    }
}
