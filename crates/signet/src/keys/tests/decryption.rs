//! What others encrypted to us.

use signet_core::env::Encryption;

use super::*;

#[tokio::test]
async fn only_what_is_configured_decrypts() {
    let store = MemoryStore::new();
    let ring = KeyRing::open(&store, &options(), NOW).await.unwrap();
    let secrets = ["A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir"];
    let all: Vec<&str> = ["ECDH-ES", "ECDH-ES+A256KW"].into_iter().chain(secrets).collect();
    assert_eq!(ring.decrypting_algs(), all);
    let token = encrypted(&ring);
    assert_eq!(ring.decrypt(&token, &[b"a secret is of no matter"]).unwrap().payload, b"for us");
    let less = KeyOptions { encryption: vec!["ECDH-ES".into()], ..options() };
    let ring = KeyRing::open(&store, &less, NOW).await.unwrap();
    let refused = ring.decrypt(&token, &[]).unwrap_err();
    assert_eq!(refused.0, "there is no key for ECDH-ES+A256KW");
    let none = KeyOptions { encryption: Vec::new(), ..options() };
    let ring = KeyRing::open(&store, &none, NOW).await.unwrap();
    assert_eq!(ring.decrypting_algs(), secrets);
    assert!(ring.jwks()["keys"].as_array().unwrap().iter().all(|key| key["use"] == "sig"));
}

#[tokio::test]
async fn a_client_secret_opens_what_it_closed() {
    let ring = KeyRing::open(&MemoryStore::new(), &options(), NOW).await.unwrap();
    for alg in ["dir", "A128KW", "A256GCMKW"] {
        for enc in ring.content_encryptions() {
            let how = Encryption { alg, enc, typ: None, cty: Some("JWT") };
            let token = ring.encrypt_to_secret(b"a client's secret", how, b"inside").unwrap();
            let opened = ring.decrypt(&token, &[b"a client's secret"]).unwrap();
            assert_eq!((opened.payload.as_slice(), &*opened.alg, &*opened.enc), (&b"inside"[..], alg, *enc));
            assert!(ring.decrypt(&token, &[b"another"]).is_err());
            assert!(ring.decrypt(&token, &[]).unwrap_err().0.contains("client secret"));
        }
    }
}
