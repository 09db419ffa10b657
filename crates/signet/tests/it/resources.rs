//! RFC 8707: APIs that the operator describes once, and every kind of client that may ask for them.

use ::http::{Request, header};
use serde_json::{Value, json};
use signet_certify::assert::Judged as _;
use signet_core::id::ClientId;
use signet_core::record::client::AccessTokenFormat;
use signet_core::settings::ScopeMeaning;
use signet_core::settings::registration::Mode;
use signet_core::settings::resources::{OpenTo, Resource, Typ};

use crate::op::{ClientSpec, Op, World, client, issuer};

const MCP: &str = "https://mcp.example/mcp";
const API: &str = "https://api.example";

fn world(clients: impl IntoIterator<Item = ClientSpec>) -> World {
    World::of(clients).settings(|settings| {
        settings.registration.mode = Mode::Open;
        settings.scopes.insert("mcp:tools".into(), ScopeMeaning::default());
        settings.resources = vec![
            Resource {
                identifier: MCP.into(),
                scopes: vec!["mcp:tools".into()],
                open_to: OpenTo::Registered,
                format: Some(AccessTokenFormat::Jwt),
                access_token: Some(300),
                introspected_by: vec![ClientId::from("server")],
                ..Resource::default()
            },
            Resource {
                identifier: API.into(),
                format: Some(AccessTokenFormat::Jwt),
                typ: Typ::Jwt,
                open_to: OpenTo::Clients(vec![ClientId::from("web")]),
                ..Resource::default()
            },
        ];
    })
}

fn part(token: &str, at: usize) -> Value {
    use base64::Engine as _;
    let text = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

async fn registered(op: &Op) -> ClientSpec {
    let metadata = json!({
        "redirect_uris": ["https://assistant.example/cb"], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "scope": "openid mcp:tools offline_access",
    });
    let request = Request::post(op.url("/register")).header(header::CONTENT_TYPE, "application/json");
    let reply = op.send(request.body(metadata.to_string()).unwrap()).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    let members = reply.json.as_object().unwrap().iter();
    members.fold(client(reply.json["client_id"].as_str().unwrap()), |spec, (name, value)| {
        spec.set(name, value.clone())
    })
}

#[tokio::test]
async fn a_client_that_registered_itself_asks_for_a_resource_that_is_open_to_it() {
    let op = Op::with(world([client("web"), client("server")])).await;
    let spec = registered(&op).await;
    let assistant = op.party(&spec);
    // As its URL parser writes it.
    let asked = MCP.replace("mcp.example", "mcp.example:443");
    let code = assistant
        .authorize("mcp:tools offline_access")
        .set("resource", &asked)
        .login("diana")
        .consent()
        .code()
        .await;
    let tokens = assistant.redeem(&code).await.tokens();
    let claims = part(&tokens.access_token, 1);
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(MCP), &json!("mcp:tools offline_access")));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 300);
    assert_eq!(part(&tokens.access_token, 0)["typ"], "at+jwt");
    // Its own server may ask what it is worth; others may not, and the log says what would let them.
    let seen = op.rp("server").introspect(&tokens).await.succeeded();
    assert_eq!((&seen.json["active"], &seen.json["aud"]), (&json!(true), &json!(MCP)));
    assert_eq!(op.rp("web").introspect(&tokens).await.succeeded().json, json!({"active": false}));
    assert!(op.log().contains("may_introspect, introspected_by"));
}

#[tokio::test]
async fn a_resource_that_is_not_open_to_a_client_is_an_invalid_target() {
    let op = Op::with(world([client("web"), client("other")])).await;
    op.rp("web").signed_in("diana", "openid").await;
    for (id, resource, words) in [
        ("web", MCP, "is none that this client may name, which are https://api.example"),
        ("web", "https://elsewhere.example", "is none that this client may name"),
        ("other", API, "this client may name none"),
    ] {
        let told = op.rp(id).authorize("openid").set("resource", resource).refused("invalid_target").await;
        assert!(told.get("error_description").unwrap().contains(words), "{id} {resource}");
    }
    let told = op.rp("other").authorize("mcp:tools").refused("invalid_scope").await;
    assert!(told.get("error_description").unwrap().contains("none of the requested scopes is available"));
}

