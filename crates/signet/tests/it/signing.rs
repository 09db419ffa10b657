//! OpenID Connect Core §3.1.3.7, §5.3.2, RFC 9701 §5: what is signed for a client is signed as it registered;
//! claims come in its languages.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use signet::{BuildError, Provider};
use signet_certify::Reply;
use signet_core::change::Change;
use signet_jose::{JwkSet, SigningAlg, jws};

use crate::flow::Rp;
use crate::op::{Op, SECRET, World, client};

const ALGS: [&str; 11] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

/// Opens a signed answer with the published keys.
async fn opened(rp: &Rp, reply: &Reply, alg: &str) -> (Option<String>, Value) {
    let keys = JwkSet::from_json(&rp.jwks().await.unwrap().body).unwrap().verifying_keys();
    let alg: SigningAlg = alg.parse().unwrap();
    let token = std::str::from_utf8(&reply.body).unwrap();
    let token = jws::decode(token, 8192).unwrap();
    let verified = token.verify_with(&keys, &[alg]).unwrap();
    (verified.header().typ().map(str::to_owned), serde_json::from_slice(verified.payload()).unwrap())
}

#[tokio::test]
async fn every_algorithm_signs_id_tokens_userinfo_and_introspection() {
    let specs = ALGS.map(|alg| {
        client(&format!("web-{alg}"))
            .client_secret_post()
            .set("id_token_signed_response_alg", alg)
            .set("userinfo_signed_response_alg", alg)
            .set("introspection_signed_response_alg", alg)
    });
    let op = Op::with(World::from(specs).signing(&ALGS)).await;
    for alg in ALGS {
        let rp = op.rp(&format!("web-{alg}")).at(&op.another_browser());
        let signed_in = rp.signed_in("diana", "openid email").await;
        let claims = signed_in.claims().await;
        assert!(claims["at_hash"].is_string(), "{alg}");
        // RFC 7517 §4.4: libraries refuse a key that is published for another algorithm than the token names.
        let published = rp.jwks().await.unwrap().json;
        let token = jws::decode(signed_in.id_token(), 8192).unwrap();
        let kid = token.header().kid().unwrap();
        let key = published["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
        assert!(key.get("alg").is_none_or(|meant| meant == alg), "{alg}: {key}");

        let info = rp.userinfo(&signed_in.tokens).await.unwrap();
        assert_eq!(info.header(CONTENT_TYPE), "application/jwt", "{alg}");
        let (_, info) = opened(&rp, &info, alg).await;
        let expected = json!({
            "sub": claims["sub"], "iss": op.url(""), "aud": rp.client_id, "email": "diana@example.org", "email_verified": true,
        });
        assert_eq!(info, expected, "{alg}");

        let about = ask(&rp, signed_in.tokens.as_ref(), "*/*").await;
        assert_eq!(about.header(CONTENT_TYPE), "application/token-introspection+jwt", "{alg}");
        let (typ, about) = opened(&rp, &about, alg).await;
        assert_eq!(typ.as_deref(), Some("token-introspection+jwt"), "{alg}");
        assert_eq!(about["token_introspection"]["sub"], claims["sub"], "{alg}");
        assert_eq!((&about["aud"], about.get("sub"), about.get("exp")), (&json!(rp.client_id), None, None));
    }
    let metadata = op.rp("web-RS256").discover().await.unwrap();
    for what in ["id_token", "userinfo", "introspection"] {
        let offered = metadata[format!("{what}_signing_alg_values_supported")].as_array().unwrap();
        // Those of our keys come first; secrets and nobody are another story.
        assert_eq!(offered[..ALGS.len()], ALGS.map(Value::from), "{what}");
    }
}

/// Introspection by a client that accepts this.
async fn ask(rp: &Rp, token: &str, accept: &str) -> Reply {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("token", token), ("client_id", &rp.client_id), ("client_secret", SECRET)])
        .finish();
    let post = http::Request::post(rp.endpoint("introspection").await.unwrap())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, accept);
    rp.raw(post.body(form.into()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn introspection_is_signed_for_who_asks_for_it() {
    let op = Op::with(client("web").client_secret_post()).await;
    let web = op.rp("web");
    let signed_in = web.signed_in("diana", "openid").await;
    let plain = ask(&web, signed_in.tokens.as_ref(), "application/json").await;
    let signed = ask(&web, signed_in.tokens.as_ref(), "application/token-introspection+jwt").await;
    let (_, claims) = opened(&web, &signed, "RS256").await;
    assert_eq!(claims["token_introspection"], plain.json);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(op.url("")), &json!("web")));
    let nothing = ask(&web, "x", "application/token-introspection+jwt").await;
    assert_eq!(opened(&web, &nothing, "RS256").await.1["token_introspection"], json!({"active": false}));
}

#[tokio::test]
async fn an_algorithm_without_a_key_is_found_at_start() {
    for member in
        ["id_token_signed_response_alg", "userinfo_signed_response_alg", "introspection_signed_response_alg"]
    {
        let record = client("web").set(member, "PS384").record();
        let built = Provider::builder("https://op.example")
            .signing_algs(vec!["ES256".into()])
            .clients([record])
            .build();
        let Err(BuildError::Settings(why)) = built.await else { panic!("{member} was taken") };
        assert_eq!(
            why.to_string(),
            format!("client web: {member} is PS384, but there are keys for ES256 only")
        );
    }
}

#[tokio::test]
async fn a_client_in_the_store_whose_algorithm_was_taken_away_is_told_so() {
    let op = Op::with(client("web")).await;
    let spec = client("stored").set("id_token_signed_response_alg", "PS384").set("skip_consent", true);
    op.store().commit(vec![Change::PutClient(Arc::new(spec.record()))]).await.unwrap();
    let stored = op.party(&spec);
    let code = stored.authorize("openid").login("diana").code().await;
    let reply = stored.redeem(&code).await.unwrap();
    reply.refused("unauthorized_client");
    assert!(reply.json["error_description"].as_str().unwrap().contains("signed by PS384"));
}

#[tokio::test]
async fn claims_come_in_the_languages_that_are_asked_for() {
    let op = Op::with(client("web")).await;
    let elvis = op.stored("elvis").await;
    let mut elvis = elvis.duplicate();
    elvis.claims.insert("name#ja".into(), "エルヴィス".into());
    elvis.claims.insert("name#fr".into(), "Elvis le Grand".into());
    op.store().commit(vec![Change::PutUser(Arc::new(elvis))]).await.unwrap();
    let web = op.rp("web");
    web.signed_in("elvis", "openid profile").await;
    for (locales, expected) in [
        ("se", json!({"name": "Elvis Costello", "preferred_username": "elvis"})),
        ("fr-CA", json!({"name": "Elvis le Grand", "preferred_username": "elvis"})),
        (
            "fr ja",
            json!({"name": "Elvis Costello", "preferred_username": "elvis", "name#fr": "Elvis le Grand", "name#ja": "エルヴィス"}),
        ),
    ] {
        let signed_in = web.authorize("openid profile").set("claims_locales", locales).signed_in().await;
        let mut info = web.userinfo(&signed_in.tokens).await.unwrap().json;
        info.as_object_mut().unwrap().remove("sub");
        assert_eq!(info, expected, "{locales}");
    }
}
