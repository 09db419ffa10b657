//! OpenID Connect Core §10, §16.14, RFC 9701 §5: what is made for one client only: signed by its secret or by
//! nobody, encrypted to its keys or under its secret.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use signet_certify::Reply;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::rp::{Encrypted, Expected};
use signet_core::change::Change;
use signet_core::record::Client;
use signet_jose::alg::{Curve, KeyType};
use signet_jose::jwe::{self, DecryptionKey, DecryptionKeys, EncryptionKey, Extra};
use signet_jose::{ContentEncryption, JwkSet, KeyManagementAlg, jws};

use crate::client_assertion::Published;
use crate::flow::Rp;
use crate::op::{ClientSpec, Op, World, client};

/// Long enough for HS512.
const SECRET: &str = "sixty-four characters are what a secret for HS512 has to have: x";
const KINDS: [&str; 3] = ["id_token", "userinfo", "introspection"];

fn keys() -> DecryptionKeys {
    let curves = [Curve::P256, Curve::P384, Curve::P521].map(KeyType::Ec);
    let types = curves.into_iter().chain([KeyType::Rsa, KeyType::X25519]);
    types.map(|key_type| DecryptionKey::generate(key_type).unwrap()).collect()
}

fn jwks(keys: &[DecryptionKey]) -> Value {
    json!({"keys": keys.iter().map(|key| key.public_jwk().unwrap()).collect::<Vec<_>>()})
}

fn web(id: &str) -> ClientSpec {
    client(id).client_secret_post().set("client_secret", SECRET).set("skip_consent", true)
}

fn signed_by(id: &str, alg: &str) -> ClientSpec {
    KINDS.iter().fold(web(id), |spec, kind| spec.set(&format!("{kind}_signed_response_alg"), alg))
}

fn encrypted_by(spec: ClientSpec, alg: &str, enc: &str) -> ClientSpec {
    KINDS.iter().fold(spec, |spec, kind| {
        spec.set(&format!("{kind}_encrypted_response_alg"), alg)
            .set(&format!("{kind}_encrypted_response_enc"), enc)
    })
}

/// The application, which can open what is encrypted to these keys.
fn holding(rp: Rp, keys: &DecryptionKeys) -> Rp {
    Rp { party: rp.party.with_decryption_keys(keys.clone()), browser: rp.browser }
}

/// Introspection by a client that takes anything.
async fn ask(rp: &Rp, token: &str) -> Reply {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("token", token), ("client_id", &rp.client_id), ("client_secret", SECRET)])
        .finish();
    let post = http::Request::post(rp.endpoint("introspection").await.unwrap())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "*/*");
    rp.raw(post.body(form.into()).unwrap()).await.unwrap()
}

/// The type and the claims of an answer that is protected as this says.
async fn opened(
    rp: &Rp,
    reply: &Reply,
    alg: Option<&str>,
    how: Option<Encrypted>,
) -> (Option<String>, Value) {
    let keys = JwkSet::from_json(&rp.jwks().await.unwrap().body).unwrap();
    let token = std::str::from_utf8(&reply.body).unwrap();
    let opened = rp.open(token, alg, how, &keys).unwrap();
    (opened.typ, serde_json::from_slice(&opened.payload).unwrap())
}

/// Signs Diana in and opens all three kinds of answers.
async fn everything_opens(rp: &Rp, alg: &str, how: Option<Encrypted>) {
    let signed_in = rp.authorize("openid email").login("diana").signed_in().await;
    let claims = signed_in.claims().await;
    assert!(claims["at_hash"].is_string(), "{}", rp.client_id);

    let info = rp.userinfo(&signed_in.tokens).await.unwrap();
    assert_eq!(info.header(CONTENT_TYPE), "application/jwt");
    let (_, info) = opened(rp, &info, Some(alg), how).await;
    assert_eq!((&info["sub"], &info["aud"]), (&claims["sub"], &json!(rp.client_id)));
    assert_eq!(info["email"], "diana@example.org");

    let about = ask(rp, &signed_in.tokens.access_token).await;
    assert_eq!(about.header(CONTENT_TYPE), "application/token-introspection+jwt");
    let (typ, about) = opened(rp, &about, Some(alg), how).await;
    assert_eq!(typ.as_deref(), Some("token-introspection+jwt"));
    assert_eq!((&about["aud"], about.get("sub")), (&json!(rp.client_id), None));
    assert_eq!(about["token_introspection"]["sub"], claims["sub"]);
}