#[tokio::test]
async fn a_resource_may_want_its_tokens_typed_jwt() {
    let op = Op::with(world([client("web")])).await;
    let web = op.rp("web");
    let code = web.authorize("openid").set("resource", API).login("diana").consent().code().await;
    let tokens = web.redeem(&code).await.tokens();
    // It opens UserInfo too, as it was asked for with `openid`.
    let claims = part(&tokens.access_token, 1);
    assert_eq!(
        (&part(&tokens.access_token, 0)["typ"], &claims["aud"]),
        (&json!("JWT"), &json!([API, issuer()]))
    );
    web.userinfo(&tokens).await.succeeded();
    assert_eq!(web.introspect(&tokens).await.succeeded().json["active"], true);
    // It is no hint, and its ID token is no access token.
    web.authorize("openid").prompt("none").set("id_token_hint", &tokens.access_token).code().await;
    assert!(op.log().contains("it is signed, but is no ID token"));
    let id_token = tokens.id_token.as_deref().unwrap();
    web.userinfo(id_token).await.refused("invalid_token");
    assert_eq!(web.introspect(id_token).await.succeeded().json, json!({"active": false}));
}

/// RFC 8707 §2.2: anyone who gets a token can use it wherever it is good. So each is good at one place.
#[tokio::test]
async fn a_token_carries_the_scopes_of_its_resources_alone() {
    const NOTES: &str = "https://notes.example";
    let spec = client("web").set("skip_consent", true).set("refresh_without_offline_access", true);
    let op = Op::with(world([spec]).settings(|settings| {
        let own = |identifier: &str, scope: &str| Resource {
            identifier: identifier.into(),
            scopes: vec![scope.into()],
            ..Resource::default()
        };
        settings.resources = vec![own(MCP, "mcp:tools"), own(NOTES, "notes")];
        settings.scopes.insert("notes".into(), ScopeMeaning::default());
    }))
    .await;
    let (web, asked) = (op.rp("web"), "openid mcp:tools notes");
    let scope_of = async |token: &str| web.introspect(token).await.succeeded().json["scope"].clone();
    // No resource is named, and there are two: the code stays good for the request that names one.
    let code = web.authorize(asked).login("diana").code().await;
    let refused = web.redeem(&code).await.refused("invalid_target");
    let said = refused.json["error_description"].as_str().unwrap();
    assert!(
        said.contains("mcp:tools is of https://mcp.example/mcp, notes is of https://notes.example"),
        "{said}"
    );
    let mut params =
        vec![("grant_type", "authorization_code"), ("code", code.value.as_str()), ("resource", NOTES)];
    params.extend(code.redirect_uri.as_deref().map(|uri| ("redirect_uri", uri)));
    params.extend(code.verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
    let tokens = web.token_request(&params).await.tokens();
    assert_eq!(scope_of(&tokens.access_token).await, "openid notes");
    // The grant has more, for the token request that names its resource.
    let refreshed = async |refresh: &str, resource: &str| {
        let params = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("resource", resource)];
        web.token_request(&params).await.tokens()
    };
    let tokens = refreshed(tokens.refresh().unwrap(), MCP).await;
    assert_eq!(scope_of(&tokens.access_token).await, "openid mcp:tools");
    // One API alone needs no `resource`.
    let code = web.authorize("openid notes").code().await;
    let tokens = web.redeem(&code).await.tokens();
    assert_eq!(
        (&scope_of(&tokens.access_token).await, &tokens.json["scope"]),
        (&json!("openid notes"), &json!("openid notes"))
    );
    web.userinfo(&tokens).await.succeeded();
    // Both, and one of them.
    let code = web.authorize(asked).add("resource", MCP).add("resource", NOTES).code().await;
    let tokens = web.redeem(&code).await.tokens();
    assert_eq!(scope_of(&tokens.access_token).await, asked);
    let tokens = refreshed(tokens.refresh().unwrap(), NOTES).await;
    assert_eq!(scope_of(&tokens.access_token).await, "openid notes");
    assert_eq!(tokens.json["scope"], "openid notes");
}

