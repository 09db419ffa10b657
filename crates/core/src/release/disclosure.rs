//! OpenID Connect Core §3.1.2.4: what a client learns about a user from a request, as the consent page shows
//! it.
//!
//! It is computed by the rules that release claims later, at every point to which the answer leads, so that
//! the page cannot say less.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    PREFERRED, Released, USERNAME, found, is_about_something, names, of_scope, preferred_username,
    tells_username, wanted,
};
use crate::claims::sources::{self, Elsewhere};
use crate::claims::{ClaimsRequest, Names, Point, is_empty, is_protocol, stem};
use crate::record::client::SubjectType;
use crate::record::{Client, User};
use crate::scope::Scope;
use crate::settings::Settings;
use crate::settings::subjects::Public;

/// What a client comes to know about a person.
#[derive(Debug)]
pub struct Disclosure<'a> {
    /// Claims with their values, as they would be released.
    pub released: Released<'a>,
    /// The name by which the person signs in, where introspection tells it.
    pub username: Option<&'a str>,
    /// Claims that the client can have from somebody else.
    pub elsewhere: BTreeMap<&'a str, Elsewhere<'a>>,
    /// The names of all claims that it is about, also of those that the person has no value for, or none that
    /// would do.
    pub names: Names,
    /// The kind of the person's subject identifier.
    pub subject: SubjectType,
    /// The subject identifier, where it is a name that the person knows.
    pub raw_subject: Option<&'a str>,
    scope: &'a Scope,
}

impl<'a> Disclosure<'a> {
    /// What the client comes to know at these points.
    pub fn of(
        settings: &'a Settings,
        client: &'a Client,
        user: &'a User,
        scope: &'a Scope,
        request: Option<&'a ClaimsRequest>,
        points: &[Point],
    ) -> Self {
        let mut released = Released::new();
        let mut elsewhere = BTreeMap::new();
        for point in points {
            let mut wanted = wanted(settings, client, scope, request, *point);
            let (values, others) = found(settings, client, user, request, &mut wanted, *point);
            released.extend(values);
            elsewhere.extend(sources::told(&settings.offer, &user.claims, others.into_iter()));
        }
        let username = points.contains(&Point::Introspection) && tells_username(settings, client);
        let subject = settings.subjects.type_for(client);
        let raw = subject == SubjectType::Public && matches!(settings.subjects.public, Public::Raw);
        Self {
            released,
            username: username.then_some(user.username.as_str()),
            elsewhere,
            names: names(settings, client, Some(user), scope, request, points),
            subject,
            raw_subject: raw.then_some(user.username.as_str()),
            scope,
        }
    }

    /// The names of claims that it is about, but of which nothing would be released today.
    pub fn absent(&self) -> impl Iterator<Item = String> {
        let told = |name: &str| {
            self.released.keys().any(|released| stem(released) == name)
                || self.elsewhere.keys().any(|claim| stem(claim) == name)
                || (name == USERNAME && self.username.is_some())
        };
        self.names.iter().filter(move |name| !told(name)).map(std::borrow::Cow::into_owned)
    }

    /// Whether the person has something by this name all the same: what is asked for is another value.
    pub fn is_on_file(settings: &Settings, client: &Client, user: &User, name: &str) -> bool {
        let is_kept = user.claims.get(name).is_some_and(|value| !is_empty(value));
        is_kept && is_about_something(user, name)
            || name == PREFERRED && preferred_username(settings, client, user).is_some()
    }

    /// Whether a word of the scope brings claims to the client; one that does not only allows something.
    pub fn brings_claims(&self, settings: &Settings, client: &Client, word: &str) -> bool {
        let mut claims = of_scope(settings, client, word).filter(|name| !is_protocol(name));
        claims.any(|name| self.names.has(name))
    }

