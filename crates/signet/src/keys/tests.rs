//! The life of a ring over a store, with instants as parameters.

use std::sync::Arc;

use serde_json::{Value, json};
use signet_core::change::Change;
use signet_core::env::{Encryption, Jose as _};
use signet_core::lookup::Lookup;
use signet_core::record::Document;
use signet_core::time::Timestamp;
use signet_jose::{EncryptionKey, Jwk, JwkSet, jwe, jws};
use signet_store::{MemoryStore, Store};

use super::*;
use crate::at_rest::Kek;

const NOW: Timestamp = Timestamp(1_795_219_200);
const DAY: u64 = 86_400;

/// Elliptic keys alone: they are made in no time.
fn options() -> KeyOptions {
    KeyOptions {
        signing: vec!["ES256".into()],
        encryption: vec!["ECDH-ES".into(), "ECDH-ES+A256KW".into()],
        rotate_every: 90 * DAY,
        longest: 3600,
        ..KeyOptions::default()
    }
}

async fn document(store: &dyn Store) -> Document {
    store.find(&[Lookup::Document("keys".into())]).await.unwrap().documents.into_iter().next().unwrap()
}

async fn put(store: &dyn Store, value: &Value) {
    let document = Document { name: "keys".into(), version: 1, value: value.to_string().into_bytes() };
    store.commit(vec![Change::PutDocument(document)]).await.unwrap();
}

/// The states of the keys with this use, in the order of the list.
fn states(ring: &KeyRing, purpose: Purpose) -> Vec<State> {
    ring.infos().iter().filter(|info| info.purpose == purpose).map(|info| info.state).collect()
}

fn kids(ring: &KeyRing, purpose: Purpose, state: State) -> Vec<String> {
    let found = ring.infos().iter().filter(|info| info.purpose == purpose && info.state == state);
    found.map(|info| info.kid.clone()).collect()
}

fn published(ring: &KeyRing) -> Vec<String> {
    let keys = ring.jwks()["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The key that signs now.
fn signer(ring: &KeyRing) -> String {
    let token = ring.sign("ES256", "JWT", b"{}").unwrap();
    jws::decode(&token, 4096).unwrap().header().kid().unwrap().to_owned()
}

/// Encrypted to the first key that is published for it.
fn encrypted(ring: &KeyRing) -> String {
    let set = JwkSet::from_json(ring.jwks().to_string().as_bytes()).unwrap();
    let jwk = set.keys.iter().find(|jwk| jwk.public_key_use.as_deref() == Some("enc")).unwrap();
    let key = EncryptionKey::from_jwk(jwk).unwrap();
    let (alg, enc) = ("ECDH-ES+A256KW".parse().unwrap(), "A128CBC-HS256".parse().unwrap());
    jwe::encrypt(&key, alg, enc, jwe::Extra::default(), b"for us").unwrap()
}

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
    assert_eq!(ring.decrypt(&secret, None).unwrap().payload, b"for us");

    let gone = promoted.plus(options.keep());
    assert!(ring.tend(&store, gone.minus(1)).await.unwrap().is_none());
    let ring = ring.tend(&store, gone).await.unwrap().unwrap();
    assert_eq!(states(&ring, Purpose::Sig), [State::Active]);
    assert!(ring.open_own(&token).is_err() && ring.decrypt(&secret, None).is_err());
    assert!(ring.tend(&store, gone.plus(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_retired_key_outlives_the_tokens_of_stored_clients_too() {
    let store = MemoryStore::new();
    let mut client = signet_core::record::Client::new("slow");
    client.lifetimes.id_token = Some(10 * DAY);
    let put = Change::PutClient(Arc::new(client), signet_core::change::Expect::Absent);
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
    let at_once = Promotion::Now { keep: Some(0) };
    let ring = KeyRing::rotate(&store, &options, NOW.plus(1), at_once).await.unwrap();
    assert_eq!([signer(&ring)], next[..]);
    assert!(!published(&ring).contains(&first), "after a leak nothing of the old key is left");
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

/// A ring as version 0.1 wrote it: no instants but these two, and no keys to encrypt to.
const OLD: &str = r#"{"keys":[{"jwk":{"kty":"EC","use":"sig","alg":"ES256","kid":"old-1","crv":"P-256",
"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"},"created_at":1790000000,"retired_at":1795219000},
{"jwk":{"kty":"EC","use":"sig","alg":"ES256","kid":"old-2","crv":"P-256",
"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"},"created_at":1795219000}]}"#;

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

#[tokio::test]
async fn only_what_is_configured_decrypts() {
    let store = MemoryStore::new();
    let ring = KeyRing::open(&store, &options(), NOW).await.unwrap();
    let secrets = ["A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir"];
    let all: Vec<&str> = ["ECDH-ES", "ECDH-ES+A256KW"].into_iter().chain(secrets).collect();
    assert_eq!(ring.decrypting_algs(), all);
    let token = encrypted(&ring);
    assert_eq!(ring.decrypt(&token, Some(b"a secret is of no matter")).unwrap().payload, b"for us");
    let less = KeyOptions { encryption: vec!["ECDH-ES".into()], ..options() };
    let ring = KeyRing::open(&store, &less, NOW).await.unwrap();
    let refused = ring.decrypt(&token, None).unwrap_err();
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
            let opened = ring.decrypt(&token, Some(b"a client's secret")).unwrap();
            assert_eq!((opened.payload.as_slice(), &*opened.alg, &*opened.enc), (&b"inside"[..], alg, *enc));
            assert!(ring.decrypt(&token, Some(b"another")).is_err());
            assert!(ring.decrypt(&token, None).unwrap_err().0.contains("client secret"));
        }
    }
}

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

#[tokio::test]
async fn a_key_of_key_defs_is_taken_from_its_pem_file() {
    let path = std::env::temp_dir().join(format!("signet-ring-{}.pem", std::process::id()));
    std::fs::write(&path, include_str!("../../tests/it/pem/rsa.pem")).unwrap();
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
