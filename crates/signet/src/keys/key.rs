//! RFC 7517 §4: one key of the ring, with the times of its life cycle.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use signet_core::time::Timestamp;
use signet_jose::alg::KeyType;
use signet_jose::{Jwk, KeyManagementAlg, SigningAlg};

use super::{KeyError, KeyOptions};

/// RFC 7517 §4.2, `use`: what a key is for. One key never serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// It signs.
    Sig,
    /// Others encrypt to it.
    Enc,
}

impl Purpose {
    /// The `use` value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sig => "sig",
            Self::Enc => "enc",
        }
    }
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It signs, or others are to encrypt to it.
    Active,
    /// Its time is to come: a signing key is published already; one for encryption is held by every node, so
    /// that all can decrypt once it is published.
    Next,
    /// Another has taken its place: what it signed is still verified, what was encrypted to it is still
    /// opened.
    Retired,
}

/// The instants of a key's life, as they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Times {
    pub(super) created_at: Timestamp,
    /// Rings of an earlier version had no next keys: a key was active as soon as it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) active_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retired_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) remove_at: Option<Timestamp>,
    /// It came from the file of `keys.private_path`; when it is taken out there, it retires.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) from_file: bool,
}

/// One key of the ring.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) jwk: Arc<Jwk>,
    pub(super) times: Times,
}

/// Keys of one slot take each other's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) purpose: Purpose,
    pub(super) alg: Option<String>,
    pub(super) key_type: KeyType,
}

impl Key {
    pub(super) fn new(jwk: Jwk, created_at: Timestamp, active_at: Timestamp) -> Self {
        let times = Times { created_at, active_at: Some(active_at), ..Times::default() };
        Self { jwk: Arc::new(jwk), times }
    }

    pub(super) fn active_at(&self) -> Timestamp {
        self.times.active_at.unwrap_or(self.times.created_at)
    }

    pub(super) fn state(&self, now: Timestamp) -> State {
        match self.times.retired_at {
            Some(_) => State::Retired,
            None if self.active_at() > now => State::Next,
            None => State::Active,
        }
    }

    pub(super) fn retire(&mut self, now: Timestamp, keep: u64) {
        self.times.retired_at = Some(now);
        self.times.remove_at = Some(now.plus(keep));
    }

    /// It works from now on, whatever was before.
    pub(super) fn revive(&mut self, now: Timestamp) {
        self.times = Times { active_at: Some(now), retired_at: None, remove_at: None, ..self.times };
    }

    pub(super) fn purpose(&self) -> Purpose {
        purpose(&self.jwk)
    }

    pub(super) fn kid(&self) -> &str {
        self.jwk.kid.as_deref().unwrap_or_default()
    }

    pub(super) fn slot(&self) -> Slot {
        Slot { purpose: self.purpose(), alg: self.jwk.alg.clone(), key_type: self.jwk.key_type() }
    }

    pub(super) fn signs(&self, alg: SigningAlg) -> bool {
        // To the letter, for EdDSA and Ed25519 too: others compare the published `alg` with that of the token
        // (RFC 7517 §4.4).
        self.purpose() == Purpose::Sig
            && self.jwk.key_type() == alg.key_type()
            && self.jwk.alg.as_ref().is_none_or(|meant| meant == alg.as_str())
    }

    pub(super) fn decrypts(&self, alg: KeyManagementAlg) -> bool {
        self.purpose() == Purpose::Enc
            && alg.fits(self.jwk.key_type())
            && self.jwk.alg.as_ref().is_none_or(|meant| meant == alg.as_str())
    }

    /// The configured algorithms that this key is good for.
    pub(super) fn serves<'a>(&self, options: &'a KeyOptions) -> Vec<&'a str> {
        let signs = |name: &str| name.parse().is_ok_and(|alg| self.signs(alg));
        let decrypts = |name: &str| name.parse().is_ok_and(|alg| self.decrypts(alg));
        match self.purpose() {
            Purpose::Sig => options.signing.iter().map(String::as_str).filter(|name| signs(name)).collect(),
            Purpose::Enc => {
                options.encryption.iter().map(String::as_str).filter(|name| decrypts(name)).collect()
            }
        }
    }
}

/// What a JWK is for: as it says, else as its algorithm or its curve says, else signatures.
pub(super) fn purpose(jwk: &Jwk) -> Purpose {
    let by_alg = || jwk.alg.as_ref().is_some_and(|alg| alg.parse::<KeyManagementAlg>().is_ok());
    match jwk.public_key_use.as_deref() {
        Some("enc") => Purpose::Enc,
        None if jwk.key_type() == KeyType::X25519 || by_alg() => Purpose::Enc,
        _ => Purpose::Sig,
    }
}

/// What is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) slot: Slot,
    /// Bits of an RSA key; 0: the default.
    pub(super) size: usize,
    pub(super) kid: Option<String>,
    pub(super) active_at: Timestamp,
}

impl Order {
    pub(super) fn new(slot: Slot, active_at: Timestamp) -> Self {
        Self { slot, size: 0, kid: None, active_at }
    }

    /// A key like this one.
    pub(super) fn like(key: &Key, active_at: Timestamp) -> Self {
        Self { size: rsa_bits(&key.jwk), ..Self::new(key.slot(), active_at) }
    }
}

/// Bits of an RSA modulus, as its text shows; 0 for other keys.
fn rsa_bits(jwk: &Jwk) -> usize {
    let public = jwk.public().and_then(|public| serde_json::to_value(public).ok());
    let n = public.as_ref().and_then(|jwk| jwk.get("n")).and_then(serde_json::Value::as_str);
    n.map_or(0, |n| n.len().saturating_mul(6) / 8 * 8)
}

/// An algorithm of the configuration, which has been judged before; an embedder's has not.
pub(super) fn signing_alg(name: &str) -> Result<SigningAlg, KeyError> {
    let alg: SigningAlg = name.parse()?;
    match alg.key_type() {
        KeyType::Oct => Err(KeyError::Key(format!("{name} is for shared secrets: there are no keys for it"))),
        _ => Ok(alg),
    }
}
