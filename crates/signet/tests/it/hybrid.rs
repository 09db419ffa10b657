//! OpenID Connect Core §3.2, §3.3, OAuth 2.0 Multiple Response Type Encoding Practices: every response type
//! and mode, with what belongs into each answer.

use serde_json::{Value, json};
use signet_certify::assert::Judged as _;
use signet_certify::rp::Expected;
use signet_certify::{AuthorizationResponse, Code, Landed};

use crate::flow::{Flow, Rp};
use crate::op::{ClientSpec, Op, client};

const ALL: &[&str] = &[
    "code",
    "id_token",
    "token",
    "code id_token",
    "code token",
    "id_token token",
    "code id_token token",
    "none",
];

/// A client that opted in to everything, first party so that one page suffices.
fn everything(id: &str) -> ClientSpec {
    client(id)
        .set("response_types", json!(ALL))
        .set("grant_types", json!(["authorization_code", "implicit", "refresh_token"]))
        .set("skip_consent", true)
}

fn asks(response_type: &str, word: &str) -> bool {
    response_type.split(' ').any(|asked| asked == word)
}

/// The ID token of a front-channel answer, after every check, the hashes included.
async fn front_claims(rp: &Rp, flow: &Flow, response: &AuthorizationResponse) -> Value {
    let expected = Expected {
        access_token: response.get("access_token"),
        code: response.get("code"),
        front_channel: true,
        ..flow.request().expected()
    };
    rp.verify_id_token(response.get("id_token").unwrap(), expected).await.unwrap()
}

async fn redeem(rp: &Rp, code: &Code) -> signet_certify::Tokens {
    rp.redeem(code).await.tokens()
}

#[tokio::test]
async fn each_response_type_gives_exactly_what_it_names() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    web.authorize("openid").login("diana").code().await;
    for response_type in ALL {
        for mode in [None, Some("fragment"), Some("form_post")] {
            let flow = web.authorize("openid email").set("response_type", response_type);
            let flow = mode.map_or(flow.clone(), |mode| flow.set("response_mode", mode));
            let response = flow.response().await;
            let mut names: Vec<&str> = response.names().collect();
            names.sort_unstable();
            let mut expected = vec!["iss", "state"];
            for (word, members) in [
                ("code", &["code"][..]),
                ("id_token", &["id_token"][..]),
                ("token", &["access_token", "expires_in", "scope", "token_type"][..]),
            ] {
                expected.extend(members.iter().filter(|_| asks(response_type, word)));
            }
            expected.sort_unstable();
            assert_eq!(names, expected, "{response_type} by {mode:?}");
        }
    }
}

#[tokio::test]
async fn both_id_tokens_of_a_hybrid_flow_agree() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    web.authorize("openid").login("diana").code().await;
    for response_type in ["code id_token", "code id_token token"] {
        let flow = web.authorize("openid email").set("response_type", response_type);
        let response = flow.response().await;
        let front = front_claims(&web, &flow, &response).await;
        let tokens = redeem(&web, &response.code().unwrap()).await;
        let back = web.claims(flow.request(), &tokens).await.unwrap();
        for name in ["iss", "sub", "aud", "nonce", "auth_time", "acr", "sid"] {
            assert_eq!(front[name], back[name], "{response_type}: {name}");
        }
        // With an access token to come, claims about the person wait at UserInfo.
        assert!(front.get("email").is_none() && back.get("email").is_none());
        assert_eq!(front.get("at_hash").is_some(), asks(response_type, "token"));
        assert!(front["c_hash"].is_string() && back.get("c_hash").is_none());
        assert_eq!(web.userinfo(&tokens).await.succeeded().json["sub"], front["sub"]);
    }
}

#[tokio::test]
async fn an_id_token_alone_carries_the_claims_of_the_scopes() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    let flow = web.authorize("openid email").set("response_type", "id_token").login("diana");
    let claims = front_claims(&web, &flow, &flow.response().await).await;
    assert_eq!(claims["email"], "diana@example.org");
    assert!(
        claims.get("at_hash").is_none() && claims.get("c_hash").is_none() && claims.get("name").is_none()
    );
    let flow = web.authorize("openid email").set("response_type", "id_token token");
    let claims = front_claims(&web, &flow, &flow.response().await).await;
    assert!(claims.get("email").is_none(), "there is UserInfo to ask");
}

#[tokio::test]
async fn a_front_channel_access_token_works_and_tells_its_life() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    for response_type in ["token", "code token", "id_token token"] {
        let elsewhere = web.clone().at(&op.another_browser());
        let flow = elsewhere.authorize("openid email").set("response_type", response_type).login("diana");
        let response = flow.response().await;
        assert_eq!((response.get("token_type"), response.get("expires_in")), (Some("Bearer"), Some("3600")));
        let userinfo = web.userinfo(&response.get("access_token").unwrap()).await.succeeded();
        assert_eq!(userinfo.json["email"], "diana@example.org", "{response_type}");
    }
}

#[tokio::test]
async fn a_code_that_is_used_twice_takes_the_front_channel_token_with_it() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    let response = web.authorize("openid").set("response_type", "code token").login("diana").response().await;
    let front = response.get("access_token").unwrap().to_owned();
    redeem(&web, &response.code().unwrap()).await;
    web.userinfo(&front).await.succeeded();
    web.redeem(&response.code().unwrap()).await.refused("invalid_grant");
    web.userinfo(&front).await.refused("invalid_token");
}

