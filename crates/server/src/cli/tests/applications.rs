//! `signet client`.

use super::*;

#[test]
fn a_client_s_secret_is_shown_once_and_kept_as_a_hash() {
    let place = Place::new();
    let made = place
        .json(&["client", "add", "web", "--redirect-uri", "https://app.example/cb", "--name", "Web"], "");
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("sgk_") && secret.len() == 63, "{secret}");
    let shown = place.run(&["client", "show", "web", "--json"], "");
    assert!(!shown.contains(secret) && !shown.contains("client_secret_hash"), "{shown}");
    assert!(!shown.contains("\"client_secret\""), "{shown}");
    let stored = std::fs::read(place.0.join("signet.db-wal")).unwrap_or_default();
    assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()));
    let again = place.json(&["client", "rotate-secret", "web"], "");
    assert_ne!(again["client_secret"], made["client_secret"]);
    assert!(
        place
            .fails(&["client", "add", "web", "--redirect-uri", "https://app.example/cb"])
            .contains("already")
    );
    let public =
        place.json(&["client", "add", "--public", "--native", "--redirect-uri", "http://127.0.0.1/cb"], "");
    assert!(public.get("client_secret").is_none());
    let id = public["client_id"].as_str().unwrap();
    assert!(place.fails(&["client", "rotate-secret", id]).contains("has no secret: its method is none"));
    let service = r#"{"client_id": "job", "grant_types": ["client_credentials"], "scope": "read"}"#;
    assert_eq!(place.json(&["client", "add", "--metadata", "-"], service)["scope"], "read");
    assert_eq!(place.run(&["client", "rm", "job"], ""), "removed job\n");
    let names = place.json(&["client", "list"], "");
    let names: Vec<&str> =
        names["clients"].as_array().unwrap().iter().filter_map(|c| c["client_id"].as_str()).collect();
    let mut sorted = ["fixed", id, "web"];
    sorted.sort_unstable();
    assert_eq!(names, sorted);
}

#[test]
fn an_api_and_a_well_known_application_are_made_by_one_word() {
    let place = Place::new();
    let api = place.json(&["client", "add", "api", "--resource-server"], "");
    assert!(api["client_secret"].is_string() && api["may_introspect"] == true, "{api}");
    assert!(place.run(&["client", "show", "api"], "").contains("as a resource server needs none"));
    let grafana =
        place.json(&["client", "add", "--for", "grafana", "--url", "https://grafana.example.org/"], "");
    assert_eq!(grafana["client_id"], "grafana");
    assert_eq!(grafana["redirect_uris"][0], "https://grafana.example.org/login/generic_oauth");
    place.json(&["client", "add", "notes", "--for", "authjs", "--url", "https://notes.example.org"], "");
    let shown = place.run(&["client", "show", "notes"], "");
    assert!(shown.contains("https://notes.example.org/api/auth/callback/notes"), "{shown}");
    assert!(shown.contains("are in ID tokens and at userinfo"), "{shown}");
    let kubernetes = place.json(&["client", "add", "--for", "kubernetes"], "");
    assert!(kubernetes.get("client_secret").is_none());
    assert!(place.fails(&["client", "add", "--for", "grafana"]).contains("--url says where"));
    assert!(
        place
            .fails(&["client", "add", "--for", "graphana", "--url", "https://x.example"])
            .contains("known are")
    );
}

/// A warning next to an error is still a warning, for people and for programs.
#[test]
fn what_is_only_doubtful_about_metadata_is_a_warning_next_to_errors_too() {
    let place = Place::new();
    let metadata = r#"{"redirect_uris": ["http://app.example/cb"], "token_endpoint_auth_method": "magic"}"#;
    let file = place.write("client.json", metadata);
    let add = ["client", "add", "--metadata", file.as_str()];
    let said = place.fails(&add);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        matches!(lines[..], [doubt, wrong] if doubt.starts_with("warning: `redirect_uris[0]`: ")
            && wrong.starts_with("error: `token_endpoint_auth_method`: ")),
        "{said}"
    );
    let (_, told, _) = place.try_run(&[&add[..], &["--json"]].concat(), "");
    let told: Value = serde_json::from_str(&told).unwrap();
    let problems = told["problems"].as_array().unwrap().iter();
    let found: Vec<_> = problems.map(|one| (one["severity"].clone(), one["key"].clone())).collect();
    let due = [("error", "token_endpoint_auth_method"), ("warning", "redirect_uris[0]")];
    assert_eq!(found, due.map(|(severity, key)| (severity.into(), key.into())));
    assert!(!told["error"]["message"].as_str().unwrap().contains("redirect_uris"), "{told}");
}

