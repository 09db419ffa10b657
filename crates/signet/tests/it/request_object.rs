//! OpenID Connect Core §6, RFC 9101: authorization requests as request objects, by value and by reference.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use signet_certify::rp::{Protection, sealed_by_secret};
use signet_jose::{ContentEncryption, KeyManagementAlg, SigningAlg, SigningKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::flow::{Flow, Rp};
use crate::op::{ClientSpec, Op, World, client};

/// Long enough for HS512.
const LONG_SECRET: &str = "a secret that is long enough for HS512, which wants 64 of its bytes at least";

fn key(alg: SigningAlg) -> SigningKey {
    SigningKey::generate(alg).unwrap()
}

/// A client that signs with this key.
fn signing(id: &str, key: &SigningKey) -> ClientSpec {
    client(id).set("jwks", json!({"keys": [key.public_jwk().unwrap()]}))
}

/// One that is held to sign.
fn strict(id: &str, key: &SigningKey) -> ClientSpec {
    signing(id, key).set("require_signed_request_object", true)
}

fn by_value(rp: &Rp, flow: Flow, protection: Protection<'_>, instead: &Value) -> Flow {
    flow.with(|request| {
        let object = rp.request_object(&request, protection, instead).unwrap();
        request.by_value(&object)
    })
}

fn signed(rp: &Rp, key: &SigningKey, scope: &str) -> Flow {
    by_value(rp, rp.authorize(scope), Protection::Key(key), &json!({}))
}

#[tokio::test]
async fn every_signature_algorithm_is_taken() {
    let pairs = SigningAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric());
    let keys: Vec<(String, SigningKey)> = pairs.map(|alg| (format!("web-{alg}"), key(alg))).collect();
    let secretive = client("secretive").set("client_secret", LONG_SECRET);
    let op = Op::with(World::of(keys.iter().map(|(id, key)| signing(id, key)).chain([secretive]))).await;
    op.rp("secretive").signed_in("diana", "openid").await;
    for (id, key) in &keys {
        let rp = op.rp(id);
        // State, nonce and challenge stand inside only, and all of them are checked.
        signed(&rp, key, "openid").consent().signed_in().await.claims().await;
    }
    for alg in SigningAlg::ALL.into_iter().filter(|alg| alg.is_symmetric()) {
        let rp = op.rp("secretive");
        let flow = by_value(&rp, rp.authorize("openid"), Protection::Secret(LONG_SECRET, alg), &json!({}));
        flow.signed_in().await.claims().await;
        let flow =
            by_value(&rp, rp.authorize("openid"), Protection::Secret(&"x".repeat(80), alg), &json!({}));
        flow.error_page("invalid_request_object").await;
    }
}

#[tokio::test]
async fn an_unsigned_one_says_as_much_as_plain_parameters() {
    let key = key(SigningAlg::Es256);
    let fixed = signing("fixed", &key).set("request_object_signing_alg", "ES256");
    let op = Op::with([client("web"), strict("strict", &key), fixed]).await;
    let unsigned = |id: &str| {
        let rp = op.rp(id);
        by_value(&rp, rp.authorize("openid"), Protection::None, &json!({}))
    };
    unsigned("web").login("diana").consent().signed_in().await.claims().await;
    unsigned("web").by_post().signed_in().await.claims().await;
    for id in ["strict", "fixed"] {
        let page = unsigned(id).error_page("invalid_request_object").await;
        assert!(page.text().contains("sign"), "{}", page.text());
    }
}

#[tokio::test]
async fn values_inside_win_and_others_still_count() {
    let key = key(SigningAlg::Es256);
    let op = Op::with([signing("web", &key), strict("strict", &key)]).await;
    let web = op.rp("web");
    let flow = signed(&web, &key, "openid email").with(|request| {
        let outside = request.send_also("scope", "openid phone").send_also("state", "outside");
        outside.send_also("redirect_uri", "https://evil.example/cb")
    });
    let signed_in = flow.login("diana").consent().signed_in().await;
    assert_eq!(signed_in.tokens.scope.as_deref(), Some("openid email"));
    // A hint outside is good enough; for clients that are held to sign, it is not there.
    let quiet = |id: &str| signed(&op.rp(id), &key, "openid email").with(|r| r.send_also("prompt", "none"));
    quiet("web").code().await;
    quiet("strict").page_with("consent-allow").await;
}