#[tokio::test]
async fn every_key_management_and_content_encryption_works() {
    let keys = keys();
    let pairs: Vec<(KeyManagementAlg, ContentEncryption)> = KeyManagementAlg::ALL
        .into_iter()
        .enumerate()
        .map(|(at, alg)| (alg, ContentEncryption::ALL[at % ContentEncryption::ALL.len()]))
        // These two use the key itself, so that its length counts.
        .chain(ContentEncryption::ALL.map(|enc| (KeyManagementAlg::Dir, enc)))
        .chain(ContentEncryption::ALL.map(|enc| (KeyManagementAlg::EcdhEs, enc)))
        .collect();
    let specs: Vec<ClientSpec> = pairs
        .iter()
        .map(|(alg, enc)| {
            let spec = signed_by(&format!("{alg} {enc}"), "ES256").redirect_uri("https://web.example/cb");
            encrypted_by(spec, alg.as_str(), enc.as_str()).set("jwks", jwks(keys.keys()))
        })
        .collect();
    let op = Op::with(World::of(specs)).await;
    for (alg, enc) in pairs {
        let rp = op.rp(&format!("{alg} {enc}")).at(&op.another_browser());
        everything_opens(&holding(rp, &keys), "ES256", Some(Encrypted { alg, enc })).await;
    }
    let metadata = op.rp("dir A128GCM").discover().await.unwrap();
    for kind in KINDS {
        let algs = KeyManagementAlg::ALL.map(KeyManagementAlg::as_str);
        assert_eq!(metadata[format!("{kind}_encryption_alg_values_supported")], json!(algs), "{kind}");
        let encs = ContentEncryption::ALL.map(ContentEncryption::as_str);
        assert_eq!(metadata[format!("{kind}_encryption_enc_values_supported")], json!(encs), "{kind}");
    }
}

#[tokio::test]
async fn keys_of_every_kind_are_encrypted_to() {
    let keys = keys();
    let how = |key: &DecryptionKey| match key.key_type() {
        KeyType::Rsa => KeyManagementAlg::RsaOaep256,
        _ => KeyManagementAlg::EcdhEsA256Kw,
    };
    let specs: Vec<ClientSpec> = keys
        .keys()
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let spec = signed_by(&format!("web-{at}"), "ES256").set("jwks", jwks(std::slice::from_ref(key)));
            encrypted_by(spec, how(key).as_str(), "A256CBC-HS512")
        })
        .collect();
    let op = Op::with(World::of(specs)).await;
    for (at, key) in keys.keys().iter().enumerate() {
        let rp = op.rp(&format!("web-{at}")).at(&op.another_browser());
        let rp = holding(rp, &[key.clone()].into_iter().collect());
        let how = Encrypted { alg: how(key), enc: ContentEncryption::A256CbcHs512 };
        everything_opens(&rp, "ES256", Some(how)).await;
    }
}

#[tokio::test]
async fn the_secret_signs_with_every_algorithm() {
    let algs = ["HS256", "HS384", "HS512"];
    let op = Op::with(algs.map(|alg| signed_by(alg, alg))).await;
    for alg in algs {
        everything_opens(&op.rp(alg).at(&op.another_browser()), alg, None).await;
    }
    let metadata = op.rp("HS256").discover().await.unwrap();
    for kind in KINDS {
        let none = (kind == "id_token").then_some("none");
        let expected: Vec<&str> = ["RS256", "ES256"].into_iter().chain(algs).chain(none).collect();
        assert_eq!(metadata[format!("{kind}_signing_alg_values_supported")], json!(expected), "{kind}");
    }
}

#[tokio::test]
async fn the_secret_may_do_both() {
    let how = Encrypted { alg: KeyManagementAlg::A256GcmKw, enc: ContentEncryption::A192CbcHs384 };
    let op = Op::with(encrypted_by(signed_by("web", "HS256"), "A256GCMKW", "A192CBC-HS384")).await;
    everything_opens(&op.rp("web"), "HS256", Some(how)).await;
}

#[tokio::test]
async fn the_usual_content_encryption_needs_no_word() {
    let op = Op::with(web("web").set("id_token_encrypted_response_alg", "A128KW")).await;
    let signed_in = op.rp("web").authorize("openid").login("diana").signed_in().await;
    assert_eq!(jwe::decode(signed_in.id_token(), 8192).unwrap().enc(), ContentEncryption::A128CbcHs256);
    signed_in.claims().await;
}

