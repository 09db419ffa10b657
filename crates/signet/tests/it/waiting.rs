//! OpenID Connect Core §3.1.2.3: a request that waits for a person. What strangers can make us keep of it:
//! nothing.

use ::http::{Request, StatusCode, header};
use serde_json::json;
use signet::clock::Clock as _;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_certify::{Landed, Page};
use signet_core::change::Change;
use signet_core::waiting::LONGEST;
use signet_store::{CommitError, StoreError};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::op::{Op, World, client, password};
use crate::outside::StoreKind;

/// How many records the store holds that will end some day: waiting requests, marks, counts of failures,
/// sessions.
async fn kept(op: &Op) -> usize {
    op.store().sweep(op.clock.now().plus(3650 * 86_400), 1000).await.unwrap()
}

fn address(page: &Page) -> String {
    page.url.path().rsplit_once("/interaction/").unwrap().1.to_owned()
}

async fn sign_in(page: &Page, username: &str) -> Page {
    let filled = page.clone().fill("username", username).fill("password", password(username));
    filled.submit("sign-in").await.on_page()
}

#[tokio::test]
async fn a_request_that_waits_is_kept_nowhere() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid").set("junk", &"x".repeat(20_000)).login_page().await;
    assert!(page.has("sign-in"));
    // Nothing was thrown away by the look at it either: the page goes on.
    assert_eq!(kept(&op).await, 0);
    assert!(sign_in(&page, "diana").await.has("consent-allow"));
}

#[tokio::test]
async fn a_page_outlives_the_process_that_made_it() {
    let mut op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid");
    let page = flow.login_page().await;
    op.restart().await;
    let consent = sign_in(&page, "diana").await;
    op.restart().await;
    Ok(flow.read(consent.submit("consent-allow").await).await).code();
}

#[tokio::test]
async fn each_answer_leads_on_to_a_page_of_its_own() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid").set("prompt", "login consent").login_page().await;
    let consent = sign_in(&page, "diana").await;
    assert_ne!(address(&page), address(&consent));
    // Opened again, each is what it was: the first has no sign-in of this request, the second has.
    assert!(page.reload().await.on_page().has("sign-in"));
    assert!(consent.reload().await.on_page().has("consent-allow"));
    // What is not answered stays where it is.
    let wrong = page.clone().fill("username", "diana").fill("password", "wrong").submit("sign-in").await;
    assert_eq!(address(&wrong.on_page()), address(&page));
}

#[tokio::test]
async fn of_all_tabs_that_answer_at_once_one_gets_through() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid").set("prompt", "consent");
    sign_in(&flow.login_page().await, "diana").await;
    for _round in 0..10 {
        let consent = flow.consent_page().await;
        let mut tabs = JoinSet::new();
        for _tab in 0..8 {
            let tab = consent.clone();
            tabs.spawn(async move { tab.submit("consent-allow").await.unwrap() });
        }
        let landed = tabs.join_all().await;
        assert_eq!(landed.iter().filter(|landed| matches!(landed, Landed::Callback(_))).count(), 1);
        // The others may ask anew, as if their link had been followed again.
        let anew = |landed: &Landed| matches!(landed, Landed::Page(page) if page.has("consent-allow"));
        assert_eq!(landed.iter().filter(|landed| anew(landed)).count(), 7);
    }
}

#[tokio::test]
async fn a_changed_address_is_no_page() {
    let op = Op::with(client("web")).await;
    let own = address(&op.rp("web").authorize("openid").login_page().await);
    let flipped = format!("{}{}", &own[..own.len() - 4], if own.ends_with("AAAA") { "BBBB" } else { "AAAA" });
    for address in [flipped.as_str(), &own[..own.len() - 1], format!("{own}.x").as_str(), "sgi_", "sgi_a.b.c"]
    {
        let gone = op.browser().get(&op.url(&format!("/interaction/{address}"))).await.on_error("expired");
        assert_eq!(gone.status, StatusCode::GONE, "{address}");
    }
}

/// Issue of link previews, monitors, and people who block cookies: redirects that never end.
#[tokio::test]
async fn without_cookies_there_is_one_page_that_says_so_and_nothing_is_kept() {
    let op = Op::with(client("web")).await;
    let link = op.rp("web").authorize("openid").request().url(&op.url("/authorize")).unwrap();
    for method in ["GET", "POST"] {
        let mut url = link.to_string();
        let mut hops = 0;
        let reply = loop {
            let by = if hops == 1 { method } else { "GET" };
            let form = Request::builder()
                .method(by)
                .uri(&url)
                .header(header::ACCEPT, "text/html")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let reply =
                op.send(form.body(if by == "POST" { "username=a&password=b" } else { "" }).unwrap()).await;
            if !reply.status.is_redirection() {
                break reply;
            }
            hops += 1;
            assert!(hops <= 4, "{url}");
            url = format!("https://op.example{}", reply.header(header::LOCATION));
        };
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(text.contains("data-error=\"cookies\"") && text.contains("Allow cookies"), "{text}");
    }
    assert_eq!(kept(&op).await, 0);
    // Once cookies are allowed, the page's link starts again.
    let browser = op.another_browser();
    let page = browser.get(link.as_str()).await.on_page();
    let forget = || browser.cookies().iter().for_each(|cookie| browser.forget_cookie(&cookie.name));
    forget();
    let now = op.clock.now().0;
    let told = browser.get(&format!("{}?restarted=browser&asked={now}", page.url)).await.on_error("cookies");
    let again = told.click("start-again").await.on_page();
    assert!(again.has("sign-in"), "{}", again.url);
    // A browser that was not asked yet is asked.
    for query in ["restarted=browser".to_owned(), format!("restarted=browser&asked={}", now - 60)] {
        forget();
        let page = browser.get(&format!("{}?{query}", page.url)).await.on_page();
        assert!(page.has("sign-in"), "{}", page.url);
    }
}

