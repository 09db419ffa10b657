//! What is released where, from which source.

mod languages;

use serde_json::json;

use super::*;
use crate::claims::{AddClaims, PointRules, Selection};
use crate::settings::ScopeMeaning;
use crate::testing::{self, World};

const POINTS: [Point; 5] =
    [Point::UserInfo, Point::IdToken, Point::IdTokenAlone, Point::Introspection, Point::AccessToken];

fn settings() -> Settings {
    let mut settings = testing::settings();
    let custom = ScopeMeaning { claims: vec!["department".into(), "iss".into()], ..ScopeMeaning::default() };
    settings.scopes.insert("staff".into(), custom);
    settings
}

fn diana() -> User {
    let claims = json!({
        "name": "Diana Krall", "name#de": "Diana die Große", "name#fr-CA": "Diane", "website#de": "",
        "nickname#de": "Didi", "nickname": "", "website": null, "email": "diana@example.org",
        "email_verified": false, "updated_at": 1_700_000_000, "address": {}, "department": ["jazz"],
        "iss": "https://evil.example", "acr": "forged", "sub": "forged", "sub#de": "forged", "active": false,
        "_claim_names": {"credit_score": "bank", "income": "bank", "degree": "school", "email": "school"},
        "_claim_sources": {
            "bank": {"endpoint": "https://bank.example/claims", "access_token": "ksj3n283dke"},
            "school": {"JWT": "a.b.c"},
        },
    });
    User { claims: claims.as_object().unwrap().clone(), ..testing::user("diana") }
}

fn request(claims: &Value, locales: &str) -> Option<ClaimsRequest> {
    ClaimsRequest::of(Some(&claims.to_string()), Some(locales)).unwrap()
}

/// What is released under a grant of this scope and `claims` parameter.
fn under(
    settings: &Settings,
    client: &Client,
    scope: &str,
    claims: Option<ClaimsRequest>,
    point: Point,
) -> Value {
    let diana = diana();
    let grant = Grant { claims, ..World::new().grant(client, &diana, scope) };
    serde_json::to_value(release(settings, client, &diana, &grant, &grant.scope, point)).unwrap()
}

fn at(settings: &Settings, client: &Client, scope: &str, claims: &Value, point: Point) -> Value {
    under(settings, client, scope, request(claims, ""), point)
}

fn released(scope: &str, claims: &Value, point: Point) -> Value {
    at(&settings(), &testing::client("web"), scope, claims, point)
}

fn released_in(locales: &str, scope: &str, claims: &Value, point: Point) -> Value {
    under(&settings(), &testing::client("web"), scope, request(claims, locales), point)
}

fn selection(value: Value) -> Selection {
    serde_json::from_value(value).unwrap()
}

fn name_of(point: Point) -> &'static str {
    match point {
        Point::UserInfo => "userinfo",
        Point::IdToken | Point::IdTokenAlone => "id_token",
        Point::Introspection => "introspection",
        Point::AccessToken => "access_token",
    }
}

fn rules(settings: &mut Settings, point: Point) -> &mut PointRules {
    match point {
        Point::UserInfo => &mut settings.release.userinfo,
        Point::IdToken | Point::IdTokenAlone => &mut settings.release.id_token,
        Point::Introspection => &mut settings.release.introspection,
        Point::AccessToken => &mut settings.release.access_token,
    }
}

fn add_claims(value: Value) -> AddClaims {
    serde_json::from_value(value).unwrap()
}

/// How a case of the matrix sets things up, at one point.
type Change = fn(&mut Settings, &mut Client, Point);

