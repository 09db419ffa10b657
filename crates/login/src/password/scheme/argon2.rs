//! RFC 9106: Argon2 in the PHC string format, `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`.

use std::fmt;

use ::argon2::{Algorithm, Block, Params, Version};
use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD_NO_PAD;
use signet_core::fault::Fault;
use zeroize::Zeroize as _;

use super::{Hash, MALFORMED, Read, Scheme, base64, numbers, same};
use crate::password::{Error, Memory, Parameters};

pub(super) const SCHEME: Scheme = Scheme {
    name: "Argon2",
    forms: &[
        "$argon2id$v=19$m=…,t=…,p=…$salt$hash",
        "$argon2i$…",
        "$argon2d$…",
        "argon2$argon2id$…",
        "{ARGON2}$argon2id$…",
    ],
    read,
};

/// More than this is not verified: a planted hash must take neither the machine's memory nor minutes.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_WORK_KIB: u64 = 1024 * 1024;
const BEYOND: &str = "its cost is beyond 256 MiB of memory, or 1 GiB over all passes";
/// More than what RFC 9106 §4 recommends where memory is short: 64 MiB, three passes.
const DEAR_MEMORY_KIB: u32 = 64 * 1024;
const DEAR_WORK_KIB: u64 = 3 * 64 * 1024;

/// An Argon2 hash, of any length.
pub(in crate::password) struct Argon2 {
    algorithm: Algorithm,
    version: Version,
    pub(in crate::password) parameters: Parameters,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn read(text: &str) -> Read {
    if !text.starts_with("$argon2") {
        return None;
    }
    Some(parse(text).map(|hash| Box::new(hash) as Box<dyn Hash>))
}

fn parse(text: &str) -> Result<Argon2, &'static str> {
    let mut parts = text.split('$').skip(1).peekable();
    let algorithm = match parts.next() {
        Some("argon2id") => Algorithm::Argon2id,
        Some("argon2i") => Algorithm::Argon2i,
        Some("argon2d") => Algorithm::Argon2d,
        _ => return Err(MALFORMED),
    };
    let version = match parts.peek() {
        Some(&"v=19") => Version::V0x13,
        Some(&"v=16") => Version::V0x10,
        Some(part) if part.starts_with("v=") => return Err("its version is neither 16 nor 19"),
        _ => Version::V0x10,
    };
    let mut parts = parts.skip_while(|part| part.starts_with("v="));
    let (Some(costs), Some(salt), Some(hash), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(MALFORMED);
    };
    let Some([memory_kib, iterations, parallelism]) = numbers(costs, ["m", "t", "p"]) else {
        return Err("its parameters are not m, t and p");
    };
    let parameters = Parameters { memory_kib, iterations, parallelism };
    if is_beyond(parameters) {
        return Err(BEYOND);
    }
    let (salt, hash) = base64(salt).zip(base64(hash)).ok_or(MALFORMED)?;
    // RFC 9106 §3.1: a tag has 4 bytes at least.
    if !(8..=256).contains(&salt.len()) || !(4..=512).contains(&hash.len()) {
        return Err("its salt is not of 8 to 256 bytes, or its hash not of 4 to 512");
    }
    let hash = Argon2 { algorithm, version, parameters, salt, hash };
    hash.params().map_err(|_| "Argon2 does not allow its parameters")?;
    Ok(hash)
}

/// KiB that are filled in all passes together.
fn work(parameters: Parameters) -> u64 {
    u64::from(parameters.memory_kib) * u64::from(parameters.iterations)
}

fn is_beyond(parameters: Parameters) -> bool {
    parameters.memory_kib > MAX_MEMORY_KIB || work(parameters) > MAX_WORK_KIB
}