/// RFC 8707 §2: a request without a resource means the one that has the scopes, in each grant.
#[tokio::test]
async fn scopes_of_one_api_mean_that_api() {
    const NOTES: &str = "https://notes.example";
    let service =
        client("service").set("grant_types", json!(["client_credentials"])).set("scope", "mcp:tools notes");
    let spa = client("spa")
        .set("response_types", json!(["token", "code"]))
        .set("grant_types", json!(["authorization_code", "implicit"]));
    let op = Op::with(World::of([service, spa]).settings(|settings| {
        let own = |identifier: &str, scope: &str| Resource {
            identifier: identifier.into(),
            scopes: vec![scope.into()],
            ..Resource::default()
        };
        settings.resources = vec![own(MCP, "mcp:tools"), own(NOTES, "notes")];
        for scope in ["mcp:tools", "notes"] {
            settings.scopes.insert(scope.into(), ScopeMeaning::default());
        }
    }))
    .await;
    let service = op.rp("service");
    let ask = async |more: &[(&str, &str)]| {
        let params = [&[("grant_type", "client_credentials")], more].concat();
        service.token_request(&params).await
    };
    for (more, scope) in [
        (vec![("scope", "notes")], "notes"),
        (vec![("resource", NOTES)], "notes"),
        (vec![("scope", "mcp:tools notes"), ("resource", NOTES)], "notes"),
    ] {
        assert_eq!(ask(&more).await.tokens().json["scope"], scope, "{more:?}");
    }
    for more in [vec![], vec![("scope", "mcp:tools notes")], vec![("scope", "notes"), ("resource", MCP)]] {
        ask(&more).await.refused("invalid_target");
    }
    // A token by way of the browser is refused before anybody signs in.
    let spa = op.rp("spa");
    let flow = |scope: &str| {
        let flow = spa.authorize(scope).with(|request| request.response_type("token"));
        flow.set("nonce", "n-0S6_WzA2Mj")
    };
    let refused = flow("mcp:tools notes").refused("invalid_target").await;
    assert!(refused.get("error_description").unwrap().starts_with("add the parameter resource"));
    let answer = flow("notes").login("diana").consent().response().await;
    assert_eq!(answer.get("scope"), Some("notes"));
}

/// RFC 6749 §3.1: what is unknown is ignored; what another server would understand is in the log.
#[tokio::test]
async fn an_audience_is_ignored_and_the_log_says_what_to_send() {
    const SAID: &str = "parameter audience ignored; send resource (RFC 8707)";
    let service = client("service").set("grant_types", json!(["client_credentials"]));
    let op = Op::with(world([client("web"), service])).await;
    let service = [("grant_type", "client_credentials"), ("audience", "https://elsewhere.example")];
    op.rp("service").token_request(&service).await.tokens();
    let web = op.rp("web");
    web.authorize("openid").set("audience", API).set("resource", API).login("diana").consent().code().await;
    assert!(!op.log().contains(SAID), "{}", op.log());
    let tokens = web.authorize("openid").set("audience", "https://api.example/").signed_in().await.tokens;
    assert_eq!(web.introspect(&tokens).await.succeeded().json["aud"], issuer());
    let log = op.log();
    let said =
        log.lines().filter(|line| line.contains(SAID) && line.contains(&format!("resource=\"{API}\"")));
    assert_eq!(said.count(), 1, "{log}");
}

