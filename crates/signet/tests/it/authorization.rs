//! RFC 6749 §4.1, OpenID Connect Core §3.1.2: the authorization endpoint, before and after its callback is
//! verified.

use http::Request;
use serde_json::json;
use signet_certify::Landed;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::rp::Pkce;

use crate::flow::Flow;
use crate::op::{Op, World, client};

#[tokio::test]
async fn a_code_leads_to_tokens_and_claims() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.authorize("openid email").max_age(60).login("diana").consent().signed_in().await;
    let claims = signed_in.claims().await;
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["auth_time"], claims["iat"]);
    assert!(claims["sid"].is_string() && claims["acr"].is_string());
    // Scopes release at UserInfo, not here.
    assert!(claims.get("email").is_none() && claims.get("name").is_none());
    assert_eq!(web.userinfo(&signed_in.tokens).await.succeeded().json["email"], "diana@example.org");
    assert_eq!(signed_in.tokens.scope.as_deref(), Some("openid email"));
    assert_eq!(signed_in.tokens.expires_in, Some(3600));
    // 256 bits of chance, and a checksum.
    assert!(signed_in.code.value.starts_with("sgc_") && signed_in.code.value.len() == 63);
}

#[tokio::test]
async fn a_page_about_a_redirect_uri_shows_what_came_and_what_is_registered() {
    let op = Op::with(client("web")).await;
    let asked = |uri: &str| op.rp("web").authorize("openid").set("redirect_uri", uri);
    let page = asked("https://web.example/cb/?a=1&b='x'").error_page("invalid_request").await;
    let text = page.text();
    assert!(text.contains("it came as https://web.example/cb/?a=1&b='x'"), "{text}");
    assert!(text.contains("(exact match needed): https://web.example/cb"), "{text}");
    let page = asked("https://web.example:443/cb").error_page("invalid_request").await;
    assert!(page.text().contains("write https://web.example/cb"), "{}", page.text());
    let page = asked("https://evil.example/<b>call 555 0100</b>").error_page("invalid_request").await;
    assert!(!page.text().contains("call 555") && !String::from_utf8_lossy(&page.body).contains("<b>call"));
    assert!(op.log().contains("call 555 0100"));
}

/// Refusals that nobody may be sent anywhere for (RFC 6749 §4.1.2.1).
#[tokio::test]
async fn before_the_callback_is_verified_errors_are_pages() {
    let op = Op::with([client("web"), client("bare").set("redirect_uris", json!([]))]).await;
    let web = || op.rp("web").authorize("openid");
    let uri = "https://web.example/cb";
    let cases: Vec<(&str, Flow, &str)> = vec![
        ("client_id is missing", web().without("client_id"), "invalid_request"),
        ("client_id is missing", web().set("client_id", ""), "invalid_request"),
        ("client_id is given more than once", web().add("client_id", "web"), "invalid_request"),
        ("client_id is unknown", web().set("client_id", "stranger"), "invalid_client"),
        ("client_id is unknown", web().set("client_id", "WEB"), "invalid_client"),
        ("redirect_uri is missing", web().without("redirect_uri"), "invalid_request"),
        ("redirect_uri is given more than once", web().add("redirect_uri", uri), "invalid_request"),
        (
            "redirect_uri is not registered",
            web().set("redirect_uri", "https://evil.example/cb"),
            "invalid_request",
        ),
        (
            "redirect_uri is not registered",
            op.rp("bare").authorize("openid").set("redirect_uri", uri),
            "invalid_request",
        ),
        (
            "more than 128 parameters",
            (0..130).fold(web(), |flow, n| flow.set(&format!("p{n}"), "1")),
            "invalid_request",
        ),
        ("longer than 32 KiB", web().set("state", &"s".repeat(33 * 1024)), "invalid_request"),
    ];
    for (words, flow, code) in cases {
        for flow in [flow.clone(), flow.by_post()] {
            let page = flow.error_page(code).await;
            assert!(page.text().contains(words), "{words}: {}", page.text());
            assert_eq!(page.status, 400, "{words}");
        }
    }
    let endless = ["a", "b", "c"].into_iter().fold(web(), |flow, name| flow.set(name, &name.repeat(30_000)));
    endless.by_post().error_page("invalid_request").await;
}

