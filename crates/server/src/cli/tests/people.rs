//! `signet user`, `signet session` and `signet consent`.

use signet_core::change::Change;
use signet_core::id::{SessionId, UserId};
use signet_core::time::Timestamp;
use signet_store::Store as _;

use super::*;
use signet::clock::{Clock as _, SystemClock};

#[test]
fn no_output_holds_the_access_token_of_a_distributed_claim() {
    let place = Place::new();
    let sources =
        r#"_claim_sources={"bank":{"endpoint":"https://bank.example/c","access_token":"ksj3n283dke"}}"#;
    let names = r#"_claim_names={"credit_score":"bank"}"#;
    let add = ["user", "add", "elvis", "--no-password", "--claim", names, "--claim", sources];
    let shown = place.json(&add, "");
    assert_eq!(shown["claims"]["_claim_sources"]["bank"]["endpoint"], "https://bank.example/c");
    let outputs = [
        shown.to_string(),
        place.run(&["user", "show", "elvis"], ""),
        place.json(&["user", "show", "elvis"], "").to_string(),
        place.json(&["user", "list"], "").to_string(),
    ];
    for output in outputs {
        assert!(!output.contains("ksj3n283dke"), "{output}");
    }
    let refused = place.fails(&["user", "add", "ella", "--no-password", "--claim", names]);
    assert!(refused.contains("_claim_sources"), "{refused}");
}

#[test]
fn a_person_comes_changes_and_goes() {
    let place = Place::new();
    let added = place.json(
        &[
            "user",
            "add",
            "elvis",
            "--claim",
            "name=Elvis Costello",
            "--claim",
            "email_verified=true",
            "--password-stdin",
        ],
        "alison\n",
    );
    assert_eq!(added["claims"], serde_json::json!({"name": "Elvis Costello", "email_verified": true}));
    assert_eq!(added["has_password"], true);
    assert!(added.get("password").is_none());
    assert!(
        place
            .fails(&["user", "add", "elvis", "--no-password"])
            .contains("there is a user elvis already; `signet user show elvis`")
    );
    assert_eq!(
        place.run(&["user", "list"], ""),
        "USERNAME  NAME            PASSWORD  FROM           STATE\n\
         diana     Diana Krall     yes       configuration\n\
         elvis     Elvis Costello  yes       store\n"
    );
    assert_eq!(place.json(&["user", "lock", "elvis"], "")["locked"], true);
    assert_eq!(place.json(&["user", "show", "elvis"], "")["locked"], true);
    assert_eq!(place.run(&["user", "unlock", "elvis"], ""), "elvis is unlocked\n");
    assert!(
        place.run(&["user", "passwd", "elvis", "--password-stdin"], "veronica\r\n").contains("signed out")
    );
    assert_eq!(place.run(&["user", "rm", "elvis"], ""), "removed elvis\n");
    assert_eq!(
        place.fails(&["user", "show", "elvis"]),
        "error: there is no user elvis; `signet user list` shows all\n"
    );
}

/// Of those in the file no command changes anything, but their waits can be ended.
#[test]
fn people_of_the_configuration_are_unlocked_there_and_their_waits_are_counts() {
    let place = Place::with_store();
    for command in ["lock", "unlock", "rm"] {
        assert_eq!(
            place.fails(&["user", command, "diana"]),
            "error: diana is in the configuration file; change them there \
             (`signet throttle clear --account diana` ends a wait)\n",
            "{command}"
        );
    }
    assert_eq!(place.run(&["throttle", "clear", "--account", "diana"], ""), "cleared 0 counts\n");
}

#[test]
fn the_stored_password_is_the_one_that_was_given() {
    let place = Place::new();
    place.run(&["user", "add", "elvis", "--password-stdin"], "alison\n");
    let url = format!("sqlite:{}", place.0.join("signet.db").display());
    let stored = one_thread().unwrap().block_on(async {
        let store = signet_store::open(&url).await.unwrap();
        signet::admin::users::get(&*store, "elvis").await.unwrap()
    });
    let method = signet_login::password::Password::new(Default::default()).unwrap();
    let mut memory = Default::default();
    let mut right = |text: &str| {
        let typed = signet_core::secret::Secret::new(text.to_owned());
        method.check(&mut memory, &typed, stored.password.as_ref()).unwrap().login.is_some()
    };
    assert!(right("alison"));
    assert!(!right("alison\n"));
    assert!(!right("veronica"));
}

