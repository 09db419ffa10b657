//! A store belongs to one issuer. Under another one its sessions, grants and tokens would be good for both,
//! and applications would find that what they were given is of somebody else.

use signet_core::change::Change;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_core::uri;
use signet_store::{CommitError, Store, StoreError};
use url::Url;

use super::BuildError;

/// The document that names it.
pub const NAME: &str = "issuer";

/// To whom a store belongs; none: nobody yet.
pub struct Owner(Option<Document>);

/// What a store that is served under an issuer means for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// It is its own, or becomes so.
    Here,
    /// It was served under another issuer of this machine: under development ports change.
    WasLocal(String),
    /// It is that of another issuer.
    Elsewhere(String),
}

impl Owner {
    /// To whom a store belongs now.
    pub async fn of(store: &dyn Store) -> Result<Self, StoreError> {
        // A store that was just made has no tables yet.
        match store.ask(DocumentNamed(NAME.to_owned())).await {
            Ok(found) => Ok(Self(found)),
            Err(StoreError::Older { .. }) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }

    /// Brings a store up to date, unless it belongs to another issuer.
    pub(super) async fn ready(
        store: &dyn Store,
        issuer: &str,
        moved_from: Option<&str>,
    ) -> Result<Self, BuildError> {
        // A store without tables may have no answer yet; afterwards it has.
        if let Ok(owner) = Self::of(store).await {
            owner.permit(issuer, moved_from)?;
        }
        store.migrate().await?;
        let owner = Self::of(store).await?;
        owner.permit(issuer, moved_from)?;
        Ok(owner)
    }

    fn name(&self) -> Option<&str> {
        self.0.as_ref().and_then(|document| std::str::from_utf8(&document.value).ok())
    }

    /// Whether the store may be served under an issuer.
    pub fn judge(&self, issuer: &str, moved_from: Option<&str>) -> Belongs {
        match self.name() {
            None => Belongs::Here,
            Some(owner) if owner == issuer || Some(owner) == moved_from => Belongs::Here,
            Some(owner) if is_same_but_for_port(owner, issuer) => Belongs::WasLocal(owner.to_owned()),
            Some(owner) => Belongs::Elsewhere(owner.to_owned()),
        }
    }

    /// The same, for a provider that is built.
    pub(super) fn permit(&self, issuer: &str, moved_from: Option<&str>) -> Result<(), BuildError> {
        match self.judge(issuer, moved_from) {
            Belongs::Here | Belongs::WasLocal(_) => Ok(()),
            Belongs::Elsewhere(owner) => Err(BuildError::Owned(owner)),
        }
    }

    /// From now on it belongs to this issuer, unless another one was faster.
    pub(super) async fn claim(
        mut self,
        store: &dyn Store,
        issuer: &str,
        moved_from: Option<&str>,
    ) -> Result<(), BuildError> {
        loop {
            self.permit(issuer, moved_from)?;
            if let Belongs::WasLocal(owner) = self.judge(issuer, moved_from) {
                tracing::warn!("{}", was_local(&owner));
            }
            if self.name() == Some(issuer) {
                return Ok(());
            }
            let version = self.0.map_or(0, |document| document.version).saturating_add(1);
            let value = issuer.as_bytes().to_vec();
            let document = Document { name: NAME.to_owned(), version, value };
            match store.commit(vec![Change::PutDocument(document)]).await {
                Ok(()) => return Ok(()),
                // Another process has claimed it; whether for the same issuer is seen in the next round.
                Err(CommitError::Conflict(_)) => self = Self::of(store).await?,
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
    }
}

/// What is said of a store that another issuer of this machine used.
pub fn was_local(owner: &str) -> String {
    format!("the store was served as {owner} before; tokens from there are not valid here")
}

/// Two issuers of this machine with one path. Those with different paths can be served at once, and would
/// take each other's sessions for their own.
fn is_same_but_for_port(one: &str, other: &str) -> bool {
    let local = |issuer: &str| Url::parse(issuer).ok().filter(uri::is_loopback);
    local(one).zip(local(other)).is_some_and(|(one, other)| one.path() == other.path())
}

#[cfg(test)]
mod tests {
    use signet_store::MemoryStore;

    use super::*;

    #[tokio::test]
    async fn a_store_is_served_under_the_issuer_of_its_first_start() {
        let store = MemoryStore::new();
        store.migrate().await.unwrap();
        let owner = async || Owner::of(&store).await.unwrap();
        let (a, b, c) = ("https://a.example", "https://b.example", "https://c.example");
        assert_eq!(owner().await.judge(a, None), Belongs::Here);
        owner().await.claim(&store, a, None).await.unwrap();
        assert_eq!(owner().await.judge(a, None), Belongs::Here);
        assert_eq!(owner().await.judge(b, None), Belongs::Elsewhere(a.into()));
        assert_eq!(owner().await.judge(b, Some(c)), Belongs::Elsewhere(a.into()));
        assert_eq!(owner().await.judge(b, Some(a)), Belongs::Here);
        owner().await.claim(&store, b, Some(a)).await.unwrap();
        assert_eq!(owner().await.judge(a, None), Belongs::Elsewhere(b.into()), "it has moved");
    }

    #[tokio::test]
    async fn of_two_issuers_that_claim_a_store_at_once_one_gets_it() {
        let store = MemoryStore::new();
        let (one, other) = (Owner::of(&store).await.unwrap(), Owner::of(&store).await.unwrap());
        let same = Owner::of(&store).await.unwrap();
        one.claim(&store, "https://a.example", None).await.unwrap();
        same.claim(&store, "https://a.example", None).await.unwrap();
        let refused = other.claim(&store, "https://b.example", None).await;
        assert!(matches!(refused, Err(BuildError::Owned(owner)) if owner == "https://a.example"));
    }

    #[tokio::test]
    async fn on_this_machine_another_port_is_only_a_warning() {
        let store = MemoryStore::new();
        let owner = Owner::of(&store).await.unwrap();
        owner.claim(&store, "http://localhost:8080", None).await.unwrap();
        let judge = async |issuer: &str| Owner::of(&store).await.unwrap().judge(issuer, None);
        let before = "http://localhost:8080".to_owned();
        assert_eq!(judge("http://127.0.0.1:9400").await, Belongs::WasLocal(before.clone()));
        assert_eq!(judge("http://localhost:8080/partner").await, Belongs::Elsewhere(before.clone()));
        assert_eq!(judge("https://op.example").await, Belongs::Elsewhere(before));
    }
}
