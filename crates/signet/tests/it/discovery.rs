//! OpenID Connect Discovery §3, §4, RFC 8414 §3: the metadata, at both addresses.

use http::Request;
use serde_json::{Value, json};
use signet_certify::assert::Judged as _;

use crate::op::{Op, World, client};

async fn metadata(op: &Op, path: &str) -> Value {
    let request = Request::get(op.url(path)).body("").unwrap();
    op.send(request).await.json_object().unwrap().clone()
}

#[tokio::test]
async fn both_addresses_say_the_same() {
    let op = Op::with(client("web")).await;
    let oidc = metadata(&op, "/.well-known/openid-configuration").await;
    let oauth = metadata(&op, "/.well-known/oauth-authorization-server").await;
    assert_eq!(oidc, oauth);
    assert_eq!(oidc, op.rp("web").discover().await.unwrap());
}

#[tokio::test]
async fn an_issuer_with_a_path_is_found_by_every_rule() {
    let op = Op::with(World::of([client("web")]).issuer("https://op.example/tenant")).await;
    let below = metadata(&op, "/.well-known/openid-configuration").await;
    assert_eq!(below["issuer"], "https://op.example/tenant");
    assert_eq!(below["token_endpoint"], "https://op.example/tenant/token");
    assert_eq!(below, metadata(&op, "/.well-known/oauth-authorization-server").await);
    for root in ["openid-configuration", "oauth-authorization-server"] {
        let address = format!("https://op.example/.well-known/{root}/tenant");
        let reply = op.send(Request::get(address).body("").unwrap()).await;
        assert_eq!(reply.ok().json, below, "{root}");
    }
    let outside = op.send(Request::get("https://op.example/authorize").body("").unwrap()).await;
    assert_eq!(outside.status, 404);
    op.rp("web").signed_in("diana", "openid email").await.claims().await;
}

