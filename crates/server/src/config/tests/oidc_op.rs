//! Configurations of oidc-op, in the shapes of its manual.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use signet_core::record::client::AccessTokenFormat;
use signet_core::settings::registration::Mode;

use super::*;

pub(super) fn load(config: &Json) -> Result<Loaded, Vec<Problem>> {
    load_in(config, Path::new("base"))
}

pub(super) fn load_in(config: &Json, base: &Path) -> Result<Loaded, Vec<Problem>> {
    let mut config = config.clone();
    if config.get("op").is_none() && config.get("entity_id").is_none() {
        config["issuer"] = "https://op.example".into();
    }
    let text = config.to_string();
    Config::load_text(Source { text: &text, format: Format::Json, base, file: None }, &without_proxy(&text))
}

fn warned(config: &Json) -> Vec<String> {
    let loaded = load(config).unwrap_or_else(|problems| panic!("{config}: {:?}", said(&problems)));
    loaded.warnings.iter().map(Problem::key).collect()
}

pub(super) fn refused(config: &Json) -> String {
    let mut config = config.clone();
    if config.get("op").is_none() && config.get("entity_id").is_none() {
        config["issuer"] = "https://op.example".into();
    }
    let text = config.to_string();
    both(Source { text: &text, format: Format::Json, base: Path::new("base"), file: None }).join("\n")
}

pub(super) fn client(members: &Json) -> Json {
    let mut client = json!({
        "client_id": "a", "client_secret": "0123456789abcdef", "redirect_uris": ["https://a.example/cb"],
    });
    client.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({"clients": [client]})
}

pub(super) fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("signet-oidc-op-{name}-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("clients")).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

#[test]
fn a_whole_web_application_is_read() {
    let loaded = load(&json!({
        "logging": {"version": 1, "root": {"handlers": ["default"], "level": "WARNING"}},
        "port": 5000, "domain": "127.0.0.1", "base_url": "https://{domain}:{port}",
        "webserver": {"ca_bundle": null, "verify_user": false, "port": 5001, "domain": "0.0.0.0", "debug": true},
        "op": {"server_info": {
            "issuer": "https://{domain}:{port}",
            "endpoint": {
                "webfinger": {"path": ".well-known/webfinger", "class": "oidcop.oidc.discovery.Discovery",
                    "kwargs": {"client_authn_method": null}},
                "registration": {"path": "registration", "class": "oidcop.oidc.registration.Registration",
                    "kwargs": {"client_authn_method": null, "client_secret_expiration_time": 432_000}},
                "token": {"path": "token", "class": "oidcop.oidc.token.Token", "kwargs": {
                    "client_authn_method": ["client_secret_basic", "private_key_jwt"], "revoke_refresh_on_issue": true}},
                "authorization": {"path": "authorization", "class": "oidcop.oidc.authorization.Authorization",
                    "kwargs": {"client_authn_method": null, "claims_parameter_supported": false,
                        "response_types_supported": ["code", "code id_token"]}},
            },
            "capabilities": {"response_types_supported": ["code", "code id_token"]},
        }},
    }))
    .unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.issuer, "https://127.0.0.1:5000");
    assert_eq!(loaded.listen.to_string(), "0.0.0.0:5001");
    assert_eq!(loaded.log.level, Level::Warn);
    assert_eq!(settings.paths.of("authorization"), "/authorization");
    assert_eq!((settings.registration.mode, settings.registration.secret_expires_in), (Mode::Open, 432_000));
    assert!(!settings.offer.claims_parameter);
    assert!(!settings.offer.has("response_types_supported", "none"));
    assert!(!settings.offer.has("token_endpoint_auth_methods_supported", "client_secret_post"));
    let keys: Vec<String> = loaded.warnings.iter().map(Problem::key).collect();
    for due in ["logging", "base_url", "webserver.debug", "op.server_info.endpoint.registration.class"] {
        assert!(keys.iter().any(|key| key == due), "{due}: {keys:?}");
    }
}

