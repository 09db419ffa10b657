//! OpenID Connect Core §3.1.2.3, OWASP Authentication: proving who one is, on pages that tell strangers
//! nothing.

use std::sync::Arc;

use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_certify::{Landed, Page};
use signet_core::change::Change;
use signet_core::secret::Secret;
use signet_login::password::Parameters;
use signet_login::throttle::Limits;

use crate::op::{CHEAP, Op, World, client, cookie_of, password, session_of};

async fn try_password(page: &Page, username: &str, password: &str) -> Page {
    page.clone().fill("username", username).fill("password", password).submit("sign-in").await.on_page()
}

/// What a person sees, without what they typed.
fn told(page: &Page) -> (u16, String, String) {
    let headers = format!("{:?}", page.headers.keys().collect::<Vec<_>>());
    (page.status.as_u16(), page.document.alert.clone(), headers)
}

#[tokio::test]
async fn a_wrong_password_an_unknown_and_a_locked_person_look_alike() {
    let patient = Limits { account: 100, ..Limits::default() };
    let world =
        World::of([client("web")]).locked("elvis").locked("diana").login(|login| login.limits = patient);
    let op = Op::with(world).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let wrong = try_password(&page, "ella", "not this").await;
    assert!(!wrong.document.alert.is_empty() && wrong.has("sign-in"));
    assert_eq!(wrong.control("username").unwrap().value, "ella");
    assert_eq!(wrong.control("password").unwrap().value, "");
    for (username, typed) in [
        ("nobody", "not this"),
        ("elvis", "not this"),
        ("elvis", password("elvis")),
        ("diana", password("diana")),
        ("", "not this"),
        ("el1a", password("ella")),
    ] {
        let page = try_password(&page, username, typed).await;
        assert_eq!(told(&page), told(&wrong), "{username}");
    }
    assert!(try_password(&page, "ella", "").await.has("sign-in"));
    assert!(session_of(op.browser()).is_none());
    // The page is still good for the right one.
    let landed = page.fill("username", " ella ").fill("password", password("ella")).submit("sign-in").await;
    assert!(landed.on_page().has("consent-allow"));
}

#[tokio::test]
async fn an_endless_password_is_just_wrong() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let page = try_password(&page, "diana", &"x".repeat(5000)).await;
    assert!(!page.document.alert.is_empty());
}

