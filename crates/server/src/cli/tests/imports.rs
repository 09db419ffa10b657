//! `signet user import`.

use std::sync::Arc;

use super::busy::Busy;
use super::*;
use signet::admin::users::Update;
use signet::clock::{Clock as _, SystemClock, SystemRng};

#[test]
fn oidc_op_s_files_are_imported_and_their_conflicts_told() {
    let place = Place::new();
    let users = place
        .write("users.json", r#"{"elvis": {"sub": "elvis", "name": "Elvis"}, "nina": {"name": "Nina"}}"#);
    let passwords =
        place.write("passwd.json", r#"{"elvis": {"plain": "alison"}, "ella": {"plain": "fitzgerald"}}"#);
    let both = ["user", "import", "--users", &users, "--passwords", &passwords];
    let first = place.json(&both, "");
    assert_eq!(first["added"], serde_json::json!(["ella", "elvis", "nina"]));
    let (_, out, err) = place.try_run(&both, "");
    assert_eq!(out, "0 added, 0 updated, 3 left alone\n");
    assert!(err.contains("already there: ella, elvis, nina; --update"), "{err}");
    let more = place.write("users.json", r#"{"nina": {"email": "nina@example.org"}}"#);
    assert_eq!(
        place.run(&["user", "import", "--users", &more, "--update"], ""),
        "0 added, 1 updated, 0 unchanged, 0 left alone\n"
    );
    let same = ["user", "import", "--users", &more, "--passwords", &passwords, "--update"];
    assert_eq!(place.run(&same, ""), "0 added, 0 updated, 3 unchanged, 0 left alone\n");
    let again = place.json(&same, "");
    assert_eq!(again["unchanged"], serde_json::json!(["ella", "elvis", "nina"]));
    assert_eq!(again["updated"], serde_json::json!([]));
    let nina = place.json(&["user", "show", "nina"], "");
    assert_eq!(nina["claims"], serde_json::json!({"name": "Nina", "email": "nina@example.org"}));
    let broken =
        place.write("passwd.json", r#"{"good": {"plain": "x"}, "bad": "$2b$12$abcdefghijklmnopqrstuv"}"#);
    assert!(place.fails(&["user", "import", "--passwords", &broken]).contains("nothing was imported"));
    assert!(place.fails(&["user", "show", "good"]).contains("there is no user good"));
}

/// Exports of other systems have null where somebody has nothing.
#[test]
fn a_claim_that_is_null_is_left_out() {
    let place = Place::new();
    let users =
        place.write("users.json", r#"{"elvis": {"name": "Elvis", "email": null, "phone_number": null}}"#);
    place.run(&["user", "import", "--users", &users], "");
    assert_eq!(place.json(&["user", "show", "elvis"], "")["claims"], serde_json::json!({"name": "Elvis"}));
}

#[test]
fn claims_that_signet_makes_are_refused_by_name() {
    let place = Place::new();
    for (claim, value) in [("sub", "dikr0001"), ("exp", "1")] {
        let people = serde_json::json!({"elvis": {"name": "Elvis", (claim): value}}).to_string();
        let users = place.write("users.json", &people);
        let refused = place.fails(&["user", "import", "--users", &users]);
        assert!(
            refused.contains(&format!("users.json:1:26: `elvis.{claim}`: Signet makes this claim itself")),
            "{refused}"
        );
        assert!(place.fails(&["user", "show", "elvis"]).contains("there is no user elvis"));
    }
}

#[test]
fn a_hash_is_a_hash_wherever_it_is_written() {
    const BCRYPT: &str = "$2b$05$abcdefghijklmnopqrstuurvummARvI5AgBBROstzhe/LLa10D71y";
    const APACHE: &str = "$apr1$Ab1cD2eF$0000000000000000000000";
    let place = Place::new();
    let keycloak = r#"{"credentialData": "{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha256\"}",
        "secretData": "{\"value\":\"4tVN4gUZM7mo+iUpygY0C14UgvoZkwAP6Fpd1y74DLQ=\",\"salt\":\"c2FsdHNhbHQ=\"}"}"#;
    let good = format!(r#"{{"elvis": "{BCRYPT}", "ella": {{"plain": "{APACHE}"}}, "nina": {keycloak}}}"#);
    let good = place.write("passwd.json", &good);
    let import = ["user", "import", "--passwords", &good];
    assert_eq!(place.run(&import, ""), "3 added, 0 updated, 0 left alone\n");
    for (password, said) in [
        (format!("\"{APACHE}\""), "Apache's md5-crypt"),
        (format!(r#"{{"hash": "{APACHE}"}}"#), "Apache's md5-crypt"),
        (r#"{"hash": "krall"}"#.to_owned(), "not a hash"),
        (r#""$2b$31$abcdefghijklmnopqrstuurvummARvI5AgBBROstzhe/LLa10D71y""#.to_owned(), "between 4 and 15"),
        (r#""5f4dcc3b5aa765d61d8327deb882cf99""#.to_owned(), "a digest in hexadecimal"),
        (r#""krall""#.to_owned(), "never taken as a password in clear"),
        (r#""!""#.to_owned(), "a user without a password"),
    ] {
        let bad = place.write("bad.json", &format!(r#"{{"bad": {password}}}"#));
        let refused = place.fails(&["user", "import", "--passwords", &bad]);
        assert!(refused.contains(said) && refused.contains("nothing was imported"), "{password}: {refused}");
    }
    let add = ["user", "add", "joni", "--password-stdin"];
    let (_, _, refused) = place.try_run(&add, APACHE);
    assert!(refused.contains("Apache's md5-crypt") && refused.contains("--plain"), "{refused}");
    place.run(&["user", "add", "joni", "--password-stdin", "--plain"], APACHE);
}

/// A file of people from another system may hold anything: who takes it for passwords in clear lets everybody
/// in who has seen it.
#[test]
fn an_import_takes_no_bare_text_for_a_password_and_says_whose_and_where() {
    let place = Place::new();
    let file = place.write(
        "passwd.json",
        "{\n  \"ella\": \"fitzgerald\",\n  \"elvis\": {\"plain\": \"alison\"},\n  \"nina\": \"48c/R8JAv757A\"\n}\n",
    );
    let (_, _, refused) = place.try_run(&["user", "import", "--passwords", &file], "");
    for said in [
        "FOLDER/passwd.json:2:3: `ella`: ",
        "FOLDER/passwd.json:4:3: `nina`: ",
        "DES crypt",
        r#"write {"plain": "…"}"#,
        "nothing was imported",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    assert!(!refused.contains("elvis") && !refused.contains("fitzgerald"), "{refused}");
    assert_eq!(place.json(&["user", "list"], "")["users"].as_array().unwrap().len(), 1);
}

/// Nothing is lost by an interruption: the same command does the rest.
#[test]
fn an_import_that_ended_early_goes_on_where_it_was() {
    let place = Place::new();
    let people = |names: std::ops::Range<usize>| {
        let one = |number: usize| (format!("p{number:03}"), serde_json::json!({"plain": "krall"}));
        serde_json::Map::from_iter(names.map(one))
    };
    let write = |people: serde_json::Map<String, Value>| {
        place.write("passwd.json", &serde_json::to_string(&people).unwrap())
    };
    let first = write(people(0..260));
    assert_eq!(
        place.run(&["user", "import", "--passwords", &first], ""),
        "260 added, 0 updated, 0 left alone\n"
    );
    let all = write(people(0..300));
    let (_, out, err) = place.try_run(&["user", "import", "--passwords", &all], "");
    assert_eq!(out, "40 added, 0 updated, 260 left alone\n");
    assert!(err.contains("already there: p000, p001") && err.contains("and 240 more"), "{err}");
}

/// Imports into a store of the test's own; whether it was done, and what was said.
fn import_into(
    place: &Place,
    store: Arc<Busy>,
    file: &str,
    update: Option<Update>,
    json: bool,
) -> (bool, String, String) {
    let loaded = context::load(&place.0.join("signet.toml")).unwrap();
    let context =
        Context { loaded, store, now: SystemClock.now(), rng: SystemRng, json, by: "a test".to_owned() };
    let (mut console, out, err) = console("", json);
    let done = import::import(&context, Some(file.as_ref()), None, update, &mut console);
    let done = one_thread().unwrap().block_on(done);
    if let Err(error) = &done {
        console.fail(error);
    }
    (done.is_ok(), out.text(), err.text())
}

/// What was done is not lost with the error, for people nor for programs.
#[test]
fn an_import_that_the_store_interrupts_says_what_it_did() {
    let place = Place::new();
    let people = |from: usize| {
        let one = |number: usize| (format!("p{number:03}"), serde_json::json!({"name": "P"}));
        serde_json::to_string(&serde_json::Map::from_iter((from..600).map(one))).unwrap()
    };
    let file = place.write("users.json", &people(0));
    let store = Arc::new(Busy::failing_after(2));
    let import = |json: bool| import_into(&place, store.clone(), &file, None, json);
    let (done, out, _) = import(true);
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((done, out["error"]["code"].as_str()), (false, Some("store")));
    assert_eq!(out["error"]["next"], "run the same command again to continue from there");
    assert_eq!(out["added"].as_array().unwrap().len(), 500);
    let (_, _, err) = import(false);
    assert!(
        err.contains("stopped after 0 users were imported: ") && err.contains("to continue from there"),
        "{err}"
    );
    store.mend();
    assert_eq!(import(false).1, "100 added, 0 updated, 500 left alone\n");
}

#[test]
fn who_was_added_in_the_same_moment_is_not_told_to_use_an_option_that_was_used() {
    let place = Place::new();
    let file = place.write("users.json", r#"{"ella": {}, "nina": {}}"#);
    let update = Some(Update { keep_offline: false });
    let (done, out, err) = import_into(&place, Arc::new(Busy::new(Some("nina"))), &file, update, false);
    assert_eq!((done, out.as_str()), (true, "1 added, 0 updated, 0 unchanged, 1 left alone\n"));
    assert!(
        err.contains("in the same moment: nina; the same command again") && !err.contains("--update"),
        "{err}"
    );
}

#[test]
fn an_import_with_a_name_that_is_anothers_address_writes_nothing() {
    let place = Place::new();
    let one = |number: usize| (format!("b{number:03}"), serde_json::json!({}));
    let mut people = serde_json::Map::from_iter((0..300).map(one));
    people.insert("b005".into(), serde_json::json!({"email": "q@example.org", "email_verified": true}));
    people.insert("q@example.org".into(), serde_json::json!({}));
    let file = place.write("users.json", &serde_json::to_string(&people).unwrap());
    let refused = place.fails(&["user", "import", "--users", &file]);
    for said in ["nothing was imported", "one of b005 and q@example.org"] {
        assert!(refused.contains(said) && !refused.contains("to continue"), "{said}: {refused}");
    }
    assert_eq!(place.json(&["user", "list"], "")["users"].as_array().unwrap().len(), 1);
}

/// People of the configuration are changed there: a record of the same name would never be read.
#[test]
fn an_import_leaves_people_of_the_configuration_alone_and_names_them() {
    let place = Place::new();
    let file = place.write("users.json", r#"{"diana": {"name": "D."}, "nina": {}}"#);
    for (import, count) in [
        (vec!["user", "import", "--users", &file], "1 added, 0 updated, 1 left alone\n"),
        (
            vec!["user", "import", "--users", &file, "--update"],
            "0 added, 0 updated, 1 unchanged, 1 left alone\n",
        ),
    ] {
        let (_, out, err) = place.try_run(&import, "");
        assert_eq!(
            (out.as_str(), err.as_str()),
            (count, "in the configuration file: diana; change them there\n")
        );
        assert_eq!(place.json(&import, "")["configured"], serde_json::json!(["diana"]));
    }
    assert_eq!(place.json(&["user", "list"], "")["users"].as_array().unwrap().len(), 2);
}

#[test]
fn of_keycloaks_credentials_the_password_is_taken_and_the_rest_is_named() {
    let place = Place::new();
    let password = r#"{"type": "password", "priority": 10, "credentialData": "{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha256\"}",
        "secretData": "{\"value\":\"4tVN4gUZM7mo+iUpygY0C14UgvoZkwAP6Fpd1y74DLQ=\",\"salt\":\"c2FsdHNhbHQ=\"}"}"#;
    let otp = r#"{"type": "otp", "userLabel": "phone", "credentialData": "{\"subType\":\"totp\"}", "secretData": "{\"value\":\"SECRET\"}"}"#;
    let file = place.write(
        "passwd.json",
        &format!(
            r#"{{"elvis": [{otp}, {password}], "ella": {{"credentials": [{password}]}}, "nina": [{otp}]}}"#
        ),
    );
    let import = ["user", "import", "--passwords", &file];
    let (_, out, err) = place.try_run(&import, "");
    assert_eq!(out, "3 added, 0 updated, 0 left alone\n");
    assert!(err.contains("left out: elvis (otp), nina (otp)") && !err.contains("SECRET"), "{err}");
    assert_eq!(place.json(&["user", "show", "elvis"], "")["has_password"], true);
    assert_eq!(place.json(&["user", "show", "nina"], "")["has_password"], false);
    assert_eq!(place.json(&import, "")["left_out"]["nina"][0], "otp");
    let realm = place.write("realm.json", r#"{"realm": "music", "users": [{"username": "elvis"}]}"#);
    for option in ["--users", "--passwords"] {
        let refused = place.fails(&["user", "import", option, &realm]);
        assert!(refused.contains("export of a Keycloak realm"), "{refused}");
    }
}

/// Who could not sign in where they come from must not be able to here.
#[test]
fn an_import_locks_whom_the_file_locks() {
    let place = Place::new();
    let write = |people: &str| place.write("users.json", people);
    let passwords = place.write("passwd.json", r#"{"elvis": {"plain": "alison"}}"#);
    let users =
        write(r#"{"elvis": {"name": "Elvis", "locked": true}, "nina": {"locked": false}, "ella": {}}"#);
    place.run(&["user", "import", "--users", &users, "--passwords", &passwords], "");
    let locked = |name: &str| place.json(&["user", "show", name], "")["locked"].clone();
    assert_eq!([locked("elvis"), locked("nina"), locked("ella")], [true, false, false]);
    let elvis = place.json(&["user", "show", "elvis"], "");
    assert_eq!(elvis["claims"], serde_json::json!({"name": "Elvis"}), "it is not a claim");
    // What the file does not mention stays.
    let update = |people: &str| place.run(&["user", "import", "--update", "--users", &write(people)], "");
    update(r#"{"elvis": {"name": "E."}, "ella": {"locked": true}}"#);
    assert_eq!([locked("elvis"), locked("ella")], [true, true]);
    update(r#"{"elvis": {"locked": false}}"#);
    assert_eq!(locked("elvis"), false);
    for wrong in [r#""true""#, "null", "1"] {
        let users = write(&format!("{{\n\"joni\": {{\"locked\": {wrong}}}, \"sam\": {{}}}}"));
        let (_, _, refused) = place.try_run(&["user", "import", "--users", &users], "");
        for said in ["users.json:2:10: `joni.locked`: this is neither true nor false", "nothing was imported"]
        {
            assert!(refused.contains(said), "{wrong}: {refused}");
        }
    }
    assert!(place.fails(&["user", "show", "sam"]).contains("there is no user sam"));
}

/// RFC 8259 §4: what a second member of the same name means is anybody's guess.
#[test]
fn a_member_that_occurs_twice_is_refused_wherever_json_is_read() {
    let place = Place::new();
    let twice = r#"{"elvis": {"name": "Elvis", "name": "Declan"}}"#;
    let users = place.write("users.json", twice);
    let again = place.write("passwd.json", r#"{"elvis": {"plain": "a"}, "elvis": {"plain": "b"}}"#);
    let metadata = place.write("client.json", r#"{"client_id": "a", "client_id": "b"}"#);
    let keys = place.write("keys.json", r#"{"keys": [], "keys": []}"#);
    for (line, name) in [
        (vec!["user", "import", "--users", &users], "name"),
        (vec!["user", "import", "--passwords", &again], "elvis"),
        (vec!["client", "add", "--metadata", &metadata], "client_id"),
        (vec!["key", "import", &keys], "keys"),
        (
            vec![
                "user",
                "add",
                "x",
                "--no-password",
                "--claim",
                r#"address={"locality": "A", "locality": "B"}"#,
            ],
            "locality",
        ),
    ] {
        let refused = place.fails(&line);
        assert!(refused.contains(&format!("{name:?} occurs twice")), "{line:?}: {refused}");
    }
}

/// A misspelt name must not become a person who can sign in, of whom nothing else is known.
#[test]
fn names_that_only_a_file_of_passwords_has_are_said_and_never_taken_for_an_update() {
    let place = Place::new();
    let users = place.write("users.json", r#"{"elvis": {"name": "Elvis"}}"#);
    let passwords =
        place.write("passwd.json", "{\n\"elvis\": {\"plain\": \"alison\"},\n\"elvs\": {\"plain\": \"x\"}\n}");
    let alone = ["user", "import", "--passwords", &passwords, "--update"];
    let both = ["user", "import", "--users", &users, "--passwords", &passwords, "--update"];
    place.run(&["user", "import", "--users", &users], "");
    for line in [&alone[..], &both[..]] {
        let (_, _, refused) = place.try_run(line, "");
        for said in ["passwd.json:3:1: `elvs`: there is no such user", "nothing was imported"] {
            assert!(refused.contains(said) && !refused.contains("elvis"), "{said}: {refused}");
        }
    }
    assert_eq!(place.json(&["user", "show", "elvis"], "")["has_password"], false);
    // An empty object says that they are meant.
    let more = place.write("more.json", r#"{"elvs": {}}"#);
    let meant = ["user", "import", "--users", &more, "--passwords", &passwords, "--update"];
    assert_eq!(place.run(&meant, ""), "1 added, 1 updated, 0 unchanged, 0 left alone\n");
    let new = place.write("passwd.json", r#"{"elvis": {"plain": "alison"}, "ella": {"plain": "f"}}"#);
    let (_, out, err) = place.try_run(&["user", "import", "--passwords", &new], "");
    assert_eq!(out, "1 added, 0 updated, 1 left alone\n");
    assert!(err.contains("added without claims, as only the passwords file has them: ella\n"), "{err}");
    let new = place.write("passwd.json", r#"{"nina": {"plain": "s"}}"#);
    let said = place.json(&["user", "import", "--passwords", &new], "");
    assert_eq!(said["without_claims"], serde_json::json!(["nina"]));
}
