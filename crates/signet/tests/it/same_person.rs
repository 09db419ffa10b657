//! A page that says something of an account is of its person: that they sign in once more in another tab
//! changes nothing of it. That they are signed out does, and the page says so.

use signet_certify::Page;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_core::change::Change;

use crate::op::{Op, World, client, password, session_of};

async fn world() -> Op {
    Op::with(World::of([client("web"), client("other")])).await
}

/// The same person proves in another tab who they are.
async fn signs_in_again(op: &Op) {
    let before = session_of(op.browser()).unwrap();
    op.rp("other").authorize("openid").prompt("login consent").login("diana").consent().code().await;
    assert_ne!(session_of(op.browser()).unwrap(), before);
}

#[tokio::test]
async fn a_yes_and_a_no_hold_when_the_same_person_has_signed_in_again() {
    for (button, error) in [("consent-allow", None), ("consent-deny", Some("access_denied"))] {
        let op = world().await;
        let flow = op.rp("web").authorize("openid email").login("diana");
        let page = flow.consent_page().await;
        signs_in_again(&op).await;
        assert_eq!(flow.read(page.submit(button).await).await.error(), error);
    }
}

/// Who has signed in within a request that asks for it need not do so once more.
#[tokio::test]
async fn a_sign_in_within_the_request_holds_when_the_same_person_has_signed_in_again() {
    let op = world().await;
    op.rp("web").signed_in("diana", "openid").await;
    let flow = op.rp("web").authorize("openid email").prompt("login").login("diana");
    let page = flow.consent_page().await;
    op.advance(10);
    signs_in_again(&op).await;
    let tokens = op.rp("web").redeem(&Ok(flow.read(page.submit("consent-allow").await).await).code()).await;
    assert!(tokens.tokens().id_token.is_some());
}

#[tokio::test]
async fn a_chosen_account_holds_when_the_same_person_has_signed_in_again() {
    let op = world().await;
    op.rp("web").signed_in("diana", "openid").await;
    let page = op.rp("web").authorize("openid").prompt("select_account").page_with("account-continue").await;
    signs_in_again(&op).await;
    page.submit("account-continue").await.sent_away();
}

#[tokio::test]
async fn a_sign_out_holds_when_the_same_person_has_signed_in_again() {
    let op = world().await;
    op.rp("web").signed_in("diana", "openid").await;
    let page = op.browser().get(&op.url("/end_session")).await.on_page();
    signs_in_again(&op).await;
    let done = page.submit("sign-out-confirm").await.on_page();
    assert!(done.text().contains("You are signed out"), "{}", done.text());
    assert!(session_of(op.browser()).is_none());
}

/// Whom they have declined stays declined.
#[tokio::test]
async fn who_said_not_me_is_not_taken_for_the_one_who_signed_in_again() {
    let op = world().await;
    op.rp("web").signed_in("diana", "openid").await;
    let consent = op.rp("web").authorize("openid email").consent_page().await;
    let login = consent.click("not-you").await.on_page();
    signs_in_again(&op).await;
    assert!(login.reload().await.on_page().has("sign-in"));
}

/// The page that takes the place of one whose person is signed out: it says so, and knows their name.
fn asks_to_sign_in_again(page: &Page) {
    assert!(page.has("sign-in"), "{}", page.text());
    assert!(page.document.alert.contains("you have been signed out"), "{}", page.document.alert);
    assert_eq!(page.control("username").unwrap().value, "elvis");
    assert!(!page.url.as_str().contains("elvis"));
}

#[tokio::test]
async fn who_is_signed_out_under_a_page_is_told_so_and_named() {
    for ends in ["operator", "tab", "time"] {
        for asked in ["consent", "account"] {
            let op = world().await;
            op.rp("web").signed_in("elvis", "openid").await;
            let (page, button) = match asked {
                "consent" => (op.rp("web").authorize("openid email").consent_page().await, "consent-allow"),
                _ => {
                    let flow = op.rp("web").authorize("openid").prompt("select_account");
                    (flow.page_with("account-continue").await, "account-continue")
                }
            };
            let elvis = signet::admin::users::get(&**op.store(), "elvis").await.unwrap().id.clone();
            match ends {
                "operator" => {
                    let end = Change::EndUser { user: elvis, keep_offline: false };
                    op.store().commit(vec![end]).await.unwrap();
                }
                "tab" => {
                    let out = op.browser().get(&op.url("/end_session")).await.on_page();
                    out.submit("sign-out-confirm").await.on_page();
                }
                _ => op.browser().forget_cookie(&session_of(op.browser()).unwrap().name),
            }
            let again = page.submit(button).await.on_page();
            asks_to_sign_in_again(&again);
            asks_to_sign_in_again(&again.reload().await.on_page());
            again.fill("password", password("elvis")).submit("sign-in").await.unwrap();
        }
    }
}

/// The page for another account has nothing of who was there before.
#[tokio::test]
async fn who_was_there_before_is_not_named_to_somebody_else() {
    let op = world().await;
    let page = op.rp("web").authorize("openid email").login("diana").consent_page().await;
    op.rp("other").authorize("openid").prompt("login").login("ella").consent().code().await;
    let again = page.submit("consent-allow").await.on_page();
    assert!(again.has("consent-allow") && again.document.alert.contains("signed in or out"));
    let html = String::from_utf8_lossy(&again.body).to_lowercase();
    assert!(html.contains("ella") && !html.contains("diana"), "{html}");
}
