//! RFC 9700 §4.13, RFC 8725 §2.1, §3: headers, signatures and characters that pretend to be what they are
//! not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, header};
use serde_json::{Value, json};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::settings::Settings;
use signet_core::settings::registration::Mode;
use signet_jose::{HmacKey, Jwk, SigningAlg, SigningKey, jws};

use crate::op::{Op, SECRET, World, client, path};

const FORM: &str = "application/x-www-form-urlencoded";

/// Headers by which proxies tell about a request, as anybody could write them.
const FORGED: &[(&str, &str)] = &[
    ("host", "evil.example"),
    ("forwarded", "for=192.0.2.1;host=evil.example;proto=http"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-prefix", "/evil.example"),
    ("x-original-url", "/evil.example"),
    ("x-rewrite-url", "/evil.example"),
    ("origin", "https://evil.example"),
    ("referer", "https://evil.example/"),
];

/// §4.13: issuer, scheme and host are those of the configuration, so no header leads anybody elsewhere or
/// takes `Secure` off a cookie.
#[tokio::test]
async fn forged_headers_change_nothing_that_is_said() {
    let op = Op::with(client("web")).await;
    let request = op.rp("web").party.request("openid");
    let authorize = request.url(&op.url("/authorize")).unwrap();
    let bad = op.url("/authorize?client_id=stranger");
    let get = async |url: &str, forged: &[(&str, &str)]| {
        let request =
            forged.iter().fold(Request::get(url), |request, (name, value)| request.header(*name, *value));
        op.send(request.body("").unwrap()).await
    };
    let metadata = op.url("/.well-known/openid-configuration");
    let plain = get(&metadata, &[]).await;
    for forged in FORGED.iter().map(std::slice::from_ref).chain([FORGED]) {
        assert_eq!(get(&metadata, forged).await.body, plain.body, "{forged:?}");
        let begun = get(authorize.as_str(), forged).await;
        assert!(
            begun.header(header::LOCATION).starts_with(&format!("{}/interaction/sgi_", path())),
            "{forged:?}: {:?}",
            begun.headers
        );
        let cookie = begun.header(header::SET_COOKIE);
        assert!(cookie.starts_with("__Host-") && cookie.ends_with("; Secure"), "{forged:?}: {cookie}");
        for reply in [begun, get(&bad, forged).await] {
            let told = format!("{:?}{}", reply.headers, String::from_utf8_lossy(&reply.body));
            assert!(!told.contains("evil"), "{forged:?}: {told}");
        }
    }
    // Nor does a name in the path's place become a host.
    for path in ["//evil.example/authorize", "//evil.example", "/\\evil.example/authorize"] {
        let Ok(request) = Request::get(path).body("") else { continue };
        let told = op.wire.send("attacker", absolute(request)).await.unwrap();
        assert!(told.headers().get(header::LOCATION).is_none(), "{path}");
    }
}

/// The wire wants a whole address; the path is what the provider gets.
fn absolute(request: Request<&'static str>) -> Request<bytes::Bytes> {
    let (mut parts, body) = request.into_parts();
    parts.uri = format!("https://op.example{}", parts.uri.path()).parse().unwrap();
    Request::from_parts(parts, bytes::Bytes::from_static(body.as_bytes()))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What an attacker makes of a good token: its own claims under a signature that somebody might take for
/// ours.
fn forgeries(token: &str, jwks: &[u8]) -> Vec<(String, String)> {
    let parts: Vec<&str> = token.split('.').collect();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    let (payload, kid, typ) =
        (URL_SAFE_NO_PAD.decode(parts[1]).unwrap(), header["kid"].as_str().unwrap(), header["typ"].as_str());
    let mut forged = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = part(&json!({"alg": none, "kid": kid, "typ": typ}));
        for signature in ["", parts[2]] {
            forged.push((format!("alg {none:?}"), format!("{header}.{}.{signature}", parts[1])));
        }
    }
    forged.push(("no signature".into(), format!("{}.{}.", parts[0], parts[1])));
    // The public key, in every form in which it can be had, as the secret of an HMAC.
    let set: Value = serde_json::from_slice(jwks).unwrap();
    let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
    let modulus = key["n"].as_str().unwrap();
    let secrets = [
        jwks.to_vec(),
        key.to_string().into_bytes(),
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(modulus).unwrap(),
    ];
    for secret in secrets {
        let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(secret), "kid": kid});
        let key = HmacKey::from_jwk(&Jwk::from_json(jwk.to_string().as_bytes()).unwrap(), SigningAlg::Hs256)
            .unwrap();
        forged.push(("the public key as a secret".into(), jws::sign_hmac(&key, typ, &payload)));
    }
    // A key of the attacker's own: under our key's name, or brought along in the token.
    let own = SigningKey::generate(SigningAlg::Es256).unwrap();
    let public = own.public_jwk().unwrap();
    for header in [
        json!({"alg": "ES256", "kid": kid, "typ": typ}),
        json!({"alg": "ES256", "typ": typ}),
        json!({"alg": "ES256", "typ": typ, "jwk": public}),
        json!({"alg": "ES256", "typ": typ, "kid": own.kid(), "jku": "https://evil.example/jwks.json"}),
        json!({"alg": "ES256", "typ": typ, "kid": "../../evil", "x5u": "https://evil.example/x5u"}),
    ] {
        let input = format!("{}.{}", part(&header), parts[1]);
        let signature = URL_SAFE_NO_PAD.encode(own.sign(input.as_bytes()).unwrap());
        forged.push((header.to_string(), format!("{input}.{signature}")));
    }
    forged
}

