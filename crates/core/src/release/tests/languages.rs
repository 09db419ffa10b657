//! OpenID Connect Core §5.2: claims in several languages.

use super::*;

/// The case of a language says nothing, and names are compared exactly by those who read them.
#[test]
fn a_language_is_found_in_any_case_and_comes_as_it_was_asked_for() {
    let asked =
        json!({"userinfo": {"name#DE": null, "name#FR-ca": null, "nickname#de": null, "NAME#de": null}});
    let expected = json!({"name#DE": "Diana die Große", "name#FR-ca": "Diane", "nickname#de": "Didi"});
    assert_eq!(released("openid", &asked, Point::UserInfo), expected);
    assert_eq!(released_in("de fr", "openid", &asked, Point::UserInfo), expected);
    let both = json!({"userinfo": {"name#DE": null, "name#de": null}});
    let expected = json!({"name#DE": "Diana die Große", "name#de": "Diana die Große"});
    assert_eq!(released("openid", &both, Point::UserInfo), expected);
}

#[test]
fn one_language_comes_under_the_plain_name() {
    let profile = |locales| released_in(locales, "profile", &json!({}), Point::UserInfo);
    let german = json!({"name": "Diana die Große", "nickname": "Didi", "preferred_username": "diana",
        "updated_at": 1_700_000_000});
    for locale in ["de", "DE", "de-CH", "de-Latn-CH-1996"] {
        assert_eq!(profile(locale), german, "{locale}");
    }
    let plain = json!({"name": "Diana Krall", "preferred_username": "diana", "updated_at": 1_700_000_000});
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
        "preferred_username": "diana", "updated_at": 1_700_000_000,
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
