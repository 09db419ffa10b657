//! What a decision may know besides its request and facts: settings, the instant, chance, signatures.

use serde_json::{Map, Value};

use crate::alg;
use crate::record::User;
use crate::secret::{MacKey, Secret};
use crate::settings::Settings;
use crate::time::Timestamp;

/// Random bytes; the operating system's in production, seeded in tests.
pub trait Rng: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// Growing 63-bit ids: `max(last + 1, milliseconds << 20 | node)`, so that they survive a clock stepping
/// back.
pub trait Sequence: Send + Sync {
    /// The next id, greater than every earlier one of this node.
    fn next(&self) -> i64;
}

/// Signing and verifying, encrypting and decrypting, plugged in by the shell.
pub trait Jose: Send + Sync {
    /// A compact JWS with one of our keys for `alg`.
    fn sign(&self, alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError>;
    /// The payload of a JWS that one of our own published keys signed; expiry is the caller's to judge.
    fn open_own(&self, token: &str) -> Result<OwnJws, JoseError>;
    /// Signature algorithms for which a key is at hand, preferred first.
    fn signing_algs(&self) -> &[String];
    /// Whether this shared secret protects the JWS by exactly this HMAC algorithm.
    fn verify_mac(&self, token: &str, secret: &[u8], alg: &str) -> Result<(), JoseError>;
    /// Algorithms by which clients may sign: those of key pairs, and those of shared secrets (`HS…`).
    fn verifying_algs(&self) -> &[&'static str];
    /// A compact JWS protected by a shared secret (`HS…`).
    fn sign_mac(&self, secret: &[u8], alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError>;
    /// A compact JWE for the holder of a shared secret, from which the key is made (OpenID Connect Core
    /// §10.2).
    fn encrypt_to_secret(
        &self,
        secret: &[u8],
        how: Encryption<'_>,
        payload: &[u8],
    ) -> Result<String, JoseError>;
    /// Opens a compact JWE that was made for one of our keys, or with one of these shared secrets.
    fn decrypt(&self, token: &str, secrets: &[&[u8]]) -> Result<Decrypted, JoseError>;
    /// A text for an address that nobody can read or change who lacks this secret.
    fn seal(&self, secret: &[u8], payload: &[u8]) -> Result<String, JoseError>;
    /// Opens what was sealed with this secret, and nothing else.
    fn unseal(&self, secret: &[u8], text: &str) -> Result<Vec<u8>, JoseError>;
    /// Key management algorithms by which answers can be encrypted (`alg`).
    fn encrypting_algs(&self) -> &[&'static str];
    /// Key management algorithms for which something can be encrypted to us: those of our own keys, and of
    /// shared secrets.
    fn decrypting_algs(&self) -> &[String];
    /// Content encryption algorithms (`enc`).
    fn content_encryptions(&self) -> &[&'static str];
    /// The judge of public keys.
    fn key_judge(&self) -> KeyJudge;
}

/// The ways to sign in, plugged in by the shell.
pub trait SignInMethods: Send + Sync {
    /// Those that a person can use, preferred first; where nobody is known yet, those that find out who
    /// somebody is.
    fn offered(&self, person: Option<&User>) -> Vec<SignInMethod>;
}

/// A way to sign in, as decisions see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInMethod {
    /// What it is called.
    pub name: &'static str,
    /// What its proof says (RFC 8176).
    pub amr: &'static [&'static str],
}

/// Whether a public key, as a JWK of a type that is known here, is one: a point of its curve, a modulus of
/// sufficient length; else why not. With the name of an algorithm: whether the key can be used for it.
pub type KeyJudge = fn(&Value, Option<&str>) -> Result<(), String>;

/// How something is to be encrypted (RFC 7516 §4.1).
#[derive(Clone, Copy, Debug)]
pub struct Encryption<'a> {
    /// Key management.
    pub alg: &'a str,
    /// Content encryption.
    pub enc: &'a str,
    /// `typ` header.
    pub typ: Option<&'a str>,
    /// `cty` header: `JWT` where a JWS is inside.
    pub cty: Option<&'a str>,
}

/// An opened JWE.
#[derive(Debug)]
pub struct Decrypted {
    /// What was inside.
    pub payload: Vec<u8>,
    /// How its key was managed.
    pub alg: String,
    /// How its content was encrypted.
    pub enc: String,
}

/// A client's public keys, read by the shell. They come as a fact, ready to use, so that judging a signature
/// is computing and nothing else: the shell has fetched, parsed and kept them before.
pub trait ClientKeys: Send + Sync + std::fmt::Debug {
    /// Whether one of the keys made the JWS's signature by exactly this algorithm; never for shared secrets.
    /// The reason may be that the keys could not be had.
    fn verify(&self, token: &str, alg: &str) -> Result<(), JoseError>;
    /// A compact JWE for the owner of the private half of one of the keys that fit.
    fn encrypt(&self, how: Encryption<'_>, payload: &[u8]) -> Result<String, JoseError>;
}

/// A verified JWS of ours.
#[derive(Debug)]
pub struct OwnJws {
    /// The `typ` header.
    pub typ: Option<String>,
    /// The signed bytes.
    pub payload: Vec<u8>,
}

/// Why the Jose port could not do what it was asked; for the log.
#[derive(Debug)]
pub struct JoseError(pub String);

impl JoseError {
    /// A MAC that the current secret did not make, and this one, which the client had before, did not either:
    /// the new one had to be longer, if that was why the secret was changed.
    pub(crate) fn nor_by_previous(self, secret: &[u8], alg: &str) -> Self {
        let least = alg::least_secret(alg);
        match secret.len() < least {
            true => Self(format!(
                "{}; the previous secret is too short, as {alg} needs {least} bytes at least",
                self.0
            )),
            false => self,
        }
    }
}

/// What every node must know and nobody else may: made once at random, and kept.
#[derive(Debug)]
pub struct Secrets {
    /// Keyed into subjects, so that they reveal nothing about the directory.
    pub subject_salt: MacKey,
    /// Proves refresh tokens and page forms.
    pub handle_key: MacKey,
}

impl Secrets {
    /// From the bytes as they are kept.
    pub fn new(subject_salt: &Secret<Vec<u8>>, handle_key: &Secret<Vec<u8>>) -> Self {
        Self {
            subject_salt: MacKey::new(subject_salt.expose()),
            handle_key: MacKey::new(handle_key.expose()),
        }
    }
}

/// Makes the lists of the metadata.
pub type Lists = fn(&Settings, &dyn Jose) -> Map<String, Value>;

/// One request's environment: one instant is read when it arrives and used throughout.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The validated settings in force.
    pub settings: &'a Settings,
    /// What only the nodes of this provider know.
    pub secrets: &'a Secrets,
    /// The instant of this request.
    pub now: Timestamp,
    /// Chance.
    pub rng: &'a dyn Rng,
    /// Ids.
    pub ids: &'a dyn Sequence,
    /// Signatures.
    pub jose: &'a dyn Jose,
    /// What there is to choose from, as lists of the metadata. `discovery` makes them, which is above what is
    /// judged by them.
    pub lists: Lists,
    /// The ways to sign in.
    pub methods: &'a dyn SignInMethods,
}

impl Env<'_> {
    /// An array of random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }
}
