//! OpenID Connect Core §5.5: which of the requested claims are understood; the others are ignored.

use crate::claims::{STANDARD, sources, stem};
use crate::record::{Client, User};
use crate::settings::Settings;

/// Whether the standard defines a claim, the operator names it, or the person has it, here or elsewhere.
pub(super) fn is_known(settings: &Settings, client: &Client, user: Option<&User>, name: &str) -> bool {
    let name = stem(name);
    let of_scopes = settings.scopes.values().flat_map(|meaning| &meaning.claims);
    let of_client = client.scopes_to_claims.iter().flat_map(|own| own.values().flatten());
    let mut named = settings.claims_supported.iter().chain(of_scopes).chain(of_client);
    let has = |user: &User| {
        let elsewhere = user.claims.get(sources::NAMES).and_then(|names| names.get(name));
        elsewhere.is_some() || user.claims.keys().any(|claim| stem(claim) == name)
    };
    STANDARD.contains(&name)
        || settings.claim_labels.contains_key(name)
        || named.any(|claim| stem(claim) == name)
        || user.is_some_and(has)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::*;
    use crate::claims::{ClaimsRequest, Point};
    use crate::localised::Localised;
    use crate::release::names;
    use crate::scope::Scope;
    use crate::testing;

    /// Anybody can write anything into the address of a request.
    #[test]
    fn people_are_asked_about_claims_that_somebody_here_knows() {
        let (mut settings, mut client) = (testing::settings(), testing::client("web"));
        let text = "Your session expired. Sign in again at https://evil.example";
        let long = "x".repeat(300);
        let members = ["nickname", "birthdate#de", "grade", "team", "crew", "own", "score", "", text, &long];
        let members: Value = members.map(|name| (name, Value::Null)).into_iter().collect();
        let asked = ClaimsRequest::parse(&json!({"userinfo": members}).to_string()).unwrap();
        let scope = Scope::parse("openid").unwrap();
        let of = |settings: &Settings, client: &Client, user: Option<&User>| {
            let names = names(settings, client, user, &scope, Some(&asked), &[Point::UserInfo]);
            names.iter().map(Cow::into_owned).collect::<Vec<_>>()
        };
        assert_eq!(of(&settings, &client, None), ["birthdate", "nickname"]);
        let claims = json!({"own#de": 1, "_claim_names": {"score": "bank"}});
        let user = User { claims: claims.as_object().unwrap().clone(), ..testing::user("diana") };
        assert_eq!(of(&settings, &client, Some(&user)), ["birthdate", "nickname", "own", "score"]);
        settings.claim_labels.insert("grade".to_owned(), Localised::default());
        settings.claims_supported = vec!["team".to_owned()];
        client.scopes_to_claims = Some([("all".to_owned(), vec!["crew".to_owned()])].into());
        assert_eq!(of(&settings, &client, None), ["birthdate", "crew", "grade", "nickname", "team"]);
    }
}
