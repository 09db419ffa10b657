//! OpenID Connect Core §5.4, §5.5: which claims about a person are released where.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::params::Params;
use crate::record::{Grant, User};
use crate::scope::Scope;
use crate::settings::Settings;

/// Members of tokens and of UserInfo answers that Signet itself sets: the directory never does.
const PROTOCOL: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "cnf",
    "client_id",
    "scope",
    "events",
];

/// More languages than anybody reads.
const MAX_LOCALES: usize = 16;

/// The `claims` and `claims_locales` request parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// For the UserInfo endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Wanted>,
    /// For the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Wanted>,
    /// The `claims_locales` parameter: languages for the values, preferred first (OpenID Connect Core §5.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locales: Vec<String>,
}

/// OpenID Connect Core §5.5.1: how one claim is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

impl ClaimsRequest {
    /// Reads the parameter. Members that the specification does not know are ignored; known ones of a wrong type are refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parsed: Value = serde_json::from_str(text)
            .map_err(|e| Error::invalid_request("claims is not valid JSON").because(e.to_string()))?;
        let Value::Object(mut members) = parsed else {
            return Err(Error::invalid_request("claims must be a JSON object"));
        };
        let mut part = |name| match members.remove(name) {
            None | Some(Value::Null) => Ok(BTreeMap::new()),
            Some(Value::Object(claims)) => {
                claims.into_iter().map(|(claim, wanted)| Ok((claim, Wanted::parse(wanted)?))).collect()
            }
            Some(_) => Err(Error::invalid_request(format!("claims.{name} must be a JSON object"))),
        };
        Ok(Self { userinfo: part("userinfo")?, id_token: part("id_token")?, locales: Vec::new() })
    }

    /// The `claims` and `claims_locales` parameters together; `None` when neither asks for anything.
    pub fn of(params: &Params) -> Result<Option<Self>, Error> {
        let claims = params.get("claims").map(Self::parse).transpose()?;
        // What cannot be a language is passed over like one that nobody has (§3.1.2.1 wants no error).
        let locales = params.get("claims_locales").unwrap_or_default().split_ascii_whitespace();
        let locales: Vec<String> =
            locales.filter(|tag| is_language_tag(tag)).take(MAX_LOCALES).map(str::to_owned).collect();
        match claims {
            None if locales.is_empty() => Ok(None),
            claims => Ok(Some(Self { locales, ..claims.unwrap_or_default() })),
        }
    }

    /// The names of all claims about the person, for asking consent; no name comes twice.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.userinfo.keys().chain(self.id_token.keys()).cloned().collect();
        names.retain(|name| !PROTOCOL.contains(&name.as_str()));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// OpenID Connect Core §5.5.1: whether the request may be answered for this subject. A request for another `sub` must not be.
    pub fn allows_sub(&self, sub: &str) -> bool {
        let sub = Value::from(sub);
        let wanted = [self.userinfo.get("sub"), self.id_token.get("sub")];
        wanted.into_iter().flatten().all(|wanted| wanted.allows(&sub))
    }
}

impl Wanted {
    fn parse(wanted: Value) -> Result<Self, Error> {
        let mut members = match wanted {
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(Error::invalid_request("each claim in claims must be null or a JSON object")),
        };
        let essential = match members.remove("essential") {
            None => false,
            Some(Value::Bool(essential)) => essential,
            Some(_) => return Err(Error::invalid_request("essential in claims must be true or false")),
        };
        let values = match members.remove("values") {
            None => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(Error::invalid_request("values in claims must be an array")),
        };
        Ok(Self { essential, value: members.remove("value").filter(|v| !v.is_null()), values })
    }

    /// Whether this value will do.
    pub fn allows(&self, value: &Value) -> bool {
        self.value.as_ref().is_none_or(|wanted| wanted == value)
            && (self.values.is_empty() || self.values.contains(value))
    }
}

/// Where claims are released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The UserInfo endpoint: the claims of the scopes and of `claims.userinfo`.
    UserInfo,
    /// An ID token that comes with (or leads to) an access token: the claims of `claims.id_token`.
    IdToken,
    /// An ID token alone (`response_type=id_token`): the claims of the scopes as well, as there is no UserInfo to ask.
    IdTokenAlone,
}

/// The claims to release, without `sub`; nothing null or empty. A claim that is only asked for with a value that the person does not
/// have is left out. Names may carry a language (`name#de`) when they are asked so, or when several languages are asked for.
pub fn release<'a>(
    settings: &'a Settings,
    user: &'a User,
    scope: &'a Scope,
    request: Option<&'a ClaimsRequest>,
    point: Point,
) -> BTreeMap<&'a str, &'a Value> {
    let mut released = BTreeMap::new();
    let locales = request.map_or(&[][..], |request| &request.locales);
    let mut release = |name: &'a str, how: &Wanted| {
        let found = in_languages(&user.claims, name, locales);
        released.extend(found.filter(|(_, value)| how.allows(value)));
    };
    if point != Point::IdToken {
        let meanings = scope.iter().filter_map(|word| settings.scopes.get(word));
        meanings.flat_map(|meaning| &meaning.claims).for_each(|name| release(name, &Wanted::default()));
    }
    if let Some(request) = request {
        let wanted = if point == Point::UserInfo { &request.userinfo } else { &request.id_token };
        wanted.iter().for_each(|(name, how)| release(name, how));
    }
    released.retain(|name, value| !PROTOCOL.contains(&stem(name)) && !is_empty(value));
    released
}

