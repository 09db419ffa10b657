//! RFC 9700 §4, RFC 7591 §5, RFC 9101 §10: attacks on registration, request objects, hints and contexts, through the router.

use std::collections::BTreeMap;

use ::http::{Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};
use signet::admin::tickets;
use signet::clock::Clock as _;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::rp::Protection;
use signet_certify::{Landed, Page, Reply};
use signet_core::acr::Context;
use signet_core::registration::Mode;
use signet_jose::jwe::{self, EncryptionKey, Extra};
use signet_jose::{ContentEncryption, HmacKey, JwkSet, KeyManagementAlg, SigningAlg, SigningKey, jws};
use tokio::task::JoinSet;

use crate::flow::{Flow, Rp};
use crate::op::{ClientSpec, Op, World, client, password};
use crate::outside::{SeededRng, StoreKind};

fn open() -> World {
    World::of([client("web")]).settings(|settings| settings.registration.mode = Mode::Open)
}

fn least() -> Value {
    json!({"redirect_uris": ["https://app.example/cb"]})
}

fn asking(method: Method, place: &str, token: Option<&str>, body: &Value) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(place);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request.body(body.into()).unwrap()
}

async fn registered(op: &Op, metadata: &Value) -> Value {
    let reply = op.send(asking(Method::POST, &op.url("/register"), None, metadata)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
    reply.json
}

fn text<'a>(app: &'a Value, member: &str) -> &'a str {
    app[member].as_str().unwrap_or_else(|| panic!("{member} is missing: {app}"))
}

/// What an update sends.
fn update(app: &Value, member: &str, value: Value) -> Value {
    let mut body = app.clone();
    let fixed = [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ];
    body.as_object_mut().unwrap().retain(|name, _| !fixed.contains(&name.as_str()));
    body[member] = value;
    body
}

fn spec(app: &Value) -> ClientSpec {
    let members = app.as_object().unwrap().iter();
    members.fold(client(text(app, "client_id")), |spec, (name, value)| spec.set(name, value.clone()))
}

/// Sends all of these at the same instant.
async fn at_once(op: &Op, requests: Vec<Request<Bytes>>) -> Vec<Reply> {
    let mut racers = JoinSet::new();
    for request in requests {
        let party = op.rp("web").party;
        racers.spawn(async move { party.raw(request).await.unwrap() });
    }
    racers.join_all().await
}

fn count(replies: &[Reply], status: StatusCode) -> usize {
    replies.iter().filter(|reply| reply.status == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_for_one_registration_registers_one_however_many_show_it() {
    let world = open().on(StoreKind::Sqlite).settings(|settings| settings.registration.mode = Mode::Token);
    let op = Op::with(world).await;
    for round in 0..3 {
        let (rng, now) = (SeededRng::new(90 + round), op.clock.now());
        let made = tickets::create(&**op.store(), &rng, Some(1), now.plus(60), now).await.unwrap();
        let ask = || asking(Method::POST, &op.url("/register"), Some(made.0.expose()), &least());
        let replies = at_once(&op, (0..8).map(|_| ask()).collect()).await;
        assert_eq!(count(&replies, StatusCode::CREATED), 1);
        assert_eq!(count(&replies, StatusCode::UNAUTHORIZED), 7);
        op.send(ask()).await.refused("invalid_token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_updates_with_one_token_one_is_made() {
    let op = Op::with(open().on(StoreKind::Sqlite)).await;
    let mut app = registered(&op, &least()).await;
    for round in 0..3 {
        let (place, token) = (text(&app, "registration_client_uri"), text(&app, "registration_access_token"));
        let put = |at: u32| {
            let body = update(&app, "client_name", json!(format!("{round}-{at}")));
            asking(Method::PUT, place, Some(token), &body)
        };
        let replies = at_once(&op, (0..8).map(put).collect()).await;
        assert_eq!(count(&replies, StatusCode::OK), 1);
        assert_eq!(count(&replies, StatusCode::UNAUTHORIZED), 7);
        op.send(asking(Method::GET, place, Some(token), &Value::Null)).await.refused("invalid_token");
        let won = replies.into_iter().find(|reply| reply.status == StatusCode::OK).unwrap().json;
        let read = asking(Method::GET, place, Some(text(&won, "registration_access_token")), &Value::Null);
        assert_eq!(op.send(read).await.json["client_name"], won["client_name"]);
        app = won;
    }
}

/// All that somebody outside sees of an answer.
fn seen(reply: &Reply) -> (StatusCode, BTreeMap<String, String>, Bytes) {
    let headers = reply.headers.iter().filter(|(name, _)| **name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}")));
    (reply.status, headers.collect(), reply.body.clone())
}

#[tokio::test]
async fn a_registration_token_opens_one_registration_and_tells_nothing_of_others() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind)).await;
        let (mine, yours) = (registered(&op, &least()).await, registered(&op, &least()).await);
        let yours_token = text(&yours, "registration_access_token");
        let read = || {
            op.send(asking(
                Method::GET,
                text(&yours, "registration_client_uri"),
                Some(yours_token),
                &Value::Null,
            ))
        };
        let before = read().await.json;
        let places =
            ["nobody", "web", text(&yours, "client_id")].map(|id| op.url(&format!("/register/{id}")));
        let tokens = [
            text(&mine, "registration_access_token"),
            text(&mine, "client_secret"),
            "sgm_wrong",
            &yours_token[..yours_token.len() - 1],
        ];
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let mut answers = Vec::new();
            for place in &places {
                for token in tokens {
                    let id = place.rsplit('/').next().unwrap();
                    let mut body = update(&mine, "client_name", json!("Taken over"));
                    body["client_id"] = id.into();
                    body.as_object_mut().unwrap().remove("client_secret");
                    answers.push(seen(&op.send(asking(method.clone(), place, Some(token), &body)).await));
                }
            }
            assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED, "{method}");
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{method}: {answers:#?}");
        }
        assert_eq!(read().await.json, before);
        op.rp("web").signed_in("diana", "openid").await;
        // With my token at my place, but in your name.
        let body = update(&mine, "client_id", yours["client_id"].clone());
        let token = text(&mine, "registration_access_token");
        let reply =
            op.send(asking(Method::PUT, text(&mine, "registration_client_uri"), Some(token), &body)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        assert_eq!(read().await.json, before);
    }
}