#[tokio::test]
async fn a_token_that_the_issuer_did_not_sign_is_none() {
    let op = Op::with(client("web").set("access_token_format", "jwt")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    let jwks = web.jwks().await.unwrap().body;
    for (how, hint) in forgeries(signed_in.id_token(), &jwks) {
        // It names nobody, and proves nothing.
        web.authorize("openid").prompt("none").set("id_token_hint", &hint).code().await;
        let page = op.browser().get(&op.url(&format!("/end_session?id_token_hint={hint}"))).await.on_page();
        assert!(page.has("sign-out-confirm"), "{how}");
        assert!(web.verify_id_token(&hint, Default::default()).await.is_err(), "{how}");
    }
    for (how, token) in forgeries(&signed_in.tokens.access_token, &jwks) {
        web.userinfo(&token).await.refused("invalid_token");
        assert_eq!(web.introspect(&token).await.succeeded().json, json!({"active": false}), "{how}");
        web.revoke(&token).await.succeeded();
    }
    // The good ones still are.
    web.authorize("openid").prompt("none").set("id_token_hint", signed_in.id_token()).code().await;
    web.userinfo(&signed_in.tokens).await.succeeded();
}

/// RFC 8725 §3.11: what the issuer signed for one purpose is not good for another.
#[tokio::test]
async fn what_was_signed_for_another_purpose_is_no_hint() {
    let spec = client("web").set("access_token_format", "jwt").set("userinfo_signed_response_alg", "RS256");
    let op = Op::with(spec.set("introspection_signed_response_alg", "RS256")).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    let text = |reply: signet_certify::Reply| String::from_utf8(reply.body.to_vec()).unwrap();
    let userinfo = text(web.userinfo(&signed_in.tokens).await.succeeded());
    let ask = Request::post(op.url("/introspect"))
        .header(header::CONTENT_TYPE, FORM)
        .header(header::AUTHORIZATION, "Basic d2ViOmErc2VjcmV0JTNBKzUwJTI1JTJC")
        .header(header::ACCEPT, "application/token-introspection+jwt")
        .body(format!("token={}", signed_in.tokens.access_token))
        .unwrap();
    let introspection = text(op.send(ask).await.ok());
    for (what, token) in [
        ("userinfo", userinfo),
        ("introspection", introspection),
        ("access token", signed_in.tokens.access_token.clone()),
    ] {
        assert_eq!(token.split('.').count(), 3, "{what}: {token}");
        web.authorize("openid").prompt("none").set("id_token_hint", &token).code().await;
        let page = op.browser().get(&op.url(&format!("/end_session?id_token_hint={token}"))).await.on_page();
        assert!(page.has("sign-out-confirm"), "{what}");
        if what != "access token" {
            web.userinfo(&token).await.refused("invalid_token");
        }
    }
    web.authorize("openid").prompt("none").code().await;
}

const SPLIT: &str = "x\r\nX-Evil: yes\r\nSet-Cookie: evil=yes\r\n\r\n<script>evil()</script>";
const MARKUP: &str = "\"><script>evil()</script><img src=x onerror=evil()>'";

fn unharmed(told: &http::HeaderMap, body: &[u8], what: &str) {
    assert!(told.get("x-evil").is_none(), "{what}");
    let cookies: Vec<_> = told.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
    assert!(!cookies.iter().any(|cookie| cookie.contains("evil")), "{what}: {cookies:?}");
    let is_page =
        told.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let text = String::from_utf8_lossy(body).to_lowercase();
    assert!(!is_page || !text.contains("<script>") && !text.contains("<img src=x"), "{what}: {text}");
}

/// CWE-113, CWE-79: a parameter's line breaks begin no header, and its markup is text on every page, names
/// included.
#[tokio::test]
async fn hostile_characters_stay_in_their_parameter() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    for hostile in [SPLIT, MARKUP] {
        for mode in ["query", "fragment", "form_post"] {
            // The answer arrives whole, and with just this state. In a form no line break but CR LF can be
            // sent anyway (HTML §4.10.21).
            let state = if mode == "form_post" { hostile.replace("\r\n", " ") } else { hostile.to_owned() };
            let flow = web.authorize("openid").prompt("none").set("response_mode", mode);
            flow.clone().set("state", hostile).go().await.unwrap();
            let control = state.contains(|c: char| c.is_ascii_control());
            let code = if control { "invalid_request" } else { "login_required" };
            flow.set("state", &state).refused(code).await;
        }
        for name in [
            "client_id",
            "redirect_uri",
            "response_type",
            "response_mode",
            "scope",
            "nonce",
            "prompt",
            "login_hint",
            "ui_locales",
            "acr_values",
            "claims",
            "id_token_hint",
            "code_challenge",
            hostile,
        ] {
            let flow = web.authorize("openid").set(name, hostile);
            flow.go().await.unwrap();
            flow.clone().add(name, hostile).go().await.unwrap();
            flow.by_post().go().await.unwrap();
        }
        let pairs = |name: &str| {
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair(name, hostile)
                .append_pair(name, hostile)
                .finish()
        };
        for name in [hostile, "state", "ui_locales", "post_logout_redirect_uri", "client_id", "id_token_hint"]
        {
            op.browser().get(&op.url(&format!("/end_session?{}", pairs(name)))).await.unwrap();
        }
        for path in ["/token", "/introspect", "/revoke", "/userinfo"] {
            for name in [hostile, "grant_type", "token", "code", "scope", "access_token"] {
                let request =
                    Request::post(op.url(path)).header(header::CONTENT_TYPE, FORM).body(pairs(name)).unwrap();
                op.send(request).await;
            }
        }
        op.browser()
            .get(&op.url(&format!(
                "/{}",
                url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect::<String>()
            )))
            .await
            .unwrap();
    }
    let transcript = op.wire.transcript();
    assert!(transcript.exchanges().len() > 100);
    for exchange in transcript.exchanges() {
        unharmed(&exchange.headers, &exchange.body, &exchange.to_string());
    }
}

