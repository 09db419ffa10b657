//! RFC 9700 §4.11: where pages lead that an application has sent somebody to. Anybody can register one, and
//! write any address into it.

use serde_json::{Value, json};
use signet_certify::Page;
use signet_certify::assert::Arrived as _;

use super::{BYE, end_session, web};
use crate::attacks::{registered, spec};
use crate::op::{Op, World};

const ELSEWHERE: &str = "https://evil.example/welcome";

/// An application that registered itself, with these addresses.
async fn stranger(home: &str) -> (Op, Value) {
    let ours = web().set("client_uri", "https://web.example/home");
    let op = Op::with(World::of([ours]).settings(|settings| {
        settings.registration.mode = signet_core::settings::registration::Mode::Open;
    }))
    .await;
    let app = registered(
        &op,
        &json!({
            "client_name": "Anything", "client_uri": home, "initiate_login_uri": home,
            "redirect_uris": ["https://app.example/cb"],
            "post_logout_redirect_uris": ["https://bye.example/done"],
        }),
    )
    .await;
    (op, app)
}

fn back(page: &Page) -> Option<&str> {
    let link = page.document.links.iter().find(|link| link.id.as_deref() == Some("back-to-application"));
    link.map(|link| link.href.as_str())
}

fn leads_nowhere_else(page: &Page) {
    for link in &page.document.links {
        let to = page.url.join(&link.href).unwrap();
        assert!(!to.host_str().unwrap().ends_with("evil.example"), "{to} on {page:?}");
    }
}

/// `docs/pages.md`: the link `stay` keeps the person here, whoever asked.
#[tokio::test]
async fn who_stays_signed_in_is_led_nowhere() {
    let (op, app) = stranger(ELSEWHERE).await;
    op.rp("web").signed_in("diana", "openid").await;
    let of_stranger = app["client_id"].as_str().unwrap();
    for (client, to) in [
        ("web", None),
        ("web", Some((BYE, "web.example"))),
        (of_stranger, None),
        (of_stranger, Some(("https://bye.example/done", "bye.example"))),
    ] {
        let uri = to.map(|(uri, _)| ("post_logout_redirect_uri", uri));
        let params: Vec<_> = [("client_id", client)].into_iter().chain(uri).collect();
        let asked = op.browser().get(&end_session(&op, &params)).await.on_page();
        let unchecked = client == of_stranger;
        assert!(asked.has("stay-signed-in") && back(&asked).is_none(), "{params:?}");
        assert_eq!(asked.has("unchecked"), unchecked, "{params:?}");
        // Where a yes leads is said.
        if let Some((_, host)) = to.filter(|_| unchecked) {
            assert!(asked.text().contains(&format!("leads to {host}")), "{}", asked.text());
        }
        leads_nowhere_else(&asked);
        let stayed = asked.click("stay-signed-in").await.on_page();
        assert!(stayed.text().contains("You are still signed in"), "{}", stayed.text());
        assert_eq!(back(&stayed), (!unchecked).then_some("https://web.example/home"));
        leads_nowhere_else(&stayed);
        op.rp("web").authorize("openid").prompt("none").code().await;
    }
}

/// Nobody is told that they are signed in where another tab has signed them out meanwhile.
#[tokio::test]
async fn who_was_signed_out_meanwhile_does_not_stay() {
    let op = Op::with(World::of([web()])).await;
    op.rp("web").signed_in("diana", "openid").await;
    let asked = async || op.browser().get(&end_session(&op, &[("client_id", "web")])).await.on_page();
    let (first, second) = (asked().await, asked().await);
    second.submit("sign-out-confirm").await.on_page();
    let told = first.click("stay-signed-in").await.on_page();
    assert!(!told.text().contains("still signed in"), "{}", told.text());
    assert!(told.text().contains("signed out"), "{}", told.text());
}

/// What an application says of itself is no proof of where it lives: where its answers go is.
#[tokio::test]
async fn an_application_that_registered_itself_is_linked_to_only_where_its_answers_go() {
    for (home, is_own) in [
        (ELSEWHERE, false),
        ("https://app.example/home", true),
        ("https://bye.example/home", false),
        ("https://app.example.evil.example/", false),
        ("https://app.example:8443/home", false),
    ] {
        let (op, app) = stranger(home).await;
        let named = app["client_id"].as_str().unwrap();
        let party = op.party(&spec(&app));
        let wrong = party.authorize("openid").set("max_age", "x").error_page("invalid_request").await;
        party.signed_in("diana", "openid").await;
        let else_where = [("client_id", named), ("post_logout_redirect_uri", ELSEWHERE)];
        let refused = op.browser().get(&end_session(&op, &else_where)).await.on_error("invalid_request");
        let asked = op.browser().get(&end_session(&op, &[("client_id", named)])).await.on_page();
        let stayed = asked.click("stay-signed-in").await.on_page();
        let done = asked.submit("sign-out-confirm").await.on_page();
        for page in [&wrong, &refused, &stayed, &done] {
            let led = back(page).is_some_and(|href| href.starts_with(home));
            assert_eq!((led, back(page).is_some()), (is_own, is_own), "{home}: {}", page.text());
            assert!(page.has("unchecked"), "{home}: {}", page.text());
            assert_eq!(page.text().contains("leads to app.example"), is_own, "{home}: {}", page.text());
            leads_nowhere_else(page);
        }
        // A registered address to go to after a sign-out is shown with its host.
        let bye = [("client_id", named), ("post_logout_redirect_uri", "https://bye.example/done")];
        let nobody = op.browser().get(&end_session(&op, &bye)).await.on_page();
        assert_eq!(back(&nobody), Some("https://bye.example/done"));
        assert!(
            nobody.has("unchecked") && nobody.text().contains("leads to bye.example"),
            "{}",
            nobody.text()
        );
    }
}
