//! NIST SP 800-92 §2.1.2: what happens is kept: once, with who, where and from where, and together with its
//! writes.

use ::http::{Method, Request};
use serde_json::json;
use signet::admin::events::{self, Tail};
use signet::admin::users::Person;
use signet::admin::{Act, Window, users};
use signet::clock::{Clock as _, SystemRng};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::record::Recorded;
use signet_core::settings::ScopeMeaning;
use signet_core::settings::registration::Mode;
use signet_store::EventFilter;

use crate::meanwhile::NO_ROOM;
use crate::op::{Op, World, client, password};
use crate::outside::StoreKind;

const ADDRESS: &str = "192.0.2.7";

fn world() -> World {
    let service = client("service").set("grant_types", json!(["client_credentials"])).set("scope", "api");
    World::of([client("web"), service])
        .settings(|settings| drop(settings.scopes.insert("api".into(), ScopeMeaning::default())))
}

async fn op(world: World) -> Op {
    let op = Op::with(world).await;
    op.come_from(ADDRESS);
    op
}

/// Those whose kinds begin so, oldest first.
async fn of(op: &Op, kind: &str) -> Vec<Recorded> {
    op.provider().write_events().await.unwrap();
    stored(op, kind).await
}

/// The same, without those that wait to be written together.
async fn stored(op: &Op, kind: &str) -> Vec<Recorded> {
    let filter = EventFilter { kind: kind.to_owned(), ..EventFilter::default() };
    events::list(&**op.store(), &filter, &Window::default()).await.unwrap().entries
}

async fn kinds(op: &Op) -> Vec<String> {
    of(op, "").await.into_iter().map(|event| event.kind).collect()
}

/// The one of this kind.
#[track_caller]
fn only(events: Vec<Recorded>) -> Recorded {
    let [event] = events.try_into().unwrap_or_else(|events| panic!("not one: {events:?}"));
    event
}

async fn fails(op: &Op, username: &str, typed: &str) {
    let page = op.rp("web").authorize("openid").login_page().await;
    page.fill("username", username).fill("password", typed).submit("sign-in").await.on_page();
}

#[tokio::test]
async fn a_sign_in_leaves_one_event_and_tells_to_what() {
    for kind in StoreKind::BOTH {
        let op = op(world().on(kind)).await;
        let web = op.rp("web");
        let signed_in = web.signed_in("elvis", "openid offline_access").await;
        let happened = ["sign_in.succeeded", "consent.given", "authorization.granted"];
        assert_eq!(kinds(&op).await, happened);
        let event = only(of(&op, "sign_in").await);
        assert_eq!(
            (event.user.as_ref().unwrap().as_str(), event.username.as_deref()),
            ("id-of-elvis", Some("elvis"))
        );
        assert_eq!((event.client, event.address.as_deref()), (Some("web".into()), Some(ADDRESS)));
        assert!(event.request.is_some_and(|request| request.starts_with("request-")));
        assert_eq!(serde_json::to_value(&event.detail).unwrap(), json!({"method": "password", "amr": "pwd"}));
        // Each has the session that was begun.
        let session = event.session.unwrap();
        assert!(of(&op, "").await.iter().all(|event| event.session == Some(session)));
        let granted = only(of(&op, "authorization.granted").await);
        assert_eq!(granted.detail["scope"], "openid offline_access");

        // What clients do with tokens all the time is not kept, and waits for nothing.
        web.refresh(signed_in.refresh_token()).await.tokens();
        web.userinfo(&signed_in.tokens).await.succeeded();
        web.introspect(&signed_in.tokens.access_token).await.succeeded();
        web.userinfo(&signed_in.tokens).await.succeeded();
        op.rp("service").client_credentials("api").await.tokens();
        assert_eq!(kinds(&op).await, happened);
        web.revoke(signed_in.refresh_token()).await.unwrap();
        assert_eq!(only(of(&op, "token").await).kind, "token.revoked");
    }
}

/// What a crash leaves of the change, it leaves of the event.
#[tokio::test]
async fn what_changed_something_is_written_with_the_change() {
    for kind in StoreKind::BOTH {
        let world = world().settings(|settings| {
            settings.registration.mode = Mode::Open;
            settings.events.tokens = true;
        });
        let op = op(world.on(kind)).await;
        let web = op.rp("web");
        let signed_in = web.signed_in("elvis", "openid offline_access").await;
        web.revoke(signed_in.refresh_token()).await.unwrap();
        let hint = signed_in.id_token();
        op.browser().get(&op.url(&format!("/end_session?id_token_hint={hint}"))).await.on_page();
        let metadata = json!({"redirect_uris": ["https://app.example/cb"]}).to_string();
        let request = Request::post(op.url("/register")).header("content-type", "application/json");
        op.send(request.body(metadata).unwrap()).await;
        let kinds: Vec<_> = stored(&op, "").await.into_iter().map(|event| event.kind).collect();
        assert_eq!(
            kinds,
            [
                "sign_in.succeeded",
                "consent.given",
                "authorization.granted",
                "token.issued",
                "token.revoked",
                "session.ended",
                "client.registered"
            ]
        );
    }
}

