//! RFC 7517 §5: the ring as it is in the store, for those who only look: nothing is made, nothing is written.

use std::sync::Arc;

use signet_core::time::Timestamp;
use signet_store::Store;

use super::planned::same;
use super::stored::{self, Read};
use super::{KeyError, KeyOptions, KeyRing, life};

/// The ring as it is, and what is to be done about it.
pub struct Looked {
    /// As it is in the store.
    pub ring: KeyRing,
    /// What a server will do about it, in words.
    pub due: Vec<String>,
}

impl KeyRing {
    /// The stored ring as it is.
    pub async fn look(store: &dyn Store, options: &KeyOptions, now: Timestamp) -> Result<Looked, KeyError> {
        let options = Arc::new(options.clone());
        let Read { version, keys, tidy, .. } = stored::read(store, &options.at_rest).await?;
        let mut after = keys.clone();
        let orders = life::tend(&mut after, &options, life::reached(&keys, now));
        let rotates = !orders.is_empty() || !same(&keys, &after);
        let ring = Self::build(version, keys, options, now)?;
        let due = ring.due_words(rotates, tidy);
        Ok(Looked { ring, due })
    }

    fn due_words(&self, rotates: bool, tidy: bool) -> Vec<String> {
        let mut due = Vec::new();
        let lacking = |wanted: &[String], there: &[String]| -> Vec<String> {
            wanted.iter().filter(|name| !there.contains(name)).cloned().collect()
        };
        let mut missing = lacking(&self.options.signing, &self.algs);
        missing.extend(lacking(&self.options.encryption, &self.decrypting));
        if self.version == 0 {
            due.push("there are no keys yet: the first `signet serve` makes them".to_owned());
        } else if !missing.is_empty() {
            due.push(format!(
                "no key serves {}: a server makes what is missing when it starts or reloads this configuration",
                missing.join(", ")
            ));
        }
        if rotates {
            due.push(
                "a change of keys is due: a running server makes it within seconds, another when it starts"
                    .to_owned(),
            );
        }
        if !tidy {
            due.push("the keys are not yet protected as keys.kek says: the next start does that".to_owned());
        }
        due
    }
}
