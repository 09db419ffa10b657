//! NIST SP 800-92 §2.1.2: who signed in, to what, and why something was refused, is in the log: one line for
//! each thing that happens.

use ::http::{Method, Request, header};
use serde_json::{Value, json};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::settings::registration::Mode;

use crate::op::{Op, World, client};

const ADDRESS: &str = "address=\"192.0.2.7\"";
const DIANA: &str = "username=\"diana\"";
const WEB: &str = "client=\"web\"";

/// How many lines say all of this.
fn lines(op: &Op, all: &[&str]) -> usize {
    op.log().lines().filter(|line| all.iter().all(|part| line.contains(part))).count()
}

#[track_caller]
fn once(op: &Op, all: &[&str]) {
    let all = [all, &[ADDRESS]].concat();
    assert_eq!(lines(op, &all), 1, "{all:?} in {}", op.log());
}

fn world() -> World {
    let service = client("service").set("grant_types", json!(["client_credentials"])).set("scope", "api");
    World::of([client("web"), service]).settings(|settings| {
        settings.registration.mode = Mode::Open;
        settings.scopes.insert("api".into(), signet_core::settings::ScopeMeaning::default());
    })
}

#[tokio::test]
async fn a_sign_in_is_followed_from_consent_to_tokens() {
    let op = Op::with(world()).await;
    op.come_from("192.0.2.7");
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    once(&op, &["INFO", "consent granted", WEB, DIANA, "scope=\"openid offline_access\""]);
    once(&op, &["INFO", "authorization granted", WEB, DIANA, "response_type=\"code\"", "page=true"]);
    let issued =
        ["INFO", "tokens issued", WEB, DIANA, "scope=\"openid offline_access\"", "audience=\"https://"];
    once(&op, &[&issued[..], &["grant_type=\"authorization_code\""]].concat());
    // No page is shown any more.
    let second = web.authorize("openid").signed_in().await;
    once(&op, &["authorization granted", WEB, DIANA, "scope=\"openid\"", "page=false"]);
    web.refresh(signed_in.refresh_token()).await.tokens();
    once(&op, &[&issued[..], &["grant_type=\"refresh_token\""]].concat());
    web.revoke(&second.tokens.access_token).await.unwrap();
    once(&op, &["INFO", "token revoked", WEB, DIANA]);
    web.revoke("nonsense").await.unwrap();
    once(&op, &["token revoked"]);
    op.rp("service").client_credentials("api").await.tokens();
    let of_service = ["INFO", "tokens issued", "client=\"service\"", "grant_type=\"client_credentials\""];
    once(&op, &of_service);
    assert_eq!(lines(&op, &["client=\"service\"", "username"]), 0, "nobody is there: {}", op.log());
}

#[tokio::test]
async fn what_the_application_is_refused_is_said_with_its_reason() {
    let op = Op::with(world()).await;
    op.come_from("192.0.2.7");
    let web = op.rp("web");
    web.authorize("openid").prompt("none").refused("login_required").await;
    once(&op, &["INFO", "authorization refused", WEB, "code=\"login_required\""]);
    assert_eq!(lines(&op, &["authorization refused", "username"]), 0);
    web.authorize("openid").login("diana").deny().refused("access_denied").await;
    once(&op, &["INFO", "consent denied", WEB, DIANA]);
    assert_eq!(lines(&op, &["access_denied"]), 0, "one line for one thing");
    web.authorize("openid").set("resource", "https://other.example").refused("invalid_target").await;
    once(
        &op,
        &["authorization refused", WEB, DIANA, "code=\"invalid_target\"", "reason=\"resource is unknown"],
    );
}

#[tokio::test]
async fn a_replay_is_a_warning_that_names_the_person() {
    let op = Op::with(world()).await;
    op.come_from("192.0.2.7");
    let web = op.rp("web");
    let first = web.signed_in("diana", "openid offline_access").await;
    let replayed = ["WARN", "replayed; all tokens of this authorization are revoked", WEB, DIANA];
    web.redeem(&first.code).await.refused("invalid_grant");
    once(&op, &[&replayed[..], &["authorization code", "grant_type=\"authorization_code\""]].concat());
    web.redeem(&first.code).await.refused("invalid_grant");
    assert_eq!(lines(&op, &["replayed; all tokens"]), 1, "what has ended raises no alarm again");
    let second = web.authorize("openid offline_access").signed_in().await;
    let third = web.refresh(second.refresh_token()).await.tokens();
    web.refresh(third.refresh().unwrap()).await.tokens();
    web.refresh(second.refresh_token()).await.refused("invalid_grant");
    once(&op, &[&replayed[..], &["refresh token", "grant_type=\"refresh_token\""]].concat());
}

