//! OpenID Connect Core §5.1, §5.6.2: which claims can be kept of a person.

use serde_json::{Map, Value};

use super::sources;

/// Claims of the wrong type, each with what is wrong and what to write.
pub fn faults(claims: &Map<String, Value>) -> Vec<(&str, &'static str, &'static str)> {
    const BOOLEAN: [&str; 2] = ["email_verified", "phone_number_verified"];
    const OURS: [&str; 7] = ["sub", "iss", "aud", "exp", "iat", "nonce", "auth_time"];
    let wrong = |(name, value): (&'_ String, &Value)| match name.as_str() {
        name if OURS.contains(&name) => Some(("Signet makes this claim itself", "leave it out")),
        name if BOOLEAN.contains(&name) && !value.is_boolean() => {
            Some(("this claim is true or false", "write it without quotes"))
        }
        "address" if !value.is_object() => {
            Some(("this claim is a table", "write { formatted = \"…\" } or its parts"))
        }
        "updated_at" if !value.is_number() => Some(("this claim is a number", "write seconds since 1970")),
        _ => None,
    };
    let own =
        claims.iter().filter_map(|pair| wrong(pair).map(|(what, advice)| (pair.0.as_str(), what, advice)));
    own.chain(sources::problem(claims)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_have_the_type_that_the_standard_gives_them() {
        let wrong = |claims: Value| {
            let found = faults(claims.as_object().unwrap()).into_iter().map(|(name, ..)| name.to_owned());
            found.collect::<Vec<_>>()
        };
        assert!(wrong(json!({"name": "x", "email_verified": true, "own": [1]})).is_empty());
        let many = json!({"sub": "1", "address": "x", "updated_at": "y", "phone_number_verified": "z"});
        assert_eq!(wrong(many), ["sub", "address", "updated_at", "phone_number_verified"]);
        let names = json!({"_claim_names": {"credit_score": "bank"}});
        assert_eq!(wrong(names), ["_claim_sources"]);
        let good = json!({"_claim_names": {"a": "b"}, "_claim_sources": {"b": {"JWT": "x.y.z"}}});
        assert!(wrong(good).is_empty());
    }
}
