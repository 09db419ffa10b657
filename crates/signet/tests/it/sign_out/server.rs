//! OpenID Connect RP-Initiated Logout §2: sign-out by a server, which cannot be asked.

use ::http::header::{ACCEPT, CONTENT_TYPE, COOKIE};
use serde_json::json;
use signet_certify::assert::{Arrived as _, Judged as _};

use super::{BYE, end_session, is_signed_out, web, with_a_stranger};
use crate::attacks::spec;
use crate::op::{Op, World, client, session_of};
use crate::outside::StoreKind;
use crate::session::alive;

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
        assert!(answer.json["error_description"].as_str().unwrap().contains("the user has to confirm"));
    }
    // Without a session nobody could be asked.
    let answer = send("*/*", None).await;
    assert_eq!(
        (answer.status, &answer.json["error"]),
        (::http::StatusCode::BAD_REQUEST, &json!("invalid_request"))
    );
    op.rp("web").authorize("openid").prompt("none").code().await;
}

/// A browser that lost its cookies, or whose user followed a link, is no server.
#[tokio::test]
async fn a_browser_where_nobody_is_signed_in_ends_no_session_elsewhere() {
    let op = Op::with(web()).await;
    let (stranger, app) = with_a_stranger().await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    let theirs = stranger.party(&spec(&app)).signed_in("diana", "openid").await;
    for (op, signed_in, bye) in [(&op, signed_in, BYE), (&stranger, theirs, "https://app.example/bye")] {
        let hint = ("id_token_hint", signed_in.id_token());
        for params in [vec![hint], vec![hint, ("post_logout_redirect_uri", bye)]] {
            let other = op.another_browser();
            let linked = other.get(&end_session(op, &params)).await.on_page();
            let address = op.url("/end_session");
            let posted = other.post_form_from("https://web.example/", &address, &params).await.on_page();
            for page in [linked, posted] {
                assert!(page.status == 200 && page.error().is_none(), "{params:?}: {}", page.text());
                assert!(!page.has("sign-out-confirm"), "{params:?}: {}", page.text());
                assert_eq!(page.has("back-to-application"), params.len() == 2, "{params:?}");
            }
        }
        signed_in.claims().await;
        signed_in.rp.authorize("openid").prompt("none").code().await;
    }
}

/// Who confirms signs out of this browser, whatever session the hint proves.
#[tokio::test]
async fn a_yes_to_anothers_hint_ends_one_session() {
    let op = Op::with(web()).await;
    op.rp("web").signed_in("diana", "openid").await;
    let elsewhere = op.another_browser();
    let other = op.rp("web").at(&elsewhere).authorize("openid").login("diana").signed_in().await;
    let asked = op.browser().get(&end_session(&op, &[("id_token_hint", other.id_token())])).await.on_page();
    asked.submit("sign-out-confirm").await.on_page();
    is_signed_out(&op, op.browser()).await;
    assert!(alive(&other).await);
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