/// One token for the application's own call of UserInfo and for the API, unless the token request names the
/// API: then it is for that alone.
#[tokio::test]
async fn a_token_for_an_api_opens_userinfo_unless_the_token_request_names_the_api() {
    let op = Op::with(World::of([client("web"), client("server")]).settings(|settings| {
        settings.scopes.insert("mcp:tools".into(), ScopeMeaning::default());
        let scopes = vec!["mcp:tools".into()];
        let format = Some(AccessTokenFormat::Jwt);
        settings.resources = vec![Resource { identifier: MCP.into(), scopes, format, ..Resource::default() }];
    }))
    .await;
    let web = op.rp("web");
    let both = web.signed_in("diana", "openid offline_access mcp:tools").await;
    let audience = |token: &str| part(token, 1)["aud"].clone();
    assert_eq!(audience(both.tokens.json["access_token"].as_str().unwrap()), json!([MCP, issuer()]));
    web.userinfo(&both.tokens).await.succeeded();
    let alone = [("grant_type", "refresh_token"), ("refresh_token", both.refresh_token()), ("resource", MCP)];
    let alone = web.token_request(&alone).await.tokens();
    assert_eq!(audience(alone.json["access_token"].as_str().unwrap()), MCP);
    web.userinfo(&alone).await.refused("invalid_token");
}

/// What an operator takes away is gone with the next refresh, whether the request names the resource or not.
#[tokio::test]
async fn a_resource_that_was_taken_from_a_client_is_not_refreshed() {
    const NOTES: &str = "https://notes.example";
    let of = |open_to: OpenTo| Resource {
        identifier: NOTES.into(),
        scopes: vec!["notes".into()],
        open_to,
        format: Some(AccessTokenFormat::Jwt),
        ..Resource::default()
    };
    let with = |resources: Vec<Resource>| {
        move |world: World| world.settings(move |settings| settings.resources = resources.clone())
    };
    let world = World::of([client("web")]).settings(|settings| {
        settings.scopes.insert("notes".into(), ScopeMeaning::default());
    });
    let mut op = Op::with(with(vec![of(OpenTo::All)])(world)).await;
    let asked = op.rp("web").authorize("openid notes offline_access").set("resource", NOTES);
    let tokens = asked.login("diana").consent().signed_in().await.tokens;
    assert_eq!(part(&tokens.access_token, 1)["aud"], json!([NOTES, issuer()]));
    let waiting = op.rp("web").authorize("openid notes").set("resource", NOTES).code().await;
    let refresh = tokens.refresh().unwrap().to_owned();

    for resources in [Vec::new(), vec![of(OpenTo::Clients(vec![ClientId::from("first")]))]] {
        op.restart_with(with(resources)).await;
        let refused = op.rp("web").refresh(&refresh).await.refused("invalid_target");
        let said = refused.json["error_description"].as_str().unwrap();
        assert!(said.contains("no longer ask for any resource that was granted"), "{said}");
        op.rp("web").redeem(&waiting).await.refused("invalid_target");
    }

    // Given back, it is there again; and a token for UserInfo alone is for UserInfo alone.
    op.restart_with(with(vec![of(OpenTo::All)])).await;
    let web = op.rp("web");
    let tokens = web.refresh(&refresh).await.tokens();
    assert_eq!(part(&tokens.access_token, 1)["aud"], json!([NOTES, issuer()]));
    let params =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh().unwrap()), ("scope", "openid")];
    let tokens = web.token_request(&params).await.tokens();
    assert_eq!(web.introspect(&tokens).await.succeeded().json["aud"], issuer());
}

