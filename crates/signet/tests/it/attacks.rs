//! RFC 9700 §4, RFC 7591 §5, RFC 9101 §10: attacks on registration, request objects, hints and contexts, through the router.

use std::collections::BTreeMap;

use ::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};
use signet::admin::tickets;
use signet::clock::Clock as _;
use signet_certify::Reply;
use signet_core::registration::Mode;
use tokio::task::JoinSet;

use crate::op::{Op, World, client};
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