#[tokio::test]
async fn the_metadata_promises_what_there_is() {
    let op = Op::with(client("web")).await;
    let found = op.rp("web").discover().await.unwrap();
    let expected = json!({
        "issuer": op.url(""),
        "authorization_endpoint": op.url("/authorize"),
        "token_endpoint": op.url("/token"),
        "userinfo_endpoint": op.url("/userinfo"),
        "jwks_uri": op.url("/jwks.json"),
        "introspection_endpoint": op.url("/introspect"),
        "revocation_endpoint": op.url("/revoke"),
        "end_session_endpoint": op.url("/end_session"),
        "scopes_supported": ["address", "email", "offline_access", "openid", "phone", "profile"],
        "response_types_supported": [
            "code", "id_token", "token", "code id_token", "code token", "id_token token", "code id_token token", "none"
        ],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "HS384", "HS512", "none"],
        "userinfo_signing_alg_values_supported": ["RS256", "ES256", "HS256", "HS384", "HS512"],
        "introspection_signing_alg_values_supported": ["RS256", "ES256", "HS256", "HS384", "HS512"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "ui_locales_supported": ["en", "de", "fr", "nl"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name}");
    }
    for name in
        ["sub", "iss", "name", "email", "email_verified", "phone_number", "address", "auth_time", "acr"]
    {
        assert!(found["claims_supported"].as_array().unwrap().contains(&name.into()), "{name}");
    }
}

#[tokio::test]
async fn settings_show() {
    let world = World::of([client("web")]).settings(|settings| {
        settings.dangerous.pkce_plain = true;
        settings.paths.set("token", "/oauth/token");
        settings.op_tos_uri = Some("https://op.example/terms".into());
        settings.claims_locales = vec!["de".into(), "fr-BE".into()];
        let staff = signet_core::settings::ScopeMeaning {
            claims: vec!["department".into()],
            description: Default::default(),
        };
        settings.scopes.insert("staff".into(), staff);
        settings.scopes.remove("address");
    });
    let op = Op::with(world).await;
    let found = op.rp("web").discover().await.unwrap();
    assert_eq!(found["code_challenge_methods_supported"], json!(["S256", "plain"]));
    assert_eq!(found["token_endpoint"], op.url("/oauth/token"));
    assert_eq!(found["op_tos_uri"], "https://op.example/terms");
    assert_eq!(found["claims_locales_supported"], json!(["de", "fr-BE"]));
    assert_eq!(
        found["scopes_supported"],
        json!(["email", "offline_access", "openid", "phone", "profile", "staff"])
    );
    let claims = found["claims_supported"].as_array().unwrap();
    assert!(claims.contains(&"department".into()) && !claims.contains(&"address".into()), "{claims:?}");
    op.rp("web").signed_in("diana", "openid").await;
}

#[tokio::test]
async fn every_endpoint_that_is_promised_answers() {
    let op = Op::with(client("web")).await;
    let found = op.rp("web").discover().await.unwrap();
    for (name, address) in found.as_object().unwrap() {
        if !name.ends_with("_endpoint") && name != "jwks_uri" {
            continue;
        }
        let get = op.send(Request::get(address.as_str().unwrap()).body("").unwrap()).await;
        assert_ne!(get.status, 404, "{name}");
    }
}

#[tokio::test]
async fn it_may_be_cached_and_has_its_type() {
    let op = Op::with(client("web")).await;
    for path in ["/.well-known/openid-configuration", "/jwks.json"] {
        let reply = op.send(Request::get(op.url(path)).body("").unwrap()).await.ok();
        assert_eq!(reply.header(http::header::CONTENT_TYPE), "application/json", "{path}");
        assert_eq!(reply.header(http::header::CACHE_CONTROL), "public, max-age=3600", "{path}");
        assert_eq!(reply.header(http::header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        let head = op.send(Request::head(op.url(path)).body("").unwrap()).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
    }
}

/// OpenID Connect Discovery §2.
#[tokio::test]
async fn an_address_leads_to_the_issuer() {
    let world = World::of([client("web")]).issuer("https://op.example/tenant");
    let op =
        Op::with(world.settings(|settings| settings.webfinger_domains = vec!["example.org".into()])).await;
    let ask = async |query: &str| {
        let url = format!("https://op.example/.well-known/webfinger?{query}");
        op.send(Request::get(url).header("origin", "https://app.example").body("").unwrap()).await
    };
    let rel = "rel=http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer";
    for resource in
        ["acct%3Ajoe%40example.org", "acct:joe@op.example", "https%3A%2F%2Fop.example%2Fjoe", "op.example"]
    {
        let found = ask(&format!("resource={resource}&{rel}")).await;
        assert_eq!(found.status, 200, "{resource}");
        assert_eq!(found.json["links"][0]["href"], "https://op.example/tenant");
        assert_eq!(found.header(http::header::CONTENT_TYPE), "application/jrd+json");
        assert_eq!(found.header(http::header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    }
    assert_eq!(ask("resource=acct:joe@elsewhere.example").await.status, 404);
    // RFC 7033 §4.2: absent or malformed. Nobody has to show a token here.
    for query in [rel, "resource=bad", "resource=acct:", "resource=http://", "resource=%3Dacct:x@op.example"]
    {
        let bare = ask(query).await;
        assert_eq!((bare.status.as_u16(), bare.json["error"].as_str()), (400, Some("invalid_request")));
        assert!(!bare.headers.contains_key(http::header::WWW_AUTHENTICATE), "{query}");
    }
}

/// Discovery §3, Core §5.5, RFC 8414 §2: what the operator leaves out is nowhere.
#[tokio::test]
async fn what_is_not_offered_is_neither_promised_nor_done() {
    let all = json!(["authorization_code", "implicit", "refresh_token", "client_credentials"]);
    let web =
        client("web").set("response_types", json!(["code", "id_token", "none"])).set("grant_types", all);
    let world = World::of([web.set("skip_consent", true)]).settings(|settings| {
        settings.registration.mode = signet_core::settings::registration::Mode::Open;
        let offer = &mut settings.offer;
        offer.claims_parameter = false;
        for (list, values) in [
            ("response_types_supported", &["code", "none"][..]),
            ("response_modes_supported", &["query", "fragment"]),
            ("grant_types_supported", &["authorization_code", "refresh_token"]),
            ("subject_types_supported", &["public"]),
            ("scopes_supported", &["openid"]),
            ("id_token_signing_alg_values_supported", &["ES256", "RS256"]),
            ("request_object_signing_alg_values_supported", &["ES256"]),
        ] {
            offer.only(list, values.iter().map(|value| (*value).to_owned()).collect());
        }
    });
    let op = Op::with(world).await;
    let web = op.rp("web");
    let found = web.discover().await.unwrap();
    for (list, values) in [
        ("response_types_supported", json!(["code", "none"])),
        ("response_modes_supported", json!(["query", "fragment"])),
        ("grant_types_supported", json!(["authorization_code", "refresh_token"])),
        ("subject_types_supported", json!(["public"])),
        ("scopes_supported", json!(["openid"])),
        ("id_token_signing_alg_values_supported", json!(["RS256", "ES256"])),
        ("request_object_signing_alg_values_supported", json!(["ES256"])),
        ("claims_parameter_supported", json!(false)),
    ] {
        assert_eq!(found[list], values, "{list}");
    }

    let claims = r#"{"userinfo":{"email":null}}"#;
    let tokens = web.authorize("openid").set("claims", claims).login("diana").signed_in().await;
    assert_eq!(tokens.claims().await.get("email"), None);
    web.authorize("openid").set("response_type", "id_token").refused("unsupported_response_type").await;
    web.authorize("openid").set("response_mode", "form_post").refused("invalid_request").await;
    web.client_credentials("openid").await.refused("unsupported_grant_type");
    let unsigned = "eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJ3ZWIifQ.";
    web.authorize("openid").set("request", unsigned).refused("invalid_request_object").await;

    for (member, value) in [
        ("response_types", json!(["id_token"])),
        ("grant_types", json!(["implicit"])),
        ("subject_type", json!("pairwise")),
        ("id_token_signed_response_alg", json!("HS256")),
        ("request_object_signing_alg", json!("RS256")),
    ] {
        let body = json!({"redirect_uris": ["https://app.example/cb"], member: value}).to_string();
        let request = Request::post(op.url("/register")).header("content-type", "application/json");
        let reply = op.send(request.body(body).unwrap()).await;
        assert_eq!(reply.json["error"], "invalid_client_metadata", "{member}: {}", reply.json);
        assert!(reply.json["error_description"].as_str().unwrap().contains(member), "{}", reply.json);
    }
}