#[test]
fn what_cannot_be_meant_changes_nothing() {
    let place = Place::new();
    for (line, said) in [
        (vec!["user", "add", "elvis", "--claim", "sub=1", "--no-password"], "Signet makes this claim itself"),
        (vec!["user", "add", "elvis", "--claim", "name", "--no-password"], "write --claim NAME=VALUE"),
        (vec!["user", "add", " elvis", "--no-password"], "neither begins nor ends with a space"),
        (vec!["user", "add", "elvis", "--password-stdin"], "the password is empty"),
        (vec!["user", "add", "elvis"], "use --password-stdin"),
        (vec!["user", "add", "diana", "--no-password"], "in the configuration file"),
        (vec!["user", "rm", "diana"], "in the configuration file"),
        (vec!["client", "rm", "fixed"], "in the configuration file"),
        (vec!["client", "rm", "nobody"], "there is no client nobody"),
        (vec!["client", "add", "x", "--redirect-uri", "app.example"], "is not an absolute address"),
        (vec!["client", "add", "x", "--grant-type", "password"], "password is not offered here"),
        (vec!["session", "revoke", "17"], "there is no session 17"),
        (vec!["session", "revoke", "--user", "nobody"], "there is no user nobody"),
    ] {
        let err = place.fails(&line);
        assert!(err.starts_with("error: ") && err.contains(said), "{line:?}: {err}");
    }
    assert_eq!(place.json(&["user", "list"], "")["users"].as_array().unwrap().len(), 1);
    assert_eq!(place.json(&["client", "list"], "")["clients"].as_array().unwrap().len(), 1);
}

#[test]
fn what_may_be_a_hash_of_another_system_is_asked_about() {
    let place = Place::new();
    let add = ["user", "add", "joni", "--password-stdin"];
    for text in [
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "X03MO1qnZdYdgyfeuILPmQ==",
        "48c/R8JAv757A",
        "5f4dcc3b5aa765d61d8327deb882cf99:salt",
        "{FOO}krall",
    ] {
        let (_, _, refused) = place.try_run(&add, text);
        assert!(refused.contains("cannot be verified") && refused.contains("--plain"), "{text}: {refused}");
    }
    place.run(&["user", "add", "joni", "--password-stdin", "--plain"], "5f4dcc3b5aa765d61d8327deb882cf99");
}

#[test]
fn people_of_the_configuration_are_shown_as_all_others_are() {
    let place = Place::with_store();
    let shown = place.run(&["user", "show", "diana"], "");
    for line in ["username   diana", "password   set", "from       configuration", "claim      name = "] {
        assert!(shown.lines().any(|shown| shown.starts_with(line)), "{line}: {shown}");
    }
    assert!(!shown.contains("1970") && !shown.contains("krall"), "{shown}");
    let shown = place.json(&["user", "show", "diana"], "");
    assert_eq!((&shown["source"], &shown["has_password"]), (&"configuration".into(), &true.into()));
}

#[test]
fn sessions_of_people_of_the_configuration_are_listed_and_ended_by_name() {
    let place = Place::with_store();
    let sign_in = |id: i64, user: &str| {
        let at = SystemClock.now();
        Change::InsertSession(signet_core::record::Session {
            id: SessionId(id),
            hash: signet_core::secret::TokenHash::of(&id.to_be_bytes()),
            root: SessionId(id),
            user: UserId(user.to_owned()),
            proofs: Vec::new(),
            created_at: at,
            expires_at: at.plus(1000),
            agent: None,
            address: None,
        })
    };
    place.run(&["user", "add", "elvis", "--no-password"], "");
    let elvis = place.json(&["user", "show", "elvis"], "")["id"].as_str().unwrap().to_owned();
    one_thread().unwrap().block_on(async {
        let store = signet_store::SqliteStore::open(&place.0.join("signet.db")).unwrap();
        store.commit(vec![sign_in(1, "config:diana"), sign_in(2, &elvis)]).await.unwrap();
    });
    for name in ["diana", "DIANA"] {
        let listed = place.json(&["session", "list", "--user", name], "");
        assert_eq!(
            (&listed["sessions"][0]["id"], &listed["sessions"][0]["user"]),
            (&"1".into(), &"diana".into())
        );
        assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
    }
    assert_eq!(place.run(&["session", "revoke", "--user", "diana"], ""), "signed out 1 browser\n");
    let left = place.json(&["session", "list"], "");
    assert_eq!((&left["sessions"][0]["user"], &left["sessions"][1]), (&"elvis".into(), &Value::Null));
}

