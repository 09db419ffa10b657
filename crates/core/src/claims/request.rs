//! OpenID Connect Core §5.5, §5.2: the `claims` and `claims_locales` request parameters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::language;

/// Why a text is no claims request.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// In words for the client's developer.
    pub what: Cow<'static, str>,
    /// For the log.
    pub detail: Option<String>,
}

impl Fault {
    fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), detail: None }
    }
}

/// More languages than anybody reads.
const MAX_LOCALES: usize = 16;
/// More claims than there are about anybody; they are kept with the grant, and looked for at each use of it.
const MAX_CLAIMS: usize = 256;

/// The `claims` and `claims_locales` request parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// For the UserInfo endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Wanted>,
    /// For the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Wanted>,
    /// For introspection answers; like the next, a member of oidc-op's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub introspection: BTreeMap<String, Wanted>,
    /// For access tokens.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub access_token: BTreeMap<String, Wanted>,
    /// The `claims_locales` parameter: languages for the values, preferred first (OpenID Connect Core §5.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locales: Vec<String>,
}

/// OpenID Connect Core §5.5.1: how one claim is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The application cannot do without.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The one value that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values that will do, preferred first; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// Claims that an operator selects: names, or the form of a claims request, in which only some values will
/// do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Selection(pub BTreeMap<String, Wanted>);

impl ClaimsRequest {
    /// Reads the parameter. Members that are not known are ignored; known ones of a wrong type are refused.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let parsed: Value = serde_json::from_str(text).map_err(|error| Fault {
            detail: Some(error.to_string()),
            ..Fault::new("claims is not valid JSON")
        })?;
        let Value::Object(mut members) = parsed else {
            return Err(Fault::new("claims must be a JSON object"));
        };
        let mut part = |name| match members.remove(name) {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(Value::Object(claims)) => {
                claims.into_iter().map(|(claim, wanted)| Ok((claim, Wanted::parse(wanted)?))).collect()
            }
            Some(_) => Err(Fault::new(format!("claims.{name} must be a JSON object"))),
        };
        let this = Self {
            userinfo: part("userinfo")?,
            id_token: part("id_token")?,
            introspection: part("introspection")?,
            access_token: part("access_token")?,
            locales: Vec::new(),
        };
        let asked: usize = this.parts().map(BTreeMap::len).iter().sum();
        if asked > MAX_CLAIMS {
            return Err(Fault::new(format!("claims asks for more than {MAX_CLAIMS} claims")));
        }
        Ok(this)
    }

    fn parts(&self) -> [&BTreeMap<String, Wanted>; 4] {
        [&self.userinfo, &self.id_token, &self.introspection, &self.access_token]
    }

    /// The `claims` and `claims_locales` parameters together; `None` when neither asks for anything.
    pub fn of(claims: Option<&str>, locales: Option<&str>) -> Result<Option<Self>, Fault> {
        let claims = claims.map(Self::parse).transpose()?;
        // What cannot be a language is passed over like one that nobody has (§3.1.2.1 wants no error).
        let locales = locales.unwrap_or_default().split_ascii_whitespace();
        let locales: Vec<String> = locales
            .map(language::tag)
            .filter(|tag| language::is_tag(tag))
            .take(MAX_LOCALES)
            .map(Cow::into_owned)
            .collect();
        match claims {
            None if locales.is_empty() => Ok(None),
            claims => Ok(Some(Self { locales, ..claims.unwrap_or_default() })),
        }
    }

    /// OpenID Connect Core §5.5.1: whether the request may be answered for this subject. A request for
    /// another `sub` must not be.
    pub fn allows_sub(&self, sub: &str) -> bool {
        let sub = Value::from(sub);
        let wanted = [self.userinfo.get("sub"), self.id_token.get("sub")];
        wanted.into_iter().flatten().all(|wanted| wanted.allows(&sub))
    }
}

impl Wanted {
    fn parse(wanted: Value) -> Result<Self, Fault> {
        let mut members = match wanted {
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(Fault::new("each claim in claims must be null or a JSON object")),
        };
        let essential = match members.remove("essential") {
            None => false,
            Some(Value::Bool(essential)) => essential,
            Some(_) => return Err(Fault::new("essential in claims must be true or false")),
        };
        let values = match members.remove("values") {
            None => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(Fault::new("values in claims must be an array")),
        };
        Ok(Self { essential, value: members.remove("value").filter(|v| !v.is_null()), values })
    }

    /// Whether this value will do.
    pub fn allows(&self, value: &Value) -> bool {
        self.value.as_ref().is_none_or(|wanted| wanted == value)
            && (self.values.is_empty() || self.values.contains(value))
    }

    /// Whether every value will do.
    pub(crate) fn allows_any(&self) -> bool {
        self.value.is_none() && self.values.is_empty()
    }
}

