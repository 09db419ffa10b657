//! Initiating User Registration via OpenID Connect 1.0 §4: people who make their own accounts.

mod ended;

use serde_json::{Value, json};
use signet_certify::Page;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::lookup::UserByName;
use signet_login::throttle::Limits;
use tokio::task::JoinSet;

use crate::op::{ClientSpec, Op, World, client, password, session_of};
use crate::outside::StoreKind;

fn open(clients: impl IntoIterator<Item = ClientSpec>) -> World {
    World::of(clients).settings(|settings| settings.sign_up = true)
}

async fn is_known(op: &Op, username: &str) -> bool {
    op.store().ask(UserByName(username.to_owned())).await.unwrap().is_some()
}

async fn wish(page: &Page, username: &str, password: &str, name: &str, email: &str) -> Page {
    let page = page.clone().fill("username", username).fill("password", password);
    page.fill("name", name).fill("email", email).submit("sign-up").await.on_page()
}

#[tokio::test]
async fn create_then_consent_then_a_code() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open([client("web")]).on(kind)).await;
        let flow = op.rp("web").authorize("openid profile email").prompt("create");
        let page = flow.page_with("sign-up").await;
        let consent = wish(&page, " nina ", password("nina"), "Nina Simone", "nina@example.org").await;
        assert!(consent.text().contains("Nina Simone"), "{}", consent.text());
        let code = flow.read(consent.submit("consent-allow").await).await.code().unwrap();
        let tokens = op.rp("web").redeem(&code).await.tokens();
        let told = op.rp("web").userinfo(&tokens).await.succeeded().json;
        assert_eq!(told["name"], "Nina Simone", "{kind:?}");
        assert_eq!((&told["email"], &told["email_verified"]), (&json!("nina@example.org"), &json!(false)));
        // They are signed in, and can sign in elsewhere.
        op.rp("web").authorize("openid").prompt("none").code().await;
        let elsewhere = op.rp("web").at(&op.another_browser());
        let claims = elsewhere.authorize("openid").login("nina").signed_in().await.claims().await;
        assert_eq!(claims["sub"], told["sub"]);
    }
}

#[tokio::test]
async fn a_new_account_is_a_sign_in_of_this_request() {
    let op = Op::with(open([client("web"), client("own").set("skip_consent", true)])).await;
    // `max_age=0` and `prompt=login` want a sign-in within the request, and get one.
    let flow = op.rp("web").authorize("openid").prompt("create login").max_age(0);
    let signed_in = flow.sign_up("nina").consent().signed_in().await;
    let claims = signed_in.claims().await;
    assert_eq!((&claims["amr"], claims["auth_time"].is_u64()), (&json!(["pwd"]), true));
    assert_eq!(claims.get("email_verified"), None);
    // First-party applications get their code at once.
    let elsewhere = op.rp("own").at(&op.another_browser());
    let page = elsewhere.authorize("openid").prompt("create").page_with("sign-up").await;
    page.fill("username", "eunice").fill("password", password("nina")).submit("sign-up").await.sent_away();
}

#[tokio::test]
async fn claims_that_were_not_given_are_not_there() {
    let op = Op::with(open([client("web")])).await;
    let flow = op.rp("web").authorize("openid profile email").prompt("create");
    let tokens = flow.sign_up("nina").consent().signed_in().await.tokens;
    let Value::Object(told) = op.rp("web").userinfo(&tokens).await.succeeded().json else { panic!() };
    assert!(
        !told.contains_key("email") && !told.contains_key("email_verified") && !told.contains_key("name"),
        "{told:?}"
    );
}

#[tokio::test]
async fn create_replaces_whoever_is_signed_in() {
    let op = Op::with(open([client("web")])).await;
    let diana = op.rp("web").signed_in("diana", "openid").await;
    let nina = op.rp("web").authorize("openid").prompt("create").sign_up("nina").consent().signed_in().await;
    assert_ne!(diana.claims().await["sub"], nina.claims().await["sub"]);
    assert_eq!(op.rp("web").introspect(&diana.tokens).await.succeeded().json["active"], false);
}

#[tokio::test]
async fn the_sign_in_page_leads_there_and_back() {
    let op = Op::with(open([client("web")])).await;
    let web = op.rp("web");
    web.authorize("openid").follow("sign-up").sign_up("nina").consent().code().await;
    let other = web.clone().at(&op.another_browser());
    // Somebody who was to make an account, but has one.
    let known = other.authorize("openid").prompt("create").follow("sign-in");
    known.clone().login("diana").consent().code().await;
    // Who is signed in already may be somebody else.
    known.page_with("account-continue").await;
    other.authorize("openid").prompt("create").follow("sign-in").press("account-continue").code().await;
    let ella = known.press("account-other").login("ella").consent().signed_in().await.claims().await;
    let elsewhere = web.at(&op.another_browser());
    let diana = elsewhere.authorize("openid").login("diana").signed_in().await.claims().await;
    assert_ne!(ella["sub"], diana["sub"]);
}

