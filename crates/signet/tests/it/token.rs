//! RFC 6749 §2.3, §3.2, §5.2: the token endpoint: who asks, for what, and every way to be refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, header};
use serde_json::json;
use signet_certify::assert::Judged as _;
use signet_certify::rp::Pkce;
use signet_certify::{ClientAuth, Code, Reply};

use crate::op::{Op, SECRET, World, client, issuer};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(op: &Op, authorization: Option<&str>, body: &str) -> Reply {
    let mut request = Request::post(op.url("/token")).header(header::CONTENT_TYPE, FORM);
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    op.send(request.body(body.to_owned()).unwrap()).await
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

#[tokio::test]
async fn every_method_lets_its_client_in() {
    let op = Op::with([client("basic"), client("post").client_secret_post(), client("none").public()]).await;
    for id in ["basic", "post", "none"] {
        let signed_in = op.rp(id).at(&op.another_browser()).signed_in("diana", "openid").await;
        signed_in.claims().await;
    }
    // Scheme words are compared without case, and padding may be missing (RFC 9110 §11.1).
    let encoded = STANDARD.encode("basic:a+secret%3A+50%25%2B");
    for authorization in [format!("basic {encoded}"), format!("BASIC  {}", encoded.trim_end_matches('='))] {
        let reply = post(&op, Some(&authorization), "grant_type=refresh_token&refresh_token=x").await;
        reply.refused("invalid_grant");
    }
}

/// RFC 6749 §2.3.1: what many applications leave out.
#[tokio::test]
async fn an_id_that_was_not_encoded_finds_its_client() {
    let odd = |id: &str| client(id).redirect_uri("https://odd.example/cb");
    let op = Op::with([
        odd("web+1"),
        odd("50%off"),
        odd("cli+1").public(),
        odd("two ids"),
        odd("two+ids").set("client_secret", "another-secret-of-its-own"),
    ])
    .await;
    let grant = "grant_type=refresh_token&refresh_token=x";
    let secret = "a+secret%3A+50%25%2B";
    for (authorization, body, error) in [
        (format!("web%2B1:{secret}"), "", "invalid_grant"),
        (format!("web+1:{secret}"), "", "invalid_grant"),
        ("web+1:wrong".to_owned(), "", "invalid_client"),
        (format!("web+2:{secret}"), "", "invalid_client"),
        (format!("50%off:{secret}"), "", "invalid_grant"),
        ("cli+1:".to_owned(), "", "invalid_grant"),
        ("cli+1:".to_owned(), "&client_id=cli%2B1", "invalid_grant"),
        // The id that the standard reads there goes before.
        (format!("two+ids:{secret}"), "", "invalid_grant"),
        ("two+ids:another-secret-of-its-own".to_owned(), "", "invalid_client"),
        ("two+ids:another-secret-of-its-own".to_owned(), "&client_id=two%2Bids", "invalid_grant"),
    ] {
        let reply = post(&op, Some(&basic(&authorization)), &format!("{grant}{body}")).await;
        assert_eq!(reply.json["error"], error, "{authorization} {body}");
    }
    // Guesses in either form are guesses at the same client.
    op.come_from("192.0.2.7");
    let mut told = Vec::new();
    for number in 0..8 {
        let id = if number % 2 == 0 { "web+1" } else { "web%2B1" };
        let reply = post(&op, Some(&basic(&format!("{id}:guess-{number}"))), grant).await;
        told.push(reply.status.as_u16());
    }
    assert_eq!(told, [401, 401, 401, 401, 429, 429, 429, 429]);
}

#[tokio::test]
async fn every_failed_authentication_is_invalid_client() {
    let op = Op::with([
        client("basic").set("token_endpoint_auth_method", "client_secret_basic"),
        client("post").client_secret_post(),
        client("none").public(),
        client("expired").set("client_secret_expires_at", 1_795_219_200),
    ])
    .await;
    let grant = "grant_type=refresh_token&refresh_token=x";
    let secret = "a+secret%3A+50%25%2B";
    let good = format!("basic:{secret}");
    for (why, authorization, body) in [
        ("nobody", None, String::new()),
        ("unknown", Some(basic(&format!("stranger:{secret}"))), String::new()),
        ("wrong secret", Some(basic("basic:wrong")), String::new()),
        ("empty secret", Some(basic("basic:")), String::new()),
        ("secret with something after it", Some(basic(&format!("{good}x"))), String::new()),
        ("no base64", Some("Basic !!!".into()), String::new()),
        ("no colon", Some(basic("basic")), String::new()),
        ("not utf-8", Some("Basic //79".into()), String::new()),
        ("wrong scheme", Some(format!("Digest {}", STANDARD.encode(&good))), String::new()),
        ("bearer", Some("Bearer token".into()), String::new()),
        ("bare scheme", Some("Basic".into()), String::new()),
        ("another client in the body", Some(basic(&good)), "&client_id=post".into()),
        ("post for a basic client", None, format!("&client_id=basic&client_secret={secret}")),
        ("basic for a post client", Some(basic(&format!("post:{secret}"))), String::new()),
        ("wrong secret by post", None, "&client_id=post&client_secret=wrong".into()),
        ("no secret", None, "&client_id=basic".into()),
        ("an unknown public client", None, "&client_id=stranger".into()),
        ("a secret for a public client", None, "&client_id=none&client_secret=x".into()),
        ("an expired secret", Some(basic(&format!("expired:{secret}"))), String::new()),
    ] {
        let reply = post(&op, authorization.as_deref(), &format!("{grant}{body}")).await;
        assert_eq!(reply.error().as_deref(), Some("invalid_client"), "{why}: {}", reply.json);
        if authorization.as_deref().is_none_or(|value| value.to_ascii_lowercase().starts_with("basic")) {
            reply.refused("invalid_client");
        }
        assert!(reply.header(header::WWW_AUTHENTICATE).starts_with("Basic realm="), "{why}");
    }
    // The same words whether the client is unknown or its secret wrong.
    let unknown = post(&op, Some(&basic("stranger:x")), grant).await;
    let wrong = post(&op, Some(&basic("basic:x")), grant).await;
    assert_eq!(unknown.json, wrong.json);
}

#[tokio::test]
async fn the_usual_ways_to_say_the_same_all_work() {
    let op = Op::with([
        client("any"),
        client("both")
            .set("token_endpoint_auth_method", "client_secret_post")
            .set("token_endpoint_auth_methods", json!(["client_secret_basic"])),
        client("none").public(),
    ])
    .await;
    let grant = "grant_type=refresh_token&refresh_token=x";
    let secret = "a+secret%3A+50%25%2B";
    for (why, authorization, body) in [
        ("by header", Some(basic(&format!("any:{secret}"))), String::new()),
        ("by header, not encoded", Some(basic(&format!("any:{SECRET}"))), String::new()),
        ("by body", None, format!("&client_id=any&client_secret={secret}")),
        ("either of two, header", Some(basic(&format!("both:{secret}"))), String::new()),
        ("either of two, body", None, format!("&client_id=both&client_secret={secret}")),
        ("public by header", Some(basic("none:")), String::new()),
        ("public by both", Some(basic("none:")), "&client_id=none&client_secret=".into()),
        ("public by body", None, "&client_id=none".into()),
    ] {
        let reply = post(&op, authorization.as_deref(), &format!("{grant}{body}")).await;
        assert_eq!(reply.error().as_deref(), Some("invalid_grant"), "{why}: {}", reply.json);
    }
}

#[tokio::test]
async fn every_malformed_request_is_refused() {
    let op = Op::with(client("web")).await;
    let web = basic("web:a+secret%3A+50%25%2B");
    for (code, words, body) in [
        ("invalid_request", "grant_type is missing", ""),
        ("invalid_request", "grant_type is missing", "grant_type="),
        ("unsupported_grant_type", "", "grant_type=password&username=diana&password=x"),
        ("unsupported_grant_type", "", "grant_type=AUTHORIZATION_CODE"),
        ("unsupported_grant_type", "", "grant_type=urn:ietf:params:oauth:grant-type:device_code"),
        ("invalid_request", "code is missing", "grant_type=authorization_code&redirect_uri=x"),
        ("invalid_request", "redirect_uri is missing", "grant_type=authorization_code&code=x"),
        ("invalid_request", "refresh_token is missing", "grant_type=refresh_token"),
        (
            "invalid_request",
            "more than once",
            "grant_type=refresh_token&grant_type=refresh_token&refresh_token=x",
        ),
        ("invalid_request", "more than once", "grant_type=refresh_token&refresh_token=x&foo=1&foo=2"),
        (
            "invalid_request",
            "at once",
            "grant_type=refresh_token&refresh_token=x&client_id=web&client_secret=x",
        ),
        ("invalid_request", "percent sign", "grant_type=%"),
        ("invalid_request", "UTF-8", "grant_type=%ff"),
        ("invalid_scope", "", "grant_type=refresh_token&refresh_token=x&scope=%22"),
        ("unauthorized_client", "client_credentials", "grant_type=client_credentials"),
        (
            "invalid_grant",
            "unknown",
            "grant_type=authorization_code&code=x&redirect_uri=https://web.example/cb",
        ),
        ("invalid_grant", "unknown", "grant_type=refresh_token&refresh_token=sgr_x"),
    ] {
        let reply = post(&op, Some(&web), body).await;
        reply.refused(code);
        let told = reply.json["error_description"].as_str().unwrap();
        assert!(told.contains(words), "{body}: {told}");
    }
}

#[tokio::test]
async fn the_body_is_a_form_and_nothing_else() {
    let op = Op::with(client("web")).await;
    let authorization = basic("web:a+secret%3A+50%25%2B");
    let send = async |content_type: &str, target: &str, body: String| {
        let request = Request::post(op.url(target)).header(header::AUTHORIZATION, &authorization);
        let request = request.header(header::CONTENT_TYPE, content_type).body(body).unwrap();
        op.send(request).await
    };
    let form = "grant_type=refresh_token&refresh_token=x";
    send(FORM, "/token", form.into()).await.refused("invalid_grant");
    send("application/x-www-form-urlencoded; charset=UTF-8", "/token", form.into())
        .await
        .refused("invalid_grant");
    for content_type in ["application/json", "text/plain", "multipart/form-data", ""] {
        send(content_type, "/token", form.into()).await.refused("invalid_request");
    }
    // Parameters in the address are not read.
    send(FORM, &format!("/token?{form}"), String::new()).await.refused("invalid_request");
    send(FORM, "/token", format!("{form}&x={}", "x".repeat(64 * 1024))).await.refused("invalid_request");
    send(FORM, "/token", format!("{form}&x={}", "x".repeat(33 * 1024))).await.refused("invalid_request");
}

type Spoil = fn(&mut Code);

#[tokio::test]
async fn a_code_is_bound_to_all_that_it_was_asked_with() {
    let op = Op::with([client("web"), client("other"), client("spa").public()]).await;
    let web = op.rp("web");
    let good = web.authorize("openid").login("diana").consent().code().await;
    op.rp("other").redeem(&good).await.refused("invalid_grant");
    let wrongs: [(&str, Spoil); 7] = [
        ("redirect_uri", |code| code.redirect_uri = Some("https://web.example/cb/".into())),
        ("code_verifier", |code| code.verifier = None),
        ("code_verifier", |code| code.verifier = Some("a".repeat(43))),
        ("code_verifier", |code| code.verifier = Some("short".into())),
        ("code_verifier", |code| code.verifier = Some(String::new())),
        ("code", |code| code.value.replace_range(40..41, "!")),
        ("code", |code| code.value = code.value.replace("sgc_", "sga_")),
    ];
    for (what, change) in wrongs {
        let mut code = good.clone();
        change(&mut code);
        let reply = web.redeem(&code).await.refused("invalid_grant");
        assert!(reply.json["error_description"].as_str().unwrap().contains(what), "{what}: {}", reply.json);
    }
    // None of these used it up.
    web.redeem(&good).await.tokens();
    // A verifier where there was no challenge: somebody took it off the request (RFC 9700 §2.1.1).
    let mut bare = web.authorize("openid").pkce(Pkce::None).code().await;
    bare.verifier = Some("a".repeat(43));
    web.redeem(&bare).await.refused("invalid_grant");
    bare.verifier = None;
    web.redeem(&bare).await.tokens();
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let quick = client("quick").set("lifetimes", json!({"code": 5}));
    let op = Op::with([client("web"), quick]).await;
    let in_time = op.rp("web").authorize("openid").login("diana").consent().code().await;
    let late = op.rp("web").authorize("openid").code().await;
    op.advance(59);
    op.rp("web").redeem(&in_time).await.tokens();
    op.advance(1);
    let reply = op.rp("web").redeem(&late).await.refused("invalid_grant");
    assert!(reply.json["error_description"].as_str().unwrap().contains("expired"));
    let late = op.rp("quick").authorize("openid").consent().code().await;
    op.advance(5);
    op.rp("quick").redeem(&late).await.refused("invalid_grant");
}

#[tokio::test]
async fn grant_types_are_registered() {
    let op = Op::with([
        client("coder").set("grant_types", json!(["authorization_code"])),
        client("service").service("email phone"),
        client("mixed")
            .set("grant_types", json!(["authorization_code", "client_credentials"]))
            .set("scope", "openid email"),
    ])
    .await;
    let coder = op.rp("coder").signed_in("diana", "openid offline_access").await;
    assert!(
        coder.tokens.refresh_token.is_none(),
        "a client that may not refresh gets nothing to refresh with"
    );
    assert_eq!(coder.tokens.scope.as_deref(), Some("openid"));
    op.rp("coder").refresh("sgr_x").await.refused("unauthorized_client");
    op.rp("service")
        .token_request(&[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "y")])
        .await
        .refused("unauthorized_client");
    op.rp("mixed").authorize("openid").consent().signed_in().await;
    op.rp("mixed").client_credentials("email").await.tokens();
}

