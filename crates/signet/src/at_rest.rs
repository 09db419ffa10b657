//! RFC 7518 §4.5, §5.3: the key-encryption key, which protects private keys and shared secrets in the store.
//! Each is a JWE of its own (`dir`, `A256GCM`) whose `kid` tells which key-encryption key made it, without
//! telling anything about that key.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use signet_core::change::Change;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Document;
use signet_core::secret::Secret;
use signet_jose::{ContentEncryption, DecryptionKey, EncryptionKey, Jwk, KeyManagementAlg, jwe};
use signet_store::{CommitError, Store, StoreError};

/// Nothing that is kept so is longer.
const MAX_TOKEN: usize = 64 * 1024;
const BYTES: usize = 32;

/// A key-encryption key: 256 random bits. Cloning shares it.
#[derive(Clone)]
pub struct Kek(Arc<Inner>);

struct Inner {
    id: String,
    seals: EncryptionKey,
    opens: DecryptionKey,
}

/// The key-encryption key in force, and those that were before.
#[derive(Clone, Debug, Default)]
pub struct Keks {
    /// What is written is encrypted with this; none: it is written in clear.
    pub current: Option<Kek>,
    /// What one of these encrypted is read, and then written anew.
    pub previous: Vec<Kek>,
}

/// Why something cannot be read from the store, or be protected there.
#[derive(Debug)]
pub struct AtRestError(pub String);

/// In the store: the file was written anew after keys were first encrypted in it.
const REWRITTEN: &str = "rewritten_under_kek";

/// When keys are first encrypted in the store, what they were before must not stay in what is free there.
pub(crate) async fn leave_no_clear_copy(store: &dyn Store, keks: &Keks) -> Result<(), StoreError> {
    let found = store.ask(DocumentNamed(REWRITTEN.to_owned())).await?;
    let change = match (&keks.current, found) {
        (Some(_), None) => {
            store.rewrite().await?;
            Change::PutDocument(Document { name: REWRITTEN.to_owned(), version: 1, value: Vec::new() })
        }
        (None, Some(document)) => Change::DeleteDocument(document.name, document.version),
        _ => return Ok(()),
    };
    match store.commit(vec![change]).await {
        // Another node did the same.
        Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(CommitError::Store(error)) => Err(error),
    }
}

impl Kek {
    /// Takes 32 bytes as 64 hexadecimal digits, or as 43 characters of base64url.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const UNFIT: &str =
            "a key-encryption key is 32 random bytes: 64 hexadecimal digits, or 43 characters of base64url";
        let bytes = hex(text).or_else(|| URL_SAFE_NO_PAD.decode(text).ok()).map(Secret::new);
        let bytes = bytes.filter(|bytes| bytes.expose().len() == BYTES).ok_or(UNFIT)?;
        let first = bytes.expose().first().copied();
        if bytes.expose().iter().all(|byte| Some(*byte) == first) {
            return Err("a key-encryption key of equal bytes protects nothing");
        }
        Self::new(&bytes).map_err(|_| UNFIT)
    }

    /// From bytes that are random.
    pub(crate) fn new(bytes: &Secret<Vec<u8>>) -> Result<Self, signet_jose::Error> {
        let label = b"signet key-encryption key id\0";
        let digest = Sha256::new().chain_update(label).chain_update(bytes.expose()).finalize();
        let id: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let mut members = Map::new();
        for (name, value) in [("kty", "oct"), ("use", "enc"), ("alg", "dir"), ("kid", &id)] {
            members.insert(name.to_owned(), Value::from(value));
        }
        members.insert("k".to_owned(), Value::String(URL_SAFE_NO_PAD.encode(bytes.expose())));
        let jwk = Jwk::from_members(members)?;
        let (seals, opens) = (EncryptionKey::from_jwk(&jwk)?, DecryptionKey::from_jwk(&jwk)?);
        Ok(Self(Arc::new(Inner { id, seals, opens })))
    }

    /// A name for it that gives nothing away.
    pub fn id(&self) -> &str {
        &self.0.id
    }
}

impl std::fmt::Debug for Kek {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kek({})", self.id())
    }
}

impl Keks {
    /// Encrypts with the key in force; `None` where there is none and the store keeps things in clear.
    pub(crate) fn seal(&self, payload: &[u8]) -> Result<Option<String>, AtRestError> {
        let Some(kek) = &self.current else { return Ok(None) };
        let (alg, enc) = (KeyManagementAlg::Dir, ContentEncryption::A256Gcm);
        let sealed = jwe::encrypt(&kek.0.seals, alg, enc, jwe::Extra::default(), payload);
        sealed.map(Some).map_err(|error| AtRestError(error.to_string()))
    }