/// Who notices late that they have no account, or have one, types nothing twice.
#[tokio::test]
async fn what_was_typed_goes_from_one_page_to_the_other() {
    let op = Op::with(open([client("web")])).await;
    let login = op.rp("web").authorize("openid").login_page().await;
    let value = |page: &Page, name: &str| page.control(name).unwrap().value.clone();
    let sign_up =
        login.clone().fill("username", "nina").fill("password", "secret").click("sign-up").await.on_page();
    assert_eq!((value(&sign_up, "username"), value(&sign_up, "password")), ("nina".into(), String::new()));
    let back = sign_up.fill("username", "eunice").click("sign-in").await.on_page();
    assert!(back.has("sign-up") && !back.has("email"));
    assert_eq!(value(&back, "username"), "eunice");
    let by_address = login.fill("username", "nina@example.org").click("sign-up").await.on_page();
    assert_eq!(
        (value(&by_address, "username"), value(&by_address, "email")),
        (String::new(), "nina@example.org".into())
    );
    assert!(!is_known(&op, "nina").await);
}

#[tokio::test]
async fn the_language_goes_along() {
    let op = Op::with(open([client("web")])).await;
    let login = op.rp("web").authorize("openid").login_page().await;
    let dutch = op.browser().get(login.url.join("?ui_locales=nl").unwrap().as_str()).await.on_page();
    let sign_up = dutch.click("sign-up").await.on_page();
    assert!(sign_up.has("email"));
    let wrong = wish(&sign_up, "nina", "short", "", "").await;
    let back = wrong.click("sign-in").await.on_page();
    let consent = wish(&sign_up, "nina", password("nina"), "", "").await;
    for page in [&dutch, &sign_up, &wrong, &back, &consent] {
        assert_eq!(page.lang(), Some("nl"), "{page:?}");
    }
    assert!(back.has("username") && consent.has("consent-allow"));
}

#[tokio::test]
async fn a_hint_is_filled_in() {
    let op = Op::with(open([client("web")])).await;
    let hinted = |hint| op.rp("web").authorize("openid").prompt("create").set("login_hint", hint);
    let by_name = hinted("nina").page_with("sign-up").await;
    assert_eq!(by_name.control("username").unwrap().value, "nina");
    let by_address = hinted("nina@example.org").page_with("sign-up").await;
    assert_eq!(by_address.control("email").unwrap().value, "nina@example.org");
    assert_eq!(by_address.control("username").unwrap().value, "");
}

#[tokio::test]
async fn a_name_belongs_to_one_person() {
    let op = Op::with(open([client("web")])).await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    // Diana is in the configuration, Ella in the store.
    for taken in ["diana", "ella"] {
        let again = wish(&page, taken, password("nina"), "Nina", "nina@example.org").await;
        assert!(again.has("username-fault") && again.text().contains("taken"), "{taken}: {}", again.text());
        let shown = |name| again.control(name).unwrap().value.clone();
        assert_eq!(
            (shown("username"), shown("name"), shown("email")),
            (taken.into(), "Nina".into(), "nina@example.org".into())
        );
        assert_eq!(shown("password"), "");
        assert!(session_of(op.browser()).is_none());
    }
    op.rp("web").at(&op.another_browser()).authorize("openid").login("ella").consent().code().await;
    assert!(wish(&page, "nina", password("nina"), "", "").await.has("consent-allow"));
}

#[tokio::test]
async fn of_those_who_want_a_name_at_once_one_gets_it() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open([client("web")]).on(kind)).await;
        let mut pages = Vec::new();
        for _ in 0..4 {
            let there = op.rp("web").at(&op.another_browser());
            pages.push(there.authorize("openid").prompt("create").page_with("sign-up").await);
        }
        let [one, two, three, four] = &pages[..] else { panic!() };
        let wish = |page| wish(page, "nina", password("nina"), "", "");
        let (one, two, three, four) = tokio::join!(wish(one), wish(two), wish(three), wish(four));
        let after = [one, two, three, four];
        let (won, lost): (Vec<_>, Vec<_>) = after.iter().partition(|page| page.has("consent-allow"));
        assert_eq!((won.len(), lost.len()), (1, 3), "{kind:?}");
        assert!(lost.iter().all(|page| page.has("username-fault")));
    }
}

