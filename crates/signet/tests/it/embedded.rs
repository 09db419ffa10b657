//! The library in an application: what a builder refuses, and what is served and ended by hand.

use std::sync::Arc;

use ::http::Request;
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use signet::admin::Window;
use signet::admin::events;
use signet::{Background, BuildError, Builder, LoginOptions, Provider, StaticUser, routers};
use signet_core::record::Client;
use signet_core::secret::Secret;
use signet_core::settings::authentication::Context;
use signet_core::settings::{ScopeMeaning, Settings};
use signet_store::{EventFilter, MemoryStore, Store};
use tower::ServiceExt as _;

fn builder(issuer: &str) -> Builder {
    Provider::builder(issuer).signing_algs(vec!["ES256".to_owned()])
}

/// One would take sessions and tokens of the other for its own.
#[tokio::test]
async fn two_issuers_share_no_store() {
    const LOGIN: &str = "https://example.org/login";
    const PARTNER: &str = "https://example.org/partner";
    for (login, partner) in
        [(LOGIN, PARTNER), ("http://127.0.0.1:8080/login", "http://127.0.0.1:8080/partner")]
    {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let on = |issuer| builder(issuer).store(store.clone());
        let first = on(login).build().await.unwrap();
        on(login).build().await.expect("another node");
        let Err(error) = on(partner).build().await else { panic!("{partner} has the store of {login}") };
        assert!(matches!(&error, BuildError::Owned(owner) if owner == login), "{error}");
        let said = error.to_string();
        assert!(
            said.contains(login) && said.contains("Builder::store") && said.contains("moved_from"),
            "{said}"
        );
        let wrong = on(partner).moved_from("https://elsewhere.example").build().await;
        assert!(matches!(wrong, Err(BuildError::Owned(_))));

        first.reload(on(login)).await.unwrap();
        on(partner).moved_from(login).build().await.unwrap();
        on(partner).build().await.expect("it has moved");
        assert!(matches!(on(login).build().await, Err(BuildError::Owned(owner)) if owner == partner));
    }
}

#[tokio::test]
async fn what_happened_last_is_written_when_background_work_stops() {
    let provider = builder("https://op.example").build().await.unwrap();
    provider.reload(builder("https://op.example")).await.unwrap();
    let kept = async || {
        let filter = EventFilter { kind: "configuration.reloaded".to_owned(), ..EventFilter::default() };
        events::list(&**provider.store(), &filter, &Window::default()).await.unwrap().entries.len()
    };
    assert_eq!(kept().await, 0);
    Background::start(&provider).stop().await;
    assert_eq!(kept().await, 1);
}

async fn asked(router: &Router, path: &str) -> (u16, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&body).unwrap_or_default())
}

/// Discovery §2: at the root of a host there is one WebFinger for all its issuers.
#[tokio::test]
async fn several_issuers_of_one_application_share_a_host() {
    for (one, other) in [
        ("https://example.org/login", "https://example.org/partner"),
        ("https://example.org", "https://example.org/a"),
    ] {
        let of = async |issuer: &str| builder(issuer).build().await.unwrap();
        let own = Router::new().route("/own", axum::routing::get(async || "own"));
        let router = own.merge(routers(&[of(one).await, of(other).await]).unwrap());
        for issuer in [one, other] {
            let path = issuer.strip_prefix("https://example.org").unwrap();
            for place in [
                format!("{path}/.well-known/openid-configuration"),
                format!("/.well-known/oauth-authorization-server{path}"),
            ] {
                let (status, metadata) = asked(&router, &place).await;
                assert_eq!((status, &metadata["issuer"]), (200, &json!(issuer)), "{place}");
            }
            let (status, found) =
                asked(&router, &format!("/.well-known/webfinger?resource={issuer}/joe")).await;
            assert_eq!((status, &found["links"][0]["href"]), (200, &json!(issuer)), "{found}");
        }
        let (_, found) = asked(&router, "/.well-known/webfinger?resource=acct:joe@example.org").await;
        assert_eq!(found["links"][0]["href"], json!(one), "the first that knows the domain");
        let (status, _) = asked(&router, "/.well-known/webfinger?resource=acct:joe@elsewhere.example").await;
        assert_eq!(status, 404);
        assert_eq!(asked(&router, "/own").await.0, 200);
    }
}

#[tokio::test]
async fn an_account_without_a_scheme_is_found_at_any_of_several_issuers() {
    let of = async |issuer: &str| builder(issuer).build().await.unwrap();
    let router = routers(&[of("https://one.example/a").await, of("https://two.example/b").await]).unwrap();
    for (domain, issuer) in
        [("one.example", "https://one.example/a"), ("two.example", "https://two.example/b")]
    {
        let (status, found) = asked(&router, &format!("/.well-known/webfinger?resource=joe@{domain}")).await;
        assert_eq!((status, &found["links"][0]["href"]), (200, &json!(issuer)), "{found}");
    }
    assert_eq!(asked(&router, "/.well-known/webfinger?resource=bad").await.0, 400);
}

#[tokio::test]
async fn issuers_at_one_address_are_an_error() {
    let of = async |issuer: &str| builder(issuer).build().await.unwrap();
    let said = routers(&[of("https://one.example").await, of("https://two.example").await]).unwrap_err();
    let said = said.to_string();
    assert!(said.contains("https://one.example") && said.contains("https://two.example"), "{said}");
    assert!(routers(&[]).is_ok());
}

