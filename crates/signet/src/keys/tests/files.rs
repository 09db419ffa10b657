//! Key files, and keys that the configuration names.

use super::*;

#[tokio::test]
async fn a_key_of_key_defs_is_taken_from_its_pem_file() {
    let path = std::env::temp_dir().join(format!("signet-ring-{}.pem", std::process::id()));
    std::fs::write(&path, include_str!("../../../tests/it/pem/rsa.pem")).unwrap();
    let def = KeyDef {
        purpose: Purpose::Sig,
        key_type: KeyType::Rsa,
        size: 0,
        kid: Some("main".into()),
        pem: Some(path.clone()),
    };
    let store = MemoryStore::new();
    let rsa = KeyOptions { signing: vec!["RS256".into()], ..options() };
    let made = KeyRing::open(&store, &rsa, NOW).await.unwrap();
    let options = KeyOptions { defs: vec![def], ..rsa };
    let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert_eq!(kids(&ring, Purpose::Sig, State::Active), ["main"]);
    let before = kids(&made, Purpose::Sig, State::Active);
    assert_eq!(kids(&ring, Purpose::Sig, State::Retired), before);
    // At the next start it is the same ring.
    let again = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert_eq!(again.jwks(), ring.jwks());
    std::fs::remove_file(&path).unwrap();
    let gone = KeyRing::open(&store, &options, NOW).await.err().unwrap();
    assert!(gone.to_string().contains("cannot be read"), "{gone}");
}
