//! Lists by parts, and errors for programs.

use super::*;

fn names(listed: &Value, kind: &str, name: &str) -> Vec<String> {
    let entries = listed[kind].as_array().unwrap().iter();
    entries.map(|one| one[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn long_lists_come_by_parts() {
    let place = Place::new();
    let people: Vec<String> = (0..150).map(|number| format!("p{number:03}")).collect();
    let users: serde_json::Map<String, Value> =
        people.iter().map(|name| (name.clone(), serde_json::json!({}))).collect();
    let users = place.write("users.json", &serde_json::to_string(&users).unwrap());
    place.run(&["user", "import", "--users", &users], "");
    let (_, out, err) = place.try_run(&["user", "list"], "");
    assert_eq!(out.lines().count(), 101, "the head and a hundred people");
    assert_eq!(err, "more: the next ones with --after=p098, all with --limit 0\n");
    let (_, out, err) = place.try_run(&["user", "list", "--after=p098"], "");
    assert!(out.lines().nth(1).unwrap().starts_with("p099"), "{out}");
    assert_eq!((out.lines().count(), err.as_str()), (52, ""));
    assert_eq!(place.run(&["user", "list", "--limit", "0"], "").lines().count(), 152);

    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut line = vec!["user".to_owned(), "list".into(), "--limit".into(), "40".into()];
        line.extend(after.take().map(|after| format!("--after={after}")));
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let part = place.json(&line, "");
        all.extend(names(&part, "users", "username"));
        match part["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    let expected: Vec<String> = std::iter::once("diana".to_owned()).chain(people).collect();
    assert_eq!(all, expected);
}

#[test]
fn a_search_finds_people_and_applications_by_a_part_of_their_names() {
    let place = Place::new();
    let add =
        |name: &str, claim: &str| place.run(&["user", "add", name, "--no-password", "--claim", claim], "");
    add("elvis", "name=Declan MacManus");
    add("ella", "email=fitzgerald@example.org");
    let found = |text: &str| {
        let listed = place.json(&["user", "list", "--search", text], "");
        names(&listed, "users", "username").join(" ")
    };
    assert_eq!(found("EL"), "ella elvis");
    assert_eq!(found("macmanus"), "elvis");
    assert_eq!(found("Fitzgerald@"), "ella");
    assert_eq!(found("krall"), "diana", "in the configuration");
    assert_eq!(found("nobody"), "");
    let first = place.json(&["user", "list", "--search", "el", "--limit", "1"], "");
    assert_eq!(
        (names(&first, "users", "username"), &first["next"]),
        (vec!["ella".to_owned()], &"ella".into())
    );
    place.run(
        &["client", "add", "web", "--name", "Meadow Notes", "--redirect-uri", "https://a.example/cb"],
        "",
    );
    for (text, ids) in [("meadow", vec!["web"]), ("fix", vec!["fixed"]), ("", vec!["fixed", "web"])] {
        let listed = place.json(&["client", "list", "--search", text], "");
        assert_eq!(names(&listed, "clients", "client_id"), ids, "{text}");
    }
    let first = place.json(&["client", "list", "--limit", "1"], "");
    assert_eq!(
        (names(&first, "clients", "client_id"), &first["next"]),
        (vec!["fixed".to_owned()], &"fixed".into())
    );
}

/// Programs read one JSON value on standard output, whatever comes of it.
#[test]
fn errors_are_json_where_json_is_asked_for() {
    let place = Place::with_store();
    place.run(&["user", "add", "elvis", "--no-password"], "");
    let broken = place.write("broken.json", "[]");
    for (line, code) in [
        (vec!["user", "show", "nobody"], "not_found"),
        (vec!["user", "passwd", "nobody", "--password-stdin"], "not_found"),
        (vec!["user", "lock", "nobody"], "not_found"),
        (vec!["user", "unlock", "nobody"], "not_found"),
        (vec!["user", "rm", "nobody"], "not_found"),
        (vec!["user", "add", "elvis", "--no-password"], "already_exists"),
        (vec!["user", "add", " a", "--no-password"], "invalid"),
        (vec!["user", "lock", "diana"], "configured"),
        (vec!["user", "passwd", "diana", "--password-stdin"], "configured"),
        (vec!["user", "rm", "diana"], "configured"),
        (vec!["user", "add", "diana", "--no-password"], "configured"),
        (vec!["user", "add", "Diana", "--no-password"], "invalid"),
        (vec!["user", "add", "ella", "--no-password", "--claim", "name"], "invalid"),
        (vec!["user", "add", "ella", "--password-stdin"], "invalid"),
        (vec!["user", "import", "--users", "/nonexistent"], "file"),
        (vec!["user", "import", "--passwords", &broken], "invalid"),
        (vec!["client", "add", "--metadata", "/nonexistent"], "file"),
        (vec!["client", "add", "--metadata", &broken], "invalid"),
        (vec!["client", "add", "x", "--redirect-uri", "app.example"], "invalid"),
        (vec!["client", "add", "fixed", "--redirect-uri", "https://app.example/"], "configured"),
        (vec!["client", "rotate-secret", "fixed"], "configured"),
        (vec!["client", "rm", "fixed"], "configured"),
        (vec!["client", "show", "nobody"], "not_found"),
        (vec!["client", "rotate-secret", "nobody"], "not_found"),
        (vec!["client", "rm", "nobody"], "not_found"),
        (vec!["client", "token", "revoke", "17"], "not_found"),
        (vec!["session", "list", "--user", "nobody"], "not_found"),
        (vec!["session", "list", "--after", "elsewhere"], "invalid"),
        (vec!["throttle", "list", "--after", "garbage"], "invalid"),
        (vec!["session", "revoke", "17"], "not_found"),
        (vec!["session", "revoke", "--user", "nobody"], "not_found"),
        (vec!["throttle", "list", "--account", "nobody"], "not_found"),
        (vec!["throttle", "list", "--after", "elsewhere"], "invalid"),
        (vec!["throttle", "clear", "--network", "here"], "invalid"),
        (vec!["key", "import", "/nonexistent"], "file"),
        (vec!["key", "import", &broken], "keys"),
        (vec!["key", "reset", "--lost-kek", "--yes"], "invalid"),
    ] {
        let line: Vec<&str> = line.into_iter().chain(["--json"]).collect();
        let (exit, out, err) = place.try_run(&line, "");
        assert_eq!(exit, format!("{:?}", ExitCode::from(1)), "{line:?}");
        let said: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{line:?}: {out}"));
        assert_eq!(said["error"]["code"], code, "{line:?}: {said}");
        let message = said["error"]["message"].as_str().unwrap();
        assert!(err.contains(message) && err.starts_with("error: "), "{line:?}: {err}");
    }
    for (store, code) in [("sqlite:elsewhere.db", "no_store"), ("memory:", "no_store")] {
        place.write("signet.toml", &CONFIG.replace("sqlite:signet.db", store));
        let (_, out, _) = place.try_run(&["user", "list", "--json"], "");
        let said: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(said["error"]["code"], code, "{store}: {said}");
    }
    place.write("signet.toml", CONFIG);
    place.write("signet.db", "not a database at all, but long enough to be taken for one");
    let (_, out, _) = place.try_run(&["key", "list", "--json"], "");
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(said["error"]["code"], "store", "{said}");
    place.write("signet.toml", "issuer = 7\n");
    for line in [["config", "check", "--json"], ["user", "list", "--json"]] {
        let (exit, out, _) = place.try_run(&line, "");
        assert_eq!(exit, format!("{:?}", ExitCode::from(2)));
        let said: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(said["error"]["code"], "configuration");
        assert_eq!(said["problems"][0]["key"], "issuer", "{said}");
    }
}

#[test]
fn arguments_that_are_missing_or_wrong_are_said_to_programs_too() {
    let misused = |line: &[&str]| {
        let words: Vec<OsString> =
            std::iter::once("signet").chain(line.iter().copied()).map(Into::into).collect();
        assert!(wants_json(&words), "{line:?}");
        let error = Arguments::try_parse_from(&words).unwrap_err();
        let (mut console, out, _) = console("", true);
        console.misused(&error);
        let said: Value = serde_json::from_str(&out.text()).unwrap();
        assert_eq!(said["error"]["code"], "usage");
        said["error"]["message"].as_str().unwrap().to_owned()
    };
    assert!(misused(&["session", "revoke", "abc", "--json"]).contains("an id is a whole number"));
    assert!(misused(&["client", "token", "revoke", "abc", "--json"]).contains("an id is a whole number"));
    assert!(misused(&["session", "revoke", "--json"]).contains("--user <NAME>|--all"));
    assert!(misused(&["throttle", "clear", "--json"]).contains("--account <NAME>|--network <ADDRESS>"));
    assert!(misused(&["user", "show", "--json"]).contains("<USERNAME>"));
    assert!(misused(&["user", "lst", "--json"]).contains("'lst'"));
    assert!(!wants_json(&["signet".into(), "user".into(), "show".into(), "--".into(), "--json".into()]));
}