/// OpenID Connect Core §5.2: a claim in the languages that are asked for. In a single one it comes under its plain name, as the
/// application expects nothing else; in several each comes under its own, beside the plain one.
fn in_languages<'a>(
    known: &'a Map<String, Value>,
    name: &'a str,
    locales: &'a [String],
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let plain = known.get_key_value(name).map(|(_, value)| (name, value));
    let localised = locales.iter().filter_map(move |locale| in_language(known, name, locale));
    let single =
        if locales.len() == 1 { localised.clone().next().map(|(_, value)| (name, value)) } else { None };
    let several = localised.filter(move |_| locales.len() > 1);
    single.or(plain).into_iter().chain(several)
}

/// RFC 4647 §3.4: `de-CH` finds `name#de-CH`, else `name#de`.
fn in_language<'a>(known: &'a Map<String, Value>, name: &str, locale: &str) -> Option<(&'a str, &'a Value)> {
    let mut range = locale;
    loop {
        let fits = |key: &str| {
            let language = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('#'));
            language.is_some_and(|language| language.eq_ignore_ascii_case(range))
        };
        if let Some((key, value)) = known.iter().find(|(key, value)| fits(key) && !is_empty(value)) {
            return Some((key, value));
        }
        range = range.rsplit_once('-')?.0;
    }
}

/// A claim's name without its language.
fn stem(name: &str) -> &str {
    name.split('#').next().unwrap_or(name)
}

