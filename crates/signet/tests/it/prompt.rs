//! OpenID Connect Core §3.1.2.1, §3.1.2.3: who is asked, and for what: `prompt`, `max_age` and the hints.

use serde_json::json;

use signet_core::settings::subjects::Public;

use crate::op::{Op, World, client};

#[tokio::test]
async fn prompt_none_never_shows_a_page() {
    let op = Op::with([
        client("web"),
        client("other"),
        client("app").native(),
        client("own").set("skip_consent", true),
    ])
    .await;
    let quiet = |id: &str, scope: &str| op.rp(id).authorize(scope).prompt("none");
    quiet("web", "openid").refused("login_required").await;
    let first = op.rp("web").signed_in("diana", "openid").await;
    let again = quiet("web", "openid").signed_in().await;
    let (first, second) = (first.claims().await, again.claims().await);
    assert_eq!((&first["sub"], &first["auth_time"]), (&second["sub"], &second["auth_time"]));
    quiet("web", "openid email").refused("consent_required").await;
    quiet("other", "openid").refused("consent_required").await;
    quiet("own", "openid email").code().await;
    op.rp("app").authorize("openid").consent().code().await;
    quiet("app", "openid").refused("consent_required").await;
    op.advance(10);
    quiet("web", "openid").max_age(5).refused("login_required").await;
    quiet("web", "openid").max_age(0).refused("login_required").await;
    quiet("web", "openid").max_age(3600).code().await;
}

#[tokio::test]
async fn prompt_login_asks_again() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let first = web.signed_in("diana", "openid").await.claims().await;
    op.advance(100);
    let second = web.authorize("openid").prompt("login").login("diana").signed_in().await.claims().await;
    assert_eq!(second["auth_time"].as_u64().unwrap(), first["auth_time"].as_u64().unwrap() + 100);
    assert_eq!(first["sub"], second["sub"]);
    assert_eq!(first["sid"], second["sid"], "it is the same sign-in chain");
}

#[tokio::test]
async fn prompt_consent_and_select_account_ask_what_they_say() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    web.authorize("openid").prompt("consent").consent().code().await;
    web.authorize("openid").prompt("select_account").press("account-continue").code().await;
    web.authorize("openid").prompt("select_account consent").press("account-continue").consent().code().await;
    web.authorize("openid").prompt("login consent").login("diana").consent().code().await;
    let other =
        web.authorize("openid").prompt("select_account").press("account-other").login("ella").consent();
    let ella = other.signed_in().await.claims().await;
    let diana = web.authorize("openid").prompt("login").login("diana").signed_in().await.claims().await;
    assert_ne!(ella["sub"], diana["sub"]);
    assert_ne!(ella["sid"], diana["sid"]);
}

#[tokio::test]
async fn max_age_bounds_the_sign_in() {
    let op = Op::with([client("web"), client("bank").set("default_max_age", 60)]).await;
    let web = op.rp("web");
    let first =
        web.authorize("openid").max_age(15_000).login("diana").consent().signed_in().await.claims().await;
    op.advance(100);
    let second = web.authorize("openid").max_age(10_000).signed_in().await.claims().await;
    assert_eq!(first["auth_time"], second["auth_time"]);
    let third = web.authorize("openid").max_age(50).login("diana").signed_in().await.claims().await;
    assert!(third["auth_time"].as_u64() > first["auth_time"].as_u64());
    // 0 is the same as prompt=login (OpenID Connect Core §3.1.2.1).
    web.authorize("openid").max_age(0).login("diana").code().await;
    op.rp("bank").authorize("openid").consent().code().await;
    op.advance(61);
    op.rp("bank").authorize("openid").login("diana").code().await;
    op.rp("bank").authorize("openid").max_age(3600).code().await;
}

#[tokio::test]
async fn a_hint_that_cannot_be_read_is_no_hint() {
    let op = Op::with(client("web").set("access_token_format", "jwt")).await;
    let web = op.rp("web");
    let nobody = op.another_browser();
    let diana = web.signed_in("diana", "openid").await;
    for hint in
        ["not-a-token", "a.b.c", "a.b.c.d.e", &diana.id_token()[1..], diana.tokens.access_token.as_str()]
    {
        web.authorize("openid").prompt("none").set("id_token_hint", hint).code().await;
        web.authorize("openid").set("id_token_hint", hint).code().await;
        let elsewhere = web.clone().at(&nobody).authorize("openid").set("id_token_hint", hint);
        elsewhere.clone().prompt("none").refused("login_required").await;
        elsewhere.login_page().await;
    }
    assert!(op.log().contains("invalid id_token_hint ignored"));
}

