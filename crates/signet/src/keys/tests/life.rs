//! Next, active, retired, gone.

use std::sync::Arc;

use signet_core::change::Change;

use super::*;

#[tokio::test]
async fn a_key_is_next_then_active_then_retired_then_gone() {
    let store = MemoryStore::new();
    let options = options();
    let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert_eq!(ring.tend(&store, NOW).await.unwrap().map(|ring| ring.version), None);
    let (first, token, secret) = (signer(&ring), ring.sign("ES256", "JWT", b"{}").unwrap(), encrypted(&ring));

    let made = NOW.plus(90 * DAY - LEAD);
    assert!(ring.tend(&store, made.minus(1)).await.unwrap().is_none());
    let ring = ring.tend(&store, made).await.unwrap().unwrap();
    assert_eq!(states(&ring, Purpose::Sig), [State::Active, State::Next]);
    assert_eq!(states(&ring, Purpose::Enc), [State::Active, State::Next]);
    let second = kids(&ring, Purpose::Sig, State::Next).remove(0);
    assert!(published(&ring).contains(&second), "clients see it before it signs");
    let held = kids(&ring, Purpose::Enc, State::Next).remove(0);
    assert!(!published(&ring).contains(&held), "nobody encrypts to it before every node has it");
    assert_eq!(signer(&ring), first);

    let promoted = NOW.plus(90 * DAY);
    assert!(ring.tend(&store, promoted.minus(1)).await.unwrap().is_none());
    let ring = ring.tend(&store, promoted).await.unwrap().unwrap();
    assert_eq!(states(&ring, Purpose::Sig), [State::Active, State::Retired]);
    assert_eq!(signer(&ring), second);
    assert!(published(&ring).contains(&first) && published(&ring).contains(&held));
    ring.open_own(&token).unwrap();
    assert_eq!(ring.decrypt(&secret, &[]).unwrap().payload, b"for us");

    let gone = promoted.plus(options.keep());
    assert!(ring.tend(&store, gone.minus(1)).await.unwrap().is_none());
    let ring = ring.tend(&store, gone).await.unwrap().unwrap();
    assert_eq!(states(&ring, Purpose::Sig), [State::Active]);
    assert!(ring.open_own(&token).is_err() && ring.decrypt(&secret, &[]).is_err());
    assert!(ring.tend(&store, gone.plus(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_retired_key_outlives_the_tokens_of_stored_clients_too() {
    let store = MemoryStore::new();
    let mut client = signet_core::record::Client::new("slow");
    client.lifetimes.id_token = Some(10 * DAY);
    let put = Change::PutClient(Arc::new(client));
    store.commit(vec![put]).await.unwrap();
    let options = options();
    KeyRing::open(&store, &options, NOW).await.unwrap();
    let ring = KeyRing::rotate(&store, &options, NOW, Promotion::Now { keep: None }).await.unwrap();
    let retired = ring.infos().iter().find(|info| info.state == State::Retired).unwrap();
    assert_eq!(retired.removed_at, Some(NOW.plus(10 * DAY + LEAD)));
}

#[tokio::test]
async fn a_late_node_does_not_skip_the_time_in_which_a_key_is_published() {
    let store = MemoryStore::new();
    let ring = KeyRing::open(&store, &options(), NOW).await.unwrap();
    let late = NOW.plus(400 * DAY);
    let ring = ring.tend(&store, late).await.unwrap().unwrap();
    let next = ring.infos().iter().find(|info| info.state == State::Next).unwrap();
    assert_eq!(next.active_from, late.plus(LEAD));
}

#[tokio::test]
async fn rotation_can_be_switched_off() {
    let store = MemoryStore::new();
    let options = KeyOptions { rotate_every: 0, ..options() };
    let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert!(ring.tend(&store, NOW.plus(10_000 * DAY)).await.unwrap().is_none());
}

#[tokio::test]
async fn on_demand_a_key_is_published_at_once_and_signs_later() {
    let store = MemoryStore::new();
    let options = options();
    let first = signer(&KeyRing::open(&store, &options, NOW).await.unwrap());
    let ring = KeyRing::rotate(&store, &options, NOW, Promotion::Due).await.unwrap();
    assert_eq!(signer(&ring), first);
    let next = kids(&ring, Purpose::Sig, State::Next);
    assert!(published(&ring).contains(&next[0]) && published(&ring).contains(&first));
    // Once more changes nothing: the next key is there.
    let again = KeyRing::rotate(&store, &options, NOW.plus(5), Promotion::Due).await.unwrap();
    assert_eq!(kids(&again, Purpose::Sig, State::Next), next);
    let ring = again.tend(&store, NOW.plus(LEAD)).await.unwrap().unwrap();
    assert_eq!((signer(&ring), kids(&ring, Purpose::Sig, State::Retired)), (next[0].clone(), vec![first]));
}

#[tokio::test]
async fn at_once_means_the_next_key_if_there_is_one() {
    let store = MemoryStore::new();
    let options = options();
    let first = signer(&KeyRing::open(&store, &options, NOW).await.unwrap());
    let waiting = KeyRing::rotate(&store, &options, NOW, Promotion::Due).await.unwrap();
    let next = kids(&waiting, Purpose::Sig, State::Next);
    let at_once = Promotion::Now { keep: Some(DAY) };
    let ring = KeyRing::rotate(&store, &options, NOW.plus(1), at_once).await.unwrap();
    assert_eq!([signer(&ring)], next[..]);
    assert!(published(&ring).contains(&first));
}

#[tokio::test]
async fn after_a_leak_no_key_is_left_that_was_there() {
    let store = MemoryStore::new();
    let options = options();
    let mut leaked = published(&KeyRing::open(&store, &options, NOW).await.unwrap());
    // One that has retired, one that signs, one that waits.
    for (at, promotion) in [(1, Promotion::Now { keep: None }), (2, Promotion::Due)] {
        let ring = KeyRing::rotate(&store, &options, NOW.plus(at), promotion).await.unwrap();
        leaked.extend(ring.infos().iter().map(|info| info.kid.clone()));
    }
    let at_once = Promotion::Now { keep: Some(0) };
    let ring = KeyRing::rotate(&store, &options, NOW.plus(3), at_once).await.unwrap();
    assert!(ring.infos().iter().all(|info| info.state == State::Active && !leaked.contains(&info.kid)));
    assert_eq!(ring.infos().len(), 2);
}

#[tokio::test]
async fn keys_that_have_retired_before_stay_no_longer_than_is_said() {
    let store = MemoryStore::new();
    let options = options();
    KeyRing::open(&store, &options, NOW).await.unwrap();
    KeyRing::rotate(&store, &options, NOW, Promotion::Now { keep: None }).await.unwrap();
    let soon = Promotion::Now { keep: Some(60) };
    let ring = KeyRing::rotate(&store, &options, NOW.plus(1), soon).await.unwrap();
    let ends: Vec<_> = ring.infos().iter().filter_map(|info| info.removed_at).collect();
    assert_eq!(ends, [NOW.plus(61); 4]);
}

#[tokio::test]
async fn a_key_with_two_names_is_published_without_either() {
    let store = MemoryStore::new();
    let with = |names: &[&str]| KeyOptions {
        signing: names.iter().map(|name| (*name).to_owned()).collect(),
        encryption: vec![],
        ..options()
    };
    let ring = KeyRing::open(&store, &with(&["EdDSA"]), NOW).await.unwrap();
    assert_eq!(ring.jwks()["keys"][0]["alg"], "EdDSA");
    let both = with(&["EdDSA", "Ed25519"]);
    let ring = KeyRing::open(&store, &both, NOW.plus(1)).await.unwrap();
    let key = &ring.jwks()["keys"][0];
    assert_eq!(key.get("alg"), None);
    for alg in ["EdDSA", "Ed25519"] {
        let token = ring.sign(alg, "JWT", b"{}").unwrap();
        assert_eq!(jws::decode(&token, 4096).unwrap().header().kid(), key["kid"].as_str());
        ring.open_own(&token).unwrap();
    }
    let retired = ring.infos().iter().filter(|info| info.state == State::Retired).count();
    assert_eq!((retired, ring.jwks()["keys"][1]["alg"].as_str()), (1, Some("EdDSA")));
    assert_eq!(KeyRing::open(&store, &both, NOW.plus(2)).await.unwrap().jwks(), ring.jwks());
    let ring = KeyRing::open(&store, &with(&["Ed25519"]), NOW.plus(3)).await.unwrap();
    assert_eq!(ring.signing_algs(), ["Ed25519"]);
}

#[tokio::test]
async fn two_nodes_that_rotate_at_once_agree() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let ring = Arc::new(KeyRing::open(&*store, &options(), NOW).await.unwrap());
    let at = NOW.plus(90 * DAY - LEAD);
    let mut nodes = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, ring) = (store.clone(), ring.clone());
        nodes.spawn(async move { ring.tend(&*store, at).await.unwrap().unwrap() });
    }
    let rings = nodes.join_all().await;
    for ring in &rings {
        assert_eq!(ring.jwks(), rings[0].jwks());
        assert_eq!(states(ring, Purpose::Sig), [State::Active, State::Next]);
    }
    assert_eq!(document(&*store).await.version, 2);
}

#[tokio::test]
async fn two_nodes_that_start_at_once_agree() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut nodes = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        nodes.spawn(async move { KeyRing::open(&*store, &options(), NOW).await.unwrap() });
    }
    let rings = nodes.join_all().await;
    assert!(rings.iter().all(|ring| ring.jwks() == rings[0].jwks()));
}

