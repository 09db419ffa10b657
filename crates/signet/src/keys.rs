//! OpenID Connect Core §10.1: the key ring that all nodes share, kept in the store; it signs, and opens what it signed.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use signet_core::change::Change;
use signet_core::env::{Decrypted, Encryption, Jose, JoseError, OwnJws};
use signet_core::lookup::Lookup;
use signet_core::record::Document;
use signet_core::time::Timestamp;
use signet_jose::{HmacKey, Jwk, JwkSet, KeySet, SigningAlg, SigningKey, jws};
use signet_store::{CommitError, Store, StoreError};

/// The name of the stored document.
const DOCUMENT: &str = "keys";
/// Nothing we sign is longer.
const MAX_TOKEN: usize = 64 * 1024;

/// Every algorithm that `signet-jose` verifies.
static VERIFYING: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| SigningAlg::ALL.iter().map(|alg| alg.as_str()).collect());

/// One key as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    jwk: Value,
    created_at: Timestamp,
    /// Set when another key took its place: it is published for those who hold tokens that it signed, and signs no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    keys: Vec<Entry>,
}

/// What `signet key list` shows of a key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyInfo {
    /// Its id in JWT headers.
    pub kid: String,
    /// Its algorithm.
    pub alg: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was replaced.
    pub retired_at: Option<Timestamp>,
}

/// Why the key ring cannot be had.
#[derive(Debug)]
pub enum KeyError {
    /// The store failed.
    Store(StoreError),
    /// A key could not be made or read.
    Key(String),
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyError::Store(error) => write!(f, "the signing keys cannot be read: {error}"),
            KeyError::Key(why) => write!(f, "the signing keys cannot be used: {why}"),
        }
    }
}

impl std::error::Error for KeyError {}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        KeyError::Store(error)
    }
}

impl From<signet_jose::Error> for KeyError {
    fn from(error: signet_jose::Error) -> Self {
        KeyError::Key(error.to_string())
    }
}

/// The key ring in force.
pub struct KeyRing {
    version: u64,
    algs: Vec<String>,
    active: BTreeMap<String, Arc<SigningKey>>,
    verifying: KeySet,
    allowed: Vec<SigningAlg>,
    jwks: Value,
    infos: Vec<KeyInfo>,
}

impl KeyRing {
    /// The stored ring, with keys made for the algorithms that have none. Nodes that start at once agree through the document's version.
    pub async fn open(store: &dyn Store, algs: &[String], now: Timestamp) -> Result<Self, KeyError> {
        loop {
            let (version, mut stored) = read(store).await?;
            let missing: Vec<&String> = algs.iter().filter(|alg| active(&stored, alg).is_none()).collect();
            if missing.is_empty() {
                return Self::build(version, &stored, algs);
            }
            for alg in missing {
                stored.keys.push(generate(alg, now)?);
            }
            if write(store, version, &stored).await? {
                return Self::build(version + 1, &stored, algs);
            }
        }
    }

    /// Makes a new key for each algorithm and retires the old ones, which stay published for `keep` seconds.
    pub async fn rotate(
        store: &dyn Store,
        algs: &[String],
        now: Timestamp,
        keep: u64,
    ) -> Result<Self, KeyError> {
        loop {
            let (version, mut stored) = read(store).await?;
            stored.keys.retain(|key| key.retired_at.is_none_or(|at| !at.plus(keep).expired_at(now)));
            for key in &mut stored.keys {
                key.retired_at.get_or_insert(now);
            }
            for alg in algs {
                stored.keys.push(generate(alg, now)?);
            }
            if write(store, version, &stored).await? {
                return Self::build(version + 1, &stored, algs);
            }
        }
    }

    /// The stored ring when another node has changed it.
    pub async fn newer(&self, store: &dyn Store) -> Result<Option<Self>, KeyError> {
        let (version, stored) = read(store).await?;
        if version == self.version {
            return Ok(None);
        }
        Self::build(version, &stored, &self.algs).map(Some)
    }

    /// The published key set.
    pub fn jwks(&self) -> &Value {
        &self.jwks
    }

    /// For people: every key, public facts only.
    pub fn infos(&self) -> &[KeyInfo] {
        &self.infos
    }