#[tokio::test]
async fn tokens_are_kept_where_that_is_wanted() {
    let op = op(world().settings(|settings| settings.events.tokens = true)).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("elvis", "openid").await;
    web.userinfo(&signed_in.tokens).await.succeeded();
    web.introspect(&signed_in.tokens.access_token).await.succeeded();
    op.rp("service").client_credentials("api").await.tokens();
    let kinds =
        async |kind| -> Vec<_> { of(&op, kind).await.into_iter().map(|e| (e.kind, e.client)).collect() };
    assert_eq!(
        kinds("token").await,
        [
            ("token.issued".to_owned(), Some("web".into())),
            ("token.introspected".to_owned(), Some("web".into())),
            ("token.issued".to_owned(), Some("service".into())),
        ]
    );
    assert_eq!(only(of(&op, "userinfo").await).username.as_deref(), Some("elvis"));
}

#[tokio::test]
async fn a_wrong_password_names_the_person_and_an_unknown_name_nobody() {
    let op = op(world()).await;
    fails(&op, "elvis", "not-this-one").await;
    let event = only(of(&op, "").await);
    assert_eq!((event.kind.as_str(), event.username.as_deref()), ("sign_in.failed", Some("elvis")));
    assert_eq!((event.client, event.address.as_deref()), (Some("web".into()), Some(ADDRESS)));
    fails(&op, "my-secret-password", "x").await;
    let events = of(&op, "sign_in.failed").await;
    assert_eq!(events.len(), 2);
    assert_eq!((&events[1].user, &events[1].username), (&None, &None));
    assert!(!format!("{events:?}").contains("my-secret-password"));
}

#[tokio::test]
async fn reuse_is_kept_with_the_revocation() {
    for kind in StoreKind::BOTH {
        let op = op(world().on(kind)).await;
        let web = op.rp("web");
        let first = web.signed_in("diana", "openid offline_access").await;
        web.redeem(&first.code).await.refused("invalid_grant");
        web.redeem(&first.code).await.refused("invalid_grant");
        let event = only(of(&op, "code.reused").await);
        assert_eq!((event.severity.as_str(), event.username.as_deref()), ("warning", Some("diana")));
        assert_eq!((event.client, event.address.as_deref()), (Some("web".into()), Some(ADDRESS)));
        let second = web.authorize("openid offline_access").signed_in().await;
        let third = web.refresh(second.refresh_token()).await.tokens();
        web.refresh(third.refresh().unwrap()).await.tokens();
        web.refresh(second.refresh_token()).await.refused("invalid_grant");
        assert_eq!(only(of(&op, "refresh_token.reused").await).username.as_deref(), Some("diana"));
    }
}

#[tokio::test]
async fn a_refusal_names_its_rule_and_the_client_that_there_is() {
    let op = op(world()).await;
    let post = async |body: &str| {
        let request =
            Request::post(op.url("/token")).header("content-type", "application/x-www-form-urlencoded");
        op.send(request.body(body.to_owned()).unwrap()).await
    };
    let wrong = "grant_type=client_credentials&client_secret=not-it&client_id=";
    post(&format!("{wrong}service")).await;
    post(&format!("{wrong}nobody-at-all")).await;
    let failed = of(&op, "client.authentication_failed").await;
    let clients: Vec<_> = failed.iter().map(|event| event.client.as_ref().map(|id| id.as_str())).collect();
    assert_eq!(clients, [Some("service"), None]);
    assert!(
        failed.iter().all(|event| event.rule.as_deref().is_some_and(|rule| rule.starts_with("client_auth")))
    );
    assert!(!format!("{failed:?}").contains("nobody-at-all") && !format!("{failed:?}").contains("not-it"));

    op.rp("web").client_credentials("openid").await.refused("unauthorized_client");
    let refused = only(of(&op, "request.refused").await);
    assert_eq!((refused.client, refused.rule.as_deref()), (Some("web".into()), Some("token.grant_type")));
    assert_eq!(
        (&refused.detail["endpoint"], &refused.detail["error"]),
        (&json!("token"), &json!("unauthorized_client"))
    );

    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    web.authorize("openid").set("resource", "https://x.example").refused("invalid_target").await;
    // That nobody can be asked is nothing to keep.
    web.at(&op.another_browser()).authorize("openid").prompt("none").refused("login_required").await;
    let refused = only(of(&op, "authorization.refused").await);
    assert_eq!((refused.username.as_deref(), refused.rule.as_deref()), (Some("diana"), Some("resource")));
}

