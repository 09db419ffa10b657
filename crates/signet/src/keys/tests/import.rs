//! Keys that were made elsewhere.

use serde_json::json;
use signet_jose::Jwk;

use super::*;

fn jwk(text: &str) -> Jwk {
    Jwk::from_json(text.as_bytes()).unwrap()
}

#[tokio::test]
async fn imported_keys_sign_and_the_others_stay_published() {
    let store = MemoryStore::new();
    let options = options();
    let first = signer(&KeyRing::open(&store, &options, NOW).await.unwrap());
    let old: Value = serde_json::from_str(OLD).unwrap();
    let set = json!({"keys": [old["keys"][0]["jwk"], {"kty": "oct", "k": "AQ"}, old["keys"][1]["jwk"]]});
    let ring = KeyRing::import(&store, &options, NOW, &set.to_string(), None, Taking::Active).await.unwrap();
    assert_eq!(signer(&ring), "old-1");
    let retired = kids(&ring, Purpose::Sig, State::Retired);
    assert_eq!(retired, [first, "old-2".to_owned()]);
    // Exported and imported again it is the same ring.
    let exported = ring.private_jwks().unwrap();
    let other = MemoryStore::new();
    let copy = KeyRing::import(&other, &options, NOW, exported.expose(), None, Taking::Active).await.unwrap();
    assert_eq!((copy.jwks(), signer(&copy)), (ring.jwks(), signer(&ring)));
}

#[tokio::test]
async fn public_keys_of_another_provider_verify_alone() {
    let store = MemoryStore::new();
    let options = options();
    let first = signer(&KeyRing::open(&store, &options, NOW).await.unwrap());
    let old: Value = serde_json::from_str(OLD).unwrap();
    let public = serde_json::to_string(&jwk(&old["keys"][0]["jwk"].to_string()).public().unwrap()).unwrap();
    let refused = KeyRing::import(&store, &options, NOW, &public, None, Taking::Active).await.err().unwrap();
    assert!(refused.to_string().contains("no private part"), "{refused}");
    let ring = KeyRing::import(&store, &options, NOW, &public, None, Taking::Retired).await.unwrap();
    assert_eq!(signer(&ring), first);
    assert!(published(&ring).contains(&"old-1".to_owned()));
    assert!(!ring.jwks().to_string().contains("\"d\""));
}

#[test]
fn what_is_wrong_with_a_key_is_said_with_its_place() {
    for (text, said) in [
        ("", "this is not JSON"),
        ("[]", "an array `keys`"),
        (r#"{"keys": {}}"#, "an array `keys`"),
        (r#"{"keys": [7]}"#, "key 1: a JWK must be a JSON object"),
        (r#"{"keys": [{"kty":"oct","k":"AQ"},{"kid":"x"}]}"#, "key 2 (kid \"x\"): a JWK needs kty"),
        (r#"{"keys": [{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]}"#, "key 1: x, y and d of an EC key"),
        (r#"{"keys": [{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"}]}"#, "unsupported key: secp256k1"),
        (r#"{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}"#, "key 1: the key lacks a member"),
    ] {
        let error = read_jwks(text).err().unwrap().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    let old: Value = serde_json::from_str(OLD).unwrap();
    let (one, mut two) = (old["keys"][0]["jwk"].clone(), old["keys"][1]["jwk"].clone());
    two["kid"] = "old-1".into();
    let error = read_jwks(&json!({"keys": [one, two]}).to_string()).err().unwrap().to_string();
    assert!(error.contains("key 2 (kid \"old-1\"): another key of this set has the same kid"), "{error}");
}