#[tokio::test]
async fn failures_of_an_account_make_it_wait() {
    let limits = Limits { account: 3, account_refill: 10, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    for username in ["ella", "nobody"] {
        let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
        for left in ["2 tries", "One try"] {
            let told = try_password(&page, username, "wrong").await.document.alert;
            assert!(told.contains(left), "{told}");
        }
        let right = if username == "ella" { password("ella") } else { "wrong" };
        for _ in 0..2 {
            // The third, and then one each time that the wait is over.
            let told = try_password(&page, username, "wrong").await.document.alert;
            assert!(told.contains("10"), "{told}");
            op.advance(9);
            let still = try_password(&page, username, right).await;
            assert!(
                still.has("sign-in") && still.document.alert.contains("Wait"),
                "{}",
                still.document.alert
            );
            op.advance(1);
        }
        if username == "ella" {
            assert!(try_password(&page, "ella", right).await.has("consent-allow"));
            // Success forgets the failures.
            let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
            assert!(try_password(&page, "ella", "wrong").await.document.alert.contains("2 tries"));
        }
    }
    // Others are not kept waiting.
    op.rp("web").at(&op.another_browser()).signed_in("diana", "openid").await;
}

#[tokio::test]
async fn failures_from_an_address_make_it_wait_for_every_account() {
    let limits = Limits { account: 100, address: 3, address_refill: 10, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").login_page().await;
    for username in ["ella", "elvis", "nobody"] {
        try_password(&page, username, "wrong").await;
    }
    let waits = try_password(&page, "diana", password("diana")).await;
    let alert = &waits.document.alert;
    assert!(waits.has("sign-in") && alert.contains("nothing about your own password"), "{alert}");
    op.come_from("192.0.2.8");
    assert!(try_password(&page, "diana", password("diana")).await.has("consent-allow"));
}

#[tokio::test]
async fn waiting_ends_and_is_forgotten() {
    let limits = Limits { account: 1, account_refill: 10, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    for _ in 0..5 {
        try_password(&page, "ella", "wrong").await;
        op.advance(10);
    }
    assert!(try_password(&page, "ella", password("ella")).await.has("consent-allow"));
}

#[tokio::test]
async fn a_locked_person_is_out_everywhere_at_once() {
    let mut op = Op::with([client("web"), client("other")]).await;
    let signed_in = op.rp("web").signed_in("ella", "openid offline_access").await;
    op.restart_with(|world| world.locked("ella")).await;
    op.put_user("ella", "Ella Fitzgerald").await;
    let web = op.rp("web");
    web.userinfo(&signed_in.tokens).await.refused("invalid_token");
    web.refresh(signed_in.refresh_token()).await.refused("invalid_grant");
    web.authorize("openid").prompt("none").refused("login_required").await;
    assert_eq!(web.introspect(&signed_in.tokens).await.succeeded().json["active"], false);
}

#[tokio::test]
async fn a_stored_hash_grows_with_the_settings() {
    let mut op = Op::with(client("web")).await;
    let before = op.hash_of("ella").await;
    op.rp("web").signed_in("ella", "openid").await;
    assert_eq!(op.hash_of("ella").await, before);
    let dearer = Parameters { memory_kib: 16, ..CHEAP };
    op.restart_with(|world| world.login(|login| login.parameters = dearer)).await;
    let web = op.rp("web").at(&op.another_browser());
    let page = web.authorize("openid").login_page().await;
    try_password(&page, "ella", "wrong").await;
    assert_eq!(op.hash_of("ella").await, before, "a wrong password changes nothing");
    page.fill("username", "ella").fill("password", password("ella")).submit("sign-in").await.sent_away();
    op.until(async || op.hash_of("ella").await != before).await;
    let after = op.hash_of("ella").await;
    assert!(after.contains("m=16,") && before.contains("m=8,"), "the cost is in the hash");
    let again = op.rp("web").at(&op.another_browser());
    again.authorize("openid").login("ella").code().await;
    assert_eq!(op.hash_of("ella").await, after);
}

#[tokio::test]
async fn a_hash_of_another_system_signs_its_owner_in_and_is_replaced() {
    const IMPORTED: &str = "{SSHA}SZldJZKyZfWm524fepcFRYGpznNzZWFzYWx0OA==";
    let op = Op::with(client("web")).await;
    let mut imported = op.stored("ella").await.duplicate();
    imported.password = Some(Secret::new(IMPORTED.to_owned()));
    op.store().commit(vec![Change::PutUser(Arc::new(imported))]).await.unwrap();
    let page = op.rp("web").authorize("openid").login_page().await;
    try_password(&page, "ella", IMPORTED).await;
    assert_eq!(op.hash_of("ella").await, IMPORTED, "the hash is not the password");
    let landed = page.fill("username", "ella").fill("password", password("ella")).submit("sign-in").await;
    assert!(landed.on_page().has("consent-allow"));
    // The hash may be renewed behind the answer.
    op.until(async || op.hash_of("ella").await.starts_with("$argon2id$")).await;
    let again = op.rp("web").at(&op.another_browser());
    again.authorize("openid").login("ella").consent().code().await;
}

#[tokio::test]
async fn the_session_id_changes_at_every_login() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    let first = session_of(op.browser()).unwrap();
    assert!(first.secure && first.http_only && first.host_only && first.path == "/");
    web.authorize("openid").code().await;
    assert_eq!(session_of(op.browser()).unwrap().value, first.value, "using a session does not change it");
    web.authorize("openid").prompt("login").login("diana").code().await;
    let second = session_of(op.browser()).unwrap();
    assert_ne!(first.value, second.value);
    // The old one is worth nothing.
    let thief = op.another_browser();
    thief.plant_cookie(first);
    web.clone().at(&thief).authorize("openid").prompt("none").refused("login_required").await;
    thief.plant_cookie(second);
    web.at(&thief).authorize("openid").prompt("none").code().await;
}

/// OWASP Session Fixation: a planted cookie is not adopted by the person who signs in over it.
#[tokio::test]
async fn a_planted_session_is_left_behind() {
    let op = Op::with(client("web")).await;
    let attacker = op.another_browser();
    op.rp("web").at(&attacker).signed_in("ella", "openid").await;
    let planted = session_of(&attacker).unwrap();
    op.browser().plant_cookie(planted);
    let page = op.rp("web").authorize("openid").prompt("login").login_page().await;
    try_password(&page, "diana", password("diana")).await;
    op.rp("web").at(&attacker).authorize("openid").prompt("none").refused("login_required").await;
}

#[tokio::test]
async fn a_mangled_cookie_is_nobody() {
    let op = Op::with(client("web")).await;
    op.rp("web").signed_in("diana", "openid").await;
    let cookie = session_of(op.browser()).unwrap();
    for value in [
        "",
        "x",
        "sgs_",
        &cookie.value[..62],
        &format!("{}A", cookie.value),
        &cookie.value.replace("sgs_", "sgi_"),
    ] {
        let mut bad = cookie.clone();
        value.clone_into(&mut bad.value);
        op.browser().plant_cookie(bad);
        op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
    }
}

#[tokio::test]
async fn several_tabs_each_finish() {
    let op = Op::with([client("web"), client("other")]).await;
    let (one, two, three) = (
        op.rp("web").authorize("openid"),
        op.rp("other").authorize("openid"),
        op.rp("web").authorize("openid email"),
    );
    let (first, second, third) = (one.login_page().await, two.login_page().await, three.login_page().await);
    let landed = try_password(&first, "diana", password("diana")).await.submit("consent-allow").await;
    one.read(landed).await;
    let landed = try_password(&second, "diana", password("diana")).await.submit("consent-allow").await;
    Ok(two.read(landed).await).code();
    // In the third a reload is enough: the person is signed in by now.
    let landed = third.reload().await.on_page().submit("consent-allow").await;
    Ok(three.read(landed).await).code();
}

#[tokio::test]
async fn an_expired_page_starts_the_request_again() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid").set("state", "the first one");
    let old = flow.login_page().await;
    op.advance(3601);
    let fresh = try_password(&old, "diana", password("diana")).await;
    assert!(fresh.has("sign-in") && fresh.url != old.url, "{}", fresh.url);
    let landed = try_password(&fresh, "diana", password("diana")).await.submit("consent-allow").await;
    assert_eq!(flow.read(landed).await.get("state"), Some("the first one"));
    // Opening it, days later, does the same; who opens it need not be who is signed in.
    let asked = op.browser().get(old.url.as_str()).await.on_page();
    Ok(flow.read(asked.submit("account-continue").await).await).code();
}

#[tokio::test]
async fn the_back_button_strands_nobody() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid");
    let login = flow.login_page().await;
    let consent = try_password(&login, "diana", password("diana")).await;
    // Back to the login page and forward once more.
    let again = try_password(&login, "diana", password("diana")).await;
    assert!(again.has("consent-allow"));
    // The first consent page is of the same person, who has only signed in again.
    let first = Ok(flow.read(consent.submit("consent-allow").await).await).code();
    // Back to each page after all is done: the request runs anew and leads to the application, with a new
    // code; a page that is only looked at asks as whom.
    let second = Ok(flow.read(again.submit("consent-allow").await).await).code();
    assert_ne!(first.value, second.value);
    Ok(flow.read(consent.submit("consent-allow").await).await).code();
    let landed =
        login.clone().fill("username", "diana").fill("password", password("diana")).submit("sign-in").await;
    Ok(flow.read(landed).await).code();
    let asked = login.reload().await.on_page();
    Ok(flow.read(asked.submit("account-continue").await).await).code();
    op.rp("web").redeem(&first).await.tokens();
}

