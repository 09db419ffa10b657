//! `signet client add --for`: what the applications need by their own defaults, as their documents and their
//! code have it.

use serde_json::json;

use super::super::presets::{PRESETS, setup};
use super::*;

const AT: &str = "https://app.example";

/// For each its redirect URIs, then what else is set.
static NEEDS: &[(&str, &[&str], &str)] = &[
    (
        // Auth.js reads people from the ID token; NextAuth.js 4 (openid-client 5) takes RS256 alone.
        "authjs",
        &["https://app.example/api/auth/callback/id", "https://app.example/auth/callback/id"],
        r#"{"claims_in_id_token": true, "id_token_signed_response_alg": "RS256"}"#,
    ),
    ("django-allauth", &["https://app.example/accounts/oidc/id/login/callback/"], "{}"),
    (
        // Since 1.26 it sends people to /end_session.
        "gitea",
        &["https://app.example/user/oauth2/id/callback"],
        r#"{"post_logout_redirect_uris": ["https://app.example/"]}"#,
    ),
    ("gitlab", &["https://app.example/users/auth/openid_connect/callback"], "{}"),
    ("grafana", &["https://app.example/login/generic_oauth"], "{}"),
    ("jupyterhub", &["https://app.example/hub/oauth_callback"], "{}"),
    (
        // It decodes every token that it gets, and throws at a refresh token of ours.
        "keycloak-js",
        &["https://app.example/", "https://app.example/silent-check-sso.html"],
        r#"{"post_logout_redirect_uris": ["https://app.example/"], "token_endpoint_auth_method": "none",
            "access_token_format": "jwt", "grant_types": ["authorization_code"]}"#,
    ),
    (
        // --oidc-signing-algs of the API server, which sees ID tokens alone; kubelogin is a public client.
        "kubernetes",
        &["http://localhost:8000", "http://localhost:18000"],
        r#"{"claims_in_id_token": true, "id_token_signed_response_alg": "RS256", "token_endpoint_auth_method": "none",
            "application_type": "native"}"#,
    ),
    // OIDC_RP_SIGN_ALGO.
    (
        "mozilla-django-oidc",
        &["https://app.example/oidc/callback/"],
        r#"{"id_token_signed_response_alg": "HS256"}"#,
    ),
    (
        // user_oidc asks for user info only with enrich_login_id_token_with_userinfo; single_logout is on.
        "nextcloud",
        &["https://app.example/apps/user_oidc/code", "https://app.example/index.php/apps/user_oidc/code"],
        r#"{"claims_in_id_token": true, "post_logout_redirect_uris": ["https://app.example/"]}"#,
    ),
    ("oauth2-proxy", &["https://app.example/oauth2/callback"], "{}"),
    // user_profile_method is auto.
    ("synapse", &["https://app.example/_synapse/client/oidc/callback"], r#"{"claims_in_id_token": true}"#),
];

#[test]
fn each_application_gets_what_it_expects_by_default() {
    const MEMBERS: [&str; 7] = [
        "access_token_format",
        "grant_types",
        "claims_in_id_token",
        "id_token_signed_response_alg",
        "post_logout_redirect_uris",
        "token_endpoint_auth_method",
        "application_type",
    ];
    let place = Place::new();
    assert_eq!(
        NEEDS.iter().map(|row| row.0).collect::<Vec<_>>(),
        PRESETS.iter().map(|p| p.name).collect::<Vec<_>>()
    );
    for (name, redirect_uris, more) in NEEDS {
        let mut line = vec!["client", "add", "id", "--for", name];
        if *name != "kubernetes" {
            line.extend(["--url", AT]);
        }
        let made = place.json(&line, "");
        let more: Value = serde_json::from_str(more).unwrap();
        assert_eq!(made["redirect_uris"], json!(redirect_uris), "{name}");
        for member in MEMBERS {
            let unsaid = if member == "application_type" { json!("web") } else { Value::Null };
            let due = more.get(member).unwrap_or(&unsaid);
            let got = match member {
                // It is kept as what it is short for.
                "claims_in_id_token" => &made["add_claims"]["by_scope"]["id_token"],
                _ => &made[member],
            };
            assert_eq!(got, due, "{name} {member}: {made}");
        }
        let public = more.get("token_endpoint_auth_method").is_some();
        assert_eq!(made.get("client_secret").is_none(), public, "{name}");
        place.run(&["client", "rm", "id"], "");
    }
}

