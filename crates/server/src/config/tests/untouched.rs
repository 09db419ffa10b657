//! Configurations of oidc-op as its own examples and tests have them.

use serde_json::json;

use super::oidc_op::{client, folder, load, load_in, refused};
use super::*;

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
    assert!(loaded.warnings[0].what.contains("which every application must write too"));
    let secret = || Secret::new(Vec::new());
    let settings = loaded.settings.into_settings(secret(), secret());
    assert_eq!(settings.url("/token"), "https://op.example/token");
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
