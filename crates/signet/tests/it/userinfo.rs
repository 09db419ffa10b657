//! OpenID Connect Core §5.3, RFC 6750 §2, §3: claims for anyone who shows an access token.

use http::{Request, header};
use serde_json::{Value, json};
use signet_certify::assert::Judged as _;
use signet_certify::rp::{Bearer, Expected};
use signet_core::localised::Localised;

use crate::op::{Op, World, client, issuer};

#[tokio::test]
async fn the_token_is_shown_in_three_ways() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid email").await;
    let sub = signed_in.claims().await["sub"].clone();
    for way in [Bearer::Get, Bearer::Post, Bearer::Body] {
        let reply = web.userinfo_by(way, &signed_in.tokens).await.succeeded();
        assert_eq!(reply.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(reply.json, json!({"sub": sub, "email": "diana@example.org", "email_verified": true}));
    }
}

#[tokio::test]
async fn scopes_release_their_claims_and_nothing_else() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid profile email address phone").await;
    for (scope, names) in [
        ("openid", vec!["sub"]),
        ("openid profile", vec!["sub", "name", "preferred_username"]),
        ("email openid", vec!["sub", "email", "email_verified"]),
        ("openid address", vec!["sub", "address"]),
        ("openid phone", vec!["sub", "phone_number"]),
        (
            "openid profile email address phone",
            vec!["sub", "name", "preferred_username", "email", "email_verified", "phone_number", "address"],
        ),
    ] {
        let signed_in = web.authorize(scope).signed_in().await;
        let info = web.userinfo(&signed_in.tokens).await.succeeded().json;
        let mut found: Vec<&str> = info.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = names;
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{scope}");
    }
}

#[tokio::test]
async fn scopes_of_the_operators_own() {
    let world = World::of([client("web")]).settings(|settings| {
        let meaning = signet_core::settings::ScopeMeaning {
            claims: vec!["nickname".into(), "email".into()],
            description: Localised::of("", [("", "What your friends call you")]),
        };
        settings.scopes.insert("friends".into(), meaning);
    });
    let op = Op::with(world).await;
    let page = op.rp("web").authorize("openid friends").login("diana").consent_page().await;
    assert!(page.text().contains("What your friends call you"));
    let signed_in = op.rp("web").authorize("openid friends").consent().signed_in().await;
    let info = op.rp("web").userinfo(&signed_in.tokens).await.succeeded().json;
    // Her nickname is null in the directory: it is left out, never null.
    assert_eq!(info.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub", "email"]);
}

#[tokio::test]
async fn without_a_token_there_is_a_bare_challenge() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    for authorization in [None, Some("Basic YTpi"), Some("Digest x")] {
        let mut request = Request::get(op.url("/userinfo"));
        if let Some(value) = authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let reply = web.raw(request.body(bytes::Bytes::new()).unwrap()).await.challenged();
        assert!(reply.body.is_empty());
    }
    let request = Request::get(op.url("/userinfo?access_token=x")).body(bytes::Bytes::new()).unwrap();
    web.raw(request).await.challenged();
}

#[tokio::test]
async fn a_token_is_shown_once_and_well() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    let token = &signed_in.tokens.access_token;
    let twice = Request::post(op.url("/userinfo"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("access_token={token}").into())
        .unwrap();
    web.raw(twice).await.refused("invalid_request");
    let empty =
        Request::get(op.url("/userinfo")).header(header::AUTHORIZATION, "Bearer").body(bytes::Bytes::new());
    web.raw(empty.unwrap()).await.refused("invalid_request");
    let lower = Request::get(op.url("/userinfo")).header(header::AUTHORIZATION, format!("bearer {token}"));
    web.raw(lower.body(bytes::Bytes::new()).unwrap()).await.succeeded();
}

#[tokio::test]
async fn dead_and_foreign_tokens_are_invalid() {
    let op = Op::with([client("web"), client("jwt").set("access_token_format", "jwt")]).await;
    for id in ["web", "jwt"] {
        let rp = op.rp(id).at(&op.another_browser());
        let signed_in = rp.signed_in("diana", "openid offline_access").await;
        let token = signed_in.tokens.access_token.clone();
        let middle = token.len() / 2;
        let flipped = if &token[middle..=middle] == "A" { "B" } else { "A" };
        let garbled = format!("{}{flipped}{}", &token[..middle], &token[middle + 1..]);
        let words = [
            "x",
            "é",
            garbled.as_str(),
            signed_in.refresh_token(),
            signed_in.id_token(),
            signed_in.code.value.as_str(),
        ];
        for other in words.into_iter().filter(|word| word.is_ascii()) {
            rp.userinfo(other).await.refused("invalid_token");
        }
        rp.userinfo(&token).await.succeeded();
        op.advance(3600);
        rp.userinfo(&token).await.refused("invalid_token");
        let fresh = rp.refresh(signed_in.refresh_token()).await.tokens();
        rp.revoke(&fresh).await.succeeded();
        rp.userinfo(&fresh).await.refused("invalid_token");
    }
}

#[tokio::test]
async fn a_token_for_another_resource_is_not_for_us() {
    let api = "https://api.example/";
    let op = Op::with(client("web").set("resources", json!([api]))).await;
    let web = op.rp("web");
    let code = web.authorize("openid").set("resource", api).login("diana").consent().code().await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code.value),
        ("redirect_uri", "https://web.example/cb"),
        ("code_verifier", code.verifier.as_deref().unwrap()),
        ("resource", api),
    ];
    let tokens = web.token_request(&form).await.tokens();
    web.userinfo(&tokens).await.refused("invalid_token");
    assert_eq!(web.introspect(&tokens).await.succeeded().json["aud"], api);
}

#[tokio::test]
async fn a_client_can_have_it_signed() {
    let op = Op::with(client("web").set("userinfo_signed_response_alg", "ES256")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid email").await;
    let reply = web.userinfo(&signed_in.tokens).await.succeeded();
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/jwt");
    let jwt = String::from_utf8(reply.body.to_vec()).unwrap();
    let keys = signet_jose::JwkSet::from_json(&web.jwks().await.unwrap().body).unwrap();
    let decoded = signet_jose::jws::decode(&jwt, 10_000).unwrap();
    let verified = decoded.verify_with(&keys.verifying_keys(), &[signet_jose::SigningAlg::Es256]).unwrap();
    let claims: Value = serde_json::from_slice(verified.payload()).unwrap();
    assert_eq!(claims["sub"], signed_in.claims().await["sub"]);
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["email"]),
        (&json!(issuer()), &json!("web"), &json!("diana@example.org"))
    );
    // It is no ID token, whatever its form.
    assert!(web.verify_id_token(&jwt, Expected::default()).await.is_err());
}

#[tokio::test]
async fn claims_are_as_they_are_now() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("ella", "openid profile").await;
    op.put_user("ella", "Ella Jane Fitzgerald").await;
    assert_eq!(web.userinfo(&signed_in.tokens).await.succeeded().json["name"], "Ella Jane Fitzgerald");
}