/// An algorithm that cannot be had is no reason to refuse the application, which has a setting for another.
#[test]
fn an_algorithm_that_is_not_offered_is_a_warning_with_the_application_s_setting() {
    let place = Place::new();
    place.write("signet.toml", &CONFIG.replacen("store =", "keys.signing = [\"ES256\"]\nstore =", 1));
    let (code, _, said) = place.try_run(&["client", "add", "--for", "kubernetes"], "");
    assert_eq!(code, format!("{:?}", ExitCode::SUCCESS), "{said}");
    assert!(
        said.contains("warning: `id_token_signed_response_alg`: kubernetes expects RS256")
            && said.contains("--oidc-signing-algs"),
        "{said}"
    );
    let shown = place.json(&["client", "show", "kubernetes"], "");
    assert_eq!(shown.get("id_token_signed_response_alg"), None, "{shown}");
}

/// It would ask in vain: what the settings say is what applications ask for.
#[test]
fn a_scope_that_the_application_asks_for_in_vain_is_a_warning() {
    let place = Place::new();
    let line = ["client", "add", "--for", "grafana", "--url", AT];
    let warned = |line: &[&str]| {
        let (_, _, said) = place.try_run(line, "");
        place.run(&["client", "rm", "grafana"], "");
        said
    };
    assert!(!warned(&line).contains("asks for"));
    let narrow = warned(&[&line[..], &["--scope", "openid email"]].concat());
    assert!(narrow.contains("warning: `scope`: grafana asks for profile, which"), "{narrow}");
    place.write("signet.toml", &CONFIG.replacen("store =", "allowed_scopes = [\"openid\"]\nstore =", 1));
    let closed = warned(&line);
    assert!(closed.contains("grafana asks for profile and email, which"), "{closed}");
}

