//! Pages that are shown again while another tab goes on: a look answers nothing, and links of a page that has
//! ended keep their meaning.

use serde_json::json;
use signet_certify::Page;
use signet_certify::assert::Arrived as _;
use signet_certify::html::Link;

use crate::op::{Op, World, client, password};

/// Seconds for which a page is open.
const OPEN: u64 = 600;

async fn world() -> Op {
    let app = client("web").set("client_uri", "https://web.example/home");
    Op::with(World::of([app]).settings(|settings| {
        settings.sign_up = true;
        settings.lifetimes.interaction = OPEN;
    }))
    .await
}

/// A sign-in page whose owner has typed their name, while somebody else signs in and agrees in another tab.
async fn overtaken(op: &Op) -> Page {
    let page = op.rp("web").authorize("openid").login_page().await;
    op.rp("web").authorize("openid").login("ella").consent().code().await;
    page
}

fn csrf(page: &Page) -> String {
    page.control("csrf").unwrap().value.clone()
}

fn asks_which_account(page: &Page) {
    assert!(page.has("account-continue") && page.has("account-other"), "{}", page.text());
    assert!(page.text().contains("Ella"), "{}", page.text());
}

async fn open(op: &Op, page: &Page, query: &str) -> Page {
    op.browser().get(page.url.join(query).unwrap().as_str()).await.on_page()
}