/// What only the operator may say.
fn privileges() -> Value {
    json!({
        "client_id": "chosen",
        "client_secret": "a secret that I have chosen myself, and long enough for anything",
        "registered": false,
        "skip_consent": true,
        "may_introspect": true,
        "fapi": false,
        "lifetimes": {"code": 86400, "access_token": 999_999, "id_token": 999_999, "refresh_token": 999_999_999},
        "access_token_lifetime": 999_999,
        "access_token_audience": ["https://op.example", "api"],
        "resources": ["https://api.example"],
        "add_claims": {"by_scope": {"id_token": true}, "always": {"userinfo": {"email": null}}},
        "scopes_to_claims": {"openid": ["sub", "email", "phone_number"]},
        "redirect_uris": ["https://app.example/cb"],
    })
}

/// Holds an application to what anybody may.
async fn holds_no_privilege(op: &Op, app: &Value, others: &str, username: &str) {
    for member in privileges().as_object().unwrap().keys() {
        let told = ["client_id", "client_secret", "redirect_uris"].contains(&member.as_str());
        assert!(told || app.get(member).is_none(), "{member}: {app}");
    }
    let rp = op.party(&spec(app)).at(&op.another_browser());
    let flow = rp.authorize("openid").login(username);
    assert!(flow.consent_page().await.has("unchecked"));
    let signed_in = rp.authorize("openid").consent().signed_in().await;
    assert_eq!(signed_in.tokens.expires_in, Some(3600));
    let claims = signed_in.claims().await;
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    let info = rp.userinfo(&signed_in.tokens).await.succeeded().json;
    for told in [&claims, &info] {
        assert!(told.get("email").is_none() && told.get("phone_number").is_none(), "{told}");
    }
    assert_eq!(rp.introspect(&signed_in.tokens).await.succeeded().json["aud"], "https://op.example");
    assert_eq!(rp.introspect(others).await.succeeded().json, json!({"active": false}));
    let party = op.rp("web").party;
    assert_eq!(party.introspect(&signed_in.tokens).await.succeeded().json, json!({"active": false}));
}

