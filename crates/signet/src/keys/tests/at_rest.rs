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

#[tokio::test]
async fn nodes_between_two_key_encryption_keys_do_not_rewrite_each_other_s_ring() {
    let store = MemoryStore::new();
    let with = |current: char, previous: char| {
        let at_rest = Keks { current: Some(kek(current)), previous: vec![kek(previous)] };
        KeyOptions { at_rest, ..options() }
    };
    let mut old = KeyRing::open(&store, &with('1', '2'), NOW).await.unwrap();
    let mut new = KeyRing::open(&store, &with('2', '1'), NOW).await.unwrap();
    let version = document(&store).await.version;
    for second in 0..3 {
        old = old.tend(&store, NOW.plus(second)).await.unwrap().unwrap_or(old);
        new = new.tend(&store, NOW.plus(second)).await.unwrap().unwrap_or(new);
    }
    assert_eq!((old.jwks(), document(&store).await.version), (new.jwks(), version));
}
