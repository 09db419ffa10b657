//! OpenID Connect Core §5.1, §5.2, §5.6.2: which claims can be kept of a person.

use serde_json::{Map, Value};

use super::{STANDARD, sources, stem};
use crate::fault::{Fault, Place};
use crate::language;

/// §5.1: claims that are true or false.
const TRUTHS: [&str; 2] = ["email_verified", "phone_number_verified"];
/// Claims that Signet makes itself.
const OURS: [&str; 7] = ["sub", "iss", "aud", "exp", "iat", "nonce", "auth_time"];
const ADDRESS: &str = "address";
const UPDATED_AT: &str = "updated_at";
/// §5.1.1: the members of an address, all of them text.
const OF_ADDRESS: [&str; 6] = ["formatted", "street_address", "locality", "region", "postal_code", "country"];

/// §5.1, §5.1.1: whether the standard makes text of a claim, in whatever language, or of a member of one.
pub fn is_text(path: &[&str]) -> bool {
    match path {
        [claim] => {
            let name = stem(claim);
            let other =
                TRUTHS.contains(&name) || OURS.contains(&name) || [ADDRESS, UPDATED_AT].contains(&name);
            STANDARD.contains(&name) && !other
        }
        [claim, member] => stem(claim) == ADDRESS && OF_ADDRESS.contains(&stem(member)),
        _ => false,
    }
}

