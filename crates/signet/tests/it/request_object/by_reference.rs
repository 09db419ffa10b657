//! OpenID Connect Core §6.2, RFC 9101 §5.2: request objects that are at an address of the client's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use signet_certify::rp::Protection;
use signet_core::change::Change;
use signet_core::record::Client;
use signet_jose::{SigningAlg, SigningKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{key, signed, signing};
use crate::flow::{Flow, Rp};
use crate::op::{Op, World, client};

/// A client's own server: what is at each path, and what was fetched.
#[derive(Clone)]
struct Site {
    origin: String,
    pages: Arc<Mutex<BTreeMap<String, String>>>,
    fetched: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let site = Self { origin, pages: Arc::default(), fetched: Arc::default() };
        let serving = site.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let answer = serving.pages.lock().unwrap().get(&path).cloned();
                serving.fetched.lock().unwrap().push(path);
                let missing = || "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned();
                let _gone = stream.write_all(answer.unwrap_or_else(missing).as_bytes()).await;
            }
        });
        site
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn put(&self, path: &str, headers: &str, body: &str) {
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
        self.pages.lock().unwrap().insert(path.to_owned(), answer);
    }

    fn fetches(&self, path: &str) -> usize {
        self.fetched.lock().unwrap().iter().filter(|fetched| *fetched == path).count()
    }
}

/// The request, as an object that this server has.
fn published(rp: &Rp, flow: Flow, key: &SigningKey, site: &Site, path: &str) -> Flow {
    flow.with(|request| {
        let object = rp.request_object(&request, Protection::Key(key), &json!({})).unwrap();
        site.put(path, "content-type: application/oauth-authz-req+jwt\r\n", &format!("{object}\n"));
        request.by_reference(&site.url(path))
    })
}

fn with_uris(site: &Site, key: &SigningKey, paths: &[&str]) -> World {
    let uris: Vec<String> = paths.iter().map(|path| site.url(path)).collect();
    World::from(signing("web", key).set("request_uris", json!(uris))).reaching_this_machine()
}

#[tokio::test]
async fn one_by_reference_is_fetched_once_for_each_request() {
    let (key, site) = (key(SigningAlg::Rs256), Site::new().await);
    let op = Op::with(with_uris(&site, &key, &["/r"])).await;
    let web = op.rp("web");
    let flow = published(&web, web.authorize("openid email"), &key, &site, "/r");
    // Two pages come between, and neither needs the object again.
    let signed_in = flow.login("diana").consent().signed_in().await;
    assert_eq!(signed_in.tokens.scope.as_deref(), Some("openid email"));
    assert_eq!(site.fetches("/r"), 1);
    published(&web, web.authorize("openid"), &key, &site, "/r").signed_in().await.claims().await;
    assert_eq!(site.fetches("/r"), 2);
}

#[tokio::test]
async fn one_whose_address_names_its_hash_is_kept() {
    let (key, site) = (key(SigningAlg::Es256), Site::new().await);
    let op = Op::with(with_uris(&site, &key, &["/r"])).await;
    let web = op.rp("web");
    let request = web.party.request("openid");
    let object =
        web.request_object(&request, Protection::Key(&key), &json!({"exp": null, "prompt": "none"})).unwrap();
    site.put("/r", "cache-control: max-age=300\r\n", &object);
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&object));
    let quiet = |fragment: &str| {
        let request = request.clone().by_reference(&format!("{}#{fragment}", site.url("/r")));
        web.authorize("openid").with(|_| request)
    };
    for _ in 0..3 {
        quiet(&hash).refused("login_required").await;
    }
    assert_eq!(site.fetches("/r"), 1);
    op.advance(300);
    quiet(&hash).refused("login_required").await;
    assert_eq!(site.fetches("/r"), 2);
    // A fragment that is no hash of it tells versions apart, and nothing is kept.
    for _ in 0..2 {
        quiet("another").refused("login_required").await;
    }
    assert_eq!(site.fetches("/r"), 4);
}

#[tokio::test]
async fn only_what_a_client_registered_is_fetched_and_nothing_is_followed() {
    let (key, site) = (key(SigningAlg::Es256), Site::new().await);
    let op = Op::with(with_uris(&site, &key, &["/moved", "/gone", "/long", "/binary", "/html"])).await;
    let web = op.rp("web");
    let moved =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", site.url("/target"));
    site.pages.lock().unwrap().insert("/moved".into(), moved);
    site.put("/long", "", &format!("e30.{}.x", "A".repeat(70_000)));
    site.put("/html", "content-type: text/html\r\n", "<html>");
    let at = |path: &str| web.authorize("openid").with(|request| request.by_reference(&site.url(path)));
    for (path, code) in [
        ("/moved", "invalid_request_uri"),
        ("/gone", "invalid_request_uri"),
        ("/long", "invalid_request_uri"),
        ("/html", "invalid_request_object"),
        ("/unregistered", "invalid_request_uri"),
        ("/gone?more=1", "invalid_request_uri"),
    ] {
        let page = at(path).error_page(code).await;
        assert!(!page.text().contains("302") && !page.text().contains("404"), "{path}: {}", page.text());
    }
    for path in ["/target", "/unregistered", "/gone?more=1"] {
        assert_eq!(site.fetches(path), 0, "{path}");
    }
    assert!(op.log().contains("redirect 302, which is not followed"), "{}", op.log());
}