    fn build(version: u64, stored: &Stored, algs: &[String]) -> Result<Self, KeyError> {
        let mut active = BTreeMap::new();
        let mut public = Vec::new();
        let mut infos = Vec::new();
        let mut allowed = Vec::new();
        for entry in &stored.keys {
            let key = SigningKey::from_jwk(&parse(&entry.jwk)?)?;
            let alg = key.alg().as_str().to_owned();
            public.push(key.public_jwk()?);
            infos.push(KeyInfo {
                kid: key.kid().to_owned(),
                alg: alg.clone(),
                created_at: entry.created_at,
                retired_at: entry.retired_at,
            });
            if !allowed.contains(&key.alg()) {
                allowed.push(key.alg());
            }
            if entry.retired_at.is_none() {
                active.insert(alg, Arc::new(key));
            }
        }
        let public = JwkSet::new(public);
        let jwks = serde_json::to_value(&public).map_err(|error| KeyError::Key(error.to_string()))?;
        Ok(Self {
            version,
            algs: algs.to_vec(),
            active,
            verifying: public.verifying_keys(),
            allowed,
            jwks,
            infos,
        })
    }
}

impl Jose for KeyRing {
    fn sign(&self, alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError> {
        let key = self.active.get(alg).ok_or_else(|| JoseError(format!("there is no key for {alg}")))?;
        jws::sign(key, Some(typ), payload).map_err(|error| JoseError(error.to_string()))
    }

    fn open_own(&self, token: &str) -> Result<OwnJws, JoseError> {
        let told = |error: signet_jose::Error| JoseError(error.to_string());
        let decoded = jws::decode(token, MAX_TOKEN).map_err(told)?;
        let verified = decoded.verify_with(&self.verifying, &self.allowed).map_err(told)?;
        Ok(OwnJws { typ: verified.header().typ().map(str::to_owned), payload: verified.payload().to_vec() })
    }

    fn signing_algs(&self) -> &[String] {
        &self.algs
    }

    fn verify_mac(&self, token: &str, secret: &[u8], alg: &str) -> Result<(), JoseError> {
        let told = |error: signet_jose::Error| JoseError(error.to_string());
        let key = HmacKey::new(alg.parse().map_err(told)?, secret).map_err(told)?;
        jws::decode(token, MAX_TOKEN).map_err(told)?.verify_hmac(&key).map_err(told)?;
        Ok(())
    }

    fn verifying_algs(&self) -> &[&'static str] {
        &VERIFYING
    }

    fn sign_mac(&self, secret: &[u8], alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError> {
        let told = |error: signet_jose::Error| JoseError(error.to_string());
        let key = HmacKey::new(alg.parse().map_err(told)?, secret).map_err(told)?;
        Ok(jws::sign_hmac(&key, Some(typ), payload))
    }

    fn encrypt_to_secret(&self, _: &[u8], how: Encryption<'_>, _: &[u8]) -> Result<String, JoseError> {
        Err(JoseError(format!("there is no key for {}", how.alg)))
    }

    fn decrypt(&self, _: &str, _: Option<&[u8]>) -> Result<Decrypted, JoseError> {
        Err(JoseError("there is no encryption key".into()))
    }

    fn encrypting_algs(&self) -> &[&'static str] {
        &[]
    }

    fn decrypting_algs(&self) -> &[String] {
        &[]
    }

    fn content_encryptions(&self) -> &[&'static str] {
        &[]
    }
}

fn active<'a>(stored: &'a Stored, alg: &str) -> Option<&'a Entry> {
    stored
        .keys
        .iter()
        .find(|key| key.retired_at.is_none() && key.jwk.get("alg").and_then(Value::as_str) == Some(alg))
}

fn generate(alg: &str, now: Timestamp) -> Result<Entry, KeyError> {
    let alg: SigningAlg =
        alg.parse().map_err(|error: signet_jose::Error| KeyError::Key(error.to_string()))?;
    let jwk = SigningKey::generate(alg)?.to_jwk()?;
    let jwk = serde_json::to_value(&jwk).map_err(|error| KeyError::Key(error.to_string()))?;
    Ok(Entry { jwk, created_at: now, retired_at: None })
}

fn parse(jwk: &Value) -> Result<Jwk, KeyError> {
    Ok(Jwk::from_json(jwk.to_string().as_bytes())?)
}

async fn read(store: &dyn Store) -> Result<(u64, Stored), KeyError> {
    let facts = store.find(&[Lookup::Document(DOCUMENT.into())]).await?;
    let Some(document) = facts.documents.into_iter().next() else { return Ok((0, Stored::default())) };
    let stored = serde_json::from_slice(&document.value)
        .map_err(|error| KeyError::Key(format!("the stored key ring is damaged: {error}")))?;
    Ok((document.version, stored))
}

/// Whether the write took place; `false` when another node was faster.
async fn write(store: &dyn Store, version: u64, stored: &Stored) -> Result<bool, KeyError> {
    let value = json!(stored).to_string().into_bytes();
    let document = Document { name: DOCUMENT.into(), version: version + 1, value };
    match store.commit(vec![Change::PutDocument(document)]).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(CommitError::Store(error)) => Err(error.into()),
    }
}
