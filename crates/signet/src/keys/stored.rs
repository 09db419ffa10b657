//! RFC 7517 §4, RFC 7516: the ring as stored, each private key in clear or encrypted at rest.

use serde::{Deserialize, Serialize};
use signet_core::change::Change;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_jose::Jwk;
use signet_store::{CommitError, Store};

use super::KeyError;
use super::gone::Gone;
use super::key::{Key, Times};
use crate::at_rest::Keks;

/// The name of the stored document.
const DOCUMENT: &str = "keys";

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    keys: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Gone::is_empty")]
    gone: Gone,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    kept: Kept,
    #[serde(flatten)]
    times: Times,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    /// In clear, as rings of an earlier version always are.
    Jwk(Box<Jwk>),
    /// A JWK within a JWE.
    Jwe(String),
}

/// The stored ring.
pub(super) struct Read {
    /// 0: there is none yet.
    pub(super) version: u64,
    pub(super) keys: Vec<Key>,
    pub(super) gone: Gone,
    /// Whether every key is protected as the configuration now wants it.
    pub(super) tidy: bool,
}

/// The ring as it is now.
pub(super) async fn read(store: &dyn Store, keks: &Keks) -> Result<Read, KeyError> {
    parse(document(store).await?, keks)
}

/// The ring, when its version is another than this.
pub(super) async fn newer(store: &dyn Store, keks: &Keks, than: u64) -> Result<Option<Read>, KeyError> {
    let document = document(store).await?;
    if document.as_ref().map_or(0, |document| document.version) == than {
        return Ok(None);
    }
    parse(document, keks).map(Some)
}

/// Where the ring cannot be read: the write that leaves nothing of it but which keys were gone before.
pub(super) async fn lost(store: &dyn Store, keks: &Keks) -> Result<Option<Change>, KeyError> {
    let found = document(store).await?;
    let unreadable = parse(found.clone(), keks).is_err();
    let Some(document) = found.filter(|_| unreadable) else { return Ok(None) };
    let gone =
        serde_json::from_slice::<Stored>(&document.value).map(|stored| stored.gone).unwrap_or_default();
    let value = serde_json::to_vec(&Stored { keys: Vec::new(), gone })?;
    let version = document.version.saturating_add(1);
    Ok(Some(Change::PutDocument(Document { name: document.name, version, value })))
}

async fn document(store: &dyn Store) -> Result<Option<Document>, KeyError> {
    Ok(store.ask(DocumentNamed(DOCUMENT.into())).await?)
}

fn parse(document: Option<Document>, keks: &Keks) -> Result<Read, KeyError> {
    let Some(document) = document else {
        return Ok(Read { version: 0, keys: Vec::new(), gone: Gone::default(), tidy: true });
    };
    let damaged =
        |error: serde_json::Error| KeyError::Key(format!("the stored key ring is damaged: {error}"));
    let stored: Stored = serde_json::from_slice(&document.value).map_err(damaged)?;
    let (mut keys, mut tidy) = (Vec::new(), true);
    for Entry { kept, times } in stored.keys {
        let (jwk, wanted) = match kept {
            Kept::Jwk(jwk) => (*jwk, keks.current.is_none()),
            Kept::Jwe(sealed) => {
                let (opened, current) = keks.open(&sealed)?;
                (Jwk::from_json(opened.expose())?, current)
            }
        };
        tidy &= wanted;
        keys.push(Key { jwk: jwk.into(), times });
    }
    Ok(Read { version: document.version, keys, gone: stored.gone, tidy })
}

/// The write of a ring of which this version was changed.
pub(super) fn written(keks: &Keks, version: u64, keys: &[Key], gone: Gone) -> Result<Change, KeyError> {
    let entry = |key: &Key| {
        let text = super::text(&*key.jwk)?;
        let kept = match keks.seal(text.expose().as_bytes())? {
            Some(sealed) => Kept::Jwe(sealed),
            None => Kept::Jwk(Jwk::from_json(text.expose().as_bytes())?.into()),
        };
        Ok(Entry { kept, times: key.times })
    };
    let stored = Stored { keys: keys.iter().map(entry).collect::<Result<_, KeyError>>()?, gone };
    let value = super::text(&stored)?.expose().as_bytes().to_vec();
    Ok(Change::PutDocument(Document { name: DOCUMENT.into(), version: version + 1, value }))
}

/// Whether the writes took place; `false` when another node was faster.
pub(super) async fn commit(store: &dyn Store, changes: Vec<Change>) -> Result<bool, KeyError> {
    match store.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(CommitError::Store(error)) => Err(error.into()),
    }
}