#[tokio::test]
async fn redirect_uris_are_compared_to_the_letter() {
    let op = Op::with(client("web").redirect_uri("https://web.example/cb?tenant=1")).await;
    for other in [
        "https://web.example/cb",
        "https://web.example/cb?tenant=1&more=2",
        "https://web.example/cb?tenant=2",
        "https://web.example/cb?tenant=1#fragment",
        "https://web.example/cb/?tenant=1",
        "https://web.example/CB?tenant=1",
        "https://WEB.example/cb?tenant=1",
        "https://web.example:443/cb?tenant=1",
        "https://web.example/./cb?tenant=1",
        "https://web.example/%63b?tenant=1",
        "http://web.example/cb?tenant=1",
        "https://web.example@evil.example/cb?tenant=1",
        "https://web.example.evil.example/cb?tenant=1",
        " https://web.example/cb?tenant=1",
        "https://web.example/cb?tenant=1\n",
        "//web.example/cb?tenant=1",
        "javascript:alert(1)",
    ] {
        op.rp("web").authorize("openid").set("redirect_uri", other).error_page("invalid_request").await;
    }
    // The registered query is kept, and the response comes after it.
    let first = op.rp("web").authorize("openid").login("diana").consent().go().await.sent_away();
    assert!(first.as_str().starts_with("https://web.example/cb?tenant=1&code=sgc_"), "{first}");
    op.rp("web").authorize("openid").set("response_mode", "fragment").signed_in().await;
}

/// RFC 9700 §4.1.3: also on this machine, for a client that is no program there (RFC 8252 §7.3).
#[tokio::test]
async fn the_usual_port_of_this_machine_is_another_address_to_a_web_client() {
    let op = Op::with([
        client("web").redirect_uri("http://127.0.0.1/cb"),
        client("app").native().redirect_uri("http://127.0.0.1:80/cb"),
    ])
    .await;
    let asked = |id: &str, uri: &str| op.rp(id).authorize("openid").set("redirect_uri", uri);
    let page = asked("web", "http://127.0.0.1:80/cb").error_page("invalid_request").await;
    assert!(page.text().contains("write http://127.0.0.1/cb"), "{}", page.text());
    asked("web", "http://127.0.0.1/cb").login_page().await;
    asked("app", "http://127.0.0.1/cb").login_page().await;
    asked("app", "http://127.0.0.1:80/cb").login_page().await;
}

#[tokio::test]
async fn only_clients_on_the_device_choose_a_loopback_port() {
    let uri = "http://127.0.0.1/cb";
    let v6 = client("v6").native().redirect_uri("http://[::1]/cb");
    let op = Op::with([
        client("app").native().redirect_uri(uri),
        client("web").redirect_uri(uri),
        client("scheme").native().redirect_uri("com.example.app:/cb"),
        client("tool").public().redirect_uri("http://localhost/cb"),
        v6,
    ])
    .await;
    let signed_in = op.rp("app").answered_at("http://127.0.0.1:49152/cb").signed_in("diana", "openid").await;
    signed_in.claims().await;
    let mut code =
        op.rp("app").answered_at("http://127.0.0.1:1/cb").authorize("openid").consent().code().await;
    code.redirect_uri = Some("http://127.0.0.1:2/cb".into());
    op.rp("app").redeem(&code).await.refused("invalid_grant");
    op.rp("v6").answered_at("http://[::1]:50000/cb").authorize("openid").consent().signed_in().await;
    op.rp("scheme").authorize("openid").consent().signed_in().await;
    // A public client that did not register as native is one all the same, and shown at every port.
    let tool = |port: u16| op.rp("tool").answered_at(&format!("http://localhost:{port}/cb"));
    tool(57_470).authorize("openid").consent().signed_in().await;
    tool(57_471).authorize("openid").consent().signed_in().await;
    op.rp("tool").authorize("openid").consent().signed_in().await;
    for elsewhere in [
        "http://127.0.0.1:49152/",
        "http://localhost:49152/cb",
        "https://127.0.0.1:49152/cb",
        "http://127.0.0.2/cb",
    ] {
        op.rp("app").authorize("openid").set("redirect_uri", elsewhere).error_page("invalid_request").await;
    }
    op.rp("web")
        .authorize("openid")
        .set("redirect_uri", "http://127.0.0.1:49152/cb")
        .error_page("invalid_request")
        .await;
}