#[tokio::test]
async fn two_tabs_opened_at_once_in_a_new_browser_both_finish() {
    let op = Op::with(client("web")).await;
    let first = op.rp("web").authorize("openid").set("state", "first");
    let page = first.login_page().await;
    // The second request left before the first answer's cookie came: its own takes that one's place.
    let marker = cookie_of(op.browser(), "__Host-signet-browser-").unwrap();
    op.browser().forget_cookie(&marker.name);
    let second = op.rp("web").authorize("openid").login("diana").consent().code().await;
    op.rp("web").redeem(&second).await.tokens();
    let landed = page.fill("username", "diana").fill("password", password("diana")).submit("sign-in").await;
    assert_eq!(first.read(landed).await.get("state"), Some("first"));
}

#[tokio::test]
async fn another_browser_cannot_use_the_page() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let foreign = op.another_browser();
    // Anyone who follows the link gets a page of their own, as if they had followed the application's link;
    // so does who posts to it.
    let own = foreign.get(page.url.as_str()).await.on_page();
    assert!(own.has("sign-in") && own.url.path() != page.url.path(), "{}", own.url);
    let csrf = own.control("csrf").unwrap().value.clone();
    let form = [("username", "diana"), ("password", password("diana")), ("csrf", &csrf)];
    let posted = foreign.post_form(page.url.as_str(), &form).await.on_page();
    assert!(posted.has("sign-in") && posted.url.path() != page.url.path(), "{}", posted.url);
    assert!(session_of(&foreign).is_none());
    // None is found by changing the address.
    let handle = page.url.path().rsplit('/').next().unwrap();
    for other in ["x", "sgi_x", &handle[..49]] {
        let gone = op.browser().get(&op.url(&format!("/interaction/{other}"))).await.on_error("expired");
        assert_eq!(gone.status, 410);
    }
    assert!(try_password(&page, "diana", password("diana")).await.has("consent-allow"));
}

