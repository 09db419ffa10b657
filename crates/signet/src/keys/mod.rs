//! OpenID Connect Core §10.1: the key ring that all nodes share, kept in the store; it signs, verifies what
//! it signed, and decrypts.
//!
//! A key is first *next*, then *active*, then *retired*, then gone. Every change of the ring is one write
//! that names the version it was made from: of nodes that change it at once one wins, and the others begin
//! anew from what it wrote.

mod changed;
mod error;
mod files;
mod gone;
mod import;
mod jose;
mod judged;
mod key;
mod life;
mod look;
mod make;
mod pem;
mod planned;
mod ring;
mod stored;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use signet_core::change::Change;
use signet_core::record::client;
use signet_core::secret::Secret;
use signet_core::settings::Lifetimes;
use signet_core::time::Timestamp;
use signet_jose::Jwk;
use signet_jose::alg::KeyType;
use signet_store::Store;

pub(crate) use self::changed::log_change;
pub use self::error::KeyError;
pub use self::files::{KeyFiles, replace as replace_file};
use self::gone::Gone;
pub use self::import::{Taking, read_jwks};
pub use self::judged::judge;
use self::key::{Key, Order, signing_alg};
pub use self::key::{Purpose, State};
pub use self::life::LEAD;
pub use self::look::Looked;
use self::make::encryption_alg;
pub use self::pem::read_pem_file;
pub(crate) use self::planned::Planned;
use self::planned::{plan, revise};
pub use self::ring::{KeyInfo, KeyRing};
use self::stored::Read;
use crate::at_rest::Keks;

/// What a key ring is to be.
#[derive(Clone, Debug)]
pub struct KeyOptions {
    /// Signature algorithms to have a key for, the default first.
    pub signing: Vec<String>,
    /// Key management algorithms by which others may encrypt to us.
    pub encryption: Vec<String>,
    /// Seconds after which another key takes an active one's place; 0: never by itself.
    pub rotate_every: u64,
    /// The longest that anything signed may be shown to us or to others.
    pub longest: u64,
    /// How private keys are kept in the store.
    pub at_rest: Keks,
    /// Key files.
    pub files: KeyFiles,
    /// What oidc-op's `key_defs` name.
    pub defs: Vec<KeyDef>,
    /// Who changes keys by these options; the server itself where nobody is named.
    pub by: Option<Operator>,
}

/// An operator who changes keys, as events say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// `command line`, or a name.
    pub name: String,
    /// When, in milliseconds.
    pub now_ms: u64,
}

/// One key of `key_defs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDef {
    /// What it is for.
    pub purpose: Purpose,
    /// Its type and curve.
    pub key_type: KeyType,
    /// Bits of an RSA key; 0: the default.
    pub size: usize,
    /// Its id; made up when left out.
    pub kid: Option<String>,
    /// The PEM file that it is taken from, instead of being made.
    pub pem: Option<PathBuf>,
}

/// When new keys are to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// When every client has had the time to see them.
    Due,
    /// At once.
    Now {
        /// How long the old keys stay, those that retired before as well, in seconds; none: as long as
        /// anything that they signed is good. With 0 a next key goes too: anyone who has seen the old ones
        /// has seen it.
        keep: Option<u64>,
    },
}

impl KeyOptions {
    /// Signature algorithms unless others are wanted: what OpenID Connect Discovery §3 asks for, and a
    /// smaller one.
    pub const SIGNING: [&str; 2] = ["RS256", "ES256"];
    /// What an RSA key and an elliptic one can open.
    pub const ENCRYPTION: [&str; 6] =
        ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"];
    /// A key serves for ninety days.
    pub const ROTATE_EVERY: u64 = 90 * 86_400;
    /// The least: a key must be published, sign for a while, and hand over.
    pub const LEAST_ROTATION: u64 = 4 * LEAD;

    /// Whether there are keys for all of these algorithms, or could be.
    pub(crate) fn judge(&self) -> Result<(), KeyError> {
        self.signing.iter().try_for_each(|name| signing_alg(name).map(drop))?;
        self.encryption.iter().try_for_each(|name| encryption_alg(name).map(drop))
    }

    /// Seconds after which active keys are replaced; 0: never.
    pub(super) fn period(&self) -> u64 {
        if self.files.rule() { 0 } else { self.rotate_every }
    }

    /// Nothing else says which keys work where a file alone does.
    fn not_ruled_by_a_file(&self) -> Result<(), KeyError> {
        const RULED: &str = "the file of keys.private_path alone says which keys there are, because keys.read_only is set: put the new key \
                             before the old one in that file, and start Signet again or send it SIGHUP";
        if self.files.rule() { Err(KeyError::Key(RULED.into())) } else { Ok(()) }
    }

    /// How long a retired key stays: whatever it signed has ended by then, and every cache of the key set as
    /// well.
    pub fn keep(&self) -> u64 {
        self.longest.saturating_add(LEAD)
    }
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self {
            signing: Self::SIGNING.map(String::from).into(),
            encryption: Self::ENCRYPTION.map(String::from).into(),
            rotate_every: Self::ROTATE_EVERY,
            longest: longest(&Lifetimes::default(), []),
            at_rest: Keks::default(),
            files: KeyFiles::default(),
            defs: Vec::new(),
            by: None,
        }
    }
}

