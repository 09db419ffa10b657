//! One sign-in for every application, and its end: OpenID Connect RP-Initiated Logout §2, §3.

use ::http::header::{ACCEPT, CONTENT_TYPE, COOKIE};
use serde_json::{Value, json};
use signet_certify::Browser;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::id::ClientId;

use crate::attacks::{registered, spec};
use crate::flow::SignedIn;
use crate::op::{ClientSpec, Op, World, client, session_of};
use crate::outside::StoreKind;

const BYE: &str = "https://web.example/bye";

fn web() -> ClientSpec {
    client("web").set("post_logout_redirect_uris", json!([BYE, "https://web.example/bye?from=op"]))
}

fn end_session(op: &Op, params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    op.url(&format!("/end_session?{query}"))
}

async fn is_signed_out(op: &Op, browser: &Browser) {
    op.rp("web").at(browser).authorize("openid").prompt("none").refused("login_required").await;
}

async fn alive(signed_in: &SignedIn) -> bool {
    signed_in.rp.introspect(&signed_in.tokens).await.succeeded().json["active"].as_bool().unwrap()
}

#[tokio::test]
async fn one_sign_in_serves_every_application() {
    let op = Op::with([client("one"), client("two")]).await;
    let one = op.rp("one").signed_in("diana", "openid").await.claims().await;
    op.advance(50);
    let two = op.rp("two").authorize("openid").consent().signed_in().await.claims().await;
    assert_eq!(one["auth_time"], two["auth_time"]);
    assert_eq!(one["sub"], two["sub"]);
    // Two applications cannot tell by it that they serve the same browser.
    assert_ne!(one["sid"], two["sid"]);
}

#[tokio::test]
async fn a_restart_logs_nobody_out() {
    for kind in StoreKind::BOTH {
        let mut op = Op::with(World::of([client("web")]).on(kind)).await;
        let before = op.rp("web").signed_in("diana", "openid offline_access").await;
        let pending = op.rp("web").authorize("openid").code().await;
        let other = op.another_browser();
        let flow = op.rp("web").at(&other).authorize("openid");
        let page = flow.login_page().await;

        op.restart().await;
        let web = op.rp("web");
        let after = web.authorize("openid").prompt("none").signed_in().await;
        assert_eq!(before.claims().await["sub"], after.claims().await["sub"], "{kind:?}");
        web.userinfo(&before.tokens).await.succeeded();
        web.refresh(before.refresh_token()).await.tokens();
        // Mid-flow as well: a code from before, and a page from before.
        web.redeem(&pending).await.tokens();
        let landed = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
        Ok(flow.read(landed).await).code();
    }
}

#[tokio::test]
async fn switching_accounts_ends_the_first() {
    let op = Op::with(client("web")).await;
    let diana = op.rp("web").signed_in("diana", "openid").await;
    let offline = op.rp("web").authorize("openid offline_access").consent().signed_in().await;
    let switched = op.rp("web").authorize("openid").prompt("select_account").press("account-other");
    switched.login("ella").consent().code().await;
    assert!(!alive(&diana).await, "her online grants end with her session");
    assert!(alive(&offline).await);
    op.rp("web")
        .authorize("openid")
        .prompt("none")
        .set("id_token_hint", diana.id_token())
        .refused("login_required")
        .await;
}

#[tokio::test]
async fn signing_in_again_keeps_what_was_granted() {
    let op = Op::with(client("web")).await;
    let first = op.rp("web").signed_in("diana", "openid").await;
    op.rp("web").authorize("openid").prompt("login").login("diana").code().await;
    assert!(alive(&first).await);
}

#[tokio::test]
async fn sign_out_ends_online_grants_and_leaves_offline_ones() {
    for kind in StoreKind::BOTH {
        let op = Op::with(
            World::of([web(), client("other").set("refresh_without_offline_access", true)]).on(kind),
        )
        .await;
        let online = op.rp("web").signed_in("diana", "openid").await;
        let bound = op.rp("other").authorize("openid").consent().signed_in().await;
        let offline = op.rp("other").authorize("openid offline_access").consent().signed_in().await;
        let pending = op.rp("web").authorize("openid").code().await;
        let elsewhere =
            op.rp("web").at(&op.another_browser()).authorize("openid").login("diana").signed_in().await;

        let landed =
            op.browser().get(&end_session(&op, &[("id_token_hint", online.id_token())])).await.on_page();
        assert!(!landed.has("sign-out-confirm") && landed.status == 200, "{}", landed.text());
        is_signed_out(&op, op.browser()).await;
        assert!(session_of(op.browser()).is_none());
        op.rp("web").userinfo(&online.tokens).await.refused("invalid_token");
        op.rp("other").refresh(bound.refresh_token()).await.refused("invalid_grant");
        op.rp("web").redeem(&pending).await.refused("invalid_grant");
        op.rp("other").refresh(offline.refresh_token()).await.tokens();
        assert!(alive(&elsewhere).await, "another browser's session is another session");
    }
}