fn is_language_tag(tag: &str) -> bool {
    tag.len() <= 64
        && tag.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The claims of [`release`] at UserInfo for a grant and the access token's scope.
pub fn for_userinfo(settings: &Settings, user: &User, grant: &Grant, scope: &Scope) -> Map<String, Value> {
    let released = release(settings, user, scope, grant.claims.as_ref(), Point::UserInfo);
    released.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::settings::ScopeMeaning;
    use crate::testing;
    use proptest::prelude::*;
    use serde_json::json;

    fn request(value: &Value) -> ClaimsRequest {
        ClaimsRequest::parse(&value.to_string()).unwrap()
    }

    fn released(scope: &str, claims: &Value, point: Point) -> Value {
        released_in("", scope, claims, point)
    }

    fn released_in(locales: &str, scope: &str, claims: &Value, point: Point) -> Value {
        let mut settings = testing::settings();
        let custom = ScopeMeaning { claims: vec!["department".into(), "iss".into()], description: None };
        settings.scopes.insert("staff".into(), custom);
        let mut user = testing::user("diana");
        user.claims = json!({
            "name": "Diana Krall", "name#de": "Diana die Große", "name#fr-CA": "Diane", "website#de": "", "nickname#de": "Didi", "nickname": "", "website": null, "email": "diana@example.org",
            "email_verified": false, "updated_at": 1_700_000_000, "address": {}, "department": ["jazz"], "iss": "https://evil.example",
            "acr": "forged", "sub": "forged", "sub#de": "forged",
        })
        .as_object()
        .unwrap()
        .clone();
        let scope = Scope::parse(scope).unwrap();
        let params = vec![
            ("claims".to_owned(), claims.to_string()),
            ("claims_locales".to_owned(), locales.to_owned()),
        ];
        let request = ClaimsRequest::of(&Params::from_pairs(params)).unwrap();
        serde_json::to_value(release(&settings, &user, &scope, request.as_ref(), point)).unwrap()
    }

    #[test]
    fn reads_every_form_and_ignores_the_unknown() {
        let asked = request(&json!({
            "userinfo": {"name": null, "email": {"essential": true, "purpose": "mail"}},
            "id_token": {"acr": {"values": ["a", "b"]}, "sub": {"value": "248289761001"}},
            "verified_claims": 7,
        }));
        assert_eq!(asked.userinfo["name"], Wanted::default());
        assert!(asked.userinfo["email"].essential);
        assert_eq!(asked.id_token["acr"].values, ["a", "b"]);
        assert_eq!(asked.names(), ["email", "name"]);
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
            assert_eq!(ClaimsRequest::parse(bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn a_request_for_another_subject_is_noticed() {
        assert!(request(&json!({})).allows_sub("a"));
        assert!(request(&json!({"id_token": {"sub": {"value": "a"}}})).allows_sub("a"));
        assert!(!request(&json!({"id_token": {"sub": {"value": "b"}}})).allows_sub("a"));
        assert!(!request(&json!({"userinfo": {"sub": {"values": ["b", "c"]}}})).allows_sub("a"));
    }

    #[test]
    fn scopes_release_at_userinfo_and_in_a_lone_id_token_only() {
        let email = json!({"email": "diana@example.org", "email_verified": false});
        assert_eq!(released("openid email address", &json!({}), Point::UserInfo), email);
        assert_eq!(released("openid email address", &json!({}), Point::IdTokenAlone), email);
        assert_eq!(released("openid email address", &json!({}), Point::IdToken), json!({}));
        let profile = json!({"name": "Diana Krall", "updated_at": 1_700_000_000});
        assert_eq!(released("profile unknown", &json!({}), Point::UserInfo), profile);
    }

    #[test]
    fn custom_scopes_release_their_claims_but_never_protocol_members() {
        assert_eq!(released("staff", &json!({}), Point::UserInfo), json!({"department": ["jazz"]}));
        let forged = json!({"id_token": {"acr": null, "sub": null, "iss": {"essential": true}}});
        assert_eq!(released("openid", &forged, Point::IdToken), json!({}));
    }

    #[test]
    fn requested_claims_come_where_they_are_asked() {
        let asked = json!({"userinfo": {"name#de": null}, "id_token": {"email": {"essential": true}, "nickname": null, "absent": null}});
        assert_eq!(released("openid", &asked, Point::UserInfo), json!({"name#de": "Diana die Große"}));
        assert_eq!(released("openid", &asked, Point::IdToken), json!({"email": "diana@example.org"}));
    }

    #[test]
    fn one_language_comes_under_the_plain_name() {
        let profile = |locales| released_in(locales, "profile", &json!({}), Point::UserInfo);
        let german = json!({"name": "Diana die Große", "nickname": "Didi", "updated_at": 1_700_000_000});
        for locale in ["de", "DE", "de-CH", "de-Latn-CH-1996"] {
            assert_eq!(profile(locale), german, "{locale}");
        }
        let plain = json!({"name": "Diana Krall", "updated_at": 1_700_000_000});
        for locale in ["", "fr", "d", "deu"] {
            assert_eq!(profile(locale), plain, "{locale}");
        }
        assert_eq!(profile("fr-CA")["name"], "Diane");
    }

    #[test]
    fn several_languages_come_under_names_of_their_own() {
        let names = |locales| released_in(locales, "profile", &json!({}), Point::UserInfo);
        let expected = json!({
            "name": "Diana Krall", "name#de": "Diana die Große", "name#fr-CA": "Diane", "nickname#de": "Didi",
            "updated_at": 1_700_000_000,
        });
        assert_eq!(names("de fr-CA"), expected);
        assert_eq!(names("ja de-CH fr-CA-x"), expected);
    }

    #[test]
    fn languages_hold_for_requested_claims_and_never_for_protocol_members() {
        let asked = json!({"id_token": {"name": null, "sub#de": null, "name#fr-CA": null}});
        assert_eq!(
            released_in("de", "openid", &asked, Point::IdToken),
            json!({"name": "Diana die Große", "name#fr-CA": "Diane"})
        );
        let other = json!({"id_token": {"name": {"value": "Diana Krall"}}});
        assert_eq!(released_in("de", "openid", &other, Point::IdToken), json!({}));
    }

    #[test]
    fn claims_locales_are_language_tags() {
        let of = |locales: &str| {
            ClaimsRequest::of(&Params::from_pairs(vec![("claims_locales".into(), locales.into())]))
        };
        assert_eq!(of("").unwrap(), None);
        assert_eq!(of("de  fr-CA ").unwrap().unwrap().locales, ["de", "fr-CA"]);
        for other in ["de_CH", "-", "de-", "ä", &"a".repeat(65)] {
            assert_eq!(of(other).unwrap(), None, "{other}");
        }
        assert_eq!(of(&"de ".repeat(MAX_LOCALES + 1)).unwrap().unwrap().locales.len(), MAX_LOCALES);
        let stored = serde_json::to_string(&of("de").unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap().locales, ["de"]);
    }

    #[test]
    fn a_claim_asked_with_another_value_is_left_out() {
        let asked = json!({"id_token": {"email": {"value": "x@example.org"}, "name": {"values": ["Diana Krall", "x"]}}});
        assert_eq!(released("openid", &asked, Point::IdToken), json!({"name": "Diana Krall"}));
    }

    #[test]
    fn the_stored_form_reads_back() {
        let asked = request(&json!({"userinfo": {"name": {"value": null}, "email": {"essential": true}}}));
        let stored = serde_json::to_string(&asked).unwrap();
        let back: ClaimsRequest = serde_json::from_str(&stored).unwrap();
        assert!(back.userinfo["email"].essential);
        assert_eq!(back.names(), asked.names());
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".*") {
            let _outcome = ClaimsRequest::parse(&text);
        }
    }
}