/// Every refusal of the check matrix: its code, a hint for the developer, state and issuer, in every mode, by
/// GET and POST.
#[tokio::test]
async fn after_the_callback_is_verified_errors_are_redirects() {
    let special = client("narrow").set("scope", "openid email").set("response_types", json!(["code"]));
    let op = Op::with([
        client("web"),
        special,
        client("tokenless").set("response_types", json!(["id_token"])),
        client("service").set("grant_types", json!(["client_credentials"])),
        client("spa").public(),
    ])
    .await;
    let at = |id: &str| op.rp(id).authorize("openid");
    let web = || at("web");
    let cases: Vec<(&str, &str, Flow)> = vec![
        ("invalid_request", "response_type is missing", web().without("response_type")),
        ("invalid_request", "response_type is missing", web().set("response_type", "")),
        ("unsupported_response_type", "not supported", web().set("response_type", "XYZ")),
        ("unauthorized_client", "for response_type code; add it to its response_types", at("tokenless")),
        (
            "unauthorized_client",
            "for response_type code; add authorization_code to its grant_types",
            at("service"),
        ),
        (
            "unauthorized_client",
            "for response_type id_token; add it to its response_types, and implicit to its grant_types",
            at("service").set("response_type", "id_token"),
        ),
        ("invalid_scope", "it can request address email", web().without("scope")),
        ("invalid_scope", "none of the requested scopes", web().set("scope", "unheard-of")),
        (
            "invalid_scope",
            "is available to this client; it can request openid email",
            at("narrow").set("scope", "profile"),
        ),
        ("invalid_scope", "", web().set("scope", "open\"id")),
        ("invalid_request", "code_challenge is missing", at("spa").pkce(Pkce::None)),
        ("invalid_request", "", at("spa").pkce(Pkce::Plain)),
        ("invalid_request", "code_challenge_method", web().without("code_challenge")),
        ("invalid_request", "", web().set("code_challenge_method", "S512")),
        ("invalid_request", "", web().set("code_challenge_method", "s256")),
        ("invalid_request", "", web().set("code_challenge", "short")),
        ("invalid_request", "", web().set("code_challenge", &"a".repeat(129))),
        ("invalid_request", "", web().set("code_challenge", &"ä".repeat(43))),
        ("invalid_request", "prompt holds an unknown word", web().prompt("signup")),
        ("invalid_request", "prompt=none cannot be combined", web().prompt("none login")),
        ("login_required", "nobody is signed in", web().prompt("none")),
        ("invalid_request", "max_age must be", web().set("max_age", "-1")),
        ("invalid_request", "max_age must be", web().set("max_age", "soon")),
        ("invalid_request", "display is unknown", web().set("display", "hologram")),
        ("invalid_request", "claims is not valid JSON", web().set("claims", "{")),
        ("invalid_request", "claims must be a JSON object", web().set("claims", "[]")),
        ("invalid_request", "claims.userinfo must be", web().set("claims", r#"{"userinfo":1}"#)),
        ("invalid_request_object", "must name the algorithm", web().set("request", "e30.e30.")),
        ("invalid_request_object", "three parts", web().set("request", "e30")),
        ("invalid_request_uri", "not registered", web().set("request_uri", "https://web.example/r")),
        (
            "invalid_request",
            "both given",
            web().set("request", "e30.e30.").set("request_uri", "https://web.example/r"),
        ),
        ("registration_not_supported", "registration is not", web().set("registration", "{}")),
        ("invalid_target", "absolute URI", web().set("resource", "not a uri")),
        ("invalid_target", "absolute URI", web().set("resource", "https://api.example/#f")),
        ("invalid_target", "may name none", web().set("resource", "https://api.example/")),
        ("invalid_request", "nonce is given more than once", web().add("nonce", "again")),
        ("invalid_request", "foo is given more than once", web().add("foo", "1").add("foo", "1")),
    ];
    for (code, words, flow) in cases {
        for flow in [
            flow.clone(),
            flow.clone().by_post(),
            flow.clone().set("response_mode", "fragment"),
            flow.clone().set("response_mode", "form_post"),
        ] {
            let response = flow.refused(code).await;
            let description = response.get("error_description").unwrap();
            assert!(description.contains(words), "{code}: {description}");
            let strange = ["error", "error_description", "state", "iss"];
            assert!(response.get("iss").is_some(), "{code}");
            assert_eq!(response.names().filter(|name| !strange.contains(name)).count(), 0, "{code}");
        }
    }
}

#[tokio::test]
async fn an_unknown_response_mode_is_told_in_the_default_one() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid");
    for mode in ["jwt", "web_message", "Query"] {
        let landed = flow.clone().set("response_mode", mode).go().await;
        let response = flow.read(landed).await;
        assert_eq!(response.error(), Some("invalid_request"), "{mode}");
    }
}

#[tokio::test]
async fn a_request_without_state_is_answered_without_state() {
    let op = Op::with(client("web")).await;
    let bare = || op.rp("web").authorize("openid").without("state");
    bare().prompt("none").refused("login_required").await;
    bare().login("diana").consent().signed_in().await;
    // 128 characters, and what has to be escaped, come back as they were.
    let states = ["s".repeat(128), "a b&c=d#e%f+ä\u{1F600}\"<>".to_owned()];
    for mode in ["query", "fragment", "form_post"] {
        for state in &states {
            op.rp("web").authorize("openid").set("state", state).set("response_mode", mode).code().await;
        }
    }
}

#[tokio::test]
async fn get_and_post_are_alike() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.authorize("openid").by_post().login("diana").consent().signed_in().await.claims().await;
    // The form comes from the application's site, so without Lax cookies: nobody is asked again all the same.
    web.authorize("openid").by_post().signed_in().await.claims().await;
    web.authorize("openid").by_post().prompt("none").code().await;
    let json =
        Request::post(op.url("/authorize")).header("content-type", "application/json").body("{}").unwrap();
    let reply = op.send(json).await;
    assert_eq!(reply.status, 400);
    assert!(String::from_utf8_lossy(&reply.body).contains("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn every_response_mode_carries_a_code() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.authorize("openid")
        .set("response_mode", "fragment")
        .login("diana")
        .consent()
        .signed_in()
        .await
        .claims()
        .await;
    for mode in ["query", "form_post", "fragment"] {
        web.authorize("openid").set("response_mode", mode).signed_in().await.claims().await;
    }
    let page = web.authorize("openid").set("response_mode", "form_post").page().await;
    assert!(page.has("form-post"), "{}", page.text());
    // Nothing of the address but its host is for people.
    assert!(page.text().contains("web.example Back to The web application"), "{}", page.text());
    assert!(!page.text().contains("https:"), "{}", page.text());
    // The answer is on this page only, so nothing on it leads to another.
    assert!(!String::from_utf8_lossy(&page.body).contains("<a "), "{}", page.text());
}

#[tokio::test]
async fn the_claims_parameter_releases_what_it_names() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let asked = json!({
        "userinfo": {"name": {"essential": true}, "nickname": null, "unheard_of": null},
        "id_token": {"email": null, "phone_number": {"value": "another"}},
    });
    let signed_in = web.authorize("openid").claims(&asked).login("diana").consent().signed_in().await;
    let claims = signed_in.claims().await;
    assert_eq!(claims["email"], "diana@example.org");
    assert!(claims.get("name").is_none() && claims.get("phone_number").is_none());
    let info = web.userinfo(&signed_in.tokens).await.succeeded().json;
    assert_eq!(info["name"], "Diana Krall");
    assert_eq!(info.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub", "name"]);
    // What was agreed to is not asked again; more is.
    web.authorize("openid").claims(&asked).prompt("none").code().await;
    web.authorize("openid").claims(&json!({"userinfo": {"address": null}})).consent().code().await;
}

#[tokio::test]
async fn what_is_not_understood_is_ignored() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let flow = web.authorize("openid unheard-of email").set("extra", "foobar").set("display", "popup");
    let flow = flow.set("ui_locales", "se").set("claims_locales", "se").set("", "nameless").set("prompt", "");
    let signed_in = flow.login("diana").consent().signed_in().await;
    assert_eq!(signed_in.tokens.scope.as_deref(), Some("openid email"));
    web.authorize("email openid").without("nonce").signed_in().await.claims().await;

    let strict = World::of([client("web")]).settings(|settings| settings.deny_unknown_scopes = true);
    let op = Op::with(strict).await;
    op.rp("web").authorize("openid unheard-of").refused("invalid_scope").await;
    op.rp("web").authorize("openid email").login("diana").consent().code().await;
}

/// OAuth 2.0 without OpenID Connect: no ID token, all else alike.
#[tokio::test]
async fn without_openid_there_is_no_id_token() {
    let op = Op::with(client("web")).await;
    let signed_in = op.rp("web").signed_in("diana", "email").await;
    assert!(signed_in.tokens.id_token.is_none());
    op.rp("web").userinfo(&signed_in.tokens).await.refused("insufficient_scope");
}

#[tokio::test]
async fn broken_encoding_is_a_page() {
    let op = Op::with(client("web")).await;
    for query in ["client_id=%zz", "client_id=%ff", "client_id=web&state=%00", "client_id=we%", "%"] {
        let landed = op.browser().get(&op.url(&format!("/authorize?{query}"))).await;
        landed.on_error("invalid_request");
    }
}

#[tokio::test]
async fn a_resource_becomes_the_audience() {
    let (api, other) = ("https://api.example/v1", "https://other.example/");
    let spec = client("web").set("resources", json!([api, other])).set("access_token_format", "jwt");
    let op = Op::with(spec).await;
    let web = op.rp("web");
    let signed_in = web.authorize("openid").set("resource", api).login("diana").consent().signed_in().await;
    let about = web.introspect(&signed_in.tokens).await.succeeded().json;
    assert!(about["aud"].to_string().contains(api), "{about}");
    // The client may name the other one too, but this request did not.
    let code = web.authorize("openid").set("resource", api).code().await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code.value),
        ("redirect_uri", "https://web.example/cb"),
        ("code_verifier", code.verifier.as_deref().unwrap()),
        ("resource", other),
    ];
    web.token_request(&form).await.refused("invalid_target");
}

