//! RFC 7519 §4: the claims in a payload.

use crate::error::Error;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A JSON object with unique member names, and the registered claims read out of it.
///
/// Where it came from decides whether it can be believed: from a [`crate::jws::Verified`] payload it can.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Parses a payload.
    pub fn parse(payload: &[u8]) -> Result<Self, Error> {
        signet_json::object(payload)
            .map(Self)
            .map_err(|_| Error::Malformed("the payload is not a JSON object with unique member names"))
    }

    /// The claims as a map.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// The claims as a type of the caller's.
    pub fn into_typed<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_value(Value::Object(self.0)).map_err(|error| Error::Claims(error.to_string()))
    }

    /// Any claim.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that must be text where it is present.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::MalformedClaim(name)),
        }
    }

    /// `aud`, which may be one string or an array of strings.
    pub fn audiences(&self) -> Result<Vec<&str>, Error> {
        const MALFORMED: Error = Error::MalformedClaim("aud");
        match self.0.get("aud") {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(many)) => many.iter().map(|item| item.as_str().ok_or(MALFORMED)).collect(),
            Some(_) => Err(MALFORMED),
        }
    }

    /// RFC 7519 §2, NumericDate: seconds since the epoch, fractions cut off.
    pub fn instant(&self, name: &'static str) -> Result<Option<i64>, Error> {
        // Beyond 2^53 a JSON number is no longer exact, and no such instant is meant.
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        let Some(value) = self.0.get(name) else { return Ok(None) };
        match value.as_f64() {
            Some(seconds) if seconds.abs() <= LIMIT => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the range is checked, the fraction unwanted"
                )]
                let seconds = seconds.floor() as i64;
                Ok(Some(seconds))
            }
            _ => Err(Error::MalformedClaim(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        Claims::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn typed_claims_tell_what_they_miss() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Subject {
            sub: String,
        }
        assert_eq!(claims(r#"{"sub":"diana","x":1}"#).into_typed(), Ok(Subject { sub: "diana".to_owned() }));
        let error = claims("{}").into_typed::<Subject>().unwrap_err();
        assert_eq!(error.to_string(), "the claims are not as expected: missing field `sub`");
    }

    #[test]
    fn only_an_object_with_unique_names_is_claims() {
        for payload in ["", "[]", "\"x\"", r#"{"sub":"a","sub":"b"}"#, "{}{}"] {
            assert!(Claims::parse(payload.as_bytes()).is_err(), "{payload}");
        }
    }

    #[test]
    fn instants_may_have_fractions_but_must_be_in_range() {
        assert_eq!(claims(r#"{"exp":1300819380}"#).instant("exp"), Ok(Some(1_300_819_380)));
        assert_eq!(claims(r#"{"exp":1300819380.9}"#).instant("exp"), Ok(Some(1_300_819_380)));
        assert_eq!(claims(r#"{"exp":-1.5}"#).instant("exp"), Ok(Some(-2)));
        assert_eq!(claims("{}").instant("exp"), Ok(None));
        for wrong in ["\"1\"", "null", "true", "1e300", "18446744073709551615", "[1]"] {
            let claims = claims(&format!(r#"{{"exp":{wrong}}}"#));
            assert_eq!(claims.instant("exp"), Err(Error::MalformedClaim("exp")), "{wrong}");
        }
    }

    #[test]
    fn audiences_are_one_or_many() {
        assert_eq!(claims("{}").audiences(), Ok(vec![]));
        assert_eq!(claims(r#"{"aud":"a"}"#).audiences(), Ok(vec!["a"]));
        assert_eq!(claims(r#"{"aud":["a","b"]}"#).audiences(), Ok(vec!["a", "b"]));
        for wrong in ["1", "null", "{}", "[1]", r#"["a",null]"#] {
            let claims = claims(&format!(r#"{{"aud":{wrong}}}"#));
            assert_eq!(claims.audiences(), Err(Error::MalformedClaim("aud")), "{wrong}");
        }
    }
}
