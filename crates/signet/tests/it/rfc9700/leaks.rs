//! RFC 9700 §4.2, §4.3, §4.16: what pages and addresses give away, and what others can do with a page.

use http::{Request, header};
use signet_certify::Page;
use signet_certify::assert::{Arrived as _, Judged as _};

use crate::op::{ClientSpec, Op, World, client, password, path, session_of};

const FORM: &str = "application/x-www-form-urlencoded";

fn web() -> ClientSpec {
    client("web").set("client_uri", "https://web.example/").set("policy_uri", "https://web.example/privacy")
}

/// Every kind of page, each at an address that its owner would not like to see passed on.
async fn every_page(op: &Op) -> Vec<(&'static str, Page)> {
    let flow = op.rp("web").authorize("openid email").set("state", "a-secret-state");
    let login = flow.login_page().await;
    let typed = |password: &str| login.clone().fill("username", "diana").fill("password", password);
    let wrong = typed("wrong").submit("sign-in").await.on_page();
    let wait = typed("wrong").submit("sign-in").await.on_page();
    op.advance(60);
    let consent = typed(password("diana")).submit("sign-in").await.on_page();
    consent.submit("consent-allow").await.sent_away();
    let signed_in = op.rp("web").authorize("openid email").signed_in().await;
    let account =
        op.rp("web").authorize("openid").prompt("select_account").page_with("account-continue").await;
    let form_post =
        op.rp("web").authorize("openid").set("response_mode", "form_post").page_with("form-post").await;
    let error =
        flow.clone().set("redirect_uri", "https://web.example/other").error_page("invalid_request").await;
    let gone = op.another_browser().get(&op.url("/interaction/sgi_x")).await.on_error("expired");
    let lost = op.browser().get(&op.url("/nowhere?code=a-secret")).await.on_error("not_found");
    let hint = |sub_of: &str| op.url(&format!("/end_session?client_id=web&id_token_hint={sub_of}"));
    let asked = op.browser().get(&op.url("/end_session?client_id=web")).await.on_page();
    let signed_out = op.browser().get(&hint(signed_in.id_token())).await.on_page();
    assert!(wait.status == 429 && asked.has("sign-out-confirm") && !signed_out.has("sign-out-confirm"));
    vec![
        ("login", login),
        ("wrong password", wrong),
        ("wait", wait),
        ("consent", consent),
        ("account", account),
        ("form_post", form_post),
        ("error", error),
        ("expired", gone),
        ("not found", lost),
        ("sign out?", asked),
        ("signed out", signed_out),
    ]
}

async fn world() -> Op {
    Op::with(World::of([web()]).login(|login| {
        login.limits.account = 2;
        login.limits.account_refill = 30;
    }))
    .await
}