    /// Decrypts, and tells whether it was the key in force that had encrypted it.
    pub(crate) fn open(&self, sealed: &str) -> Result<(Secret<Vec<u8>>, bool), AtRestError> {
        let token = jwe::decode(sealed, MAX_TOKEN)
            .map_err(|error| AtRestError(format!("what the store holds is damaged: {error}")))?;
        let id = token.kid().unwrap_or_default();
        let mut all = self.current.iter().chain(&self.previous);
        let Some(kek) = all.find(|kek| kek.id() == id) else { return Err(AtRestError(self.missing(id))) };
        let opened = token.decrypt(&kek.0.opens).map_err(|_| {
            AtRestError(format!(
                "what the store holds was changed: it is not what the key-encryption key {id} encrypted"
            ))
        })?;
        let current = self.current.as_ref().is_some_and(|current| current.id() == id);
        Ok((Secret::new(opened), current))
    }

    fn missing(&self, id: &str) -> String {
        let others: Vec<&str> = self.current.iter().chain(&self.previous).map(Kek::id).collect();
        let have = match others.as_slice() {
            [] => "none is configured".to_owned(),
            others => format!("the configured ones are {}", others.join(", ")),
        };
        format!(
            "they are encrypted with the key-encryption key {id}, and {have}; give that key in `keys.kek`, or in `keys.previous_keks` if \
             another is to take its place or none. If it is lost for good, restore a backup of it, or make everything that it protected \
             anew: `signet key reset --lost-kek` (see the book, Recovery)"
        )
    }
}

impl std::fmt::Display for AtRestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AtRestError {}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * BYTES {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const TWO: &str = "FFFEFDFCFBFAF9F8F7F6F5F4F3F2F1F0EFEEEDECEBEAE9E8E7E6E5E4E3E2E1E0";

    fn keks(current: Option<&str>, previous: &[&str]) -> Keks {
        let kek = |text: &str| Kek::parse(text).unwrap();
        Keks { current: current.map(kek), previous: previous.iter().map(|text| kek(text)).collect() }
    }

    #[test]
    fn two_spellings_and_no_other() {
        let bytes: Vec<u8> = (0..32).collect();
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        assert_eq!(Kek::parse(ONE).unwrap().id(), Kek::parse(&text).unwrap().id());
        assert_ne!(Kek::parse(ONE).unwrap().id(), Kek::parse(TWO).unwrap().id());
        let padded = format!("{text}=");
        let standard = base64::engine::general_purpose::STANDARD.encode([0xfb; 32]);
        for wrong in [
            "",
            "correct horse battery staple",
            &ONE[2..],
            &padded,
            &standard,
            &"0".repeat(64),
            &"é".repeat(32),
        ] {
            let said = Kek::parse(wrong).err().unwrap();
            assert!(
                said.contains("key-encryption key") && (wrong.is_empty() || !said.contains(wrong)),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_alone() {
        let one = keks(Some(ONE), &[]);
        let sealed = one.seal(b"secret").unwrap().unwrap();
        assert!(!sealed.contains("secret"));
        let (opened, current) = one.open(&sealed).unwrap();
        assert_eq!((opened.expose().as_slice(), current), (&b"secret"[..], true));
        for (keks, expected) in [(keks(Some(TWO), &[ONE]), false), (keks(None, &[TWO, ONE]), false)] {
            let (opened, current) = keks.open(&sealed).unwrap();
            assert_eq!((opened.expose().as_slice(), current), (&b"secret"[..], expected));
        }
        let id = Kek::parse(ONE).unwrap().id().to_owned();
        for keks in [keks(None, &[]), keks(Some(TWO), &[])] {
            let said = keks.open(&sealed).err().unwrap().to_string();
            assert!(said.contains(&id) && said.contains("keys.kek"), "{said}");
        }
        assert!(keks(None, &[ONE]).seal(b"secret").unwrap().is_none());
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let one = keks(Some(ONE), &[]);
        let sealed = one.seal(b"secret").unwrap().unwrap();
        let parts: Vec<&str> = sealed.split('.').collect();
        let other = one.seal(b"other!").unwrap().unwrap();
        let swapped = [parts[0], parts[1], parts[2], other.split('.').nth(3).unwrap(), parts[4]].join(".");
        for broken in [swapped.as_str(), "eyJ", "", "a.b.c.d.e"] {
            assert!(one.open(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn nothing_shows_the_key() {
        let shown = format!("{:?}", keks(Some(ONE), &[TWO]));
        assert!(!shown.to_lowercase().contains("0001") && !shown.to_lowercase().contains("fffe"), "{shown}");
    }
}
