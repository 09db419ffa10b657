//! RFC 7517 §5: the current ring: the keys that sign, verify, decrypt and are published.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_jose::{
    DecryptionKey, DecryptionKeys, Jwk, JwkSet, KeyManagementAlg, KeySet, SigningAlg, SigningKey,
};

use super::key::{Key, Purpose, State, signing_alg};
use super::{KeyError, KeyFiles, KeyOptions, life};

/// The key ring in force.
pub struct KeyRing {
    pub(super) version: u64,
    pub(super) options: Arc<KeyOptions>,
    /// When something is to be done about it next.
    pub(super) due: Timestamp,
    /// How far its own time has come.
    pub(super) reached: Timestamp,
    /// Names of the algorithms below, in the order of the configuration.
    pub(super) algs: Vec<String>,
    signers: Vec<SigningKey>,
    pub(super) verifying: KeySet,
    pub(super) allowed: Vec<SigningAlg>,
    /// Those of our own keys, and those of shared secrets.
    pub(super) decrypting: Vec<String>,
    pub(super) decryption: DecryptionKeys,
    jwks: Value,
    keys: Vec<Key>,
    infos: Vec<KeyInfo>,
}

/// What `signet key list` shows of a key.
#[derive(Clone, Debug, Serialize)]
pub struct KeyInfo {
    /// Its id in JWT headers.
    pub kid: String,
    /// Its algorithm; of a key that leaves the choice open, those that it serves here.
    pub alg: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub purpose: Purpose,
    /// Where it is in its life.
    pub state: State,
    /// When it was made, or taken over.
    pub created_at: Timestamp,
    /// When its time began, or begins.
    pub active_from: Timestamp,
    /// When another took its place.
    pub retired_at: Option<Timestamp>,
    /// When it is taken out of the ring.
    pub removed_at: Option<Timestamp>,
}

impl KeyRing {
    pub(super) fn build(
        version: u64,
        mut keys: Vec<Key>,
        options: Arc<KeyOptions>,
        clock: Timestamp,
    ) -> Result<Self, KeyError> {
        let now = life::reached(&keys, clock);
        let due = life::due(&keys, &options, now);
        // Active keys in use come first, and of them those that sign: there are readers that take the first
        // one that fits.
        keys.sort_by_key(|key| (key.state(now), key.serves(&options).is_empty(), key.purpose()));
        let (mut algs, mut signers) = (Vec::new(), Vec::new());
        for name in &options.signing {
            let alg = signing_alg(name)?;
            let newest = newest(&keys, now, |key| key.signs(alg));
            if let Some(key) = newest {
                signers.push(SigningKey::from_jwk_as(&key.jwk, alg).map_err(|error| unfit(key, &error))?);
                algs.push(name.clone());
            }
        }
        let mut decrypting = Vec::new();
        for alg in KeyManagementAlg::ALL {
            let wanted = alg.is_symmetric() || options.encryption.iter().any(|name| name == alg.as_str());
            if wanted && (alg.is_symmetric() || newest(&keys, now, |key| key.decrypts(alg)).is_some()) {
                decrypting.push(alg.as_str().to_owned());
            }
        }
        // Where a token names no key, few are tried: those to which nobody encrypts yet come last.
        let (next, usual): (Vec<&Key>, _) = keys.iter().partition(|key| key.state(now) == State::Next);
        let decryption = usual
            .into_iter()
            .chain(next)
            .filter(|key| key.purpose() == Purpose::Enc && key.jwk.is_private())
            .map(|key| DecryptionKey::from_jwk(&key.jwk).map_err(|error| unfit(key, &error)))
            .collect::<Result<_, _>>()?;
        let published = |key: &&Key| match key.purpose() {
            Purpose::Sig => true,
            // To a retired key nobody is to encrypt any more, to a next one not yet.
            Purpose::Enc => key.state(now) == State::Active && !key.serves(&options).is_empty(),
        };
        let public = JwkSet::new(keys.iter().filter(published).filter_map(|key| key.jwk.public()).collect());
        let verifying = public.verifying_keys();
        let mut allowed: Vec<SigningAlg> = Vec::new();
        for key in verifying.keys() {
            if !allowed.contains(&key.alg()) {
                allowed.push(key.alg());
            }
        }
        let jwks = serde_json::to_value(&public)?;
        let infos = keys.iter().map(|key| info(key, &options, now)).collect();
        Ok(Self {
            version,
            options,
            due,
            reached: now,
            algs,
            signers,
            verifying,
            allowed,
            decrypting,
            decryption,
            jwks,
            keys,
            infos,
        })
    }

