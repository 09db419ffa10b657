//! OpenID Connect Core §5.6.2: aggregated and distributed claims of other parties: signed in a JWT, or to be
//! fetched.

use serde_json::{Map, Value};
use url::Url;

use super::is_protocol;
use crate::offer::Offer;

/// Claim name → the name of its source.
pub const NAMES: &str = "_claim_names";
/// Name of a source → a JWT, or where to fetch one with which access token.
pub const SOURCES: &str = "_claim_sources";

/// Who vouches for a claim that is not kept here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere<'a> {
    /// The name of the source in the person's record.
    pub source: &'a str,
    /// Where it is fetched; none: the claim itself is handed over, signed.
    pub endpoint: Option<&'a str>,
}

/// Whether anything of the person is elsewhere at all; most people have it all here.
pub(crate) fn are_kept(claims: &Map<String, Value>) -> bool {
    claims.contains_key(NAMES)
}

const REDACTED: &str = "[redacted]";

/// The two members that tell where these claims can be had, with what they need and no more; `None` when none
/// of them is elsewhere.
pub(crate) fn of<'a>(
    offer: &Offer,
    claims: &'a Map<String, Value>,
    wanted: impl Iterator<Item = &'a str>,
) -> Option<[Value; 2]> {
    let sources = claims.get(SOURCES)?.as_object()?;
    let (mut names, mut needed) = (Map::new(), Map::new());
    for (name, Elsewhere { source, .. }) in told(offer, claims, wanted) {
        names.insert(name.to_owned(), source.into());
        needed.insert(source.to_owned(), sources.get(source)?.clone());
    }
    (!names.is_empty()).then(|| [Value::Object(names), Value::Object(needed)])
}

/// Which of these claims can be had from whom.
pub(crate) fn told<'a>(
    offer: &Offer,
    claims: &'a Map<String, Value>,
    wanted: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = (&'a str, Elsewhere<'a>)> {
    let part = |name| claims.get(name).and_then(Value::as_object);
    let both = part(NAMES).zip(part(SOURCES));
    wanted.filter_map(move |name| {
        let (names, sources) = both?;
        let (source, about) = sources.get_key_value(names.get(name)?.as_str()?)?;
        let kind = if about.get("JWT").is_some() { "aggregated" } else { "distributed" };
        let endpoint = about.get("endpoint").and_then(Value::as_str);
        offer.has("claim_types_supported", kind).then_some((name, Elsewhere { source, endpoint }))
    })
}

/// What is wrong with a person's sources: which member, why, and what to write.
pub fn problem(claims: &Map<String, Value>) -> Option<(&'static str, &'static str, &'static str)> {
    if !claims.contains_key(NAMES) && !claims.contains_key(SOURCES) {
        return None;
    }
    let Some(names) = claims.get(NAMES).and_then(Value::as_object) else {
        return Some((
            NAMES,
            "this is a table of claim names and their sources",
            "write `{ credit_score = \"bank\" }`",
        ));
    };
    let Some(sources) = claims.get(SOURCES).and_then(Value::as_object) else {
        return Some((SOURCES, "this is a table of sources", "write `{ bank = { JWT = \"…\" } }`"));
    };
    for (name, source) in names {
        if is_protocol(name) {
            return Some((NAMES, "one of these is a claim that Signet makes itself", "leave it out"));
        }
        if !source.as_str().is_some_and(|source| sources.contains_key(source)) {
            return Some((
                NAMES,
                "a claim names a source that `_claim_sources` does not have",
                "add the source",
            ));
        }
    }
    let wrong = sources.values().find_map(wrong_source);
    wrong.map(|what| {
        (SOURCES, what, "write `{ JWT = \"…\" }`, or `{ endpoint = \"https://…\", access_token = \"…\" }`")
    })
}

