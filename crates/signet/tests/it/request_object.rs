//! OpenID Connect Core §6, RFC 9101: authorization requests as request objects, by value and by reference.

mod by_reference;

use serde_json::{Value, json};
use signet_certify::rp::{Protection, sealed_by_secret};
use signet_jose::{ContentEncryption, KeyManagementAlg, SigningAlg, SigningKey};

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
    // Of several that the operator named each will do, and none besides.
    for (alg, good) in [(SigningAlg::Rs256, true), (SigningAlg::Es384, false)] {
        let other = self::key(alg);
        let several = signing("several", &other)
            .set("request_object_signing_alg", "ES256")
            .set("request_object_signing_algs", json!(["RS256"]));
        let op = Op::with(several.set("skip_consent", true)).await;
        let flow = signed(&op.rp("several"), &other, "openid");
        if good {
            flow.login("diana").code().await;
        } else {
            flow.error_page("invalid_request_object").await;
        }
    }
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
    // Somebody else's object says nothing; what is outside is as good as in any request.
    flow(&foreign, json!({})).error_page("invalid_request_object").await;
    outside(flow(&foreign, json!({}))).refused("invalid_request_object").await;
    assert!(op.log().contains("authorization refused"), "{}", op.log());
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

/// A page that was opened in time is answered without the object; one that starts anew needs one that is
/// still good.
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