/// The longest life of anything that is signed. An ID token is shown again, as a hint, as long as its session
/// lives.
pub fn longest<'a>(general: &Lifetimes, own: impl IntoIterator<Item = &'a client::Lifetimes>) -> u64 {
    let most = general.access_token.max(general.id_token).max(general.session);
    own.into_iter().flat_map(|own| [own.access_token, own.id_token]).flatten().fold(most, u64::max)
}

impl KeyRing {
    /// The stored ring, with everything done that is due, the key file taken over, and keys made for the
    /// algorithms that have none.
    pub async fn open(store: &dyn Store, options: &KeyOptions, now: Timestamp) -> Result<Self, KeyError> {
        revise(store, &Arc::new(options.clone()), now, None, None, &opened).await
    }

    /// The same ring, before anything of it is written.
    pub(crate) async fn plan(
        store: &dyn Store,
        options: &KeyOptions,
        now: Timestamp,
    ) -> Result<Planned, KeyError> {
        plan(store, &Arc::new(options.clone()), now, None, None, &opened).await
    }

    /// Does what is due, and takes over what another node or the command line did; `None` where all stays as
    /// it is.
    pub async fn tend(&self, store: &dyn Store, now: Timestamp) -> Result<Option<Self>, KeyError> {
        let keks = &self.options.at_rest;
        let first = if now.max(self.reached) < self.due {
            match stored::newer(store, keks, self.version).await? {
                Some(read) => read,
                None => return Ok(None),
            }
        } else {
            stored::read(store, keks).await?
        };
        let step = |keys: &mut Vec<Key>, _: &Gone, options: &KeyOptions, now: Timestamp| {
            Ok(life::tend(keys, options, now))
        };
        // What is protected otherwise than is wanted here is for the next start: while a key-encryption key
        // changes, nodes differ in that.
        let first = Read { tidy: true, ..first };
        let ring = revise(store, &self.options, now, None, Some(first), &step).await?;
        Ok(Some(ring).filter(|ring| ring.version != self.version || ring.due != self.due))
    }

    /// Makes new keys for all algorithms in use. They are published at once, and sign when their time has
    /// come, or now.
    pub async fn rotate(
        store: &dyn Store,
        options: &KeyOptions,
        now: Timestamp,
        promotion: Promotion,
    ) -> Result<Self, KeyError> {
        options.not_ruled_by_a_file()?;
        let keep = match promotion {
            Promotion::Now { keep } => keep,
            Promotion::Due => None,
        };
        let options = Arc::new(options.clone());
        revise(store, &options, now, keep, None, &|keys, _, options, now| {
            life::tend(keys, options, now);
            if promotion != Promotion::Due {
                life::retire_unused(keys, options, keep.unwrap_or(options.keep()), now);
            }
            if let Some(keep) = keep {
                life::hasten(keys, keep, now);
            }
            Ok(life::rotate(keys, options, now, promotion))
        })
        .await
    }

    /// Where the stored ring cannot be read, the write that empties it.
    pub(crate) async fn lost(store: &dyn Store, keks: &Keks) -> Result<Option<Change>, KeyError> {
        stored::lost(store, keks).await
    }

    /// Takes over keys that were made elsewhere: private keys in PEM, a JWK Set, or one JWK; `kid` names a
    /// key that comes alone.
    pub async fn import(
        store: &dyn Store,
        options: &KeyOptions,
        now: Timestamp,
        text: &str,
        kid: Option<&str>,
        taking: Taking,
    ) -> Result<Self, KeyError> {
        if taking == Taking::Active {
            options.not_ruled_by_a_file()?;
        }
        let options = Arc::new(options.clone());
        revise(store, &options, now, None, None, &|keys, _, options, now| {
            let orders = life::tend(keys, options, now);
            import::take(keys, import::read_keys(text, kid)?, options, now, taking)?;
            Ok(orders)
        })
        .await
    }
}

/// What is done to a ring by those who are to use it.
fn opened(
    keys: &mut Vec<Key>,
    gone: &Gone,
    options: &KeyOptions,
    now: Timestamp,
) -> Result<Vec<Order>, KeyError> {
    let pem = options
        .defs
        .iter()
        .filter_map(|def| Some(read_pem_file(def.pem.as_deref()?, def.purpose, def.kid.as_deref())));
    let mut found = pem.collect::<Result<Vec<_>, _>>()?;
    let file = options.files.read()?;
    let by_file = file.is_some();
    found.extend(file.into_iter().flatten());
    if !options.files.rule() {
        found.retain(|jwk| is_news(jwk, gone));
    }
    if by_file {
        import::merge(keys, found, options, now)?;
    } else {
        import::take(keys, found, options, now, Taking::FromFile)?;
    }
    life::supersede(keys, options, options.keep(), now);
    if options.files.rule() {
        life::retire_unused(keys, options, options.keep(), now);
    }
    // After the files were read: of what is due to go, they are not to bring anything back.
    let mut orders = life::tend(keys, options, now);
    orders.extend(life::missing(keys, options, now)?);
    Ok(orders)
}

/// Whether a key of a file is to be looked at; of one that the ring has parted with, the log says that it is
/// not.
fn is_news(jwk: &Jwk, gone: &Gone) -> bool {
    let news = !gone.has(jwk);
    if !news {
        let kid = jwk.kid.as_deref();
        tracing::info!(kid, "a key file contains a key that was removed; `signet key import` restores it");
    }
    news
}

/// JSON that may hold private parts.
fn text(value: &impl Serialize) -> Result<Secret<String>, KeyError> {
    Ok(Secret::new(serde_json::to_string(value)?))
}