#[tokio::test]
async fn tokens_never_travel_in_a_query() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    for response_type in ALL.iter().filter(|name| asks(name, "token") || asks(name, "id_token")) {
        let refused =
            web.authorize("openid").set("response_type", response_type).set("response_mode", "query");
        // It is told in the fragment, where the answer would have been.
        let landed = refused.go().await.unwrap();
        let Landed::Callback(url) = landed else { panic!("{landed:?}") };
        assert!(url.query().is_none(), "{url}");
        assert!(url.fragment().unwrap().contains("error=invalid_request"), "{url}");
    }
}

#[tokio::test]
async fn what_comes_through_the_browser_is_tied_to_its_request() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    for response_type in ALL {
        let elsewhere = web.clone().at(&op.another_browser());
        let flow = elsewhere.authorize("openid").set("response_type", response_type).without("nonce");
        if asks(response_type, "id_token") {
            flow.refused("invalid_request").await;
        } else {
            let response = flow.login("diana").response().await;
            assert_eq!(response.error(), None, "{response_type}");
        }
    }
    let flow = web.authorize("email").set("response_type", "code id_token");
    flow.refused("invalid_scope").await;
}

#[tokio::test]
async fn each_response_type_must_be_registered() {
    let op = Op::with([
        client("plain"),
        client("half").set("response_types", json!(["code id_token"])),
        everything("web"),
    ])
    .await;
    for response_type in ALL.iter().filter(|name| **name != "code") {
        op.rp("plain")
            .authorize("openid")
            .set("response_type", response_type)
            .refused("unauthorized_client")
            .await;
    }
    // Its words need `implicit`, which is not registered.
    op.rp("half")
        .authorize("openid")
        .set("response_type", "code id_token")
        .refused("unauthorized_client")
        .await;
    let response =
        op.rp("web").authorize("openid").set("response_type", "token id_token code").login("diana");
    assert!(response.response().await.get("id_token").is_some(), "words come in any order");
    op.rp("web")
        .authorize("openid")
        .set("response_type", "none code")
        .refused("unsupported_response_type")
        .await;
}

#[tokio::test]
async fn offline_access_needs_a_code() {
    let op = Op::with(everything("web").set("skip_consent", false)).await;
    let web = op.rp("web");
    let offline = web.authorize("openid offline_access").prompt("consent");
    let response = offline.clone().set("response_type", "token").login("diana").consent().response().await;
    assert_eq!(response.get("scope"), Some("openid"));
    let response = offline.set("response_type", "code token").press("consent-allow").response().await;
    assert!(redeem(&web, &response.code().unwrap()).await.refresh().is_ok());
}

#[tokio::test]
async fn pkce_is_for_codes() {
    let op = Op::with(everything("spa").public()).await;
    let spa = op.rp("spa");
    let bare = |response_type| {
        spa.authorize("openid").set("response_type", response_type).pkce(signet_certify::rp::Pkce::None)
    };
    bare("code id_token").refused("invalid_request").await;
    assert!(bare("id_token").login("diana").response().await.get("id_token").is_some());
}

#[tokio::test]
async fn none_only_tells_that_the_person_is_there() {
    let op = Op::with(everything("web")).await;
    let web = op.rp("web");
    web.authorize("openid").set("response_type", "none").prompt("none").refused("login_required").await;
    let response = web.authorize("openid").set("response_type", "none").login("diana").response().await;
    assert_eq!(response.names().collect::<Vec<_>>(), ["iss", "state"]);
}

/// The certification run of LoginRadius' provider that opened this project's reading, with its flaws gone.
#[tokio::test]
async fn the_run_of_code_id_token_as_it_should_have_been() {
    let op = Op::with(everything("web").set("skip_consent", false)).await;
    let web = op.rp("web");
    let metadata =
        op.send(http::Request::get(op.url("/.well-known/openid-configuration")).body("").unwrap()).await;
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        let url = metadata.json[endpoint].as_str().unwrap();
        assert!(url.starts_with(metadata.json["issuer"].as_str().unwrap()), "{endpoint} below the issuer");
    }
    let flow = web.authorize("openid").set("response_type", "code id_token").login("diana").consent();
    let response = flow.response().await;
    let front = front_claims(&web, &flow, &response).await;
    let mut members: Vec<&str> = front.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        ["acr", "amr", "aud", "auth_time", "c_hash", "exp", "iat", "iss", "nonce", "sid", "sub"],
        "only openid was asked for: no profile, no nulls"
    );
    assert!(front["auth_time"].is_u64());
    // The client's library also sent `state` to the token endpoint, which is ignored.
    let code = response.code().unwrap();
    let params = [
        ("grant_type", "authorization_code"),
        ("code", &code.value),
        ("redirect_uri", code.redirect_uri.as_deref().unwrap()),
        ("code_verifier", code.verifier.as_deref().unwrap()),
        ("state", "h42J4nljmjL4LRua"),
    ];
    let tokens = web.token_request(&params).await.tokens();
    assert_eq!((tokens.expires_in, tokens.refresh_token.is_none()), (Some(3600), true));
    let back = web.claims(flow.request(), &tokens).await.unwrap();
    for name in ["iss", "sub", "nonce", "auth_time"] {
        assert_eq!(front[name], back[name], "{name}");
    }
}