#[test]
fn consents_are_listed_by_page_and_withdrawn_by_name() {
    let place = Place::with_store();
    place.run(&["user", "add", "elvis", "--no-password"], "");
    let elvis = place.json(&["user", "show", "elvis"], "")["id"].as_str().unwrap().to_owned();
    place.agreed(&[("config:diana", "notes"), ("config:diana", "web"), (&elvis, "web")]);
    let listed = place.run(&["consent", "list", "--user", "diana"], "");
    assert!(listed.contains("diana  notes   2026-11-18 11:06 UTC  never  openid email"), "{listed}");
    let first = place.json(&["consent", "list", "--client", "web", "--limit", "1"], "");
    let next = first["next"].as_str().unwrap();
    let second = place.json(&["consent", "list", "--client", "web", "--after", next], "");
    let users: Vec<_> = [&first, &second].map(|page| page["consents"][0]["user"].clone()).into();
    assert!(users.contains(&"diana".into()) && users.contains(&"elvis".into()), "{users:?}");
    assert_eq!(second["next"], Value::Null);
    assert_eq!(
        place.run(&["consent", "revoke", "--user", "diana", "--client", "web"], ""),
        "withdrew the consent of diana to web\n"
    );
    let refused = place.fails(&["consent", "revoke", "--user", "diana", "--client", "web"]);
    assert!(refused.contains("there is no consent of diana to web"), "{refused}");
    assert_eq!(
        place.json(&["consent", "revoke", "--user", "diana"], "")["revoked"],
        serde_json::json!(["notes"])
    );
    assert_eq!(place.run(&["consent", "revoke", "--user", "diana"], ""), "diana has agreed to nothing\n");
    let left = place.json(&["consent", "list"], "");
    assert_eq!((&left["consents"][0]["user"], &left["consents"][1]), (&"elvis".into(), &Value::Null));
    let events = place.json(&["event", "list", "--kind", "consent.revoked"], "");
    assert_eq!(events["events"].as_array().unwrap().len(), 2, "{events}");
}

#[test]
fn sessions_of_nobody_are_an_empty_list() {
    let place = Place::with_store();
    assert_eq!(place.json(&["session", "list", "--user", "diana"], "")["sessions"], serde_json::json!([]));
    assert_eq!(place.run(&["session", "revoke", "--all"], ""), "signed out 0 browsers\n");
}

/// RFC 8265: anyone who helps a person types their name as they say it.
#[test]
fn every_command_finds_people_as_the_sign_in_page_does() {
    let place = Place::new();
    place.write("signet.toml", &CONFIG.replace("[login.argon2]", "[login]\nby_email = true\n[login.argon2]"));
    let add = |name: &str, email: &str| {
        let email = format!("email={email}");
        let line = [
            "user",
            "add",
            name,
            "--no-password",
            "--claim",
            &email,
            "--claim",
            "email_verified=true",
            "--force",
        ];
        place.run(&line, "");
    };
    add("Zo\u{eb}", "zoe@example.org");
    for typed in ["zo\u{eb}", "ZOE\u{308}", "Zoe@Example.org", "Zo\u{eb}"] {
        assert_eq!(place.json(&["user", "show", typed], "")["username"], "Zo\u{eb}", "{typed}");
        assert_eq!(place.json(&["session", "list", "--user", typed], "")["sessions"], serde_json::json!([]));
        assert_eq!(place.json(&["throttle", "clear", "--account", typed], "")["cleared"], 0);
        assert_eq!(place.run(&["user", "lock", typed], ""), "Zo\u{eb} is locked and signed out everywhere\n");
        place.run(&["user", "passwd", typed, "--password-stdin"], "a new password");
    }
    assert_eq!(place.json(&["user", "show", "DIANA"], "")["source"], "configuration");
    assert!(place.fails(&["user", "rm", "Diana"]).contains("diana is in the configuration file"));
    add("elvis", "elvis@example.org");
    add("Elvis", "costello@example.org");
    let refused = place.fails(&["user", "rm", "ELVIS"]);
    assert!(refused.contains("Elvis, elvis") && refused.contains("exact"), "{refused}");
    assert_eq!(place.run(&["user", "rm", "elvis"], ""), "removed elvis\n");
    assert_eq!(place.run(&["user", "rm", "ELVIS"], ""), "removed Elvis\n");
    assert_eq!(place.run(&["user", "rm", "zoe@example.org"], ""), "removed Zo\u{eb}\n");
}

