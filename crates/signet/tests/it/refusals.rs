//! NIST SP 800-92 §2.1.2: what the log says of those who were refused, and of those who were let in.

use ::http::{Method, Request};
use signet_certify::Page;
use signet_certify::assert::Arrived as _;
use signet_core::settings::registration::Mode;
use signet_login::throttle::Limits;

use crate::op::{ClientSpec, Op, World, client, password};

const FORM: &str = "application/x-www-form-urlencoded";
const RIGHT: &str = "a+secret%3A+50%25%2B";

fn service() -> ClientSpec {
    client("service")
        .set("token_endpoint_auth_method", "client_secret_post")
        .set("grant_types", serde_json::json!(["client_credentials"]))
}

/// The line that says all of this.
#[track_caller]
fn says(op: &Op, all: &[&str]) {
    let log = op.log();
    assert!(log.lines().any(|line| all.iter().all(|part| line.contains(part))), "{all:?} in {log}");
}

async fn send(op: &Op, method: Method, path: &str, body: &str) {
    let request = Request::builder().method(method).uri(op.url(path)).header("content-type", FORM);
    op.send(request.body(body.to_owned()).unwrap()).await;
}

async fn sign_in(page: &Page, username: &str, password: &str) -> Page {
    page.clone().fill("username", username).fill("password", password).submit("sign-in").await.on_page()
}

#[tokio::test]
async fn a_refusal_names_who_asked_from_where_and_whether_they_have_shown_it() {
    for path in ["/token", "/introspect", "/revoke"] {
        let op = Op::with(service()).await;
        op.come_from("192.0.2.7");
        let by = |id: &str, secret: &str| {
            format!("grant_type=client_credentials&token=x&client_id={id}&client_secret={secret}")
        };
        send(&op, Method::POST, path, &by("service", "wrong")).await;
        let address = "address=\"192.0.2.7\"";
        says(
            &op,
            &[
                "code=\"invalid_client\"",
                "client=\"service\"",
                "proven=false",
                address,
                "wrong client secret",
            ],
        );
        send(&op, Method::POST, path, &by("nobody", "wrong")).await;
        says(
            &op,
            &["code=\"invalid_client\"", "client=\"nobody\"", "proven=false", address, "unknown client"],
        );
        // What cannot be read was sent by somebody as well.
        send(&op, Method::POST, path, &format!("{}&client_id=service", by("service", RIGHT))).await;
        says(&op, &["code=\"invalid_request\"", "client=\"service\"", "proven=false", address]);
        let endless = "x".repeat(5000);
        send(&op, Method::POST, path, &by(&endless, "wrong")).await;
        assert!(op.log().lines().all(|line| line.len() < 2000));
    }
    let op = Op::with(service()).await;
    op.come_from("192.0.2.7");
    let refresh = format!("grant_type=refresh_token&refresh_token=x&client_id=service&client_secret={RIGHT}");
    send(&op, Method::POST, "/token", &refresh).await;
    says(
        &op,
        &["code=\"unauthorized_client\"", "client=\"service\"", "proven=true", "address=\"192.0.2.7\""],
    );
}

#[tokio::test]
async fn a_refused_registration_or_sign_out_names_who_asked_from_where() {
    let op = Op::with(World::of([client("web")]).settings(|s| s.registration.mode = Mode::Open)).await;
    op.come_from("192.0.2.7");
    send(&op, Method::POST, "/register", "{}").await;
    says(&op, &["code=\"invalid_request\"", "address=\"192.0.2.7\"", "application/json"]);
    send(&op, Method::DELETE, "/register/somebody", "").await;
    says(&op, &["code=\"missing_token\"", "client=\"somebody\"", "proven=false", "address=\"192.0.2.7\""]);
    send(&op, Method::GET, "/end_session?client_id=web", "").await;
    says(&op, &["nobody was signed out", "client=\"web\"", "address=\"192.0.2.7\""]);
}

#[tokio::test]
async fn a_sign_in_names_person_application_address_and_what_was_wrong() {
    let op = Op::with(World::of([client("web")])).await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").login_page().await;
    let web = ["client=\"web\"", "address=\"192.0.2.7\""];
    sign_in(&page, "ella", "wrong").await;
    says(&op, &[&web[..], &["sign-in failed", "username=\"ella\"", "wrong password"]].concat());
    sign_in(&page, "nobody", "wrong").await;
    says(&op, &[&web[..], &["sign-in failed", "unknown_name", "nobody has that name"]].concat());
    sign_in(&page, "ella", password("ella")).await;
    says(&op, &[&web[..], &["sign-in succeeded", "username=\"ella\""]].concat());
}

#[tokio::test]
async fn who_has_to_wait_is_named_with_the_reason_and_the_time() {
    let limits = Limits { account: 1, address: 2, ..Limits::default() };
    let op = Op::with(World::of([client("web"), service()]).login(|login| login.limits = limits)).await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").login_page().await;
    let web = ["sign-in throttled", "client=\"web\"", "address=\"192.0.2.7\"", "seconds=60"];
    sign_in(&page, "ella", "wrong").await;
    sign_in(&page, "ella", password("ella")).await;
    says(&op, &[&web[..], &["username=\"ella\"", "throttled=\"account\""]].concat());
    sign_in(&page, "elvis", "wrong").await;
    sign_in(&page, "diana", password("diana")).await;
    says(&op, &[&web[..], &["username=\"diana\"", "throttled=\"network\""]].concat());
    for _ in 0..6 {
        send(
            &op,
            Method::POST,
            "/token",
            "grant_type=client_credentials&client_id=service&client_secret=guess",
        )
        .await;
    }
    says(
        &op,
        &[
            "code=\"temporarily_unavailable\"",
            "client=\"service\"",
            "address=\"192.0.2.7\"",
            "seconds=1",
            "throttled",
        ],
    );
}

/// A key of the log is one thing: `client` an application, `address` where something comes from.
#[tokio::test]
async fn no_address_is_called_a_client() {
    let op = Op::with(service()).await;
    op.come_from("192.0.2.7");
    send(&op, Method::POST, "/token", "client_id=service&client_secret=wrong").await;
    op.rp("service").authorize("openid").go().await.unwrap();
    assert!(!op.log().contains("client=\"192.0.2.7\"") && !op.log().contains("client=192.0.2.7"));
    assert!(!op.log().contains("peer="), "{}", op.log());
}