#[tokio::test]
async fn what_only_the_operator_may_say_has_no_effect() {
    let registrar = SigningKey::generate(SigningAlg::Es256).unwrap();
    let issuer =
        client("https://registrar.example").set("jwks", json!({"keys": [registrar.public_jwk().unwrap()]}));
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind).statement_issuer(issuer.clone())).await;
        let others = op.rp("web").at(&op.another_browser()).signed_in("elvis", "openid").await.tokens;
        let app = registered(&op, &privileges()).await;
        assert_ne!(app["client_id"], "chosen");
        assert_ne!(app["client_secret"], privileges()["client_secret"]);
        holds_no_privilege(&op, &app, &others.access_token, "diana").await;
        let flow = op.party(&spec(&app)).authorize("openid").set("resource", "https://api.example");
        let landed = flow.go().await;
        assert_eq!(refusal(landed.unwrap()), "invalid_target");

        // By an update.
        let mut body = update(&app, "client_name", json!("Changed"));
        let own = ["client_id", "client_secret", "redirect_uris"];
        for (name, value) in
            privileges().as_object().unwrap().iter().filter(|(name, _)| !own.contains(&name.as_str()))
        {
            body[name] = value.clone();
        }
        let (place, token) = (text(&app, "registration_client_uri"), text(&app, "registration_access_token"));
        let changed = op.send(asking(Method::PUT, place, Some(token), &body)).await;
        assert_eq!((changed.status, &changed.json["client_name"]), (StatusCode::OK, &json!("Changed")));
        let mut changed = changed.json;
        changed["client_secret"] = app["client_secret"].clone();
        holds_no_privilege(&op, &changed, &others.access_token, "ella").await;

        // By somebody who vouches for it.
        let mut claims = privileges();
        claims["iss"] = "https://registrar.example".into();
        let statement = jws::sign(&registrar, None, claims.to_string().as_bytes()).unwrap();
        let mut metadata = least();
        metadata["software_statement"] = statement.into();
        let vouched = registered(&op, &metadata).await;
        assert_ne!(vouched["client_secret"], privileges()["client_secret"]);
        holds_no_privilege(&op, &vouched, &others.access_token, "diana").await;
    }
}

/// The error of an answer that gives nothing, wherever it is told.
fn refusal(landed: Landed) -> String {
    let fields: Vec<(String, String)> = match landed {
        Landed::Page(page) => {
            return page.error().unwrap_or_else(|| panic!("{page:?}: {}", page.text())).to_owned();
        }
        Landed::Callback(url) => url.query_pairs().into_owned().collect(),
        Landed::Posted(_, fields) => fields,
    };
    let find = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    assert!(["code", "id_token", "access_token"].into_iter().all(|name| find(name).is_none()), "{fields:?}");
    find("error").unwrap_or_else(|| panic!("{fields:?}"))
}

/// OpenID Connect Core §3.1.2.6, OAuth 2.0 Form Post Response Mode §4: what the client sent comes back by the form, and is text all the same.
#[tokio::test]
async fn what_is_reflected_comes_back_whole_and_never_as_markup() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    for hostile in [
        "\"><script>alert(1)</script>",
        "'\"` onfocus=alert(1) autofocus='",
        "one\r\ntwo\r\n\r\n<script>alert(1)</script>",
        "\u{2028}\u{2029}</form><script>alert(1)</script>",
        "&quot;&gt;&lt;script&gt;&#x3c;script&#x3e;&amp;",
        "{{state}}{% raw %}${7*7}<!--",
        "\u{FEFF}\u{202E}\t \u{1F600}",
    ] {
        let flow = web.authorize("openid").set("response_mode", "form_post").set("state", hostile);
        for (flow, error) in
            [(flow.clone(), None), (flow.clone().set("max_age", "x"), Some("invalid_request"))]
        {
            let page = flow.page_with("form-post").await;
            is_text(&page, hostile);
            let (target, mut fields) = page.posts_away().unwrap();
            // HTML §4.10.21.8: a browser posts every line break as CR LF.
            fields.iter_mut().for_each(|(_, value)| *value = value.replace('\n', "\r\n"));
            assert_eq!(target.as_str(), "https://web.example/cb");
            assert!(fields.contains(&("state".to_owned(), hostile.to_owned())), "{hostile:?}: {fields:?}");
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names.iter().filter(|name| **name == "state").count(), 1);
            let told = fields.iter().find(|(name, _)| name == "error").map(|(_, value)| value.as_str());
            assert_eq!((names.contains(&"code"), told), (error.is_none(), error));
        }
        for name in
            ["client_id", "redirect_uri", "request", "request_uri", "registration", "dpop_jkt", hostile]
        {
            for mode in ["query", "form_post"] {
                let flow = web.authorize("openid").set("response_mode", mode).set("state", hostile);
                if let Landed::Page(page) = flow.set(name, hostile).go().await.unwrap() {
                    is_text(&page, hostile);
                }
            }
        }
        // On the pages between.
        let flow = web.authorize("openid").prompt("login").set("login_hint", hostile).set("state", hostile);
        is_text(&flow.login_page().await, hostile);
        is_text(&flow.login_as(hostile, hostile).page().await, hostile);
    }
}

