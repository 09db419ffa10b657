//! RFC 8252 §7.1: an answer that opens an application on the device leaves its page behind.

use serde_json::json;

use crate::op::{Op, client, session_of};

/// The page says that it can go, and has a link. Phones get the redirect.
#[tokio::test]
async fn the_page_that_opens_an_application_can_be_closed() {
    const CALLBACK: &str = "com.example.app:/cb";
    let op = Op::with(client("app").native().set("redirect_uris", json!([CALLBACK]))).await;
    for button in ["allow", "deny"] {
        for (phone, opens) in [(None, true), (Some("?0"), true), (Some("?1"), false)] {
            let flow = op.rp("app").authorize("openid").set("redirect_uri", CALLBACK);
            let flow = if session_of(op.browser()).is_none() { flow.login("diana") } else { flow };
            let page = flow.consent_page().await;
            assert!(page.text().contains("com.example.app"), "{}", page.text());
            let cookies = op.browser().cookies();
            let cookies: Vec<_> = cookies.iter().map(|c| format!("{}={}", c.name, c.value)).collect();
            let form = format!("csrf={}&decision={button}", page.control("csrf").unwrap().value);
            let sent = http::Request::post(page.url.as_str())
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .header("cookie", cookies.join("; "));
            let sent = phone.into_iter().fold(sent, |sent, is| sent.header("sec-ch-ua-mobile", is));
            let reply = op.send(sent.body(form).unwrap()).await;
            if opens {
                let to = reply.headers["refresh"].to_str().unwrap();
                assert!(to.starts_with(&format!("0; url={CALLBACK}?")), "{to}");
                let html = String::from_utf8_lossy(&reply.body);
                assert!(html.contains("close this window") && html.contains("id=\"continue\""), "{html}");
                assert!(html.contains("<br>\ncom.example.app"), "{html}");
            } else {
                assert!(reply.headers["location"].to_str().unwrap().starts_with(CALLBACK));
            }
        }
    }
}
