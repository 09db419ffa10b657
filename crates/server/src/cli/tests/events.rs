//! `signet event`.

use super::*;

#[test]
fn what_operators_do_is_listed() {
    let place = Place::new();
    place.run(&["user", "add", "elvis", "--no-password"], "");
    place.run(&["user", "add", "ella", "--no-password"], "");
    place.run(&["user", "lock", "elvis"], "");
    place.run(&["client", "add", "app", "--redirect-uri", "https://app.example/cb"], "");
    let kinds = |listed: &Value| -> Vec<String> {
        let events = listed["events"].as_array().unwrap().iter();
        events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    };
    let all = place.json(&["event", "list"], "");
    assert_eq!(kinds(&all), ["client.added", "user.locked", "user.added", "user.added"]);
    let by = operator::operator();
    assert!(all["events"].as_array().unwrap().iter().all(|event| event["detail"]["by"] == by.as_str()));
    let of_elvis = place.json(&["event", "list", "--user", "elvis", "--kind", "user.locked"], "");
    assert_eq!(kinds(&of_elvis), ["user.locked"]);
    assert_eq!(of_elvis["events"][0]["user"], "elvis");
    assert_eq!(kinds(&place.json(&["event", "list", "--client", "app"], "")), ["client.added"]);
    assert_eq!(kinds(&place.json(&["event", "list", "--until", "1h"], "")), Vec::<String>::new());
    assert_eq!(kinds(&place.json(&["event", "list", "--since", "2026-01-01"], "")).len(), 4);

    let first = place.json(&["event", "list", "--limit", "3", "--oldest-first"], "");
    let next = first["next"].as_str().unwrap();
    let rest = place.json(&["event", "list", "--limit", "3", "--oldest-first", "--after", next], "");
    assert_eq!((kinds(&first).len(), kinds(&rest).len(), &rest["next"]), (3, 1, &Value::Null));

    let shown = place.run(&["event", "list", "--user", "ella"], "");
    assert!(shown.contains("user.added") && shown.contains(&format!("by={by:?}")), "{shown}");
    // To the second, and with how much it matters.
    let (time, rest) = shown.lines().nth(1).unwrap().split_once(" UTC").unwrap();
    assert_eq!((time.len(), rest.split_whitespace().next()), ("2026-11-30 15:02:38".len(), Some("notice")));
    for (severity, number) in [("info", 4), ("notice", 4), ("warning", 0)] {
        assert_eq!(kinds(&place.json(&["event", "list", "--severity", severity], "")).len(), number);
    }
    let (code, _, err) = place.try_run(&["event", "list", "--kind", "sign_in.suceeded"], "");
    assert!(code != "0" && err.contains("did you mean sign_in.succeeded?"), "{code} {err}");
    // Somebody who is gone is found by their id, and by the name that they had.
    let id = of_elvis["events"][0]["user_id"].as_str().unwrap().to_owned();
    place.run(&["user", "rm", "elvis"], "");
    let of_gone = ["user.removed", "user.locked", "user.added"];
    assert_eq!(kinds(&place.json(&["event", "list", "--user", &id], "")), of_gone);
    assert_eq!(kinds(&place.json(&["event", "list", "--user", "Elvis"], "")), of_gone);
    let (code, _, err) = place.try_run(&["event", "list", "--user", "elvira"], "");
    assert!(code != "0" && err.contains("there is no user elvira"), "{code} {err}");
    // Who has the name now is somebody else.
    place.run(&["user", "add", "elvis", "--no-password"], "");
    assert_eq!(kinds(&place.json(&["event", "list", "--user", "elvis"], "")), ["user.added"]);
}

