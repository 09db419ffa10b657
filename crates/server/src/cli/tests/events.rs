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
    assert!(all["events"].as_array().unwrap().iter().all(|event| event["detail"]["by"] == "command line"));
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
    assert!(shown.contains("user.added") && shown.contains("by=\"command line\""), "{shown}");
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
