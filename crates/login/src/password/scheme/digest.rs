//! RFC 2307 §5.3 and what LDAP servers added: one pass of SHA-1 or SHA-2, with a salt (`{SSHA}`) or without
//! (`{SHA}`).

use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha384, Sha512};

use super::{Hash, MALFORMED, Read, Scheme, base64, braced, same};
use crate::password::{Error, Memory};

pub(super) const SCHEME: Scheme = Scheme {
    name: "LDAP SHA",
    forms: &[
        "{SSHA}…",
        "{SSHA256}…",
        "{SSHA384}…",
        "{SSHA512}…",
        "{SHA}…",
        "{SHA256}…",
        "{SHA384}…",
        "{SHA512}…",
    ],
    read,
};

struct Digest {
    /// By its size: SHA-1, SHA-256, SHA-384, SHA-512.
    hash: Vec<u8>,
    salt: Vec<u8>,
}

fn read(text: &str) -> Read {
    let (scheme, rest) = braced(text)?;
    let (salted, size) = match scheme.to_ascii_uppercase().as_str() {
        "SHA" => (false, 20),
        "SHA256" => (false, 32),
        "SHA384" => (false, 48),
        "SHA512" => (false, 64),
        "SSHA" => (true, 20),
        "SSHA256" => (true, 32),
        "SSHA384" => (true, 48),
        "SSHA512" => (true, 64),
        _ => return None,
    };
    Some(parse(rest, salted, size).map(|hash| Box::new(hash) as Box<dyn Hash>).ok_or(MALFORMED))
}

fn parse(rest: &str, salted: bool, size: usize) -> Option<Digest> {
    let mut hash = base64(rest)?;
    let salt = (hash.len() >= size).then(|| hash.split_off(size))?;
    (salted != salt.is_empty() && salt.len() <= 64).then_some(Digest { hash, salt })
}

impl Hash for Digest {
    fn matches(&self, _: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        let salt = &self.salt;
        Ok(match self.hash.len() {
            20 => same(&Sha1::new().chain_update(password).chain_update(salt).finalize(), &self.hash),
            32 => same(&Sha256::new().chain_update(password).chain_update(salt).finalize(), &self.hash),
            48 => same(&Sha384::new().chain_update(password).chain_update(salt).finalize(), &self.hash),
            _ => same(&Sha512::new().chain_update(password).chain_update(salt).finalize(), &self.hash),
        })
    }

    fn is_dear(&self) -> bool {
        false
    }
}
