//! RFC 7517 §5, OpenID Connect Core §10.1: the published keys, and their rotation.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use signet::clock::Clock as _;
use signet::keys::{KeyOptions, KeyRing, Promotion};

use crate::op::{Op, client};

fn header(jwt: &str) -> Value {
    let part = jwt.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn kids(keys: &Value) -> Vec<String> {
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_key_has_its_own_id_and_nothing_private() {
    let op = Op::with(client("web")).await;
    let keys = op.rp("web").jwks().await.unwrap().ok().json;
    let list = keys["keys"].as_array().unwrap();
    assert_eq!(kids(&keys).iter().collect::<BTreeSet<_>>().len(), 4);
    let told = |member: &str| list.iter().map(|key| key[member].as_str()).collect::<Vec<_>>();
    assert_eq!(told("use"), [Some("sig"), Some("sig"), Some("enc"), Some("enc")]);
    assert_eq!(told("kty"), [Some("RSA"), Some("EC"), Some("RSA"), Some("EC")]);
    assert_eq!(told("alg"), [Some("RS256"), Some("ES256"), None, None]);
    for key in list {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
}

#[tokio::test]
async fn id_tokens_name_their_key() {
    let es256 = client("es").set("id_token_signed_response_alg", "ES256");
    let op = Op::with([client("web"), es256]).await;
    let keys = op.rp("web").jwks().await.unwrap().ok().json;
    for (rp, at) in [("web", 0), ("es", 1)] {
        let signed_in = op.rp(rp).at(&op.another_browser()).signed_in("diana", "openid").await;
        let header = header(signed_in.id_token());
        assert_eq!(header["kid"], keys["keys"][at]["kid"], "{rp}");
        assert_eq!(header["alg"], keys["keys"][at]["alg"], "{rp}");
        signed_in.claims().await;
    }
}

#[tokio::test]
async fn rotation_keeps_what_was_signed_verifiable() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let before = web.signed_in("diana", "openid").await;
    let options = KeyOptions::default();
    let at_once = Promotion::Now { keep: Some(3600) };
    KeyRing::rotate(&**op.store(), &options, op.clock.now(), at_once).await.unwrap();
    assert!(op.provider().refresh_keys().await.unwrap());
    assert!(!op.provider().refresh_keys().await.unwrap());

    // Both signing keys twice; to the old encryption keys nobody is to encrypt any more.
    assert_eq!(kids(&web.jwks().await.unwrap().ok().json).len(), 6);
    before.claims().await;
    let after = web.authorize("openid").set("id_token_hint", before.id_token()).signed_in().await;
    after.claims().await;
    assert_ne!(header(before.id_token())["kid"], header(after.id_token())["kid"]);

    op.advance(3601);
    assert!(op.provider().refresh_keys().await.unwrap());
    let kept = kids(&web.jwks().await.unwrap().ok().json);
    assert!(!kept.contains(&header(before.id_token())["kid"].as_str().unwrap().to_owned()));
    assert!(kept.contains(&header(after.id_token())["kid"].as_str().unwrap().to_owned()));
}