#[tokio::test]
async fn a_client_acts_for_itself() {
    let jwt = client("jwt").service("email").set("access_token_format", "jwt");
    let op = Op::with([
        client("service").service("email phone openid"),
        jwt,
        client("public").public().service("email"),
    ])
    .await;
    let service = op.rp("service");
    let tokens = service.client_credentials("email").await.tokens();
    assert_eq!((tokens.scope.as_deref(), tokens.expires_in), (Some("email"), Some(3600)));
    assert!(tokens.refresh_token.is_none() && tokens.id_token.is_none());
    let about = service.introspect(&tokens).await.succeeded().json;
    assert_eq!(
        (&about["active"], &about["sub"], &about["client_id"]),
        (&json!(true), &json!("service"), &json!("service"))
    );
    assert!(about.get("auth_time").is_none());
    // Without a scope: all that it is registered for and that needs no person.
    assert_eq!(service.client_credentials("").await.tokens().scope.as_deref(), Some("email phone"));
    for scope in ["openid", "offline_access", "profile", "unheard-of"] {
        service.client_credentials(scope).await.refused("invalid_scope");
    }
    op.rp("public").client_credentials("email").await.refused("unauthorized_client");
    service.userinfo(&tokens).await.refused("insufficient_scope");
    op.advance(3600);
    assert_eq!(service.introspect(&tokens).await.succeeded().json["active"], false);
    assert_eq!(op.rp("jwt").client_credentials("email").await.tokens().access_token.matches('.').count(), 2);
}

