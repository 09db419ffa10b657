//! What happens is counted once, wherever it is answered.

use http::Request;
use signet::clock::Clock as _;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::settings::registration::Mode;

use crate::op::{Op, World, client, password};

const FORM: &str = "application/x-www-form-urlencoded";

/// Refusals by this code, so far.
async fn refusals(op: &Op, code: &str) -> u64 {
    op.counted(&format!("signet_refusals_total{{code=\"{code}\"}}")).await
}

async fn post(op: &Op, path: &str, media_type: &str, body: &str) {
    let request = Request::post(op.url(path)).header("content-type", media_type);
    op.send(request.body(body.to_owned()).unwrap()).await;
}

#[tokio::test]
async fn each_refusal_is_counted_once_in_a_response_on_a_page_and_by_redirect() {
    let world = World::of([client("web").set("token_endpoint_auth_method", "client_secret_post")]);
    let op = Op::with(world.settings(|settings| settings.registration.mode = Mode::Open)).await;
    op.come_from("192.0.2.7");
    // While it is read, while it is decided, and of what registers itself.
    post(&op, "/token", FORM, "grant_type=a&grant_type=b").await;
    assert_eq!(refusals(&op, "invalid_request").await, 1);
    post(&op, "/token", FORM, "grant_type=client_credentials&client_id=web&client_secret=no").await;
    assert_eq!(refusals(&op, "invalid_client").await, 1);
    post(&op, "/register", "application/json", r#"{"redirect_uris": ["https://a.example/#x"]}"#).await;
    assert_eq!(refusals(&op, "invalid_redirect_uri").await, 1);
    // On a page, also of a sign-out.
    op.browser().get(&op.url("/authorize?client_id=web&redirect_uri=x")).await.on_page();
    assert_eq!(refusals(&op, "invalid_request").await, 2);
    op.browser().get(&op.url("/end_session?state=1&state=2")).await.on_page();
    assert_eq!(refusals(&op, "invalid_request").await, 3);
    // By a redirect.
    let web = op.rp("web");
    web.authorize("openid").prompt("none").refused("login_required").await;
    assert_eq!(refusals(&op, "login_required").await, 1);
    web.authorize("openid email").login("diana").deny().refused("access_denied").await;
    assert_eq!(refusals(&op, "access_denied").await, 1);
    // What has to wait.
    for _ in 0..5 {
        post(&op, "/token", FORM, "grant_type=client_credentials&client_id=web&client_secret=no").await;
    }
    assert_eq!(refusals(&op, "temporarily_unavailable").await, 2);
    assert_eq!(refusals(&op, "invalid_client").await, 4);
}

#[tokio::test]
async fn sign_ins_are_counted_by_what_came_of_them() {
    let world = World::of([client("web")]).locked("elvis");
    let op = Op::with(world.login(|login| login.limits.account = 2)).await;
    let fails = async |name: &str, typed: &str| {
        let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
        page.fill("username", name).fill("password", typed).submit("sign-in").await.on_page();
    };
    op.rp("web").signed_in("diana", "openid").await;
    fails("elvis", password("elvis")).await;
    for _ in 0..3 {
        fails("diana", "wrong").await;
    }
    let outcome =
        async |result: &str| op.counted(&format!("signet_sign_ins_total{{result=\"{result}\"}}")).await;
    assert_eq!(
        [
            outcome("succeeded").await,
            outcome("locked").await,
            outcome("wrong").await,
            outcome("throttled").await
        ],
        [1, 1, 2, 1]
    );
    assert_eq!(op.metric("signet_sign_ins_throttled_total").await, 1);
}

#[tokio::test]
async fn what_comes_again_is_counted_by_what_it_was() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let first = web.signed_in("diana", "openid offline_access").await;
    web.redeem(&first.code).await.refused("invalid_grant");
    let replays = async |of: &str| op.counted(&format!("signet_replays_total{{grant_type=\"{of}\"}}")).await;
    assert_eq!([replays("authorization_code").await, replays("refresh_token").await], [1, 0]);
    let second = web.authorize("openid offline_access").signed_in().await;
    let third = web.refresh(second.refresh_token()).await.tokens();
    web.refresh(third.refresh().unwrap()).await.tokens();
    web.refresh(second.refresh_token()).await.refused("invalid_grant");
    assert_eq!([replays("authorization_code").await, replays("refresh_token").await], [1, 1]);
}

#[tokio::test]
async fn events_without_room_are_counted_by_what_was_full() {
    let op = Op::with(client("web")).await;
    op.come_from("192.0.2.7");
    for number in 0..70 {
        op.send(Request::get(op.url(&format!("/authorize?client_id=n{number}"))).body("").unwrap()).await;
    }
    assert_eq!(op.metric("signet_events_dropped_total{reason=\"network\"}").await, 10);
}

#[tokio::test]
async fn keys_show_their_age_and_their_next_change() {
    let op = Op::with(client("web")).await;
    let (since, due) = ("signet_signing_key_active_since_seconds", "signet_keys_next_change_seconds");
    let now = op.clock.now().0;
    assert_eq!(op.metric(since).await, now);
    assert!(op.metric(due).await > now, "they are replaced some day");
}
