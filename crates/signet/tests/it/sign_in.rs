//! NIST SP 800-63B §3.2.2, OWASP Authentication: sign-in while somebody attacks it.

mod one_network;

use std::sync::Arc;

use signet::admin::Act;
use signet::admin::users::{self, Person, Update};
use signet::clock::Clock as _;
use signet_certify::Page;
use signet_certify::assert::Arrived as _;
use signet_core::change::Change;
use signet_core::secret::Secret;
use signet_login::password::{Memory, Parameters, Password};
use signet_login::throttle::Limits;
use signet_store::{List, Listed};

use crate::op::{CHEAP, Op, World, client, cookie_of, password};
use crate::outside::SeededRng;

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
    op.until(async || op.hash_of("ella").await.contains("m=16,")).await;
    // The renewal is hashing too, and the new one is as good.
    assert_eq!(op.metric(HASHED).await, 2);
    op.rp("web").at(&op.another_browser()).signed_in("ella", "openid").await;
}

/// A wait of days is no short one, and others may have caused it; whether there is such an account is not
/// said.
#[tokio::test]
async fn a_long_wait_is_told_as_what_it_is_and_what_helps() {
    let limits = Limits { account: 9, strangers_per_month: 10, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let mut told = Vec::new();
    for name in ["ella", "nobody"] {
        // Half of a month's at once, and one more each six days.
        for _ in 0..4 {
            let wrong = try_password(&page, name, "wrong").await.document.alert;
            assert!(wrong.contains("do not match") && !wrong.contains("short"), "{wrong}");
        }
        try_password(&page, name, "wrong").await;
        let alert = try_password(&page, name, "wrong").await.document.alert;
        assert!(alert.contains("Wait 6 days") && alert.contains("Attempts of others"), "{alert}");
        assert!(alert.contains("in which you have signed in here before"), "{alert}");
        told.push(alert);
    }
    assert_eq!(told[0], told[1]);
}

/// OWASP device cookies: strangers guess without end, and the owner gets in from a browser of their own.
#[tokio::test]
async fn strangers_keep_no_owner_out_of_a_browser_that_is_known_to_them() {
    let limits = Limits { account: 3, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    op.rp("web").signed_in("ella", "openid").await;
    let strange = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    for _ in 0..4 {
        try_password(&strange, "ella", "wrong").await;
    }
    assert!(try_password(&strange, "ella", password("ella")).await.document.alert.contains("Wait"));
    let page = op.rp("web").authorize("openid").prompt("login").login_page().await;
    // A slip is forgiven there as well, and has a limit of its own.
    let slip = try_password(&page, "ella", "wrong").await;
    assert!(slip.document.alert.contains("2 tries"), "{}", slip.document.alert);
    op.rp("web").authorize("openid").prompt("login").login("ella").code().await;
    for _ in 0..3 {
        try_password(&page, "ella", "wrong").await;
    }
    assert!(try_password(&page, "ella", password("ella")).await.document.alert.contains("Wait"));
    // It is known to nobody else.
    try_password(&page, "elvis", "wrong").await;
    assert!(op.log().contains("elvis"));
}

/// A known browser has the tries of a stranger after its own: the last one is only announced before the wait.
#[tokio::test]
async fn a_known_browser_is_told_of_its_last_try_once() {
    let limits = Limits { account: 3, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    op.rp("web").signed_in("ella", "openid").await;
    let page = op.rp("web").authorize("openid").prompt("login").login_page().await;
    for told in ["match.", "match.", "3 tries", "2 tries", "One try", "Wait"] {
        let alert = try_password(&page, "ella", "wrong").await.document.alert;
        assert!(alert.trim().ends_with(told) || alert.contains(told) && told != "match.", "{told}: {alert}");
    }
}

#[tokio::test]
async fn a_known_browser_is_a_strangers_after_the_password_has_changed() {
    let limits = Limits { account: 2, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    op.rp("web").signed_in("ella", "openid").await;
    let mut user = op.stored("ella").await.duplicate();
    let typed = Secret::new("another password".to_owned());
    let hash = Password::new(CHEAP).unwrap().hash(&mut Memory::default(), &typed, [9; 16]).unwrap();
    user.set_password(Some(Secret::new(hash)));
    op.store().commit(vec![Change::PutUser(Arc::new(user))]).await.unwrap();
    let strange = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    for _ in 0..2 {
        try_password(&strange, "ella", "wrong").await;
    }
    let page = op.rp("web").authorize("openid").prompt("login").login_page().await;
    assert!(try_password(&page, "ella", "another password").await.document.alert.contains("Wait"));
}

/// A hash of Ella's password that another system made.
const IMPORTED: &str = "{SSHA}SZldJZKyZfWm524fepcFRYGpznNzZWFzYWx0OA==";

async fn import(op: &Op, hash: &str) {
    let ella = Person {
        username: "ella".to_owned(),
        password: Some(Secret::new(hash.to_owned())),
        claims: serde_json::Map::new(),
        locked: None,
    };
    let update = Some(Update { keep_offline: false });
    let rng = SeededRng::new(4);
    let act = Act::new("a test", op.clock.now_ms(), &rng);
    users::import(&**op.store(), &act, vec![ella], update, false).await.unwrap();
}

async fn is_renewed(op: &Op) -> bool {
    op.hash_of("ella").await.starts_with("$argon2id$")
}

#[tokio::test]
async fn a_browser_stays_known_when_the_hash_is_renewed() {
    let limits = Limits { account: 2, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    import(&op, IMPORTED).await;
    op.rp("web").signed_in("ella", "openid").await;
    op.until(async || is_renewed(&op).await).await;
    let strange = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    for _ in 0..3 {
        try_password(&strange, "ella", "wrong").await;
    }
    assert_eq!(try_password(&strange, "ella", password("ella")).await.status, 429);
    op.rp("web").authorize("openid").prompt("login").login("ella").code().await;
}

#[tokio::test]
async fn the_same_import_again_ends_nothing_although_the_hash_was_renewed() {
    let op = Op::with(client("web")).await;
    import(&op, IMPORTED).await;
    op.rp("web").signed_in("ella", "openid").await;
    op.until(async || is_renewed(&op).await).await;
    for _ in 0..2 {
        import(&op, IMPORTED).await;
        op.rp("web").authorize("openid").prompt("none").code().await;
        assert!(is_renewed(&op).await, "the older hash does not come back");
    }
    // Another one is a new password.
    import(&op, "{SSHA}SZldJZKyZfWm524fepcFRYGpznNzZWFzYWx0OB==").await;
    op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
}

#[tokio::test]
async fn a_known_browser_is_a_strangers_after_the_password_in_the_configuration_has_changed() {
    let limits = Limits { account: 2, ..Limits::default() };
    let mut op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    let strange = async |op: &Op| {
        let page = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
        for _ in 0..2 {
            try_password(&page, "diana", "wrong").await;
        }
    };
    op.rp("web").signed_in("diana", "openid").await;
    // A new start is no new password, and neither is another cost.
    let dearer = Parameters { memory_kib: 16, ..CHEAP };
    op.restart_with(|world| world.login(|login| login.parameters = dearer)).await;
    strange(&op).await;
    op.rp("web").authorize("openid").prompt("login").login("diana").code().await;
    op.restart_with(|world| world.password_of_diana("another password")).await;
    strange(&op).await;
    let page = op.rp("web").authorize("openid").prompt("login").login_page().await;
    assert_eq!(try_password(&page, "diana", "another password").await.status, 429);
}

#[tokio::test]
async fn a_site_counts_as_one_whatever_address_of_its_ipv6_network_it_uses() {
    let limits = Limits { address: 4, account: 100, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    // The fourth is told to wait before the next.
    for number in 1..4 {
        op.come_from(&format!("2001:db8:1:2::{number:x}"));
        assert_eq!(try_password(&page, &format!("nobody{number}"), "wrong").await.status, 200);
    }
    assert_eq!(try_password(&page, "nobody4", "wrong").await.status, 429);
    op.come_from("2001:db8:1:2:ffff::1");
    assert_eq!(try_password(&page, "diana", password("diana")).await.status, 429);
    op.come_from("2001:db8:77:1::1");
    assert!(try_password(&page, "diana", password("diana")).await.has("consent-allow"));
}

#[tokio::test]
async fn a_clock_that_steps_back_makes_nobody_wait_for_that_long() {
    let limits = Limits { account: 1, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    op.advance(3 * 3600);
    let page = op.rp("web").authorize("openid").login_page().await;
    try_password(&page, "ella", "wrong").await;
    assert_eq!(try_password(&page, "ella", password("ella")).await.status, 429);
    op.clock.step_back(3 * 3600);
    assert!(try_password(&page, "ella", password("ella")).await.has("consent-allow"));
}

#[tokio::test]
async fn what_is_nobodys_name_is_neither_logged_nor_kept() {
    let op = Op::with(client("web")).await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").login_page().await;
    let typed = "my pass phrase, in the wrong field";
    try_password(&page, typed, "wrong").await;
    try_password(&page, "ella", "wrong").await;
    assert!(!op.log().contains("my pass phrase"), "{}", op.log());
    assert!(op.log().contains("unknown_name") && op.log().contains("ella"), "{}", op.log());
    let rows = op.store().list(List::first(Listed::Attempts, 100)).await.unwrap().attempts;
    assert!(rows.iter().all(|row| row.key.len() < 64 && !row.key.contains("phrase")), "{rows:?}");
}

/// Post, redirect, get: the page after a form is fetched, so that reloading it sends nothing again.
#[tokio::test]
async fn what_is_said_about_a_form_is_on_a_page_that_was_fetched() {
    let limits = Limits { account: 2, ..Limits::default() };
    let world = World::of([client("web")]).settings(|settings| settings.sign_up = true);
    let op = Op::with(world.login(|login| login.limits = limits)).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let wrong = try_password(&page, "ella", "wrong").await;
    assert!(wrong.url.query().is_some_and(|query| query.contains("notice=") && !query.contains("ella")));
    let hashed = op.metric(HASHED).await;
    let again = wrong.reload().await.on_page();
    assert_eq!(
        (&again.document.alert, again.control("username").unwrap().value.as_str()),
        (&wrong.document.alert, "ella")
    );
    assert_eq!(op.metric(HASHED).await, hashed, "a reload sends no password");
    // A wait is one too, says so by its status, and ends.
    let waits = try_password(&again, "ella", "wrong").await;
    assert_eq!((waits.status.as_u16(), waits.headers["retry-after"].to_str().unwrap()), (429, "60"));
    op.advance(59);
    assert_eq!(waits.reload().await.on_page().headers["retry-after"], "1");
    op.advance(1);
    assert_eq!(waits.reload().await.on_page().status, 200);
    // And so are faults of a new account.
    let door = op
        .rp("web")
        .at(&op.another_browser())
        .authorize("openid")
        .prompt("create")
        .page_with("sign-up")
        .await;
    let faults = door.fill("username", "diana").fill("password", "short").submit("sign-up").await.on_page();
    let again = faults.reload().await.on_page();
    assert!(!faults.document.alert.is_empty() || faults.text().contains("8"), "{}", faults.text());
    assert_eq!((again.text(), again.control("username").unwrap().value.as_str()), (faults.text(), "diana"));
}

/// Nobody can send a link that says what they like, or that shows what somebody else typed.
#[tokio::test]
async fn a_notice_of_another_page_says_nothing() {
    let op = Op::with(client("web")).await;
    let wrong = try_password(&op.rp("web").authorize("openid").login_page().await, "ella", "wrong").await;
    let other = op.rp("web").authorize("openid email").login_page().await;
    for query in [wrong.url.query().unwrap(), "notice=", "notice=e30.e30.e30.e30.e30"] {
        let page = op.browser().get(&format!("{}?{query}", other.url)).await.on_page();
        assert_eq!(
            (page.document.alert.as_str(), page.control("username").unwrap().value.as_str()),
            ("", "")
        );
    }
}

/// A program that does not read pages is answered at once, with the status.
#[tokio::test]
async fn what_does_not_read_pages_is_answered_by_status() {
    let limits = Limits { account: 1, ..Limits::default() };
    let op = Op::with(World::of([client("web")]).login(|login| login.limits = limits)).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let marker = cookie_of(op.browser(), "__Host-signet-browser-").unwrap();
    let csrf = page.control("csrf").unwrap().value.clone();
    let form = format!("username=ella&password=wrong&csrf={csrf}");
    let request = http::Request::post(page.url.as_str())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("{}={}", marker.name, marker.value));
    assert_eq!(op.send(request.body(form).unwrap()).await.status, 429);
}