#[tokio::test]
async fn a_stolen_cookie_dies_with_the_session() {
    let op = Op::with(web()).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    let cookie = session_of(op.browser()).unwrap();
    op.browser().get(&end_session(&op, &[("id_token_hint", signed_in.id_token())])).await.on_page();
    let thief = op.another_browser();
    thief.plant_cookie(cookie);
    is_signed_out(&op, &thief).await;
}

#[tokio::test]
async fn a_proven_request_goes_straight_to_where_the_client_wants() {
    let op = Op::with(web()).await;
    for (uri, state, lands) in [
        (BYE, None, BYE.to_owned()),
        (BYE, Some("a b&c"), format!("{BYE}?state=a+b%26c")),
        ("https://web.example/bye?from=op", Some("s"), "https://web.example/bye?from=op&state=s".to_owned()),
    ] {
        let signed_in = op.rp("web").authorize("openid").login("diana");
        let signed_in =
            if state.is_none() && uri == BYE { signed_in.consent() } else { signed_in }.signed_in().await;
        let mut params = vec![("id_token_hint", signed_in.id_token()), ("post_logout_redirect_uri", uri)];
        params.extend(state.map(|state| ("state", state)));
        let away = op.browser().get(&end_session(&op, &params)).await.sent_away();
        assert_eq!(away.as_str(), lands);
        is_signed_out(&op, op.browser()).await;
    }
}

#[tokio::test]
async fn the_same_by_post_and_with_an_expired_hint() {
    let op = Op::with(web()).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    op.advance(5000);
    let form = [("id_token_hint", signed_in.id_token()), ("post_logout_redirect_uri", BYE), ("state", "x")];
    let away =
        op.browser().post_form_from("https://web.example/", &op.url("/end_session"), &form).await.sent_away();
    assert_eq!(away.as_str(), format!("{BYE}?state=x"));
    is_signed_out(&op, op.browser()).await;
}