/// Every command that changes something in the store, and what it leaves; those about browsers and waits need
/// more than a command line to begin with.
#[test]
fn no_change_is_without_an_event() {
    let place = Place::with_keys();
    let users = place.write("users.json", r#"{"nina": {}, "elvis": {"email": "elvis@example.org"}}"#);
    let key = place.run(&["key", "export", "--private"], "");
    place.agreed(&[("config:diana", "web")]);
    let changes: &[(&[&str], &[&str])] = &[
        (&["user", "add", "elvis", "--no-password"], &["user.added"]),
        (&["user", "passwd", "elvis", "--password-stdin"], &["user.password_set"]),
        (&["user", "lock", "elvis"], &["user.locked"]),
        (&["user", "unlock", "elvis"], &["user.unlocked"]),
        (&["user", "import", "--users", &users], &["user.imported"]),
        (&["user", "import", "--users", &users, "--update"], &["user.imported", "user.changed"]),
        (&["session", "revoke", "--user", "elvis"], &["user.signed_out"]),
        (&["consent", "revoke", "--user", "diana"], &["consent.revoked"]),
        (&["user", "rm", "elvis"], &["user.removed"]),
        (&["client", "add", "app", "--redirect-uri", "https://app.example/cb"], &["client.added"]),
        (&["client", "rotate-secret", "app", "--keep-old", "1h"], &["client.secret_rotated"]),
        (&["client", "revoke-old-secret", "app"], &["client.previous_secret_revoked"]),
        (&["client", "rm", "app"], &["client.removed"]),
        (&["client", "token", "create"], &["initial_access_token.created"]),
        (&["client", "token", "revoke", "TOKEN"], &["initial_access_token.revoked"]),
        (&["key", "rotate"], &["key.changed"]),
        (&["key", "rotate", "--now", "--keep", "0s"], &["key.changed"]),
        (&["key", "import", "-"], &["key.changed"]),
    ];
    let listed = || place.json(&["event", "list"], "")["events"].as_array().unwrap().clone();
    for (words, kinds) in changes {
        let before = listed();
        let tokens = place.json(&["client", "token", "list"], "");
        let token = tokens[0]["id"].as_str().unwrap_or_default();
        let line: Vec<&str> = words.iter().map(|word| if *word == "TOKEN" { token } else { word }).collect();
        let input = if words.contains(&"-") { &key } else { "alison-and-a-longer-one\n" };
        place.run(&line, input);
        let mut after = listed();
        after.truncate(after.len() - before.len());
        let found: Vec<&str> = after.iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert_eq!(&found, kinds, "{words:?}");
        let by = operator::operator();
        assert!(after.iter().all(|event| event["detail"]["by"] == by.as_str()), "{words:?}: {after:?}");
    }
    let mut command = Arguments::command();
    let mut names = Vec::new();
    leaves(&mut command, "", &mut names);
    const OTHERS: &[&str] = &[
        "client list",
        "client show",
        "client token list",
        "config check",
        "config default",
        "config schema",
        "consent list",
        "demo",
        "event list",
        "event tail",
        "key export",
        "key list",
        // `lost_kek.rs` and `guesses.rs` of the library look at these.
        "key reset",
        "throttle clear",
        "serve",
        "session list",
        "throttle list",
        "user list",
        "user show",
    ];
    for name in names {
        let is_changing = changes.iter().any(|(words, _)| words.join(" ").starts_with(&name));
        assert!(is_changing || OTHERS.contains(&name.as_str()), "does `signet {name}` leave an event?");
    }
}

fn leaves(command: &mut clap::Command, path: &str, all: &mut Vec<String>) {
    let names: Vec<String> =
        command.get_subcommands().map(|c| c.get_name().to_owned()).filter(|name| name != "help").collect();
    for name in &names {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        leaves(command.find_subcommand_mut(name).unwrap(), &path, all);
    }
    if names.is_empty() {
        all.push(path.to_owned());
    }
}

#[test]
fn an_instant_is_so_long_ago_or_a_date() {
    let since = |text: &str| {
        let words = ["signet", "event", "list", "--since", text];
        match Arguments::try_parse_from(words).ok()?.command {
            Some(Command::Event(arguments::Event::List { since, .. })) => since.map(|at| at.0),
            _ => None,
        }
    };
    assert_eq!(since("2026-11-29"), Some(1_795_910_400));
    assert_eq!(since("2026-11-29 18:30 UTC"), Some(1_795_910_400 + 18 * 3600 + 30 * 60));
    assert_eq!(since("2026-11-29T18:30:05Z"), Some(1_795_910_400 + 18 * 3600 + 30 * 60 + 5));
    assert!(since("24h") < since("1h"));
    for bad in ["2026-02-30", "2026-13-01", "2026-11-29 25:00", "yesterday", ""] {
        assert_eq!(since(bad), None, "{bad}");
    }
}
