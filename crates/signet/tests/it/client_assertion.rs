//! RFC 7523 §3, OpenID Connect Core §9: clients that prove themselves by what they sign.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use signet_certify::assert::Judged as _;
use signet_certify::rp::ASSERTION_TYPE;
use signet_certify::{ClientAuth, Reply};
use signet_jose::{SigningAlg, SigningKey};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::flow::Rp;
use crate::op::{ClientSpec, Op, SECRET, World, client, issuer};
use crate::outside::StoreKind;

/// Long enough for HS256.
const LONG_SECRET: &str = "a secret of thirty-two characters";

fn key(alg: SigningAlg) -> SigningKey {
    SigningKey::generate(alg).unwrap()
}

fn jwks(keys: &[&SigningKey]) -> Value {
    json!({"keys": keys.iter().map(|key| key.public_jwk().unwrap()).collect::<Vec<_>>()})
}

/// A client that signs with this key, and may act for itself too.
fn signing(id: &str, key: &SigningKey) -> ClientSpec {
    client(id)
        .public()
        .set("token_endpoint_auth_method", "private_key_jwt")
        .set("grant_types", json!(["authorization_code", "refresh_token", "client_credentials"]))
        .set("jwks", jwks(&[key]))
}

fn by(op: &Op, id: &str, key: &SigningKey) -> Rp {
    let mut rp = op.rp(id);
    rp.party = rp.party.with_auth(ClientAuth::PrivateKeyJwt(key.clone()));
    rp
}

/// A token request with this assertion and nothing else that tells of the client, unless it is among the
/// other parameters.
async fn with_assertion(rp: &Rp, assertion: &str, more: &[(&str, &str)]) -> Reply {
    let grant =
        more.iter().all(|(name, _)| *name != "grant_type").then_some(("grant_type", "client_credentials"));
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)])
        .extend_pairs(grant.iter().chain(more))
        .finish();
    let post = http::Request::post(rp.endpoint("token").await.unwrap());
    let post = post.header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    rp.raw(post.body(form.into()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_signature_opens_every_endpoint() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(signing("web", &key)).await;
    let web = by(&op, "web", &key);
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    assert_eq!(signed_in.claims().await["aud"], "web");
    let fresh = web.refresh(signed_in.refresh_token()).await.tokens();
    assert_eq!(web.introspect(&fresh).await.succeeded().json["active"], true);
    web.revoke(&fresh).await.succeeded();
    assert_eq!(web.introspect(&fresh).await.succeeded().json["active"], false);
}

#[tokio::test]
async fn the_secret_signs_as_well() {
    let spec = client("web")
        .set("client_secret", LONG_SECRET)
        .set("token_endpoint_auth_method", "client_secret_jwt");
    let op = Op::with(spec).await;
    let mut web = op.rp("web");
    web.party = web.party.with_auth(ClientAuth::SecretJwt(LONG_SECRET.into()));
    let signed_in = web.signed_in("diana", "openid").await;
    assert_eq!(web.introspect(&signed_in.tokens).await.succeeded().json["active"], true);
    let wrong = web.party.clone().with_auth(ClientAuth::SecretJwt("x".repeat(32)));
    wrong.introspect(&signed_in.tokens).await.refused("invalid_client");
    let shown = web.party.clone().with_auth(ClientAuth::Basic(LONG_SECRET.into()));
    let reply = shown.introspect(&signed_in.tokens).await.refused("invalid_client");
    assert!(reply.json["error_description"].as_str().unwrap().contains("accepts client_secret_jwt"));
}

#[tokio::test]
async fn every_algorithm_of_key_pairs_is_taken() {
    let pairs = SigningAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric());
    let keys: Vec<(String, SigningKey)> = pairs.map(|alg| (format!("web-{alg}"), key(alg))).collect();
    let op = Op::with(World::of(keys.iter().map(|(id, key)| signing(id, key)))).await;
    for (id, key) in &keys {
        by(&op, id, key).client_credentials("").await.tokens();
    }
}

#[tokio::test]
async fn an_assertion_is_good_once() {
    let key = key(SigningAlg::Es256);
    let op = Op::with([signing("web", &key), signing("other", &key)]).await;
    let web = by(&op, "web", &key);
    let assertion = web.assertion(&json!({"jti": "one"})).unwrap();
    with_assertion(&web, &assertion, &[]).await.tokens();
    let again = with_assertion(&web, &assertion, &[]).await;
    assert!(
        again.refused("invalid_client").json["error_description"].as_str().unwrap().contains("used before")
    );
    // What counts is the id, not the text; and each client has ids of its own.
    let another = web.assertion(&json!({"jti": "one", "new": true})).unwrap();
    with_assertion(&web, &another, &[]).await.refused("invalid_client");
    let other = by(&op, "other", &key).assertion(&json!({"jti": "one"})).unwrap();
    with_assertion(&web, &other, &[]).await.tokens();
}