fn said(page: &Page, name: &str) -> String {
    page.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// §4.2.4: addresses hold interactions, states, hints; the policy keeps them from the sites that pages link
/// to, and pages load nothing from anybody else.
#[tokio::test]
async fn no_page_tells_its_address_to_other_sites() {
    let op = world().await;
    for (name, page) in every_page(&op).await {
        // The page that posts to an application says where the post comes from, which is the origin alone.
        let policy = if name == "form_post" { "origin" } else { "same-origin" };
        assert_eq!(said(&page, "referrer-policy"), policy, "{name}");
        let html = String::from_utf8_lossy(&page.body).into_owned();
        for loads in ["src=\"", "<link rel=\"stylesheet\" href=\"", "srcset=\"", "<iframe"] {
            let foreign =
                html.split(loads).skip(1).find(|rest| !rest.starts_with(&format!("{}/assets/", path())));
            assert_eq!(foreign.map(|rest| rest.chars().take(80).collect::<String>()), None, "{name}");
        }
    }
}

/// The same, as the other site sees it: what comes along when a person follows a page's link, or its form, to
/// the application.
#[tokio::test]
async fn a_person_who_leaves_brings_no_address_along() {
    let op = world().await;
    let pages = every_page(&op).await;
    // From here on the browser enters the application's site too.
    let browser = op.browser().clone().also("https://web.example");
    let mut followed = 0;
    for (name, page) in pages.iter().filter(|(_, page)| page.has("back-to-application")) {
        let away = page.click("back-to-application").await.on_page();
        assert_eq!(away.url.as_str(), "https://web.example/", "{name}");
        followed += 1;
    }
    assert_eq!(followed, 2, "the error and the goodbye lead back");
    let (_, form_post) = pages.iter().find(|(name, _)| *name == "form_post").unwrap();
    let button =
        form_post.document.forms.iter().flat_map(|form| &form.controls).any(|control| control.submits());
    assert!(button, "it can be sent without script");
    let (target, fields) = form_post.posts_away().unwrap();
    assert!(target.as_str() == "https://web.example/cb" && fields.iter().any(|(name, _)| name == "code"));
    let arrived: Vec<_> = browser
        .transcript()
        .exchanges()
        .iter()
        .filter(|e| e.url.host_str() == Some("web.example"))
        .cloned()
        .collect();
    assert_eq!(arrived.len(), followed);
    for exchange in arrived {
        assert!(exchange.sent.get(header::REFERER).is_none(), "{exchange}");
        assert_ne!(exchange.sent.get("sec-fetch-site").unwrap(), "same-origin");
    }
}

/// §4.16: a page in an invisible frame would let a person press "allow" without knowing.
#[tokio::test]
async fn no_page_may_be_framed() {
    let op = world().await;
    for (name, page) in every_page(&op).await {
        let policy = said(&page, "content-security-policy");
        assert!(policy.split(';').any(|rule| rule.trim() == "frame-ancestors 'none'"), "{name}: {policy}");
        assert_eq!(said(&page, "x-frame-options"), "DENY", "{name}");
    }
}

/// RFC 9111 §5.2.2.5: the next person at this browser finds nothing by going back or in the cache.
#[tokio::test]
async fn no_page_is_kept() {
    let op = world().await;
    for (name, page) in every_page(&op).await {
        assert_eq!(said(&page, "cache-control"), "no-store", "{name}");
    }
}

/// §4.3, login CSRF: a link that holds what a form would: it would stand in histories and logs, and sign
/// people in by a click.
#[tokio::test]
async fn a_form_in_an_address_does_nothing() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid");
    let login = flow.login_page().await;
    let csrf = login.control("csrf").unwrap().value.clone();
    let link = |page: &Page, pairs: &[(&str, &str)]| {
        let mut url = page.url.clone();
        url.query_pairs_mut().append_pair("csrf", &csrf).extend_pairs(pairs);
        url.to_string()
    };
    let by_link = link(&login, &[("username", "diana"), ("password", password("diana"))]);
    assert!(op.browser().get(&by_link).await.on_page().has("sign-in"));
    assert!(session_of(op.browser()).is_none());
    let consent =
        login.fill("username", "diana").fill("password", password("diana")).submit("sign-in").await.on_page();
    for decision in ["allow", "deny"] {
        let shown = op.browser().get(&link(&consent, &[("decision", decision)])).await.on_page();
        assert!(shown.has("consent-allow"), "{decision}");
    }
    flow.read(consent.submit("consent-allow").await).await.code().unwrap();
    let out = op.url(&format!("/end_session?decision=sign-out&csrf={csrf}"));
    assert!(op.browser().get(&out).await.on_page().has("sign-out-confirm"));
    op.rp("web").authorize("openid").prompt("none").code().await;
}

/// §4.3.2: tokens in addresses end up in histories and logs, so there they open nothing, and nobody gets used
/// to it.
#[tokio::test]
async fn a_token_in_an_address_opens_nothing() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    let (access, refresh) = (&signed_in.tokens.access_token, signed_in.refresh_token());
    let send = async |request: http::request::Builder| {
        web.raw(request.body(bytes::Bytes::new()).unwrap()).await.unwrap()
    };
    let userinfo = op.url(&format!("/userinfo?access_token={access}"));
    send(Request::get(&userinfo)).await.challenged();
    send(Request::post(&userinfo).header(header::CONTENT_TYPE, FORM)).await.challenged();
    for path in ["introspect", "revoke"] {
        let authorization = "Basic d2ViOmErc2VjcmV0JTNBKzUwJTI1JTJC";
        let request =
            Request::post(op.url(&format!("/{path}?token={access}"))).header(header::CONTENT_TYPE, FORM);
        let reply = send(request.header(header::AUTHORIZATION, authorization)).await;
        assert!(
            reply.refused("invalid_request").json["error_description"]
                .as_str()
                .unwrap()
                .contains("token is missing")
        );
    }
    let form = format!(
        "grant_type=refresh_token&refresh_token={refresh}&client_id=web&client_secret=a+secret%3A+50%25%2B"
    );
    let request = Request::post(op.url(&format!("/token?{form}"))).header(header::CONTENT_TYPE, FORM);
    send(request).await.refused("invalid_client");
    web.userinfo(access).await.succeeded();
    web.refresh(refresh).await.tokens();
}

/// §4.2.4: anyone who reads a code in a header, a history or a log lacks its verifier; once it was used it is
/// not just worthless, but an alarm.
#[tokio::test]
async fn a_code_that_leaked_opens_nothing() {
    let op = Op::with(client("spa").public()).await;
    let spa = op.rp("spa");
    let code = spa.authorize("openid").login("diana").consent().code().await;
    let mut leaked = code.clone();
    leaked.verifier = None;
    spa.redeem(&leaked).await.refused("invalid_grant");
    let tokens = spa.redeem(&code).await.tokens();
    spa.userinfo(&tokens).await.succeeded();
    spa.redeem(&leaked).await.refused("invalid_grant");
    spa.userinfo(&tokens).await.refused("invalid_token");
}