#[tokio::test]
async fn private_addresses_are_not_fetched_unless_allowed() {
    let (key, site) = (key(SigningAlg::Es256), Site::new().await);
    let spec = signing("web", &key).set("request_uris", json!([site.url("/r")]));
    let op = Op::with(spec).await;
    let web = op.rp("web");
    published(&web, web.authorize("openid"), &key, &site, "/r").error_page("invalid_request_uri").await;
    assert_eq!(site.fetches("/r"), 0);
}

#[tokio::test]
async fn keys_at_an_address_verify_too() {
    let (key, site) = (key(SigningAlg::Ps256), Site::new().await);
    site.put("/jwks", "", &json!({"keys": [key.public_jwk().unwrap()]}).to_string());
    let spec = client("web").set("jwks_uri", site.url("/jwks"));
    let op = Op::with(World::from(spec).reaching_this_machine()).await;
    let web = op.rp("web");
    signed(&web, &key, "openid").login("diana").consent().signed_in().await.claims().await;
    assert_eq!(site.fetches("/jwks"), 1);
}

/// A server that takes connections and says nothing; the connections last as long as they are kept.
async fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, format!("http://127.0.1.1:{port}"))
}

/// Puts an application into the store that registered itself.
async fn registered(op: &Op, id: &str, request_uris: Vec<String>) {
    let redirect_uris = vec![format!("https://{id}.example/cb")];
    let client = Client { registered: true, redirect_uris, request_uris, ..Client::new(id) };
    op.store().commit(vec![Change::PutClient(Arc::new(client))]).await.unwrap();
}

fn refer(op: &Op, client: &str, uri: &str) -> Request<String> {
    let query = format!("client_id={client}&request_uri={uri}&response_type=code&scope=openid");
    Request::get(format!("{}?{query}", op.url("/authorize"))).body(String::new()).unwrap()
}

#[tokio::test]
async fn slow_request_objects_of_strangers_hold_up_no_client_of_the_operator() {
    let (key, site) = (key(SigningAlg::Es256), Site::new().await);
    let op = Op::with(with_uris(&site, &key, &["/r"])).await;
    let (listener, slow) = silent().await;
    registered(&op, "stranger", (0..90).map(|number| format!("{slow}/{number}")).collect()).await;
    let (mut asking, mut held) = (JoinSet::new(), Vec::new());
    for number in 0..4 {
        op.come_from(if number < 2 { "198.51.100.1" } else { "203.0.113.9" });
        let (wire, request) = (op.wire.clone(), refer(&op, "stranger", &format!("{slow}/{number}")));
        asking.spawn(async move { wire.send("stranger", request.map(Into::into)).await.unwrap().status() });
        held.push(listener.accept().await.unwrap());
        if number == 1 {
            // One network has half of the places of a host; the others are for others.
            assert_eq!(op.send(refer(&op, "stranger", &format!("{slow}/8"))).await.status, 429);
        }
    }
    op.come_from("198.51.100.1");
    for number in 4..9 {
        let refused = op.send(refer(&op, "stranger", &format!("{slow}/{number}"))).await;
        assert_eq!(refused.status, 429);
    }
    let web = op.rp("web");
    let page = op.party(&client("stranger").public().redirect_uri("https://stranger.example/cb"));
    let page = page.authorize("openid").with(|request| request.by_reference(&format!("{slow}/4")));
    let page = page.error_page("temporarily_unavailable").await;
    assert!(page.text().contains("to the server of this application are under way"), "{}", page.text());
    assert!(op.log().contains("outbound request refused: AtHost"), "{}", op.log());
    // The operator's own clients have other places, wherever their people come from.
    let flow = published(&web, web.authorize("openid"), &key, &site, "/r");
    flow.login("diana").consent().signed_in().await.claims().await;
}

#[tokio::test]
async fn one_network_makes_us_fetch_no_more_than_so_often() {
    let site = Site::new().await;
    let op = Op::with(World::from(client("web")).reaching_this_machine()).await;
    registered(&op, "stranger", vec![site.url("/r")]).await;
    site.put("/r", "", "e30.e30.");
    let mut told = BTreeMap::new();
    op.come_from("198.51.100.1");
    for _ in 0..100 {
        let reply = op.send(refer(&op, "stranger", &site.url("/r"))).await;
        *told.entry(reply.status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!((told.get(&429), site.fetches("/r")), (Some(&40), 60), "{told:?}");
    op.come_from("203.0.113.9");
    op.send(refer(&op, "stranger", &site.url("/r"))).await;
    assert_eq!(site.fetches("/r"), 61);
    op.come_from("198.51.100.1");
    op.advance(1);
    for _ in 0..3 {
        op.send(refer(&op, "stranger", &site.url("/r"))).await;
    }
    assert_eq!(site.fetches("/r"), 62);
    // What fails is not tried again at once, whatever the fragment.
    op.advance(60);
    site.pages.lock().unwrap().clear();
    for number in 0..9 {
        op.send(refer(&op, "stranger", &format!("{}%23{number}", site.url("/r")))).await;
    }
    assert_eq!(site.fetches("/r"), 63);
}
