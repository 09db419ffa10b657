//! A store belongs to one issuer. Under another one its sessions, grants and tokens would be good for both,
//! and applications would find that what they were given is of somebody else.

use signet_core::change::Change;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_core::uri;
use signet_store::{CommitError, Store, StoreError};
use url::Url;

/// The document that names it.
pub(super) const NAME: &str = "issuer";

/// To whom a store belongs; none: nobody yet.
pub(super) struct Owner(Option<Document>);

impl Owner {
    pub(super) async fn of(store: &dyn Store) -> Result<Self, StoreError> {
        // A store that was just made has no tables yet.
        match store.ask(DocumentNamed(NAME.to_owned())).await {
            Ok(found) => Ok(Self(found)),
            Err(StoreError::Older { .. }) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }

    fn name(&self) -> Option<&str> {
        self.0.as_ref().and_then(|document| std::str::from_utf8(&document.value).ok())
    }

    /// Whether the store may be served under an issuer, perhaps with a warning.
    pub(super) fn judge(&self, issuer: &str, moved_from: Option<&str>) -> Result<Option<String>, String> {
        match self.name() {
            None => Ok(None),
            Some(owner) if owner == issuer || Some(owner) == moved_from => Ok(None),
            // Under development ports change.
            Some(owner) if is_local(owner) && is_local(issuer) => Ok(Some(format!(
                "the store was served as {owner} before; tokens from there are not valid here"
            ))),
            Some(owner) => Err(format!(
                "the store belongs to the issuer {owner}: name another store, or write moved_from = \"{owner}\" if this provider has moved"
            )),
        }
    }

    /// From now on it belongs to this issuer.
    pub(super) async fn write(self, store: &dyn Store, issuer: &str) -> Result<(), StoreError> {
        if self.name() == Some(issuer) {
            return Ok(());
        }
        let version = self.0.map_or(0, |document| document.version) + 1;
        let value = issuer.as_bytes().to_vec();
        let document = Document { name: NAME.to_owned(), version, value };
        match store.commit(vec![Change::PutDocument(document)]).await {
            // Another process of the same provider did it.
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(CommitError::Store(error)) => Err(error),
        }
    }
}

fn is_local(issuer: &str) -> bool {
    Url::parse(issuer).is_ok_and(|url| uri::is_loopback(&url))
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
        assert_eq!(owner().await.judge("https://a.example", None), Ok(None));
        owner().await.write(&store, "https://a.example").await.unwrap();
        assert_eq!(owner().await.judge("https://a.example", None), Ok(None));
        let said = owner().await.judge("https://b.example", None).unwrap_err();
        assert!(
            said.contains("belongs to the issuer https://a.example") && said.contains("moved_from"),
            "{said}"
        );
        assert!(owner().await.judge("https://b.example", Some("https://c.example")).is_err());
        assert_eq!(owner().await.judge("https://b.example", Some("https://a.example")), Ok(None));
        owner().await.write(&store, "https://b.example").await.unwrap();
        assert!(owner().await.judge("https://a.example", None).is_err(), "it has moved");
    }

    #[tokio::test]
    async fn on_this_machine_another_port_is_only_a_warning() {
        let store = MemoryStore::new();
        let owner = Owner::of(&store).await.unwrap();
        owner.write(&store, "http://localhost:8080").await.unwrap();
        let judge = async |issuer: &str| Owner::of(&store).await.unwrap().judge(issuer, None);
        assert!(judge("http://127.0.0.1:9400").await.unwrap().unwrap().contains("http://localhost:8080"));
        assert!(judge("https://op.example").await.is_err());
    }
}