#[tokio::test]
async fn a_hint_names_who_is_expected() {
    let op = Op::with([client("web"), client("other")]).await;
    let web = op.rp("web");
    let diana = web.signed_in("diana", "openid").await;
    let quiet = web.authorize("openid").prompt("none").set("id_token_hint", diana.id_token());
    assert_eq!(quiet.signed_in().await.claims().await["sub"], diana.claims().await["sub"]);
    // An expired hint is a hint all the same.
    op.advance(4000);
    web.authorize("openid").prompt("none").set("id_token_hint", diana.id_token()).code().await;

    let ella = op.another_browser();
    web.clone().at(&ella).signed_in("ella", "openid").await;
    let hinted = || web.clone().at(&ella).authorize("openid").set("id_token_hint", diana.id_token());
    hinted().prompt("none").refused("login_required").await;
    // Whom the page must not ask to prove that they are who they are: they are not.
    let page = hinted().page().await;
    assert!(
        page.text()
            .contains("You are signed in as Ella Fitzgerald, but the application expects another account"),
        "{}",
        page.text()
    );
    assert_eq!(page.control("username").unwrap().value, "");
    let page = hinted().login("ella").page().await;
    assert!(
        page.text().contains("That was Ella Fitzgerald, but the application expects another account"),
        "{}",
        page.text()
    );
    // Who is not that person can go back.
    hinted().login("ella").press("back-to-application").refused("access_denied").await;
    hinted().login("diana").code().await;
    op.rp("other")
        .authorize("openid")
        .set("id_token_hint", diana.id_token())
        .refused("invalid_request")
        .await;
    let mut forged = diana.id_token().to_owned();
    forged.replace_range(forged.len() - 4.., "AAAA");
    web.clone().at(&ella).authorize("openid").prompt("none").set("id_token_hint", &forged).code().await;
    let sub = json!({"id_token": {"sub": {"value": "somebody-else"}}});
    web.authorize("openid").prompt("none").claims(&sub).refused("login_required").await;
}

#[tokio::test]
async fn whom_a_hint_names_is_filled_in() {
    let world = World::of([client("web")]).settings(|settings| settings.subjects.public = Public::Raw);
    let op = Op::with(world).await;
    let diana = op.rp("web").signed_in("diana", "openid").await;
    let there = op.rp("web").at(&op.another_browser());
    let hinted = || there.authorize("openid").set("id_token_hint", diana.id_token());
    assert_eq!(hinted().login_page().await.control("username").unwrap().value, "diana");
    there.signed_in("ella", "openid").await;
    assert_eq!(hinted().login_page().await.control("username").unwrap().value, "diana");
}

#[tokio::test]
async fn an_access_token_is_no_hint_though_our_key_signed_it() {
    let jwt = client("web").set("access_token_format", "jwt").set("access_token_audience", json!(["web"]));
    let op = Op::with(jwt).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    let hinted = op.rp("web").authorize("openid").set("id_token_hint", &signed_in.tokens.access_token);
    hinted.code().await;
    assert!(op.log().contains("it is signed, but is no ID token"));
}

#[tokio::test]
async fn a_login_hint_fills_in_the_name() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid").set("login_hint", "ella").login_page().await;
    assert_eq!(page.control("username").unwrap().value, "ella");
    let hostile = r#""><script>alert(1)</script>"#;
    let page = op.rp("web").authorize("openid").set("login_hint", hostile).login_page().await;
    assert_eq!(page.control("username").unwrap().value, hostile);
    assert!(!String::from_utf8_lossy(&page.body).contains("<script>"));
}

#[tokio::test]
async fn acr_values_are_wishes() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let offered = web.discover().await.unwrap()["acr_values_supported"][0].as_str().unwrap().to_owned();
    let wish = format!("urn:unheard-of {offered}");
    let claims = web
        .authorize("openid")
        .set("acr_values", &wish)
        .login("diana")
        .consent()
        .signed_in()
        .await
        .claims()
        .await;
    assert_eq!(claims["acr"], offered.as_str());
}
