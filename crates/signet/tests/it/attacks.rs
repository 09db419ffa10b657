//! RFC 9700 §4, RFC 7591 §5, RFC 9101 §10: attacks on registration, request objects, hints and contexts,
//! through the router.

use std::collections::BTreeMap;

use ::http::{Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};
use signet::admin::{Act, tickets};
use signet::clock::Clock as _;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::rp::Protection;
use signet_certify::{Landed, Page, Reply};
use signet_core::settings::authentication::Context;
use signet_core::settings::registration::Mode;
use signet_jose::jwe::{self, EncryptionKey, Extra};
use signet_jose::{ContentEncryption, HmacKey, JwkSet, KeyManagementAlg, SigningAlg, SigningKey, jws};
use tokio::task::JoinSet;

use crate::flow::{Flow, Rp};
use crate::op::{ClientSpec, Op, World, client, password};
use crate::outside::{SeededRng, StoreKind};

mod addresses;
mod contexts;
mod pages;
mod registration;
mod requests;

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

pub(crate) async fn registered(op: &Op, metadata: &Value) -> Value {
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

pub(crate) fn spec(app: &Value) -> ClientSpec {
    let members = app.as_object().unwrap().iter();
    members.fold(client(text(app, "client_id")), |spec, (name, value)| spec.set(name, value.clone()))
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

/// The same person agrees, where she has not yet.
async fn consented(landed: Landed) -> Landed {
    match landed {
        Landed::Page(page) => page.submit("consent-allow").await.unwrap(),
        landed => landed,
    }
}