/// Where the log has warnings only, what may be an attack is in it.
#[tokio::test]
async fn throttling_is_a_warning_in_the_log_as_in_the_events() {
    let op = Op::with(world().login(|login| login.limits.account = 1)).await;
    op.come_from("192.0.2.7");
    for _ in 0..2 {
        let page = op.rp("web").authorize("openid").login_page().await;
        page.fill("username", "diana").fill("password", "wrong").submit("sign-in").await.on_page();
    }
    once(&op, &["INFO", "sign-in failed", WEB, DIANA]);
    once(&op, &["WARN", "sign-in throttled", WEB, DIANA, "throttled=\"account\"", "seconds="]);
    for _ in 0..5 {
        let guess = "grant_type=client_credentials&client_id=service&client_secret=no";
        let request = Request::post(op.url("/token"));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        op.send(request.body(guess.to_owned()).unwrap()).await;
    }
    let throttled =
        lines(&op, &["WARN", "client authentication throttled", "client=\"service\"", "seconds="]);
    assert!(throttled > 0, "{}", op.log());
}

#[tokio::test]
async fn what_is_revoked_once_has_one_line() {
    let op = Op::with(world()).await;
    op.come_from("192.0.2.7");
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    for _ in 0..3 {
        web.revoke(signed_in.refresh_token()).await.unwrap();
    }
    once(&op, &["INFO", "token revoked", WEB, DIANA]);
}

#[tokio::test]
async fn a_registration_is_said_when_it_is_made_changed_and_removed() {
    let op = Op::with(world()).await;
    op.come_from("192.0.2.7");
    let send = async |method: Method, url: &str, token: Option<&str>, body: Value| {
        let request =
            Request::builder().method(method).uri(url).header(header::CONTENT_TYPE, "application/json");
        let request = token
            .iter()
            .fold(request, |request, token| request.header(header::AUTHORIZATION, format!("Bearer {token}")));
        op.send(request.body(body.to_string()).unwrap()).await
    };
    let uris = json!(["https://app.example/cb"]);
    let wish = json!({"redirect_uris": uris, "backchannel_logout_uri": "https://app.example/out"});
    let reply = send(Method::POST, &op.url("/register"), None, wish).await;
    let text = |name: &str| reply.json[name].as_str().unwrap();
    let (id, place) = (text("client_id"), text("registration_client_uri"));
    let named = format!("client=\"{id}\"");
    once(&op, &["INFO", "registration created", &named, "left_out=\"backchannel_logout_uri\""]);
    let body = json!({"client_id": id, "redirect_uris": uris, "client_name": "Notes"});
    let token = text("registration_access_token");
    let changed = send(Method::PUT, place, Some(token), body).await;
    assert_eq!(changed.status, 200, "{}", changed.json);
    once(&op, &["INFO", "registration updated", &named]);
    let token = changed.json["registration_access_token"].as_str().unwrap_or(token);
    assert_eq!(send(Method::DELETE, place, Some(token), Value::Null).await.status, 204);
    once(&op, &["INFO", "registration deleted", &named]);
}

#[tokio::test]
async fn a_sign_out_is_said_with_what_proved_it() {
    let op = Op::with(world()).await;
    op.come_from("192.0.2.7");
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    let place = op.url(&format!("/end_session?id_token_hint={}", signed_in.id_token()));
    op.browser().get(&place).await.on_page();
    once(&op, &["INFO", "sign-out succeeded", WEB, DIANA, "by=\"application\"", "reason=\"id_token_hint\""]);
    web.authorize("openid").login("diana").code().await;
    let page = op.browser().get(&op.url("/end_session")).await.on_page();
    assert_eq!(lines(&op, &["sign-out succeeded"]), 1, "nobody has confirmed it yet");
    page.submit("sign-out-confirm").await.unwrap();
    once(&op, &["INFO", "sign-out succeeded", DIANA, "reason=\"confirmed by the user\""]);
    // Nobody is signed in any more.
    op.browser().get(&op.url("/end_session")).await.on_page();
    assert_eq!(lines(&op, &["sign-out succeeded"]), 2);
}

/// Who was refused an account says so to the operator, who finds out why. What was typed may be a password.
#[tokio::test]
async fn a_refused_sign_up_is_said_with_its_reasons() {
    let op = Op::with(World::of([client("web")]).settings(|settings| settings.sign_up = true)).await;
    op.come_from("192.0.2.7");
    let mut page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    for (name, password, reason) in [
        ("adm1n", "correct horse", "user name reserved"),
        ("diana", "correct horse", "user name taken, or like another"),
        ("nina", "hunter2", "password too short"),
        ("nina", "password1", "password too common"),
        ("adm1n", "hunter3", "password too short, user name reserved"),
    ] {
        page = page.fill("username", name).fill("password", password).submit("sign-up").await.on_page();
        let reason = format!("reason=\"{reason}\"");
        once(&op, &["INFO", "sign-up refused", WEB, "unknown_name=", &reason]);
        let line = op.log().lines().rfind(|line| line.contains("sign-up refused")).unwrap().to_owned();
        assert!(!line.contains(name) && !line.contains(password), "{line}");
    }
    assert_eq!(lines(&op, &["sign-up refused"]), 5);
    page.fill("username", "nina").fill("password", "correct horse").submit("sign-up").await.on_page();
    assert_eq!((lines(&op, &["sign-up refused"]), lines(&op, &["sign-up accepted"])), (5, 1));
}