/// Every source at every point: what is asked is scope `openid email`, and no claims.
const MATRIX: &[(&str, Change, [&[&str]; 5])] = &[
    ("by default, scopes count where there is no other place", |_, _, _| {}, [MAIL, &[], MAIL, &[], &[]]),
    (
        "base_claims come always",
        |settings, _, point| rules(settings, point).base_claims = selection(json!(["name", "absent"])),
        [NAME_AND_MAIL, &["name"], NAME_AND_MAIL, &["name"], &["name"]],
    ),
    (
        "always_add_claims too",
        |settings, _, point| rules(settings, point).always_add_claims = selection(json!({"name": null})),
        [NAME_AND_MAIL, &["name"], NAME_AND_MAIL, &["name"], &["name"]],
    ),
    (
        "add_claims_by_scope",
        |settings, _, point| rules(settings, point).add_claims_by_scope = true,
        [MAIL; 5],
    ),
    (
        "without add_claims_by_scope",
        |settings, _, point| rules(settings, point).add_claims_by_scope = false,
        [&[], &[], MAIL, &[], &[]],
    ),
    (
        "always, for one client",
        |_, client, point| client.add_claims = add_claims(json!({"always": {name_of(point): ["name"]}})),
        [NAME_AND_MAIL, &["name"], NAME_AND_MAIL, &["name"], &["name"]],
    ),
    (
        "by_scope, for one client",
        |_, client, point| client.add_claims = add_claims(json!({"by_scope": {name_of(point): true}})),
        [MAIL; 5],
    ),
    (
        "by_scope false goes before a default that is true",
        |settings, client, point| {
            rules(settings, point).add_claims_by_scope = true;
            client.add_claims = add_claims(json!({"by_scope": {name_of(point): false}}));
        },
        [&[]; 5],
    ),
    (
        "a client's own rules count only where they may",
        |settings, client, point| {
            rules(settings, point).enable_claims_per_client = false;
            let name = name_of(point);
            client.add_claims = add_claims(json!({"always": {name: ["name"]}, "by_scope": {name: true}}));
        },
        [MAIL, &[], MAIL, &[], &[]],
    ),
    (
        "a claim that is wanted with another value does not come",
        |settings, _, point| {
            let wanted = json!({"name": {"value": "Elvis"}, "department": {"values": [["jazz"]]}});
            rules(settings, point).base_claims = selection(wanted);
        },
        [WORK_AND_MAIL, &["department"], WORK_AND_MAIL, &["department"], &["department"]],
    ),
    (
        "a scope goes before the filter of an earlier source",
        |settings, _, point| {
            rules(settings, point).base_claims = selection(json!({"email": {"value": "elvis@example.org"}}));
        },
        [MAIL, &[], MAIL, &[], &[]],
    ),
];

const MAIL: &[&str] = &["email", "email_verified"];
const NAME_AND_MAIL: &[&str] = &["email", "email_verified", "name"];
const WORK_AND_MAIL: &[&str] = &["department", "email", "email_verified"];

#[test]
fn every_source_counts_at_every_point() {
    for (case, change, expected) in MATRIX {
        for (point, expected) in POINTS.into_iter().zip(expected) {
            let (mut settings, mut client) = (settings(), testing::client("web"));
            change(&mut settings, &mut client, point);
            let found = at(&settings, &client, "openid email", &json!({}), point);
            let found: Vec<&String> = found.as_object().unwrap().keys().collect();
            assert_eq!(found, *expected, "{case}: {point:?}");
        }
    }
}

#[test]
fn a_source_of_one_point_says_nothing_at_another() {
    for point in POINTS {
        let (mut settings, mut client) = (settings(), testing::client("web"));
        rules(&mut settings, point).base_claims = selection(json!(["name"]));
        client.add_claims = add_claims(json!({"always": {name_of(point): ["department"]}}));
        for other in POINTS {
            let has = at(&settings, &client, "openid", &json!({}), other).get("name").is_some();
            assert_eq!(has, name_of(other) == name_of(point), "{point:?} {other:?}");
        }
    }
}

#[test]
fn a_request_counts_at_its_point_and_sets_its_own_filter() {
    for point in POINTS {
        let name = name_of(point);
        let (settings, client) = (settings(), testing::client("web"));
        let asked = |how: Value| {
            let claims = json!({name: {"email": how}});
            at(&settings, &client, "openid email", &claims, point).get("email").is_some()
        };
        assert!(asked(Value::Null), "{point:?}");
        assert!(asked(json!({"essential": true})), "{point:?}");
        assert!(asked(json!({"value": "diana@example.org"})), "{point:?}");
        assert!(asked(json!({"values": ["x", "diana@example.org"]})), "{point:?}");
        // Even where the scope would have released it.
        assert!(!asked(json!({"value": "x@example.org"})), "{point:?}");
        assert!(!asked(json!({"values": ["x"], "essential": true})), "{point:?}");
        let other = json!({if name == "userinfo" { "id_token" } else { "userinfo" }: {"name": null}});
        assert!(at(&settings, &client, "openid", &other, point).get("name").is_none(), "{point:?}");
    }
}