    /// A mark of all this. A page that carries it speaks for nothing that was added or changed since.
    pub fn mark(&self) -> String {
        let elsewhere: Map<String, Value> = self
            .elsewhere
            .iter()
            .map(|(name, of)| ((*name).to_owned(), json!([of.source, of.endpoint])))
            .collect();
        let names: Vec<_> = self.names.iter().collect();
        let all = json!([
            self.scope,
            self.released,
            self.username,
            elsewhere,
            names,
            self.subject,
            self.raw_subject
        ]);
        URL_SAFE_NO_PAD.encode(Sha256::digest(all.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::claims::Selection;
    use crate::testing;

    const ALL: [Point; 4] = [Point::UserInfo, Point::IdToken, Point::Introspection, Point::AccessToken];

    fn diana() -> User {
        let claims = json!({
            "name": "Diana Krall", "name#de": "Diana die Große", "email": "diana@example.org", "nickname": "",
            "_claim_names": {"credit_score": "bank", "degree": "school", "email": "school"},
            "_claim_sources": {"bank": {"endpoint": "https://bank.example/claims", "access_token": "x"}, "school": {"JWT": "a.b.c"}},
        });
        User { claims: claims.as_object().unwrap().clone(), ..testing::user("diana") }
    }

    fn told(settings: &Settings, client: &Client, scope: &str, claims: &str, points: &[Point]) -> Value {
        let (user, scope) = (diana(), Scope::parse(scope).unwrap());
        let request = ClaimsRequest::parse(claims).unwrap();
        let all = Disclosure::of(settings, client, &user, &scope, Some(&request), points);
        let elsewhere: Vec<_> =
            all.elsewhere.iter().map(|(name, of)| json!([name, of.source, of.endpoint])).collect();
        json!([all.released, elsewhere, all.absent().collect::<Vec<_>>()])
    }

    #[test]
    fn every_point_counts_that_the_answer_leads_to() {
        let mut settings = testing::settings();
        let client = testing::client("web");
        settings.release.introspection.base_claims = Selection::of(["name", "phone_number"]);
        let email = json!({"email": "diana@example.org"});
        let both = json!({"email": "diana@example.org", "name": "Diana Krall"});
        assert_eq!(
            told(&settings, &client, "openid email", "{}", &ALL),
            json!([both, [], ["email_verified", "phone_number"]])
        );
        let userinfo = told(&settings, &client, "openid email", "{}", &[Point::UserInfo]);
        assert_eq!(userinfo, json!([email, [], ["email_verified"]]));
        assert_eq!(told(&settings, &client, "openid email", "{}", &[Point::IdToken]), json!([{}, [], []]));
        assert_eq!(told(&settings, &client, "openid email", "{}", &[Point::IdTokenAlone]), userinfo);
    }

    #[test]
    fn claims_of_others_are_named_with_their_source() {
        let asked =
            r#"{"userinfo":{"credit_score":null,"degree":null,"email":null,"nickname":null,"sub":null}}"#;
        let expected = json!([
            {"email": "diana@example.org"},
            [["credit_score", "bank", "https://bank.example/claims"], ["degree", "school", null]],
            ["nickname"],
        ]);
        assert_eq!(told(&testing::settings(), &testing::client("web"), "openid", asked, &ALL), expected);
    }

    #[test]
    fn a_value_that_will_not_do_is_not_told_but_agreed_to() {
        let asked = r#"{"id_token":{"email":{"value":"x@example.org"}}}"#;
        assert_eq!(
            told(&testing::settings(), &testing::client("web"), "openid", asked, &ALL),
            json!([{}, [], ["email"]])
        );
    }

    /// Its absence would be read as that of the user name, which is on file, and is kept from the client.
    #[test]
    fn a_user_name_that_is_withheld_is_not_said_to_be_missing() {
        let (mut settings, client) = (testing::settings(), testing::client("web"));
        let asked = r#"{"userinfo":{"preferred_username":null,"nickname":null}}"#;
        let absent = |settings: &Settings, client: &Client, user: &User| {
            let (scope, request) = (Scope::parse("openid").unwrap(), ClaimsRequest::parse(asked).unwrap());
            let all = Disclosure::of(settings, client, user, &scope, Some(&request), &ALL);
            let absent = all.absent().collect::<Vec<_>>();
            (absent, all.names.has("preferred_username"))
        };
        assert_eq!(absent(&settings, &client, &diana()), (vec!["nickname".to_owned()], true));
        settings.subjects.default_type = SubjectType::Pairwise;
        assert_eq!(absent(&settings, &client, &diana()), (vec!["nickname".to_owned()], false));
        // Who has a name of that kind is asked about it, wherever it is.
        let mut named = diana();
        named.claims.insert("preferred_username".into(), "didi".into());
        assert_eq!(absent(&settings, &client, &named), (vec!["nickname".to_owned()], true));
        let mut elsewhere = diana();
        elsewhere.claims["_claim_names"]["preferred_username"] = "bank".into();
        assert_eq!(absent(&settings, &client, &elsewhere), (vec!["nickname".to_owned()], true));
    }

    #[test]
    fn a_scope_that_releases_nothing_allows_something() {
        let mut settings = testing::settings();
        let (client, user, scope) =
            (testing::client("web"), diana(), Scope::parse("openid email phone").unwrap());
        let of = |settings: &Settings| {
            let all = Disclosure::of(settings, &client, &user, &scope, None, &ALL);
            ["openid", "email", "phone", "offline_access"]
                .map(|word| all.brings_claims(settings, &client, word))
        };
        assert_eq!(of(&settings), [false, true, true, false]);
        settings.release.userinfo.add_claims_by_scope = false;
        assert_eq!(of(&settings), [false; 4]);
    }

    #[test]
    fn the_mark_changes_with_whatever_is_shown() {
        let (settings, client, scope) =
            (testing::settings(), testing::client("web"), Scope::parse("openid email").unwrap());
        let of = |settings: &Settings, user: &User| {
            Disclosure::of(settings, &client, user, &scope, None, &ALL).mark()
        };
        let before = of(&settings, &diana());
        assert_eq!(before, of(&settings, &diana()));
        let mut moved = diana();
        moved.claims["email"] = "d@example.org".into();
        assert_ne!(before, of(&settings, &moved));
        let mut wider = testing::settings();
        wider.release.id_token.base_claims = Selection::of(["phone_number"]);
        assert_ne!(before, of(&wider, &diana()));
        let mut pairwise = testing::settings();
        pairwise.subjects.default_type = SubjectType::Pairwise;
        assert_ne!(before, of(&pairwise, &diana()));
    }
}