#[tokio::test]
async fn who_is_held_to_sign_signs() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(strict("web", &key)).await;
    let web = op.rp("web");
    let told = web.authorize("openid").refused("invalid_request").await;
    assert!(told.get("error_description").unwrap().contains("signed request object"));
    signed(&web, &key, "openid").login("diana").consent().signed_in().await.claims().await;
}

#[tokio::test]
async fn an_encrypted_one_is_opened() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(signing("web", &key).set("client_secret", LONG_SECRET)).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    let metadata = web.discover().await.unwrap();
    let offered = |name: &str| -> Vec<String> {
        let name = format!("request_object_encryption_{name}_values_supported");
        metadata[&name].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let (algs, encs) = (offered("alg"), offered("enc"));
    assert!(!algs.is_empty() && !encs.is_empty());
    let find = |name: &str| KeyManagementAlg::ALL.into_iter().find(|alg| alg.as_str() == name).unwrap();
    for alg in &algs {
        for enc in ContentEncryption::ALL.into_iter().filter(|enc| encs.contains(&enc.as_str().to_owned())) {
            let request = web.party.request("openid");
            let object = web.request_object(&request, Protection::Key(&key), &json!({})).unwrap();
            let sealed = match web.sealed(&object, find(alg), enc).await {
                Ok(sealed) => sealed,
                // What no published key does, the secret does (OpenID Connect Core §10.2).
                Err(_) => sealed_by_secret(LONG_SECRET, &object, find(alg), enc).unwrap(),
            };
            let flow = web.authorize("openid").with(|_| request.by_value(&sealed));
            flow.signed_in().await.claims().await;
        }
    }
}

#[tokio::test]
async fn a_refusal_goes_where_the_client_is_or_nowhere() {
    let (own, foreign) = (key(SigningAlg::Es256), key(SigningAlg::Es256));
    let op = Op::with(signing("web", &own)).await;
    let web = op.rp("web");
    let flow = |key, instead: Value| by_value(&web, web.authorize("openid"), Protection::Key(key), &instead);
    let uri = "https://web.example/cb";
    let outside = |flow: Flow| {
        flow.with(|request| {
            let state = request.get("state").unwrap().to_owned();
            request.send_also("redirect_uri", uri).send_also("state", &state)
        })
    };
    // Somebody else's object says nothing; what stands outside is as good as in any request.
    flow(&foreign, json!({})).error_page("invalid_request_object").await;
    outside(flow(&foreign, json!({}))).refused("invalid_request_object").await;
    assert!(op.log().contains("a request object was refused"), "{}", op.log());
    // The client's own says where, even if it is no good otherwise.
    let late = || json!({"exp": web.wire().now() - 60, "nbf": null, "iat": null});
    flow(&own, late()).refused("invalid_request_object").await;
    for evil in
        ["https://evil.example/cb", "https://web.example/cb?x", "javascript:alert(1)", "//evil.example"]
    {
        let inside = json!({"redirect_uri": evil});
        flow(&own, inside.clone()).error_page("invalid_request").await;
        outside(flow(&own, inside.clone())).error_page("invalid_request").await;
        outside(flow(&foreign, inside)).refused("invalid_request_object").await;
        let mut both = late();
        both["redirect_uri"] = evil.into();
        flow(&own, both).error_page("invalid_request_object").await;
    }
}

#[tokio::test]
async fn a_client_that_registered_itself_is_told_once_the_person_knows_it() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(signing("web", &key).set("registered", true)).await;
    let web = op.rp("web");
    let late = || {
        let instead = json!({"exp": web.wire().now() - 60, "nbf": null, "iat": null});
        by_value(&web, web.authorize("openid"), Protection::Key(&key), &instead)
    };
    late().error_page("invalid_request_object").await;
    signed(&web, &key, "openid").login("diana").consent().signed_in().await;
    late().refused("invalid_request_object").await;
}