/// Markup that we did not write is not markup.
fn is_text(page: &Page, hostile: &str) {
    let body = String::from_utf8_lossy(&page.body).to_lowercase();
    assert!(!body.contains("<script>") && !body.contains("</form><"), "{hostile:?}: {body}");
    assert!(!body.contains("' onfocus") && !body.contains("\" onfocus"), "{hostile:?}: {body}");
}

fn key() -> SigningKey {
    SigningKey::generate(SigningAlg::Es256).unwrap()
}

/// A client that is held to sign, by this key.
fn strict(id: &str, key: &SigningKey) -> ClientSpec {
    let spec = client(id).set("jwks", json!({"keys": [key.public_jwk().unwrap()]}));
    spec.set("require_signed_request_object", true)
}

fn signed(rp: &Rp, flow: Flow, key: &SigningKey) -> Flow {
    flow.with(|request| {
        let object = rp.request_object(&request, Protection::Key(key), &json!({})).unwrap();
        request.by_value(&object)
    })
}

async fn sign_in(page: &Page, username: &str) -> Result<Landed, signet_certify::Error> {
    page.clone().fill("username", username).fill("password", password(username)).submit("sign-in").await
}

/// RFC 9101 §10.2: what an object said counts until it expires, on every way by which it could be read again.
#[tokio::test]
async fn an_expired_request_object_stays_expired() {
    let key = key();
    let op = Op::with(strict("web", &key)).await;
    let web = op.rp("web");
    signed(&web, web.authorize("openid"), &key).login("diana").consent().signed_in().await;
    let flow = signed(&web, web.authorize("openid").prompt("login"), &key);
    let page = flow.login_page().await;
    // While it is good it may be sent again: it is the state that the client accepts once.
    let again = flow.clone().login("diana").code().await;
    web.redeem(&again).await.tokens();
    op.advance(3601);
    // By the page, by its address, by the request itself, by GET and POST, as often as you like.
    for _ in 0..2 {
        assert_eq!(refusal(sign_in(&page, "diana").await.unwrap()), "invalid_request_object");
        if let Ok(Landed::Page(reloaded)) = page.reload().await {
            assert!(!reloaded.has("consent-allow") && !reloaded.has("sign-in"), "{}", reloaded.text());
        }
        flow.refused("invalid_request_object").await;
        flow.clone().by_post().refused("invalid_request_object").await;
    }
    // What stands outside does not make up for it.
    let bare = flow.clone().with(|request| {
        let inside = request.params().to_vec();
        inside.iter().fold(request, |request, (name, value)| request.send_also(name, value))
    });
    bare.refused("invalid_request_object").await;
    let elsewhere = web.clone().at(&op.another_browser());
    let stranger = elsewhere.authorize("openid").with(|_| flow.request().clone());
    stranger.refused("invalid_request_object").await;
}

#[tokio::test]
async fn an_object_speaks_for_the_client_that_made_it() {
    let key = key();
    // B has put the public key of A into its registration.
    let both = [strict("a", &key), strict("b", &key), client("plain")];
    let op = Op::with(World::of(both)).await;
    let a = op.rp("a");
    signed(&a, a.authorize("openid"), &key).login("diana").consent().signed_in().await;
    let object = a.request_object(&a.party.request("openid"), Protection::Key(&key), &json!({})).unwrap();
    for id in ["b", "plain"] {
        let rp = op.rp(id);
        let stolen = rp.authorize("openid").with(|request| {
            let plain = request.params().to_vec();
            let request = request.by_value(&object);
            plain.iter().fold(request, |request, (name, value)| request.send_also(name, value))
        });
        let bare = rp.authorize("openid").with(|request| request.by_value(&object));
        for flow in [stolen, bare] {
            assert!(refusal(flow.go().await.unwrap()).starts_with("invalid_request"));
        }
    }
    // B's object, in the name of A, to be answered at A.
    let b = op.rp("b");
    let named = json!({"client_id": "a", "redirect_uri": "https://a.example/cb"});
    let object = b.request_object(&b.party.request("openid"), Protection::Key(&key), &named).unwrap();
    for rp in [&a, &b] {
        let landed = rp.authorize("openid").with(|request| request.by_value(&object)).go().await.unwrap();
        assert!(refusal(landed).starts_with("invalid_request"));
    }
    let url = signed(&a, a.authorize("openid"), &key).request().url(&op.url("/authorize")).unwrap();
    let one = url.query_pairs().find(|(name, _)| name == "request").unwrap().1.into_owned();
    for (two, error) in [(&one, "invalid_request"), (&object, "invalid_request")] {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("request", two);
        a.browser.get(url.as_str()).await.on_error(error);
    }
}

