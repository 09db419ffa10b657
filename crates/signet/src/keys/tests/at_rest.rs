//! Protection in the store.

use super::*;
use crate::at_rest::Kek;

fn kek(digit: char) -> Kek {
    Kek::parse(&format!("0123456789abcdef{}", String::from(digit).repeat(48))).unwrap()
}

#[tokio::test]
async fn a_key_encryption_key_comes_changes_and_goes() {
    let store = MemoryStore::new();
    let clear = options();
    let jwks = KeyRing::open(&store, &clear, NOW).await.unwrap().jwks().clone();
    let with = |current: Option<char>, previous: &[char]| {
        let at_rest =
            Keks { current: current.map(kek), previous: previous.iter().copied().map(kek).collect() };
        KeyOptions { at_rest, ..options() }
    };
    let private = async || {
        let text = String::from_utf8(document(&store).await.value).unwrap();
        text.contains("\"d\"")
    };
    assert!(private().await);
    for (options, in_clear) in [
        (with(Some('1'), &[]), false),
        (with(Some('1'), &[]), false),
        (with(Some('2'), &['1']), false),
        (with(None, &['2']), true),
        (clear.clone(), true),
    ] {
        let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
        assert_eq!((ring.jwks(), private().await), (&jwks, in_clear), "{:?}", options.at_rest);
    }
    // What is as it should be is not written again.
    assert_eq!(document(&store).await.version, 4);

    KeyRing::open(&store, &with(Some('1'), &[]), NOW).await.unwrap();
    for wrong in [with(None, &[]), with(Some('2'), &[]), with(Some('2'), &['3'])] {
        let said = KeyRing::open(&store, &wrong, NOW).await.err().unwrap().to_string();
        assert!(said.contains(kek('1').id()) && said.contains("keys.previous_keks"), "{said}");
    }
}
