//! Secrets as types: redacted when printed, wiped when dropped, compared in constant time, stored as hashes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// A value that must not leak through logs, errors or copies.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; each caller answers for where it goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Clone> Secret<T> {
    /// A second copy, made on purpose (there is no `Clone`).
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Secret<String> {
    /// Constant-time comparison with a presented value.
    pub fn matches(&self, presented: &str) -> bool {
        constant_time_eq(self.0.as_bytes(), presented.as_bytes())
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// For `#[serde(with = "secret::stored")]` on fields of stored records: the store must be able to keep what
/// it is given.
pub mod stored {
    use super::{Deserialize, Deserializer, Secret, Serialize, Serializer};

    /// Writes the secret for the store.
    pub fn serialize<S: Serializer>(secret: &Option<Secret<String>>, to: S) -> Result<S::Ok, S::Error> {
        secret.as_ref().map(|s| s.expose().as_str()).serialize(to)
    }

    /// Reads the secret back.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret<String>>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Secret::new))
    }
}

/// RFC 2104: a key of the server's for MACs. The blocks that HMAC makes of a key are hashed here, once, and
/// not again for each MAC. They are wiped when dropped, as the key is.
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    /// Of a key of any length.
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes keys of any length: the other key cannot be reached.
        Self(Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Key::<Hmac<Sha256>>::default())))
    }

    /// A MAC over pieces that follow each other without anything between.
    pub fn mac(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        pieces.iter().for_each(|piece| mac.update(piece));
        mac.finalize().into_bytes().into()
    }

    /// A MAC over parts that cannot run into each other: the length before each keeps `ab` + `c` apart from
    /// `a` + `bc`.
    pub fn mac_of_parts<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
        Self::over_parts(self.0.clone(), parts)
    }

    fn over_parts<'a>(mut mac: Hmac<Sha256>, parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A MAC under the server's key, for a purpose, over parts that cannot run into each other.
pub fn keyed(key: &MacKey, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = key.0.clone();
    mac.update(b"signet ");
    MacKey::over_parts(mac, std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()))
}

/// What is kept of a random handle: half of its SHA-256, plenty against preimages of 256 random bits.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 16]);

impl TokenHash {
    /// Hashes a handle's secret part.
    pub fn of(secret: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(secret).into())
    }

    /// The same, of its SHA-256.
    pub(crate) fn of_digest(digest: &[u8; 32]) -> Self {
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        Self(half)
    }

    /// As stored.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// From the store.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        URL_SAFE_NO_PAD.encode(self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(HashText)
    }
}

/// Base64url, or the numbers of the octets, as stores of earlier builds have them.
struct HashText;

impl<'de> Visitor<'de> for HashText {
    type Value = TokenHash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("16 octets in base64url")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TokenHash, E> {
        let mut bytes = [0; 16];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(16) => Ok(TokenHash(bytes)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, octets: A) -> Result<TokenHash, A::Error> {
        <[u8; 16]>::deserialize(SeqAccessDeserializer::new(octets)).map(TokenHash)
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hash]")
    }
}

/// Compares without telling by its duration where the difference lies, or how long `kept` is: it takes as
/// long as `given` is.
pub fn constant_time_eq_of_any_length(given: &[u8], kept: &[u8]) -> bool {
    let kept_or_nothing = kept.iter().copied().chain(std::iter::repeat(0));
    let equal = given.iter().zip(kept_or_nothing).fold(Choice::from(1), |equal, (a, b)| equal & a.ct_eq(&b));
    (equal & given.len().ct_eq(&kept.len())).into()
}

/// Compares without telling by its duration where the difference lies.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_redacts() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(format!("{:?}", TokenHash::of(b"hunter2")), "[hash]");
    }

    #[test]
    fn hashes_are_stored_as_text_and_read_as_they_were() {
        let hash = TokenHash::of(b"cookie");
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!(text.len(), 24);
        let numbers = serde_json::to_string(hash.as_bytes()).unwrap();
        for stored in [&text, &numbers] {
            assert_eq!(serde_json::from_str::<TokenHash>(stored).unwrap(), hash);
        }
        for wrong in ["\"\"", "[1]", "\"AAAA\"", "7"] {
            assert!(serde_json::from_str::<TokenHash>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn texts_of_any_length_are_compared_whole() {
        let is = constant_time_eq_of_any_length;
        assert!(is(b"", b"") && is(b"secret", b"secret"));
        assert!(!is(b"secret", b"secreT") && !is(b"Secret", b"secret"));
        assert!(!is(b"secret", b"secret\0") && !is(b"secret\0", b"secret"));
        assert!(!is(b"", b"secret") && !is(b"secret", b""));
    }

    /// The values are those of Python's `hmac`: what was made before must be the same for ever.
    #[test]
    fn a_key_made_ready_makes_the_macs_of_its_bytes() {
        let hex = |mac: [u8; 32]| mac.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for _ in 0..2 {
            // RFC 4231 §4.3, §4.7: a short key, and one that is longer than a block.
            let short = MacKey::new(b"Jefe").mac(&[b"what do ya want ", b"for nothing?"]);
            assert_eq!(hex(short), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
            let long =
                MacKey::new(&[0xaa; 131]).mac(&[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
            assert_eq!(hex(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        }
        let same = MacKey::new(b"Jefe");
        let parts: [&[u8]; 2] = [b"ab", b"c"];
        assert_eq!(
            hex(same.mac_of_parts(parts)),
            "d69f23c0aa1566497dd87be51ab3a9c7f96909397737ceb25979da636f71c321"
        );
        assert_eq!(
            hex(keyed(&same, "purpose", &parts)),
            "b1cd55f79879d471501858a2616917ca6b66133add720dc5e17c1b3774f16bbe"
        );
        assert_ne!(same.mac_of_parts(parts), same.mac_of_parts([&b"a"[..], b"bc"]));
        assert_eq!(format!("{same:?}"), "[redacted]");
    }

    #[test]
    fn matching_is_exact() {
        let secret = Secret::new("hunter2".to_owned());
        assert!(secret.matches("hunter2"));
        assert!(!secret.matches("hunter"));
        assert!(!secret.matches("hunter22"));
        assert!(!secret.matches(""));
    }
}