impl Selection {
    /// These claims, whatever their values.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(|name| (name.to_owned(), Wanted::default())).collect())
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Names(Vec<String>),
            Claims(BTreeMap<String, Value>),
        }
        match Written::deserialize(from)? {
            Written::Names(names) => Ok(Self::of(names.iter().map(String::as_str))),
            Written::Claims(claims) => {
                let read = |(name, wanted)| {
                    let wanted = Wanted::parse(wanted).map_err(|e| serde::de::Error::custom(e.what));
                    wanted.map(|wanted| (name, wanted))
                };
                claims.into_iter().map(read).collect::<Result<_, _>>().map(Self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn request(value: &Value) -> ClaimsRequest {
        ClaimsRequest::parse(&value.to_string()).unwrap()
    }

    #[test]
    fn reads_every_form_and_ignores_the_unknown() {
        let asked = request(&json!({
            "userinfo": {"name": null, "email": {"essential": true, "purpose": "mail"}},
            "id_token": {"acr": {"values": ["a", "b"]}, "sub": {"value": "248289761001"}},
            "introspection": {"nickname": null}, "access_token": {"name#de": null},
            "verified_claims": 7,
        }));
        assert_eq!(asked.userinfo["name"], Wanted::default());
        assert!(asked.userinfo["email"].essential);
        assert_eq!(asked.id_token["acr"].values, ["a", "b"]);
        assert!(asked.introspection.contains_key("nickname") && asked.access_token.contains_key("name#de"));
        assert_eq!(request(&json!({"userinfo": null})), ClaimsRequest::default());
    }

    #[test]
    fn malformed_requests_are_refused() {
        for bad in [
            "",
            "{",
            "[]",
            "\"name\"",
            r#"{"userinfo":[]}"#,
            r#"{"id_token":{"name":1}}"#,
            r#"{"id_token":{"name":{"essential":"yes"}}}"#,
            r#"{"userinfo":{"name":{"values":"a"}}}"#,
        ] {
            assert!(ClaimsRequest::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_needs_endless_claims() {
        let asking = |count: usize| {
            let claims = |from, to| (from..to).map(|n| (format!("c{n}"), Value::Null)).collect::<Value>();
            json!({"userinfo": claims(0, 100), "id_token": claims(100, count)}).to_string()
        };
        assert_eq!(ClaimsRequest::parse(&asking(256)).unwrap().id_token.len(), 156);
        assert!(ClaimsRequest::parse(&asking(257)).is_err());
    }

    #[test]
    fn a_request_for_another_subject_is_noticed() {
        assert!(request(&json!({})).allows_sub("a"));
        assert!(request(&json!({"id_token": {"sub": {"value": "a"}}})).allows_sub("a"));
        assert!(!request(&json!({"id_token": {"sub": {"value": "b"}}})).allows_sub("a"));
        assert!(!request(&json!({"userinfo": {"sub": {"values": ["b", "c"]}}})).allows_sub("a"));
    }

    #[test]
    fn claims_locales_are_language_tags() {
        let of = |locales: &str| ClaimsRequest::of(None, Some(locales));
        assert_eq!(of("").unwrap(), None);
        assert_eq!(of("de  fr-CA ").unwrap().unwrap().locales, ["de", "fr-CA"]);
        assert_eq!(of("de_CH fr_CA.UTF-8").unwrap().unwrap().locales, ["de-CH", "fr-CA"]);
        for other in ["-", "de-", "ä", "12", "d", "de-123456789", &"a".repeat(65)] {
            assert_eq!(of(other).unwrap(), None, "{other}");
        }
        assert_eq!(of(&"de ".repeat(MAX_LOCALES + 1)).unwrap().unwrap().locales.len(), MAX_LOCALES);
        let stored = serde_json::to_string(&of("de").unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap().locales, ["de"]);
    }

    #[test]
    fn the_stored_form_reads_back() {
        let asked = request(&json!({"userinfo": {"name": {"value": null}, "email": {"essential": true}}}));
        let stored = serde_json::to_string(&asked).unwrap();
        let back: ClaimsRequest = serde_json::from_str(&stored).unwrap();
        assert!(back.userinfo["email"].essential);
        assert_eq!(back, asked);
    }

    #[test]
    fn a_selection_is_a_list_or_a_claims_request() {
        let read = |value: Value| serde_json::from_value::<Selection>(value);
        let names = read(json!(["email", "phone"])).unwrap();
        assert_eq!(names, read(json!({"email": null, "phone": {}})).unwrap());
        let only = read(json!({"email": {"value": "a@a.com"}})).unwrap();
        assert_eq!(only.0["email"].value, Some(json!("a@a.com")));
        assert_eq!(read(serde_json::to_value(&only).unwrap()).unwrap(), only);
        for bad in [json!("email"), json!({"email": true}), json!({"email": {"values": 1}})] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".*") {
            let _outcome = ClaimsRequest::parse(&text);
        }
    }
}
