//! RFC 6819 §4.3.4, RFC 6749 §10.10: client secrets and assertions are not guessed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use serde_json::{Value, json};
use signet_certify::Reply;

use signet::admin::throttle::{self, Counted, Patience, Whose};
use signet::admin::{Act, Window, events};
use signet::clock::{Clock as _, SystemRng};
use signet_login::network::Network;
use signet_store::EventFilter;
use tokio::task::JoinSet;

use crate::op::{Op, World, client};
use crate::outside::StoreKind;

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(op: &Op, path: &str, secret: &str) -> Reply {
    let body = format!("grant_type=client_credentials&token=x&client_id=service&client_secret={secret}");
    op.send(Request::post(op.url(path)).header("content-type", FORM).body(body).unwrap()).await
}

fn service() -> crate::op::ClientSpec {
    client("service")
        .set("token_endpoint_auth_method", "client_secret_post")
        .set("grant_types", serde_json::json!(["client_credentials"]))
}

const RIGHT: &str = "a+secret%3A+50%25%2B";

#[tokio::test]
async fn wrong_secrets_slow_down_their_client_and_network_at_every_endpoint() {
    for path in ["/token", "/introspect", "/revoke"] {
        let op = Op::with(service()).await;
        op.come_from("192.0.2.7");
        let mut told = Vec::new();
        for number in 0..30 {
            told.push(post(&op, path, &format!("guess-number-{number}-of-many")).await.status.as_u16());
        }
        assert_eq!(told.iter().filter(|status| **status == 401).count(), 4, "{told:?}");
        let waits = post(&op, path, RIGHT).await;
        assert_eq!((waits.status.as_u16(), &waits.headers["retry-after"]), (429, &"1".parse().unwrap()));
        let body: Value = serde_json::from_slice(&waits.body).unwrap();
        assert_eq!(body["error"], "temporarily_unavailable");
        // Four more a second, so that there are never more than eight in one.
        op.advance(1);
        let mut more = 0;
        for _ in 0..30 {
            more += u32::from(post(&op, path, "guess").await.status == 401);
        }
        assert_eq!(more, 4);
        assert_eq!(op.metric("signet_client_authentications_throttled_total").await, 53);
        // The application itself is in another network.
        op.come_from("192.0.2.8");
        for _ in 0..30 {
            assert!(post(&op, path, RIGHT).await.status != 429);
        }
        // And after a pause from here too, as often as it likes.
        op.come_from("192.0.2.7");
        op.advance(2);
        for _ in 0..30 {
            assert!(post(&op, path, RIGHT).await.status != 429);
        }
    }
}

/// How many are answered so, of requests that come at the same instant.
async fn at_once(op: &Op, secrets: impl IntoIterator<Item = String>) -> BTreeMap<u16, usize> {
    let mut asking = JoinSet::new();
    for secret in secrets {
        let body = format!("grant_type=client_credentials&client_id=service&client_secret={secret}");
        let request = Request::post(op.url("/token")).header("content-type", FORM).body(body.into()).unwrap();
        let nobody =
            signet_certify::RelyingParty::new(&op.wire, &op.url(""), "nobody", "https://nobody.example/cb");
        asking.spawn(async move { nobody.raw(request).await.unwrap().status.as_u16() });
    }
    let mut told = BTreeMap::new();
    for status in asking.join_all().await {
        *told.entry(status).or_default() += 1;
    }
    told
}

#[tokio::test]
async fn of_wrong_secrets_at_the_same_instant_no_more_are_looked_at_than_one_after_the_other() {
    let op = Op::with(World::of([service()]).on(StoreKind::Sqlite)).await;
    op.come_from("192.0.2.7");
    let told = at_once(&op, (0..40).map(|number| format!("guess-{number}"))).await;
    assert_eq!(told, BTreeMap::from([(401, 4), (429, 36)]));
}