#[test]
fn a_client_may_have_scopes_of_its_own() {
    let settings = settings();
    let mut client = testing::client("web");
    client.scopes_to_claims = Some([("email".to_owned(), vec!["department".to_owned()])].into());
    let found = at(&settings, &client, "openid email staff", &json!({}), Point::UserInfo);
    assert_eq!(found, json!({"department": ["jazz"]}));
}

#[test]
fn custom_scopes_release_their_claims_but_never_protocol_members() {
    assert_eq!(released("staff", &json!({}), Point::UserInfo), json!({"department": ["jazz"]}));
    let protocol = ["acr", "sub", "iss", "sub#de", "active", "_claim_names", "_claim_sources", "website"];
    for point in POINTS {
        let mut settings = settings();
        rules(&mut settings, point).base_claims = Selection::of(protocol);
        let forged = json!({name_of(point): {"acr": null, "sub": null, "iss": {"essential": true}}});
        assert_eq!(at(&settings, &testing::client("web"), "openid", &forged, point), json!({}), "{point:?}");
    }
}

#[test]
fn requested_claims_come_where_they_are_asked() {
    let asked = json!({"userinfo": {"name#de": null}, "id_token": {"email": {"essential": true}, "nickname": null, "absent": null}});
    assert_eq!(released("openid", &asked, Point::UserInfo), json!({"name#de": "Diana die Große"}));
    assert_eq!(released("openid", &asked, Point::IdToken), json!({"email": "diana@example.org"}));
}

#[test]
fn claims_of_others_are_told_where_they_are_as_far_as_they_are_asked() {
    for point in [Point::UserInfo, Point::IdToken, Point::IdTokenAlone] {
        let of = |names: &[&str]| {
            let wanted: Map<String, Value> =
                names.iter().map(|name| ((*name).to_owned(), json!(null))).collect();
            released("openid", &json!({name_of(point): wanted}), point)
        };
        assert_eq!(
            of(&["credit_score", "email"]),
            json!({
                "email": "diana@example.org",
                "_claim_names": {"credit_score": "bank"},
                "_claim_sources": {"bank": {"endpoint": "https://bank.example/claims", "access_token": "ksj3n283dke"}},
            }),
            "what she has herself is hers: {point:?}"
        );
        assert_eq!(
            of(&["degree"]),
            json!({"_claim_names": {"degree": "school"}, "_claim_sources": {"school": {"JWT": "a.b.c"}}})
        );
        let only = json!({name_of(point): {"degree": {"value": "PhD"}}});
        assert_eq!(released("openid", &only, point), json!({}), "nobody here knows the value");
    }
    for point in [Point::Introspection, Point::AccessToken] {
        let asked = json!({name_of(point): {"credit_score": null}});
        assert_eq!(released("openid", &asked, point), json!({}), "{point:?}");
    }
}

