//! The page that takes an answer to the application after a form: it is fetched, so that a reload sends
//! nothing again. RFC 8252 §7.1: where it opens an application on the device, it stays behind.

use ::http::{Request, StatusCode};
use serde_json::json;
use signet_certify::assert::Arrived as _;
use signet_certify::{Browser, Page, Reply};

use crate::op::{Op, client, path, session_of};

const CALLBACK: &str = "com.example.app:/cb";

fn cookies(browser: &Browser) -> String {
    let cookies = browser.cookies();
    cookies.iter().map(|c| format!("{}={}", c.name, c.value)).collect::<Vec<_>>().join("; ")
}

/// Sends the form of a consent page, and goes no further.
async fn sent(op: &Op, page: &Page, decision: &str, phone: Option<&str>) -> Reply {
    let form = format!("csrf={}&decision={decision}", page.control("csrf").unwrap().value);
    let sent = Request::post(page.url.as_str())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("cookie", cookies(op.browser()));
    let sent = phone.into_iter().fold(sent, |sent, is| sent.header("sec-ch-ua-mobile", is));
    op.send(sent.body(form).unwrap()).await
}

/// Opens a page in this browser, and goes no further.
async fn opened(op: &Op, browser: &Browser, address: &str) -> Reply {
    let issuer: url::Url = op.url("").parse().unwrap();
    let get = Request::get(issuer.join(address).unwrap().as_str());
    let get = get.header("accept", "text/html").header("cookie", cookies(browser));
    op.send(get.body("").unwrap()).await
}

fn html(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

async fn native() -> Op {
    let metadata = client("app").native().set("redirect_uris", json!([CALLBACK, "https://app.example/cb"]));
    Op::with(metadata.set("client_uri", "https://app.example/")).await
}

async fn asked(op: &Op, redirect_uri: &str, mode: &str) -> Page {
    let flow = op.rp("app").authorize("openid").prompt("consent").set("redirect_uri", redirect_uri);
    let flow = if mode.is_empty() { flow } else { flow.set("response_mode", mode) };
    let flow = if session_of(op.browser()).is_none() { flow.login("diana") } else { flow };
    flow.consent_page().await
}

/// The page says that it can go, and has a link. Phones get the redirect.
#[tokio::test]
async fn the_page_that_opens_an_application_can_be_closed() {
    let op = native().await;
    for decision in ["allow", "deny"] {
        for (phone, opens) in [(None, true), (Some("?0"), true), (Some("?1"), false)] {
            let page = asked(&op, CALLBACK, "").await;
            assert!(page.text().contains("com.example.app"), "{}", page.text());
            let reply = sent(&op, &page, decision, phone).await;
            let location = reply.headers["location"].to_str().unwrap();
            if opens {
                let reply = opened(&op, op.browser(), location).await;
                let to = reply.headers["refresh"].to_str().unwrap();
                assert!(to.starts_with(&format!("0; url={CALLBACK}?")), "{to}");
                let html = html(&reply);
                assert!(html.contains("close this window") && html.contains("id=\"continue\""), "{html}");
                assert!(html.contains("<br>\ncom.example.app"), "{html}");
            } else {
                assert!(location.starts_with(CALLBACK));
            }
        }
    }
}

/// What stays in the browser was fetched: to load it again sends neither a password nor an answer. It shows
/// the same for as long as a code lives, and then that it was there.
#[tokio::test]
async fn the_last_page_is_fetched_and_a_reload_sends_nothing_again() {
    let op = native().await;
    for (redirect_uri, mode) in
        [(CALLBACK, ""), ("https://app.example/cb", ""), ("https://app.example/cb", "form_post")]
    {
        let reply = sent(&op, &asked(&op, redirect_uri, mode).await, "allow", None).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{redirect_uri} {mode}");
        let address = reply.headers["location"].to_str().unwrap().to_owned();
        assert!(
            address.starts_with(&format!("{}/answer/", path())) && !address.contains("code="),
            "{address}"
        );
        let first = opened(&op, op.browser(), &address).await.ok();
        assert!(html(&first).contains("id=\"continue\""), "{}", html(&first));
        assert_eq!(first.headers.contains_key("refresh"), mode.is_empty());
        assert_eq!(html(&opened(&op, op.browser(), &address).await), html(&first));
        op.advance(59);
        assert_eq!(html(&opened(&op, op.browser(), &address).await), html(&first));
        op.advance(1);
        let over = opened(&op, op.browser(), &address).await;
        assert_eq!((over.status, over.headers.contains_key("refresh")), (StatusCode::GONE, false));
        let html = html(&over);
        assert!(html.contains("data-error=\"answered\"") && !html.contains("code="), "{html}");
        assert!(html.contains("href=\"https://app.example/\"") && html.contains("back-to-application"));
    }
}

/// The address of the page may get into a log, or be sent to somebody as a link.
#[tokio::test]
async fn an_answer_is_on_its_way_in_one_browser() {
    let op = native().await;
    let reply = sent(&op, &asked(&op, CALLBACK, "").await, "allow", None).await;
    let address = reply.headers["location"].to_str().unwrap().to_owned();
    let other = op.another_browser();
    op.rp("app").at(&other).authorize("openid").set("redirect_uri", CALLBACK).login_page().await;
    let stranger = opened(&op, &other, &address).await;
    assert_eq!(stranger.status, StatusCode::GONE);
    assert!(html(&stranger).contains("data-error=\"expired\""), "{}", html(&stranger));
    let nobody = opened(&op, &op.another_browser(), &address).await;
    assert!(html(&nobody).contains("data-error=\"expired\""), "{}", html(&nobody));
    let changed = op.browser().get(&op.url("/answer/x")).await.on_error("expired");
    assert!(!changed.has("continue"));
    opened(&op, op.browser(), &address).await.ok();
}