/// OpenID Connect Core §3.1.2.1: who was signed in is told by a token that we signed for this client, and by nothing else.
#[tokio::test]
async fn a_hint_that_we_did_not_sign_for_this_client_is_none() {
    let secretive = |id: &str, secret: &str| {
        client(id)
            .client_secret_post()
            .set("client_secret", secret)
            .set("id_token_signed_response_alg", "HS256")
            .set("skip_consent", true)
            .set("post_logout_redirect_uris", json!([format!("https://{id}.example/bye")]))
    };
    let of = |letter: &str| letter.repeat(64);
    let op = Op::with([
        secretive("a", &of("a")),
        secretive("b", &of("b")),
        client("es")
            .set("client_secret", of("es"))
            .set("skip_consent", true)
            .set("id_token_signed_response_alg", "ES256"),
    ])
    .await;
    let (a, es) = (op.rp("a"), op.rp("es"));
    let signed_in = a.authorize("openid").login("diana").signed_in().await;
    let token = es.authorize("openid").signed_in().await;
    let published = JwkSet::from_json(&a.jwks().await.unwrap().body).unwrap();
    let claims = |id: &str| {
        let mut claims = decoded(token.id_token());
        claims["aud"] = id.into();
        claims["azp"] = id.into();
        claims.to_string()
    };
    let by_secret = |secret: &str, id: &str| {
        let key = HmacKey::new(SigningAlg::Hs256, secret.as_bytes()).unwrap();
        jws::sign_hmac(&key, Some("JWT"), claims(id).as_bytes())
    };
    let (alg, enc) = (KeyManagementAlg::A128Kw, ContentEncryption::A128CbcHs256);
    let under = |secret: &str, inner: &str| {
        let key = EncryptionKey::from_client_secret(secret.as_bytes(), alg, enc).unwrap();
        jwe::encrypt(&key, alg, enc, Extra { typ: None, cty: Some("JWT") }, inner.as_bytes()).unwrap()
    };
    let to_us = |inner: &str, cty: Option<&str>| -> Vec<String> {
        let algs = KeyManagementAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric());
        let sealed = algs.filter_map(|alg| {
            let mut keys = published.keys.iter().filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok());
            let key = keys.find(|key| key.allows(alg, enc))?;
            jwe::encrypt(&key, alg, enc, Extra { typ: None, cty }, inner.as_bytes()).ok()
        });
        sealed.collect()
    };
    let foreign = SigningKey::generate(SigningAlg::Es256).unwrap();

    // What these are made of is good where it belongs, or the refusals below say nothing.
    let quiet =
        |id: &str, hint: &str| op.rp(id).authorize("openid").prompt("none").set("id_token_hint", hint);
    quiet("a", signed_in.id_token()).code().await;
    quiet("a", &under(&of("a"), signed_in.id_token())).code().await;
    quiet("a", &by_secret(&of("a"), "a")).code().await;
    quiet("es", &to_us(token.id_token(), Some("JWT"))[0]).code().await;

    for id in ["a", "b", "es"] {
        let unsigned = jws::encode_unsecured(Some("JWT"), claims(id).as_bytes());
        let mut hints = vec![
            by_secret(&"x".repeat(64), id),
            jws::sign(&foreign, Some("JWT"), claims(id).as_bytes()).unwrap(),
            under(&of(id), &unsigned),
            under(&of(id), &claims(id)),
            claims(id),
        ];
        // Secrets that anybody knows: our own public keys.
        hints.extend(published.keys.iter().map(|jwk| by_secret(&serde_json::to_string(jwk).unwrap(), id)));
        for inner in [&unsigned, &claims(id), &by_secret(&"x".repeat(64), id)] {
            for cty in [None, Some("JWT")] {
                hints.extend(to_us(inner, cty));
            }
        }
        // A good one, under more wraps than one.
        hints.push(to_us(&to_us(token.id_token(), Some("JWT"))[0], Some("JWT")).remove(0));
        hints.push(unsigned);
        match id {
            "a" => hints.push(token.id_token().to_owned()),
            // By the secret of A, in the name of whoever shows it; and what A was given.
            _ => hints.extend([by_secret(&of("a"), id), signed_in.id_token().to_owned()]),
        }
        if id == "b" {
            hints.extend([token.id_token().to_owned(), under(&of("b"), signed_in.id_token())]);
        }
        if id == "es" {
            // Its own secret signs nothing for a client whose tokens we sign.
            hints.push(by_secret(&of(id), id));
        }
        for hint in &hints {
            assert_eq!(refusal(quiet(id, hint).go().await.unwrap()), "invalid_request", "{id}: {hint}");
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("id_token_hint", hint.as_str()), ("client_id", id)])
                .finish();
            op.browser().get(&op.url(&format!("/end_session?{query}"))).await.on_error("invalid_request");
        }
    }
    // Nobody was signed out by any of it.
    quiet("a", signed_in.id_token()).code().await;
}