#[tokio::test]
async fn each_rule_is_told() {
    let key = key(SigningAlg::Es256);
    let op = Op::with([signing("web", &key), signing("fapi", &key).set("fapi", true)]).await;
    let refused = async |id: &str, instead: Value| {
        let rp = op.rp(id);
        let flow = by_value(&rp, rp.authorize("openid"), Protection::Key(&key), &instead);
        let response = flow.refused("invalid_request_object").await;
        response.get("error_description").unwrap().to_owned()
    };
    let now = op.wire.now();
    for (instead, why) in [
        (json!({"iss": "other"}), "iss"),
        (json!({"aud": "https://elsewhere.example"}), "aud"),
        (json!({"client_id": "other"}), "client_id"),
        (json!({"sub": "web"}), "sub"),
        (json!({"request": "e30.e30."}), "inside"),
        (json!({"exp": now - 60}), "exp"),
        (json!({"nbf": now + 60}), "nbf"),
        (json!({"response_type": "none"}), "response_type"),
    ] {
        let told = refused("web", instead.clone()).await;
        assert!(told.contains(why), "{instead}: {told}");
    }
    for instead in [json!({"nbf": null}), json!({"exp": now + 7200}), json!({"exp": null})] {
        assert!(refused("fapi", instead.clone()).await.contains("FAPI"), "{instead}");
    }
}

/// A page that was opened in time is answered without the object; one that starts anew needs one that is still good.
#[tokio::test]
async fn an_expired_object_matters_only_where_it_is_read() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(strict("web", &key)).await;
    let flow = signed(&op.rp("web"), &key, "openid");
    let page = flow.login_page().await;
    op.advance(600);
    let consent = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
    let landed = consent.unwrap().page().unwrap().submit("consent-allow").await;
    flow.read(landed).await.code().unwrap();
    let again = op.rp("web").authorize("openid").prompt("login");
    let again = by_value(&op.rp("web"), again, Protection::Key(&key), &json!({}));
    let page = again.login_page().await;
    op.advance(3600);
    let landed = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
    let response = again.read(landed).await;
    response.refusal("invalid_request_object").unwrap();
    assert!(response.get("error_description").unwrap().contains("expired"));
}

#[tokio::test]
async fn what_is_not_offered_is_refused_and_not_promised() {
    let key = key(SigningAlg::Es256);
    let world = World::of([signing("web", &key)]).settings(|settings| {
        settings.request_objects.by_value = false;
        settings.request_objects.by_reference = false;
    });
    let op = Op::with(world).await;
    let web = op.rp("web");
    let metadata = web.discover().await.unwrap();
    assert_eq!(metadata["request_parameter_supported"], false);
    assert_eq!(metadata["request_uri_parameter_supported"], false);
    for name in ["request_object_signing_alg_values_supported", "require_request_uri_registration"] {
        assert_eq!(metadata.get(name), None, "{name}");
    }
    let plain = || web.authorize("openid");
    plain().set("request", "e30.e30.").refused("request_not_supported").await;
    plain().set("request_uri", "https://web.example/r").refused("request_uri_not_supported").await;

    let op = Op::with(client("web")).await;
    let metadata = op.rp("web").discover().await.unwrap();
    assert_eq!(metadata["request_parameter_supported"], true);
    assert_eq!(metadata["request_uri_parameter_supported"], true);
    assert_eq!(metadata["require_request_uri_registration"], true);
    let algs = metadata["request_object_signing_alg_values_supported"].as_array().unwrap();
    assert!(
        algs.contains(&json!("none")) && algs.contains(&json!("RS256")) && algs.contains(&json!("HS256"))
    );
    let unsigned = World::of([client("web")]).settings(|settings| settings.request_objects.unsigned = false);
    let metadata = Op::with(unsigned).await.rp("web").discover().await.unwrap();
    assert!(
        !metadata["request_object_signing_alg_values_supported"].as_array().unwrap().contains(&json!("none"))
    );
}

/// A client's own server: what stands at each path, and what was fetched.
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
