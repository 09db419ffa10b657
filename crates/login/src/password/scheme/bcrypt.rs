//! Provos and Mazières 1999, bcrypt: `$2b$12$…`, and Django's form of it over SHA-256.

use ::base64::alphabet::BCRYPT;
use ::base64::engine::general_purpose::GeneralPurpose;
use ::base64::engine::{DecodePaddingMode, Engine as _, GeneralPurposeConfig};
use blowfish::Blowfish;
use sha2::{Digest as _, Sha256};

use super::{Hash, MALFORMED, Read, Scheme, same};
use crate::password::{Error, Memory};

pub(super) const SCHEME: Scheme = Scheme {
    name: "bcrypt",
    forms: &[
        "$2a$…",
        "$2b$…",
        "$2y$…",
        "{CRYPT}$2b$…",
        "{BLF-CRYPT}$2y$…",
        "bcrypt$$2b$…",
        "bcrypt_sha256$$2b$…",
    ],
    read,
};

/// About two seconds. What other systems make by default is 10 to 12.
const MAX_COST: u32 = 15;

/// What bcrypt looks at, with the zero byte that ends it.
const MAX_KEY: usize = 72;

struct Bcrypt {
    cost: u32,
    salt: [u8; 16],
    hash: Vec<u8>,
    /// The password is hashed by SHA-256 first.
    digested: bool,
}

fn read(text: &str) -> Read {
    let (digested, text) = match text.strip_prefix("bcrypt_sha256$") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|kind| text.strip_prefix(kind));
    let Some(rest) = rest else { return digested.then_some(Err(MALFORMED)) };
    Some(parse(rest, digested).map(|hash| Box::new(hash) as Box<dyn Hash>))
}

fn parse(rest: &str, digested: bool) -> Result<Bcrypt, &'static str> {
    const ALPHABET: GeneralPurpose = GeneralPurpose::new(
        &BCRYPT,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    let (cost, rest) = rest.split_once('$').ok_or(MALFORMED)?;
    let cost = cost.parse().ok().filter(|_| cost.len() == 2).ok_or(MALFORMED)?;
    if !(4..=MAX_COST).contains(&cost) {
        return Err("its cost is not between 4 and 15");
    }
    let (salt, hash) = rest.split_at_checked(22).ok_or(MALFORMED)?;
    let salt = ALPHABET.decode(salt).ok().and_then(|salt| salt.try_into().ok()).ok_or(MALFORMED)?;
    let hash = ALPHABET.decode(hash).ok().filter(|hash| hash.len() == 23).ok_or(MALFORMED)?;
    Ok(Bcrypt { cost, salt, hash, digested })
}

impl Hash for Bcrypt {
    fn matches(&self, _: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        let mut key: Vec<u8> = if self.digested {
            Sha256::digest(password).iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
        } else {
            password.to_vec()
        };
        // It ends where C's text ends: `ab\0ab` would be the same key as `ab`.
        let ends_early = key.contains(&0);
        key.push(0);
        key.truncate(MAX_KEY);
        let derived = derive(self.cost, &self.salt, &key);
        let right = derived.get(..self.hash.len()).is_some_and(|derived| same(derived, &self.hash));
        Ok(right && !ends_early)
    }
}

/// The text that is encrypted 64 times: "OrpheanBeholderScryDoubt".
const TEXT: [[u32; 2]; 3] =
    [[0x4f72_7068, 0x6561_6e42], [0x6568_6f6c, 0x6465_7253], [0x6372_7944, 0x6f75_6274]];

fn derive(cost: u32, salt: &[u8; 16], key: &[u8]) -> Vec<u8> {
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(salt, key);
    for _ in 0..1_u32 << cost {
        state.bc_expand_key(key);
        state.bc_expand_key(salt);
    }
    let encrypted = TEXT.map(|block| (0..64).fold(block, |block, _| state.bc_encrypt(block)));
    encrypted.into_iter().flatten().flat_map(u32::to_be_bytes).collect()
}