/// What an operator takes away is gone at once, for tokens that are valid still.
#[tokio::test]
async fn a_token_is_worth_no_more_than_the_configuration_of_today_gives() {
    const NOTES: &str = "https://notes.example";
    let with = |open_to: Option<OpenTo>, scope: &'static str| {
        move |_: World| {
            let clients = [client("web").set("scope", scope), client("api").set("may_introspect", true)];
            let notes = |open_to: OpenTo| Resource {
                identifier: NOTES.into(),
                scopes: vec!["notes".into()],
                open_to,
                ..Resource::default()
            };
            World::of(clients).settings(move |settings| {
                settings.scopes.insert("notes".into(), ScopeMeaning::default());
                settings.resources = open_to.clone().map(notes).into_iter().collect();
            })
        }
    };
    let all = "openid email notes";
    let mut op = Op::with(with(Some(OpenTo::All), all)(World::of([]))).await;
    let asked = op.rp("web").authorize("openid email notes").set("resource", NOTES);
    let both = asked.login("diana").consent().signed_in().await.tokens;
    let flow = op.rp("web").authorize("notes").set("resource", NOTES);
    let alone = op.rp("web").redeem(&flow.code().await).await.tokens();

    let elsewhere = OpenTo::Clients(vec![ClientId::from("first")]);
    for (open_to, scope) in [(None, all), (Some(elsewhere), all), (Some(OpenTo::All), "openid email")] {
        op.restart_with(with(open_to.clone(), scope)).await;
        for asker in [op.rp("web"), op.rp("api")] {
            let told = asker.introspect(&both).await.succeeded().json;
            assert_eq!(told["active"], true, "{told}");
            let left = asker.introspect(&alone).await.succeeded().json;
            assert_eq!(left, json!({"active": false}), "{open_to:?} {scope}");
        }
        let claims = op.rp("web").userinfo(&both).await.succeeded().json;
        assert_eq!(claims["email"], "diana@example.org");
    }
    op.restart_with(with(Some(OpenTo::All), "openid notes")).await;
    assert_eq!(op.rp("api").introspect(&both).await.succeeded().json["scope"], "openid notes");
    assert!(op.rp("web").userinfo(&both).await.succeeded().json.get("email").is_none());
    op.restart_with(with(Some(OpenTo::All), "phone")).await;
    assert_eq!(op.rp("api").introspect(&both).await.succeeded().json, json!({"active": false}));
    op.rp("web").userinfo(&both).await.refused("invalid_token");
}

/// RFC 6749 §3.3: without `scope` a request is for what the client is registered for, or for what the
/// resource has.
#[tokio::test]
async fn a_request_without_scope_has_a_default() {
    let op = Op::with(world([client("web"), client("narrow").set("scope", "openid email")])).await;
    let assistant = op.party(&registered(&op).await);
    let flow = assistant.authorize("").without("scope").set("resource", MCP).login("diana").consent();
    let tokens = flow.signed_in().await.tokens;
    assert_eq!(tokens.json["scope"], "openid mcp:tools offline_access");
    let tokens = op.rp("narrow").authorize("").without("scope").consent().signed_in().await.tokens;
    assert_eq!(tokens.json["scope"], "openid email");
    // A client that is registered for none.
    let web = op.rp("web");
    for resource in [None, Some(API)] {
        let flow = web.authorize("").without("scope");
        let flow = resource.into_iter().fold(flow, |flow, name| flow.set("resource", name));
        let said = flow.refused("invalid_scope").await;
        let said = said.get("error_description").unwrap();
        assert!(said.starts_with("scope is missing") && said.contains(" openid"), "{said}");
        assert!(!said.contains("mcp:tools"), "{said}");
    }
    let op = Op::with(world([client("web")]).settings(|settings| {
        for resource in &mut settings.resources {
            resource.open_to = OpenTo::All;
        }
    }))
    .await;
    let flow = op.rp("web").authorize("").without("scope").set("resource", MCP).login("diana").consent();
    assert_eq!(op.rp("web").redeem(&flow.code().await).await.tokens().json["scope"], "mcp:tools");
    let service = client("service").set("grant_types", json!(["client_credentials"]));
    let op =
        Op::with(world([service]).settings(|settings| settings.resources[0].open_to = OpenTo::All)).await;
    let params = [("grant_type", "client_credentials"), ("resource", MCP)];
    assert_eq!(op.rp("service").token_request(&params).await.tokens().json["scope"], "mcp:tools");
}