    /// The published key set.
    pub fn jwks(&self) -> &Value {
        &self.jwks
    }

    /// For people: every key, public facts only.
    pub fn infos(&self) -> &[KeyInfo] {
        &self.infos
    }

    /// The later time that the ring knows, where this clock is behind it by more than clocks differ.
    pub fn is_ahead_of(&self, clock: Timestamp) -> Option<Timestamp> {
        const TOLERANCE: u64 = 300;
        Some(self.reached).filter(|reached| reached.since(clock) > TOLERANCE)
    }

    /// Since when the first signing key is active, and when the next change is due, if ever.
    pub(crate) fn ages(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let first = self.signers.first().map(SigningKey::kid);
        let since = self.infos.iter().find(|info| Some(info.kid.as_str()) == first);
        (since.map(|info| info.active_from), Some(self.due).filter(|due| due.0 != u64::MAX))
    }

    /// The whole ring as a JWK Set, with its private parts.
    pub fn private_jwks(&self) -> Result<Secret<String>, KeyError> {
        #[derive(Serialize)]
        struct Set<'a> {
            keys: Vec<&'a Jwk>,
        }
        super::text(&Set { keys: self.keys.iter().map(|key| &*key.jwk).collect() })
    }

    /// Brings the files of `keys.private_path` and `keys.public_path` to what the ring holds.
    pub async fn write_files(&self) -> Result<(), KeyError> {
        self.files(KeyFiles::write).await
    }

    /// Whether these files could be written, without writing them.
    pub(crate) async fn rehearse_files(&self) -> Result<(), KeyError> {
        self.files(KeyFiles::rehearse).await
    }

    async fn files(&self, with: OnFiles) -> Result<(), KeyError> {
        let private =
            self.keys.iter().filter(|key| key.jwk.is_private()).map(|key| key.jwk.clone()).collect();
        let (options, private, public): (_, Vec<Arc<Jwk>>, _) =
            (self.options.clone(), private, self.jwks.clone());
        let written = tokio::task::spawn_blocking(move || with(&options.files, &private, &public)).await;
        written.map_err(|error| KeyError::Key(format!("the key files cannot be written: {error}")))?
    }

    pub(super) fn signing_key(&self, alg: &str) -> Option<&SigningKey> {
        let mut all = self.algs.iter().zip(&self.signers);
        all.find(|(known, _)| *known == alg).map(|(_, key)| key)
    }
}

/// What is done about files: the keys with their private parts, and the published set.
type OnFiles = fn(&KeyFiles, &[Arc<Jwk>], &Value) -> Result<(), KeyError>;

fn newest(keys: &[Key], now: Timestamp, fits: impl Fn(&Key) -> bool) -> Option<&Key> {
    let active = keys.iter().filter(|key| key.state(now) == State::Active && fits(key));
    active.max_by_key(|key| key.active_at())
}

fn unfit(key: &Key, error: &signet_jose::Error) -> KeyError {
    KeyError::Key(format!("the key {:?}: {error}", key.kid()))
}

pub(super) fn info(key: &Key, options: &KeyOptions, now: Timestamp) -> KeyInfo {
    let alg = match (&key.jwk.alg, key.serves(options)) {
        (Some(alg), _) => alg.clone(),
        (None, serves) if serves.is_empty() => key.jwk.kty().to_owned(),
        (None, serves) => serves.join(" "),
    };
    KeyInfo {
        kid: key.kid().to_owned(),
        alg,
        purpose: key.purpose(),
        state: key.state(now),
        created_at: key.times.created_at,
        active_from: key.active_at(),
        retired_at: key.times.retired_at,
        removed_at: key.times.remove_at,
    }
}