#[tokio::test]
async fn lifetimes_are_per_client() {
    let short = client("short").set("lifetimes", json!({"access_token": 60, "id_token": 120}));
    let op = Op::with(short).await;
    let signed_in = op.rp("short").signed_in("diana", "openid").await;
    assert_eq!(signed_in.tokens.expires_in, Some(60));
    let claims = signed_in.claims().await;
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 120);
    op.advance(60);
    op.rp("short").userinfo(&signed_in.tokens).await.refused("invalid_token");
}

/// RFC 9068 §2: access tokens that resource servers read themselves.
#[tokio::test]
async fn access_tokens_are_jwts_where_the_client_wants_them() {
    let api = client("api")
        .set("access_token_format", "jwt")
        .set("access_token_audience", json!(["https://api.example"]));
    let op = Op::with([api, client("web")]).await;
    let api = op.rp("api").signed_in("diana", "openid email").await;
    let parts: Vec<&str> = api.tokens.access_token.split('.').collect();
    let read = |part: &str| -> serde_json::Value {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let (header, claims) = (read(parts[0]), read(parts[1]));
    assert_eq!(header["typ"], "at+jwt");
    let sub = &api.claims().await["sub"];
    assert_eq!(
        (&claims["iss"], &claims["sub"], &claims["client_id"], &claims["scope"]),
        (&json!(issuer()), sub, &json!("api"), &json!("openid email"))
    );
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert!(claims["jti"].is_string() && claims["aud"].to_string().contains("https://api.example"));
    assert!(claims.get("email").is_none());
    op.rp("api").userinfo(&api.tokens).await.succeeded();
    // Revoked is revoked, for those who ask.
    op.rp("api").revoke(&api.tokens).await.succeeded();
    op.rp("api").userinfo(&api.tokens).await.refused("invalid_token");
    let web = op.rp("web").authorize("openid").consent().signed_in().await;
    assert!(web.tokens.access_token.starts_with("sga_"));
    let general = World::of([client("web")]).settings(|settings| {
        settings.access_token_format = signet_core::record::client::AccessTokenFormat::Jwt;
        settings.access_token_audience = vec!["https://general.example".into()];
    });
    let op = Op::with(general).await;
    let tokens = op.rp("web").signed_in("diana", "openid").await.tokens;
    let claims = read(tokens.access_token.split('.').nth(1).unwrap());
    assert_eq!(claims["aud"], json!(["https://general.example", issuer()]));
}

#[tokio::test]
async fn refusals_carry_the_scheme_that_was_tried() {
    let op = Op::with([client("web"), client("post").client_secret_post()]).await;
    let stranger = op.rp("web");
    let mut party = stranger.party.clone();
    party.auth = ClientAuth::Basic("wrong".into());
    party.refresh("x").await.refused("invalid_client");
    party.auth = ClientAuth::Post("wrong".into());
    party.refresh("x").await.refused("invalid_client");
}