#[tokio::test]
async fn a_form_without_its_token_is_shown_again() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid");
    let page = flow.login_page().await;
    let good = page.control("csrf").unwrap().value.clone();
    let foreign = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    let foreign = foreign.control("csrf").unwrap().value.clone();
    assert_ne!(good, foreign);
    let name_and_password = [("username", "diana"), ("password", password("diana"))];
    for csrf in [vec![], vec![("csrf", "")], vec![("csrf", foreign.as_str())]] {
        let form = [&name_and_password[..], &csrf].concat();
        let shown = op.browser().post_form(page.url.as_str(), &form).await.on_page();
        assert!(shown.has("sign-in"), "{csrf:?}");
        assert!(session_of(op.browser()).is_none());
    }
    // From another site the browser's marker does not even come along.
    let form = [&name_and_password[..], &[("csrf", good.as_str())]].concat();
    let landed = op.browser().post_form_from("https://evil.example/", page.url.as_str(), &form).await;
    assert!(landed.on_page().has("sign-in") && session_of(op.browser()).is_none());
    // Consent needs it as well.
    let consent = try_password(&page, "diana", password("diana")).await;
    let shown = op.browser().post_form(consent.url.as_str(), &[("decision", "allow")]).await.on_page();
    assert!(shown.has("consent-allow"));
    let landed = consent.submit("consent-allow").await;
    assert!(matches!(landed, Ok(Landed::Callback(_))));
}

#[tokio::test]
async fn a_session_ends_in_time_and_takes_its_refresh_tokens_along() {
    let bound = client("web").set("refresh_without_offline_access", true);
    let op = Op::with(World::of([bound]).settings(|settings| settings.lifetimes.session = 10_000)).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    // A browser that keeps the cookie for longer than it was told.
    let mut cookie = session_of(op.browser()).unwrap();
    cookie.expires = None;
    op.browser().plant_cookie(cookie.clone());
    op.advance(9999);
    web.authorize("openid").prompt("none").code().await;
    let next = web.refresh(signed_in.refresh_token()).await.tokens();
    op.browser().plant_cookie(cookie);
    op.advance(1);
    web.authorize("openid").prompt("none").refused("login_required").await;
    web.refresh(next.refresh().unwrap()).await.refused("invalid_grant");
    web.userinfo(&next).await.refused("invalid_token");
}