async fn put(store: &dyn Store, value: &Value) {
    let document = Document { name: "keys".into(), version: 1, value: value.to_string().into_bytes() };
    store.commit(vec![Change::PutDocument(document)]).await.unwrap();
}

#[tokio::test]
async fn a_ring_of_the_version_before_goes_on() {
    let store = MemoryStore::new();
    put(&store, &serde_json::from_str(OLD).unwrap()).await;
    let options = options();
    let ring = KeyRing::open(&store, &options, NOW).await.unwrap();
    assert_eq!(signer(&ring), "old-2");
    assert_eq!(published(&ring)[0], "old-2");
    let old = ring.infos().iter().find(|info| info.kid == "old-1").unwrap();
    assert_eq!(
        (old.state, old.removed_at),
        (State::Retired, Some(Timestamp(1_795_219_000).plus(options.keep())))
    );
    assert_eq!(states(&ring, Purpose::Enc), [State::Active], "what is new is made");
    assert_eq!(ring.jwks(), KeyRing::open(&store, &options, NOW).await.unwrap().jwks());
}

#[tokio::test]
async fn an_algorithm_that_is_taken_away_is_not_offered_and_retires_at_its_time() {
    let store = MemoryStore::new();
    let both = KeyOptions { signing: vec!["ES256".into(), "EdDSA".into()], ..options() };
    let ring = KeyRing::open(&store, &both, NOW).await.unwrap();
    assert_eq!(ring.signing_algs(), ["ES256", "EdDSA"]);
    let ring = KeyRing::open(&store, &options(), NOW).await.unwrap();
    assert_eq!(ring.signing_algs(), ["ES256"]);
    assert!(ring.sign("EdDSA", "JWT", b"{}").is_err());
    assert_eq!(states(&ring, Purpose::Sig), [State::Active; 2], "another node may still use it");
    let ring = ring.tend(&store, NOW.plus(90 * DAY)).await.unwrap().unwrap();
    let alone = ring.infos().iter().find(|info| info.alg == "EdDSA").unwrap();
    assert_eq!(alone.state, State::Retired);
}