/// `docs/sessions.md`: of all answers to a page, one counts.
#[tokio::test]
async fn a_form_makes_one_account_however_often_it_is_sent() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open([client("web")]).on(kind)).await;
        let flow = op.rp("web").authorize("openid profile").prompt("create");
        let page = flow.page_with("sign-up").await;
        let consent = wish(&page, "nina", password("nina"), "Nina Simone", "").await;
        assert!(consent.has("consent-allow"), "{}", consent.text());
        // The page goes on with the account: opened again, sent again, with another name and with the same.
        let opened = op.browser().get(page.url.as_str()).await.on_page();
        let other = wish(&page, "eunice", password("nina"), "", "").await;
        let same = wish(&page, "nina", password("nina"), "", "").await;
        for again in [&opened, &other, &same] {
            assert!(again.has("consent-allow") && again.text().contains("Nina Simone"), "{}", again.text());
        }
        assert!(!is_known(&op, "eunice").await, "{kind:?}");
        flow.read(other.submit("consent-allow").await).await.code().unwrap();
        // In a browser that is signed in as somebody else by now, it asks who goes on.
        op.rp("web").authorize("openid").prompt("login").login("diana").page().await;
        let flow = op.rp("web").authorize("openid").prompt("create");
        let page = flow.page_with("sign-up").await;
        wish(&page, "eunice", password("nina"), "", "").await;
        op.rp("web").authorize("openid").prompt("login").login("diana").page().await;
        assert!(wish(&page, "third", password("nina"), "", "").await.has("account-continue"));
        assert!(!is_known(&op, "third").await);
    }
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_makes_one_account() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open([client("web")]).on(kind)).await;
        let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
        let wish = |name| wish(&page, name, password("nina"), "", "");
        tokio::join!(wish("nina"), wish("eunice"));
        let made = [is_known(&op, "nina").await, is_known(&op, "eunice").await];
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "{kind:?}: {made:?}");
    }
}

/// Somebody else at the same device is not the one who has made an account.
#[tokio::test]
async fn who_comes_after_a_new_account_can_make_one_too() {
    let op = Op::with(open([client("web")])).await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    let consent = wish(&page, "nina", password("nina"), "", "").await;
    let login = consent.click("not-you").await.on_page();
    let page = login.click("sign-up").await.on_page();
    assert!(wish(&page, "eunice", password("nina"), "", "").await.text().contains("eunice"));
    assert!(is_known(&op, "eunice").await);
    wish(&page, "third", password("nina"), "", "").await;
    assert!(!is_known(&op, "third").await);
}

#[tokio::test]
async fn who_is_signed_in_reads_so_on_the_page_for_a_new_account() {
    let op = Op::with(open([client("web")])).await;
    op.rp("web").signed_in("diana", "openid").await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    assert!(page.text().contains("You are signed in as Diana Krall"), "{}", page.text());
}

#[tokio::test]
async fn what_cannot_be_is_told_all_at_once() {
    let op = Op::with(open([client("web")])).await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    let wrong = wish(&page, "ni na", "1234567", "Nina\u{202e}", "nowhere").await;
    for fault in ["username-fault", "password-fault", "name-fault", "email-fault"] {
        assert!(wrong.has(fault), "{fault}");
    }
    for (password, says) in
        [("password", "first"), ("1234567", "too short"), (&"x1".repeat(600), "too long"), ("", "too short")]
    {
        let wrong = wish(&page, "nina", password, "", "").await;
        assert!(wrong.text().contains(says), "{password}: {}", wrong.text());
    }
    assert!(!is_known(&op, "nina").await);
}

/// A name or address that cannot be had is said at once with all else that is wrong.
#[tokio::test]
async fn what_others_have_is_told_with_what_cannot_be() {
    let op = Op::with(open([client("web")])).await;
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    for (name, says) in
        [("diana", "is taken"), ("ella", "is taken"), ("ELLA", "is taken"), ("adm1n", "is reserved")]
    {
        let wrong = wish(&page, name, "short", "", "nowhere").await;
        for fault in ["username-fault", "password-fault", "email-fault"] {
            assert!(wrong.has(fault), "{name} {fault}: {}", wrong.text());
        }
        assert!(wrong.text().contains(says), "{name}: {}", wrong.text());
        // With nothing else wrong it says the same.
        assert!(wish(&page, name, password("nina"), "", "").await.text().contains(says), "{name}");
    }
    let free = wish(&page, "nina", "short", "", "nowhere").await;
    assert!(!free.has("username-fault") && free.has("password-fault"), "{}", free.text());
}