fn decoded(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

const KNOWN: &str = "urn:example:known";
const NOW: &str = "urn:example:now";

/// A password at some time, and one within the request, or of the last ten minutes.
fn contexts(fresh: bool) -> Vec<Context> {
    let known = Context { name: "known".into(), acr: KNOWN.into(), ..Context::password() };
    let lifetime = (!fresh).then_some(600);
    let now = Context { name: "now".into(), acr: NOW.into(), fresh, lifetime, ..known.clone() };
    vec![known, now]
}

fn essential(flow: Flow) -> Flow {
    flow.claims(&json!({"id_token": {"acr": {"essential": true, "values": [NOW]}}}))
}

/// The same person agrees, where she has not yet.
async fn consented(landed: Landed) -> Landed {
    match landed {
        Landed::Page(page) => page.submit("consent-allow").await.unwrap(),
        landed => landed,
    }
}

async fn of_code(rp: &Rp, flow: &Flow, landed: Landed) -> Value {
    let code = flow.read(Ok(landed)).await.code().unwrap();
    rp.claims(flow.request(), &rp.redeem(&code).await.tokens()).await.unwrap()
}

#[tokio::test]
async fn no_tab_and_no_account_lends_another_its_context() {
    let op = Op::with(
        World::of([client("web"), client("quiet").set("skip_consent", true)])
            .settings(|settings| settings.authentication = contexts(true)),
    )
    .await;
    let (web, quiet) = (op.rp("web"), op.rp("quiet"));
    let wanted = essential(quiet.authorize("openid"));
    let waiting = wanted.login_page().await;
    // A sign-in of another tab, before and after this request began.
    let known = quiet.signed_in_quietly("diana").await;
    assert_eq!(known.claims().await["acr"], NOW);
    for _ in 0..2 {
        assert!(waiting.reload().await.on_page().has("sign-in"));
        essential(quiet.authorize("openid")).login_page().await;
        essential(quiet.authorize("openid")).login("diana").code().await;
    }
    for hint in [None, Some(known.id_token())] {
        let flow = essential(quiet.authorize("openid")).prompt("none");
        let flow = hint.into_iter().fold(flow, |flow, hint| flow.set("id_token_hint", hint));
        flow.refused("login_required").await;
        flow.clone().set("acr_values", KNOWN).refused("login_required").await;
    }
    // To go on with the account that is there is no sign-in.
    essential(quiet.authorize("openid")).prompt("select_account").page_with("sign-in").await;
    let flow = essential(quiet.authorize("openid")).prompt("consent");
    assert!(flow.page().await.has("sign-in"));

    // One tab has signed Diana in and asks for her consent; in the other, Ella signs in for less.
    let flow = essential(web.authorize("openid"));
    let consent = flow.clone().login("diana").consent_page().await;
    let ella = quiet.authorize("openid").prompt("login").login("ella").signed_in().await.claims().await;
    let diana = known.claims().await;
    assert_ne!(ella["sub"], diana["sub"]);
    let page = consent.submit("consent-allow").await.on_page();
    assert!(page.has("sign-in"), "Ella has signed in for less, and in another tab: {}", page.text());
    let claims = of_code(&web, &flow, consented(sign_in(&page, "ella").await.unwrap()).await).await;
    assert_eq!((&claims["sub"], &claims["acr"]), (&ella["sub"], &json!(NOW)));
    // Whoever Diana's hint names, Ella's sign-in does not do for.
    let hinted = essential(quiet.authorize("openid")).set("id_token_hint", known.id_token());
    hinted.clone().prompt("none").refused("login_required").await;
    assert!(hinted.login("ella").page().await.has("sign-in"));
}

/// The back button lets people choose again: who signed in counts, and who was shown is who agrees.
#[tokio::test]
async fn what_one_person_was_shown_is_not_agreed_to_by_another() {
    let op = Op::with(
        World::of([client("web"), client("quiet").set("skip_consent", true)])
            .settings(|settings| settings.authentication = contexts(false)),
    )
    .await;
    let (web, quiet) = (op.rp("web"), op.rp("quiet"));
    let diana = quiet.signed_in_quietly("diana").await.claims().await;
    let flow = essential(web.authorize("openid")).prompt("select_account");
    let choice = flow.page_with("account-continue").await;
    let dianas = choice.submit("account-continue").await.on_page();
    assert!(dianas.text().contains("Diana Krall"), "{}", dianas.text());
    let login = choice.submit("account-other").await.on_page();
    let ellas = sign_in(&login, "ella").await.on_page();
    assert!(ellas.text().contains("Ella Fitzgerald"), "{}", ellas.text());
    // Pages from before, pressed once more, lead to Ella, and to nothing that she was not asked.
    for (page, button) in [(&choice, "account-continue"), (&dianas, "consent-allow")] {
        let landed = page.submit(button).await.on_page();
        assert!(landed.has("consent-allow") && landed.text().contains("Ella"), "{button}: {}", landed.text());
    }
    let claims = of_code(&web, &flow, ellas.submit("consent-allow").await.unwrap()).await;
    assert_ne!(claims["sub"], diana["sub"]);
    assert_eq!(claims["acr"], NOW);
}

/// What was done for a request counts for it however long its pages are read, and for no other.
#[tokio::test]
async fn a_context_that_ends_at_the_consent_page_ends_for_the_next_request() {
    let op =
        Op::with(World::of([client("web")]).settings(|settings| settings.authentication = contexts(false)))
            .await;
    let web = op.rp("web");
    let flow = essential(web.authorize("openid"));
    let consent = flow.clone().login("diana").consent_page().await;
    op.advance(600);
    let landed = consent.submit("consent-allow").await.unwrap();
    assert_eq!(of_code(&web, &flow, landed).await["acr"], NOW);
    essential(web.authorize("openid")).prompt("none").refused("login_required").await;
    let consent = essential(web.authorize("openid")).prompt("consent");
    consent.page_with("sign-in").await;
}

/// RFC 7591 §5: what an application says of itself is shown to people who do not know it.
#[tokio::test]
async fn metadata_of_a_stranger_is_no_link_to_a_script() {
    let op = Op::with(open()).await;
    let metadata = |member: &str, value: &Value| {
        let mut metadata = least();
        metadata["client_name"] = "App".into();
        metadata[member] = value.clone();
        metadata
    };
    for evil in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://app.example/x",
        "https://app.example/\"><script>alert(1)</script>",
        "https://op.example@evil.example/",
    ] {
        for member in ["redirect_uris", "post_logout_redirect_uris"] {
            for kind in ["web", "native"] {
                let mut metadata = metadata(member, &json!([evil]));
                metadata["application_type"] = kind.into();
                if kind == "native" {
                    metadata["token_endpoint_auth_method"] = "none".into();
                }
                let reply = op.send(asking(Method::POST, &op.url("/register"), None, &metadata)).await;
                if evil.contains('"') && reply.status == StatusCode::CREATED {
                    answers_as_text(&op, &reply.json, evil).await;
                } else {
                    let status = StatusCode::BAD_REQUEST;
                    assert_eq!(reply.status, status, "{kind} {member} {evil:?}: {}", reply.json);
                }
            }
        }
        for member in ["client_uri", "policy_uri", "tos_uri", "logo_uri", "client_uri#de", "policy_uri#en"] {
            op.advance(60);
            let metadata = metadata(member, &evil.into());
            let reply = op.send(asking(Method::POST, &op.url("/register"), None, &metadata)).await;
            if reply.status == StatusCode::CREATED {
                shown_as_text(&op, &reply.json, evil).await;
            }
        }
    }
    for evil in ["\"><script>alert(1)</script>", "</title><script>alert(1)</script>", "' onfocus=alert(1) '"]
    {
        op.advance(60);
        let reply = op
            .send(asking(Method::POST, &op.url("/register"), None, &metadata("client_name", &evil.into())))
            .await;
        if reply.status == StatusCode::CREATED {
            shown_as_text(&op, &reply.json, evil).await;
        }
    }
}