#[test]
fn rules_for_tokens_are_lifetimes() {
    let loaded = load(&json!({
        "authz": {"class": "oidcop.authz.AuthzHandling", "kwargs": {"grant_config": {
            "usage_rules": {
                "authorization_code": {"supports_minting": ["access_token", "refresh_token", "id_token"], "max_usage": 1},
                "access_token": {"expires_in": 300},
                "refresh_token": {"supports_minting": ["access_token", "refresh_token"]},
            },
            "expires_in": 43200,
        }}},
        "token_handler_args": {
            "jwks_def": {"private_path": "private/token_jwks.json"},
            "code": {"kwargs": {"lifetime": 120}},
            "token": {"class": "oidcop.token.jwt_token.JWTToken",
                "kwargs": {"lifetime": 3600, "add_claims_by_scope": true, "aud": ["https://api.example"]}},
            "refresh": {"kwargs": {"lifetime": 86400}},
            "id_token": {"class": "oidcop.token.id_token.IDToken", "kwargs": {"lifetime": 600,
                "id_token_signing_alg_values_supported": ["RS256", "ES256"]}},
        },
    }))
    .unwrap();
    let settings = &loaded.settings;
    let lifetimes = &settings.lifetimes;
    // What a rule says goes before what the handler does.
    assert_eq!((lifetimes.code, lifetimes.access_token, lifetimes.refresh_token), (120, 300, 86_400));
    assert_eq!((lifetimes.id_token, lifetimes.grant), (600, 43_200));
    assert_eq!(settings.access_token_format, AccessTokenFormat::Jwt);
    assert_eq!(settings.access_token_audience, ["https://api.example"]);
    assert!(settings.release.access_token.add_claims_by_scope);
    assert!(!settings.offer.has("id_token_signing_alg_values_supported", "HS256"));
    assert_eq!(loaded.warnings.len(), 1, "{:?}", said(&loaded.warnings));

    let own = load(&client(&json!({"token_usage_rules": {
        "authorization_code": {"max_usage": 1, "supports_minting": ["access_token", "refresh_token"], "expires_in": 300},
        "refresh_token": {"supports_minting": ["access_token"], "expires_in": -1},
    }})))
    .unwrap();
    let lifetimes = &own.clients[0].lifetimes;
    assert_eq!((lifetimes.code, lifetimes.refresh_token), (Some(300), None));
    assert_eq!(own.warnings.len(), 3, "{:?}", said(&own.warnings));
    let twice = client(&json!({"usage_rules": {"authorization_code": {"max_usage": 2}}}));
    assert!(refused(&twice).contains("a code is used once"));
}

#[test]
fn clients_are_read_as_oidc_op_keeps_them() {
    let loaded = load(&json!({"clients": {"a": {
        "client_secret": "0123456789abcdef",
        "redirect_uris": [["https://a.example/cb", null], ["https://a.example/q", {"x": ["1", "2"], "y": ["b c"]}]],
        "post_logout_redirect_uris": [["https://a.example/out", ""]],
        "response_types": ["code", "code id_token"],
        "auth_method": {"AccessTokenRequest": "client_secret_post", "UserInfoRequest": "bearer_header"},
        "revoke_refresh_on_issue": true,
        "request_object_encryption_alg": ["RSA-OAEP"],
    }}}))
    .unwrap();
    let kept = &loaded.clients[0];
    assert_eq!(kept.client_id.as_str(), "a");
    assert_eq!(kept.redirect_uris, ["https://a.example/cb", "https://a.example/q?x=1&x=2&y=b+c"]);
    assert_eq!(kept.post_logout_redirect_uris, ["https://a.example/out"]);
    assert_eq!(kept.auth_method(), "client_secret_post");
    assert!(kept.allows_grant("implicit") && kept.allows_grant("refresh_token"));
    assert_eq!(kept.request_object_encryption_alg.as_deref(), Some("RSA-OAEP"));
    assert_eq!(said(&loaded.warnings), [""; 0]);
    let either = client(&json!({"request_object_encryption_alg": ["RSA-OAEP", "ECDH-ES"]}));
    assert_eq!(warned(&either), ["clients[0].request_object_encryption_alg"]);
    let several =
        json!({"request_object_signing_alg": ["RS256", "ES256"], "jwks_uri": "https://a.example/k"});
    let several = load(&client(&several)).unwrap().clients;
    assert_eq!(several[0].request_object_signing_alg.as_deref(), Some("RS256"));
    assert_eq!(several[0].request_object_signing_algs, ["ES256"]);
}

