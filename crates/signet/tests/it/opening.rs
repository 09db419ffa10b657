//! RFC 7516 §11.5, RFC 9101 §10.2: anybody can encrypt to a published key, and to open what they made costs.

use std::sync::Arc;

use http::Request;
use serde_json::json;
use signet_certify::assert::Arrived as _;
use signet_core::change::Change;
use signet_core::record::Client;
use signet_core::settings::subjects::Public;
use signet_jose::jwe::{self, EncryptionKey, Extra};
use signet_jose::{ContentEncryption, JwkSet, KeyManagementAlg, SigningAlg, SigningKey, jws};

use crate::op::{ClientSpec, Op, World, client};

const FORM: &str = "application/x-www-form-urlencoded";
/// What a network has at once.
const AT_ONCE: usize = 20;
/// The same of what is signed inside.
const SIGNED_AT_ONCE: usize = 200;

fn web() -> ClientSpec {
    client("web").set("skip_consent", true)
}

/// Encrypted to the provider's RSA key.
async fn sealed(op: &Op, inside: &str) -> String {
    let jwks = JwkSet::from_json(&op.rp("web").jwks().await.unwrap().body).unwrap();
    let (alg, enc) = (KeyManagementAlg::RsaOaep, ContentEncryption::A128CbcHs256);
    let keys = jwks.keys.iter().filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok());
    let key = { keys }.find(|key| key.allows(alg, enc)).unwrap();
    jwe::encrypt(&key, alg, enc, Extra { typ: None, cty: Some("JWT") }, inside.as_bytes()).unwrap()
}

/// How many of these are not looked at, by a caller that learns so.
async fn waits(op: &Op, number: usize, request: impl Fn() -> Request<String>) -> usize {
    let mut waits = 0;
    for _ in 0..number {
        let reply = op.send(request()).await;
        assert_eq!(reply.status == 429, reply.headers.contains_key("retry-after"), "{}", reply.status);
        waits += usize::from(reply.status == 429);
    }
    waits
}

#[tokio::test]
async fn what_strangers_encrypt_to_us_is_opened_so_often_from_their_network() {
    for (path, names_nobody) in [
        ("/authorize?client_id=web&request=", false),
        ("/end_session?id_token_hint=", false),
        ("/end_session?client_id=web&id_token_hint=", false),
        ("/end_session?client_id=nobody&id_token_hint=", false),
        ("/authorize?client_id=nobody&request=", true),
    ] {
        let op = Op::with(web()).await;
        op.come_from("192.0.2.7");
        let url = op.url(&format!("{path}{}", sealed(&op, "nothing").await));
        let get = || Request::get(&url).body(String::new()).unwrap();
        // For an application that does not exist nothing is opened at all.
        let expected = if names_nobody { 0 } else { 10 };
        assert_eq!(waits(&op, AT_ONCE + 10, get).await, expected, "{path}");
        op.advance(1);
        assert_eq!(waits(&op, 3, get).await, if names_nobody { 0 } else { 1 }, "{path}");
        op.come_from("192.0.2.8");
        assert_eq!(waits(&op, 3, get).await, 0, "{path}");
    }
    let op = Op::with(web()).await;
    op.come_from("192.0.2.7");
    let body = format!("id_token_hint={}", sealed(&op, "nothing").await);
    let url = op.url("/end_session");
    let post = || Request::post(&url).header("content-type", FORM).body(body.clone()).unwrap();
    assert_eq!(waits(&op, AT_ONCE + 10, post).await, 10);
}

#[tokio::test]
async fn what_strangers_encrypt_to_us_is_opened_so_often_in_all() {
    let op = Op::with(web()).await;
    let url = op.url(&format!("/end_session?id_token_hint={}", sealed(&op, "nothing").await));
    let get = || Request::get(&url).body(String::new()).unwrap();
    let mut waiting = 0;
    for number in 0..250 {
        op.come_from(&format!("192.0.{}.{}", number / 200, number % 200));
        waiting += waits(&op, 1, get).await;
    }
    assert_eq!(waiting, 50);
    // The networks of one site are several times one of them, and no more.
    op.advance(60);
    let mut waiting = 0;
    for number in 0..100 {
        op.come_from(&format!("2001:db8:0:{number:x}::1"));
        waiting += waits(&op, 1, get).await;
    }
    assert_eq!(waiting, 20);
}

/// A hint is only a hint: a person who brings one is not sent away.
#[tokio::test]
async fn a_hint_that_is_not_looked_at_is_none_and_an_open_page_keeps_what_it_has_read() {
    let world = World::of([web()]).settings(|settings| settings.subjects.public = Public::Raw);
    let op = Op::with(world).await;
    op.come_from("192.0.2.7");
    let (web, ella) = (op.rp("web"), op.another_browser());
    let diana = web.authorize("openid").login("diana").signed_in().await;
    web.clone().at(&ella).authorize("openid").login("ella").code().await;
    let hint = sealed(&op, diana.id_token()).await;
    let hinted = || web.clone().at(&ella).authorize("openid").set("id_token_hint", &hint);
    // What we signed ourselves proves who made it, and is read as often as it comes.
    for _ in 0..2 * AT_ONCE {
        hinted().prompt("none").refused("login_required").await;
    }
    let nobody = op.another_browser();
    let page = web.clone().at(&nobody).authorize("openid").set("id_token_hint", &hint).login_page().await;
    assert_eq!(page.control("username").unwrap().value, "diana");

    let junk = sealed(&op, "nothing").await;
    for _ in 0..AT_ONCE + 10 {
        web.authorize("openid").prompt("none").set("id_token_hint", &junk).code().await;
    }
    assert!(op.log().contains("too many came from its network"));
    // It would have asked for Diana.
    hinted().prompt("none").code().await;
    // The page that was open before is shown again, and nothing is decrypted for it.
    let again = nobody.get(page.url.as_str()).await.on_page();
    assert_eq!(again.control("username").unwrap().value, "diana");
    // Elsewhere it is read.
    op.come_from("192.0.2.8");
    hinted().prompt("none").refused("login_required").await;
}