#[tokio::test]
async fn unsigned_id_tokens_come_from_the_token_endpoint_alone() {
    let spec = web("web")
        .set("id_token_signed_response_alg", "none")
        .set("grant_types", json!(["authorization_code", "implicit", "refresh_token"]))
        .set("response_types", json!(["code", "code id_token", "id_token", "id_token token"]));
    let op = Op::with(spec).await;
    let web = op.rp("web");
    let signed_in = web.authorize("openid offline_access").login("diana").signed_in().await;
    let token = jws::decode_unsecured(signed_in.id_token(), 8192).unwrap();
    assert_eq!(token.header.typ(), Some("JWT"));
    let claims = signed_in.claims().await;
    assert!(claims["at_hash"].is_string() && claims["nonce"].is_string());
    let fresh = web.refresh(signed_in.refresh_token()).await.tokens();
    web.refreshed_claims(&claims, &fresh).await.unwrap();
    for response_type in ["code id_token", "id_token", "id_token token"] {
        let response =
            web.authorize("openid").set("response_type", response_type).refused("unauthorized_client").await;
        let told = response.get("error_description").unwrap();
        assert!(
            told.contains("id_token_signed_response_alg") && told.contains("response_type code"),
            "{told}"
        );
    }
    // Nobody has signed it, so it proves nothing.
    web.authorize("openid").prompt("none").set("id_token_hint", signed_in.id_token()).code().await;
    let proves_nothing =
        op.url(&format!("/end_session?client_id=web&id_token_hint={}", signed_in.id_token()));
    assert!(op.browser().get(&proves_nothing).await.on_page().has("sign-out-confirm"));
}

#[tokio::test]
async fn id_tokens_are_encrypted_on_every_way_to_the_client() {
    let keys = keys();
    let spec = web("web")
        .set("id_token_encrypted_response_alg", "ECDH-ES")
        .set("id_token_encrypted_response_enc", "A256GCM")
        .set("jwks", jwks(keys.keys()))
        .set("grant_types", json!(["authorization_code", "implicit", "refresh_token"]))
        .set("response_types", json!(["code", "code id_token token", "id_token"]));
    let op = Op::with(spec).await;
    let web = holding(op.rp("web"), &keys);
    // At once after the sign-in, and from the session that is there.
    for (response_type, login) in [("id_token", true), ("code id_token token", false), ("id_token", false)] {
        let flow = web.authorize("openid").set("response_type", response_type);
        let flow = if login { flow.login("diana") } else { flow };
        let response = flow.response().await;
        let expected = Expected {
            access_token: response.get("access_token"),
            code: response.get("code"),
            front_channel: true,
            ..flow.request().expected()
        };
        web.verify_id_token(response.get("id_token").unwrap(), expected).await.unwrap();
    }
    let signed_in = web.authorize("openid offline_access").signed_in().await;
    let claims = signed_in.claims().await;
    let fresh = web.refresh(signed_in.refresh_token()).await.tokens();
    web.refreshed_claims(&claims, &fresh).await.unwrap();
}

#[tokio::test]
async fn userinfo_may_be_encrypted_without_being_signed() {
    let keys = keys();
    let spec = web("web")
        .set("userinfo_encrypted_response_alg", "RSA-OAEP")
        .set("userinfo_encrypted_response_enc", "A128GCM")
        .set("jwks", jwks(keys.keys()));
    let op = Op::with(spec).await;
    let web = holding(op.rp("web"), &keys);
    let signed_in = web.authorize("openid email").login("diana").signed_in().await;
    let info = web.userinfo(&signed_in.tokens).await.unwrap();
    assert_eq!(info.header(CONTENT_TYPE), "application/jwt");
    let how = Encrypted { alg: KeyManagementAlg::RsaOaep, enc: ContentEncryption::A128Gcm };
    let (_, claims) = opened(&web, &info, None, Some(how)).await;
    let sub = signed_in.claims().await["sub"].clone();
    assert_eq!(claims, json!({"sub": sub, "email": "diana@example.org", "email_verified": true}));
}

#[tokio::test]
async fn what_the_registration_lacks_is_told_and_uses_nothing_up() {
    let keys = keys();
    let op = Op::with(client("other")).await;
    let spec = web("stored").set("id_token_encrypted_response_alg", "RSA-OAEP-256");
    let put = async |spec: &ClientSpec, version| {
        let record = Client { version, ..spec.record() };
        op.store().commit(vec![Change::PutClient(Arc::new(record))]).await.unwrap();
    };
    put(&spec, 0).await;
    let stored = holding(op.party(&spec), &keys);
    let flow = stored.authorize("openid").login("diana");
    let code = flow.code().await;
    let told = |reply: &Reply| reply.json["error_description"].as_str().unwrap().to_owned();
    let reply = stored.redeem(&code).await.unwrap();
    reply.refused("unauthorized_client");
    let first = told(&reply);
    assert!(first.contains("id_token_encrypted_response_alg") && first.contains("jwks_uri"), "{first}");

    // Keys, but none that fits.
    let fits = |key: &&DecryptionKey| key.key_type() == KeyType::Rsa;
    let (rsa, others): (Vec<_>, Vec<_>) = keys.keys().iter().partition(fits);
    let others: Vec<DecryptionKey> = others.into_iter().cloned().collect();
    put(&spec.clone().set("jwks", jwks(&others)), 1).await;
    let reply = stored.redeem(&code).await.unwrap();
    reply.refused("unauthorized_client");
    assert!(told(&reply).contains("none of its keys"), "{}", told(&reply));

    put(&spec.set("jwks", jwks(&[rsa[0].clone()])), 2).await;
    let tokens = stored.redeem(&code).await.tokens();
    stored.claims(flow.request(), &tokens).await.unwrap();
}

