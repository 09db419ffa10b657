//! Configurations of oidc-op as its own examples and tests have them.

use serde_json::json;

use super::oidc_op::{client, folder, load, load_in, refused};
use super::*;
use std::collections::BTreeMap;

#[test]
fn an_endpoint_is_known_by_its_class() {
    let loaded = load(&json!({"endpoint": {
        "authorization_endpoint": {"path": "{}/authorize-here", "class": "oidcendpoint.oidc.authorization.Authorization"},
        "provider_config": {"path": "{}/.well-known/openid-configuration", "class": "oidcop.oidc.provider_config.ProviderConfiguration"},
        "anything": {"path": "intro", "class": "oidcop.oauth2.introspection.Introspection"},
        "read": {"path": "r", "class": "oidcop.oidc.read_registration.RegistrationRead"},
        "token": {"path": "t", "function": "oidcendpoint.oidc.token.AccessToken"},
    }}))
    .unwrap();
    let paths = loaded.settings.paths;
    assert_eq!(paths.of("authorization"), "/authorize-here");
    assert_eq!((paths.of("introspection"), paths.of("token")), ("/intro", "/t"));
    let twice = json!({"endpoint": {"a": {"class": "x.Token"}, "b": {"class": "y.Token"}}});
    assert!(refused(&twice).contains("`endpoint.b`: this is another token endpoint"), "{}", refused(&twice));
}

#[test]
fn an_issuer_may_end_with_a_slash() {
    let loaded = load(&json!({"entity_id": "https://op.example/"})).unwrap();
    assert_eq!(loaded.settings.issuer, "https://op.example/");
    assert!(loaded.warnings[0].fault.what.contains("which every application must write too"));
    assert_eq!(loaded.settings.url("/token"), "https://op.example/token");
}