/// What somebody says goes before what is known.
#[test]
fn what_is_said_besides_goes_before_a_preset() {
    let place = Place::new();
    let file = place.write("own.json", r#"{"id_token_signed_response_alg": "RS256"}"#);
    let line = ["client", "add", "--for", "mozilla-django-oidc", "--metadata", &file, "--redirect-uri"];
    let made = place.json(&[&line[..], &["https://app.example/own/"]].concat(), "");
    assert_eq!(made["id_token_signed_response_alg"], "RS256");
    assert_eq!(made["redirect_uris"], json!(["https://app.example/own/"]));
}

/// What an application does not ask for by itself is to be set there, by its own names.
#[test]
fn what_is_to_be_set_in_an_application_is_said_with_its_own_names() {
    let place = Place::new();
    let mut said = std::collections::BTreeMap::new();
    for preset in PRESETS {
        let line = ["client", "add", "id", "--for", preset.name, "--url", AT];
        let line = if preset.native { &line[..5] } else { &line };
        let made = place.json(line, "");
        let settings = made["settings"].as_array().unwrap();
        let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        let set = settings.iter().map(|one| (text(one, "at"), text(one, "name"), text(one, "value")));
        let set: Vec<_> = set.collect();
        assert!(!set.is_empty(), "{}", preset.name);
        for (at, name, value) in &set {
            for word in setup::WORDS {
                assert!(
                    !format!("{at}{name}{value}").contains(&format!("{{{word}}}")),
                    "{at} {name} {value}"
                );
            }
        }
        let names_us = |(_, _, value): &(String, String, String)| value.contains("https://op.example");
        assert!(set.iter().any(names_us), "{}: {set:?}", preset.name);
        let filled: usize = preset.setup.iter().map(|block| block.settings.len()).sum();
        assert_eq!(set.len(), filled, "nothing is left out: {}", preset.name);
        let secret = made["client_secret"].as_str();
        let has_secret = secret.map(|secret| set.iter().any(|(_, _, value)| value.contains(secret)));
        assert_ne!(has_secret, Some(false), "{}: {set:?}", preset.name);
        place.run(&["client", "rm", "id"], "");
        said.insert(preset.name, set);
    }
    for (name, at, setting, value) in [
        ("authjs", "NextAuth.js 4", "authorization", "{ params: { scope: \"openid profile email\" } }"),
        ("gitea", "app.ini: [oauth2_client]", "OPENID_CONNECT_SCOPES", "profile email"),
        ("gitlab", "omniauth_providers", "args", "scope: [\"openid\", \"profile\", \"email\"]"),
        ("grafana", "[auth.generic_oauth]", "scopes", "openid profile email"),
        ("grafana", "[auth.generic_oauth]", "token_url", "https://op.example/token"),
        ("grafana", "[server]", "root_url", "https://app.example/"),
        (
            "jupyterhub",
            "jupyterhub_config.py",
            "c.GenericOAuthenticator.scope",
            "[\"openid\", \"profile\", \"email\"]",
        ),
        ("jupyterhub", "", "c.GenericOAuthenticator.username_claim", "\"preferred_username\""),
        (
            "jupyterhub",
            "",
            "c.GenericOAuthenticator.oauth_callback_url",
            "\"https://app.example/hub/oauth_callback\"",
        ),
        ("keycloak-js", "keycloak.init", "scope", "\"openid profile email\""),
        ("keycloak-js", "keycloak.init", "checkLoginIframe", "false"),
        ("kubernetes", "get-token", "oidc-extra-scope", "profile"),
        ("mozilla-django-oidc", "settings.py", "OIDC_RP_SIGN_ALGO", "\"HS256\""),
        (
            "nextcloud",
            "user_oidc:provider id",
            "discoveryuri",
            "https://op.example/.well-known/openid-configuration",
        ),
        ("synapse", "oidc_providers", "scopes", "[\"openid\", \"profile\", \"email\"]"),
    ] {
        let found = said[name].iter().find(|(place, known, _)| place.contains(at) && known == setting);
        let found = found.unwrap_or_else(|| panic!("{name} {setting}: {:?}", said[name]));
        assert!(found.2.contains(value), "{name} {setting}: {}", found.2);
    }
    let shown = place.run(&["client", "add", "--for", "grafana", "--url", AT], "");
    assert!(shown.contains("\ngrafana.ini: [auth.generic_oauth]\n  enabled = true\n"), "{shown}");
    assert!(shown.contains("\n  scopes = openid profile email\n"), "{shown}");
    let shown = place.run(&["client", "add", "--for", "kubernetes"], "");
    assert!(shown.contains("\n  --oidc-extra-scope=profile\n"), "{shown}");
}

/// What is a line of a shell is one, whatever the client_id.
#[test]
fn settings_for_a_shell_are_quoted() {
    let place = Place::new();
    let url = ["--url", AT, "--redirect-uri", "https://app.example/own"];
    for (id, word) in [("my app", "'my app'"), ("a$(x);\"b'c", r#"'a$(x);"b'\''c'"#), ("plain", "plain")] {
        for (name, lines) in [
            ("gitea", vec![format!("  --name={word}"), format!("  --key={word}")]),
            ("kubernetes", vec![format!("  --oidc-client-id={word}")]),
            ("nextcloud", vec![format!("occ user_oidc:provider {word}"), format!("  --clientid={word}")]),
        ] {
            let line = ["client", "add", id, "--for", name];
            let shown = place.run(&[&line[..], if name == "kubernetes" { &[] } else { &url }].concat(), "");
            for line in lines {
                assert!(shown.lines().any(|shown| shown == line), "{name} {id}: {line}: {shown}");
            }
            place.run(&["client", "rm", id], "");
        }
    }
}

/// Addresses are made by putting paths behind `--url`, and the client_id into some of them.
#[test]
fn an_address_that_nothing_can_be_put_behind_is_refused() {
    let place = Place::new();
    for preset in PRESETS {
        for (url, words) in [
            ("https://app.example?x=1", "leave out all from ? or # on"),
            ("https://app.example/a?x=1", "leave out all from ? or # on"),
            ("https://app.example/#x", "leave out all from ? or # on"),
            ("app.example", "not an absolute address"),
            ("https://u:p@app.example", "user name or password"),
            ("https://App.example", "write https://app.example"),
            ("https://app.example:443/", "write https://app.example/"),
            ("https://app.example/a b", "percent-encode it"),
            ("https://app.example/../x", "browsers take out"),
            ("com.example.app://x", "not a web address"),
        ] {
            let said = place.fails(&["client", "add", "id", "--for", preset.name, "--url", url]);
            assert!(
                said.contains("--url says where") && said.contains(words),
                "{} {url}: {said}",
                preset.name
            );
        }
        let in_path = preset.callbacks.iter().any(|path| path.contains("{id}"));
        for id in ["a/b", "a b", "a?b", "a%2Fb", "a#b"] {
            let line = ["client", "add", id, "--for", preset.name, "--url", AT];
            if in_path {
                let said = place.fails(&line);
                assert!(said.contains("is part of the redirect URI") && said.contains("-._~"), "{said}");
                let own = ["--redirect-uri", "https://app.example/own"];
                place.run(&[&line[..], &own].concat(), "");
            } else {
                let made = place.json(&line, "");
                assert!(!made["redirect_uris"].to_string().contains(id), "{made}");
            }
            place.run(&["client", "rm", id], "");
        }
    }
}

const SETTINGS: &str = "| `--for` | where | what to set there |\n|---|---|---|\n";

#[test]
fn docs_say_what_to_set_in_each_application() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/people-and-applications.md");
    let rows = PRESETS.iter().flat_map(|preset| {
        setup::for_the_book(preset.setup).into_iter().map(|(at, lines)| {
            let lines: Vec<String> = lines.iter().map(|line| format!("`{line}`")).collect();
            format!("| `{}` | `{at}` | {} |\n", preset.name, lines.join("<br>"))
        })
    });
    let rows: String = rows.collect();
    let committed = std::fs::read_to_string(path).unwrap();
    let (before, rest) = committed.split_once(SETTINGS).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let page = format!("{before}{SETTINGS}{rows}\n{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == page,
        "people-and-applications.md is behind: UPDATE_DOCS=1 cargo test -p signet-server docs"
    );
}

/// The help and the book list the same.
#[test]
fn the_book_lists_every_application_with_its_addresses() {
    let mut command = Arguments::command();
    command.build();
    let add = command.find_subcommand_mut("client").and_then(|client| client.find_subcommand_mut("add"));
    let help = add.unwrap().render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    assert!(help.contains(&names.join(", ")), "{help}");
    let book = include_str!("../../../../../docs/people-and-applications.md");
    for preset in PRESETS {
        let row = book.lines().find(|line| line.starts_with(&format!("| `{}` |", preset.name)));
        let row = row.unwrap_or_else(|| panic!("{} has no row", preset.name));
        for path in preset.callbacks.iter().filter(|path| !path.is_empty()) {
            assert!(row.contains(&format!("`{}`", path.replace("{id}", "ID"))), "{row}: {path}");
        }
        let more = [
            (preset.claims_in_id_token, "`claims_in_id_token`"),
            (preset.public, "public"),
            (preset.native, "native"),
            (preset.reads_tokens, "`access_token_format = \"jwt\"`"),
            (preset.signed_out.is_some(), "`post_logout_redirect_uris`"),
            (preset.id_token_alg.is_some(), preset.id_token_alg.map_or("none", |(alg, _)| alg)),
        ];
        for (has, word) in more {
            assert_eq!(row.contains(word), has, "{row}: {word}");
        }
    }
}