#[test]
fn people_and_clients_come_from_their_files() {
    let base = folder(
        "files",
        &[
            (
                "users.json",
                r#"{"diana": {"sub": "dikr0001", "name": "Diana Krall", "telephone": "+46 1"}, "babs": {"sub": "babs", "name": "Babs", "locked": true}, "ella": {"sub": "x"}}"#,
            ),
            ("passwd.json", r#"{"diana": "krall", "upper": "crust"}"#),
            (
                "clients/https%3A%2F%2Fa.example",
                r#"{"client_secret": "0123456789abcdef", "redirect_uris": [["https://a.example/cb", {}]]}"#,
            ),
            ("clients/https%3A%2F%2Fa.example.lock", ""),
        ],
    );
    let config = json!({
        "authentication": {"user": {"acr": "urn:a", "class": "oidcop.user_authn.user.UserPassJinja2", "kwargs": {
            "db": {"class": "oidcop.util.JSONDictDB", "kwargs": {"filename": "passwd.json"}}}}},
        "userinfo": {"class": "oidcop.user_info.UserInfo",
            "kwargs": {"db_file": "users.json", "claims_map": {"phone_number": "telephone", "email": "mail"}}},
        "client_db": {"class": "oidcmsg.abfile.AbstractFileSystem", "kwargs": {"fdir": "clients", "value_conv": "oidcmsg.util.JSON"}},
    });
    let loaded = load_in(&config, &base).unwrap();
    std::fs::remove_dir_all(&base).unwrap();
    let users: Vec<_> =
        loaded.users.iter().map(|user| (user.username.as_str(), user.password.is_some())).collect();
    assert_eq!(users, [("diana", true), ("babs", false), ("ella", false), ("upper", true)]);
    assert_eq!(loaded.users.iter().map(|user| user.locked).collect::<Vec<_>>(), [false, true, false, false]);
    assert_eq!(json!(loaded.users[1].claims), json!({"name": "Babs"}));
    assert_eq!(json!(loaded.users[0].claims), json!({"phone_number": "+46 1", "name": "Diana Krall"}));
    assert_eq!(loaded.clients[0].client_id.as_str(), "https://a.example");
    let warned = said(&loaded.warnings);
    assert!(
        warned.len() == 1 && warned[0].contains("`sub` of \"diana\" and of 1 more is not used"),
        "{warned:?}"
    );

    let problem = refused(
        &json!({"userinfo": {"class": "oidcop.user_info.UserInfo", "kwargs": {"db_file": "nowhere.json"}}}),
    );
    assert!(
        problem.contains("`userinfo.kwargs.db_file`: the file base/nowhere.json cannot be read"),
        "{problem}"
    );
}

#[test]
fn what_is_done_another_way_is_told_and_no_python_is_run() {
    for (config, key) in [
        (json!({"session_params": {"password": "x"}}), "session_params.password"),
        (
            json!({"cookie_handler": {"class": "oidcop.cookie_handler.CookieHandler", "kwargs": {"sign_alg": "SHA256"}}}),
            "cookie_handler",
        ),
        (json!({"httpc_params": {"verify": false}}), "httpc_params.verify"),
        (
            json!({"add_on": {"pkce": {"function": "oidcop.oidc.add_on.pkce.add_pkce_support",
                "kwargs": {"essential": true, "code_challenge_method": "S256 S384"}}}}),
            "add_on.pkce.kwargs.code_challenge_method",
        ),
        (
            json!({"add_on": {"dpop": {"function": "oidcop.oauth2.add_on.dpop.add_support", "kwargs": {"a": 1}}}}),
            "add_on.dpop",
        ),
        (
            json!({"capabilities": {"check_session_iframe": "https://op.example/x"}}),
            "capabilities.check_session_iframe",
        ),
        (
            json!({"endpoint": {"token": {"kwargs": {"revoke_refresh_on_issue": false}}}}),
            "endpoint.token.kwargs.revoke_refresh_on_issue",
        ),
        (client(&json!({"revoke_refresh_on_issue": false})), "clients[0].revoke_refresh_on_issue"),
        (json!({"endpoint": {"token": {"kwargs": {"colour": 1}}}}), "endpoint.token.kwargs.colour"),
        (
            json!({"userinfo": {"class": "x.UserInfo", "kwargs": {"claims_map": {"a": "b"}}}}),
            "userinfo.kwargs.claims_map",
        ),
        (
            json!({"token_handler_args": {"token": {"kwargs": {"lifetime": 60, "jwks": "x", "colour": 1}}}}),
            "token_handler_args.token.kwargs.jwks token_handler_args.token.kwargs.colour",
        ),
        (json!({"authz": {}, "template_dir": "nowhere"}), "template_dir"),
        (json!({"capabilities": {"version": "3.0"}, "authz": {}}), "capabilities.version"),
    ] {
        assert_eq!(warned(&config).join(" "), key, "{config}");
    }
    for (config, what) in [
        (
            json!({"endpoint": {"token": {"class": "my.Minting"}}}),
            "`endpoint.token.class`: \"my.Minting\" is Python",
        ),
        (json!({"authz": {"class": "oidcop.authz.Implicit"}}), "users are asked what an application gets"),
        (json!({"endpoint": {"webfinger": {"path": "finger"}}}), "at one place only"),
        (
            json!({"webserver": {"verify_user": "required"}}),
            "`webserver.verify_user`: browsers are not asked",
        ),
        (
            json!({"endpoint": {"token": {"kwargs": {"require_nonce": true}}}}),
            "`endpoint.token.kwargs.require_nonce`: this is not known here, and leaving it out could weaken",
        ),
        (
            json!({"authz": {"kwargs": {"grant_config": {"usage_rules": {"access_token": "junk"}}}}}),
            "rules are a table",
        ),
        (client(&json!({"dpop_jkt": "x"})), "does not give that protection"),
        (
            json!({"lifetimes": {"code": 60}, "authz": {"kwargs": {"grant_config": {"usage_rules": {"authorization_code": {"expires_in": 60}}}}}}),
            "this is written as `lifetimes.code` too",
        ),
    ] {
        assert!(refused(&config).contains(what), "{config}: {}", refused(&config));
    }
}

#[test]
fn what_asks_for_what_is_done_anyway_needs_no_word() {
    for config in [
        json!({"claims_interface": {"class": "oidcop.session.claims.ClaimsInterface"}}),
        json!({"httpc_params": {"verify": true, "timeout": null}}),
        json!({"scopes_supported": ["openid"], "session_params": {"allowed_scopes": ["openid", "email"]}}),
        json!({"entity_id": "https://op.example", "preference": {"subject_types_supported": ["public"]}}),
        json!({"endpoint": {"registration_api": null, "userinfo": {"kwargs": {"claim_types_supported": ["normal"]}}}}),
        json!({"registration": {"mode": "off"}, "endpoint": {"registration": {"class": "x.Registration", "kwargs": {"client_secret_expires": false}}}}),
    ] {
        assert_eq!(warned(&config), [""; 0], "{config}");
    }
}

#[test]
fn a_map_of_scopes_with_openid_is_the_whole_map() {
    let scopes = |config: &Json| load(config).unwrap().settings.scopes.into_keys().collect::<Vec<_>>();
    let whole = json!({"scopes_to_claims": {"openid": ["sub"], "a": ["claim1"], "b": []}});
    assert_eq!(scopes(&whole), ["a", "b", "openid"]);
    let nested = json!({"session_params": {"scopes_to_claims": {"openid": [], "a": []}, "allowed_scopes": ["openid"]}});
    assert_eq!(scopes(&nested), ["openid"]);
    let more = scopes(&json!({"scopes_to_claims": {"a": ["claim1"]}}));
    assert!(more.contains(&"a".to_owned()) && more.contains(&"email".to_owned()), "{more:?}");
}

/// Trees of the words that oidc-op has, in any order and with any value.
fn anything() -> impl Strategy<Value = Json> {
    let words = [
        "op",
        "server_info",
        "kwargs",
        "class",
        "function",
        "endpoint",
        "token",
        "registration",
        "path",
        "webserver",
        "port",
        "domain",
        "authz",
        "grant_config",
        "usage_rules",
        "authorization_code",
        "expires_in",
        "supports_minting",
        "max_usage",
        "userinfo",
        "db",
        "claims_map",
        "token_handler_args",
        "lifetime",
        "clients",
        "redirect_uris",
        "auth_method",
        "token_usage_rules",
        "capabilities",
        "scopes_supported",
        "add_on",
        "pkce",
        "code_challenge_method",
        "authentication",
        "user",
        "client_db",
        "fdir",
        "logging",
        "root",
        "level",
        "session_params",
        "sub_func",
        "issuer",
        "request_uris",
        "request_object_signing_alg",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[a-z.:]{0,8}".prop_map(Json::from),
        prop::sample::select(words.to_vec()).prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let entry = (prop::sample::select(words.to_vec()), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::from),
            prop::collection::vec(entry, 0..6).prop_map(|entries| entries
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_configuration_whatever_is_read_by_halves(tree in anything()) {
        let mut tree = tree;
        if let Some(root) = tree.as_object_mut() {
            root.insert("issuer".into(), "https://op.example".into());
        }
        let text = tree.to_string();
        let source = Source { text: &text, format: Format::Json, base: Path::new("nowhere"), file: None };
        match Config::load_text(source, &without_proxy(&text)) {
            Ok(loaded) => prop_assert!(!loaded.settings.issuer.is_empty()),
            Err(problems) => prop_assert!(problems.iter().any(|problem| problem.is_error())),
        }
    }
}
