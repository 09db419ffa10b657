//! RFC 7515 §4: the JOSE header, read strictly.

use crate::b64;
use crate::error::{Error, excerpt};
use serde_json::{Map, Value};

/// The protected header of a token. `jwk`, `jku`, `x5u` and `x5c` in it are never believed: a caller that
/// needs one reads it with [`Header::member`] and decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    members: Map<String, Value>,
}

impl Header {
    /// Parses the first part of a compact serialisation.
    pub(crate) fn parse(part: &str) -> Result<Self, Error> {
        let bytes = b64::decode(part, "the header is not base64url without padding")?;
        let members = signet_json::object(&bytes)
            .map_err(|_| Error::Malformed("the header is not a JSON object with unique member names"))?;
        for name in ["alg", "typ", "cty", "kid"] {
            if members.get(name).is_some_and(|value| !value.is_string()) {
                return Err(Error::Malformed("alg, typ, cty and kid of the header must be strings"));
            }
        }
        // No extension is understood, so any critical one is refused (§4.1.11), an ill-formed list as well.
        if let Some(critical) = members.get("crit") {
            return match critical.get(0).and_then(Value::as_str) {
                Some(name) => Err(Error::Critical(excerpt(name))),
                None => Err(Error::Malformed("crit must be a non-empty array of strings")),
            };
        }
        // RFC 7797 §6 wants b64 listed in crit; a header that leaves it out must not slip through either.
        if members.contains_key("b64") {
            return Err(Error::Critical("b64".to_owned()));
        }
        Ok(Self { members })
    }

    /// The `alg` text, which is mandatory.
    pub(crate) fn alg(&self) -> Result<&str, Error> {
        self.text("alg").ok_or(Error::Malformed("the header lacks alg"))
    }

    /// `kid`: a hint at the key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.text("kid")
    }

    /// `typ` as written; compare with [`Header::is_typ`].
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.text("typ")
    }

    /// `cty`: the type of the payload.
    #[must_use]
    pub fn cty(&self) -> Option<&str> {
        self.text("cty")
    }

    /// RFC 7515 §4.1.9: whether `typ` is this media type, in any case and with or without `application/`.
    #[must_use]
    pub fn is_typ(&self, expected: &str) -> bool {
        fn short(name: &str) -> &str {
            match name.split_at_checked(12) {
                Some((prefix, rest))
                    if prefix.eq_ignore_ascii_case("application/") && !rest.contains('/') =>
                {
                    rest
                }
                _ => name,
            }
        }
        self.typ().is_some_and(|typ| short(typ).eq_ignore_ascii_case(short(expected)))
    }

    /// Any other member, unbelieved.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Header, Error> {
        Header::parse(&b64::encode(json))
    }

    #[test]
    fn members_are_read() {
        let header = parse(r#"{"alg":"RS256","kid":"k","typ":"JWT","cty":"c","x":[1]}"#).unwrap();
        assert_eq!(header.alg(), Ok("RS256"));
        assert_eq!((header.kid(), header.typ(), header.cty()), (Some("k"), Some("JWT"), Some("c")));
        assert_eq!(header.member("x"), Some(&serde_json::json!([1])));
    }

    #[test]
    fn critical_extensions_are_refused() {
        let critical = |name: &str| Err(Error::Critical(name.to_owned()));
        assert_eq!(parse(r#"{"alg":"RS256","crit":["exp"],"exp":1}"#), critical("exp"));
        assert_eq!(parse(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#), critical("b64"));
        assert_eq!(parse(r#"{"alg":"RS256","b64":false}"#), critical("b64"));
        for malformed in ["[]", "{}", "\"exp\"", "[1]", "null"] {
            let header = parse(&format!(r#"{{"alg":"RS256","crit":{malformed}}}"#));
            assert!(matches!(header, Err(Error::Malformed(_))), "{malformed}");
        }
    }

    #[test]
    fn types_are_compared_as_media_types() {
        let header = |typ: &str| parse(&format!(r#"{{"alg":"RS256","typ":"{typ}"}}"#)).unwrap();
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT"] {
            assert!(header(typ).is_typ("at+jwt"), "{typ}");
            assert!(header(typ).is_typ("application/at+jwt"), "{typ}");
        }
        for typ in ["JWT", "text/at+jwt", "application/x/at+jwt", "application/", "", "äääääääääääät+jwt"]
        {
            assert!(!header(typ).is_typ("at+jwt"), "{typ}");
        }
        assert!(!header("application/text/plain").is_typ("text/plain"));
        assert!(!parse(r#"{"alg":"RS256"}"#).unwrap().is_typ("JWT"));
    }

    #[test]
    fn strings_must_be_strings() {
        for json in [r#"{"alg":1}"#, r#"{"alg":"RS256","kid":1}"#, r#"{"alg":"RS256","typ":null}"#] {
            assert!(matches!(parse(json), Err(Error::Malformed(_))), "{json}");
        }
    }
}
