//! OpenID Connect RP-Initiated Logout §2, §3: sign-out by the browser.

mod server;
mod stay;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use signet_certify::Browser;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_jose::{HmacKey, SigningAlg, jws};

use crate::attacks::{registered, spec};
use crate::op::{ClientSpec, Op, World, client, session_of};
use crate::outside::StoreKind;
use crate::session::alive;

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

/// RFC 8252 §7.3: the port of a program on the person's own machine is free after sign-out too.
#[tokio::test]
async fn a_native_client_names_any_port_of_its_loopback_address() {
    let native = |application_type: &str| {
        client("web")
            .set("post_logout_redirect_uris", json!(["http://127.0.0.1/bye"]))
            .set("application_type", application_type)
    };
    for (application_type, uri, is_sent) in [
        ("native", "http://127.0.0.1:49152/bye", true),
        ("native", "http://127.0.0.1/bye", true),
        ("native", "http://127.0.0.1:49152/else", false),
        ("native", "http://[::1]:49152/bye", false),
        ("native", "http://127.0.0.1:80@evil.example/bye", false),
        ("web", "http://127.0.0.1:49152/bye", false),
    ] {
        let op = Op::with(native(application_type)).await;
        let signed_in = op.rp("web").signed_in("diana", "openid").await;
        let params =
            [("id_token_hint", signed_in.id_token()), ("post_logout_redirect_uri", uri), ("state", "s")];
        let landed = op.browser().get(&end_session(&op, &params)).await;
        if is_sent {
            assert_eq!(landed.sent_away().as_str(), format!("{uri}?state=s"));
            is_signed_out(&op, op.browser()).await;
        } else {
            assert_eq!(landed.on_page().status, 400, "{application_type} {uri}");
            op.rp("web").authorize("openid").prompt("none").code().await;
        }
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

/// Anybody can make a link of an ID token that they have seen.
#[tokio::test]
async fn a_hint_of_another_session_of_the_same_person_asks() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let op = Op::with(web().set("client_secret", SECRET).set("id_token_signed_response_alg", "HS256")).await;
    let web = op.rp("web");
    let elsewhere = op.another_browser();
    let other = web.clone().at(&elsewhere).signed_in("diana", "openid").await;
    let before = web.authorize("openid").login("diana").signed_in().await;
    web.authorize("openid").prompt("none").code().await;
    let own = end_session(&op, &[("id_token_hint", before.id_token()), ("client_id", "web")]);
    op.browser().get(&own).await.on_page();
    is_signed_out(&op, op.browser()).await;
    let now = web.authorize("openid").login("diana").signed_in().await;
    let payload = now.id_token().split('.').nth(1).unwrap();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims.as_object_mut().unwrap().remove("sid").unwrap();
    let key = HmacKey::new(SigningAlg::Hs256, SECRET.as_bytes()).unwrap();
    let without_sid = jws::sign_hmac(&key, Some("JWT"), claims.to_string().as_bytes());
    for hint in [other.id_token(), before.id_token(), &without_sid] {
        let params = [("id_token_hint", hint), ("client_id", "web"), ("post_logout_redirect_uri", BYE)];
        let page = op.browser().get(&end_session(&op, &params)).await.on_page();
        assert!(page.has("sign-out-confirm"), "{}", page.text());
        // So it does by a form, which goes on under seal.
        let at = op.url("/end_session");
        let page = op.browser().post_form_from("https://web.example/", &at, &params).await.on_page();
        assert!(page.has("sign-out-confirm"));
        web.authorize("openid").prompt("none").code().await;
    }
    let params = [("id_token_hint", now.id_token()), ("client_id", "web"), ("post_logout_redirect_uri", BYE)];
    assert_eq!(op.browser().get(&end_session(&op, &params)).await.sent_away().as_str(), BYE);
    is_signed_out(&op, op.browser()).await;
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
            // Where no cookie comes they may be blocked, and somebody signed in.
            let said = match browser.cookies().is_empty() {
                false => "You are signed out",
                true => "Nobody is signed in here",
            };
            let page = browser.get(&end_session(&op, &params)).await.on_page();
            assert!(!page.has("sign-out-confirm") && page.text().contains(said), "{}", page.text());
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

/// What is said after a sign-out is said again at the same address: reloaded, in another language, in another
/// tab.
#[tokio::test]
async fn the_page_after_a_sign_out_stays_what_it_is() {
    let op = Op::with(web()).await;
    for request in [&[][..], &[("client_id", "web"), ("ui_locales", "en")]] {
        op.rp("web").authorize("openid").prompt("login consent").login("diana").consent().code().await;
        let asked = op.browser().get(&end_session(&op, request)).await.on_page();
        let done = asked.submit("sign-out-confirm").await.on_page();
        let german = done.document.links.iter().find(|link| link.href.contains("ui_locales=de")).unwrap();
        let german = op.browser().get(done.url.join(&german.href).unwrap().as_str()).await.on_page();
        let tab = op.browser().get(asked.url.as_str()).await.on_page();
        for page in [&done, &done.reload().await.on_page(), &tab] {
            assert!(page.text().contains("You are signed out"), "{}", page.text());
        }
        assert!(german.text().contains("Sie sind abgemeldet"), "{}", german.text());
        // The form led to an address, so that reloading sends nothing.
        let transcript = op.wire.transcript();
        let posted = transcript.exchanges().iter().filter(|exchange| exchange.method == http::Method::POST);
        let posted = posted.filter(|exchange| exchange.url.path().ends_with("/end_session")).last();
        assert_eq!(posted.unwrap().status, http::StatusCode::SEE_OTHER);
    }
    op.rp("web").authorize("openid").login("diana").code().await;
    assert!(op.browser().get(&end_session(&op, &[])).await.on_page().has("sign-out-confirm"));
}

/// A session that is over is over: the browser that had it keeps cookies.
#[tokio::test]
async fn who_had_a_session_is_not_told_to_allow_cookies() {
    let op = Op::with(web()).await;
    op.rp("web").signed_in("diana", "openid").await;
    op.browser().forget_cookie(&session_of(op.browser()).unwrap().name);
    let page = op.browser().get(&end_session(&op, &[])).await.on_page();
    assert!(page.text().contains("You are signed out"), "{}", page.text());
}
