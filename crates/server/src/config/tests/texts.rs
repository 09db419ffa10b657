//! What is text stays the text that was written.

use serde_json::json;

use super::*;

const HEAD: &str =
    "issuer: http://127.0.0.1:9400\nstore: \"memory:\"\nusers:\n- username: diana\n  claims:\n";

fn yaml(claims: &str) -> Result<Loaded, Vec<Problem>> {
    from(&format!("{HEAD}    {claims}\n"), Format::Yaml, &[])
}

/// The first problem with one user's claims, in each format.
fn refused(result: Result<Loaded, Vec<Problem>>) -> String {
    said(&result.unwrap_err()).join("\n")
}

#[test]
fn a_claim_that_is_text_is_no_number_in_any_format() {
    for claim in ["phone_number: +49123456", "birthdate: 1990", "given_name: 007", "name#de: true"] {
        let said = refused(yaml(claim));
        let name = claim.split_once(": ").unwrap().0;
        assert!(
            said.starts_with("line 6, column ") && said.contains(&format!("users[0].claims.{name}`")),
            "{said}"
        );
        assert!(said.contains("quotes") && said.lines().count() == 1, "{said}");
        let (name, value) = claim.split_once(": ").unwrap();
        assert_eq!(yaml(&format!("{name}: \"{value}\"")).unwrap().users[0].claims[name], value);
    }
    let said = refused(yaml("address: { postal_code: 1234 }"));
    assert!(
        said.contains("`users[0].claims.address.postal_code`: this claim is text; put it in quotes"),
        "{said}"
    );
    let head = "issuer = 'http://127.0.0.1:9400'\nstore = 'memory:'\n[[users]]\nusername = 'diana'\n";
    for claim in ["phone_number = +49123456", "birthdate = 1990", "gender = true", "website = ['x']"] {
        let said = refused(toml(&format!("{head}claims = {{ {claim} }}\n")));
        assert!(said.starts_with("line 5, column ") && said.contains("quotes"), "{said}");
    }
    let json = r#"{"issuer": "http://127.0.0.1:9400", "store": "memory:", "users": [{"username": "diana",
        "claims": {"email": 7}}]}"#;
    let said = refused(from(json, Format::Json, &[]));
    assert_eq!(
        said,
        "line 2, column 29: `users[0].claims.email`: this claim is text; put it in quotes, with all its characters"
    );
}

#[test]
fn no_number_loses_a_digit() {
    for number in [
        "12345678901234567890123",
        "007",
        "+43664123",
        "0.12345678901234567890123",
        "1e999",
        "-007",
        "9223372036854775808",
    ] {
        let said = refused(yaml(&format!("staff_id: {number}")));
        let what =
            format!("the number {number} cannot be kept as it is written; put it in quotes, if it is text");
        assert_eq!(said, format!("line 6, column 15: `users[0].claims.staff_id`: {what}"));
        assert_eq!(yaml(&format!("staff_id: \"{number}\"")).unwrap().users[0].claims["staff_id"], number);
        assert_eq!(yaml(&format!("staff_id: '{number}'")).unwrap().users[0].claims["staff_id"], number);
    }
    for (number, value) in
        [("7", json!(7)), ("-1.50", json!(-1.5)), ("0x1f", json!(31)), ("!!int 5", json!(5))]
    {
        assert_eq!(
            yaml(&format!("staff_id: {number}")).unwrap().users[0].claims["staff_id"],
            value,
            "{number}"
        );
    }
    assert!(
        refused(yaml("staff: [{ id: 1, grade: 00 }]")).contains("claims.staff[0].grade`: the number 00 ")
    );
    for line in
        ["staff_id = 12345678901234567890123", "staff_id = 1.2345678901234567890123", "staff_id = nan"]
    {
        let head = "issuer = 'http://127.0.0.1:9400'\nstore = 'memory:'\n[[users]]\nusername = 'diana'\n[users.claims]\n";
        let said = refused(toml(&format!("{head}{line}\n")));
        assert!(
            said.starts_with("line 6, column ") && said.contains("cannot be kept as it is written"),
            "{said}"
        );
    }
}

