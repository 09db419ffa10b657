//! `signet throttle`, and the waits that `signet user` shows and ends.

use signet_core::change::Change;
use signet_core::record::{Fill, Tally};
use signet_core::time::Timestamp;
use signet_store::Store as _;

use super::*;
use signet::clock::{Clock as _, SystemClock};
use signet::program::secrets::HANDLE_KEY;

#[test]
fn who_waits_is_listed_and_let_in_again() {
    let place = Place::new();
    place.run(&["user", "add", "elvis", "--no-password"], "");
    let id = place.json(&["user", "show", "elvis"], "")["id"].as_str().unwrap().to_owned();
    let count = |key: String| {
        let fill = Fill { key, cost: u64::MAX / 4, limit: u64::MAX / 4, at: Timestamp(1_790_000_000) };
        Change::Tally(Tally::Charge(fill))
    };
    let path = place.0.join("signet.db");
    let fill = || {
        let keys = [
            format!("account:{id}"),
            format!("month:{id}"),
            format!("device:x@{id}"),
            "network:192.0.2.7".to_owned(),
            "client:192.0.2.9@web".to_owned(),
        ];
        one_thread().unwrap().block_on(async {
            let store = signet_store::SqliteStore::open(&path).unwrap();
            store.commit(keys.map(count).to_vec()).await.unwrap();
        });
    };
    fill();
    let names = |listed: Value| {
        let names =
            listed["counts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    };
    let all = place.json(&["throttle", "list"], "");
    assert_eq!(names(all.clone()), ["192.0.2.7", "elvis", "elvis", "elvis", "web"]);
    let of = |kind: &str| all["counts"].as_array().unwrap().iter().find(|one| one["kind"] == kind).unwrap();
    let (account, client) = (of("account"), of("client"));
    assert_eq!((&account["kind"], &account["account"]), (&"account".into(), &"elvis".into()));
    assert!(
        account["waits_until"].as_u64().is_some()
            && account["reason"].as_str().unwrap().contains("wrong passwords")
    );
    let named = ["kind", "client", "network", "account"].map(|name| client[name].clone());
    assert_eq!(named, ["client".into(), "web".into(), "192.0.2.9".into(), Value::Null]);
    // The client was throttled long ago, and is counted still.
    assert_eq!(client["waits_until"], Value::Null);
    assert_eq!(
        names(place.json(&["throttle", "list", "--waiting"], "")),
        ["192.0.2.7", "elvis", "elvis", "elvis"]
    );
    assert_eq!(names(place.json(&["throttle", "list", "--client", "web"], "")), ["web"]);
    assert_eq!(place.run(&["throttle", "clear", "--client", "web"], ""), "cleared 1 count\n");
    assert_eq!(names(place.json(&["throttle", "list", "--network", "192.0.2.7"], "")), ["192.0.2.7"]);
    assert!(place.run(&["throttle", "list", "--account", "elvis"], "").starts_with("KIND"));
    assert_eq!(place.json(&["throttle", "clear", "--network", "192.0.2.7"], "")["cleared"], 1);
    assert_eq!(place.run(&["throttle", "clear", "--account", "elvis"], ""), "cleared 3 counts\n");
    fill();
    place.run(&["user", "unlock", "elvis"], "");
    assert_eq!(names(place.json(&["throttle", "list"], "")), ["192.0.2.7", "elvis", "web"]);
    assert_eq!(place.run(&["throttle", "clear", "--all"], ""), "cleared 3 counts\n");
    let refused = place.try_run(&["throttle", "list", "--network", "here"], "").2;
    assert!(refused.contains("192.0.2.7"), "{refused}");
}

/// Anybody can try names that nobody has; an operator can look at those counts and end them too.
#[test]
fn tries_at_a_name_that_nobody_has_are_listed_and_cleared_by_that_name() {
    let place = Place::with_store();
    assert!(
        place.fails(&["throttle", "clear", "--account", "nobody"]).contains("there is no user nobody"),
        "nothing was ever counted"
    );
    let path = place.0.join("signet.db");
    let count = |names: &[&str]| {
        one_thread().unwrap().block_on(async {
            let store = signet_store::SqliteStore::open(&path).unwrap();
            let rng = signet::clock::SystemRng;
            let key = signet::program::secrets::shared(&store, &rng, HANDLE_KEY, &Default::default())
                .await
                .unwrap();
            for name in names {
                let key = signet_core::secret::MacKey::new(key.expose());
                let spellings = signet_core::name::to_sign_in(name, false);
                let account = signet_login::throttle::Account::unknown(&key, spellings.last().unwrap());
                let fill =
                    |key: String| Fill { key, cost: 9_000_000, limit: 9_000_000, at: SystemClock.now() };
                let fills = ["account", "month"].map(|kind| fill(format!("{kind}:{account}")));
                let charges = fills.map(|fill| Change::Tally(Tally::Charge(fill))).to_vec();
                store.commit(charges).await.unwrap();
            }
        });
    };
    count(&["NoBody", "mallory"]);
    let (_, _, note) = place.try_run(&["throttle", "list", "--account", "nobody"], "");
    assert!(note.contains("no user is called nobody") && note.contains('?'), "{note}");
    let listed = place.json(&["throttle", "list", "--account", "nobody"], "");
    let account = listed["counts"][0]["account"].as_str().unwrap().to_owned();
    assert!(account.starts_with('?') && listed["counts"].as_array().unwrap().len() == 2, "{listed}");
    assert_eq!(place.run(&["throttle", "clear", "--account", "nobody"], ""), "cleared 2 counts\n");
    count(&["nobody"]);
    assert_eq!(place.run(&["throttle", "clear", "--account", &account], ""), "cleared 2 counts\n");
    let cleared = place.json(&["throttle", "clear", "--account", "mallory"], "");
    assert_eq!(cleared["cleared"], 2);
    assert!(cleared["account"].as_str().unwrap().starts_with('?'), "{cleared}");
    // A name that is mistyped is nobody's, whatever the server has counted.
    for (name, said) in [
        ("nobody", "there is no user nobody; `signet user list`"),
        ("elvs", "there is no user elvs; `signet user list`"),
        (&account, "there is no count of wrong passwords under the name ?"),
        (&account, "; `signet throttle list` shows all"),
    ] {
        for command in ["list", "clear"] {
            let refused = place.fails(&["throttle", command, "--account", name]);
            assert!(refused.contains(said), "{refused}");
        }
    }
}

/// What is listed can be cleared, by the name in the list.
#[test]
fn counts_of_people_who_are_gone_are_cleared_by_what_is_listed() {
    let place = Place::new();
    place.run(&["user", "add", "elvis", "--no-password"], "");
    let id = place.json(&["user", "show", "elvis"], "")["id"].as_str().unwrap().to_owned();
    let fill = |key: String| Fill { key, cost: 9_000_000, limit: 9_000_000, at: SystemClock.now() };
    let keys = ["account:{id}", "month:{id}", "device:x@{id}", "account:config:ella", "month:config:diana"];
    let fills = keys.map(|key| Change::Tally(Tally::Charge(fill(key.replace("{id}", &id)))));
    one_thread().unwrap().block_on(async {
        let store = signet_store::SqliteStore::open(&place.0.join("signet.db")).unwrap();
        store.commit(fills.to_vec()).await.unwrap();
    });
    place.run(&["user", "rm", "elvis"], "");
    let names = || -> Vec<String> {
        let listed = place.json(&["throttle", "list"], "");
        let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
        listed["counts"].as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(names(), ["ella".to_owned(), id.clone(), "diana".to_owned()], "most went with the person");
    for name in names() {
        assert_eq!(place.json(&["throttle", "list", "--account", &name], "")["counts"][0]["name"], *name);
        let cleared = place.json(&["throttle", "clear", "--account", &name], "");
        assert_eq!(cleared, serde_json::json!({"cleared": 1, "account": name}));
    }
    assert!(names().is_empty());
}

/// The operator looks for who is kept out now.
#[test]
fn counts_are_listed_by_urgency_on_every_page() {
    let place = Place::with_store();
    let now = SystemClock.now();
    let charge = |key: &str, cost: u64, seconds: u64| {
        let at = Timestamp(now.0 - seconds);
        Change::Tally(Tally::Charge(Fill { key: key.to_owned(), cost, limit: u64::MAX / 4, at }))
    };
    let (little, much, more) = (9_000_000, 90_000_000, 900_000_000);
    let charges = vec![
        charge("account:config:a", little, 5),
        charge("account:config:b", much, 0),
        charge("account:config:c", more, 0),
        charge("network:192.0.2.1", much, 0),
        charge("network:192.0.2.2", little, 0),
    ];
    one_thread().unwrap().block_on(async {
        let store = signet_store::SqliteStore::open(&place.0.join("signet.db")).unwrap();
        store.migrate().await.unwrap();
        store.commit(charges).await.unwrap();
    });
    let all = place.json(&["throttle", "list"], "");
    let entries = all["counts"].as_array().unwrap();
    let order: Vec<_> = entries
        .iter()
        .map(|one| (one["waits_until"].as_u64().unwrap_or_default(), one["until"].as_u64().unwrap()))
        .collect();
    assert!(order.is_sorted_by(|one, other| one >= other), "{all}");
    assert_eq!((entries.len(), &entries[0]["name"]), (5, &"c".into()), "{all}");
    let (mut paged, mut after) = (Vec::new(), None::<String>);
    loop {
        let after_option = after.take().map(|after| format!("--after={after}"));
        let line = ["throttle", "list", "--limit", "2"].into_iter().chain(after_option.as_deref());
        let part = place.json(&line.collect::<Vec<_>>(), "");
        paged.extend(part["counts"].as_array().unwrap().iter().map(|one| one["name"].clone()));
        match part["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    let names: Vec<Value> = entries.iter().map(|one| one["name"].clone()).collect();
    assert_eq!(paged, names);
}