/// §5.3.2: takes over what is said of somebody: a claim that is null says that there is none.
pub fn take_over(claims: &mut Map<String, Value>, said: &Map<String, Value>) {
    for (name, value) in said {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
}

/// What is wrong with a person's claims: types that the standard does not give them, languages that are none.
/// Null says that there is no value, of any type.
pub fn faults(claims: &Map<String, Value>) -> Vec<Fault> {
    let own = claims.iter().flat_map(|(name, value)| {
        let wrong = || wrong(name, value).map(|wrong| plain(name.as_str(), wrong));
        language_fault(name).or_else(wrong).into_iter().chain(members(name, value))
    });
    let sources = sources::problem(claims).map(|(claim, what, advice)| plain(claim, (what, advice)));
    own.chain(sources).collect()
}

fn plain(place: impl Into<Place>, (what, advice): (&str, &str)) -> Fault {
    Fault::new(place, what).instead(advice)
}

/// What is wrong with a claim, and what to write.
fn wrong(name: &str, value: &Value) -> Option<(&'static str, &'static str)> {
    let is_null = value.is_null();
    match stem(name) {
        stem if OURS.contains(&stem) => Some(("Signet makes this claim itself", "leave it out")),
        stem if TRUTHS.contains(&stem) && !value.is_boolean() && !is_null => {
            let quoted = matches!(value.as_str(), Some("true" | "false"));
            let advice = if quoted { "write it without quotes" } else { "write true or false" };
            Some(("this claim is true or false", advice))
        }
        ADDRESS if !value.is_object() && !is_null => {
            Some(("this claim is a table", "write `{ formatted = \"…\" }` or its parts"))
        }
        UPDATED_AT if !value.is_number() && !is_null => {
            Some(("this claim is a number", "write seconds since 1970"))
        }
        _ if is_text(&[name]) => not_text(value),
        _ => None,
    }
}

fn not_text(value: &Value) -> Option<(&'static str, &'static str)> {
    let advice = match value {
        Value::Null | Value::String(_) => return None,
        Value::Bool(_) | Value::Number(_) => "put it in quotes, with all its characters",
        Value::Array(_) | Value::Object(_) => "write one text in quotes",
    };
    Some(("this claim is text", advice))
}

/// §5.1.1: the parts of an address.
fn members(name: &str, value: &Value) -> impl Iterator<Item = Fault> {
    let members = value.as_object().filter(|_| stem(name) == ADDRESS).into_iter().flatten();
    members
        .filter(|(member, _)| is_text(&[ADDRESS, member]))
        .filter_map(move |(member, value)| not_text(value).map(|wrong| plain([name, member], wrong)))
}

/// §5.2, BCP 47. What has a colon is an address, whose fragment is no language.
fn language_fault(name: &str) -> Option<Fault> {
    let (stem, written) = name.split_once('#')?;
    if stem.contains(':') || language::is_tag(written) {
        return None;
    }
    let tag = language::tag(written);
    let advice = if language::is_tag(&tag) {
        format!("write {stem}#{tag}")
    } else {
        "write a language tag behind #, such as #de or #pt-BR".to_owned()
    };
    Some(Fault::new(name, "this is no language tag (BCP 47)").instead(advice))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(claims: &Value) -> Vec<String> {
        faults(claims.as_object().unwrap()).iter().map(|fault| fault.place.to_string()).collect()
    }

    #[test]
    fn claims_have_the_type_that_the_standard_gives_them() {
        assert!(wrong(&json!({"name": "x", "email_verified": true, "own": [1]})).is_empty());
        let many = json!({"sub": "1", "address": "x", "updated_at": "y", "phone_number_verified": "z"});
        assert_eq!(wrong(&many), ["sub", "address", "updated_at", "phone_number_verified"]);
        let names = json!({"_claim_names": {"credit_score": "bank"}});
        assert_eq!(wrong(&names), ["_claim_sources"]);
        let good = json!({"_claim_names": {"a": "b"}, "_claim_sources": {"b": {"JWT": "x.y.z"}}});
        assert!(wrong(&good).is_empty());
    }

    #[test]
    fn claims_that_are_text_are_never_numbers_truths_or_lists() {
        let texts = STANDARD.iter().filter(|name| is_text(&[name]));
        let texts: Vec<String> = texts.flat_map(|name| [(*name).to_owned(), format!("{name}#de")]).collect();
        assert_eq!(texts.len(), 2 * 15);
        for name in &texts {
            for value in [json!(1990), json!(1e5), json!(true), json!(["x"]), json!({"a": "x"})] {
                assert_eq!(wrong(&json!({name: value})), [name.as_str()], "{value}");
            }
            assert!(wrong(&json!({name: "1990"})).is_empty() && wrong(&json!({name: null})).is_empty());
        }
        assert_eq!(
            wrong(&json!({"sub#de": "x", "email_verified#de": "true"})),
            ["sub#de", "email_verified#de"]
        );
    }

    #[test]
    fn what_is_neither_true_nor_false_is_to_be_one_of_them() {
        for (value, advice) in [
            (json!("yes"), "write true or false"),
            (json!(1), "write true or false"),
            (json!("true"), "write it without quotes"),
        ] {
            let claims = json!({"email_verified": value});
            assert_eq!(faults(claims.as_object().unwrap())[0].instead.as_deref(), Some(advice), "{claims}");
        }
    }

    #[test]
    fn null_is_no_claim() {
        let mut claims = json!({"name": "Ella", "email": "ella@example.org"}).as_object().unwrap().clone();
        let said = json!({"email": null, "phone_number": null, "nickname": "El", "own": {"a": null}});
        take_over(&mut claims, said.as_object().unwrap());
        assert_eq!(Value::from(claims), json!({"name": "Ella", "nickname": "El", "own": {"a": null}}));
    }

    #[test]
    fn the_parts_of_an_address_are_text() {
        let address =
            json!({"postal_code": 1234, "locality#de": 7, "country": "AT", "region": null, "floor": 3});
        let all = json!({"address": address, "address#de": {"formatted": true}});
        assert_eq!(wrong(&all), ["address.postal_code", "address.locality#de", "address#de.formatted"]);
    }

    #[test]
    fn a_language_is_written_as_a_tag() {
        let good = json!({"name#de": "x", "name#DE-at": "x", "https://x.example/ns#staff_id": 7});
        assert!(wrong(&good).is_empty());
        let bad = json!({"name#fr_CA": "x", "name#": "x", "crew#de#at": 7});
        assert_eq!(wrong(&bad), ["name#fr_CA", "name#", "crew#de#at"]);
        assert_eq!(faults(bad.as_object().unwrap())[0].instead.as_deref(), Some("write name#fr-CA"));
    }
}