/// What is wrong shows under its application, whatever is wrong, and with the cause that only operators
/// learn.
#[tokio::test]
async fn a_misconfigured_application_is_found_by_its_events() {
    let op = op(world()).await;
    let form = "application/x-www-form-urlencoded";
    let send = async |method: Method, path: &str, kind: &str, body: String| {
        let request = Request::builder().method(method).uri(op.url(path)).header("content-type", kind);
        let request = request.header("authorization", "Basic d2ViOm5vdC1pdHMtc2VjcmV0");
        op.send(request.body(body).unwrap()).await
    };
    let post = async |path: &str, body: &str| send(Method::POST, path, form, body.to_owned()).await;
    post("/token", "grant_type=bogus").await;
    post("/token", "grant_type=authorization_code").await;
    post("/token", "grant_type=refresh_token").await;
    post("/token", "x=y").await;
    post("/token", "grant_type=refresh_token&refresh_token=a&refresh_token=b").await;
    post("/introspect", "x=y").await;
    post("/revoke", "x=y").await;
    send(Method::POST, "/token", "application/json", "{}".to_owned()).await;
    send(Method::POST, "/token", form, "x=".repeat(40_000)).await;
    send(Method::GET, "/token", form, String::new()).await;
    let refused = of(&op, "request.refused").await;
    assert_eq!(refused.len(), 10, "{refused:?}");
    for event in &refused {
        assert_eq!(event.client, Some("web".into()), "{event:?}");
    }
    let rules: Vec<_> = refused.iter().map(|event| event.rule.as_deref().unwrap()).collect();
    assert_eq!(rules[7..], ["parameters", "parameters", "method"], "{rules:?}");
    // Nobody is named who is not there.
    let request = Request::post(op.url("/token")).header("content-type", form);
    op.send(request.body("client_id=nobody-at-all".to_owned()).unwrap()).await;
    assert!(!format!("{:?}", of(&op, "").await).contains("nobody-at-all"));

    post("/token", "grant_type=client_credentials").await;
    let failed = of(&op, "client.authentication_failed").await.pop().unwrap();
    assert_eq!(
        (failed.client, &failed.detail["detail"]),
        (Some("web".into()), &json!("wrong client secret"))
    );
}

#[tokio::test]
async fn signing_out_and_what_an_operator_does_are_kept() {
    for kind in StoreKind::BOTH {
        let op = op(world().on(kind)).await;
        let signed_in = op.rp("web").signed_in("elvis", "openid").await;
        let session = only(of(&op, "sign_in").await).session;
        let hint = signed_in.id_token();
        op.browser().get(&op.url(&format!("/end_session?id_token_hint={hint}"))).await.on_page();
        let ended = only(of(&op, "session.ended").await);
        assert_eq!((ended.session, ended.username.as_deref()), (session, Some("elvis")));

        let act = Act::new("command line", op.clock.now_ms(), &SystemRng);
        users::set_locked(&**op.store(), &act, "elvis", true).await.unwrap();
        let locked = only(of(&op, "user").await);
        assert_eq!((locked.kind.as_str(), locked.username.as_deref()), ("user.locked", Some("elvis")));
        assert_eq!(locked.detail["by"], "command line");
        fails(&op, "elvis", password("elvis")).await;
        assert_eq!(only(of(&op, "sign_in.failed").await).detail["reason"], "the account is locked");
    }
}

#[tokio::test]
async fn strangers_fill_neither_the_queue_nor_the_store() {
    let op = op(world()).await;
    for number in 0..200 {
        op.send(Request::get(op.url(&format!("/authorize?client_id=n{number}"))).body("").unwrap()).await;
    }
    assert_eq!(of(&op, "request.refused").await.len(), 60);
    // Another network has room of its own.
    op.come_from("198.51.100.7");
    op.send(Request::get(op.url("/authorize?client_id=x")).body("").unwrap()).await;
    assert_eq!(of(&op, "request.refused").await.len(), 61);
    // The rest is one event that says how many there were.
    op.advance(601);
    while op.provider().sweep().await.unwrap() {}
    let counted = of(&op, "request.refused").await.pop().unwrap();
    assert_eq!((&counted.detail["times"], counted.address.as_deref()), (&json!(140), Some(ADDRESS)));
    assert_eq!(counted.detail["endpoint"], "authorization");
    assert_eq!(of(&op, "request.refused").await.len(), 62);
    // What names nobody is forgotten in an hour, and the rest with its age.
    fails(&op, "elvis", "wrong").await;
    op.advance(3601);
    while op.provider().sweep().await.unwrap() {}
    assert_eq!(kinds(&op).await, ["sign_in.failed"]);
    op.advance(90 * 86_400);
    while op.provider().sweep().await.unwrap() {}
    assert_eq!(kinds(&op).await, Vec::<String>::new());
}

