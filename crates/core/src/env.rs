//! What a decision may know beside its request and facts: settings, the instant, chance, signatures.

use crate::settings::Settings;
use crate::time::Timestamp;

/// Random bytes; the operating system's in production, seeded in tests.
pub trait Rng: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// Growing 63-bit ids: `max(last + 1, milliseconds << 20 | node)`, so that they survive a clock stepping back.
pub trait Sequence: Send + Sync {
    /// The next id, greater than every earlier one of this node.
    fn next(&self) -> i64;
}

/// Signing and verifying, plugged in by the shell.
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
}

/// A client's public keys, read by the shell. They come as a fact, ready to use, so that judging a signature is computing and nothing
/// else: the shell has fetched, parsed and kept them before.
pub trait ClientKeys: Send + Sync + std::fmt::Debug {
    /// Whether one of the keys made the JWS's signature by exactly this algorithm; never for shared secrets. The reason may be that the
    /// keys could not be had.
    fn verify(&self, token: &str, alg: &str) -> Result<(), JoseError>;
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

/// One request's environment: one instant is read when it arrives and used throughout.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The validated settings in force.
    pub settings: &'a Settings,
    /// The instant of this request.
    pub now: Timestamp,
    /// Chance.
    pub rng: &'a dyn Rng,
    /// Ids.
    pub ids: &'a dyn Sequence,
    /// Signatures.
    pub jose: &'a dyn Jose,
}

impl Env<'_> {
    /// An array of random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }
}