#[test]
fn a_secret_that_signs_is_long_enough() {
    let place = Place::new();
    let metadata = r#"{"redirect_uris": ["https://hs.example/cb"], "id_token_signed_response_alg": "HS512"}"#;
    let made = place.json(&["client", "add", "hs", "--metadata", &place.write("hs.json", metadata)], "");
    let again = place.json(&["client", "rotate-secret", "hs"], "");
    for shown in [made, again] {
        assert!(shown["client_secret"].as_str().unwrap().len() >= 64, "{shown}");
    }
}

#[test]
fn an_old_secret_is_kept_for_a_time_and_taken_away() {
    let place = Place::new();
    let made = place.json(&["client", "add", "web", "--redirect-uri", "https://app.example/cb"], "");
    let revoke = ["client", "revoke-old-secret", "web"];
    let none = "error: web has no old secret; only `rotate-secret --keep-old` leaves one\n";
    assert_eq!(place.fails(&revoke), none);
    let again = place.json(&["client", "rotate-secret", "web", "--keep-old", "24h"], "");
    assert_ne!(again["client_secret"], made["client_secret"]);
    let end = again["client_secret_previous_expires_at"].as_u64().unwrap();
    let now = SystemClock.now().0;
    assert!((now + 86_390..=now + 86_400).contains(&end), "{again}");
    assert!(!again.to_string().contains("hash"), "{again}");
    let shown = place.json(&["client", "show", "web"], "");
    assert_eq!(shown["client_secret_previous_expires_at"], end);
    assert!(!shown.to_string().contains("hash"), "{shown}");
    let said = place.run(&["client", "show", "web"], "");
    let until = Timestamp(end).minute();
    assert!(said.contains(&format!("Its old secret is accepted too, until {until}.")), "{said}");
    let (_, _, noted) = place.try_run(&["client", "rotate-secret", "web", "--keep-old", "1h"], "");
    assert!(noted.contains("Its old secret is accepted too, until"), "{noted}");
    assert_eq!(place.run(&revoke, ""), "revoked the old secret of web\n");
    assert_eq!(place.fails(&revoke), none);
    assert!(place.json(&["client", "show", "web"], "").get("client_secret_previous_expires_at").is_none());
    // One that is not kept leaves none, also of those before.
    place.json(&["client", "rotate-secret", "web", "--keep-old", "24h"], "");
    place.json(&["client", "rotate-secret", "web"], "");
    assert_eq!(place.fails(&revoke), none);
    let event = place.run(&["event", "list", "--json"], "");
    assert!(event.contains("client.previous_secret_revoked"), "{event}");
    assert!(place.fails(&["client", "revoke-old-secret", "fixed"]).contains("change it there"));
}

#[test]
fn a_secret_whose_time_has_ended_is_kept_and_said() {
    let place = Place::new();
    let metadata = r#"{"client_id": "late", "client_secret": "0123456789abcdef", "client_secret_expires_at": 1000000000,
        "redirect_uris": ["https://app.example/cb"]}"#;
    let file = place.write("late.json", metadata);
    let (_, _, said) = place.try_run(&["client", "add", "--metadata", &file], "");
    let warning =
        "warning: `client_secret_expires_at`: the secret has not been accepted since 2001-09-09 01:46 UTC";
    assert!(said.contains(warning) && said.contains("added late"), "{said}");
    assert_eq!(place.json(&["client", "show", "late"], "")["client_secret_expires_at"], 1_000_000_000);
    let shown = place.run(&["client", "show", "late"], "");
    assert!(shown.contains("Its secret has not been accepted since 2001-09-09 01:46 UTC."), "{shown}");
    place.run(&["client", "rotate-secret", "late"], "");
    assert!(!place.run(&["client", "show", "late"], "").contains("not accepted"), "a new one has no end");
    // The same in the configuration.
    let config = r#"issuer = 'https://op.example'