#[tokio::test]
async fn a_person_whose_hint_is_not_looked_at_is_asked_and_can_sign_out() {
    let op = Op::with(web()).await;
    op.come_from("192.0.2.7");
    let diana = op.rp("web").authorize("openid").login("diana").signed_in().await;
    let url = op.url(&format!("/end_session?id_token_hint={}", sealed(&op, "nothing").await));
    waits(&op, AT_ONCE, || Request::get(&url).body(String::new()).unwrap()).await;
    let own = op.url(&format!("/end_session?id_token_hint={}", sealed(&op, diana.id_token()).await));
    let page = op.browser().get(&own).await.on_page();
    assert!(page.has("sign-out-confirm"));
    op.advance(1);
    let page = op.browser().get(&own).await.on_page();
    assert!(!page.has("sign-out-confirm"));
}

const SECRET: &str = "sixty-four characters are what a secret for HS512 has to have: x";

fn signing() -> ClientSpec {
    web().client_secret_post().set("client_secret", SECRET)
}

/// A request that the application has signed, encrypted to the provider.
async fn signed_request(op: &Op) -> String {
    let key = signet_jose::HmacKey::new(SigningAlg::Hs256, SECRET.as_bytes()).unwrap();
    let redirect_uri = op.rp("web").redirect_uri.clone();
    let claims = json!({
        "iss": "web", "aud": op.url(""), "client_id": "web", "response_type": "code", "scope": "openid",
        "redirect_uri": redirect_uri, "state": "s",
    });
    let signed = jws::sign_hmac(&key, None, claims.to_string().as_bytes());
    op.url(&format!("/authorize?client_id=web&request={}", sealed(op, &signed).await))
}

/// However many people an office has whom the application sends, none waits.
#[tokio::test]
async fn what_an_application_has_signed_and_encrypted_is_opened_ten_times_as_often() {
    let op = Op::with(signing()).await;
    op.come_from("192.0.2.7");
    let url = signed_request(&op).await;
    for _ in 0..SIGNED_AT_ONCE {
        let reply = op.send(Request::get(&url).body("").unwrap()).await;
        assert_eq!(reply.status, 303);
        assert!(reply.headers["location"].to_str().unwrap().contains("/interaction/"));
    }
}

/// Who has one token that we or an application signed can encrypt it again and again.
#[tokio::test]
async fn what_is_signed_inside_is_not_opened_without_end_either() {
    let op = Op::with(signing()).await;
    op.come_from("192.0.2.7");
    let diana = op.rp("web").authorize("openid").login("diana").signed_in().await;
    let hint = sealed(&op, diana.id_token()).await;
    let urls = [signed_request(&op).await, op.url(&format!("/end_session?id_token_hint={hint}"))];
    for (last, url) in ["8", "9"].iter().zip(&urls) {
        op.come_from(&format!("192.0.2.{last}"));
        let get = || Request::get(url).body(String::new()).unwrap();
        assert_eq!(waits(&op, SIGNED_AT_ONCE + AT_ONCE + 10, get).await, 10, "{url}");
        op.advance(1);
        // Twenty signed ones a second, and two as of a stranger.
        assert_eq!(waits(&op, 30, get).await, 8, "{url}");
    }
    // In all.
    let get = || Request::get(&urls[1]).body(String::new()).unwrap();
    op.advance(600);
    let mut waiting = 0;
    for network in 0..7 {
        op.come_from(&format!("192.0.2.{}", 100 + network));
        waiting += waits(&op, SIGNED_AT_ONCE + AT_ONCE - 10, get).await;
    }
    // Five networks had the thousand; the two that are left have what strangers have.
    assert_eq!(waiting, 2 * (SIGNED_AT_ONCE - 10));
}

/// RFC 9101 §10.2: who registers itself chooses its keys, and so what it takes to verify by them.
#[tokio::test]
async fn what_self_registered_applications_sign_is_verified_so_often() {
    let key = |kid: &str| SigningKey::generate(SigningAlg::Es256).unwrap().with_kid(kid);
    let jwks = json!({"keys": [key("k").public_jwk().unwrap()]});
    let op = Op::with(web().set("jwks", jwks.clone())).await;
    let redirect_uris = vec!["https://stranger.example/cb".to_owned()];
    let client = Client { registered: true, redirect_uris, jwks: Some(jwks), ..Client::new("stranger") };
    op.store().commit(vec![Change::PutClient(Arc::new(client))]).await.unwrap();
    let object = jws::sign(&key("k"), None, b"{}").unwrap();
    let urls = ["stranger", "web"].map(|id| op.url(&format!("/authorize?client_id={id}&request={object}")));
    let [strange, known] = urls.each_ref().map(|url| move || Request::get(url).body(String::new()).unwrap());
    op.come_from("192.0.2.7");
    assert_eq!(waits(&op, 110, strange).await, 10);
    assert_eq!(waits(&op, 110, known).await, 0);
    op.advance(1);
    assert_eq!(waits(&op, 15, strange).await, 5);
    op.come_from("192.0.2.8");
    assert_eq!(waits(&op, 3, strange).await, 0);
}