#[test]
fn a_number_where_text_is_wanted_is_named_as_one() {
    for (key, value) in [("username", "1e10111111151111111"), ("password", "12345678901234567890123")] {
        let text = HEAD.replace("- username: diana", "- username: diana\n  locked: false");
        let text =
            text.replace("  claims:\n", "").replace(&format!("{key}: diana"), &format!("{key}: {value}"));
        let text = if key == "password" { format!("{text}  password: {value}\n") } else { text };
        let said = refused(from(&text, Format::Yaml, &[]));
        assert!(
            said.contains("this must be text, but it is a number") && said.contains("in quotes"),
            "{said}"
        );
    }
}

#[test]
fn the_environment_gives_claims_as_they_are_written() {
    let variable = |name: &str| format!("SIGNET__USERS__0__CLAIMS__{name}");
    let given = [
        ("PHONE_NUMBER", "+49123456", json!("+49123456")),
        ("BIRTHDATE", "1990", json!("1990")),
        ("NAME", "true", json!("true")),
        ("GIVEN_NAME", "\"Diana\"", json!("Diana")),
        ("EMAIL_VERIFIED", "true", json!(true)),
        ("MOBILE", "+43664123", json!("+43664123")),
        ("ROOM", "0x1f", json!("0x1f")),
        ("GRADE", "7", json!(7)),
        ("GROUPS", "[\"a\"]", json!(["a"])),
    ];
    let names: Vec<String> = given.iter().map(|(name, ..)| variable(name)).collect();
    let mut variables: Vec<(&str, &str)> =
        names.iter().zip(&given).map(|(name, (_, text, _))| (name.as_str(), *text)).collect();
    let postal_code = variable("ADDRESS__POSTAL_CODE");
    variables.push((&postal_code, "1234"));
    let loaded = from(MINIMAL, Format::Toml, &variables).unwrap();
    let claims = &loaded.users[0].claims;
    for (name, text, value) in given {
        assert_eq!(claims[&name.to_ascii_lowercase()], value, "{text}");
    }
    assert_eq!(claims["address"]["postal_code"], "1234");
    let staff_id = variable("STAFF_ID");
    let said = refused(from(MINIMAL, Format::Toml, &[(&staff_id, "12345678901234567890123")]));
    assert!(
        said.starts_with(&format!("environment variable {staff_id}: ")) && said.contains("in quotes"),
        "{said}"
    );
}

#[test]
fn the_language_of_a_claim_is_a_tag() {
    let said = refused(yaml("{ \"name#fr_CA\": Diana, \"name#\": Diana, \"name#de-AT\": Diana }"));
    assert!(said.contains("write name#fr-CA") && said.contains("write a language tag behind #"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn white_space_at_the_end_of_a_name_or_secret_is_doubted() {
    let warned = |text: &str| said(&toml(text).unwrap().warnings).join("\n");
    let secret = MINIMAL.replace("\"a-secret\"", "\"a-secret-of-16-or-more\\n\"");
    assert!(
        warned(&secret).contains("`clients[0].client_secret`: this ends in white space"),
        "{}",
        warned(&secret)
    );
    let named = MINIMAL.replace("client_id = \"web\"", "client_id = \"web \"");
    assert!(warned(&named).contains("`clients[0].client_id`: this begins or ends with white space"));
    assert!(!warned(MINIMAL).contains("white space"));
    let folder = std::env::temp_dir().join(format!("signet-blanks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (content, doubted) in
        [("from a file, 16+\n", false), ("from a file, 16+\n\n", true), ("from a file, 16+ ", true)]
    {
        let path = folder.join("secret");
        std::fs::write(&path, content).unwrap();
        let text = MINIMAL.replace("\"a-secret\"", &format!("{{ file = '{}' }}", path.display()));
        assert_eq!(
            warned(&text).contains("ends in white space, which is part of the secret"),
            doubted,
            "{content:?}"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_address_of_another_program_is_no_store() {
    for (store, instead) in [
        ("sqlite::memory:", "write \"memory:\""),
        ("sqlite://:memory:", "write \"memory:\""),
        ("sqlite:~/signet.db", "write the whole path"),
        ("sqlite:x.db?mode=ro", "write \"sqlite:PATH\""),
        ("sqlite:file:x.db", "write \"sqlite:PATH\""),
    ] {
        let text = MINIMAL.replace("store  = \"memory:\"", &format!("store = {store:?}"));
        let said = refused(toml(&text));
        assert!(said.starts_with("line 4, column 9: `store`: ") && said.contains(instead), "{store}: {said}");
    }
}