#[tokio::test]
async fn of_many_that_show_it_at_once_one_is_served() {
    let key = key(SigningAlg::Es256);
    for kind in StoreKind::BOTH {
        let op = Op::with(World::from(signing("web", &key)).on(kind)).await;
        let web = by(&op, "web", &key);
        let assertion = web.assertion(&json!({})).unwrap();
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (web, assertion) = (web.clone(), assertion.clone());
            racing.spawn(async move { with_assertion(&web, &assertion, &[]).await });
        }
        let (served, refused): (Vec<_>, Vec<_>) =
            racing.join_all().await.into_iter().partition(|r| r.status == 200);
        assert_eq!(served.len(), 1);
        for reply in &refused {
            reply.refused("invalid_client");
        }
    }
}

#[tokio::test]
async fn a_refused_request_uses_it_up_too() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(signing("web", &key)).await;
    let web = by(&op, "web", &key);
    let assertion = web.assertion(&json!({})).unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    with_assertion(&web, &assertion, &refresh).await.refused("invalid_grant");
    with_assertion(&web, &assertion, &[]).await.refused("invalid_client");
}

#[tokio::test]
async fn the_operator_may_insist_on_the_issuer_as_the_only_audience() {
    let key = key(SigningAlg::Es256);
    let world =
        World::of([signing("web", &key)]).settings(|settings| settings.strict_assertion_audience = true);
    let op = Op::with(world).await;
    let web = by(&op, "web", &key);
    for (aud, good) in [
        (json!(issuer()), true),
        (json!([issuer()]), true),
        (json!(format!("{}/token", issuer())), false),
        (json!([issuer(), format!("{}/token", issuer())]), false),
    ] {
        let assertion = web.assertion(&json!({"aud": aud})).unwrap();
        let reply = with_assertion(&web, &assertion, &[("client_id", "web")]).await;
        match good {
            true => drop(reply.tokens()),
            false => drop(reply.refused("invalid_client")),
        }
    }
}

#[tokio::test]
async fn each_claim_is_held_to_its_rule() {
    let key = key(SigningAlg::Es256);
    let op = Op::with(signing("web", &key)).await;
    let web = by(&op, "web", &key);
    let now = web.wire().now();
    for good in [
        json!({"aud": format!("{}/token", issuer())}),
        json!({"aud": [issuer(), format!("{}/token", issuer())]}),
        json!({"exp": now + 3600, "iat": null}),
        json!({"nbf": now + 10, "iat": now + 10}),
    ] {
        with_assertion(&web, &web.assertion(&good).unwrap(), &[("client_id", "web")]).await.tokens();
    }
    for (bad, why) in [
        (json!({"iss": "other"}), "iss"),
        (json!({"sub": "other"}), "sub"),
        (json!({"sub": null}), "sub"),
        (json!({"aud": null}), "aud"),
        (json!({"aud": "https://elsewhere.example"}), "aud"),
        (json!({"aud": format!("{}/", issuer())}), "aud"),
        // It could be taken from anybody else whom it names, and shown here.
        (json!({"aud": ["https://elsewhere.example", issuer()]}), "aud"),
        (json!({"exp": null}), "exp"),
        (json!({"exp": now - 60}), "exp"),
        (json!({"exp": now + 7200}), "exp"),
        (json!({"exp": "soon"}), "exp"),
        (json!({"nbf": now + 61}), "nbf"),
        (json!({"iat": now + 61}), "iat"),
        (json!({"jti": null}), "jti"),
        (json!({"jti": 7}), "jti"),
    ] {
        let reply = with_assertion(&web, &web.assertion(&bad).unwrap(), &[]).await;
        let told = reply.refused("invalid_client").json["error_description"].as_str().unwrap().to_owned();
        assert!(told.contains(why), "{bad}: {told}");
    }
    let fine = || web.assertion(&json!({})).unwrap();
    with_assertion(&web, &fine(), &[("client_id", "other")]).await.refused("invalid_client");
    with_assertion(&web, &fine(), &[("client_secret", SECRET), ("client_id", "web")])
        .await
        .refused("invalid_request");
    let late = fine();
    op.advance(120);
    with_assertion(&web, &late, &[]).await.refused("invalid_client");
}

