//! RFC 9700 §4.11, RFC 8252 §7: to an application that nobody has checked people agree for the place that the
//! page named. Applications that registered themselves, and those that are known by a metadata document.

use ::http::{Method, StatusCode};
use serde_json::json;
use signet_certify::assert::Answered as _;
use signet_core::settings::registration::Mode;

use super::documents::described;
use super::registered;
use crate::elsewhere::Elsewhere;
use crate::op::{ClientSpec, Op, client};

const GOOD: &str = "https://good.example/cb";
const EVIL: &str = "https://evil.example/cb";

/// Both kinds of applications.
async fn strangers(elsewhere: &Elsewhere) -> Op {
    Op::with(described(elsewhere).settings(|settings| settings.registration.mode = Mode::Open)).await
}

/// An application that is known by the document at this path.
fn document(elsewhere: &Elsewhere, path: &str, redirect_uris: &[&str], kind: &str) -> ClientSpec {
    let id = elsewhere.at(path);
    elsewhere.put(
        path,
        &json!({
            "client_id": id,
            "client_name": "Far Away",
            "redirect_uris": redirect_uris,
            "application_type": kind,
        }),
    );
    client(&id).public()
}

#[tokio::test]
async fn a_yes_is_for_the_place_that_the_page_named() {
    let elsewhere = Elsewhere::start().await;
    let op = strangers(&elsewhere).await;
    let app = registered(&op, &json!({"redirect_uris": [GOOD, EVIL]})).await.spec();
    let described = document(&elsewhere, "/client.json", &[GOOD, EVIL], "web");
    op.rp("web").signed_in("diana", "openid").await;
    for spec in [app, described] {
        let (good, evil) = (op.party(&spec.clone().redirect_uri(GOOD)), op.party(&spec.redirect_uri(EVIL)));
        let page = good.authorize("openid email").consent_page().await;
        assert!(page.text().contains("goes to good.example."), "{}", page.text());
        assert!(!page.text().contains("evil.example"), "{}", page.text());
        good.authorize("openid email").consent().code().await;
        evil.authorize("openid email").prompt("none").refused("consent_required").await;
        let page = evil.authorize("openid").consent_page().await;
        assert!(page.text().contains("goes to evil.example."), "{}", page.text());
        evil.authorize("openid").consent().code().await;
        evil.authorize("openid").prompt("none").code().await;
        // Each page says what goes to its own place.
        evil.authorize("openid email").prompt("none").refused("consent_required").await;
        good.authorize("openid email").prompt("none").code().await;
    }
}

#[tokio::test]
async fn a_place_that_comes_while_the_page_is_open_is_not_agreed_to() {
    let elsewhere = Elsewhere::start().await;
    let op = strangers(&elsewhere).await;
    op.rp("web").signed_in("diana", "openid").await;

    let app = registered(&op, &json!({"redirect_uris": [GOOD]})).await;
    let flow = op.party(&app.spec()).authorize("openid");
    let page = flow.consent_page().await;
    let both = app.update("redirect_uris", json!([GOOD, EVIL]));
    assert_eq!(app.ask(&op, Method::PUT, Some(&both)).await.status, StatusCode::OK);
    Ok(flow.read(page.submit("consent-allow").await).await).code();
    op.party(&app.spec()).authorize("openid").prompt("none").code().await;
    let evil = op.party(&app.spec().redirect_uri(EVIL));
    evil.authorize("openid").prompt("none").refused("consent_required").await;
    assert!(evil.authorize("openid").consent_page().await.text().contains("goes to evil.example."));

    let flow = op.party(&document(&elsewhere, "/c.json", &[GOOD], "web").redirect_uri(GOOD));
    let flow = flow.authorize("openid");
    let page = flow.consent_page().await;
    let described = document(&elsewhere, "/c.json", &[GOOD, EVIL], "web");
    op.advance(601);
    Ok(flow.read(page.submit("consent-allow").await).await).code();
    op.party(&described.clone().redirect_uri(GOOD)).authorize("openid").prompt("none").code().await;
    let evil = op.party(&described.redirect_uri(EVIL));
    evil.authorize("openid").prompt("none").refused("consent_required").await;
    assert!(evil.authorize("openid").consent_page().await.text().contains("goes to evil.example."));
}

/// RFC 8252 §8.6: most programs on the device do not say that they are native.
#[tokio::test]
async fn a_stranger_that_is_answered_on_the_device_is_shown_each_time() {
    const HERE: &str = "http://localhost:52430/callback";
    let elsewhere = Elsewhere::start().await;
    let op = strangers(&elsewhere).await;
    op.rp("web").signed_in("diana", "openid").await;
    let metadata = json!({"redirect_uris": [HERE], "token_endpoint_auth_method": "none"});
    let app = registered(&op, &metadata).await.spec().redirect_uri(HERE).public();
    let described =
        document(&elsewhere, "/client.json", &["http://localhost/callback"], "web").redirect_uri(HERE);
    for spec in [app, described] {
        op.party(&spec).authorize("openid").consent().code().await;
        for port in [":52430", ":60001", ""] {
            let there = op.party(&spec).answered_at(&format!("http://localhost{port}/callback"));
            there.authorize("openid").prompt("none").refused("consent_required").await;
            there.authorize("openid").consent().code().await;
        }
    }
}

/// The host of a `client_id` says who an application is, and nothing of where its answers go.
#[tokio::test]
async fn people_see_where_the_answer_of_a_stranger_goes_and_who_it_is() {
    let elsewhere = Elsewhere::start().await;
    let op = strangers(&elsewhere).await;
    let scheme = "the app on this device that opens com.example.app: links";
    for (number, (redirect_uri, kind, place)) in [
        ("https://victim.example/cb", "web", "victim.example"),
        ("http://127.0.0.1:3000/cb", "native", "a program on this device"),
        ("com.example.app:/cb", "native", scheme),
    ]
    .into_iter()
    .enumerate()
    {
        let metadata = json!({
            "redirect_uris": [redirect_uri],
            "application_type": kind,
            "token_endpoint_auth_method": "none",
        });
        let app = registered(&op, &metadata).await.spec();
        let described = document(&elsewhere, &format!("/{number}.json"), &[redirect_uri], kind);
        for (spec, is_described) in [(app, false), (described, true)] {
            let browser = op.another_browser();
            let flow = op.party(&spec.redirect_uri(redirect_uri)).at(&browser).authorize("openid");
            let login = flow.login_page().await;
            let consent = flow.clone().login("diana").consent_page().await;
            for page in [login, consent] {
                let said = format!("What you allow goes to {place}.");
                assert!(page.text().contains(&said), "{}", page.text());
                let home = format!("Its description is at {}.", elsewhere.host());
                assert_eq!(page.text().contains(&home), is_described, "{}", page.text());
            }
            // The page on which the answer leaves says where it goes, and only that.
            flow.consent().code().await;
            let transcript = op.wire.transcript();
            let left = transcript.exchanges().iter().rfind(|seen| seen.headers.contains_key("refresh"));
            let left = String::from_utf8_lossy(&left.unwrap().body).into_owned();
            let named = left.split("<br>").nth(1).unwrap().trim_start().to_lowercase();
            assert!(named.starts_with(place), "{left}");
            assert!(!left.contains(&elsewhere.host()), "{left}");
        }
    }
}
