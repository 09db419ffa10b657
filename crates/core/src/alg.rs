//! RFC 7518 §3.1, §4.1, RFC 8037 §3.1, RFC 9864, FAPI 2.0 Security Profile §5.4.1: algorithms by wire name,
//! and their properties, in two tables. Nothing is guessed from the letters of a name.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// What makes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// A key pair.
    KeyPair,
    /// A shared secret.
    Secret,
}

/// The hash inside an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A signature algorithm (`alg` of a JWS).
struct Signature {
    name: &'static str,
    by: By,
    hash: Hash,
    /// FAPI 2.0 allows it.
    fapi: bool,
}

const fn row(name: &'static str, by: By, hash: Hash, fapi: bool) -> Signature {
    Signature { name, by, hash, fapi }
}

static SIGNATURES: &[Signature] = &[
    row("RS256", By::KeyPair, Hash::Sha256, false),
    row("RS384", By::KeyPair, Hash::Sha384, false),
    row("RS512", By::KeyPair, Hash::Sha512, false),
    row("PS256", By::KeyPair, Hash::Sha256, true),
    row("PS384", By::KeyPair, Hash::Sha384, false),
    row("PS512", By::KeyPair, Hash::Sha512, false),
    row("ES256", By::KeyPair, Hash::Sha256, true),
    row("ES384", By::KeyPair, Hash::Sha384, false),
    row("ES512", By::KeyPair, Hash::Sha512, false),
    row("EdDSA", By::KeyPair, Hash::Sha512, true),
    row("Ed25519", By::KeyPair, Hash::Sha512, true),
    row("HS256", By::Secret, Hash::Sha256, false),
    row("HS384", By::Secret, Hash::Sha384, false),
    row("HS512", By::Secret, Hash::Sha512, false),
];

/// Key management (`alg` of a JWE) by which a shared secret is the key, or wraps it, and how many bytes that
/// key has; of `dir` as many as the shortest content encryption takes.
static BY_SECRET: &[(&str, usize)] = &[
    ("dir", 16),
    ("A128KW", 16),
    ("A192KW", 24),
    ("A256KW", 32),
    ("A128GCMKW", 16),
    ("A192GCMKW", 24),
    ("A256GCMKW", 32),
];

fn find(name: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|row| row.name == name)
}

/// Whether a signature algorithm computes with a shared secret.
pub fn is_mac(name: &str) -> bool {
    find(name).is_some_and(|row| row.by == By::Secret)
}

/// Whether key management computes with a shared secret.
pub fn is_symmetric(name: &str) -> bool {
    BY_SECRET.iter().any(|(known, _)| *known == name)
}

/// The bytes of the key that key management makes of a shared secret; 0 where it makes none.
pub fn key_length(name: &str) -> usize {
    BY_SECRET.iter().find(|(known, _)| *known == name).map_or(0, |(_, length)| *length)
}

/// RFC 7518 §3.2: a secret has at least as many bytes as the hash of the MAC.
pub fn least_secret(name: &str) -> usize {
    match name {
        "HS384" => 48,
        "HS512" => 64,
        _ => 32,
    }
}

/// FAPI 2.0 Security Profile §5.4.1: whether its clients may sign so.
pub fn is_for_fapi(name: &str) -> bool {
    find(name).is_some_and(|row| row.fapi)
}

/// The names that FAPI 2.0 clients may sign by, for advice.
pub fn for_fapi() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().filter(|row| row.fapi).map(|row| row.name)
}

/// Whether the name is that of a signature algorithm here; a test compares this table with what can be
/// computed.
pub fn is_signature(name: &str) -> bool {
    find(name).is_some()
}

/// Names of RFC 7518 §4.1, §5.1, RFC 8812 and others besides signatures here and what a shared secret wraps.
static OTHERS: &[&str] = &[
    "none",
    "ES256K",
    "Ed448",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "A128GCM",
    "A192GCM",
    "A256GCM",
];

/// Whether the name is that of an algorithm somewhere, and so is no misspelt one.
pub fn is_known(name: &str) -> bool {
    is_signature(name) || is_symmetric(name) || OTHERS.contains(&name)
}

/// OpenID Connect Core §3.1.3.6: a value's hash by the algorithm that an ID token is signed with; SHA-256
/// where it is not signed. Ed25519 has SHA-512 inside.
pub fn hash(name: &str, value: &str) -> Vec<u8> {
    match find(name).map_or(Hash::Sha256, |row| row.hash) {
        Hash::Sha256 => Sha256::digest(value).to_vec(),
        Hash::Sha384 => Sha384::digest(value).to_vec(),
        Hash::Sha512 => Sha512::digest(value).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_guessed_from_a_name() {
        assert!(is_mac("HS256") && !is_mac("HS1") && !is_mac("RS256") && !is_mac("none"));
        assert!(is_symmetric("A256GCMKW") && !is_symmetric("AKW") && !is_symmetric("RSA-OAEP"));
        assert_eq!(for_fapi().collect::<Vec<_>>(), ["PS256", "ES256", "EdDSA", "Ed25519"]);
        assert!(is_for_fapi("PS256") && !is_for_fapi("RS256") && !is_for_fapi("PS257"));
    }

    #[test]
    fn hashes_are_as_long_as_the_algorithm_says() {
        for (name, length) in [("ES256", 32), ("PS384", 48), ("HS512", 64), ("EdDSA", 64), ("none", 32)] {
            assert_eq!(hash(name, "value").len(), length, "{name}");
        }
    }
}
