//! Who has made an account at a page, and is signed out before they agreed, has an account.

use signet::admin::{Act, users};
use signet::clock::{Clock as _, SystemRng};
use signet_certify::Page;
use signet_certify::assert::Arrived as _;

use super::{open, wish};
use crate::op::{Op, client, password};
use crate::outside::StoreKind;

/// A consent page of somebody who has just made an account: asked to by the application, or by a link.
async fn new_account(op: &Op, asked: bool) -> Page {
    let flow = op.rp("web").authorize("openid email");
    let page = match asked {
        true => flow.prompt("create").page_with("email").await,
        false => flow.follow("sign-up").page_with("email").await,
    };
    let consent = wish(&page, "nina", password("nina"), "Nina Simone", "nina@example.org").await;
    assert!(consent.has("consent-allow"), "{}", consent.text());
    consent
}

fn asks_to_sign_in(page: &Page) {
    assert!(page.has("sign-in") && page.has("password") && !page.has("email"), "{}", page.text());
}

/// `docs/sessions.md`: the sign-in page says so, and contains the user name.
#[tokio::test]
async fn who_is_signed_out_after_a_sign_up_is_asked_to_sign_in() {
    for (asked, kind) in [(true, StoreKind::Memory), (false, StoreKind::Memory), (true, StoreKind::Sqlite)] {
        for ending in ["sign-out", "lock"] {
            let op = Op::with(open([client("web")]).on(kind)).await;
            let consent = new_account(&op, asked).await;
            if ending == "lock" {
                let act = Act::new("a test", op.clock.now_ms(), &SystemRng);
                users::set_locked(&**op.store(), &act, "nina", true).await.unwrap();
            } else {
                let page = op.browser().get(&op.url("/end_session")).await.on_page();
                page.submit("sign-out-confirm").await.on_page();
            }
            let login = consent.submit("consent-allow").await.on_page();
            asks_to_sign_in(&login);
            assert_eq!(login.control("username").unwrap().value, "nina", "{ending}");
            assert!(login.document.alert.contains("signed out"), "{ending}: {}", login.document.alert);
            if ending == "sign-out" {
                let again = login.fill("password", password("nina")).submit("sign-in").await.on_page();
                assert!(again.has("consent-allow") && again.text().contains("Nina"), "{}", again.text());
            }
        }
    }
}

#[tokio::test]
async fn who_signs_in_elsewhere_after_a_sign_up_is_asked_who_goes_on() {
    for asked in [true, false] {
        let op = Op::with(open([client("web")])).await;
        let consent = new_account(&op, asked).await;
        op.rp("web").authorize("openid").prompt("login").login("diana").page().await;
        let changed = consent.submit("consent-allow").await.on_page();
        assert!(!changed.has("email") && changed.text().contains("Diana Krall"), "{}", changed.text());
        assert!(changed.document.alert.contains("signed in or out"), "{}", changed.document.alert);
    }
}

#[tokio::test]
async fn not_you_after_a_sign_up_leads_to_the_sign_in_page() {
    for asked in [true, false] {
        let op = Op::with(open([client("web")])).await;
        let login = new_account(&op, asked).await.click("not-you").await.on_page();
        asks_to_sign_in(&login);
        // From there an account can be made all the same.
        assert!(login.click("sign-up").await.on_page().has("email"));
    }
}
