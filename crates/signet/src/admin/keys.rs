//! The key ring.

use std::collections::BTreeSet;

use signet_core::change::Change;
use signet_core::event::kind;
use signet_core::id::UserId;
use signet_core::logout::{self, Ending};
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::{Listed, Store};

use super::{Act, AdminError, TOGETHER, every};
use crate::keys::{KeyInfo, KeyOptions, KeyRing, Looked, Promotion, Taking};
use crate::secrets::{self, HANDLE_KEY, SUBJECT_SALT};

/// Every key as it is, active ones first; and in words what a server is to do about them. Nothing is written.
pub async fn list(
    store: &dyn Store,
    options: &KeyOptions,
    now: Timestamp,
) -> Result<(Vec<KeyInfo>, Vec<String>), AdminError> {
    let Looked { ring, due } = KeyRing::look(store, options, now).await?;
    Ok((ring.infos().to_vec(), due))
}

/// Makes a new key for each algorithm in use. They are published at once, and sign when every client had the
/// time to see them, or now.
pub async fn rotate(
    store: &dyn Store,
    act: &Act<'_>,
    options: &KeyOptions,
    promotion: Promotion,
) -> Result<Vec<KeyInfo>, AdminError> {
    KeyRing::open(store, options, act.now).await?;
    Ok(KeyRing::rotate(store, &act.with_keys(options), act.now, promotion).await?.infos().to_vec())
}

/// The published key set, or the whole ring with its private parts, as a JWK Set; and in words what a server
/// is to do about it. Nothing is written.
pub async fn export(
    store: &dyn Store,
    options: &KeyOptions,
    now: Timestamp,
    private: bool,
) -> Result<(Secret<String>, Vec<String>), AdminError> {
    let Looked { ring, due } = KeyRing::look(store, options, now).await?;
    let set = if private { ring.private_jwks()? } else { Secret::new(ring.jwks().to_string()) };
    Ok((set, due))
}

/// Takes over keys that were made elsewhere.
pub async fn import(
    store: &dyn Store,
    act: &Act<'_>,
    options: &KeyOptions,
    text: &str,
    kid: Option<&str>,
    taking: Taking,
) -> Result<Vec<KeyInfo>, AdminError> {
    KeyRing::open(store, options, act.now).await?;
    Ok(KeyRing::import(store, &act.with_keys(options), act.now, text, kid, taking).await?.infos().to_vec())
}

/// What was made anew because it could not be read any more.
#[derive(Debug)]
pub struct Reset {
    /// Whether the keys that sign and decrypt were.
    pub ring: bool,
    /// Whether what subjects are made with was: the `sub` of everybody is another one, unless subjects come
    /// from names.
    pub subjects: bool,
    /// Whether what refresh tokens and known browsers are made with was.
    pub handles: bool,
    /// How many people were looked at, to end their sign-ins and what they granted.
    pub people: usize,
    /// All keys that there are now.
    pub keys: Vec<KeyInfo>,
}

/// Makes anew what cannot be read because the key-encryption key is lost, and ends every sign-in and grant
/// of people: what was given before can neither be verified nor renewed. `configured` are the people of the
/// configuration. Refused where everything can be read.
pub async fn reset(
    store: &dyn Store,
    act: &Act<'_>,
    options: &KeyOptions,
    configured: impl IntoIterator<Item = UserId>,
) -> Result<Reset, AdminError> {
    let Act { rng, now, .. } = *act;
    let keks = &options.at_rest;
    let ring = KeyRing::lost(store, keks).await?;
    let subjects = secrets::lost(store, rng, SUBJECT_SALT, keks).await?;
    let handles = secrets::lost(store, rng, HANDLE_KEY, keks).await?;
    let lost = (ring.is_some(), subjects.is_some(), handles.is_some());
    let named = [(ring.is_some(), "keys"), (subjects.is_some(), "subjects"), (handles.is_some(), "handles")];
    let mut changes: Vec<Change> = [ring, subjects, handles].into_iter().flatten().collect();
    if changes.is_empty() {
        let what = "nothing is lost: all keys and secrets in the store can be read with the configured key-encryption keys";
        return Err(AdminError::invalid("keys.kek", what, "make new keys with `signet key rotate`"));
    }
    // People first: until the secrets are new, this can be begun again.
    let mut people: BTreeSet<UserId> = configured.into_iter().collect();
    every(store, Listed::Users, |page| people.extend(page.users.iter().map(|user| user.id.clone()))).await?;
    every(store, Listed::Sessions(None), |page| {
        people.extend(page.sessions.into_iter().map(|session| session.user));
    })
    .await?;
    let end = |user| logout::end(Ending::Everywhere { user, keep_offline: false });
    let ends: Vec<Change> = people.iter().flat_map(end).collect();
    for some in ends.chunks(TOGETHER) {
        store.commit(some.to_vec()).await?;
    }
    let replaced: Vec<&str> =
        named.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, name)| name).collect();
    changes.push(act.said(&kind::KEY_RESET, [("replaced", replaced.join(" "))]));
    store.commit(changes).await?;
    let keys = KeyRing::open(store, options, now).await?.infos().to_vec();
    let (ring, subjects, handles) = lost;
    Ok(Reset { ring, subjects, handles, people: people.len(), keys })
}