/// Whoever chose the words: a stranger, or an operator who gave long names.
#[tokio::test]
async fn an_event_has_a_kibibyte_at_most() {
    for kind in StoreKind::BOTH {
        let id = format!("web-{}", "x".repeat(400));
        let spec = client(&id).redirect_uri("https://web.example/cb");
        let op = op(World::of([spec]).on(kind)).await;
        let name = "ж".repeat(255);
        let (password, claims) = (None, serde_json::Map::new());
        let person = Person { username: name.clone(), password, claims, locked: None };
        let act = Act::new("command line".repeat(100).leak(), op.clock.now_ms(), &SystemRng);
        let user = users::add(&**op.store(), &act, person, false).await.unwrap();
        let page = op.rp(&id).authorize("openid").login_page().await;
        page.fill("username", &name).fill("password", "wrong").submit("sign-in").await.on_page();
        let long = "%F0%9F%98%80".repeat(600);
        for path in [
            format!("/authorize?client_id={long}&redirect_uri=https://{long}&state={long}"),
            format!(
                "/authorize?client_id={id}&redirect_uri=https://web.example/cb&response_type={long}&state={long}"
            ),
            format!("/authorize?client_id={id}&redirect_uri={long}&response_type=code&scope={long}"),
            format!(
                "/end_session?client_id={id}&post_logout_redirect_uri=https://web.example/{long}&state={long}"
            ),
        ] {
            let request = Request::get(op.url(&path)).header("user-agent", "u".repeat(3000));
            op.send(request.header("x-request-id", "r".repeat(64)).body("").unwrap()).await;
        }
        let kept = of(&op, "").await;
        assert!(kept.len() >= 5, "{kept:?}");
        for event in &kept {
            assert!(row(event) <= 1024, "{} {event:?}", row(event));
        }
        let text = |event: &Recorded| event.username.clone().is_some_and(|name| name.ends_with('…'));
        assert!(kept.iter().filter(|event| text(event)).count() >= 2, "{kept:?}");
        // They are found by the whole name.
        let found =
            async |filter| events::list(&**op.store(), &filter, &Window::default()).await.unwrap().entries;
        let of_client =
            found(EventFilter { client: Some(id.as_str().into()), ..EventFilter::default() }).await;
        assert!(of_client.len() >= 3, "{of_client:?}");
        let of_user = found(EventFilter { users: vec![user.id.clone()], ..EventFilter::default() }).await;
        assert!(of_user.iter().any(|event| event.kind == "sign_in.failed"), "{of_user:?}");
    }
}

/// What a store keeps of it.
fn row(event: &Recorded) -> usize {
    let payload = json!({
        "at": event.at, "severity": event.severity, "username": event.username, "address": event.address,
        "request": event.request, "rule": event.rule, "detail": event.detail,
    });
    let ids = [event.kind.len()].into_iter();
    let ids = ids.chain(event.user.iter().map(|id| id.as_str().len()));
    payload.to_string().len() + ids.chain(event.client.iter().map(|id| id.as_str().len())).sum::<usize>() + 16
}

#[tokio::test]
async fn a_tail_misses_nothing_and_repeats_nothing() {
    let op = op(world()).await;
    let begun = op.clock.now();
    let mut tail = Tail::new(EventFilter::default(), begun);
    for new in [1, 0, 2] {
        for _ in 0..new {
            fails(&op, "elvis", "wrong").await;
        }
        op.advance(100);
        op.provider().write_events().await.unwrap();
        // What was written late is seen all the same, and what began long ago the first time.
        let late = if new == 1 { op.clock.now() } else { op.clock.now().minus(95) };
        assert_eq!(tail.next(&**op.store(), late).await.unwrap().len(), new);
    }
}

#[tokio::test]
async fn a_store_without_room_for_refusals_lets_people_in() {
    let op = op(world()).await;
    NO_ROOM.set(true);
    fails(&op, "elvis", "wrong").await;
    assert!(op.provider().write_events().await.is_err());
    op.rp("web").signed_in("elvis", "openid").await;
    NO_ROOM.set(false);
    let kinds = kinds(&op).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "sign_in.failed").count(), 1, "{kinds:?}");
    assert!(kinds.contains(&"sign_in.succeeded".to_owned()), "{kinds:?}");
}