#[test]
fn introspection_tells_what_access_tokens_do_and_the_username_if_selected() {
    let world = World::new();
    let (mut settings, mut client, diana) = (settings(), testing::client("web"), diana());
    let grant = world.grant(&client, &diana, "openid email");
    let scope = grant.scope.clone();
    let told = |settings: &Settings, client: &Client| {
        let claims = introspected(settings, client, &diana, &grant, &scope);
        claims.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert!(told(&settings, &client).is_empty());
    settings.release.access_token.base_claims = selection(json!(["department"]));
    settings.release.introspection.add_claims_by_scope = true;
    assert_eq!(told(&settings, &client), ["department", "email", "email_verified"]);
    client.add_claims = add_claims(json!({"always": {"introspection": ["username"]}}));
    assert_eq!(told(&settings, &client).last().unwrap(), "username");
    assert_eq!(introspected(&settings, &client, &diana, &grant, &scope)["username"], "diana");
    // A client cannot ask for it.
    client.add_claims = AddClaims::default();
    let asking = ClaimsRequest::parse(r#"{"introspection":{"username":null}}"#).unwrap();
    let asked = Grant { claims: Some(asking), ..grant.clone() };
    assert!(!introspected(&settings, &client, &diana, &asked, &scope).contains_key("username"));
}

#[test]
fn people_are_asked_about_scopes_requests_and_what_operators_add() {
    let (mut settings, mut client) = (settings(), testing::client("web"));
    let scope = Scope::parse("openid phone").unwrap();
    let asked = request(&json!({"userinfo": {"nickname": null}, "id_token": {"sub": null}}), "");
    let of = |settings: &Settings, client: &Client, points: &[Point]| {
        let names = names(settings, client, None, &scope, asked.as_ref(), points);
        names.iter().map(Cow::into_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&settings, &client, &POINTS), ["nickname", "phone_number", "phone_number_verified"]);
    assert!(of(&settings, &client, &[Point::IdToken]).is_empty(), "where nothing comes, nothing is asked");
    settings.release.id_token.base_claims = selection(json!(["email", "iss"]));
    client.scopes_to_claims = Some([("openid".to_owned(), vec!["sub".to_owned()])].into());
    client.add_claims = add_claims(json!({"always": {"introspection": ["department", "nickname#de"]}}));
    assert_eq!(of(&settings, &client, &POINTS), ["department", "email", "nickname"]);
    settings.release.introspection.enable_claims_per_client = false;
    assert_eq!(of(&settings, &client, &POINTS), ["email", "nickname"]);
}

#[test]
fn nothing_is_released_that_the_person_was_not_asked_about() {
    let (mut settings, client, diana) = (settings(), testing::client("web"), diana());
    let asked = request(&json!({"userinfo": {"credit_score": null, "degree": null}}), "");
    let agreed = ["name", "email", "degree"].into_iter().collect();
    let grant = World::new().grant(&client, &diana, "openid profile email");
    let grant = Grant { claims: asked, agreed: Some(agreed), ..grant };
    let told = |settings: &Settings| {
        serde_json::to_value(release(settings, &client, &diana, &grant, &grant.scope, Point::UserInfo))
            .unwrap()
    };
    let expected = json!({
        "name": "Diana Krall", "email": "diana@example.org", "_claim_names": {"degree": "school"},
        "_claim_sources": {"school": {"JWT": "a.b.c"}},
    });
    assert_eq!(told(&settings), expected);
    settings.release.userinfo.base_claims = selection(json!(["department", "name#de"]));
    settings.release.introspection.base_claims = selection(json!(["department", "username"]));
    let wider = told(&settings);
    assert!(wider.get("department").is_none() && wider["name#de"] == "Diana die Große", "{wider}");
    assert!(introspected(&settings, &client, &diana, &grant, &grant.scope).is_empty());
    let unasked = Grant { agreed: None, ..grant.clone() };
    assert_eq!(introspected(&settings, &client, &diana, &unasked, &grant.scope).len(), 2);
}

#[test]
fn discovery_tells_of_scopes_and_points() {
    let mut settings = settings();
    settings.scopes.retain(|scope, _| ["openid", "staff"].contains(&scope.as_str()));
    assert_eq!(supported(&settings), ["sub", "iss", "auth_time", "acr", "department"]);
    settings.release.access_token.base_claims = selection(json!(["name#de", "department"]));
    settings.release.userinfo.always_add_claims = selection(json!({"nickname": {"essential": true}}));
    assert_eq!(supported(&settings)[5..], ["nickname", "name"]);
    settings.claims_supported = vec!["sub".into()];
    assert_eq!(supported(&settings), ["sub"]);
}

#[test]
fn a_map_of_its_own_replaces_the_general_one() {
    let settings = testing::settings();
    let mut client = testing::client("web");
    let told =
        |client: &Client, word| of_scope(&settings, client, word).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(told(&client, "email"), ["email", "email_verified"]);
    client.scopes_to_claims = Some([("email".to_owned(), vec!["mail".to_owned()])].into());
    assert_eq!(told(&client, "email"), ["mail"]);
    assert!(told(&client, "phone").is_empty());
}
