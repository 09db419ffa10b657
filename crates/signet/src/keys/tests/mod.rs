//! A ring over a store, with instants as parameters.

mod at_rest;
mod clock;
mod decryption;
mod files;
mod import;
mod life;

use serde_json::Value;
use signet_core::env::Jose as _;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_core::time::Timestamp;
use signet_jose::{EncryptionKey, JwkSet, jwe, jws};
use signet_store::{MemoryStore, Store};

use super::*;

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
    store.ask(DocumentNamed("keys".into())).await.unwrap().unwrap()
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

/// A ring as version 0.1 wrote it: no instants but these two, and no keys to encrypt to.
const OLD: &str = r#"{"keys":[{"jwk":{"kty":"EC","use":"sig","alg":"ES256","kid":"old-1","crv":"P-256",
"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"},"created_at":1790000000,"retired_at":1795219000},
{"jwk":{"kty":"EC","use":"sig","alg":"ES256","kid":"old-2","crv":"P-256",
"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"},"created_at":1795219000}]}"#;
