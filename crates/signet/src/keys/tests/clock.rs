//! Clocks that differ.

use super::*;

#[tokio::test]
async fn a_clock_that_is_behind_makes_no_key_and_signs_by_the_newest() {
    for behind in [2, 2 * 3600, 3 * 365 * DAY] {
        let store = MemoryStore::new();
        let options = options();
        let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
        let clock = NOW.minus(behind);
        let late = KeyRing::open(&store, &options, clock).await.unwrap();
        assert_eq!((late.jwks(), signer(&late)), (ring.jwks(), signer(&ring)), "{behind}");
        assert!(late.tend(&store, clock).await.unwrap().is_none());
        assert_eq!(document(&store).await.version, 1, "{behind}");
        assert_eq!(late.is_ahead_of(clock), (behind > 300).then_some(NOW), "{behind}");
    }
}

#[tokio::test]
async fn a_node_whose_clock_is_behind_signs_by_keys_that_were_made_at_once() {
    for (waits, keep) in
        [(false, None), (false, Some(0)), (false, Some(1)), (true, None), (true, Some(0)), (true, Some(1))]
    {
        let store = MemoryStore::new();
        let options = options();
        KeyRing::open(&store, &options, NOW).await.unwrap();
        let behind = KeyRing::open(&store, &options, NOW.minus(20)).await.unwrap();
        if waits {
            KeyRing::rotate(&store, &options, NOW.plus(1), Promotion::Due).await.unwrap();
        }
        let at = NOW.plus(100);
        let rotated = KeyRing::rotate(&store, &options, at, Promotion::Now { keep }).await.unwrap();
        let behind = behind.tend(&store, at.minus(20)).await.unwrap().unwrap();
        assert_eq!(signer(&behind), signer(&rotated), "{waits} {keep:?}");
        // What was kept for a second has gone by now.
        let ring = rotated.tend(&store, at.plus(2)).await.unwrap().unwrap_or(rotated);
        let behind = behind.tend(&store, at.minus(18)).await.unwrap().unwrap_or(behind);
        assert_eq!(signer(&behind), signer(&ring), "{waits} {keep:?}");
        let late = KeyRing::open(&store, &options, at.minus(18)).await.unwrap();
        assert_eq!(late.jwks(), ring.jwks(), "{waits} {keep:?}");
    }
}

#[tokio::test]
async fn after_a_clock_that_was_ahead_keys_sign_and_can_be_made_anew() {
    let store = MemoryStore::new();
    let options = options();
    KeyRing::open(&store, &options, NOW).await.unwrap();
    let now = Promotion::Now { keep: None };
    let ahead = KeyRing::rotate(&store, &options, NOW.plus(100 * DAY), now).await.unwrap();
    let ring = KeyRing::open(&store, &options, NOW.plus(1)).await.unwrap();
    assert_eq!((signer(&ring), ring.version), (signer(&ahead), ahead.version));
    assert_eq!(ring.is_ahead_of(NOW.plus(1)), Some(NOW.plus(100 * DAY)));
    let leak = Promotion::Now { keep: Some(0) };
    let ring = KeyRing::rotate(&store, &options, NOW.plus(2), leak).await.unwrap();
    assert!(ring.infos().iter().all(|key| key.created_at == NOW.plus(2) && key.state == State::Active));
    assert_eq!((ring.infos().len(), ring.is_ahead_of(NOW.plus(2))), (2, None));
}

#[tokio::test]
async fn who_only_looks_writes_nothing_and_learns_what_is_due() {
    let store = MemoryStore::new();
    let looked = KeyRing::look(&store, &options(), NOW).await.unwrap();
    assert!(looked.ring.infos().is_empty() && looked.due[0].contains("no keys yet"), "{:?}", looked.due);
    let ring = KeyRing::open(&store, &options(), NOW).await.unwrap();
    let looked = KeyRing::look(&store, &options(), NOW).await.unwrap();
    assert_eq!((looked.ring.jwks(), looked.due), (ring.jwks(), vec![]));
    let more = KeyOptions { signing: vec!["ES256".into(), "EdDSA".into()], ..options() };
    let kek = crate::at_rest::Kek::parse(&format!("0123456789abcdef{}", "1".repeat(48))).unwrap();
    let at_rest = Keks { current: Some(kek), ..Keks::default() };
    for (options, at, words) in [
        (options(), NOW.plus(89 * DAY + DAY / 2), vec![]),
        (options(), NOW.plus(400 * DAY), vec!["a change of keys is due"]),
        (more, NOW, vec!["no key serves EdDSA"]),
        (options(), NOW.minus(DAY), vec![]),
        (KeyOptions { at_rest, ..options() }, NOW, vec!["keys.kek"]),
    ] {
        let looked = KeyRing::look(&store, &options, at).await.unwrap();
        assert_eq!(looked.ring.infos().len(), 2);
        assert_eq!(looked.due.len(), words.len(), "{:?}", looked.due);
        assert!(looked.due.iter().zip(&words).all(|(line, word)| line.contains(word)), "{:?}", looked.due);
    }
    assert_eq!(document(&store).await.version, 1);
}