/// RFC 3986 §2: what no address holds is refused, or sent on as what it is.
#[tokio::test]
async fn an_odd_redirect_uri_leads_nowhere_else() {
    let op = Op::with(open()).await;
    for odd in [
        "https://app.example/c\r\nx-evil: 1",
        "https://app.example/c\nb",
        "https://app.example/c\tb",
        " https://app.example/cb",
        "https://app.example/c b",
        "https://app.example/\u{0}",
        "https://app.example/ä",
        "https://app.example\\@evil.example/",
        "https:\\\\evil.example/",
        "https:evil.example/cb",
        "https:///evil.example/cb",
        "https://app.example/'; script-src 'unsafe-inline'",
        "https://app.example/cb?code=stolen&state=x",
    ] {
        op.advance(60);
        let metadata = json!({"redirect_uris": [odd]});
        let reply = op.send(asking(Method::POST, &op.url("/register"), None, &metadata)).await;
        if reply.status == StatusCode::CREATED {
            answers_as_text(&op, &reply.json, odd).await;
        } else {
            assert_eq!(reply.json["error"], "invalid_redirect_uri", "{odd:?}");
        }
    }
}

/// Every page that a person may see of this application.
async fn shown_as_text(op: &Op, app: &Value, evil: &str) {
    let rp = op.party(&spec(app)).at(&op.another_browser());
    let flow = rp.authorize("openid");
    for page in [flow.login_page().await, flow.login("diana").consent_page().await] {
        is_text(&page, evil);
        for link in &page.document.links {
            let href = link.href.to_lowercase();
            assert!(href.starts_with("https:") || href.starts_with(['/', '?']), "{app}: {href}");
            assert!(!href.contains('@'), "{app}: {href}");
        }
    }
}