/// What happens to a ring, after so many hours.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Tend,
    Restart,
    Rotate,
    RotateNow,
}

fn history() -> impl proptest::strategy::Strategy<Value = Vec<(u64, Happens)>> {
    use proptest::prelude::*;
    let happens = prop_oneof![
        6 => Just(Happens::Tend),
        1 => Just(Happens::Restart),
        1 => Just(Happens::Rotate),
        1 => Just(Happens::RotateNow),
    ];
    let hours = prop_oneof![0_u64..4, 0_u64..60, 0_u64..3000];
    proptest::collection::vec((hours, happens), 1..24)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]
    #[test]
    fn whatever_happens_a_signature_is_by_a_known_key_and_stays_good(history in history()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = MemoryStore::new();
            let options = KeyOptions { encryption: Vec::new(), longest: 5 * DAY, ..options() };
            let mut now = NOW;
            let mut ring = KeyRing::open(&store, &options, now).await.unwrap();
            let mut first_published = std::collections::BTreeMap::from([(signer(&ring), Timestamp(0))]);
            let mut signed: Vec<(Timestamp, String)> = Vec::new();
            for (hours, happens) in history {
                now = now.plus(hours * 3600);
                let at_once = matches!(happens, Happens::RotateNow);
                match happens {
                    Happens::Tend => {
                        if let Some(newer) = ring.tend(&store, now).await.unwrap() {
                            ring = newer;
                        }
                    }
                    Happens::Restart => ring = KeyRing::open(&store, &options, now).await.unwrap(),
                    Happens::Rotate => {
                        ring = KeyRing::rotate(&store, &options, now, Promotion::Due).await.unwrap();
                    }
                    Happens::RotateNow => {
                        let promotion = Promotion::Now { keep: None };
                        ring = KeyRing::rotate(&store, &options, now, promotion).await.unwrap();
                    }
                }
                assert!(ring.tend(&store, now).await.unwrap().is_none(), "what is due was done");
                for kid in published(&ring) {
                    let since = first_published.entry(kid).or_insert(now);
                    if at_once {
                        *since = Timestamp(0);
                    }
                }
                let signer = signer(&ring);
                assert!(first_published[&signer].plus(LEAD) <= now, "{signer} is not known to every client");
                assert_eq!(ring.signing_algs(), ["ES256"]);
                signed.push((now, ring.sign("ES256", "JWT", b"{}").unwrap()));
                for (at, token) in &signed {
                    let good = ring.open_own(token).is_ok();
                    assert!(good || at.plus(options.longest) < now, "a token of {at:?} is refused at {now:?}");
                }
            }
        });
    }
}
