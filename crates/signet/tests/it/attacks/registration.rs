//! RFC 7591 §5, RFC 7592 §5: tokens and privileges of registration.

use super::*;
use crate::op::issuer;

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
        let act = Act::new("a test", op.clock.now_ms(), &rng);
        let made = tickets::create(&**op.store(), &act, Some(1), now.plus(60)).await.unwrap();
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
        "access_token_audience": [issuer(), "api"],
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
    assert_eq!(rp.introspect(&signed_in.tokens).await.succeeded().json["aud"], issuer());
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