impl Parameters {
    /// What Argon2 does not take (RFC 9106 §3.1), what costs too much here, and too little memory.
    pub fn faults(&self) -> Vec<Fault> {
        let &Self { memory_kib, iterations, parallelism } = self;
        let mut faults = Vec::new();
        let mut add =
            |name: &str, what: &str, advice: &str| faults.push(Fault::new(name, what).instead(advice));
        if !(1..=64).contains(&parallelism) {
            add("parallelism", "Argon2 wants 1 to 64 lanes here", "write 1");
        }
        if !(1..=1000).contains(&iterations) {
            add("iterations", "Argon2 wants 1 to 1000 passes here", "write 2");
        }
        if memory_kib < 8 * parallelism.clamp(1, 64) || memory_kib > MAX_MEMORY_KIB {
            let what = "Argon2 wants 8 KiB a lane at least, and takes 256 MiB here at most";
            add("memory_kib", what, "write 19456");
        } else if iterations <= 1000 && work(*self) > MAX_WORK_KIB {
            add("iterations", "all passes together fill 1 GiB here at most", "write fewer passes");
        } else if memory_kib < 7168 {
            let what = "this is less than OWASP recommends";
            faults.push(Fault::new("memory_kib", what).instead("write 19456").warning());
        }
        faults
    }
}

impl Argon2 {
    /// One that no password has: somebody who is unknown costs as much as somebody who is not.
    pub(in crate::password) fn decoy(parameters: Parameters) -> Result<Self, Error> {
        if is_beyond(parameters) {
            return Err(Error::Parameters(BEYOND.to_owned()));
        }
        let decoy = Self::empty(parameters, vec![0; 16]);
        decoy.params().map_err(|error| Error::Parameters(error.to_string()))?;
        Ok(decoy)
    }

    /// A new hash, as new ones are made.
    pub(in crate::password) fn new(
        memory: &mut Memory,
        parameters: Parameters,
        password: &[u8],
        salt: [u8; 16],
    ) -> Result<Self, Error> {
        let empty = Self::empty(parameters, salt.to_vec());
        let hash = empty.derive(memory, password)?;
        Ok(Self { hash, ..empty })
    }

    fn empty(parameters: Parameters, salt: Vec<u8>) -> Self {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        Self { algorithm, version, parameters, salt, hash: vec![0; OUTPUT] }
    }

    fn params(&self) -> Result<Params, ::argon2::Error> {
        let Parameters { memory_kib, iterations, parallelism } = self.parameters;
        Params::new(memory_kib, iterations, parallelism, Some(self.hash.len()))
    }

    fn derive(&self, memory: &mut Memory, password: &[u8]) -> Result<Vec<u8>, Error> {
        let wrong = |error: ::argon2::Error| Error::Parameters(error.to_string());
        let argon = ::argon2::Argon2::new(self.algorithm, self.version, self.params().map_err(wrong)?);
        let blocks = argon.params().block_count();
        if memory.0.len() < blocks {
            memory.0.resize(blocks, Block::default());
        }
        let work = memory.0.get_mut(..blocks).unwrap_or_default();
        let mut out = vec![0; self.hash.len()];
        argon.hash_password_into_with_memory(password, &self.salt, &mut out, work).map_err(wrong)?;
        Ok(out)
    }
}

const OUTPUT: usize = 32;

impl Hash for Argon2 {
    fn matches(&self, memory: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        let mut derived = self.derive(memory, password)?;
        let right = same(&derived, &self.hash);
        derived.zeroize();
        Ok(right)
    }

    fn is_current(&self, parameters: Parameters) -> bool {
        self.parameters == parameters
            && self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.hash.len() == OUTPUT
            && self.salt.len() >= 16
    }

    fn is_dear(&self) -> bool {
        self.parameters.memory_kib > DEAR_MEMORY_KIB || work(self.parameters) > DEAR_WORK_KIB
    }

    fn is_argon2(&self) -> bool {
        true
    }
}

impl fmt::Display for Argon2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameters { memory_kib, iterations, parallelism } = self.parameters;
        let (name, version) = (self.algorithm.as_str(), u32::from(self.version));
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        write!(f, "${name}$v={version}$m={memory_kib},t={iterations},p={parallelism}${salt}${hash}")
    }
}
