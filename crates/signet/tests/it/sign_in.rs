//! NIST SP 800-63B §3.2.2, OWASP Authentication: sign-in while somebody attacks it.

use signet_certify::Page;
use signet_certify::assert::Arrived as _;
use signet_core::lookup::Lookup;
use signet_login::password::Parameters;

use crate::op::{CHEAP, Op, World, client, password};

const HASHED: &str = "signet_password_checks_total";

async fn try_password(page: &Page, username: &str, password: &str) -> Page {
    page.clone().fill("username", username).fill("password", password).submit("sign-in").await.on_page()
}

#[tokio::test]
async fn no_password_is_looked_at_without_an_open_page_of_this_browser() {
    let op = Op::with(World::of([client("web")]).settings(|settings| settings.sign_up = true)).await;
    let flow = op.rp("web").authorize("openid");
    let page = flow.login_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let sign_in = |url: String, csrf: String, browser: signet_certify::Browser| async move {
        let form = [("username", "diana"), ("password", password("diana")), ("csrf", csrf.as_str())];
        browser.post_form(&url, &form).await
    };
    let sign_up = |url: String, csrf: String, browser: signet_certify::Browser| async move {
        let form = [
            ("decision", "sign-up"),
            ("username", "nina"),
            ("password", "feeling-good"),
            ("csrf", csrf.as_str()),
        ];
        browser.post_form(&url, &form).await
    };
    // A handle that was made offline, with a token that fits the browser.
    let made_up = "sgi_AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let made_up = op.url(&format!("/interaction/{made_up}"));
    for _ in 0..2 {
        let _ = sign_in(made_up.clone(), csrf.clone(), op.browser().clone()).await;
        let _ = sign_up(made_up.clone(), csrf.clone(), op.browser().clone()).await;
    }
    // Another browser's page, with that browser's own token.
    let foreign = op.another_browser();
    let own = foreign.get(page.url.as_str()).await.on_page();
    let foreign_csrf = own.control("csrf").unwrap().value.clone();
    sign_in(page.url.to_string(), foreign_csrf.clone(), foreign.clone()).await.on_page();
    sign_up(page.url.to_string(), foreign_csrf, foreign).await.on_page();
    assert_eq!(op.metric(HASHED).await, 0);
    // One that was answered.
    let consent = try_password(&page, "diana", password("diana")).await;
    flow.read(consent.submit("consent-allow").await).await;
    assert_eq!(op.metric(HASHED).await, 1);
    sign_in(page.url.to_string(), csrf.clone(), op.browser().clone()).await.ok();
    sign_up(page.url.to_string(), csrf, op.browser().clone()).await.ok();
    assert_eq!(op.metric(HASHED).await, 1);
    // One that has ended.
    let late = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    op.advance(3601);
    try_password(&late, "diana", password("diana")).await;
    assert_eq!(op.metric(HASHED).await, 1);
}

#[tokio::test]
async fn a_right_password_under_an_older_cost_is_one_look_and_is_renewed_behind_the_answer() {
    let mut op = Op::with(client("web")).await;
    let dearer = Parameters { memory_kib: 16, ..CHEAP };
    op.restart_with(|world| world.login(|login| login.parameters = dearer)).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    assert!(try_password(&page, "ella", password("ella")).await.has("consent-allow"));
    assert_eq!(op.metric(HASHED).await, 1);
    op.until(async || {
        let facts = op.store().find(&[Lookup::Username("ella".into())]).await.unwrap();
        facts.user.unwrap().password.as_ref().unwrap().expose().contains("m=16,")
    })
    .await;
    // The new one is as good.
    op.rp("web").at(&op.another_browser()).signed_in("ella", "openid").await;
}
