//! A page that is shown once more: what a person typed and chose is on it again, and it says what happened.

use ::http::Method;
use signet_certify::Page;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_certify::browser::Browser;

use crate::op::{Op, World, client, password};

/// Seconds for which a page is open.
const OPEN: u64 = 600;
const OFFLINE: &str = "openid email offline_access";

async fn world() -> Op {
    Op::with(World::of([client("web")]).settings(|settings| {
        settings.sign_up = true;
        settings.lifetimes.interaction = OPEN;
    }))
    .await
}

/// Presses a language in the footer: a button of the page's form, which says `also`.
async fn speak(browser: &Browser, page: &Page, tag: &str, also: &[(&str, &str)]) -> Page {
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains(&format!(r#"form="typed" name="ui_locales" value="{tag}""#)), "{html}");
    let csrf = page.control("csrf").unwrap().value.clone();
    let form: Vec<_> =
        [("ui_locales", tag), ("csrf", &*csrf)].into_iter().chain(also.iter().copied()).collect();
    browser.post_form(page.url.as_str(), &form).await.on_page()
}

fn is_ticked(page: &Page) -> bool {
    page.control("optional").unwrap().checked
}

fn forget(browser: &Browser) {
    for cookie in browser.cookies() {
        browser.forget_cookie(&cookie.name);
    }
}

#[tokio::test]
async fn a_box_that_was_emptied_stays_empty_in_another_language() {
    let op = world().await;
    let page = op.rp("web").authorize(OFFLINE).login("diana").consent_page().await;
    assert!(is_ticked(&page));
    let german = speak(op.browser(), &page, "de", &[]).await;
    assert!(german.lang() == Some("de") && !is_ticked(&german));
    // And a box that was ticked again stays ticked.
    let french = speak(op.browser(), &german, "fr", &[("optional", "offline_access")]).await;
    assert!(french.lang() == Some("fr") && is_ticked(&french));
}

#[tokio::test]
async fn a_box_that_was_emptied_stays_empty_after_a_page_has_ended() {
    let op = world().await;
    let flow = op.rp("web").authorize(OFFLINE).login("diana");
    let page = flow.consent_page().await.tick("optional", false);
    op.advance(OPEN);
    let again = page.submit("consent-allow").await.on_page();
    assert!(again.url != page.url && again.has("consent-allow") && !is_ticked(&again));
    assert!(again.document.alert.contains("open for too long"), "{}", again.document.alert);
    assert!(again.document.alert.contains("was not used"), "{}", again.document.alert);
    // In another language too, which goes along when the page ends once more.
    let german = speak(op.browser(), &again, "de", &[]).await;
    op.advance(OPEN);
    let german = german.submit("consent-allow").await.on_page();
    assert!(german.lang() == Some("de") && !is_ticked(&german), "{}", german.text());
    let code = Ok(flow.read(german.submit("consent-allow").await).await).code();
    assert_eq!(op.rp("web").redeem(&code).await.tokens().scope.as_deref(), Some("openid email"));
}

#[tokio::test]
async fn a_box_that_was_emptied_stays_empty_when_somebody_else_has_signed_in() {
    for button in ["consent-allow", "consent-deny"] {
        let op = world().await;
        let flow = op.rp("web").authorize(OFFLINE).login("diana");
        let page = flow.consent_page().await.tick("optional", false);
        op.rp("web").authorize("openid").prompt("login").login("ella").consent().code().await;
        let again = page.submit(button).await.on_page();
        assert!(again.has("consent-allow") && !is_ticked(&again), "{}", again.text());
        assert!(again.document.alert.contains("signed in or out"), "{}", again.document.alert);
    }
}

#[tokio::test]
async fn a_box_that_was_emptied_stays_empty_through_a_sign_in() {
    let op = world().await;
    let page = op.rp("web").authorize(OFFLINE).login("diana").consent_page().await.tick("optional", false);
    forget(op.browser());
    let login = page.submit("consent-allow").await.on_page();
    let consent =
        login.fill("username", "diana").fill("password", password("diana")).submit("sign-in").await.on_page();
    assert!(consent.has("consent-allow") && !is_ticked(&consent), "{}", consent.text());
}

#[tokio::test]
async fn what_changed_under_a_page_is_said_and_the_box_stays_empty() {
    let mut op = world().await;
    let flow = op.rp("web").authorize(OFFLINE).login("diana");
    let page = flow.consent_page().await.tick("optional", false);
    let csrf = page.control("csrf").unwrap().value.clone();
    let (token, _) = csrf.split_once('.').unwrap();
    let old = page.fill("csrf", &format!("{token}.what-it-was-before"));
    let again = old.submit("consent-allow").await.on_page();
    assert!(again.document.alert.contains("has changed"), "{}", again.document.alert);
    assert!(!is_ticked(&again));
    again.submit("consent-allow").await.sent_away();
    op.restart().await;
}

#[tokio::test]
async fn a_name_is_kept_when_the_page_has_ended_or_its_cookie_is_gone() {
    for lose in ["time", "cookies", "marker"] {
        let op = world().await;
        let flow = op.rp("web").authorize("openid").set("ui_locales", "en");
        let german = speak(op.browser(), &flow.login_page().await, "de", &[("username", "x")]).await;
        let page = german.fill("username", "diana").fill("password", password("diana"));
        match lose {
            "time" => op.advance(OPEN),
            "cookies" => forget(op.browser()),
            // Another tab has begun anew meanwhile.
            _ => {
                forget(op.browser());
                flow.login_page().await;
            }
        }
        let again = page.submit("sign-in").await.on_page();
        assert!(again.url.path() != page.url.path() && again.has("sign-in"), "{lose}");
        assert_eq!(again.control("username").unwrap().value, "diana", "{lose}");
        assert_eq!(again.control("password").unwrap().value, "", "{lose}");
        assert!(!again.url.as_str().contains("diana"));
        assert_eq!(again.lang(), Some("de"), "{lose}");
        let alert = &again.document.alert;
        let says = if lose == "time" { "zu lange geöffnet" } else { "Cookie fehlt" };
        assert!(alert.contains(says) && alert.contains("nicht verwendet"), "{lose}: {alert}");
        let code = again.fill("password", password("diana")).submit("sign-in").await.on_page();
        assert!(code.has("consent-allow"), "{lose}");
    }
}

#[tokio::test]
async fn a_new_account_is_gone_on_with_on_the_page_that_takes_the_place_of_an_ended_one() {
    for cookies in [true, false] {
        let op = world().await;
        let flow = op.rp("web").authorize("openid").follow("sign-up");
        let typed = [("username", "nina"), ("name", "Nina Simone"), ("email", "nina@example.org")];
        let page = flow.page_with("email").await.fill("password", "feeling good");
        let page = typed.iter().fold(page, |page, (name, value)| page.fill(name, value));
        if cookies {
            op.advance(OPEN);
        } else {
            forget(op.browser());
        }
        let again = page.submit("sign-up").await.on_page();
        for (name, value) in typed {
            let control = again.control(name).unwrap_or_else(|| panic!("{name}: {}", again.text()));
            assert_eq!(control.value, value, "{name}");
        }
        assert!(again.document.alert.contains("was not used"), "{}", again.document.alert);
        let done = again.fill("password", "feeling good").submit("sign-up").await.on_page();
        assert!(done.has("consent-allow"), "{}", done.text());
    }
}

/// A form of another site comes without our cookies, and with the token of a page that its maker opened.
#[tokio::test]
async fn what_another_site_sends_is_on_no_page() {
    let op = world().await;
    let theirs = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    let csrf = theirs.control("csrf").unwrap().value.clone();
    for fields in [
        vec![("username", "mallory"), ("password", "x")],
        vec![("username", "mallory"), ("ui_locales", "de")],
        vec![
            ("username", "mallory"),
            ("decision", "sign-up"),
            ("name", "Mallory"),
            ("email", "m@evil.example"),
        ],
    ] {
        let form: Vec<_> = [("csrf", &*csrf)].into_iter().chain(fields).collect();
        let victim = op.another_browser();
        let shown =
            victim.post_form_from("https://evil.example/", theirs.url.as_str(), &form).await.on_page();
        let html = String::from_utf8_lossy(&shown.body).to_lowercase();
        assert!(shown.has("username") && !html.contains("mallory"), "{html}");
        assert!(!shown.document.alert.contains("not used"), "{}", shown.document.alert);
    }
}

/// A link to a page works in every browser: it shows nothing that was typed, and fills in nothing.
#[tokio::test]
async fn what_was_typed_is_on_no_page_of_another_browser() {
    for ends in ["open", "expired", "answered"] {
        let op = world().await;
        let typed = [("username", "nina"), ("name", "Nina Simone"), ("email", "nina@example.org")];
        let page = op.rp("web").authorize("openid").follow("sign-up").page_with("email").await;
        let page = typed.iter().fold(page, |page, (name, value)| page.fill(name, value));
        let faults = page.fill("password", "short").submit("sign-up").await.on_page();
        assert_eq!(faults.control("name").unwrap().value, "Nina Simone");
        let german = speak(op.browser(), &faults, "de", &typed).await;
        match ends {
            "expired" => op.advance(OPEN),
            "answered" => {
                let consent =
                    faults.clone().fill("password", "feeling good").submit("sign-up").await.on_page();
                consent.submit("consent-allow").await.sent_away();
            }
            _ => {}
        }
        for link in [&page_url(&faults), &page_url(&german)] {
            assert!(link.contains("notice="), "{link}");
            let known = op.another_browser();
            op.rp("web").at(&known).authorize("openid").login_page().await;
            for browser in [known, op.another_browser()] {
                let shown = browser.get(link).await.on_page();
                let html = String::from_utf8_lossy(&shown.body).to_lowercase();
                assert!(shown.has("username") && !html.contains("nina"), "{ends}: {html}");
            }
        }
        // The browser itself has it, though the page has ended.
        if ends == "expired" {
            let again = op.browser().get(&page_url(&german)).await.on_page();
            assert_eq!(again.control("name").unwrap().value, "Nina Simone");
        }
    }
}

/// Where the cookie is gone nobody knows whose page it was: what was typed goes with one redirect, which is
/// followed at once, and not from elsewhere.
#[tokio::test]
async fn a_redirect_without_a_cookie_carries_what_was_typed_for_a_minute() {
    let op = world().await;
    let page = op.rp("web").authorize("openid").login_page().await;
    for (wait, from, is_kept) in [
        (59, None, true),
        (59, Some("same-origin"), true),
        (59, Some("cross-site"), false),
        (60, None, false),
    ] {
        let sent = http::Request::post(page.url.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", page.url.origin().ascii_serialization());
        let hop = location(&op.send(sent.body("username=nina&password=x").unwrap()).await.headers);
        assert!(hop.contains("notice="), "{hop}");
        op.advance(wait);
        let opened = http::Request::get(page.url.join(&hop).unwrap().as_str());
        let opened = from.into_iter().fold(opened, |opened, site| opened.header("sec-fetch-site", site));
        let next = location(&op.send(opened.body("").unwrap()).await.headers);
        assert_eq!(next.contains("notice="), is_kept, "{wait} {from:?} {next}");
    }
}

fn page_url(page: &Page) -> String {
    page.url.to_string()
}

fn location(headers: &http::HeaderMap) -> String {
    headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_page_says_what_happened_to_the_one_before() {
    let op = world().await;
    let flow = op.rp("web").authorize("openid").login("diana");
    let login = op.rp("web").authorize("openid").login_page().await;
    let elsewhere = op.another_browser().get(login.url.as_str()).await.on_page();
    assert!(elsewhere.document.alert.contains("another browser"), "{}", elsewhere.document.alert);
    op.advance(OPEN);
    // Nothing was sent, so nothing is said to be lost.
    let again = login.reload().await.on_page();
    let alert = &again.document.alert;
    assert!(alert.contains("open for too long") && !alert.contains("sent"), "{alert}");

    let page = flow.consent_page().await;
    page.submit("consent-deny").await.sent_away();
    let again = page.submit("consent-allow").await.on_page();
    assert!(again.document.alert.contains("answered before"), "{}", again.document.alert);

    // Somebody signs out in another tab.
    let page = op.rp("web").authorize("openid").consent_page().await;
    op.browser().get(&op.url("/end_session")).await.on_page().submit("sign-out-confirm").await.on_page();
    let again = page.submit("consent-allow").await.on_page();
    assert!(again.has("sign-in"));
    assert!(again.document.alert.contains("you have been signed out"), "{}", again.document.alert);
}

#[tokio::test]
async fn a_page_of_long_ago_says_what_is_known_of_it() {
    let op = world().await;
    let page = op.rp("web").authorize("openid").login_page().await;
    op.advance(OPEN + 86_400);
    let gone = page.reload().await.on_error("expired");
    assert!(gone.text().contains("too old") && !gone.text().contains("another tab"), "{}", gone.text());
    // A form of it is not sent again when what it leads to is reloaded.
    let sent = page.fill("username", "diana").fill("password", password("diana")).submit("sign-in").await;
    sent.on_error("expired");
    let said = op.wire.transcript();
    assert_eq!(said.exchanges().last().unwrap().method, Method::GET);
}

/// "Not you?" still holds when the page on which somebody else was to sign in has ended.
#[tokio::test]
async fn whom_a_person_declined_is_not_signed_in_after_all() {
    let op = world().await;
    op.rp("web").signed_in("diana", "openid").await;
    let consent = op.rp("web").authorize("openid email").consent_page().await;
    let login = op.browser().get(consent.url.join("?switch=1").unwrap().as_str()).await.on_page();
    assert!(login.has("sign-in"));
    op.advance(OPEN);
    let again = login.reload().await.on_page();
    assert!(again.has("sign-in"), "{}", again.text());
}

/// An emptied field was typed into as well: neither what was there before nor a hint comes back.
#[tokio::test]
async fn a_name_that_was_emptied_stays_empty_and_loses_nothing_else() {
    let op = world().await;
    let value = |page: &Page, name: &str| page.control(name).unwrap().value.clone();
    let page = op.rp("web").authorize("openid").set("login_hint", "diana").login_page().await;
    let german = speak(op.browser(), &page, "de", &[("username", "")]).await;
    assert_eq!(value(&german, "username"), "");
    let page =
        op.rp("web").authorize("openid").set("login_hint", "nina").prompt("create").page_with("email").await;
    let typed = |name: &'static str| [("username", name), ("name", "Nina"), ("email", "nina@example.org")];
    let french = speak(op.browser(), &page, "fr", &typed("nina2")).await;
    let dutch = speak(op.browser(), &french, "nl", &typed("")).await;
    let all = ["username", "name", "email"].map(|name| value(&dutch, name));
    assert_eq!(all, ["", "Nina", "nina@example.org"]);
}

/// A page that ends a second time, of which nothing was sent since, does not say that something was.
#[tokio::test]
async fn only_what_was_sent_is_said_to_be_unused() {
    let op = world().await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("email").await;
    op.advance(OPEN);
    let page = page.fill("username", "nina").fill("password", "feeling good");
    let sent = page.submit("sign-up").await.on_page();
    assert!(sent.document.alert.contains("was not used"), "{}", sent.document.alert);
    let german = speak(op.browser(), &sent, "de", &[("username", "nina")]).await;
    assert!(german.document.alert.contains("nicht verwendet"), "{}", german.document.alert);
    op.advance(OPEN);
    let french = speak(op.browser(), &german, "fr", &[("username", "nina")]).await;
    let alert = &french.document.alert;
    assert!(alert.contains("trop longtemps") && !alert.contains("pris en compte"), "{alert}");
}