#[test]
fn a_name_is_never_another_persons_address() {
    let place = Place::new();
    let verified = |email: &str| [format!("email={email}"), "email_verified=true".to_owned()];
    let add = |name: &str, email: &str| {
        let [email, verified] = verified(email);
        let line = ["user", "add", name, "--no-password", "--force", "--claim", &email, "--claim", &verified];
        place.try_run(&line, "").2
    };
    assert_eq!(add("ella", "ella@example.org"), "");
    assert_eq!(add("nina@example.org", "nina@example.org"), "", "their own address");
    for (name, email) in [("Ella@example.ORG", "x@example.org"), ("nina", "Nina@Example.org")] {
        let refused = add(name, email);
        assert!(refused.contains("is the verified e-mail address of the other"), "{name}: {refused}");
    }
    let users = place.write("users.json", r#"{"ella@example.org": {}}"#);
    let refused = place.fails(&["user", "import", "--users", &users]);
    assert!(refused.contains("is the verified e-mail address of the other"), "{refused}");
    let users =
        place.write("users.json", r#"{"ella": {"email": "nina@example.org", "email_verified": true}}"#);
    let refused = place.fails(&["user", "import", "--users", &users, "--update"]);
    assert!(refused.contains("is the verified e-mail address of the other"), "{refused}");
    // What is so already keeps nobody from being locked.
    place.run(&["user", "lock", "ella"], "");
}

#[test]
fn the_configuration_gives_nobody_a_name_that_is_anothers_address() {
    let place = Place::new();
    let more = |text: &str| place.write("signet.toml", &format!("{CONFIG}{text}"));
    more(
        "[[users]]\nusername = 'babs@example.org'\n[[users]]\nusername = 'babs'\nclaims = { email = 'Babs@example.org', email_verified = true }\n",
    );
    let (_, _, refused) = place.try_run(&["config", "check"], "");
    assert!(
        refused.contains("is the verified e-mail address of the other") && refused.contains(":"),
        "{refused}"
    );
    place.write("signet.toml", CONFIG);
    place.run(&["user", "add", "ella@example.org", "--no-password"], "");
    more("[[users]]\nusername = 'ella'\nclaims = { email = 'ella@example.org', email_verified = true }\n");
    let (_, _, refused) = place.try_run(&["config", "check"], "");
    assert!(refused.contains("ella@example.org, who is in the store"), "{refused}");
    more("[[users]]\nusername = 'ella'\nclaims = { email = 'ella@example.org' }\n");
    place.run(&["config", "check"], "");
}

/// Who has the name has the subject, at every application.
#[test]
fn where_subjects_are_names_the_configuration_gives_none_of_the_store_to_somebody_else() {
    let place = Place::new();
    let named =
        CONFIG.replace("[login.argon2]", "[session_params.sub_func.public]\ntype = 'raw'\n[login.argon2]");
    place.write("signet.toml", &named);
    place.run(&["user", "add", "ella", "--no-password"], "");
    place.run(&["user", "add", "nina", "--no-password"], "");
    place.run(&["user", "rm", "ella"], "");
    for name in ["ella", "nina"] {
        place.write("signet.toml", &format!("{named}[[users]]\nusername = '{name}'\n"));
        let (_, _, refused) = place.try_run(&["config", "check"], "");
        assert!(refused.contains(name) && refused.contains("was_stored = true"), "{refused}");
        place.write("signet.toml", &format!("{named}[[users]]\nusername = '{name}'\nwas_stored = true\n"));
        place.run(&["config", "check"], "");
    }
    place.write("signet.toml", &format!("{CONFIG}[[users]]\nusername = 'ella'\n"));
    place.run(&["config", "check"], "");
}

/// RFC 8259 §6: many readers of JSON know numbers up to 2^53 only.
#[test]
fn ids_of_64_bits_are_text_in_json() {
    let place = Place::with_store();
    let id = 1_882_167_582_720_123_457_i64;
    let path = place.0.join("signet.db");
    place.run(&["session", "list"], "");
    one_thread().unwrap().block_on(async {
        let store = signet_store::SqliteStore::open(&path).unwrap();
        let session = signet_core::record::Session {
            id: SessionId(id),
            hash: signet_core::secret::TokenHash::of(b"x"),
            root: SessionId(id),
            user: UserId::configured("diana"),
            proofs: Vec::new(),
            created_at: Timestamp(1_790_000_000),
            expires_at: Timestamp::NEVER,
            agent: None,
            address: None,
        };
        store.commit(vec![Change::InsertSession(session)]).await.unwrap();
    });
    let listed = place.json(&["session", "list"], "")["sessions"].take();
    assert_eq!(listed[0]["id"], id.to_string());
    assert_eq!(listed[0]["user"], "diana");
    assert_eq!(place.json(&["session", "revoke", listed[0]["id"].as_str().unwrap()], "")["revoked"], 1);
    let token = place.json(&["client", "token", "create"], "");
    let id = token["id"].as_str().unwrap();
    assert_eq!(place.json(&["client", "token", "list"], "")[0]["id"], id);
    assert_eq!(place.json(&["client", "token", "revoke", id], "")["revoked"], id);
}