fn wrong_source(source: &Value) -> Option<&'static str> {
    let Some(source) = source.as_object() else { return Some("a source is a table") };
    if source.keys().any(|key| !matches!(key.as_str(), "JWT" | "endpoint" | "access_token")) {
        return Some("a source has the members JWT, or endpoint and access_token");
    }
    match (source.get("JWT"), source.get("endpoint"), source.get("access_token")) {
        (Some(jwt), None, None) => {
            let parts = jwt.as_str().map(|jwt| jwt.split('.').count());
            (!matches!(parts, Some(3 | 5))).then_some("JWT is the compact form of a JWT, as text")
        }
        (None, Some(endpoint), token) => {
            let https =
                |url: &str| Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host());
            if !endpoint.as_str().is_some_and(https) {
                return Some("endpoint is an https address");
            }
            token.is_some_and(|token| !token.is_string()).then_some("access_token is text")
        }
        _ => Some("a source has either JWT, or endpoint and perhaps access_token"),
    }
}

/// Claims to be shown to operators or written to a log: without the access tokens of distributed claims.
pub fn redacted(claims: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = claims.clone();
    let sources = shown.get_mut(SOURCES).and_then(Value::as_object_mut).into_iter().flatten();
    for (_, source) in sources {
        if let Some(token) = source.get_mut("access_token") {
            *token = REDACTED.into();
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn person() -> Map<String, Value> {
        let claims = json!({
            "name": "Diana Krall",
            NAMES: {"shipping": "post", "credit_score": "bank", "income": "bank", "degree": "school"},
            SOURCES: {
                "post": {"JWT": "a.b.c"},
                "bank": {"endpoint": "https://bank.example/claims", "access_token": "ksj3n283dke"},
                "school": {"endpoint": "https://school.example/claims"},
            },
        });
        claims.as_object().unwrap().clone()
    }

    #[test]
    fn only_what_is_wanted_is_told() {
        let of = |names: &[&'static str]| of(&Offer::default(), &person(), names.iter().copied());
        assert_eq!(of(&["name", "absent"]), None);
        let [names, sources] = of(&["shipping"]).unwrap();
        assert_eq!(names, json!({"shipping": "post"}));
        assert_eq!(sources, json!({"post": {"JWT": "a.b.c"}}));
        let [names, sources] = of(&["income", "degree", "credit_score"]).unwrap();
        assert_eq!(names, json!({"income": "bank", "degree": "school", "credit_score": "bank"}));
        assert_eq!(sources.as_object().unwrap().len(), 2);
        assert_eq!(sources["bank"]["access_token"], "ksj3n283dke");
    }

    #[test]
    fn a_good_record_has_no_problem_and_a_bad_one_says_where() {
        assert_eq!(problem(&person()), None);
        assert_eq!(problem(&Map::new()), None);
        let at = |change: &dyn Fn(&mut Map<String, Value>)| {
            let mut claims = person();
            change(&mut claims);
            problem(&claims).map(|(member, ..)| member)
        };
        assert_eq!(at(&|claims| drop(claims.remove(NAMES))), Some(NAMES));
        assert_eq!(at(&|claims| drop(claims.remove(SOURCES))), Some(SOURCES));
        assert_eq!(at(&|claims| claims[NAMES]["shipping"] = "nobody".into()), Some(NAMES));
        assert_eq!(at(&|claims| claims[NAMES]["sub"] = "bank".into()), Some(NAMES));
        assert_eq!(at(&|claims| claims[NAMES]["shipping"] = 1.into()), Some(NAMES));
        for bad in [
            json!("x"),
            json!({}),
            json!({"JWT": "x"}),
            json!({"JWT": "a.b.c", "endpoint": "https://bank.example/"}),
            json!({"endpoint": "http://bank.example/"}),
            json!({"endpoint": "bank"}),
            json!({"endpoint": "https://bank.example/", "access_token": 7}),
            json!({"endpoint": "https://bank.example/", "token": "x"}),
            json!({"access_token": "x"}),
        ] {
            assert_eq!(at(&|claims| claims[SOURCES]["bank"] = bad.clone()), Some(SOURCES), "{bad}");
        }
    }

    #[test]
    fn nothing_shown_holds_an_access_token() {
        let shown = redacted(&person());
        assert_eq!(shown[SOURCES]["bank"]["access_token"], REDACTED);
        assert_eq!(shown[SOURCES]["bank"]["endpoint"], "https://bank.example/claims");
        assert_eq!(shown["name"], "Diana Krall");
    }
}