#[tokio::test]
async fn right_secrets_at_the_same_instant_are_not_sent_away_for_a_wrong_one() {
    let op = Op::with(World::of([service()]).on(StoreKind::Sqlite)).await;
    op.come_from("192.0.2.7");
    assert_eq!(post(&op, "/token", "guess").await.status, 401);
    let told = at_once(&op, (0..40).map(|_| RIGHT.to_owned())).await;
    assert!(!told.contains_key(&429) && !told.contains_key(&401), "{told:?}");
    // What was right is given back.
    for _ in 0..3 {
        assert_eq!(post(&op, "/token", "guess").await.status, 401);
    }
    assert_eq!(post(&op, "/token", "guess").await.status, 429);
}

#[tokio::test]
async fn another_client_of_the_same_network_does_not_wait() {
    let op = Op::with([service(), client("web")]).await;
    op.come_from("192.0.2.7");
    for _ in 0..20 {
        post(&op, "/token", "guess").await;
    }
    op.rp("web").signed_in("diana", "openid").await;
}

#[tokio::test]
async fn assertions_are_not_guessed_either() {
    let op = Op::with(service()).await;
    op.come_from("192.0.2.7");
    // {"alg":"HS256"} . {"iss":"service","sub":"service"} . nothing
    let assertion = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzZXJ2aWNlIiwic3ViIjoic2VydmljZSJ9.AAAA";
    let body = format!(
        "grant_type=client_credentials&client_assertion={assertion}\
         &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let mut told = Vec::new();
    for _ in 0..12 {
        let request = Request::post(op.url("/token")).header("content-type", FORM);
        told.push(op.send(request.body(body.clone()).unwrap()).await.status.as_u16());
    }
    assert_eq!(told.iter().filter(|status| **status == 401).count(), 4, "{told:?}");
    assert_eq!(told.last(), Some(&429));
}

const MAC: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzZXJ2aWNlIn0.AAAA"; // {"alg":"HS256"}
const KEY: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJzZXJ2aWNlIn0.AAAA"; // {"alg":"ES256"}
const ENCRYPTED: &str = // {"alg":"dir","enc":"A128GCM"}
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA";

/// Who sends one learns from the answer whether the secret opens or verifies it.
#[tokio::test]
async fn request_objects_and_hints_are_no_way_to_guess_at_a_secret() {
    for (path, looked_at) in [
        (format!("/authorize?client_id=service&request={MAC}"), 1),
        (format!("/authorize?client_id=service&request={ENCRYPTED}"), 1),
        (format!("/authorize?client_id=service&request={KEY}"), 12),
        (format!("/end_session?client_id=service&id_token_hint={MAC}"), 1),
        (format!("/end_session?client_id=service&id_token_hint={ENCRYPTED}"), 1),
        (format!("/end_session?client_id=service&id_token_hint={KEY}"), 12),
    ] {
        let op = Op::with(service()).await;
        op.come_from("192.0.2.7");
        let mut waits = Vec::new();
        for _ in 0..12 {
            let reply = op.send(Request::get(op.url(&path)).body("").unwrap()).await;
            waits.push(reply.headers.contains_key("retry-after"));
        }
        assert_eq!(waits.iter().filter(|waits| !**waits).count(), looked_at, "{path}: {waits:?}");
        op.come_from("192.0.2.8");
        let reply = op.send(Request::get(op.url(&path)).body("").unwrap()).await;
        assert!(!reply.headers.contains_key("retry-after"), "{path}");
    }
    let op = Op::with(service()).await;
    op.come_from("192.0.2.7");
    let body = format!("client_id=service&id_token_hint={MAC}");
    let mut waits = 0;
    for _ in 0..12 {
        let request = Request::post(op.url("/end_session")).header("content-type", FORM);
        let reply = op.send(request.body(body.clone()).unwrap()).await;
        waits += usize::from(reply.headers.contains_key("retry-after"));
    }
    assert_eq!(waits, 11);
}

/// A person who is at a page is not sent away for a hint: one that is not looked at is none.
#[tokio::test]
async fn hints_that_people_bring_are_no_way_to_guess_at_a_secret_and_keep_nobody_out() {
    for (path, ignored) in [
        (format!("/authorize?client_id=service&prompt=none&id_token_hint={MAC}"), 11),
        (format!("/authorize?client_id=service&id_token_hint={ENCRYPTED}"), 11),
        (format!("/authorize?client_id=service&id_token_hint={KEY}"), 0),
        (format!("/end_session?client_id=service&id_token_hint={MAC}"), 11),
        (format!("/end_session?client_id=service&id_token_hint={ENCRYPTED}"), 11),
    ] {
        let op = Op::with(service()).await;
        op.come_from("192.0.2.7");
        for _ in 0..12 {
            let request = Request::get(op.url(&path)).header("accept", "text/html");
            let reply = op.send(request.body("").unwrap()).await;
            assert!(!reply.headers.contains_key("retry-after"), "{path}");
        }
        assert_eq!(op.log().matches("too many came from its network").count(), ignored, "{path}");
    }
}

/// Neighbours of an application, who share its network, bring what they like in its name.
#[tokio::test]
async fn what_browsers_bring_takes_no_try_from_the_application_itself() {
    let op = Op::with(service()).await;
    op.come_from("192.0.2.7");
    for hint in [MAC, ENCRYPTED] {
        for name in ["request", "id_token_hint"] {
            for path in ["/authorize", "/end_session"] {
                for _ in 0..12 {
                    let url = op.url(&format!("{path}?client_id=service&{name}={hint}"));
                    op.send(Request::get(url).body("").unwrap()).await;
                }
            }
        }
    }
    for _ in 0..12 {
        assert!(post(&op, "/token", RIGHT).await.status != 429);
    }
    // And the other way round, all that is guessed in a second is no more than ten.
    let mut looked_at = 0;
    for _ in 0..12 {
        looked_at += u32::from(post(&op, "/token", "guess").await.status == 401);
    }
    assert_eq!(looked_at, 4);
}

#[tokio::test]
async fn the_many_networks_of_one_site_are_no_more_guesses_without_end() {
    let op = Op::with(service()).await;
    let mut looked_at = 0;
    for number in 0..200 {
        op.come_from(&format!("2001:db8:0:{number:x}::1"));
        looked_at += u32::from(post(&op, "/token", "guess").await.status == 401);
    }
    // Four times as many as of one /64, whatever the /64.
    assert_eq!(looked_at, 16);
    op.come_from("2001:db8:0:ff00::1");
    assert_eq!(post(&op, "/token", "guess").await.status, 401);
    op.come_from("2001:db8:1::1");
    assert!(post(&op, "/token", RIGHT).await.status != 429);
}

#[tokio::test]
async fn operators_see_which_client_waits_from_where_and_strangers_write_nothing() {
    let op = Op::with(service()).await;
    // From the last one only a client that nobody has is guessed at: no note of another one is in its way.
    for (address, of_ours) in [("192.0.2.7", true), ("192.0.2.8", true), ("192.0.2.9", false)] {
        op.come_from(address);
        for number in 0..20 {
            if of_ours {
                post(&op, "/token", "guess").await;
            }
            let nobody = format!("grant_type=client_credentials&client_id=nobody&client_secret={number}");
            op.send(Request::post(op.url("/token")).header("content-type", FORM).body(nobody).unwrap()).await;
        }
        op.advance(1);
    }
    let (store, now) = (op.store(), op.clock.now());
    let window = Window::default();
    let patience = Patience::default();
    let list =
        async |whose| throttle::list(&**store, &whose, &patience, false, &window, now).await.unwrap().entries;
    let all = list(Whose::default()).await;
    let named = |one: &Counted| (one.client.clone().unwrap(), one.network.clone().unwrap());
    let service = |address: &str| ("service".to_owned(), address.to_owned());
    // The longest wait first.
    assert_eq!(all.iter().map(named).collect::<Vec<_>>(), [service("192.0.2.8"), service("192.0.2.7")]);
    assert!(all.iter().all(|one| one.waits_until.is_some()));
    let from = Whose { network: Network::parse("192.0.2.8"), ..Whose::default() };
    assert_eq!(list(from).await.iter().map(named).collect::<Vec<_>>(), [service("192.0.2.8")]);
    let of = Whose { client: Some("service".into()), ..Whose::default() };
    let act = Act::new("a test", op.clock.now_ms(), &SystemRng);
    assert_eq!(throttle::clear(&**store, &act, &of).await.unwrap(), 2);
    let kind = "throttle.cleared".to_owned();
    let cleared = EventFilter { kind, client: Some("service".into()), ..EventFilter::default() };
    let events = events::list(&**store, &cleared, &Window::default()).await.unwrap().entries;
    assert_eq!((events.len(), &events[0].detail["cleared"]), (1, &json!(2)));
}

#[tokio::test]
async fn every_client_that_waits_is_seen_from_every_network_and_each_refusal_is_counted() {
    let op = Op::with(service()).await;
    let networks = ["192.0.2.7", "192.0.2.8", "192.0.2.9"];
    let mut refused = 0;
    for address in networks {
        op.come_from(address);
        for _ in 0..99 {
            refused += u64::from(post(&op, "/token", "guess").await.status == 429);
        }
    }
    assert_eq!(refused, 3 * 95);
    let (store, now) = (op.store(), op.clock.now());
    let of = Whose { client: Some("service".into()), ..Whose::default() };
    let listed = throttle::list(&**store, &of, &Patience::default(), false, &Window::default(), now).await;
    let mut listed: Vec<String> =
        listed.unwrap().entries.into_iter().filter_map(|counted| counted.network).collect();
    listed.sort_unstable();
    assert_eq!(listed, networks);
    op.provider().write_last_events().await.unwrap();
    let kind = "client.throttled".to_owned();
    let throttled = EventFilter { kind, client: Some("service".into()), ..EventFilter::default() };
    let throttled = events::list(&**store, &throttled, &Window::default()).await.unwrap().entries;
    for address in networks {
        let of_it = throttled.iter().filter(|event| event.address.as_deref() == Some(address));
        let times: u64 =
            of_it.map(|event| event.detail.get("times").map_or(1, |n| n.as_u64().unwrap())).sum();
        assert_eq!(times, 95, "{address}");
    }
}

/// Any page in any browser can send such a form, and the people of an application share its address.
#[tokio::test]
async fn where_there_is_nothing_to_guess_nobody_waits() {
    let key = signet_jose::SigningKey::generate(signet_jose::SigningAlg::Es256).unwrap();
    let keys = serde_json::json!({"keys": [key.public_jwk().unwrap()]});
    let mut signing = client("signing").public().set("jwks", keys);
    signing = signing.set("token_endpoint_auth_method", "private_key_jwt");
    let op = Op::with([client("spa").public(), signing, service()]).await;
    op.come_from("192.0.2.7");
    let refused = async |body: &str| {
        for _ in 0..12 {
            let request = Request::post(op.url("/token")).header("content-type", FORM);
            let told = op.send(request.body(format!("grant_type=client_credentials&{body}")).unwrap()).await;
            assert_eq!(told.status, 401, "{body}");
        }
    };
    let claims = serde_json::json!({"iss": "spa", "sub": "spa", "jti": "1", "exp": op.clock.now().0 + 60});
    // {"alg":"HS256"}
    let assertion = format!("eyJhbGciOiJIUzI1NiJ9.{}.AAAA", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let by_jwt = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    refused("client_id=spa&client_secret=guess").await;
    refused(&format!("client_assertion={assertion}&{by_jwt}")).await;
    refused("client_id=signing&client_secret=guess").await;
    // It says who it is and brings nothing.
    refused("client_id=service").await;
    op.rp("spa").signed_in("diana", "openid").await;
    assert!(post(&op, "/token", RIGHT).await.status != 429);
}