fn client(change: impl FnOnce(&mut Client)) -> Client {
    let mut client = Client::new("web");
    client.client_secret = Some(Secret::new("a-secret-of-enough-length".to_owned()));
    client.redirect_uris = vec!["https://app.example.org/callback".to_owned()];
    change(&mut client);
    client
}

async fn refused(builder: Builder) -> String {
    match builder.build().await {
        Err(error) => error.to_string(),
        // What was accepted can be served.
        Ok(provider) => {
            drop(provider.router());
            String::new()
        }
    }
}

#[tokio::test]
async fn clients_in_code_are_judged_as_those_of_a_file() {
    type Change = fn(&mut Client);
    let on = |clients: Vec<Client>| builder("https://op.example").clients(clients);
    assert_eq!(refused(on(vec![client(|_| ())])).await, "");
    let cases: &[(&str, Change)] = &[
        ("client_id", |client| client.client_id = "".into()),
        ("client_id", |client| client.client_id = "a\0b".into()),
        ("redirect_uris", |client| client.redirect_uris = vec!["/callback".into()]),
        ("redirect_uris", |client| client.redirect_uris = vec!["javascript:alert(1)".into()]),
        ("redirect_uris", |client| client.redirect_uris = vec!["https://a.example/#x".into()]),
        ("client_secret", |client| client.client_secret = Some(Secret::new(String::new()))),
        ("client_secret_hash", |client| {
            client.client_secret = None;
            client.client_secret_hash = Some("zz".into());
        }),
        ("token_endpoint_auth_method", |client| client.token_endpoint_auth_method = Some("foo".into())),
        ("jwks", |client| client.jwks = Some(json!(3))),
        ("grant_types", |client| client.grant_types = Some(vec!["foo".into()])),
        ("response_types", |client| client.response_types = Some(vec!["foo".into()])),
        ("logo_uri", |client| client.logo_uri = Some("foo".into())),
        ("access_token", |client| client.lifetimes.access_token = Some(u64::MAX)),
    ];
    for (member, change) in cases {
        let said = refused(on(vec![client(change)])).await;
        assert!(said.starts_with("client \"") && said.contains(member), "{member}: {said:?}");
    }
    let said = refused(on(vec![client(|_| ()), client(|_| ())])).await;
    assert!(said.contains("client \"web\"") && said.contains("another client"), "{said}");
}

#[tokio::test]
async fn people_in_code_are_judged_as_those_of_a_file() {
    let user = |username: &str, claims: Value| StaticUser {
        username: username.to_owned(),
        password: None,
        claims: claims.as_object().cloned().unwrap(),
        locked: false,
    };
    let on = |users: Vec<StaticUser>| builder("https://op.example").users(users);
    assert_eq!(refused(on(vec![user("ada", json!({"name": "Ada"}))])).await, "");
    for (users, member) in [
        (vec![user("", json!({}))], "username"),
        (vec![user("a\u{7}", json!({}))], "username"),
        (vec![user("ada", json!({})), user("ada", json!({}))], "username"),
        (vec![user("ada", json!({"sub": "x"}))], "claims.sub"),
        (vec![user("ada", json!({"email_verified": "yes"}))], "claims.email_verified"),
    ] {
        let said = refused(on(users)).await;
        assert!(said.starts_with("user \"") && said.contains(member), "{member}: {said:?}");
    }
}

#[tokio::test]
async fn settings_in_code_are_judged_as_those_of_a_file() {
    type Change = fn(&mut Settings);
    let cases: &[(&str, Change)] = &[
        ("paths.token", |settings| settings.paths.set("token", "token")),
        ("paths.token", |settings| settings.paths.set("token", "")),
        ("paths.token", |settings| settings.paths.set("token", "/a b")),
        ("paths.token", |settings| settings.paths.set("token", "/:a")),
        ("paths.token", |settings| settings.paths.set("token", "/{a}")),
        ("did you mean \"token\"", |settings| settings.paths.set("tokn", "/x")),
        ("lifetimes.interaction", |settings| settings.lifetimes.interaction = 0),
        ("lifetimes.session", |settings| settings.lifetimes.session = u64::MAX),
        ("help_uri", |settings| settings.help_uri = Some("javascript:alert(1)".into())),
        ("op_policy_uri", |settings| settings.op_policy_uri = Some("javascript:alert(1)".into())),
        ("scopes", |settings| drop(settings.scopes.insert("a b".into(), ScopeMeaning::default()))),
        ("authentication", |settings| {
            settings.authentication = vec![Context::password(), Context::password()]
        }),
        ("`authentication.password.lifetime`", |settings| settings.authentication[0].lifetime = Some(0)),
        ("`authentication.password.acr`", |settings| settings.authentication[0].acr = "two words".into()),
        ("`allowed_origins[0]`", |settings| settings.allowed_origins = vec!["rubbish".into()]),
    ];
    for (member, change) in cases {
        let said = refused(builder("https://op.example").settings(change)).await;
        assert!(said.contains(member), "{member}: {said:?}");
    }
    for (member, login) in [
        ("`login.threads`", LoginOptions { threads: 2000, ..LoginOptions::default() }),
        ("`login.queue`", LoginOptions { queue: 0, ..LoginOptions::default() }),
    ] {
        assert!(refused(builder("https://op.example").login(login)).await.contains(member), "{member}");
    }
    assert_eq!(refused(builder("https://op.example").settings(|s| s.paths.set("token", "/x/y"))).await, "");
}

#[test]
fn without_a_runtime_building_is_an_error() {
    let built = signet_store::contract::block_on(builder("https://op.example").build());
    assert!(built.is_err_and(|error| error.to_string().contains("tokio")));
}