#[tokio::test]
async fn another_language_sends_nobody_away() {
    for expired in [false, true] {
        let op = world().await;
        let page = overtaken(&op).await;
        if expired {
            op.advance(OPEN);
        }
        // By the button of the form, with what was typed, and by an address.
        let form = [("csrf", csrf(&page)), ("username", "diana".into()), ("ui_locales", "de".into())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let german = op.browser().post_form(page.url.as_str(), &form).await.on_page();
        asks_which_account(&german);
        assert_eq!(german.lang(), Some("de"));
        asks_which_account(&open(&op, &page, "?ui_locales=fr").await);
        // And once more from there.
        asks_which_account(&german.reload().await.on_page());
        // Whoever it is says so: the other one finds what they typed, and Ella goes on.
        let login = german.submit("account-other").await.on_page();
        assert!(login.has("sign-in"));
        assert_eq!(login.control("username").unwrap().value, "diana");
        german.submit("account-continue").await.sent_away();
    }
}

/// `docs/pages.md`: nor does a page that is reloaded, or come back to, whose application asks nobody to
/// agree.
#[tokio::test]
async fn a_page_that_is_reloaded_sends_nobody_away() {
    for expired in [false, true] {
        let app = client("web").set("skip_consent", true);
        let op = Op::with(World::of([app]).settings(|settings| settings.lifetimes.interaction = OPEN)).await;
        let page = op.rp("web").authorize("openid").login_page().await;
        op.rp("web").authorize("openid").login("ella").code().await;
        if expired {
            op.advance(OPEN);
        }
        for query in ["", "?method=password", "?account=new"] {
            asks_which_account(&open(&op, &page, query).await);
        }
        let again = page.reload().await.on_page();
        asks_which_account(&again);
        again.submit("account-continue").await.sent_away();
    }
}

#[tokio::test]
async fn what_is_said_of_a_wrong_password_sends_nobody_away() {
    let op = world().await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let wrong = page.fill("username", "diana").fill("password", "wrong").submit("sign-in").await.on_page();
    op.rp("web").authorize("openid").login("ella").consent().code().await;
    asks_which_account(&wrong.reload().await.on_page());
}

#[tokio::test]
async fn a_form_without_its_token_sends_nobody_away() {
    let op = world().await;
    let page = overtaken(&op).await;
    let form = [("username", "diana"), ("password", password("diana"))];
    asks_which_account(&op.browser().post_form(page.url.as_str(), &form).await.on_page());
}

/// What is sent to a page that has ended speaks for who sent it, and for nobody who signed in meanwhile.
#[tokio::test]
async fn a_name_typed_into_an_ended_page_is_not_answered_for_somebody_else() {
    let op = world().await;
    let page = overtaken(&op).await;
    op.advance(OPEN);
    let sent = |name: &'static str| page.clone().fill("username", name).fill("password", password(name));
    let shown = sent("diana").submit("sign-in").await.on_page();
    asks_which_account(&shown);
    assert!(shown.document.alert.contains("was not used"), "{}", shown.document.alert);
    // Who is signed in already, as after a double click, goes on.
    sent("ella").submit("sign-in").await.sent_away();
}

#[tokio::test]
async fn a_no_on_an_ended_page_is_not_answered_by_a_yes() {
    let op = world().await;
    let consent = op.rp("web").authorize("openid").login("ella").consent_page().await;
    op.rp("web").authorize("openid").consent().code().await;
    op.advance(OPEN);
    asks_which_account(&consent.submit("consent-deny").await.on_page());
}

#[tokio::test]
async fn links_of_an_ended_page_keep_their_meaning() {
    let op = world().await;
    let login = op.rp("web").authorize("openid").login_page().await;
    let consent = op.rp("web").authorize("openid email").login("ella").consent_page().await;
    let sign_up = op.rp("web").authorize("openid").prompt("create").page_with("email").await;
    op.advance(OPEN);
    let new = login.click("sign-up").await.on_page();
    assert!(new.has("email") && new.document.alert.contains("open for too long"), "{}", new.text());
    let other = consent.click("not-you").await.on_page();
    assert!(other.has("sign-in") && !other.has("not-you"), "{}", other.text());
    let known = sign_up.click("sign-in").await.on_page();
    assert!(!known.has("email"), "{}", known.text());
}

#[tokio::test]
async fn a_page_of_long_ago_leads_back_to_the_application() {
    let op = world().await;
    let page = op.rp("web").authorize("openid").login_page().await;
    op.advance(OPEN + 86_400);
    for query in ["", "?ui_locales=de", "?account=new", "?switch=1"] {
        let gone = op.browser().get(page.url.join(query).unwrap().as_str()).await.on_error("expired");
        let back = gone.document.links.iter().find(|link| link.id.as_deref() == Some("back-to-application"));
        assert_eq!(back.unwrap().href, "https://web.example/home", "{query}");
        assert!(gone.text().contains("The web application"), "{}", gone.text());
    }
}

/// The page names who is asked, and has a way for everybody else.
#[tokio::test]
async fn who_is_to_sign_in_again_is_named() {
    let op = world().await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    op.advance(10);
    for again in [web.authorize("openid").prompt("login"), web.authorize("openid").max_age(5)] {
        let page = again.login_page().await;
        assert!(page.text().contains("signed in as Diana Krall"), "{}", page.text());
        assert_eq!(page.control("username").unwrap().value, "diana");
        let german = open(&op, &page, "?ui_locales=de").await;
        assert!(german.text().contains("als Diana Krall angemeldet"), "{}", german.text());
        let wrong = page.fill("password", "wrong").submit("sign-in").await.on_page();
        assert!(wrong.text().contains("Diana Krall") && wrong.has("not-you"), "{}", wrong.text());
        let other = german.click("not-you").await.on_page();
        assert_eq!((other.lang(), other.control("username").unwrap().value.as_str()), (Some("de"), ""));
        assert!(!other.text().contains("Diana") && !other.has("not-you"), "{}", other.text());
        let consent =
            other.fill("username", "ella").fill("password", password("ella")).submit("sign-in").await;
        assert!(consent.on_page().text().contains("Ella"));
        web.authorize("openid").prompt("login").login("diana").code().await;
        op.advance(10);
    }
    // Where nobody is signed in there is nobody to name.
    let stranger = web.at(&op.another_browser()).authorize("openid").prompt("login").login_page().await;
    assert!(!stranger.has("not-you"));
}

/// A sign-out request that came by a form: its page, in another language when the request has ended.
#[tokio::test]
async fn a_posted_sign_out_keeps_the_way_back_when_it_has_ended() {
    const BYE: &str = "https://web.example/bye";
    let app = client("web").set("post_logout_redirect_uris", json!([BYE]));
    let op = Op::with(World::of([app]).settings(|settings| settings.lifetimes.interaction = OPEN)).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    let ella = op.another_browser();
    op.rp("web").at(&ella).authorize("openid").login("ella").consent().code().await;
    let named = ("client_id", "web");
    // Nobody is signed in; somebody is; somebody else is than the hint says.
    for (browser, who) in [
        (&op.another_browser(), named),
        (op.browser(), named),
        (&ella, ("id_token_hint", signed_in.id_token())),
    ] {
        let form = [who, ("post_logout_redirect_uri", BYE), ("state", "x")];
        let posted = browser.post_form_from("https://web.example/", &op.url("/end_session"), &form).await;
        let posted = posted.on_page();
        op.advance(OPEN);
        let german = posted.document.links.iter().find(|link| link.href.contains("ui_locales=de")).unwrap();
        let german = browser.get(posted.url.join(&german.href).unwrap().as_str()).await.on_page();
        assert_eq!(german.lang(), Some("de"));
        let back = if german.has("sign-out-confirm") {
            german.submit("sign-out-confirm").await.sent_away().to_string()
        } else {
            let is_back = |link: &&Link| link.id.as_deref() == Some("back-to-application");
            german.document.links.iter().find(is_back).unwrap().href.clone()
        };
        assert_eq!(back, format!("{BYE}?state=x"), "{}", german.text());
    }
}