store = 'memory:'
proxy.trusted = []
keys.signing = ['ES256']
[[clients]]
client_id = 'late'
client_secret = '0123456789abcdef'
client_secret_expires_at = 1000000000
redirect_uris = ['https://app.example/cb']
"#;
    place.write("signet.toml", config);
    let (code, means, said) = place.try_run(&["config", "check"], "");
    assert_eq!(code, format!("{:?}", ExitCode::SUCCESS), "{said}");
    assert!(
        said.contains("`clients[0].client_secret_expires_at`: the secret has not been accepted since"),
        "{said}"
    );
    assert!(means.contains("Its secret has not been accepted since 2001-09-09 01:46 UTC."), "{means}");
}

#[test]
fn initial_access_tokens_are_made_listed_and_revoked() {
    let place = Place::new();
    let made = place.json(&["client", "token", "create", "--uses", "3", "--expires", "1h"], "");
    assert!(made["token"].as_str().unwrap().starts_with("sgn_"), "{made}");
    assert_eq!(made["uses_left"], 3);
    let once = place.run(&["client", "token", "create"], "");
    assert_eq!(once.trim().len(), 63, "{once}");
    place.run(&["client", "token", "create", "--uses", "0", "--expires", "0"], "");
    let listed = place.json(&["client", "token", "list"], "");
    let uses: Vec<&Value> = listed.as_array().unwrap().iter().map(|one| &one["uses_left"]).collect();
    assert_eq!(uses, [&Value::from(3), &Value::from(1), &Value::Null]);
    assert_eq!(listed[2]["expires_at"], 0);
    assert!(!listed.to_string().contains("hash") && !listed.to_string().contains("sgn_"), "{listed}");
    let table = place.run(&["client", "token", "list"], "");
    assert!(table.contains("any number") && table.contains("never"), "{table}");
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["client", "token", "revoke", &id], ""), format!("revoked {id}\n"));
    assert_eq!(
        place.fails(&["client", "token", "revoke", &id]),
        format!("error: there is no initial access token {id}; `signet client token list` shows all\n")
    );
    assert_eq!(place.json(&["client", "token", "list"], "").as_array().unwrap().len(), 2);
}

/// The first sign-in that needs the keys would be too late to learn it.
#[test]
fn keys_that_are_never_fetched_are_said_when_the_client_is_added() {
    let place = Place::new();
    let add = |id: &str, uri: &str| {
        let metadata = serde_json::json!({"client_id": id, "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri});
        let file = place.write("client.json", &metadata.to_string());
        place.try_run(&["client", "add", "--metadata", &file], "").2
    };
    let said = add("inner", "https://10.0.0.7/jwks");
    assert!(said.contains("warning: `jwks_uri`: ") && said.contains("is never fetched"), "{said}");
    assert!(said.contains("outbound.allow = [\"10.0.0.7\"]") && said.contains("added inner"), "{said}");
    let (_, _, shown) = place.try_run(&["client", "show", "inner"], "");
    assert!(shown.contains("is never fetched"), "{shown}");
    assert_eq!(add("outer", "https://keys.example.org/jwks"), "added outer\n");
}

/// Registration and metadata documents are held to the same table where they are.
#[test]
fn what_is_wrong_is_wrong_for_all_in_the_same_words() {
    let table = include_str!("../../../../core/src/client/faulty.json");
    let table: Vec<(serde_json::Map<String, Value>, String)> = serde_json::from_str(table).unwrap();
    let place = Place::new();
    for (members, words) in table {
        let least = serde_json::json!({"client_id": "a", "client_secret": "0123456789abcdef", "redirect_uris": ["https://app.example/cb"]});
        let Value::Object(mut metadata) = least else { panic!() };
        metadata.extend(members);
        let from_member = words.strip_prefix('`').unwrap();
        let metadata = Value::Object(metadata);
        let config = serde_json::json!({"issuer": "https://op.example", "clients": [metadata]}).to_string();
        let found = crate::run::tests::both(crate::config::Source {
            text: &config,
            format: crate::config::Format::Json,
            base: std::path::Path::new(""),
            file: None,
        });
        let due = format!("`clients[0].{from_member}");
        assert!(found.iter().any(|line| line.ends_with(&due)), "{metadata}: {found:#?}");
        let file = place.write("client.json", &metadata.to_string());
        let said = place.fails(&["client", "add", "--metadata", &file]);
        assert!(said.lines().any(|line| line.ends_with(&words)), "{metadata}: {said}");
    }
}