#[tokio::test]
async fn without_proof_the_person_is_asked() {
    let op = Op::with(web()).await;
    let web = op.rp("web");
    let ella = op.another_browser();
    let foreign = web.clone().at(&ella).signed_in("ella", "openid").await;
    web.signed_in("diana", "openid").await;
    let unproven = [
        vec![],
        vec![("client_id", "web")],
        vec![("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "x")],
        vec![("id_token_hint", foreign.id_token())],
        vec![("id_token_hint", foreign.id_token()), ("post_logout_redirect_uri", BYE)],
    ];
    for params in &unproven {
        let page = op.browser().get(&end_session(&op, params)).await.on_page();
        assert!(page.has("sign-out-confirm"), "{params:?}: {}", page.text());
        assert!(page.text().contains("Diana Krall"));
        web.authorize("openid").prompt("none").code().await;
        // A yes of another site is none.
        let form = [("decision", "sign-out"), ("csrf", "guess")];
        op.browser().post_form(page.url.as_str(), &form).await.on_page();
        web.authorize("openid").prompt("none").code().await;
    }
    let asked = op.browser().get(&end_session(&op, &unproven[2])).await.on_page();
    let away = asked.submit("sign-out-confirm").await.sent_away();
    assert_eq!(away.as_str(), format!("{BYE}?state=x"));
    is_signed_out(&op, op.browser()).await;
    // Pressing it again harms nobody.
    asked.submit("sign-out-confirm").await.unwrap();
}

#[tokio::test]
async fn a_plain_yes_ends_on_our_own_page() {
    let op = Op::with(web()).await;
    op.rp("web").signed_in("diana", "openid").await;
    let page = op.browser().get(&op.url("/end_session")).await.on_page();
    let done = page.submit("sign-out-confirm").await.on_page();
    assert!(!done.has("sign-out-confirm") && done.error().is_none(), "{}", done.text());
    is_signed_out(&op, op.browser()).await;
    // Without anybody signed in there is nothing to ask.
    let done = op.browser().get(&op.url("/end_session")).await.on_page();
    assert!(!done.has("sign-out-confirm") && done.status == 200);
}

#[tokio::test]
async fn a_bad_sign_out_request_is_a_page_and_changes_nothing() {
    let jwt = web().set("access_token_format", "jwt").set("access_token_audience", json!(["web"]));
    let op = Op::with([jwt, client("other")]).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    let hint = ("id_token_hint", signed_in.id_token());
    for params in [
        vec![hint, ("post_logout_redirect_uri", "https://evil.example/")],
        vec![hint, ("post_logout_redirect_uri", "https://web.example/bye/")],
        vec![hint, ("client_id", "other")],
        vec![hint, ("state", "1"), ("state", "2")],
    ] {
        op.browser().get(&end_session(&op, &params)).await.on_error("invalid_request");
        op.browser().post_form(&op.url("/end_session"), &params).await.on_error("invalid_request");
    }
    op.rp("web").authorize("openid").prompt("none").code().await;
}

/// Who wanted to sign out is not left without a way on.
#[tokio::test]
async fn a_refused_sign_out_leads_back_and_out() {
    let home = web().set("client_uri", "https://web.example/");
    let op = Op::with(home).await;
    op.rp("web").signed_in("diana", "openid").await;
    let wrong = [("client_id", "web"), ("post_logout_redirect_uri", "https://web.example/else")];
    let form = op.browser().post_form(&op.url("/end_session"), &wrong).await.on_error("invalid_request");
    let link = op.browser().get(&end_session(&op, &wrong)).await.on_error("invalid_request");
    for page in [form, link] {
        assert!(!page.text().to_lowercase().contains("signed out"), "{}", page.text());
        let back = page.document.links.iter().find(|link| link.id.as_deref() == Some("back-to-application"));
        assert_eq!(back.map(|link| link.href.as_str()), Some("https://web.example/"));
        let asked = page.click("sign-out").await.on_page();
        assert!(asked.has("sign-out-confirm"), "{}", asked.text());
    }
    op.rp("web").authorize("openid").prompt("none").code().await;
}

#[tokio::test]
async fn what_cannot_be_used_any_more_keeps_nobody_from_signing_out() {
    let jwt = web().set("access_token_format", "jwt").set("access_token_audience", json!(["web"]));
    let op = Op::with(jwt).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    let access_token = signed_in.tokens.access_token.as_str();
    let bye = ("post_logout_redirect_uri", BYE);
    for params in [
        vec![bye],
        vec![("client_id", "stranger")],
        vec![("client_id", "stranger"), bye],
        vec![("id_token_hint", "not-a-token")],
        vec![("id_token_hint", "not-a-token"), bye],
        vec![("id_token_hint", access_token), bye, ("client_id", "web")],
    ] {
        let asked = op.browser().get(&end_session(&op, &params)).await.on_page();
        assert!(asked.has("sign-out-confirm"), "{params:?}: {}", asked.text());
        op.rp("web").authorize("openid").prompt("none").code().await;
        // RP-Initiated Logout §4: what cannot be read is not used. What the person confirms to leave for, a
        // registered address of the client that is named, needs no hint; nothing else sends them anywhere.
        let landed = asked.submit("sign-out-confirm").await;
        if params.len() == 3 {
            assert_eq!(landed.sent_away().as_str(), BYE);
        } else {
            let done = landed.on_page();
            assert!(done.status == 200 && done.error().is_none(), "{params:?}: {}", done.text());
            assert!(!done.has("back-to-application"), "{params:?}");
        }
        is_signed_out(&op, op.browser()).await;
        op.rp("web").authorize("openid").login("diana").code().await;
    }
    assert!(op.log().contains("invalid sign-out parameter ignored"));
}

/// A server asks for no page, and has no cookies.
async fn server(op: &Op, post: bool, params: &[(&str, &str)]) -> signet_certify::Reply {
    let address = end_session(op, params);
    let (place, query) = address.split_once('?').unwrap();
    let request = match post {
        true => ::http::Request::post(place)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(query.to_owned()),
        false => ::http::Request::get(&address).header(ACCEPT, "*/*").body(String::new()),
    };
    op.send(request.unwrap()).await
}

#[tokio::test]
async fn a_request_that_ends_nothing_is_an_error_to_a_server_and_a_page_to_a_person() {
    let op = Op::with(web()).await;
    let bye = ("post_logout_redirect_uri", BYE);
    for params in [
        vec![],
        vec![("client_id", "web")],
        vec![("client_id", "web"), bye],
        vec![("id_token_hint", "not-a-token")],
        vec![("id_token_hint", "not-a-token"), ("client_id", "web")],
        vec![("id_token_hint", "not-a-token"), ("client_id", "web"), bye],
    ] {
        let page = op.browser().get(&end_session(&op, &params)).await.on_page();
        assert!(page.status == 200 && page.error().is_none(), "{params:?}: {}", page.text());
        // Nobody is sent anywhere, and there is a way on.
        let way_back = params.contains(&bye) && params.contains(&("client_id", "web"));
        assert!(!page.has("sign-out-confirm"), "{params:?}: {}", page.text());
        assert_eq!(page.has("back-to-application"), way_back, "{params:?}");
        for post in [false, true] {
            let answer = server(&op, post, &params).await;
            assert_eq!(
                (answer.status, &answer.json["error"]),
                (::http::StatusCode::BAD_REQUEST, &json!("invalid_request")),
                "{params:?}"
            );
            let said = answer.json["error_description"].as_str().unwrap();
            assert!(said.contains("nobody was signed out") && said.contains("id_token_hint"), "{said}");
        }
    }
    assert!(op.log().contains("it is no JWT"), "{}", op.log());
}

/// A world with an application that registered itself.
async fn with_a_stranger() -> (Op, Value) {
    let op = Op::with(World::of([web()]).settings(|settings| {
        settings.registration.mode = signet_core::settings::registration::Mode::Open;
    }))
    .await;
    let metadata = json!({
        "redirect_uris": ["https://app.example/cb"],
        "post_logout_redirect_uris": ["https://app.example/bye"],
    });
    let app = registered(&op, &metadata).await;
    (op, app)
}

/// Whom nobody can ask whether they want to sign out is told that they are signed out.
#[tokio::test]
async fn who_is_not_signed_in_is_not_asked_and_keeps_the_way_back() {
    let (op, app) = with_a_stranger().await;
    let signed_in = op.party(&spec(&app)).signed_in("diana", "openid").await;
    let of_stranger = [
        ("client_id", app["client_id"].as_str().unwrap()),
        ("post_logout_redirect_uri", "https://app.example/bye"),
        ("id_token_hint", signed_in.id_token()),
    ];
    let of_ours = [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "x")];
    for (params, back) in
        [(of_stranger, "https://app.example/bye"), (of_ours, "https://web.example/bye?state=x")]
    {
        for browser in [op.another_browser(), op.browser().clone()] {
            if let Some(session) = session_of(&browser) {
                op.browser()
                    .get(&end_session(&op, &[]))
                    .await
                    .on_page()
                    .submit("sign-out-confirm")
                    .await
                    .unwrap();
                browser.plant_cookie(session);
            }
            let page = browser.get(&end_session(&op, &params)).await.on_page();
            assert!(
                !page.has("sign-out-confirm") && page.text().contains("You are signed out"),
                "{}",
                page.text()
            );
            let back_of = |page: &signet_certify::Page| {
                page.document
                    .links
                    .iter()
                    .find(|l| l.id.as_deref() == Some("back-to-application"))
                    .unwrap()
                    .href
                    .clone()
            };
            assert_eq!(back_of(&page), back);
            // Another language keeps the way back.
            let german = page.document.links.iter().find(|link| link.href.contains("ui_locales=de")).unwrap();
            let german = browser.get(page.url.join(&german.href).unwrap().as_str()).await.on_page();
            assert_eq!((german.lang(), back_of(&german).as_str()), (Some("de"), back));
        }
    }
}

#[tokio::test]
async fn whoever_has_the_cookie_of_a_session_is_shown_the_page_unless_they_want_json() {
    let op = Op::with(web()).await;
    op.rp("web").signed_in("diana", "openid").await;
    let cookie = session_of(op.browser()).unwrap();
    let send = async |accept: &str, cookie: Option<&str>| {
        let request = ::http::Request::get(op.url("/end_session?client_id=web")).header(ACCEPT, accept);
        let request = cookie.iter().fold(request, |request, cookie| request.header(COOKIE, *cookie));
        op.send(request.body(String::new()).unwrap()).await
    };
    let cookie = format!("{}={}", cookie.name, cookie.value);
    for accept in ["", "*/*", "text/html", "application/json;q=0, */*"] {
        let answer = send(accept, Some(&cookie)).await;
        assert_eq!(answer.status, 200, "{accept:?}");
        assert!(String::from_utf8_lossy(&answer.body).contains("id=\"sign-out-confirm\""), "{accept:?}");
    }
    for accept in ["application/json", "application/json, text/plain, */*", "application/problem+json"] {
        let answer = send(accept, Some(&cookie)).await;
        assert_eq!(answer.status, 400, "{accept}");
        assert!(answer.json["error_description"].as_str().unwrap().contains("the person has to confirm"));
    }
    // Without a session nobody could be asked.
    let answer = send("*/*", None).await;
    assert_eq!(
        (answer.status, &answer.json["error"]),
        (::http::StatusCode::BAD_REQUEST, &json!("invalid_request"))
    );
    op.rp("web").authorize("openid").prompt("none").code().await;
}

#[tokio::test]
async fn a_self_registered_client_ends_its_session_from_its_server_and_sends_nobody_anywhere() {
    for post in [false, true] {
        let (op, app) = with_a_stranger().await;
        let signed_in = op.party(&spec(&app)).signed_in("diana", "openid").await;
        let params = [
            ("id_token_hint", signed_in.id_token()),
            ("client_id", app["client_id"].as_str().unwrap()),
            ("post_logout_redirect_uri", "https://app.example/bye"),
        ];
        let answer = server(&op, post, &params).await;
        assert_eq!((answer.status, &answer.json["signed_out"]), (::http::StatusCode::OK, &json!(true)));
        is_signed_out(&op, op.browser()).await;
        signed_in.rp.userinfo(&signed_in.tokens).await.refused("invalid_token");
        // What is over is over.
        assert_eq!(server(&op, post, &params).await.status, 200);
    }
}

#[tokio::test]
async fn a_server_that_shows_a_hint_ends_the_session_that_it_proves() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([web(), client("other")]).on(kind)).await;
        let elsewhere = op.another_browser();
        let stays = op.rp("web").at(&elsewhere).signed_in("diana", "openid").await;
        let signed_in = op.rp("web").authorize("openid").login("diana").signed_in().await;
        // The same person proves it again: the chain goes on under another id.
        op.rp("web").authorize("openid").prompt("login").login("diana").code().await;
        let hint = ("id_token_hint", signed_in.id_token());
        let call = |params: &[(&str, &str)]| {
            let request = ::http::Request::get(end_session(&op, params)).body(String::new()).unwrap();
            op.send(request)
        };
        assert_eq!(call(&[hint, ("client_id", "other")]).await.status, 400);
        op.rp("web").authorize("openid").prompt("none").code().await;
        assert_eq!(call(&[hint]).await.status, 200);
        is_signed_out(&op, op.browser()).await;
        assert!(!alive(&signed_in).await && alive(&stays).await, "{kind:?}");
        op.rp("web").at(&elsewhere).authorize("openid").prompt("none").code().await;
        // What is over is over: the hint proves no session any more, and sends the browser where it wants to
        // go.
        assert_eq!(call(&[hint, ("post_logout_redirect_uri", BYE)]).await.status, 303);
    }
}

#[tokio::test]
async fn a_removed_client_ends_its_grants() {
    let op = Op::with(client("web")).await;
    let spec = client("gone");
    let record = std::sync::Arc::new(spec.record());
    op.store().commit(vec![Change::PutClient(record)]).await.unwrap();
    let gone = op.party(&spec);
    let signed_in = gone.signed_in("diana", "openid offline_access").await;
    op.store().commit(vec![Change::DeleteClient(ClientId::from("gone"))]).await.unwrap();
    gone.refresh(signed_in.refresh_token()).await.refused("invalid_client");
    gone.userinfo(&signed_in.tokens).await.refused("invalid_token");
    gone.authorize("openid").error_page("invalid_client").await;
    op.rp("web").authorize("openid").consent().code().await;
}
