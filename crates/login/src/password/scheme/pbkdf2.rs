//! RFC 8018 §5.2, PBKDF2, as Django, passlib, Werkzeug, LDAP servers and Keycloak write it.

use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::{Hash, MALFORMED, Read, Scheme, base64, braced, hexadecimal, numbers, same};
use crate::password::{Error, Memory};

pub(super) const SCHEME: Scheme = Scheme {
    name: "PBKDF2",
    forms: &[
        "pbkdf2_sha256$iterations$salt$hash",
        "pbkdf2_sha1$…",
        "$pbkdf2-sha256$iterations$salt$hash",
        "$pbkdf2-sha512$…",
        "$pbkdf2$…",
        "$pbkdf2-sha256$i=…$salt$hash",
        "pbkdf2:sha256:iterations$salt$hash",
        "{PBKDF2}iterations$salt$hash",
        "{PBKDF2-SHA256}…",
        "{PBKDF2-SHA512}…",
        "{PBKDF2_SHA256}…",
    ],
    read,
};

/// Iterations over all blocks of the output: some seconds.
const MAX_WORK: usize = 5_000_000;
/// More than what Django makes.
const DEAR_WORK: usize = 1_500_000;

const UNKNOWN_PRF: &str = "its hash function is none of SHA-1, SHA-256 and SHA-512";

#[derive(Clone, Copy)]
enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

struct Pbkdf2 {
    prf: Prf,
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Prf {
    /// The words of all systems, without what they join them by.
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "" | "sha1" => Some(Prf::Sha1),
            "sha256" => Some(Prf::Sha256),
            "sha512" => Some(Prf::Sha512),
            _ => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Prf::Sha1 => 20,
            Prf::Sha256 => 32,
            Prf::Sha512 => 64,
        }
    }
}

/// A reader of text.
type Decode = fn(&str) -> Option<Vec<u8>>;

fn read(text: &str) -> Read {
    if let Some((prf, packed)) = packed(text) {
        let read = Prf::named(prf).ok_or(UNKNOWN_PRF).and_then(|prf| unpacked(prf, packed));
        return Some(read.map(|hash| Box::new(hash) as Box<dyn Hash>));
    }
    let raw: Decode = |salt| Some(salt.as_bytes().to_vec());
    let (prf, rest, salt, hash): (&str, &str, Decode, Decode) =
        if let Some((scheme, rest)) = braced(text).filter(|(scheme, _)| starts(scheme, "PBKDF2")) {
            (scheme.get(6..)?, rest, base64, base64)
        } else if let Some((prf, rest)) = text.strip_prefix("$pbkdf2").and_then(|rest| rest.split_once('$')) {
            (prf, rest, base64, base64)
        } else if let Some((prf, rest)) = text.strip_prefix("pbkdf2_").and_then(|rest| rest.split_once('$')) {
            (prf, rest, raw, base64)
        } else if let Some((prf, rest)) = text.strip_prefix("pbkdf2:").and_then(|rest| rest.split_once(':')) {
            (prf, rest, raw, hexadecimal)
        } else {
            return None;
        };
    let prf = Prf::named(prf.strip_prefix(['-', '_']).unwrap_or(prf));
    Some(parse(prf, rest, salt, hash).map(|hash| Box::new(hash) as Box<dyn Hash>))
}

/// 389 Directory Server's `{PBKDF2_SHA256}`: one base64 text of all parts.
fn packed(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = braced(text).filter(|(scheme, _)| starts(scheme, "PBKDF2_"))?;
    (!rest.contains('$')).then_some((scheme.get(7..)?, rest))
}

/// Its iterations in four bytes, 64 bytes of salt, and 256 of the hash.
fn unpacked(prf: Prf, text: &str) -> Result<Pbkdf2, &'static str> {
    let bytes = base64(text).filter(|bytes| bytes.len() == 4 + 64 + 256).ok_or(MALFORMED)?;
    let (iterations, rest) = bytes.split_first_chunk::<4>().ok_or(MALFORMED)?;
    let (salt, hash) = rest.split_at_checked(64).ok_or(MALFORMED)?;
    bounded(Pbkdf2 { prf, iterations: u32::from_be_bytes(*iterations), salt: salt.into(), hash: hash.into() })
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

fn parse(prf: Option<Prf>, rest: &str, salt: Decode, hash: Decode) -> Result<Pbkdf2, &'static str> {
    let prf = prf.ok_or(UNKNOWN_PRF)?;
    let mut parts = rest.split('$');
    let (Some(cost), Some(a), Some(b), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(MALFORMED);
    };
    let counted = cost.split_once(",l=").map_or(cost, |(iterations, _)| iterations);
    let iterations = match numbers(counted, ["i"]) {
        Some([iterations]) => iterations,
        None => cost.parse().map_err(|_| MALFORMED)?,
    };
    let (salt, hash) = salt(a).zip(hash(b)).ok_or(MALFORMED)?;
    if salt.is_empty() || !(16..=64).contains(&hash.len()) {
        return Err("its salt is empty, or its hash not of 16 to 64 bytes");
    }
    bounded(Pbkdf2 { prf, iterations, salt, hash })
}

impl Pbkdf2 {
    /// Iterations over all blocks of the output.
    fn work(&self) -> usize {
        let blocks = self.hash.len().div_ceil(self.prf.size());
        usize::try_from(self.iterations).unwrap_or(usize::MAX).saturating_mul(blocks)
    }
}

fn bounded(hash: Pbkdf2) -> Result<Pbkdf2, &'static str> {
    if hash.iterations == 0 || hash.work() > MAX_WORK {
        return Err("its cost is beyond 5,000,000 iterations, counted for each block of its output");
    }
    Ok(hash)
}

impl Hash for Pbkdf2 {
    fn matches(&self, _: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        let derive = match self.prf {
            Prf::Sha1 => ::pbkdf2::pbkdf2_hmac::<Sha1>,
            Prf::Sha256 => ::pbkdf2::pbkdf2_hmac::<Sha256>,
            Prf::Sha512 => ::pbkdf2::pbkdf2_hmac::<Sha512>,
        };
        let mut derived = vec![0; self.hash.len()];
        derive(password, &self.salt, self.iterations, &mut derived);
        Ok(same(&derived, &self.hash))
    }

    fn is_dear(&self) -> bool {
        self.work() > DEAR_WORK
    }
}