/// An address with markup in it is an address all the same.
async fn answers_as_text(op: &Op, app: &Value, evil: &str) {
    let rp = op.party(&spec(app)).at(&op.another_browser());
    for mode in ["query", "fragment", "form_post"] {
        let flow = rp.authorize("openid").prompt("login consent").set("response_mode", mode);
        let landed = flow.clone().login("diana").consent().go().await.unwrap();
        if mode == "form_post" {
            let page = landed.page().unwrap();
            assert!(page.has("form-post"), "{}", page.text());
            is_text(&page, evil);
            let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(!policy.contains("alert") && !policy.contains('<'), "{policy}");
        } else {
            let host = landed.callback().unwrap().host_str().unwrap().to_owned();
            let shown = flow.login("diana").consent_page().await;
            assert!(shown.text().contains(&host), "{host}: {}", shown.text());
        }
    }
}

/// RFC 9700 §4.11.2: signing out must not become a way to send strangers anywhere, for whoever registers.
#[tokio::test]
async fn signing_out_sends_no_stranger_to_a_stranger() {
    let op = Op::with(open()).await;
    let mut metadata = least();
    let bye = "https://evil.example/bye";
    metadata["post_logout_redirect_uris"] = json!([bye]);
    let app = registered(&op, &metadata).await;
    let rp = op.party(&spec(&app)).at(&op.another_browser());
    // The attacker signs in as Ella, and has an ID token.
    let ella = rp.signed_in("ella", "openid").await;
    let (victim, nobody) = (op.another_browser(), op.another_browser());
    op.rp("web").at(&victim).signed_in("diana", "openid").await;
    for browser in [&victim, &nobody] {
        for hint in [None, Some(ella.id_token())] {
            let mut params = vec![("client_id", text(&app, "client_id")), ("post_logout_redirect_uri", bye)];
            params.extend(hint.map(|hint| ("id_token_hint", hint)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
            let asked = browser.get(&op.url(&format!("/end_session?{query}"))).await.on_page();
            assert!(asked.has("sign-out-confirm"), "{}", asked.text());
        }
    }
    op.rp("web").at(&victim).authorize("openid").prompt("none").code().await;
    // The person whom its token is about knows it, and goes there at once.
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", ella.id_token()), ("post_logout_redirect_uri", bye)])
        .finish();
    assert_eq!(rp.browser.get(&op.url(&format!("/end_session?{query}"))).await.sent_away().as_str(), bye);
}
