//! RFC 9700 §4.1, §4.11, §4.12: where answers go, and what they take along.

use http::Method;
use serde_json::json;
use signet_certify::assert::{Answered as _, Arrived as _};

use crate::op::{Op, client, password};

const EVIL: &str = "https://evil.example/cb";

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// §4.1: the attacker has a client of their own here, and registered what they like. That makes it no address
/// of another client.
#[tokio::test]
async fn one_clients_address_is_no_place_for_anothers_answer() {
    let bye = "https://evil.example/bye";
    let op = Op::with([client("web"), client("evil").set("post_logout_redirect_uris", json!([bye]))]).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    for mode in ["query", "fragment", "form_post"] {
        let led_astray =
            op.rp("web").authorize("openid").set("redirect_uri", EVIL).set("response_mode", mode);
        led_astray.error_page("invalid_request").await;
    }
    // Nor is it one for signing out, whatever the request proves.
    for asks in [("client_id", "web"), ("id_token_hint", signed_in.id_token())] {
        let asked = op.url(&format!("/end_session?{}", query(&[asks, ("post_logout_redirect_uri", bye)])));
        op.browser().get(&asked).await.on_error("invalid_request");
    }
    op.rp("web").authorize("openid").prompt("none").code().await;
}

/// A request is what one place says: the address of a form's target adds nothing to the form, nor does a form
/// to what was asked before.
#[tokio::test]
async fn what_the_address_says_and_what_the_form_says_are_not_mixed() {
    let op = Op::with([client("web"), client("evil")]).await;
    let astray =
        query(&[("client_id", "evil"), ("redirect_uri", EVIL), ("state", "evil"), ("scope", "openid phone")]);
    let flow = op.rp("web").authorize("openid").set("state", "honest");
    let login = flow.login_page().await;
    let form = [
        ("csrf", login.control("csrf").unwrap().value.as_str()),
        ("username", "diana"),
        ("password", password("diana")),
        ("client_id", "evil"),
        ("redirect_uri", EVIL),
        ("state", "evil"),
        ("scope", "openid phone"),
    ];
    let consent = op.browser().post_form(&format!("{}?{astray}", login.url), &form).await.on_page();
    assert!(
        consent.text().contains("The web application") && !consent.text().contains("+46"),
        "{}",
        consent.text()
    );
    let code = Ok(flow.read(consent.submit("consent-allow").await).await).code();
    assert_eq!(op.rp("web").redeem(&code).await.unwrap().tokens().scope.as_deref(), Some("openid"));

    let request = op.rp("web").party.request("openid");
    let fields: Vec<(&str, &str)> = request.params().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mixed = op.url(&format!("/authorize?{astray}"));
    for from in [op.url("/"), "https://evil.example/".to_owned()] {
        let landed = op.browser().post_form_from(&from, &mixed, &fields).await.unwrap();
        op.rp("web").response(&request, &landed).await.unwrap().code().unwrap();
    }
}

/// §4.12: a redirect that repeats the form would hand the password to the client.
#[tokio::test]
async fn every_redirect_drops_the_form() {
    let bye = "https://web.example/bye";
    let op = Op::with(client("web").set("post_logout_redirect_uris", json!([bye]))).await;
    let signed_in = op.rp("web").authorize("openid").by_post().login("diana").consent().signed_in().await;
    op.rp("web").authorize("openid").by_post().code().await;
    op.rp("web").authorize("openid email").by_post().deny().refused("access_denied").await;
    let again = op.rp("web").authorize("openid").prompt("login").login_page().await;
    let again = again.fill("username", "diana").fill("password", password("diana"));
    // The sign-in leads straight to the client: this is the redirect that the attack is about.
    again.submit("sign-in").await.sent_away();
    let form = [("id_token_hint", signed_in.id_token()), ("post_logout_redirect_uri", bye)];
    op.browser().post_form_from("https://web.example/", &op.url("/end_session"), &form).await.sent_away();
    let transcript = op.wire.transcript();
    let posted = transcript.exchanges().iter().filter(|e| e.method == Method::POST);
    let mut to_the_client = 0;
    for exchange in posted {
        assert!(!exchange.headers.contains_key("refresh"), "{exchange}");
        let Some(location) = exchange.headers.get("location") else { continue };
        assert_eq!(exchange.status, 303, "{exchange}");
        let location = location.to_str().unwrap();
        assert!(!location.contains("password") && !location.contains("krall"), "{location}");
        // The page that takes the answer there is fetched, and moves on by a navigation of its own.
        to_the_client += u32::from(location.contains("/answer/"));
    }
    assert_eq!(to_the_client, 3, "{to_the_client} forms led to the client");
}