/// CWE-117: who reads the log believes its lines.
#[tokio::test]
async fn nobody_writes_lines_of_their_own_into_the_log() {
    let open = |settings: &mut Settings| settings.registration.mode = Mode::Open;
    let op = Op::with(World::of([client("web")]).settings(open)).await;
    let forged = "x\nERROR forged\u{1b}[31m\r\nINFO forged";
    let page = op.rp("web").authorize("openid").login_page().await;
    page.fill("username", forged).fill("password", "wrong").submit("sign-in").await.on_page();
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "claims",
        "prompt",
        "display",
        "resource",
        forged,
    ] {
        op.rp("web").authorize("openid").set(name, forged).go().await.unwrap();
        op.rp("web").authorize("openid").set(name, forged).add(name, forged).go().await.unwrap();
    }
    let twice = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(forged, "1")
        .append_pair(forged, "1")
        .finish();
    op.browser().get(&op.url(&format!("/end_session?{twice}"))).await.on_error("invalid_request");
    let body = format!("grant_type=refresh_token&refresh_token=x&client_id=web&client_secret=x&{twice}");
    op.send(Request::post(op.url("/token")).header(header::CONTENT_TYPE, FORM).body(body).unwrap())
        .await
        .refused("invalid_request");
    let metadata = json!({"redirect_uris": ["https://a.example/cb"], "response_types": [forged]}).to_string();
    let request = Request::post(op.url("/register")).header(header::CONTENT_TYPE, "application/json");
    op.send(request.body(metadata).unwrap()).await.refused("invalid_client_metadata");
    let log = op.log();
    assert!(log.contains("forged") && log.contains("given more than once"), "{log}");
    let levels = ["ERROR ", "WARN ", "INFO ", "DEBUG ", "TRACE "];
    for line in log.lines() {
        let begins = levels.iter().any(|level| line.starts_with(level)) && !line.contains(" forged\u{1b}");
        assert!(begins && !line.starts_with("INFO forged") && !line.contains('\u{1b}'), "{line:?} in {log}");
    }
    assert!(!log.contains(SECRET));
}
