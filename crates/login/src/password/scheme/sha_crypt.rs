//! Drepper 2007, "Unix crypt using SHA-256 and SHA-512": `$5$` and `$6$`.

use ::sha_crypt::{Params, sha256_crypt, sha512_crypt};

use super::{Hash, MALFORMED, Read, Scheme, same};
use crate::password::{Error, Memory};

pub(super) const SCHEME: Scheme = Scheme {
    name: "SHA-crypt",
    forms: &["$5$salt$hash", "$6$salt$hash", "$6$rounds=…$salt$hash", "{CRYPT}$6$…", "{SHA512-CRYPT}$6$…"],
    read,
};

const MAX_ROUNDS: u32 = 1_000_000;
/// More than what passlib makes.
const DEAR_ROUNDS: u32 = 700_000;

/// Each round hashes the password twice; longer ones match nothing.
const MAX_PASSWORD: usize = 256;

struct ShaCrypt {
    long: bool,
    rounds: u32,
    params: Params,
    salt: Vec<u8>,
    hash: String,
}

fn read(text: &str) -> Read {
    let (long, rest) = match (text.strip_prefix("$5$"), text.strip_prefix("$6$")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return None,
    };
    Some(parse(long, rest).map(|hash| Box::new(hash) as Box<dyn Hash>))
}

fn parse(long: bool, rest: &str) -> Result<ShaCrypt, &'static str> {
    let (rounds, rest) = match rest.strip_prefix("rounds=").map(|rest| rest.split_once('$')) {
        Some(Some((rounds, rest))) => (rounds.parse().map_err(|_| MALFORMED)?, rest),
        Some(None) => return Err(MALFORMED),
        None => (Params::RECOMMENDED_ROUNDS, rest),
    };
    if rounds > MAX_ROUNDS {
        return Err("its cost is beyond 1,000,000 rounds");
    }
    let params = Params::new(rounds.max(Params::ROUNDS_MIN)).map_err(|_| MALFORMED)?;
    let (salt, hash) = rest.split_once('$').ok_or(MALFORMED)?;
    let length = if long { 86 } else { 43 };
    if salt.len() > 16 || hash.len() != length || !hash.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Err(MALFORMED);
    }
    Ok(ShaCrypt { long, rounds, params, salt: salt.as_bytes().to_vec(), hash: hash.to_owned() })
}

impl Hash for ShaCrypt {
    fn matches(&self, _: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        if password.len() > MAX_PASSWORD || password.contains(&0) {
            return Ok(false);
        }
        let encoded = if self.long {
            encoded(&sha512_crypt(password, &self.salt, self.params), 21, 1)
        } else {
            encoded(&sha256_crypt(password, &self.salt, self.params), 10, 2)
        };
        Ok(same(encoded.as_bytes(), self.hash.as_bytes()))
    }

    fn is_dear(&self) -> bool {
        self.rounds > DEAR_ROUNDS
    }
}

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digest's bytes `i`, `i + third`, `i + 2·third` are written together, turned by `turn` further each
/// time; then what is left over.
fn encoded(digest: &[u8], third: usize, turn: usize) -> String {
    let byte = |at: usize| digest.get(at).copied().map_or(0, u32::from);
    let mut text = String::new();
    let mut write = |word: u32, characters: u32| {
        for place in 0..characters {
            let digit = ALPHABET.iter().cycle().nth((word >> (6 * place) & 63) as usize);
            text.extend(digit.map(|digit| char::from(*digit)));
        }
    };
    for i in 0..third {
        let at = |place: usize| byte(i + third * ((place + i * turn) % 3));
        write(at(0) << 16 | at(1) << 8 | at(2), 4);
    }
    let rest = (3 * third..digest.len()).rev().fold(0, |word, at| word << 8 | byte(at));
    write(rest, if digest.len() == 64 { 2 } else { 3 });
    text
}