/// A page that was renewed says so in its address, which opens in any browser that keeps cookies.
#[tokio::test]
async fn a_renewed_page_opens_in_another_browser() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    op.advance(3601);
    let expired = op.browser().get(page.url.as_str()).await.on_page();
    assert!(expired.url.query().unwrap().contains("restarted=expired"), "{}", expired.url);
    let second = op.another_browser().get(expired.url.as_str()).await.on_page();
    assert!(second.has("sign-in"), "{}", second.url);
    op.advance(60);
    let third = op.another_browser().get(second.url.as_str()).await.on_page();
    assert!(third.has("sign-in"), "{}", third.url);
}

#[tokio::test]
async fn what_was_typed_before_cookies_were_allowed_is_on_the_page_that_starts_again() {
    let op = Op::with(client("web")).await;
    let browser = op.browser();
    let page = op.rp("web").authorize("openid").set("ui_locales", "en").login_page().await;
    let forget = || browser.cookies().iter().for_each(|cookie| browser.forget_cookie(&cookie.name));
    forget();
    // Sent without a cookie; what the redirect sets is not kept either.
    let sent = Request::post(page.url.as_str())
        .header(header::ACCEPT, "text/html")
        .header(header::ORIGIN, page.url.origin().ascii_serialization())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let mut reply = op.send(sent.body("username=diana&password=x").unwrap()).await;
    let mut url = page.url.clone();
    let get = async |url: &url::Url| {
        op.send(Request::get(url.as_str()).header(header::ACCEPT, "text/html").body("").unwrap()).await
    };
    while reply.status.is_redirection() {
        url = url.join(&reply.header(header::LOCATION)).unwrap();
        reply = get(&url).await;
    }
    let told = String::from_utf8(reply.body.to_vec()).unwrap();
    assert!(told.contains("data-error=\"cookies\"") && !told.contains("diana"), "{told}");
    let link = told.split(r#"id="start-again" href=""#).nth(1).unwrap().split('"').next().unwrap();
    let link = link.replace("&amp;", "&").replace("&#x2f;", "/");
    // The person takes a while to find the setting.
    op.advance(600);
    let on = get(&url::Url::parse(&link).unwrap()).await;
    assert!(on.status.is_redirection() && on.header(header::LOCATION).contains("notice="), "{link}");
}

#[tokio::test]
async fn addresses_stay_within_what_proxies_carry() {
    let op = Op::with(World::of([client("web")])).await;
    let length = async |flow: crate::flow::Flow| flow.login_page().await.url.as_str().len();
    let usual = op.rp("web").authorize("openid profile email offline_access");
    let usual = length(usual).await;
    let claims = json!({"userinfo": (0..25).map(|n| (format!("https://claims.example.org/attribute/number-{n}"),
        json!({"essential": true}))).collect::<serde_json::Map<_, _>>()});
    let national = op.rp("web").authorize("openid").set("claims", &claims.to_string());
    let national =
        length(national.set("acr_values", "http://eidas.europa.eu/LoA/high").set("ui_locales", "sv en"))
            .await;
    let quotes = length(op.rp("web").authorize("openid").set("state", &"\"".repeat(1000))).await;
    println!("usual {usual}, national {national}, a thousand quotes {quotes}");
    assert!(usual < 1024 && national < 4096 && quotes < 2048, "{usual} {national} {quotes}");
    // Longer than that is refused, and said.
    let long = op.rp("web").authorize("openid").set("claims", &format!("{{{}}}", " ".repeat(LONGEST)));
    let refused = long.refused("invalid_request").await;
    assert!(refused.get("error_description").unwrap().contains("8 KiB"));
}

/// RFC 6749 §4.1.2.1 `temporarily_unavailable`: a disk that is full, and the way back.
#[tokio::test]
async fn a_full_disk_answers_what_is_there_refuses_what_must_be_written_and_heals() {
    let narrow = World::of([client("web")]).on(StoreKind::Narrow(260));
    let op = Op::with(narrow.settings(|settings| settings.lifetimes.session = 100_000)).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    let ready = async || {
        // Each router asks anew, while one remembers for a second.
        let request = Request::get("/health/ready").body(axum::body::Body::empty()).unwrap();
        op.provider().site().oneshot(request).await.unwrap().status()
    };
    assert_eq!(ready().await, StatusCode::OK);
    let filling = |number: u64| Change::SeeJti {
        issuer: "full".to_owned(),
        jti: number.to_string(),
        expires_at: op.clock.now().plus(50_000),
    };
    let mut number = 0;
    while op.store().commit((number..number + 10).map(filling).collect()).await.is_ok() {
        number += 10;
        assert!(number < 100_000, "it never fills");
    }
    // What readiness asks; that it answers 503 then, `web/health.rs` shows.
    assert!(matches!(op.store().health().await, Err(StoreError::Full { .. })));
    // Who holds a token goes on, and a sign-in page needs no room.
    web.userinfo(&signed_in.tokens).await.succeeded();
    assert_eq!(web.introspect(&signed_in.tokens).await.succeeded().json["active"], true);
    web.clone().at(&op.another_browser()).authorize("openid").login_page().await;
    let refused = op.store().commit((number..number + 100).map(filling).collect()).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Full { .. }))), "{refused:?}");
    // Nobody does anything but wait: what has expired goes.
    op.advance(50_000);
    while op.provider().sweep().await.unwrap() {}
    assert_eq!(ready().await, StatusCode::OK);
    web.refresh(signed_in.refresh_token()).await.tokens();
}