#[tokio::test]
async fn a_stranger_learns_nothing_from_a_refusal() {
    let (own, foreign) = (key(SigningAlg::Es256), key(SigningAlg::Es256));
    let op = Op::with([signing("web", &own), client("basic")]).await;
    let told = async |client_id: &str, key: &SigningKey| {
        let mut rp = by(&op, "web", key);
        client_id.clone_into(&mut rp.party.client_id);
        rp.client_credentials("").await.refused("invalid_client").json
    };
    let unknown = told("nobody", &foreign).await;
    // The key's name is taken over, as who knows the published set can do.
    assert_eq!(told("web", &foreign.with_kid(own.kid())).await, unknown);
    assert_eq!(told("web", &foreign).await, unknown);
    assert_eq!(told("basic", &foreign).await, unknown);
}

#[tokio::test]
async fn the_registered_algorithm_and_the_rules_of_fapi_hold() {
    let (rsa, ec) = (key(SigningAlg::Rs256), key(SigningAlg::Es256));
    let both = jwks(&[&rsa, &ec]);
    let fixed =
        signing("fixed", &ec).set("jwks", both.clone()).set("token_endpoint_auth_signing_alg", "ES256");
    let strict = signing("strict", &ec).set("jwks", both).set("fapi", true);
    let op = Op::with([fixed, strict]).await;
    by(&op, "fixed", &ec).client_credentials("").await.tokens();
    let reply = by(&op, "fixed", &rsa).client_credentials("").await.refused("invalid_client");
    assert!(
        reply.json["error_description"]
            .as_str()
            .unwrap()
            .contains("registered to sign its assertions by ES256")
    );
    let strict = |key| by(&op, "strict", key);
    strict(&ec).client_credentials("").await.tokens();
    strict(&rsa).client_credentials("").await.refused("invalid_client");
    let endpoint = strict(&ec).assertion(&json!({"aud": format!("{}/token", issuer())})).unwrap();
    with_assertion(&strict(&ec), &endpoint, &[]).await.refused("invalid_client");
}

#[tokio::test]
async fn discovery_says_what_is_taken() {
    let op = Op::with(client("web")).await;
    let metadata = op.rp("web").discover().await.unwrap();
    let algs: Vec<&str> = SigningAlg::ALL.iter().map(|alg| alg.as_str()).collect();
    for endpoint in ["token", "introspection", "revocation"] {
        let methods = metadata[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().unwrap();
        for method in ["client_secret_jwt", "private_key_jwt"] {
            assert!(methods.contains(&json!(method)), "{endpoint} {method}");
        }
        assert_eq!(metadata[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")], json!(algs));
    }
}

/// A client's own server, which publishes a key set.
pub(crate) struct Published {
    pub(crate) url: String,
    keys: Arc<Mutex<String>>,
    fetches: Arc<AtomicUsize>,
}

impl Published {
    async fn of(keys: &[&SigningKey]) -> Self {
        Self::serving(&jwks(keys)).await
    }

    pub(crate) async fn serving(jwks: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let (keys, fetches) = (Arc::new(Mutex::new(jwks.to_string())), Arc::new(AtomicUsize::new(0)));
        let (published, counted) = (keys.clone(), fetches.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 2048];
                let _read = stream.read(&mut request).await;
                let body = published.lock().unwrap().clone();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _gone = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, keys, fetches }
    }

    fn rotate(&self, keys: &[&SigningKey]) {
        *self.keys.lock().unwrap() = jwks(keys).to_string();
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn client(&self, key: &SigningKey) -> ClientSpec {
        signing("web", key).set("jwks", Value::Null).set("jwks_uri", self.url.as_str())
    }
}

#[tokio::test]
async fn keys_are_fetched_kept_and_fetched_again_when_they_rotate() {
    let (old, new) = (key(SigningAlg::Es256), key(SigningAlg::Es256));
    let server = Published::of(&[&old]).await;
    let op = Op::with(World::from(server.client(&old)).reaching_this_machine()).await;
    for _ in 0..3 {
        by(&op, "web", &old).client_credentials("").await.tokens();
    }
    assert_eq!(server.fetches(), 1);
    server.rotate(&[&new]);
    by(&op, "web", &new).client_credentials("").await.refused("invalid_client");
    op.advance(10);
    by(&op, "web", &new).client_credentials("").await.tokens();
    by(&op, "web", &old).client_credentials("").await.refused("invalid_client");
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn private_addresses_are_not_fetched_unless_allowed() {
    let key = key(SigningAlg::Es256);
    let server = Published::of(&[&key]).await;
    let op = Op::with(server.client(&key)).await;
    by(&op, "web", &key).client_credentials("").await.refused("invalid_client");
    assert_eq!(server.fetches(), 0);
}