#[tokio::test]
async fn keys_are_fetched_where_something_is_encrypted_to_them() {
    let keys = keys();
    let server = Published::serving(&jwks(keys.keys())).await;
    let spec = |id: &str| web(id).set("jwks_uri", server.url.as_str());
    let plain = spec("plain");
    let secret = spec("secret").set("id_token_encrypted_response_alg", "dir");
    let ours = spec("ours")
        .set("userinfo_encrypted_response_alg", "ECDH-ES")
        .set("userinfo_signed_response_alg", "ES256");
    let op = Op::with(World::of([plain, secret, ours]).reaching_this_machine()).await;
    for id in ["plain", "secret"] {
        let rp = op.rp(id).at(&op.another_browser());
        let signed_in = rp.authorize("openid").login("diana").signed_in().await;
        rp.userinfo(&signed_in.tokens).await.succeeded();
    }
    let ours = holding(op.rp("ours"), &keys);
    let signed_in = ours.authorize("openid").login("diana").signed_in().await;
    assert_eq!(server.fetches(), 0);
    let how = Encrypted { alg: KeyManagementAlg::EcdhEs, enc: ContentEncryption::A128CbcHs256 };
    for _ in 0..3 {
        let info = ours.userinfo(&signed_in.tokens).await.unwrap();
        opened(&ours, &info, Some("ES256"), Some(how)).await;
    }
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn a_hint_may_be_signed_by_the_secret() {
    let bye = "https://web.example/bye";
    let spec = |id: &str| {
        web(id).set("id_token_signed_response_alg", "HS256").set("post_logout_redirect_uris", json!([bye]))
    };
    let op = Op::with([spec("web"), spec("other"), client("es")]).await;
    let signed_in = op.rp("web").authorize("openid").login("diana").signed_in().await;
    let hint = signed_in.id_token();
    op.rp("web").authorize("openid").prompt("none").set("id_token_hint", hint).signed_in().await;
    // Shown by another client it says nothing, as if it were not there.
    op.rp("other").authorize("openid").prompt("none").set("id_token_hint", hint).code().await;
    op.rp("es")
        .authorize("openid")
        .prompt("none")
        .set("id_token_hint", hint)
        .refused("consent_required")
        .await;
    let end_session = |params: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        op.url(&format!("/end_session?{query}"))
    };
    // The secret speaks only for a client that the request names.
    let hinted = ("id_token_hint", hint);
    for unproven in [&[hinted][..], &[hinted, ("client_id", "other")], &[hinted, ("client_id", "es")]] {
        assert!(op.browser().get(&end_session(unproven)).await.on_page().has("sign-out-confirm"));
    }
    op.rp("web").authorize("openid").prompt("none").signed_in().await;
    let good = end_session(&[hinted, ("client_id", "web"), ("post_logout_redirect_uri", bye)]);
    assert_eq!(op.browser().get(&good).await.sent_away().as_str(), bye);
    op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
}

#[tokio::test]
async fn a_hint_may_be_encrypted_to_us() {
    let op = Op::with(web("web")).await;
    let web = op.rp("web");
    let signed_in = web.authorize("openid").login("diana").signed_in().await;
    let published = JwkSet::from_json(&web.jwks().await.unwrap().body).unwrap();
    let sealed = |key: &EncryptionKey, alg, enc| {
        let extra = Extra { typ: None, cty: Some("JWT") };
        jwe::encrypt(key, alg, enc, extra, signed_in.id_token().as_bytes()).unwrap()
    };
    let (wrap, enc) = (KeyManagementAlg::A128Kw, ContentEncryption::A256Gcm);
    let by = |secret: &str| {
        sealed(&EncryptionKey::from_client_secret(secret.as_bytes(), wrap, enc).unwrap(), wrap, enc)
    };
    let mut hints = vec![by(SECRET)];
    for alg in KeyManagementAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric()) {
        let keys = published.keys.iter().filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok());
        hints.extend(keys.filter(|key| key.allows(alg, enc)).take(1).map(|key| sealed(&key, alg, enc)));
    }
    assert!(hints.len() > 1, "no key to encrypt to us is published");
    for hint in hints {
        web.authorize("openid").prompt("none").set("id_token_hint", &hint).signed_in().await;
    }
    let foreign = by("another secret of sufficient length");
    web.authorize("openid").prompt("none").set("id_token_hint", &foreign).code().await;
    assert!(op.log().contains("it cannot be decrypted"));
}