/// A password that is too short makes trying out names no cheaper: they are counted all the same.
#[tokio::test]
async fn names_cannot_be_tried_out_by_forms_that_are_wrong_otherwise() {
    let limits = Limits { address: 3, address_refill: 1000, ..Limits::default() };
    let op = Op::with(open([client("web")]).login(|login| login.limits = limits)).await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    for _ in 0..3 {
        assert!(wish(&page, "diana", "short", "", "").await.has("username-fault"));
    }
    let wrong = wish(&page, "diana", "short", "", "").await;
    assert!(wrong.has("password-fault") && !wrong.has("username-fault"), "{}", wrong.text());
    // What is wrong by itself is no secret, and costs nothing.
    op.come_from("192.0.2.8");
    for _ in 0..9 {
        assert!(wish(&page, "di ana", "short", "", "").await.has("username-fault"));
    }
    assert!(wish(&page, "nina", password("nina"), "", "").await.has("consent-allow"));
}

#[tokio::test]
async fn accounts_from_one_address_wait() {
    let limits = Limits { address: 3, address_refill: 10, ..Limits::default() };
    let op = Op::with(open([client("web")]).login(|login| login.limits = limits)).await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    // Names that are tried out count as well as accounts that are made.
    for taken in ["diana", "ella"] {
        wish(&page, taken, password("nina"), "", "").await;
    }
    assert!(wish(&page, "nina", password("nina"), "", "").await.has("consent-allow"));
    let other = op.rp("web").at(&op.another_browser());
    let page = other.authorize("openid").prompt("create").page_with("sign-up").await;
    let waits = wish(&page, "eunice", password("nina"), "", "").await;
    assert_eq!((waits.status.as_u16(), waits.control("username").unwrap().value.as_str()), (429, "eunice"));
    let alert = &waits.document.alert;
    assert!(alert.contains("10 seconds") && alert.contains("from your network"), "{alert}");
    assert!(!is_known(&op, "eunice").await);
    // Nobody is kept from signing in by it, and no other address from anything.
    other.authorize("openid").login("diana").consent().code().await;
    op.come_from("192.0.2.8");
    assert!(wish(&page, "eunice", password("nina"), "", "").await.has("consent-allow"));
}

/// All of them are let in before the first is counted; no more are answered than one after the other.
#[tokio::test]
async fn accounts_at_the_same_instant_are_counted_one_by_one() {
    let limits = Limits { address: 3, ..Limits::default() };
    let op = Op::with(open([client("web")]).on(StoreKind::Memory).login(|login| login.limits = limits)).await;
    op.come_from("192.0.2.7");
    let mut wishes = JoinSet::new();
    for number in 0..12 {
        let there = op.rp("web").at(&op.another_browser());
        let page = there.authorize("openid").prompt("create").page_with("sign-up").await;
        wishes.spawn(async move { wish(&page, &format!("nina{number}"), password("nina"), "", "").await });
    }
    let after = wishes.join_all().await;
    assert_eq!(after.iter().filter(|page| page.has("consent-allow")).count(), 3);
    assert_eq!(after.iter().filter(|page| page.status == 429).count(), 9);
}

#[tokio::test]
async fn without_sign_up_the_word_is_unknown_and_the_page_is_not_there() {
    let mut op = Op::with(open([client("web")])).await;
    let open_page = op.rp("web").authorize("openid").prompt("create").page_with("sign-up").await;
    op.rp("web").authorize("openid").prompt("create none").refused("invalid_request").await;
    op.restart_with(|world| world.settings(|settings| settings.sign_up = false)).await;
    op.rp("web").authorize("openid").prompt("create").refused("invalid_request").await;
    let found = op.rp("web").discover().await.unwrap();
    assert_eq!(found["prompt_values_supported"], json!(["none", "login", "consent", "select_account"]));
    let login = op.rp("web").at(&op.another_browser()).authorize("openid").login_page().await;
    assert!(!login.has("sign-up"));
    // Neither an address nor a page from before makes one.
    assert!(op.browser().get(login.url.join("?account=new").unwrap().as_str()).await.is_ok());
    open_page.fill("username", "nina").fill("password", password("nina")).submit("sign-up").await.sent_away();
    assert!(!is_known(&op, "nina").await);
}

#[tokio::test]
async fn discovery_offers_create_where_people_may_sign_up() {
    let op = Op::with(open([client("web")])).await;
    let found = op.rp("web").discover().await.unwrap();
    assert_eq!(
        found["prompt_values_supported"],
        json!(["none", "login", "consent", "select_account", "create"])
    );
}
