//! What is text stays the text that was given.

use serde_json::json;

use super::*;

#[test]
fn a_claim_is_taken_as_it_is_typed() {
    let place = Place::new();
    for (typed, name, expected) in [
        ("birthdate=1990", "birthdate", json!("1990")),
        ("name=1e5", "name", json!("1e5")),
        ("nickname=true", "nickname", json!("true")),
        ("family_name=null", "family_name", json!("null")),
        ("preferred_username=\"x\"", "preferred_username", json!("\"x\"")),
        ("name#de=007", "name#de", json!("007")),
        ("email_verified=true", "email_verified", json!(true)),
        ("updated_at=1700000000", "updated_at", json!(1_700_000_000)),
        ("staff_id=7", "staff_id", json!(7)),
        ("staff_id=007", "staff_id", json!("007")),
        ("staff_id=+7", "staff_id", json!("+7")),
        ("staff_id=\"7\"", "staff_id", json!("7")),
        ("staff_id=null", "staff_id", json!("null")),
        ("groups=[\"a\",1]", "groups", json!(["a", 1])),
        ("address={\"postal_code\":\"01234\"}", "address", json!({"postal_code": "01234"})),
    ] {
        let added = place.json(&["user", "add", "elvis", "--no-password", "--claim", typed], "");
        assert_eq!(added["claims"], json!({ (name): expected }), "{typed}");
        place.run(&["user", "rm", "elvis"], "");
    }
    for (typed, said) in [
        ("staff_id=12345678901234567890123", "--claim 'staff_id=\"12345678901234567890123\"'"),
        ("staff_id=1e999", "the number 1e999 would lose digits"),
        ("staff={\"id\":12345678901234567890123}", "would lose digits"),
        ("address={\"postal_code\":1234}", "`elvis.address.postal_code`: this claim is text"),
        ("updated_at=yesterday", "this claim is a number"),
        ("name#fr_CA=x", "write name#fr-CA"),
        ("name#=x", "language tag"),
    ] {
        let refused = place.fails(&["user", "add", "elvis", "--no-password", "--claim", typed]);
        assert!(refused.contains(said), "{typed}: {refused}");
    }
}

#[test]
fn an_import_names_the_line_of_a_claim_that_is_no_text() {
    let place = Place::new();
    let users = place.write(
        "users.json",
        "{\"elvis\": {\n\"email\": 7,\n\"name\": \"Elvis\", \"website\": [\"x\"],\n\"address\": {\n\"region\": 1}}}",
    );
    let refused = place.fails(&["user", "import", "--users", &users]);
    for said in [
        "users.json:2:1: `elvis.email`: this claim is text; put it in quotes",
        "users.json:3:18: `elvis.website`: this claim is text; write one text in quotes",
        "users.json:5:1: `elvis.address.region`: this claim is text",
        "nothing was imported",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    let users =
        place.write("users.json", "{\"ella\": {},\n\"elvis\": {\"big\":\n123456789012345678901234567890}}");
    let refused = place.fails(&["user", "import", "--users", &users]);
    assert!(refused.contains("users.json:2:11: `elvis.big`: this number would lose digits"), "{refused}");
    let users = place.write("users.json", "{\"elvis\": {\"nickname\": null, \"staff_id\": \"007\"}}");
    place.run(&["user", "import", "--users", &users], "");
    assert_eq!(place.json(&["user", "show", "elvis"], "")["claims"]["staff_id"], "007");
}

/// PowerShell and editors write a mark in front, which nobody types at the sign-in page.
#[test]
fn a_byte_order_mark_is_no_part_of_a_password_and_nothing_unseen_is() {
    let place = Place::new();
    place.run(&["user", "add", "elvis", "--password-stdin"], "\u{feff}alison moyet\r\n");
    let url = format!("sqlite:{}", place.0.join("signet.db").display());
    let stored = one_thread().unwrap().block_on(async {
        let store = signet_store::open(&url).await.unwrap();
        signet::admin::users::get(&*store, "elvis").await.unwrap()
    });
    let method = signet_login::password::Password::new(Default::default()).unwrap();
    let typed = signet_core::secret::Secret::new("alison moyet".to_owned());
    let checked = method.check(&mut Default::default(), &typed, stored.password.as_ref()).unwrap();
    assert!(checked.login.is_some());
    for typed in ["alison\u{feff} moyet", "alison moyet\u{200b}", "\u{feff}\u{feff}alison"] {
        let (_, _, refused) = place.try_run(&["user", "passwd", "elvis", "--password-stdin"], typed);
        assert!(refused.contains("characters that nobody sees"), "{typed:?}: {refused}");
    }
}