#[tokio::test]
async fn a_landed_form_is_never_sent_by_itself_elsewhere() {
    let op = Op::with(client("web")).await;
    let landed =
        op.rp("web").authorize("openid").set("response_mode", "form_post").prompt("none").go().await.unwrap();
    let Landed::Page(page) = landed else { panic!("{landed:?}") };
    let (target, fields) = page.posts_away().unwrap();
    assert_eq!(target.as_str(), "https://web.example/cb");
    assert!(fields.iter().any(|(name, value)| name == "error" && value == "login_required"));
}

/// RFC 6749 appendix A.5: a form turns a lone line break into another one, and the value would not come back.
#[tokio::test]
async fn control_characters_in_state_and_nonce_are_refused() {
    let op = Op::with(client("web")).await;
    op.rp("web").signed_in("diana", "openid").await;
    let web = || op.rp("web").authorize("openid");
    for text in ["a\nb", "a\r\nb", "\t", "\u{1b}[31m", "\u{7f}"] {
        web().set("state", text).refused("invalid_request").await;
        web().set("nonce", text).refused("invalid_request").await;
    }
    for text in ["a b", "\u{e9}\u{1f600}", "\u{85}", "{\"r\":\"/x?y=1&z\"}"] {
        web().prompt("none").set("state", text).set("nonce", text).code().await;
    }
}