#[test]
fn several_ways_to_sign_in_and_a_folder_of_clients_are_read_with_their_lines() {
    let base = folder(
        "several",
        &[
            ("a.json", r#"{"diana": "krall", "upper": "crust"}"#),
            ("b.json", r#"{"diana": "other", "babs": "howes"}"#),
            (
                "clients/web",
                "{\n\"client_secret\": \"0123456789abcdef\",\n\"redirect_uris\": [[\"nowhere\", null]]}",
            ),
            ("user_pass.jinja2", ""),
            ("error.html", "{{ of.another.program }}"),
            ("salt", "a salt of another sixteen characters"),
        ],
    );
    let way = |file: &str| {
        json!({"acr": file, "class": "oidcop.user_authn.user.UserPassJinja2", "kwargs": {
        "db": {"class": "oidcop.util.JSONDictDB", "kwargs": {"filename": file}}}})
    };
    let mut config = json!({
        "authentication": {"one": way("a.json"), "two": way("b.json")}, "template_dir": ".",
        "session_params": {"salt": "salt", "sub_func": {"public": {"function": "oidcop.session.manager.public_id"}}},
    });
    let loaded = load_in(&config, &base).unwrap();
    let users: Vec<_> = loaded.users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(users, ["diana", "upper", "babs"]);
    assert!(matches!(&loaded.users[0].password, Some(Password::Plain(text)) if text.matches("krall")));
    let warned = said(&loaded.warnings).join("\n");
    for due in ["b.json:1:", "has templates of oidc-op (user_pass.jinja2)", "its content is the salt"] {
        assert!(warned.contains(due), "{due}: {warned}");
    }
    assert!(loaded.template_dir.is_none());
    config["client_db"] =
        json!({"class": "oidcmsg.storage.abfile.AbstractFileSystem", "kwargs": {"fdir": "clients"}});
    let problems = said(&load_in(&config, &base).unwrap_err()).join("\n");
    assert!(problems.contains("clients/web:3:") && problems.contains("redirect_uris[0]"), "{problems}");
    std::fs::remove_dir_all(&base).unwrap();
}

#[test]
fn a_client_of_the_manual_authenticates_in_two_ways() {
    let methods = json!({"auth_method": {"AccessTokenRequest": "client_secret_basic", "RefreshAccessToken": "client_secret_post",
        "UserInfoRequest": "bearer_header"}, "post_logout_redirect_uri": ["https://a.example/out", {"x": "1"}]});
    let client = load(&client(&methods)).unwrap().clients.remove(0);
    assert_eq!(client.auth_methods(), ["client_secret_basic", "client_secret_post"]);
    assert_eq!(client.post_logout_redirect_uris, ["https://a.example/out?x=1"]);
}

/// oidc-op knows of no proxies: its own examples are served as they are, and a warning says what is at risk.
#[test]
fn a_proxy_that_nobody_named_is_a_warning_in_the_syntax_of_the_file() {
    let with = |text: &str, format: Format| {
        let source = Source { text, format, base: Path::new("base"), file: None };
        Config::load_text(source, &BTreeMap::new()).map(|loaded| said(&loaded.warnings))
    };
    let json = r#"{"port": 8000, "domain": "127.0.0.1", "op": {"server_info": {"issuer": "https://127.0.0.1:8000"}}}"#;
    let yaml = "port: 8000\nop:\n  server_info:\n    issuer: https://127.0.0.1:8000\n";
    for (text, format, remedy) in [
        (json, Format::Json, r#"write `"proxy": {"trusted": ["127.0.0.1", "::1"]}`"#),
        (yaml, Format::Yaml, r#"write `proxy: {"trusted": ["127.0.0.1", "::1"]}`"#),
    ] {
        let warned = with(text, format).unwrap_or_else(|problems| panic!("{:?}", said(&problems))).join("\n");
        for due in ["`proxy.trusted`: ", "all users seem to come from one address", remedy] {
            assert!(warned.contains(due), "{due}: {warned}");
        }
    }
    let named = json.replacen('{', r#"{"proxy": {"trusted": []}, "#, 1);
    assert!(!with(&named, Format::Json).unwrap().join("\n").contains("proxy"));
    // Signet's own shape stays an error, in its own syntax.
    let ours = |text: &str, format: Format| said(&with(text, format).unwrap_err()).join("\n");
    assert!(
        ours("issuer = 'https://op.example'", Format::Toml).contains("`proxy.trusted = []` if that is meant")
    );
    assert!(
        ours(r#"{"issuer": "https://op.example"}"#, Format::Json).contains(r#"`"proxy": {"trusted": []}`"#)
    );
}

#[test]
fn placeholders_have_the_defaults_of_oidc_op() {
    let config = json!({"entity_id": "https://{domain}:{port}", "session_manager": {}});
    let loaded = load(&config).unwrap_or_else(|problems| panic!("{:?}", said(&problems)));
    assert_eq!((loaded.settings.issuer.as_str(), loaded.listen.port()), ("https://127.0.0.1:8080", 8080));
    let warned = said(&loaded.warnings).join("\n");
    for due in [
        "`domain` is not set, so {domain} is 127.0.0.1, as in oidc-op",
        "`port` is not set, so {port} is 8080, where Signet listens",
    ] {
        assert!(warned.contains(due), "{due}: {warned}");
    }
    let elsewhere =
        json!({"entity_id": "https://{domain}:{port}", "session_manager": {}, "listen": "127.0.0.1:9443"});
    assert_eq!(load(&elsewhere).unwrap().settings.issuer, "https://127.0.0.1:9443");
}

#[test]
fn claims_that_oidc_op_does_not_read_are_left_out() {
    let id_token = json!({"class": "oidcop.id_token.IDToken", "kwargs": {"default_claims": {"email": {"essential": true}}}});
    let loaded =
        load(&json!({ "id_token": id_token })).unwrap_or_else(|problems| panic!("{:?}", said(&problems)));
    let warned = said(&loaded.warnings).join("\n");
    assert!(
        warned.contains("`id_token.kwargs.default_claims`: ") && warned.contains("base_claims"),
        "{warned}"
    );
}

/// oidc-op lets every application that registers use what its file lists.
#[test]
fn applications_that_register_may_have_what_the_file_lists() {
    let with = |capabilities: serde_json::Value, more: serde_json::Value| {
        let registration = json!({"path": "registration", "class": "oidcop.oidc.registration.Registration"});
        let mut config = json!({"capabilities": capabilities, "endpoint": {"registration": registration}});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let loaded = load(&config).unwrap_or_else(|problems| panic!("{config}: {:?}", said(&problems)));
        (loaded.settings.registration.grant_types, said(&loaded.warnings).join("\n"))
    };
    let code = ["authorization_code", "refresh_token"];
    let implicit = ["authorization_code", "refresh_token", "implicit"];
    let grants = |list: &[&str]| json!({"grant_types_supported": list});
    for (capabilities, allowed, said) in [
        (
            grants(&implicit),
            &implicit[..],
            "`capabilities.grant_types_supported[2]`: applications that register may get tokens",
        ),
        (
            json!({"response_types_supported": ["code", "id_token code"]}),
            &implicit,
            r#"write `"registration": {"grant_types": ["authorization_code", "refresh_token"]}`"#,
        ),
        (json!({"response_types_supported": ["code"], "grant_types_supported": implicit}), &code, ""),
        (
            json!({"response_types_supported": ["code", "id_token"], "grant_types_supported": code}),
            &code,
            "needs the grant type implicit",
        ),
        (grants(&["authorization_code", "client_credentials"]), &code, "act without any user"),
        (
            json!({"id_token_signing_alg_values_supported": ["RS256", "ES256", "none"]}),
            &code,
            r#"write `"registration": {"unsigned": true}`"#,
        ),
        (json!({}), &code, ""),
    ] {
        let (got, warned) = with(capabilities.clone(), json!({}));
        assert!(got == allowed && warned.contains(said), "{capabilities}: {got:?} {warned}");
    }
    let chosen = json!({"registration": {"grant_types": code}});
    let (got, warned) = with(grants(&implicit), chosen);
    assert!(got == code && !warned.contains("through the browser"), "{got:?} {warned}");
}
